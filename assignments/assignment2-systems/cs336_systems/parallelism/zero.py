"""What the four stages of ZeRO leave on a rank, and what they send: bytes from counts alone.

Stage 0 is plain data parallelism. Stage 1 divides the optimizer's state among the ranks, stage 2
also the gradients, stage 3 (FSDP) also the weights. Rajbhandari et al. 2020, "ZeRO" (arXiv
1910.02054), sections 5 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass

STAGES = (0, 1, 2, 3)


@dataclass(frozen=True)
class Recipe:
    """Bytes per weight that training keeps: a matter of number formats, and papers differ."""

    weights: int = 2
    """The copy that computes; bf16."""
    gradients: int = 4
    """float32, since they are summed over micro-batches and ranks."""
    optimizer: int = 12
    """Adam: float32 master weight and two moments."""

    @property
    def total(self) -> int:
        """Bytes per weight on one device alone."""
        return self.weights + self.gradients + self.optimizer


MIXED = Recipe()
PAPER = Recipe(gradients=2)
"""Of the ZeRO paper: 16-bit gradients, 16 bytes per weight."""
AUTOCAST = Recipe(weights=4, gradients=4, optimizer=8)
"""Of this package's wrappers: the float32 weight is the master copy."""


@dataclass(frozen=True)
class StateMemory:
    """Bytes on one rank that do not depend on the batch."""

    weights: float
    gradients: float
    optimizer: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.weights + self.gradients + self.optimizer


def state_memory(
    num_parameters: float, ranks: int, stage: int, recipe: Recipe = MIXED
) -> StateMemory:
    """Bytes of weights, gradients and optimizer state on one of `ranks` ranks.

    Raises:
        ValueError: `stage` is not 0, 1, 2 or 3, or `ranks` is below 1.
    """
    _check(ranks, stage)
    shard = num_parameters / ranks
    optimizer = recipe.optimizer * (shard if stage >= 1 else num_parameters)
    gradients = recipe.gradients * (shard if stage >= 2 else num_parameters)
    weights = recipe.weights * (shard if stage >= 3 else num_parameters)
    return StateMemory(weights, gradients, optimizer)


def state_traffic(
    num_parameters: float, ranks: int, stage: int, recipe: Recipe = MIXED, micro_batches: int = 1
) -> float:
    """Bytes that one rank sends per optimizer step, with ring collectives.

    Stages 0 and 1 keep whole gradients, so they sum micro-batches at home and send once a step.
    Stage 2 has no room for that and scatters every micro-batch's; stage 3 also gathers the weights
    twice per micro-batch, for forward and for backward. Raises as `state_memory` does.
    """
    _check(ranks, stage)
    share = (ranks - 1) / ranks
    scatter = recipe.gradients * num_parameters * share
    gather = recipe.weights * num_parameters * share
    if stage == 0:
        return 2 * scatter  # an all-reduce is a reduce-scatter and an all-gather
    if stage == 1:
        return scatter + gather
    if stage == 2:
        return micro_batches * scatter + gather
    return micro_batches * (2 * gather + scatter)


def largest_model(memory_bytes: float, ranks: int, stage: int, recipe: Recipe = MIXED) -> float:
    """Weights whose state just fits into `memory_bytes` on each rank, without activations."""
    return memory_bytes / state_memory(1, ranks, stage, recipe).total


def _check(ranks: int, stage: int) -> None:
    if stage not in STAGES:
        raise ValueError(f"ZeRO stage {stage!r}: choose from 0, 1, 2, 3")
    if ranks < 1:
        raise ValueError(f"{ranks} ranks: give 1 or more")
