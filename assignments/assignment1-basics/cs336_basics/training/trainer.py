"""The training loop: runs iterations up to the next report, evaluation, sample or checkpoint."""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from cs336_basics.config import ConfigError, RunConfig
from cs336_basics.data import TokenArray, open_tokens
from cs336_basics.fast.attention import attention_backend
from cs336_basics.fast.graphed_stepping import GraphedStepper
from cs336_basics.model import TransformerLM
from cs336_basics.optimizer import AdamW
from cs336_basics.throughput import model_flops_utilization
from cs336_basics.training.distributed import Ranks, choose_device, data_parallel
from cs336_basics.training.evaluation import evaluate, known_floor
from cs336_basics.training.run_files import RunFiles
from cs336_basics.training.run_log import LogRow, RunLog
from cs336_basics.training.sampler import WindowSampler
from cs336_basics.training.samples import draw_samples, load_tokenizer
from cs336_basics.training.speed import apply_speed_settings
from cs336_basics.training.stepping import (
    EagerStepper,
    Stepper,
    StepRecords,
    autocast_factory,
    learning_rate_at,
)

RowSink = Callable[[LogRow], None]


class TrainingDivergedError(RuntimeError):
    """The loss is no longer a finite number."""


class Trainer:
    """One training run. `train` does everything from the (restored) start to the final report."""

    def __init__(
        self,
        config: RunConfig,
        ranks: Ranks | None = None,
        *,
        resume: bool = False,
        overwrite: bool = False,
        sinks: list[RowSink] | None = None,
    ) -> None:
        self._config = config
        self._ranks = ranks or Ranks()
        self._files = RunFiles(config.run_dir)
        self._device = choose_device(config.training.device, self._ranks)
        self._valid = open_checked(config.data.valid, config)
        self._floor = known_floor(config.data)
        sampler = self._make_sampler(open_checked(config.data.train, config))
        self._tokenizer = load_tokenizer(config.data)
        if self._ranks.is_main:
            self._files.begin(config, resume=resume, overwrite=overwrite)
        self._build_model()
        self._iteration, self._seconds = (
            self._files.restore(self._model, self._optimizer) if resume else (0, 0.0)
        )
        self._sinks: list[RowSink] = sinks or []
        if self._ranks.is_main:
            log = RunLog(self._files.log)
            log.cut_after(self._iteration)
            self._sinks = [log.append, *self._sinks]
        self._stepper = self._make_stepper(sampler)
        self._setup_seconds = 0.0
        self._last_valid = math.nan

    def _make_sampler(self, tokens: TokenArray) -> WindowSampler:
        training = self._config.training
        return WindowSampler(
            tokens,
            training.batch_size,
            self._config.model.context_length,
            training.seed,
            rank=self._ranks.rank,
            world_size=self._ranks.world_size,
            micro_batches=training.accumulation_steps,
        )

    def _build_model(self) -> None:
        config, training = self._config, self._config.training
        torch.manual_seed(training.seed)
        self._model: TransformerLM = config.model.build().to(self._device)
        apply_speed_settings(self._model, training, self._device)
        o = config.optimizer
        self._optimizer = AdamW(
            self._model.parameters(), o.max_learning_rate, (o.beta1, o.beta2), o.eps,
            o.weight_decay,
        )  # fmt: skip

    def _make_stepper(self, sampler: WindowSampler) -> Stepper:
        training = self._config.training
        arguments = (self._model, self._optimizer, sampler, self._config, self._device)
        if not training.cuda_graph:
            synchronizer = data_parallel(self._model, self._ranks, training)
            return EagerStepper(*arguments, synchronizer)
        if self._ranks.world_size > 1:
            raise ConfigError("training.cuda_graph is for one GPU; switch it off under torchrun")
        return GraphedStepper(*arguments)

    def train(self) -> dict[str, Any]:
        """Train to the last iteration and return the summary that is also written to disk."""
        config, training = self._config, self._config.training
        with ExitStack() as stack:
            stack.enter_context(attention_backend(training.attention))
            started = time.perf_counter()
            self._stepper.prepare(self._iteration)
            self._synchronize()
            self._setup_seconds = time.perf_counter() - started
            bar = stack.enter_context(
                tqdm(
                    total=training.iterations, initial=self._iteration, unit="it",
                    disable=None if self._ranks.is_main else True,
                )
            )  # fmt: skip
            try:
                while self._iteration < training.iterations:
                    self._advance(bar)
            except KeyboardInterrupt:
                self._checkpoint()
                raise
            if math.isnan(self._last_valid):  # resumed at the end, and logged when it got there
                self._last_valid = self._validation_loss()
        summary = self._summary()
        if self._ranks.is_main:
            self._files.write_reports(config, summary)
        return summary

    def _advance(self, bar: tqdm[Any]) -> None:
        """Iterate to the next multiple of any reporting interval, then report what is due."""
        training, start = self._config.training, self._iteration
        intervals = (training.log_every, training.eval_every, training.checkpoint_every,
                     training.sample_every)  # fmt: skip
        stops = [(start // interval + 1) * interval for interval in intervals if interval]
        end = min(*stops, training.iterations)
        started = time.perf_counter()
        records = self._stepper.run(start, end - start)
        elapsed = time.perf_counter() - started
        self._iteration, self._seconds = end, self._seconds + elapsed
        bar.update(end - start)
        self._report(records, elapsed, bar)
        last = end == training.iterations
        if last or self._due(training.eval_every):
            self._evaluate(bar)
        if self._ranks.is_main and self._due(training.sample_every):
            self._sample(bar)
        if last or self._due(training.checkpoint_every):
            self._checkpoint()

    def _due(self, interval: int) -> bool:
        return bool(interval) and self._iteration % interval == 0

    def _report(self, records: StepRecords, elapsed: float, bar: tqdm[Any]) -> None:
        loss, iteration = self._ranks.mean(float(np.mean(records.losses))), self._iteration
        if not math.isfinite(loss):
            self._log_what_was_finite(records)
            raise TrainingDivergedError(
                f"the loss became {loss} between iterations {iteration - len(records.losses)} and "
                f"{iteration}; lower optimizer.max_learning_rate or lengthen the warm-up"
            )
        config = self._config
        tokens = len(records.losses) * config.training.batch_size * config.model.context_length
        rate = tokens / elapsed
        self._emit(
            {
                "iteration": iteration,
                "train_loss": loss,
                "learning_rate": learning_rate_at(config, iteration - 1),
                "gradient_norm": float(np.mean(records.gradient_norms)),
                "tokens_per_second": rate,
                "mfu": self._mfu(rate),
                "seconds": self._seconds,
            }
        )
        bar.set_postfix_str(f"loss {loss:.3f}, {rate:,.0f} tok/s{_percent(self._mfu(rate))}")

    def _log_what_was_finite(self, records: StepRecords) -> None:
        """Leave a row of the iterations before the loss stopped being a number, if any."""
        finite = list(itertools.takewhile(math.isfinite, records.losses))
        if finite:
            last = self._iteration - len(records.losses) + len(finite)
            self._emit(
                {"iteration": last, "train_loss": float(np.mean(finite)), "seconds": self._seconds}
            )

    def _evaluate(self, bar: tqdm[Any]) -> None:
        self._last_valid = self._validation_loss()
        self._emit(
            {
                "iteration": self._iteration,
                "valid_loss": self._last_valid,
                "seconds": self._seconds,
            }
        )
        if self._ranks.is_main:
            bar.write(
                f"iteration {self._iteration}: validation loss {self._last_valid:.4f}", sys.stderr
            )

    def _validation_loss(self) -> float:
        training = self._config.training
        return evaluate(
            self._model,
            self._valid,
            self._config.model.context_length,
            training.eval_batch_size,
            stride=training.eval_stride,
            device=self._device,
            autocast=autocast_factory(self._config, self._device),
        )

    def _sample(self, bar: tqdm[Any]) -> None:
        texts = draw_samples(
            self._model, self._tokenizer, self._config.sample, self._config.training.seed
        )
        self._files.add_samples(self._iteration, texts)
        bar.write(f"iteration {self._iteration}: {texts[0]!r}", sys.stderr)

    def _checkpoint(self) -> None:
        if self._ranks.is_main:
            self._files.save(self._model, self._optimizer, self._iteration, self._seconds)

    def _emit(self, row: LogRow) -> None:
        for sink in self._sinks:
            sink(row)

    def _mfu(self, tokens_per_second: float) -> float | None:
        return model_flops_utilization(
            tokens_per_second, self._config.model, self._device, self._ranks.world_size
        )

    def _synchronize(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)

    def _summary(self) -> dict[str, Any]:
        config = self._config
        tokens = self._iteration * config.training.batch_size * config.model.context_length
        rate = tokens / self._seconds if self._seconds else 0.0
        floor = self._floor
        return {
            "parameters": sum(p.numel() for p in self._model.parameters()),
            "iterations": self._iteration,
            "tokens": tokens,
            "training_seconds": round(self._seconds, 3),
            "setup_seconds": round(self._setup_seconds, 3),
            "tokens_per_second": round(rate),
            "mfu": self._mfu(rate),
            "valid_loss": self._last_valid,
            "floor": floor or None,
            "gap": self._last_valid - floor if floor else None,
            "device": _device_name(self._device),
            "torch": torch.__version__,
        }


def open_checked(path: str | Path, config: RunConfig) -> TokenArray:
    """The token file of a run, with every id inside the model's vocabulary."""
    tokens = open_tokens(path, config.data.dtype)
    largest = int(tokens.max())
    if largest >= config.model.vocab_size:
        raise ConfigError(
            f"{path} holds token id {largest}, outside the model's vocabulary of "
            f"{config.model.vocab_size}; encode it with the model's tokenizer or set "
            "model.vocab_size"
        )
    return tokens


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads"


def _percent(share: float | None) -> str:
    return "" if share is None else f", MFU {share:.1%}"
