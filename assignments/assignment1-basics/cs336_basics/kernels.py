"""Kernels of assignment 2 that the model and its training use where that package is installed."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

# (B, T, 3 * H * d), H, cosines and sines (T, d/2) or None -> (B, T, H * d)
PackedAttention = Callable[[Tensor, int, Tensor | None, Tensor | None], Tensor]
# logits (..., V), targets (...) -> mean loss
CrossEntropy = Callable[[Tensor, Tensor], Tensor]
# x (..., D), weight (D,), eps -> x, norm(x)
ResidualNorm = Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]


class MissingKernelError(ValueError):
    """A kernel was asked for that cannot run here."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} is a kernel of assignment 2, {reason}")


_NOT_INSTALLED = (
    "which is not installed (or without its Triton): pip install -e assignments/assignment2-systems"
)


def rotary_attention_kernel() -> PackedAttention:
    """Causal attention from the joint projection, with the rotation inside."""
    try:
        from cs336_systems.kernels.rotary_attention import rotary_attention
    except ImportError as error:
        raise MissingKernelError('attention "rotary"', _NOT_INSTALLED) from error
    return rotary_attention


def cross_entropy_kernel() -> CrossEntropy:
    """Mean cross-entropy that writes the gradient of the logits in the same pass."""
    try:
        from cs336_systems.kernels.cross_entropy import cross_entropy
    except ImportError as error:
        raise MissingKernelError('loss "fused"', _NOT_INSTALLED) from error
    return cross_entropy


def residual_norm_kernel() -> ResidualNorm:
    """RMSNorm at the start of a residual branch; its backward is one pass."""
    try:
        from cs336_systems.kernels.norm_backward import residual_rms_norm
    except ImportError as error:
        raise MissingKernelError('norms "fused"', _NOT_INSTALLED) from error
    return residual_rms_norm


def check_kernel_runs_on(device: torch.device, name: str) -> None:
    """Raise MissingKernelError unless Triton reaches `device`; assignment 2 is installed."""
    from cs336_systems.kernels.rows import INTERPRETED

    if device.type != "cuda" and not INTERPRETED:
        raise MissingKernelError(name, f"which needs a CUDA device, not {device}")
