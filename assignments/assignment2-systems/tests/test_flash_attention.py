"""The reference against PyTorch, and the tiled version against the reference."""

from __future__ import annotations

import math

import pytest
import torch
from attention_cases import (  # type: ignore[import-not-found, unused-ignore]
    Case,
    apply,
    assert_accurate,
)
from cs336_systems.attention_inputs import AttentionInputError
from cs336_systems.flash_attention import FlashAttention2PyTorch
from cs336_systems.flash_attention_reference import attention_with_logsumexp
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor


def tiled(q: Tensor, k: Tensor, v: Tensor, is_causal: bool) -> Tensor:
    """`FlashAttention2PyTorch` on (B, 1, T, d)."""
    q, k, v = (t.squeeze(1) for t in (q, k, v))
    output: Tensor = apply(FlashAttention2PyTorch, q, k, v, is_causal)
    return output.unsqueeze(1)


@pytest.mark.parametrize("is_causal", [False, True])
def test_reference_agrees_with_pytorch(is_causal: bool) -> None:
    q, k, v, _ = Case(batch=2, q_heads=4, kv_heads=2, queries=9, keys=9).tensors()
    output, _ = attention_with_logsumexp(q, k, v, is_causal)
    expected = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, is_causal=is_causal, enable_gqa=True
    )
    torch.testing.assert_close(output, expected)


def test_reference_on_two_keys_by_hand() -> None:
    q = torch.tensor([[[[1.0]]]])
    k = torch.tensor([[[[0.0], [math.log(3.0)]]]])
    v = torch.tensor([[[[4.0], [8.0]]]])
    output, logsumexp = attention_with_logsumexp(q, k, v, scale=1.0)
    assert output.item() == pytest.approx(7.0)  # weights 1/4 and 3/4
    assert logsumexp.item() == pytest.approx(math.log(4.0))


@settings(max_examples=20, deadline=None)
@given(
    batch=st.integers(1, 2),
    queries=st.integers(1, 150),
    keys=st.integers(1, 150),
    head_dim=st.integers(16, 48),
    is_causal=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float16, torch.bfloat16]),
)
def test_tiled_agrees_with_the_reference(
    batch: int, queries: int, keys: int, head_dim: int, is_causal: bool, dtype: torch.dtype
) -> None:
    assert_accurate(tiled, Case(batch, 1, 1, queries, keys, head_dim, is_causal, dtype), slack=2)


def test_tiled_saves_one_row_statistic() -> None:
    q, k, v, _ = (t.squeeze(1) for t in Case(batch=3, queries=70, keys=80).tensors())
    output = apply(FlashAttention2PyTorch, q, k, v, True)
    saved = [t for t in output.grad_fn.saved_tensors if t.shape == (3, 70)]
    _, logsumexp = attention_with_logsumexp(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1), True)
    assert len(saved) == 1
    torch.testing.assert_close(saved[0], logsumexp.squeeze(1))


def test_a_later_key_changes_no_earlier_row() -> None:
    q, k, v, _ = Case(queries=100, keys=100).tensors()
    changed = k.detach().clone()
    changed[:, :, 60:] += 1.0
    before, after = tiled(q, k, v, True), tiled(q, changed, v, True)
    assert torch.equal(before[:, :, :60], after[:, :, :60])
    assert not torch.equal(before[:, :, 60:], after[:, :, 60:])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (((1, 4, 8), (1, 4, 16), (1, 4, 16)), "k: head dimension 16, but q has 8"),
        (((2, 4, 8), (1, 4, 8), (1, 4, 8)), "k: batch 1, but q has 2"),
        (((1, 4, 8), (1, 4, 8), (1, 5, 8)), "v: shape"),
        (((4, 8), (1, 4, 8), (1, 4, 8)), "q: expected"),
        (((1, 0, 8), (1, 4, 8), (1, 4, 8)), "q: empty"),
        (((1, 4, 257), (1, 4, 257), (1, 4, 257)), "q: head dimension 257 is outside 1..256"),
    ],
)
def test_shapes_that_do_not_fit_are_named(sizes: tuple[tuple[int, ...], ...], message: str) -> None:
    q, k, v = (torch.zeros(size) for size in sizes)
    with pytest.raises(AttentionInputError, match=message):
        apply(FlashAttention2PyTorch, q, k, v, False)


def test_mixed_dtypes_are_named() -> None:
    q = torch.zeros(1, 4, 8)
    with pytest.raises(AttentionInputError, match=r"k: dtype torch\.float16 differs"):
        apply(FlashAttention2PyTorch, q, q.half(), q.half(), False)
    with pytest.raises(AttentionInputError, match=r"q: dtype torch\.int64 is not one of"):
        apply(FlashAttention2PyTorch, q.long(), q.long(), q.long(), False)
