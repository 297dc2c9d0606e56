"""What this assignment hands to the training of assignment 1: its kernels and its data parallelism.

A provider in the sense of `cs336_basics.providers`, registered as an entry point of this package; a
checkout without installed packages names it: `training.provider = "cs336_systems.provider"`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from cs336_basics.providers import (
    CrossEntropy,
    GradientSynchronizer,
    PackedAttention,
    ProviderError,
    ResidualNorm,
)
from torch import nn

from cs336_systems.ddp import DDPBucketed


def packed_attention(device: torch.device) -> PackedAttention:
    """Rotary attention of short contexts, `kernels/rotary_attention.py`."""
    kernel: PackedAttention = _kernel("rotary_attention", "rotary_attention", device)
    return kernel


def cross_entropy(device: torch.device) -> CrossEntropy:
    """The loss that writes its gradient in the same pass, `kernels/cross_entropy.py`."""
    kernel: CrossEntropy = _kernel("cross_entropy", "cross_entropy", device)
    return kernel


def residual_norm(device: torch.device) -> ResidualNorm:
    """The norm of a residual branch with a backward of one pass, `kernels/norm_backward.py`."""
    kernel: ResidualNorm = _kernel("norm_backward", "residual_rms_norm", device)
    return kernel


def data_parallel(model: nn.Module, bucket_size_mb: float) -> GradientSynchronizer:
    """Gradients averaged bucket by bucket while backward runs, `ddp.DDPBucketed`."""
    wrapper: GradientSynchronizer = DDPBucketed(model, bucket_size_mb)
    return wrapper


def _kernel(module: str, name: str, device: torch.device) -> Any:
    """A kernel that can run on `device`; imported here, since data parallelism needs no Triton."""
    try:
        rows = import_module("cs336_systems.kernels.rows")
        kernel = getattr(import_module(f"cs336_systems.kernels.{module}"), name)
    except ImportError as error:
        raise ProviderError(f"{name} needs Triton, which cannot be imported ({error})") from error
    if device.type != "cuda" and not rows.INTERPRETED:
        raise ProviderError(f"{name} needs a CUDA device, not {device}")
    return kernel
