"""From graded rollouts to new weights: the update that all recipes share.

The order is: advantages; rows of advantage 0 left out, which have no gradient; the old
log-probabilities; one or more optimizer steps, each over micro-batches whose losses add up to the
loss of their part of the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cs336_alignment.log_probs import get_response_log_probs
from cs336_alignment.losses import kl
from cs336_alignment.losses.recipes import BatchSize, Recipe, aggregate, batch_loss
from cs336_alignment.training.batches import TrainingRows, micro_batches
from cs336_alignment.training.config import GrpoConfig, LimitsConfig, SamplingConfig
from cs336_alignment.training.loop import Metrics, apply_gradients

KL_ESTIMATORS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "k1": kl.k1, "k2": kl.k2, "k3": kl.k3,
}  # fmt: skip


@dataclass
class PolicyUpdater:
    """Updates `model` by policy gradients; `reference` is needed for a KL penalty only."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    grpo: GrpoConfig
    limits: LimitsConfig
    sampling: SamplingConfig
    reference: nn.Module | None = None

    def update(
        self,
        rows: TrainingRows,
        advantages: Float[Tensor, " R"],
        learning_rate: float,
        shuffle: torch.Generator,
        max_length: int,
    ) -> Metrics:
        """All optimizer steps on one batch.

        `shuffle` (on the CPU) decides which rows share an off-policy step; `max_length` is the
        limit of the answers, for the recipes that divide by it.
        """
        active = torch.arange(len(rows), device=advantages.device)
        if not self.grpo.kl_weight:
            active = advantages.nonzero().squeeze(1)
        if not len(active):
            return {"loss": 0.0, "updates": 0.0}
        parts = self.grpo.updates_per_batch
        size = BatchSize(
            max(1, len(rows) // parts), max(1, int(rows.mask.sum()) // parts), max_length
        )
        on_policy = parts == self.grpo.epochs_per_batch == 1
        old = None if on_policy else self._log_probs_of_all(rows, active)
        steps: list[Metrics] = []
        for _ in range(self.grpo.epochs_per_batch):
            order = torch.randperm(len(active), generator=shuffle).to(active.device)
            shuffled = active if on_policy else active[order]
            for part in shuffled.tensor_split(parts):
                if len(part):
                    steps.append(self._step(rows, advantages, old, part, size, learning_rate))
        return _summary(steps)

    def _step(
        self, rows: TrainingRows, advantages: Tensor, old: Tensor | None, part: Tensor,
        size: BatchSize, learning_rate: float,
    ) -> Metrics:  # fmt: skip
        metrics: Metrics = {"loss": 0.0}
        for indices in micro_batches(part, self.limits.microbatch_rows):
            batch = rows.select(indices)
            log_probs = self._log_probs(self.model, batch)
            fixed = log_probs.detach() if old is None else old[indices, : log_probs.shape[1]]
            loss, reported = batch_loss(
                self.recipe, advantages[indices, None], log_probs, fixed, batch.mask, size
            )
            if self.grpo.kl_weight:
                loss = loss + self.grpo.kl_weight * self._penalty(batch, log_probs, size, metrics)
            loss.backward()  # type: ignore[no-untyped-call]
            metrics["loss"] = metrics["loss"] + loss.detach()
            _report_ratios(metrics, reported, batch.mask)
            if old is None:
                gap = (log_probs.detach() - batch.sampled_log_probs)[batch.mask].abs()
                metrics["sampler_gap_max"] = _larger(metrics.get("sampler_gap_max"), gap.max())
        metrics["gradient_norm"] = apply_gradients(
            self.model, self.optimizer, learning_rate, self.limits.max_l2_norm
        )
        return metrics

    def _penalty(
        self, batch: TrainingRows, log_probs: Tensor, size: BatchSize, metrics: Metrics
    ) -> Tensor:
        assert self.reference is not None
        with torch.no_grad():
            reference = self._log_probs(self.reference, batch)
        estimate = KL_ESTIMATORS[self.grpo.kl_estimator](log_probs, reference)
        penalty = aggregate(self.recipe.length_norm, estimate, batch.mask, size)
        metrics["kl"] = metrics.get("kl", 0.0) + penalty.detach()
        return penalty

    def _log_probs(self, model: nn.Module, batch: TrainingRows) -> Tensor:
        return get_response_log_probs(
            model, batch.input_ids, batch.labels,
            temperature=self.sampling.temperature, top_p=self.sampling.top_p,
        )["log_probs"].masked_fill(~batch.mask, 0.0)  # fmt: skip

    @torch.no_grad()
    def _log_probs_of_all(self, rows: TrainingRows, active: Tensor) -> Float[Tensor, "R S"]:
        """Under the weights before the first step, by the same forward pass as the update's."""
        result = torch.zeros_like(rows.sampled_log_probs)
        for indices in micro_batches(active, self.limits.microbatch_rows):
            batch = rows.select(indices)
            log_probs = self._log_probs(self.model, batch)
            result[indices, : log_probs.shape[1]] = log_probs
        return result


def _report_ratios(metrics: Metrics, reported: dict[str, Tensor], mask: Tensor) -> None:
    if "ratio" not in reported:
        return
    ratio = reported["ratio"][mask]
    metrics["ratio_max"] = _larger(metrics.get("ratio_max"), ratio.max())
    metrics["clipped"] = reported["clipped"][mask].float().mean()


def _larger(before: float | Tensor | None, now: Tensor) -> Tensor:
    return now if before is None else torch.maximum(torch.as_tensor(before, device=now.device), now)


def _summary(steps: list[Metrics]) -> Metrics:
    """Means over the steps, maxima of the names that end in "_max", and how many steps."""
    result: Metrics = {"updates": float(len(steps))}
    for name in dict.fromkeys(name for step in steps for name in step):
        values = torch.stack([torch.as_tensor(step[name]) for step in steps if name in step])
        result[name] = values.max() if name.endswith("_max") else values.mean()
    return result
