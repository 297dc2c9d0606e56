"""Assignment 3's source of facts on a device: its data, and questions that measure an excess."""

from dataclasses import dataclass

import torch
from cs336_scaling.real_study.zipf_evaluation import Questions, make_questions
from cs336_scaling.real_study.zipf_source import ZipfSource, answer_table
from torch import Tensor


@dataclass(frozen=True)
class Facts:
    """The source with its table of answers.

    Attributes:
        questions: what a model is asked when its excess over the entropy is measured.
    """

    source: ZipfSource
    table: Tensor
    questions: Questions

    @classmethod
    def on(cls, device: torch.device, exact: int = 11, sampled: int = 192) -> "Facts":
        """Zipf's law with alpha 0.5; `exact` levels of ranks are asked in full, of each other
        level `sampled` ranks."""
        source, table = ZipfSource(0.5), answer_table().to(device)
        return cls(source, table, make_questions(source, table, exact, sampled))

    def batches(self, steps: int, batch: int, generator: torch.Generator) -> Tensor:
        """(steps, batch, 1 + T) int64 tokens."""
        return self.source.batches(steps, batch, self.table, generator)
