"""What all stages share: the clock, the limits, the learning rate, the log, the checkpoints."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from cs336_basics.nn_utils import clip_gradient_norm
from cs336_basics.optimizer import AdamW
from torch import Tensor, nn
from tqdm import tqdm

from cs336_alignment.training.config import LimitsConfig
from cs336_alignment.training.files import StageFiles

Metrics = dict[str, "float | Tensor"]


class DivergedError(RuntimeError):
    """The loss is no longer a finite number."""


class Stage(Protocol):
    """One way of training; the loop calls `step` until a limit is reached or it is finished."""

    @property
    def finished(self) -> bool:
        """Whether the stage's own goal is reached, so that it ends before the limit."""
        ...

    def step(self, index: int, learning_rate: float) -> Metrics:
        """Iteration `index` with all of its updates. Names that end in "_max" are maxima."""
        ...

    def report(self) -> dict[str, Any]:
        """What the log gets beside the means of the metrics: counts, sizes."""
        ...

    def evaluate(self) -> dict[str, Any]:
        """A row of results on held-out data; must not change anything that training uses."""
        ...

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps beside weights and moments."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Inverse of `state`."""
        ...


class Clock:
    """Seconds of training: wall time, or CPU time of the process (all threads)."""

    def __init__(self, kind: str, device: torch.device, seconds: float = 0.0) -> None:
        self._now: Callable[[], float] = time.perf_counter if kind == "wall" else time.process_time
        self._device, self._before = device, seconds
        self._started: float | None = None

    def start(self) -> None:
        self._started = self._now()

    def stop(self) -> None:
        """Wait for the device and stop counting."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        self._before, self._started = self.seconds, None

    @property
    def seconds(self) -> float:
        """Counted so far."""
        return self._before + (0.0 if self._started is None else self._now() - self._started)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Progress from 0 to 1, and the learning rate that belongs to it."""

    limits: LimitsConfig
    peak: float

    def progress(self, step: int, seconds: float) -> float:
        """The larger of the shares of steps and of seconds that are used up."""
        by_step = step / self.limits.steps if self.limits.steps else 0.0
        by_time = seconds / self.limits.seconds if self.limits.seconds else 0.0
        return max(by_step, by_time)

    def learning_rate(self, step: int, progress: float) -> float:
        """Linear warm-up, constant, and a linear fall to a tenth over the last share."""
        warm = min(1.0, (step + 1) / max(self.limits.warmup_steps, 1))
        left = (1.0 - progress) / self.limits.decay_share if self.limits.decay_share else 1.0
        return self.peak * warm * min(1.0, max(0.1, left))


def make_optimizer(model: nn.Module, limits: LimitsConfig) -> AdamW:
    """AdamW; the rate is set at every step."""
    return AdamW(model.parameters(), 0.0, (0.9, 0.95), 1e-8, limits.weight_decay)


def apply_gradients(
    model: nn.Module, optimizer: torch.optim.Optimizer, learning_rate: float, max_l2_norm: float
) -> Tensor:
    """Clip, update, and forget the gradients; returns their norm before clipping."""
    norm = clip_gradient_norm(model.parameters(), max_l2_norm)
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return norm


class StageLoop:
    """Runs a stage from where its checkpoint left it to its limit."""

    def __init__(
        self,
        stage: Stage,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        files: StageFiles,
        limits: LimitsConfig,
        peak_learning_rate: float,
        device: torch.device,
        *,
        resume: bool,
    ) -> None:
        self._stage, self._model, self._optimizer = stage, model, optimizer
        self._files, self._limits, self._device = files, limits, device
        self._schedule = Schedule(limits, peak_learning_rate)
        self._step = 0
        seconds = 0.0
        restored = files.restore(model, optimizer) if resume else None
        if restored is not None:
            self._step, state = restored
            seconds = float(state["seconds"])
            stage.restore(state["stage"])
            files.cut_log_after(self._step)
        self._clock = Clock(limits.clock, device, seconds)
        self._recent: list[Mapping[str, float | Tensor]] = []

    @property
    def steps(self) -> int:
        """Iterations done."""
        return self._step

    @property
    def seconds(self) -> float:
        """Training time, without evaluations and checkpoints."""
        return self._clock.seconds

    def run(self) -> dict[str, Any]:
        """Train to the limit; returns the last row of results."""
        if self._step == 0:
            self._evaluate()
        bar = tqdm(total=100, disable=None, file=sys.stderr, bar_format="{l_bar}{bar}|{postfix}")
        with bar:
            try:
                while self._progress() < 1.0 and not self._stage.finished:
                    self._advance(bar)
            except KeyboardInterrupt:
                self._checkpoint()
                raise
        last = self._evaluate()
        self._checkpoint()
        return last

    def _progress(self) -> float:
        return self._schedule.progress(self._step, self._clock.seconds)

    def _advance(self, bar: Any) -> None:
        limits, before = self._limits, self._progress()
        rate = self._schedule.learning_rate(self._step, min(before, 1.0))
        self._clock.start()
        self._recent.append(self._stage.step(self._step, rate))
        self._clock.stop()
        self._step += 1
        after = self._progress()
        if self._step % limits.log_every == 0:
            self._log(rate)
            bar.set_postfix_str(_shown(self._stage.report()))
            bar.update(min(100.0, round(100 * after, 1)) - bar.n)
        if after >= 1.0:
            return
        if _crossed(before, after, limits.evaluations + 1):
            self._evaluate()
        due = limits.checkpoint_every and self._step % limits.checkpoint_every == 0
        if due or _crossed(before, after, limits.checkpoints):
            self._checkpoint()

    def _log(self, rate: float) -> None:
        row: dict[str, Any] = {"step": self._step, "seconds": round(self._clock.seconds, 3)}
        row |= {name: rounded(value) for name, value in combined(self._recent).items()}
        row |= {"learning_rate": rounded(rate)} | self._stage.report()
        self._recent = []
        if not math.isfinite(row.get("loss", 0.0)):
            raise DivergedError(
                f"the loss is {row['loss']} at step {self._step}; lower the learning rate"
            )
        self._files.append(row)

    def _evaluate(self) -> dict[str, Any]:
        row = {"step": self._step, "seconds": round(self._clock.seconds, 3)}
        row |= self._stage.evaluate()
        self._files.append(row)
        return row

    def _checkpoint(self) -> None:
        state = {"seconds": self._clock.seconds, "stage": self._stage.state()}
        self._files.save(self._model, self._optimizer, self._step, state)


def combined(rows: list[Mapping[str, float | Tensor]]) -> dict[str, float]:
    """Mean of each name over the rows that have it; the maximum of names that end in "_max"."""
    result = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [float(row[name]) for row in rows if name in row]
        result[name] = max(values) if name.endswith("_max") else sum(values) / len(values)
    return result


def rounded(value: float) -> float:
    """Five significant digits: logs stay small."""
    return float(f"{value:.5g}")


def _crossed(before: float, after: float, parts: int) -> bool:
    return parts > 0 and math.floor(before * parts) < math.floor(after * parts)


def _shown(report: Mapping[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in report.items() if isinstance(v, int | float))
