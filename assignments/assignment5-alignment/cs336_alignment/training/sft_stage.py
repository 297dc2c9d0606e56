"""Supervised fine-tuning of the policy on demonstrations."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.demonstrations import answer_loss, demonstration_rows
from cs336_alignment.training.evaluation import Evaluator
from cs336_alignment.training.loop import Metrics, apply_gradients, rounded


class SftStage:
    """New demonstrations at every step; may stop early at a set accuracy."""

    def __init__(
        self, config: AlignmentConfig, evaluator: Evaluator, stop_evaluator: Evaluator | None,
        model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device,
    ) -> None:  # fmt: skip
        self._config, self._evaluator, self._stop_evaluator = config, evaluator, stop_evaluator
        self._model, self._optimizer, self._device = model, optimizer, device
        self._tokenizer = CharacterTokenizer()
        self.finished = False

    def step(self, index: int, learning_rate: float) -> Metrics:
        sft = self._config.sft
        pairs = demonstration_rows(self._config, f"sft/{index}", sft.batch_size)
        loss = answer_loss(self._model, self._tokenizer, pairs, self._device)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = apply_gradients(
            self._model, self._optimizer, learning_rate, self._config.limits.max_l2_norm
        )
        if self._stop_evaluator is not None and (index + 1) % sft.stop_check_every == 0:
            reached = self._stop_evaluator.accuracy()[sft.stop_size]
            self.finished = reached >= sft.stop_accuracy
        return {"loss": loss.detach(), "gradient_norm": norm}

    def report(self) -> dict[str, Any]:
        return {}

    def evaluate(self) -> dict[str, Any]:
        return {"accuracy": {size: rounded(a) for size, a in self._evaluator.accuracy().items()}}

    def state(self) -> dict[str, Any]:
        return {"finished": self.finished}

    def restore(self, state: dict[str, Any]) -> None:
        self.finished = bool(state["finished"])
