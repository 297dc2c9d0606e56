"""The data of a run on its device, made once for all runs that share it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from cs336_scaling.real_study.specs import RunSpec
from cs336_scaling.real_study.story_source import StoryFiles, StorySource
from cs336_scaling.real_study.training import Source
from cs336_scaling.real_study.zipf_evaluation import make_questions, measure_excess
from cs336_scaling.real_study.zipf_source import (
    Excess,
    LogitsFunction,
    ZipfSource,
    answer_table,
)


class ZipfOnDevice:
    """A Zipf source with its table and its evaluation on a device.

    A CPU asks a quarter of the questions: a few seconds a run, and an error of half a percent of
    the excess at the losses that it can reach.
    """

    def __init__(self, source: ZipfSource, device: torch.device) -> None:
        self._source = source
        self._table = answer_table().to(device)
        exact, sampled = (13, 512) if device.type == "cuda" else (10, 192)
        self._questions = make_questions(source, self._table, exact, sampled)
        self.entropy = source.entropy
        self.vocab_size, self.context_length = source.vocab_size, source.context_length

    def batches(self, steps: int, batch: int, generator: torch.Generator) -> Tensor:
        """See `ZipfSource.batches`."""
        return self._source.batches(steps, batch, self._table, generator)

    def excess(self, logits: LogitsFunction) -> Excess:
        """See `measure_excess`."""
        return measure_excess(logits, self._questions)


class Sources:
    """Sources on one device by what the runs ask for."""

    def __init__(self, device: torch.device, story_folder: Path | None = None) -> None:
        self._device = device
        self._story_folder = story_folder
        self._made: dict[tuple[str, float, float], Source] = {}

    def of(self, spec: RunSpec) -> Source:
        """The source of a run; made at its first run."""
        key = (spec.source, spec.alpha, spec.noise)
        if key not in self._made:
            self._made[key] = self._make(spec)
            if self._device.type == "cuda":  # each run reads it on a stream of its own
                torch.cuda.synchronize(self._device)
        return self._made[key]

    def _make(self, spec: RunSpec) -> Source:
        if spec.source == "zipf":
            return ZipfOnDevice(ZipfSource(spec.alpha, spec.noise), self._device)
        if self._story_folder is None:
            raise ValueError("runs on stories need the folder that prepare_stories has filled")
        return StorySource(StoryFiles(self._story_folder), self._device)
