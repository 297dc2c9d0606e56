"""What another package may hand in: faster kernels, and training on several processes.

This package knows the protocols below and nobody who fulfils them. A *provider* is a module with
the four functions of `Provider`. A run names it (`training.provider`, any importable module: enough
in a checkout where nothing is installed); without a name it is the one that an installed package
registers as an entry point of the group `cs336_basics.provider`. Assignment 2 registers its own.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

# (B, T, 3 * H * d), H, cosines and sines (T, d/2) or None -> (B, T, H * d)
PackedAttention = Callable[[Tensor, int, Tensor | None, Tensor | None], Tensor]
# logits (..., V), targets (...) -> mean loss
CrossEntropy = Callable[[Tensor, Tensor], Tensor]
# x (..., D), weight (D,), eps -> x, norm(x)
ResidualNorm = Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]

ENTRY_POINTS = "cs336_basics.provider"
_WHERE = (
    "install one (pip install -e assignments/assignment2-systems) or name a module on the path: "
    'training.provider = "cs336_systems.provider"'
)


class ProviderError(ValueError):
    """There is no provider, or what it was asked for cannot run here."""


class GradientSynchronizer(Protocol):
    """What data-parallel wrappers offer around a backward pass."""

    def on_train_batch_start(self) -> None: ...

    def finish_gradient_synchronization(self) -> None: ...


@runtime_checkable
class Provider(Protocol):
    """Each function returns what its name says or raises ProviderError with the reason."""

    def packed_attention(self, device: torch.device) -> PackedAttention:
        """Causal attention from the joint projection, with the rotation inside."""
        ...

    def cross_entropy(self, device: torch.device) -> CrossEntropy:
        """Mean cross-entropy that writes the gradient of the logits in the same pass."""
        ...

    def residual_norm(self, device: torch.device) -> ResidualNorm:
        """RMSNorm at the start of a residual branch; its backward is one pass."""
        ...

    def data_parallel(self, model: nn.Module, bucket_size_mb: float) -> GradientSynchronizer:
        """Weights broadcast from rank 0, gradients averaged in buckets of that many MiB."""
        ...


def load_provider(module: str = "") -> Provider:
    """The provider of that module name; without a name the installed one.

    Raises:
        ProviderError: it cannot be imported, is no provider, or none or several are installed.
    """
    provider = _import_named(module) if module else _import_installed()
    if not isinstance(provider, Provider):
        wanted = ("packed_attention", "cross_entropy", "residual_norm", "data_parallel")
        missing = [name for name in wanted if not hasattr(provider, name)]
        raise ProviderError(f"provider {module!r} lacks {', '.join(missing)}")
    return provider


def _import_named(module: str) -> object:
    try:
        return import_module(module)
    except ImportError as error:
        raise ProviderError(
            f"provider {module!r} cannot be imported ({error}); {_WHERE}"
        ) from error


def _import_installed() -> object:
    # Two installations of one package (an editable one and its build) register the same module.
    found = {point.value: point for point in entry_points(group=ENTRY_POINTS)}
    if not found:
        raise ProviderError(f"no provider is installed; {_WHERE}")
    if len(found) > 1:
        raise ProviderError(
            f"several providers are installed ({', '.join(sorted(found))}): "
            "choose one with training.provider"
        )
    (point,) = found.values()
    try:
        provider: object = point.load()
    except ImportError as error:
        raise ProviderError(f"provider {point.value!r} cannot be imported ({error})") from error
    return provider
