"""Rows for the training pass: sequences padded on the right, with what belongs to each token.

Shape letters: R rows, P prompt, T response, S = longest sequence - 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from cs336_alignment.rollouts.protocol import Rollouts


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """Inputs, labels and their mask as in `sft.tokenize_prompt_and_output`, and the samplers' own
    log-probabilities at the labels."""

    input_ids: Int64[Tensor, "R S"]
    labels: Int64[Tensor, "R S"]
    mask: Bool[Tensor, "R S"]
    sampled_log_probs: Float[Tensor, "R S"]

    def __len__(self) -> int:
        return len(self.input_ids)

    def select(self, rows: Tensor) -> TrainingRows:
        """These rows, cut to the longest among them."""
        mask = self.mask[rows]
        used = mask.any(dim=0).nonzero()
        width = int(used[-1]) + 1 if len(used) else 1
        return TrainingRows(*(getattr(self, f.name)[rows, :width] for f in fields(self)))


def training_rows(rollouts: Rollouts) -> TrainingRows:
    """Left-padded prompts and right-padded responses, moved together to the left.

    A causal model never looks at what follows, so rows padded on the right alone need no attention
    mask and no positions of their own.
    """
    response_mask = rollouts.response_mask
    longest = int(response_mask.sum(dim=1).max())
    ids = torch.cat([rollouts.prompt_ids, rollouts.response_ids[:, :longest]], dim=1)
    of_response = torch.cat(
        [torch.zeros_like(rollouts.prompt_mask), response_mask[:, :longest]], dim=1
    )
    log_probs = torch.cat(
        [torch.zeros_like(rollouts.prompt_ids, dtype=torch.float32),
         rollouts.log_probs[:, :longest]], dim=1
    )  # fmt: skip
    padding = (~rollouts.prompt_mask).sum(dim=1, keepdim=True)
    places = torch.arange(ids.shape[1], device=ids.device) + padding
    inside = places < ids.shape[1]
    places = places.clamp(max=ids.shape[1] - 1)
    ids = ids.gather(1, places)
    of_response = of_response.gather(1, places) & inside
    log_probs = log_probs.gather(1, places) * of_response
    return TrainingRows(ids[:, :-1], ids[:, 1:], of_response[:, 1:], log_probs[:, 1:])


def micro_batches(rows: Tensor, size: int) -> Iterator[Tensor]:
    """`rows` (indices) in parts of at most `size`."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
