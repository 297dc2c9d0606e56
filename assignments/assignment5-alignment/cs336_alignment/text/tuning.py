"""Fine-tuning SmolLM2 on answers (SFT) and on pairs of answers (DPO).

Weights and moments are float32, because a step of 1e-5 is lost in bfloat16; on a GPU the products
are in bfloat16.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from cs336_basics.nn_utils import clip_gradient_norm
from cs336_basics.optimizer import AdamW, get_lr_cosine_schedule
from torch import Tensor

from cs336_alignment.dpo import dpo_loss
from cs336_alignment.log_probs import get_response_log_probs
from cs336_alignment.models.smollm2 import SmolLM2
from cs336_alignment.sft import pad_and_shift, sft_microbatch_train_step

Row = tuple[list[int], list[int]]
"""Ids of a prompt and of its answer, the end included."""
Rejected = Literal["own", "template"]
"""Where DPO's rejected answers are from: the model itself, or a template around the chosen one."""
Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class TuningConfig:
    """Settings of a run."""

    steps: int
    batch_size: int
    learning_rate: float
    warmup_steps: int = 5
    max_grad_norm: float = 1.0
    beta: float = 0.1
    """DPO only, as what follows is up to `report_every`."""
    rejected: Rejected = "own"
    chosen_weight: float = 0.0
    """Weight of -log p of the chosen answers' tokens (Pang et al. 2024, 2404.19733)."""
    report_every: int = 5
    seed: int = 0


def batches(total: int, config: TuningConfig) -> Iterator[list[int]]:
    """`steps` batches of indices: every example once before any comes again."""
    draw = random.Random(config.seed)
    waiting: list[int] = []
    for _ in range(config.steps):
        while len(waiting) < config.batch_size:
            more = list(range(total))
            draw.shuffle(more)
            waiting += more
        yield waiting[: config.batch_size]
        del waiting[: config.batch_size]


class Tuner:
    """An optimizer with its schedule over the model's own weights."""

    def __init__(self, smol: SmolLM2, config: TuningConfig) -> None:
        self.smol = smol
        self.config = config
        self._step = 0
        self._optimizer = AdamW(
            smol.model.parameters(), config.learning_rate, (0.9, 0.99), 1e-8, 0.0
        )

    def sft(self, rows: Sequence[Row], report: Report) -> None:
        """Minimise -log p of the answers' tokens, averaged over the tokens of a batch."""
        for indices in batches(len(rows), self.config):
            log_probs, mask = self.log_probs([rows[i] for i in indices])
            tokens_per_row = float(mask.sum()) / len(indices)
            loss, _ = sft_microbatch_train_step(log_probs, mask, 1, tokens_per_row)
            self._finish_step({"loss": float(loss)}, report)

    def dpo(self, chosen: Sequence[Row], rejected: Sequence[Row], report: Report) -> None:
        """Minimise the DPO loss; the reference is the model as it is now."""
        reference = [self.sums(rows) for rows in (chosen, rejected)]
        for indices in batches(len(chosen), self.config):
            both = [chosen[i] for i in indices] + [rejected[i] for i in indices]
            log_probs, mask = self.log_probs(both)
            ours = log_probs.masked_fill(~mask, 0.0).sum(dim=1).chunk(2)
            theirs = [sums[indices].to(log_probs.device) for sums in reference]
            losses, metrics = dpo_loss(
                ours[0], ours[1], theirs[0], theirs[1], beta=self.config.beta
            )
            count = len(indices)
            nll = -log_probs[:count][mask[:count]].mean()
            total = losses.mean() + self.config.chosen_weight * nll
            total.backward()  # type: ignore[no-untyped-call]
            means = {name: float(value.mean()) for name, value in metrics.items()}
            preferred = float((metrics["margin"] > 0).float().mean())
            row = {"loss": float(losses.detach().mean()), **means, "preferred": preferred}
            self._finish_step(row, report)

    def log_probs(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor]:
        """(log-probabilities of all labels, mask of the answers'), (B, T) each."""
        device = self.smol.model.token_embeddings.weight.device
        pad_id = self.smol.tokenizer.pad_token_id
        batch = pad_and_shift([row[0] for row in rows], [row[1] for row in rows], pad_id)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            result = get_response_log_probs(
                self.smol.model, batch["input_ids"].to(device), batch["labels"].to(device)
            )
        return result["log_probs"], batch["response_mask"].to(device)

    @torch.no_grad()
    def sums(self, rows: Sequence[Row]) -> Tensor:
        """log p of each whole answer, float32 on the CPU."""
        parts = []
        for start in range(0, len(rows), self.config.batch_size):
            log_probs, mask = self.log_probs(rows[start : start + self.config.batch_size])
            parts.append(log_probs.masked_fill(~mask, 0.0).sum(dim=1).cpu())
        return torch.cat(parts)

    def _finish_step(self, row: dict[str, Any], report: Report) -> None:
        config = self.config
        norm = clip_gradient_norm(self.smol.model.parameters(), config.max_grad_norm)
        rate = get_lr_cosine_schedule(
            self._step + 1,  # the schedule's first rate is 0
            config.learning_rate,
            0.1 * config.learning_rate,
            config.warmup_steps,
            config.steps,
        )
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._step += 1
        if self._step % config.report_every == 0 or self._step == config.steps:
            report({"step": self._step, "lr": rate, "grad_norm": float(norm), **row})
