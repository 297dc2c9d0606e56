"""What DAPO (Yu et al. 2025, 2503.14476) does to a batch before its loss."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def overlong_penalty(
    lengths: Int[Tensor, " rows"], max_length: int, buffer: int
) -> Float[Tensor, " rows"]:
    """Soft punishment of long answers, eq. 13: 0, falling linearly to -1 over the last `buffer`.

    Up to max_length - buffer: 0; up to max_length: (max_length - buffer - length) / buffer.
    """
    if not 0 < buffer <= max_length:
        raise ValueError(f"buffer must lie in 1..max_length {max_length}, got {buffer}")
    excess = (max_length - buffer - lengths).to(torch.get_default_dtype()) / buffer
    return excess.clamp(min=-1.0, max=0.0)


def informative_groups(rewards: Float[Tensor, "prompts samples"]) -> Bool[Tensor, " prompts"]:
    """True where a group's rewards differ, eq. 11: the groups that dynamic sampling keeps.

    Any other group has advantage 0 and costs a training pass for nothing.
    """
    return (rewards != rewards[:, :1]).any(dim=1)
