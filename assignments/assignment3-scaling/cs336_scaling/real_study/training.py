"""One training run on one device: on a GPU a whole step is one CUDA graph on a stream of its own.

The host gives chunks of steps: it has the device draw their data and replays the graph. A counter
on the device picks the data and the learning rate of each step and files its loss. Nothing waits
for the device between two chunks, so several runs share a GPU by taking turns in one thread.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from cs336_scaling.real_study.lean_model import build_lean_model
from cs336_scaling.real_study.specs import RunSpec
from cs336_scaling.real_study.zipf_source import Excess, LogitsFunction

CHUNK = 32  # steps prepared at once
AHEAD = 2  # chunks that a device may have waiting
WARMUP_STEPS = 3  # allocate before capturing
CURVE_POINTS = 24
MAX_NORM = 1.0


class Source(Protocol):
    """What a run needs of its data, on its device."""

    entropy: float
    vocab_size: int
    context_length: int

    def batches(self, steps: int, batch: int, generator: torch.Generator) -> Tensor:
        """(steps, batch, 1 + T) int64 tokens."""

    def excess(self, logits: LogitsFunction) -> Excess:
        """Loss minus entropy of a model."""


class TrainingRun:
    """A model in training. `advance` gives the device work; `record` ends the run."""

    def __init__(self, spec: RunSpec, source: Source, device: torch.device) -> None:
        self.spec = spec
        self._source = source
        self._on_gpu = device.type == "cuda"
        self._stream = torch.cuda.Stream(device) if self._on_gpu else None  # type: ignore[no-untyped-call]
        self._pending: deque[torch.cuda.Event] = deque()
        self._done = 0
        self._started = time.perf_counter()
        with self._context():
            self._make_model(device)
            self._make_tables(device)
            self._replay: Callable[[], None] = self._capture() if self._on_gpu else self._step

    def _make_model(self, device: torch.device) -> None:
        spec, source = self.spec, self._source
        head_width = 8 if spec.source == "zipf" else 16
        self._model = build_lean_model(
            source.vocab_size, source.context_length, spec.d_model, spec.num_layers, head_width,
            spec.seed,
        ).to(device)  # fmt: skip
        self._parameters: list[Tensor] = list(self._model.parameters())
        self._rate = torch.zeros((), device=device)
        self._adam = torch.optim.Adam(
            self._parameters, self._rate, (0.9, 0.99), fused=True, capturable=self._on_gpu
        )

    def _make_tables(self, device: torch.device) -> None:
        """Data of a chunk; rates and losses of all steps; the counter that says which is next."""
        spec = self.spec
        self._generator = torch.Generator(device).manual_seed(10_007 * spec.seed + 1)
        shape = (CHUNK, spec.batch_size, self._source.context_length + 1)
        self._tokens = torch.zeros(shape, dtype=torch.int64, device=device)
        rates = [spec.rate_at(step) for step in range(spec.steps)]
        self._rates = torch.tensor(rates, device=device)
        self._losses = torch.zeros(spec.steps, device=device)
        self._next = torch.zeros(1, dtype=torch.int64, device=device)

    @property
    def all_given(self) -> bool:
        """Whether the device has been given all steps."""
        return self._done >= self.spec.steps

    @property
    def has_room(self) -> bool:
        """Whether the device should get another chunk; never waits."""
        while self._pending and self._pending[0].query():  # type: ignore[no-untyped-call]
            self._pending.popleft()
        return len(self._pending) < AHEAD

    @property
    def finished(self) -> bool:
        """Whether all steps are done; never waits."""
        return self.all_given and self.has_room and not self._pending

    def advance(self) -> None:
        """Give the device the next chunk of steps."""
        steps = min(CHUNK, self.spec.steps - self._done)
        with self._context():
            self._tokens[:steps] = self._source.batches(
                steps, self.spec.batch_size, self._generator
            )
            for _ in range(steps):
                self._replay()
            if self._on_gpu:
                event = torch.cuda.Event()  # type: ignore[no-untyped-call]
                event.record()
                self._pending.append(event)
        self._done += steps

    def record(self) -> dict[str, Any]:
        """Measure the excess and return everything about the run, ready for JSON."""
        with self._context():
            excess = self._source.excess(self._model)
            curve = torch.stack(
                [chunk.mean() for chunk in torch.split(self._losses, CHUNK)]
            ).tolist()
        finite = math.isfinite(excess.total)
        return self.spec.as_dict() | {
            "entropy": self._source.entropy,
            "excess": excess.total if finite else None,
            "key_excess": excess.keys if finite else None,
            "loss": self._source.entropy + excess.total if finite else None,
            "curve": list(thinned(curve, CHUNK)) if finite else [],
            "seconds": round(time.perf_counter() - self._started, 2),
        }

    def _context(self) -> AbstractContextManager[object]:
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)

    def _step(self) -> None:
        """One step, device work only; everything it reads or writes has a fixed address."""
        tokens = self._tokens.index_select(0, self._next % CHUNK).squeeze(0)
        logits = self._model(tokens[:, :-1])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        self._adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        torch._foreach_mul_(gradients, clip_scale(gradients))
        self._rate.copy_(self._rates.index_select(0, self._next).squeeze(0))
        self._adam.step()
        self._losses.index_copy_(0, self._next, loss.detach().reshape(1))
        self._next.add_(1)

    def _capture(self) -> Callable[[], None]:
        """The graph of one step."""
        self._warm_up()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self._stream):
            self._step()
        return graph.replay

    def _warm_up(self) -> None:
        """Do a few steps, so that all is allocated and chosen, and undo them."""
        weights = [p.detach().clone() for p in self._parameters]
        for _ in range(WARMUP_STEPS):
            self._next.zero_()
            self._step()
        self._adam.zero_grad(set_to_none=True)
        self._next.zero_()
        with torch.no_grad():
            torch._foreach_copy_(self._parameters, weights)
            for state in self._adam.state.values():
                torch._foreach_zero_(list(state.values()))


def clip_scale(gradients: list[Tensor]) -> Tensor:
    """The factor, at most 1, that brings the common norm of the gradients down to `MAX_NORM`."""
    norms: list[Tensor] = torch._foreach_norm(gradients)  # type: ignore[assignment]
    norm: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    scale: Tensor = MAX_NORM / (norm + 1e-6)
    return scale.clamp(max=1.0)


def thinned(losses: list[float], chunk: int) -> Iterator[tuple[int, float]]:
    """(steps done, mean training loss) of about `CURVE_POINTS` chunks, evenly in the logarithm."""
    last = -1
    for point in range(CURVE_POINTS):
        index = round(len(losses) ** ((point + 1) / CURVE_POINTS)) - 1
        if index > last:
            last = index
            yield (index + 1) * chunk, round(losses[index], 4)
