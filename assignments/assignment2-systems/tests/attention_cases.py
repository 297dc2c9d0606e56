"""Inputs and errors that the attention tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from cs336_systems.flash_attention_reference import attention_reference
from cs336_systems.gpu_measure import relative_error
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

    Where the exact gradient is zero (one key: the softmax cannot move) the error is absolute.
    """
    q, k, v, d_out = case.tensors()
    output = attend(q, k, v, case.is_causal)
    values = (output, *torch.autograd.grad(output, (q, k, v), d_out))
    exact = [t.detach().double().requires_grad_() for t in (q, k, v)]
    reference = attention_reference(*exact, case.is_causal)
    references = (reference, *torch.autograd.grad(reference, exact, d_out.double()))
    return {
        name: _error(value, wanted)
        for name, value, wanted in zip(
            ("output", "dq", "dk", "dv"), values, references, strict=True
        )
    }


def _error(value: Tensor, wanted: Tensor) -> float:
    if float(wanted.detach().norm()) < 1e-9:
        return float(value.detach().double().norm())
    return relative_error(value, wanted)


def assert_accurate(attend: Attention, case: Case) -> None:
    """Every error within the tolerance of the case's dtype, and no NaN."""
    errors = errors_of(attend, case)
    assert all(error <= TOLERANCE[case.dtype] for error in errors.values()), (case, errors)
