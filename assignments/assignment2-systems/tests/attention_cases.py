"""Inputs and errors that the attention tests share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from cs336_systems.flash_attention_reference import attention_reference
from cs336_systems.measurement.accuracy import relative_error
from torch import Tensor

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
TOLERANCE = {torch.float32: 1e-3, torch.float16: 3e-3, torch.bfloat16: 1e-2}
Attention = Callable[[Tensor, Tensor, Tensor, bool], Tensor]


class Case(NamedTuple):
    """Shapes of one attention call."""

    batch: int = 1
    q_heads: int = 1
    kv_heads: int = 1
    queries: int = 5
    keys: int = 5
    head_dim: int = 16
    is_causal: bool = True
    dtype: torch.dtype = torch.float32

    def tensors(self, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """q, k, v (leaves that require gradients) and dO, standard normal."""
        generator = torch.Generator().manual_seed(seed)

        def normal(heads: int, tokens: int) -> Tensor:
            size = (self.batch, heads, tokens, self.head_dim)
            return torch.randn(size, generator=generator).to(DEVICE, self.dtype)

        q, d_out = normal(self.q_heads, self.queries), normal(self.q_heads, self.queries)
        k, v = normal(self.kv_heads, self.keys), normal(self.kv_heads, self.keys)
        return q.requires_grad_(), k.requires_grad_(), v.requires_grad_(), d_out


def errors_of(attend: Attention, case: Case) -> dict[str, float]:
    """Errors of output and gradients against float64, relative to the size of the reference.

    Over a handful of keys a gradient can cancel to almost nothing (with one key it is zero: the
    softmax cannot move), and its rounding errors stay: the size counts as at least 0.3 / tokens.
    """
    q, k, v, d_out = case.tensors()
    output = attend(q, k, v, case.is_causal)
    values = (output, *torch.autograd.grad(output, (q, k, v), d_out))
    exact = tuple(t.detach().double().requires_grad_() for t in (q, k, v))
    reference = attention_reference(exact[0], exact[1], exact[2], case.is_causal)
    references = (reference, *torch.autograd.grad(reference, exact, d_out.double()))
    least = 0.3 / max(case.queries, case.keys)
    return {
        name: relative_error(value, wanted, least * math.sqrt(wanted.numel()))
        for name, value, wanted in zip(
            ("output", "dq", "dk", "dv"), values, references, strict=True
        )
    }


def apply(
    function: type[torch.autograd.Function], q: Tensor, k: Tensor, v: Tensor, is_causal: bool
) -> Tensor:
    """`function.apply`, typed."""
    output: Tensor = function.apply(q, k, v, is_causal)  # type: ignore[no-untyped-call]
    return output


def assert_accurate(attend: Attention, case: Case, slack: float = 1.0) -> None:
    """Every error within `slack` times the tolerance of the case's dtype, and no NaN."""
    errors = errors_of(attend, case)
    assert all(error <= slack * TOLERANCE[case.dtype] for error in errors.values()), (case, errors)
