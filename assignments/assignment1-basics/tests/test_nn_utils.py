"""Softmax, cross-entropy and gradient clipping against torch, at the edges, and on bad input."""

from __future__ import annotations

import pytest
import torch
from cs336_basics.nn_utils import (
    clip_gradient_norm,
    cross_entropy,
    cross_entropy_by_comparison,
    softmax,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

CROSS_ENTROPIES = pytest.mark.parametrize("entropy", [cross_entropy, cross_entropy_by_comparison])


@given(dim=st.integers(-3, 2), scale=st.sampled_from([1e-3, 1.0, 1e4]), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_softmax_equals_torch(dim: int, scale: float, seed: int) -> None:
    x = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(seed)) * scale
    torch.testing.assert_close(softmax(x, dim), torch.softmax(x, dim))


def test_softmax_of_huge_values_is_finite() -> None:
    torch.testing.assert_close(softmax(torch.tensor([1e30, 1e30]), 0), torch.tensor([0.5, 0.5]))


@CROSS_ENTROPIES
@pytest.mark.parametrize("shape", [(7,), (2, 7), (2, 3, 7)])
def test_cross_entropy_and_its_gradient_equal_torch(entropy, shape: tuple[int, ...]) -> None:  # type: ignore[no-untyped-def]
    logits = torch.randn(*shape, 11, requires_grad=True)
    targets = torch.randint(11, shape)
    expected = F.cross_entropy(logits.reshape(-1, 11), targets.reshape(-1))
    (expected_gradient,) = torch.autograd.grad(expected, logits)
    loss = entropy(logits, targets)
    (gradient,) = torch.autograd.grad(loss, logits)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient, expected_gradient)


@CROSS_ENTROPIES
def test_cross_entropy_is_stable_at_a_thousandfold_logits(entropy) -> None:  # type: ignore[no-untyped-def]
    logits, targets = torch.randn(8, 5) * 1000, torch.randint(5, (8,))
    torch.testing.assert_close(entropy(logits, targets), F.cross_entropy(logits, targets))


@CROSS_ENTROPIES
def test_cross_entropy_of_bf16_logits_is_summed_in_float32(entropy) -> None:  # type: ignore[no-untyped-def]
    logits, targets = torch.randn(64, 500).bfloat16(), torch.randint(500, (64,))
    loss = entropy(logits, targets)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, F.cross_entropy(logits.float(), targets))


@CROSS_ENTROPIES
def test_cross_entropy_names_the_bad_target(entropy) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"target id 5 is outside the vocabulary \[0, 5\)"):
        entropy(torch.zeros(2, 5), torch.tensor([0, 5]))
    with pytest.raises(ValueError, match="need targets of shape"):
        entropy(torch.zeros(2, 5), torch.tensor([0, 1, 2]))


@pytest.mark.parametrize("max_norm", [0.1, 1e6])
def test_clipping_equals_torch_and_skips_missing_gradients(max_norm: float) -> None:
    ours = [torch.nn.Parameter(torch.randn(4, 3)) for _ in range(3)]
    theirs = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    for a, b in zip(ours[:2], theirs[:2], strict=True):  # the third keeps grad None
        a.grad = torch.randn_like(a)
        b.grad = a.grad.clone()
    norm = clip_gradient_norm(ours, max_norm)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm)
    torch.testing.assert_close(norm, expected)
    assert ours[2].grad is None
    for a, b in zip(ours[:2], theirs[:2], strict=True):
        torch.testing.assert_close(a.grad, b.grad)


def test_clipping_without_any_gradient_and_with_a_bad_limit() -> None:
    assert clip_gradient_norm([torch.nn.Parameter(torch.ones(2))], 1.0) == 0
    with pytest.raises(ValueError, match="must be positive"):
        clip_gradient_norm([], 0.0)
