"""Position-wise layers against torch modules, and rotary positions for every shape."""

from __future__ import annotations

import math

import pytest
import torch
from cs336_basics.model import Embedding, Linear, RMSNorm, RotaryPositionalEmbedding, SwiGLU, silu
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F


def test_linear_and_embedding_equal_torch() -> None:
    linear, embedding = Linear(6, 4), Embedding(9, 6)
    ids = torch.randint(9, (2, 3, 5))
    torch.testing.assert_close(embedding(ids), F.embedding(ids, embedding.weight))
    x = embedding(ids)
    torch.testing.assert_close(linear(x), F.linear(x, linear.weight))
    assert linear.weight.shape == (4, 6)


def test_initial_weights_have_the_stated_spread() -> None:
    weight = Linear(512, 512).weight
    assert weight.std().item() == pytest.approx(math.sqrt(2 / 1024) * 0.9866, rel=0.02)
    assert weight.abs().max().item() <= 3 * math.sqrt(2 / 1024)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rms_norm_equals_torch_and_keeps_the_dtype(dtype: torch.dtype) -> None:
    norm = RMSNorm(16, eps=1e-5, dtype=dtype)
    torch.nn.init.normal_(norm.weight)
    x = (torch.randn(2, 3, 16) * 100).to(dtype)
    expected = F.rms_norm(x.float(), (16,), norm.weight.float(), 1e-5).to(dtype)
    assert norm(x).dtype == dtype
    torch.testing.assert_close(norm(x), expected)


def test_rms_norm_squares_in_float32() -> None:
    x = torch.full((1, 4), 1e4, dtype=torch.float16)  # squares overflow fp16
    torch.testing.assert_close(RMSNorm(4)(x), torch.ones(1, 4, dtype=torch.float16))


def test_swiglu_equals_its_equation() -> None:
    layer, x = SwiGLU(8, 12), torch.randn(2, 5, 8)
    gate = F.silu(F.linear(x, layer.w1.weight))
    expected = F.linear(gate * F.linear(x, layer.w3.weight), layer.w2.weight)
    torch.testing.assert_close(layer(x), expected)
    assert set(layer.state_dict()) == {"w1.weight", "w2.weight", "w3.weight"}
    torch.testing.assert_close(silu(x), F.silu(x))


def rotate_by_complex_numbers(x: Tensor, positions: Tensor, theta: float) -> Tensor:
    """The definition: pair i as a complex number times exp(i p theta^(-2i/d))."""
    d = x.shape[-1]
    frequencies = theta ** -(torch.arange(0, d, 2, dtype=torch.float64) / d)
    angles = positions.double()[:, None] * frequencies
    pairs = torch.view_as_complex(x.double().reshape(*x.shape[:-1], -1, 2))
    rotated = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(rotated).flatten(-2).to(x.dtype)


@given(
    leading=st.lists(st.integers(1, 9), max_size=4),
    length=st.integers(1, 12),
    matched=st.integers(0, 4),
)
@settings(max_examples=60, deadline=None)
def test_rotary_positions_serve_every_leading_shape(
    leading: list[int], length: int, matched: int
) -> None:
    rope = RotaryPositionalEmbedding(1e4, 6, 40)
    x = torch.randn(*leading, length, 6)
    positions = torch.arange(3, 3 + length)
    expected = rotate_by_complex_numbers(x, positions, 1e4)
    torch.testing.assert_close(rope(x, positions), expected)
    torch.testing.assert_close(rope(x, positions[None]), expected)
    expanded = positions.expand(*leading[:matched], length)
    torch.testing.assert_close(rope(x, expanded), expected)


def test_rotary_positions_may_differ_between_rows_of_the_batch() -> None:
    rope, x = RotaryPositionalEmbedding(1e4, 4, 20), torch.randn(3, 2, 5, 4)  # (B, H, T, d_k)
    positions = torch.stack([torch.arange(s, s + 5) for s in (0, 7, 2)])  # (B, T)
    rotated = rope(x, positions)
    for row in range(3):
        torch.testing.assert_close(rotated[row], rope(x[row], positions[row]))


def test_rotated_dot_products_depend_on_the_distance_only() -> None:
    rope = RotaryPositionalEmbedding(1e4, 8, 600)
    q, k = torch.randn(8, dtype=torch.float64), torch.randn(8, dtype=torch.float64)

    def score(i: int, j: int) -> float:
        rotated_q = rope(q[None], torch.tensor([i]))
        return float((rotated_q @ rope(k[None], torch.tensor([j])).T).item())

    assert score(5, 2) == pytest.approx(score(503, 500), rel=1e-5)


def test_bad_shapes_and_positions_are_named() -> None:
    with pytest.raises(ValueError, match="d_k must be even"):
        RotaryPositionalEmbedding(1e4, 5, 10)
    rope = RotaryPositionalEmbedding(1e4, 4, 10)
    with pytest.raises(ValueError, match=r"position 10 is outside the rotary table \[0, 10\)"):
        rope(torch.zeros(1, 4), torch.tensor([10]))
    with pytest.raises(ValueError, match="position -1 is outside the rotary table"):
        rope(torch.zeros(2, 4), torch.tensor([-1, 0]))
    with pytest.raises(ValueError, match="must end in the sequence length 3"):
        rope(torch.zeros(2, 3, 4), torch.arange(2))
    with pytest.raises(ValueError, match="token id 9 is outside the vocabulary"):
        Embedding(9, 4)(torch.tensor([9]))
