"""Training steps, the plain way: one iteration is batch, forward, backward, clip, update.

`graphed_stepping.GraphedStepper` is the fast counterpart with the same `run`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar

import torch
from torch import Tensor, nn

from cs336_basics.config import ConfigError, RunConfig, TrainingConfig
from cs336_basics.nn_utils import (
    clip_gradient_norm,
    cross_entropy,
    cross_entropy_by_comparison,
)
from cs336_basics.optimizer import AdamW, get_lr_cosine_schedule
from cs336_basics.providers import GradientSynchronizer
from cs336_basics.training.sampler import WindowSampler
from cs336_basics.training.speed import provider_of

LossFunction = Callable[[Tensor, Tensor], Tensor]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class StepRecords:
    """Training loss (nats per token) and gradient norm before clipping of consecutive steps."""

    losses: list[float]
    gradient_norms: list[float]


class Stepper(Protocol):
    """Runs iterations and reports them; waits for the device once per call of `run`.

    `prepare` does what happens once (compilation, capture) and leaves the training state as it is.
    """

    def prepare(self, first: int) -> None: ...

    def run(self, first: int, count: int) -> StepRecords: ...


def learning_rate_at(config: RunConfig, iteration: int) -> float:
    """Learning rate of 0-based `iteration`; counted from 1, so that no step has rate zero."""
    optimizer = config.optimizer
    return get_lr_cosine_schedule(
        iteration + 1,
        optimizer.max_learning_rate,
        optimizer.min_learning_rate,
        optimizer.warmup_iters,
        config.cosine_end,
    )


def autocast_factory(
    config: RunConfig, device: torch.device
) -> Callable[[], AbstractContextManager[object]]:
    """A maker of the autocast context that the configured precision asks for."""
    if config.training.precision == "float32":
        return nullcontext
    return lambda: torch.autocast(device.type, dtype=torch.bfloat16)


def make_loss(
    model: Callable[[Tensor], Tensor], config: RunConfig, device: torch.device
) -> LossFunction:
    """(x, y) -> mean cross-entropy of `model`, under autocast and torch.compile as configured.

    The fused loss stays outside of what is compiled: its backward scales the gradient in place,
    which a compiled graph would answer with a copy of all logits.
    """
    training = config.training
    autocast = autocast_factory(config, device)
    compiled = compiler(training)
    if training.loss == "fused":
        fused_entropy = provider_of(training).cross_entropy(device)

        def logits(x: Tensor) -> Tensor:
            with autocast():
                return model(x)

        compiled_logits = compiled(logits)
        return lambda x, y: fused_entropy(compiled_logits(x), y)

    entropy = cross_entropy_by_comparison if training.compile else cross_entropy

    def loss(x: Tensor, y: Tensor) -> Tensor:
        with autocast():
            return entropy(model(x), y)

    return compiled(loss)


def compiler(training: TrainingConfig) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """torch.compile with the configured flags, or the function as it is."""
    if not training.compile:
        return lambda function: function
    options: dict[str, str | int | bool | Callable[..., Any]] = {}
    options |= dict.fromkeys(training.inductor_flags, True)

    def compile_function(function: Callable[P, R]) -> Callable[P, R]:
        try:
            return torch.compile(function, dynamic=False, options=options or None)
        except RuntimeError as error:  # an option that this version of PyTorch does not have
            raise ConfigError(f"training.inductor_flags: {error}") from error

    return compile_function


class EagerStepper:
    """One Python-driven step after another; works on every device and under data parallelism."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: AdamW,
        sampler: WindowSampler,
        config: RunConfig,
        device: torch.device,
        synchronizer: GradientSynchronizer | None = None,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._sampler = sampler
        self._config = config
        self._device = device
        self._synchronizer = synchronizer
        self._loss = make_loss(model, config, device)

    def prepare(self, first: int) -> None:
        """Compile forward and backward on the batch of iteration `first`; nothing is updated."""
        if self._config.training.compile and self._synchronizer is None:
            x, y = self._sampler.batches(first)[0]
            self._loss(x.to(self._device), y.to(self._device)).backward()  # type: ignore[no-untyped-call]
            self._optimizer.zero_grad(set_to_none=True)

    def run(self, first: int, count: int) -> StepRecords:
        """Do iterations first .. first + count - 1."""
        results = [self._step(iteration) for iteration in range(first, first + count)]
        losses = torch.stack([loss for loss, _ in results]).tolist()  # the one synchronisation
        norms = torch.stack([norm for _, norm in results]).tolist()
        return StepRecords(losses, norms)

    def _step(self, iteration: int) -> tuple[Tensor, Tensor]:
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate_at(self._config, iteration)
        self._optimizer.zero_grad(set_to_none=True)
        batches = self._sampler.batches(iteration)
        total = torch.zeros((), device=self._device)
        for x, y in batches:
            if self._synchronizer is not None:
                self._synchronizer.on_train_batch_start()
            loss = self._loss(x.to(self._device), y.to(self._device)) / len(batches)
            loss.backward()  # type: ignore[no-untyped-call]
            if self._synchronizer is not None:
                self._synchronizer.finish_gradient_synchronization()
            total += loss.detach()
        norm = clip_gradient_norm(self._model.parameters(), self._config.optimizer.max_l2_norm)
        self._optimizer.step()
        return total, norm
