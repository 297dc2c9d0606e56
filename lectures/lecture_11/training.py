"""Train a stack of runs: Adam or Muon, any schedule, and branches from a common trunk.

On a GPU a step is one CUDA graph; the host copies in the tokens and four numbers and replays it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from cs336_scaling.real_study.zipf_evaluation import measure_excess
from torch import Tensor

from lectures.lecture_11.facts import Facts
from lectures.lecture_11.muon import muon_update
from lectures.lecture_11.schedules import Schedule, decay_steps
from lectures.lecture_11.stacked import (
    Shape,
    Weights,
    draw_weights,
    forward,
    losses,
    rate_factors,
)

BETAS = (0.9, 0.99)
EPS = 1e-12  # gradients shrink with the width; Adam's usual 1e-8 would begin to count
CHUNK = 32  # steps whose data are drawn at once
WARMUP_CALLS = 2  # on a side stream, before a step is captured


@dataclass(frozen=True)
class Runs:
    """What is trained together.

    Attributes:
        rates: peak learning rates, each with every seed.
        seeds: of weights and data.
        batch: sequences a step.
        adam_rate: if given, hidden matrices learn by Muon with `rates` and the other matrices by
            Adam with this rate; else everything learns by Adam with `rates`.
    """

    shape: Shape
    rates: Sequence[float]
    seeds: Sequence[int]
    batch: int = 32
    adam_rate: float | None = None

    @property
    def muon(self) -> bool:
        """Whether hidden matrices learn by Muon."""
        return self.adam_rate is not None


@dataclass
class State:
    """Everything that a step changes, so that a branch can start from a copy."""

    weights: Weights
    first: Weights
    second: Weights
    step: int = 0
    curve: list[Tensor] = field(default_factory=list)

    def copy(self) -> State:
        """Independent of this one."""
        weights, first, second = (
            {name: t.clone() for name, t in part.items()} for part in self._parts()
        )
        return State(weights, first, second, self.step, list(self.curve))

    def load(self, other: State) -> None:
        """Take over the values of another state, at the same addresses."""
        for mine, its in zip(self._parts(), other._parts(), strict=True):
            torch._foreach_copy_(list(mine.values()), list(its.values()))
        self.step, self.curve = other.step, list(other.curve)

    def _parts(self) -> tuple[Weights, Weights, Weights]:
        return self.weights, self.first, self.second


class Trainer:
    """A stack of runs in training; `state` is where they are."""

    def __init__(self, runs: Runs, facts: Facts, device: torch.device) -> None:
        self.runs, self.facts, self.device = runs, facts, device
        weights = draw_weights(runs.shape, runs.seeds, len(runs.rates), device)
        first, second = (
            {name: torch.zeros_like(w) for name, w in weights.items()} for _ in range(2)
        )
        self.state = State(weights, first, second)
        self._prepare_rates()
        count = len(runs.seeds) * len(runs.rates)
        shape = (count, runs.batch, runs.shape.context + 1)
        self._tokens = torch.zeros(shape, dtype=torch.int64, device=device)
        self._scalars = torch.ones(3, device=device)  # schedule, both bias corrections
        self._losses = torch.zeros(count, device=device)
        self._generators = [torch.Generator(device).manual_seed(7919 * s + 1) for s in runs.seeds]
        self._data: list[Tensor] = []
        self.last_branch: list[Tensor] = []
        self._step: Callable[[], None] = self._capture() if device.type == "cuda" else self.update

    def _prepare_rates(self) -> None:
        runs, factors = self.runs, rate_factors(self.runs.shape)
        rates = torch.tensor(list(runs.rates) * len(runs.seeds), device=self.device).view(-1, 1, 1)
        hidden = {n for n, (role, *_) in runs.shape.matrices().items() if role == "hidden"}
        self._by_muon = sorted(hidden) if runs.muon else []
        self._muon_rates = rates
        adam = torch.full_like(rates, runs.adam_rate) if runs.adam_rate is not None else rates
        self._adam_rates = {
            name: adam * factor for name, factor in factors.items() if name not in self._by_muon
        }

    def update(self) -> None:
        """One step on the tokens at hand: device work only, at fixed addresses."""
        names, leaves = zip(*self.state.weights.items(), strict=True)
        for leaf in leaves:
            leaf.requires_grad_(True)
        loss = losses(self.state.weights, self.runs.shape, self._tokens)
        found = torch.autograd.grad(loss.sum(), leaves)
        gradients = dict(zip(names, found, strict=True))
        with torch.no_grad():
            for leaf in leaves:
                leaf.requires_grad_(False)
            self._adam(gradients)
            for name in self._by_muon:
                direction = muon_update(gradients[name], self.state.first[name])
                self.state.weights[name] -= self._muon_rates * self._scalars[0] * direction
            self._losses.copy_(loss)

    def _adam(self, gradients: Weights) -> None:
        """Adam without decay, each matrix and each run with its own rate."""
        names, state = list(self._adam_rates), self.state
        found = [gradients[name] for name in names]
        first, second = ([part[name] for name in names] for part in (state.first, state.second))
        torch._foreach_lerp_(first, found, 1 - BETAS[0])
        torch._foreach_mul_(second, BETAS[1])
        torch._foreach_addcmul_(second, found, found, 1 - BETAS[1])
        steps = torch._foreach_sqrt(second)
        torch._foreach_mul_(steps, self._scalars[2])
        torch._foreach_add_(steps, EPS)
        torch._foreach_reciprocal_(steps)
        torch._foreach_mul_(steps, first)
        torch._foreach_mul_(steps, self._scalars[0] * self._scalars[1])
        torch._foreach_mul_(steps, list(self._adam_rates.values()))
        torch._foreach_sub_([state.weights[name] for name in names], steps)

    def _capture(self) -> Callable[[], None]:
        """The same step as a CUDA graph; made at a rate of 0, and the moments are cleared again."""
        self._tokens.copy_(self._next_tokens())
        self._scalars[0] = 0
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARMUP_CALLS):
                self.update()
        torch.cuda.current_stream().wait_stream(stream)
        torch.cuda.empty_cache()  # what the calls used; the graph has memory of its own
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.update()
        for part in (self.state.first, self.state.second):
            torch._foreach_zero_(list(part.values()))
        return graph.replay

    def _next_tokens(self) -> Tensor:
        """(runs, batch, T + 1): the same for all rates of a seed."""
        if not self._data:
            drawn = [
                self.facts.batches(CHUNK, self.runs.batch, generator)
                for generator in self._generators
            ]
            self._data = list(torch.stack(drawn, dim=1))
        return self._data.pop(0).repeat_interleave(len(self.runs.rates), dim=0)

    def train(self, until: int, schedule: Schedule) -> None:
        """Go on to step `until`; the curve of losses grows."""
        steps = range(self.state.step, until)
        scalars = torch.tensor([_scalars(step, schedule(step)) for step in steps])
        for row in scalars.to(self.device):
            self._tokens.copy_(self._next_tokens())
            self._scalars.copy_(row)
            self._step()
            self.state.curve.append(self._losses.clone())
        self.state.step = until

    def branches(self, lengths: Sequence[int], warmup: int, decay: float) -> dict[int, Tensor]:
        """Excess (seeds, rates) after WSD runs of each length, which share one trunk."""
        found: dict[int, Tensor] = {}
        for length in sorted(lengths):
            cool = decay_steps(length, decay)
            self.train(length - cool, lambda step: min(1.0, (step + 1) / warmup))
            trunk = self.state.copy()
            self.train(length, lambda step, n=length, c=cool: (n - step) / c)  # type: ignore[misc]
            found[length] = self.excess()
            self.last_branch = self.state.curve[len(trunk.curve) :]
            self.state.load(trunk)
        return found

    @torch.no_grad()
    def excess(self) -> Tensor:
        """Loss minus entropy of each run, (seeds, rates), on the questions of assignment 3."""
        found = []
        for run in range(len(self._losses)):
            alone = {name: w[run : run + 1] for name, w in self.state.weights.items()}

            def logits(ids: Tensor, alone: Weights = alone) -> Tensor:
                return forward(alone, self.runs.shape, ids[None]).view(*ids.shape, -1)

            found.append(measure_excess(logits, self.facts.questions, 512).total)
        return torch.tensor(found).view(len(self.runs.seeds), -1)


def _scalars(step: int, factor: float) -> tuple[float, float, float]:
    """Schedule and both bias corrections of Adam."""
    return factor, 1 / (1 - BETAS[0] ** (step + 1)), (1 - BETAS[1] ** (step + 1)) ** -0.5


def trained(
    runs: Runs, steps: int, schedule: Schedule, facts: Facts, device: str = "cpu"
) -> Trainer:
    """Train from scratch for `steps`."""
    trainer = Trainer(runs, facts, torch.device(device))
    trainer.train(steps, schedule)
    return trainer
