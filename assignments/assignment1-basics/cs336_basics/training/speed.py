"""The configured speed settings, put into a model before it is trained."""

from __future__ import annotations

import torch

from cs336_basics.config import ConfigError, TrainingConfig
from cs336_basics.fast.layers import Speedups, speed_up
from cs336_basics.model import TransformerLM
from cs336_basics.providers import Provider, ProviderError, load_provider


def provider_of(training: TrainingConfig) -> Provider:
    """The configured or installed provider; ConfigError when there is none."""
    try:
        return load_provider(training.provider)
    except ProviderError as error:
        raise ConfigError(f"training: {error}") from error


def apply_speed_settings(
    model: TransformerLM, training: TrainingConfig, device: torch.device
) -> None:
    """Exchange layers of `model` as configured; before the optimizer and wrappers see it.

    Raises:
        ConfigError: a kernel is configured, for whatever part, that cannot run on `device`.
    """
    try:
        packed = residual = None
        if training.attention == "rotary":
            packed = provider_of(training).packed_attention(device)
        if training.norms == "fused":
            residual = provider_of(training).residual_norm(device)
        if training.loss == "fused":
            provider_of(training).cross_entropy(device)
        speed_up(
            model,
            Speedups(
                joint_projections=training.joint_projections,
                residual_dtype=torch.bfloat16 if training.residual == "bfloat16" else None,
                packed_attention=packed,
                residual_norm=residual,
            ),
        )
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"training: {error}") from error
