"""The Triton kernels: interpreted where there is no GPU, compiled where there is one.

The interpreter runs every program in Python, so shapes here are tiny; blocks are 32 by 32, so 33
rows already mean a second, ragged tile.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
from attention_cases import (  # type: ignore[import-not-found, unused-ignore]
    DEVICE,
    Case,
    apply,
    assert_accurate,
)
from cs336_systems.attention_inputs import AttentionInputError
from cs336_systems.flash_attention import FlashAttention2PyTorch
from cs336_systems.flash_attention_reference import attention_reference, attention_with_logsumexp
from cs336_systems.flash_attention_triton import FlashAttention2Triton, flash_attention
from cs336_systems.kernels.flash_portable import INTERPRETED
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.skipif(
    DEVICE == "cpu" and not INTERPRETED,
    reason="no GPU, and the kernels were imported without TRITON_INTERPRET=1",
)
DTYPES = st.sampled_from([torch.float32, torch.float16, torch.bfloat16])


@pytest.mark.parametrize(
    "case",
    [
        Case(queries=40, keys=40),
        Case(queries=40, keys=40, is_causal=False, dtype=torch.bfloat16),
        Case(queries=7, keys=70, dtype=torch.float16),
        Case(queries=70, keys=7),
        Case(queries=1, keys=1),
        Case(batch=2, q_heads=4, kv_heads=2, queries=33, keys=33, dtype=torch.bfloat16),
        Case(q_heads=3, kv_heads=1, queries=20, keys=33, head_dim=24, is_causal=False),
        Case(queries=9, keys=9, head_dim=8),
    ],
    ids=str,
)
def test_examples(case: Case) -> None:
    assert_accurate(flash_attention, case)


@settings(max_examples=12, deadline=None)
@given(
    batch=st.integers(1, 2),
    kv_heads=st.integers(1, 2),
    group=st.integers(1, 2),
    queries=st.integers(1, 70),
    keys=st.integers(1, 70),
    head_dim=st.sampled_from([16, 20, 32, 48]),
    is_causal=st.booleans(),
    dtype=DTYPES,
)
def test_any_small_shape(
    batch: int, kv_heads: int, group: int, queries: int, keys: int, head_dim: int,
    is_causal: bool, dtype: torch.dtype,
) -> None:  # fmt: skip
    case = Case(batch, kv_heads * group, kv_heads, queries, keys, head_dim, is_causal, dtype)
    assert_accurate(flash_attention, case, slack=2)


@pytest.mark.slow
@pytest.mark.parametrize("head_dim", [64, 96, 128, 160, 256])
@pytest.mark.parametrize("is_causal", [False, True])
def test_wide_heads(head_dim: int, is_causal: bool) -> None:
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        case = Case(1, 2, 1, 65, 97, head_dim, is_causal, dtype)
        assert_accurate(flash_attention, case)


def test_triton_agrees_with_the_tiled_version() -> None:
    q, k, v, _ = (t.squeeze(1) for t in Case(batch=2, queries=40, keys=50).tensors())
    triton_output = apply(FlashAttention2Triton, q, k, v, True)
    torch.testing.assert_close(triton_output, apply(FlashAttention2PyTorch, q, k, v, True))


def test_triton_saves_one_row_statistic() -> None:
    q, k, v, _ = (t.squeeze(1) for t in Case(batch=2, queries=40, keys=50).tensors())
    output = apply(FlashAttention2Triton, q, k, v, False)
    saved = [t for t in output.grad_fn.saved_tensors if t.shape == (2, 40)]
    _, logsumexp = attention_with_logsumexp(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1))
    assert len(saved) == 1
    torch.testing.assert_close(saved[0], logsumexp.squeeze(1))


def test_strided_inputs_give_the_same_result() -> None:
    q, k, v, d_out = Case(q_heads=2, kv_heads=2, queries=12, keys=12).tensors()
    strided = [t.detach().transpose(1, 2).contiguous().transpose(1, 2) for t in (q, k, v)]
    every_other = [torch.stack([t, t], -1)[..., 0].requires_grad_() for t in strided]
    assert not every_other[0].is_contiguous()
    expected = flash_attention(q, k, v, True)
    output = flash_attention(every_other[0], every_other[1], every_other[2], True)
    assert torch.equal(output, expected)
    # An expanded gradient (all strides zero) is what `output.sum().backward()` sends.
    grads = torch.autograd.grad(output, every_other, d_out.new_ones(()).expand_as(output))
    wanted = torch.autograd.grad(expected, (q, k, v), torch.ones_like(expected))
    for grad, want in zip(grads, wanted, strict=True):
        torch.testing.assert_close(grad, want)


def test_a_nan_reaches_every_row_that_sees_it_and_no_other() -> None:
    q, k, v, _ = Case(queries=70, keys=70).tensors()
    k = k.detach().clone()
    k[0, 0, 40, 3] = float("nan")
    output = flash_attention(q, k, v, True)
    rows = output.isnan().any(-1)[0, 0]
    assert rows[40:].all()
    assert not rows[:32].any()  # the tiles before the NaN's own


def test_large_scores_stay_finite() -> None:
    q, k, v, _ = Case(queries=40, keys=40).tensors()
    output = flash_attention(q * 1000, k * 1000, v, True)
    exact = attention_reference((q * 1000).double(), (k * 1000).double(), v.double(), True)
    torch.testing.assert_close(output.double(), exact, atol=1e-3, rtol=1e-3)


def test_scale_replaces_the_default() -> None:
    q, k, v, _ = Case(queries=9, keys=9).tensors()
    output = flash_attention(q, k, v, False, scale=0.7)
    torch.testing.assert_close(output, attention_reference(q, k, v, False, 0.7))
    with pytest.raises(AttentionInputError, match="scale: 0"):
        flash_attention(q, k, v, False, scale=0)


def test_heads_that_do_not_divide_are_named() -> None:
    q, k = torch.zeros(1, 3, 4, 16, device=DEVICE), torch.zeros(1, 2, 4, 16, device=DEVICE)
    with pytest.raises(AttentionInputError, match="2 heads do not divide q's 3"):
        flash_attention(q, k, k)


def test_a_cpu_tensor_without_the_interpreter_is_refused() -> None:
    program = (
        "import torch; from cs336_systems.flash_attention_triton import FlashAttention2Triton\n"
        "q = torch.zeros(1, 4, 16)\n"
        "try: FlashAttention2Triton.apply(q, q, q, False)\n"
        "except ValueError as error: print(error)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert "on cpu, but Triton kernels need a CUDA device" in answer.stdout


def test_a_second_derivative_is_refused() -> None:
    q, k, v, _ = Case().tensors()
    output = flash_attention(q, k, v, True)
    (grad,) = torch.autograd.grad(output.square().sum(), q, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()
