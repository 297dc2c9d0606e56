"""Training steps, the fast way: a whole iteration is one CUDA graph that the host only replays.

The token array lives in GPU memory. The host uploads window starts and optimizer scalars for many
iterations at once; a counter on the device picks the row of each replay and files its loss. So no
Python, no kernel launch from the host and no synchronisation lies between two iterations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from cs336_basics.config import RunConfig
from cs336_basics.fast.foreach_adamw import bias_scalars, foreach_adamw_update
from cs336_basics.fast.weight_copies import WeightCopies
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import gradient_norms
from cs336_basics.optimizer import AdamW
from cs336_basics.training.sampler import WindowSampler
from cs336_basics.training.stepping import (
    StepRecords,
    compiler,
    learning_rate_at,
    make_loss,
)

ROWS = 1024  # iterations uploaded at once
WARMUP_STEPS = 3  # compile, choose kernels and allocate before capturing


class _Tables(NamedTuple):
    """Host side of the device's tables for consecutive iterations."""

    first: int
    starts: Tensor  # (rows, micro_batches, micro_batch_size) int64
    scalars: Tensor  # (rows, 3) float32


class GraphedStepper:
    """Same iterations as `EagerStepper`, for one device and one parameter group.

    Without CUDA the same device work runs uncaptured: slower, but testable anywhere.
    """

    def __init__(
        self,
        model: TransformerLM,
        optimizer: AdamW,
        sampler: WindowSampler,
        config: RunConfig,
        device: torch.device,
    ) -> None:
        self._model = model
        self._optimizer = optimizer
        self._sampler = sampler
        self._config = config
        self._windows = compiler(config.training)(read_windows)
        self._update_scalars = compiler(config.training)(update_scalars)
        self._update = compiler(config.training)(foreach_adamw_update)
        self._file = compiler(config.training)(file_results)
        self._names = [name for name, p in model.named_parameters() if p.requires_grad]
        self._parameters: list[Tensor] = [model.get_parameter(name) for name in self._names]
        self._states = [optimizer.state_of(p) for p in self._parameters]
        self._copies = WeightCopies(model) if config.training.bf16_weight_copies else None
        self._loss = make_loss(self._forward, config, device)
        self._tokens = torch.from_numpy(sampler.tokens[:].astype("int32")).to(device)
        self._offsets = torch.arange(sampler.context_length, device=device)
        shape = (ROWS, sampler.micro_batches, sampler.micro_batch_size)
        self._starts = torch.zeros(shape, dtype=torch.int64, device=device)
        self._scalars = torch.zeros((ROWS, 3), device=device)  # lr and both bias corrections
        self._row = torch.zeros(1, dtype=torch.int64, device=device)
        self._losses = torch.zeros(ROWS, device=device)
        self._norms = torch.zeros(ROWS, device=device)
        self._iterate: Callable[[], None] | None = None
        self._prefetched: _Tables | None = None
        self._steps_before = 0  # updates counted by the optimizer before iteration 0

    def prepare(self, first: int) -> None:
        """Compile and capture, with the data of iteration `first` on."""
        if self._iterate is None:
            self._steps_before = int(self._states[0]["step"]) - first
            self._upload(self._tables(first, WARMUP_STEPS))
            on_gpu = self._row.device.type == "cuda"
            self._iterate = self._capture().replay if on_gpu else self._step

    def run(self, first: int, count: int) -> StepRecords:
        """Do iterations first .. first + count - 1."""
        self.prepare(first)
        assert self._iterate is not None
        losses: list[float] = []
        norms: list[float] = []
        for start in range(first, first + count, ROWS):
            rows = min(ROWS, first + count - start)
            self._upload(self._tables(start, rows))
            for _ in range(rows):
                self._iterate()
            self._prefetched = self._tables(start + rows, rows)  # while the device works
            losses += self._losses[:rows].tolist()  # the one synchronisation
            norms += self._norms[:rows].tolist()
            for state in self._states:
                state["step"] += rows
        return StepRecords(losses, norms)

    def _tables(self, first: int, rows: int) -> _Tables:
        """Window starts and optimizer scalars of `rows` iterations from `first` on."""
        ready = self._prefetched
        if ready is not None and ready.first == first and len(ready.starts) >= rows:
            return _Tables(first, ready.starts[:rows], ready.scalars[:rows])
        iterations = range(first, first + rows)
        starts = np.stack([self._sampler.starts(iteration) for iteration in iterations])
        betas = self._optimizer.param_groups[0]["betas"]
        scalars = [
            (learning_rate_at(self._config, i), *bias_scalars(betas, self._steps_before + i + 1))
            for i in iterations
        ]
        return _Tables(first, torch.from_numpy(starts), torch.tensor(scalars))

    def _upload(self, tables: _Tables) -> None:
        """Fill the device's tables and rewind its counter."""
        rows = len(tables.starts)
        self._starts[:rows].copy_(tables.starts)
        self._scalars[:rows].copy_(tables.scalars)
        self._row.zero_()

    def _capture(self) -> torch.cuda.CUDAGraph:
        """The graph of one iteration, captured after warm-up steps whose effect is undone."""
        saved = [tensor.clone() for tensor in self._updated_tensors()]
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARMUP_STEPS):
                self._step()
        torch.cuda.current_stream().wait_stream(stream)
        self._release_gradients()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            self._step()
        torch._foreach_copy_(self._updated_tensors(), saved)
        return graph

    def _updated_tensors(self) -> list[Tensor]:
        """Everything an iteration changes, without its autograd role."""
        moments = [state[key] for state in self._states for key in ("exp_avg", "exp_avg_sq")]
        return [t.detach() for t in (*self._parameters, *self._leaves.values(), *moments)]

    @property
    def _leaves(self) -> dict[str, Tensor]:
        """What takes the place of parameters in the forward pass."""
        return {} if self._copies is None else self._copies.leaves

    def _forward(self, x: Tensor) -> Tensor:
        logits: Tensor = functional_call(self._model, self._leaves, (x,))
        return logits

    def _release_gradients(self) -> None:
        for tensor in (*self._parameters, *self._leaves.values()):
            tensor.grad = None

    def _step(self) -> None:
        """One iteration, device work only: everything it reads or writes has a fixed address."""
        self._release_gradients()
        xs, ys = self._windows(self._tokens, self._starts, self._row, self._offsets)
        losses = []
        for x, y in zip(xs, ys, strict=True):
            loss = self._loss(x, y)
            if len(xs) > 1:
                loss = loss / len(xs)
            loss.backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
        norm = self._clip_and_update()
        with torch.no_grad():
            self._file(self._losses, self._norms, self._row, sum(losses[1:], losses[0]), norm)

    @torch.no_grad()
    def _clip_and_update(self) -> Tensor:
        gradients = [self._gradient_of(name) for name in self._names]
        norm, scale, lr, correction1, correction2 = self._update_scalars(
            gradient_norms(gradients), self._scalars, self._row, self._config.optimizer.max_l2_norm
        )
        group, copies = self._optimizer.param_groups[0], self._copies
        self._update(
            self._parameters,
            gradients,
            [state["exp_avg"] for state in self._states],
            [state["exp_avg_sq"] for state in self._states],
            scale, lr, correction1, correction2,
            beta1=group["betas"][0], beta2=group["betas"][1],
            eps=group["eps"], weight_decay=group["weight_decay"],
            copies=[] if copies is None else [copies.copy_of(name) for name in copies.names],
            copied=[] if copies is None else [self._model.get_parameter(n) for n in copies.names],
        )  # fmt: skip
        return norm

    def _gradient_of(self, name: str) -> Tensor:
        if self._copies is not None and name in self._copies.names:
            gradient = self._copies.gradient_of(name)
        else:
            gradient = self._model.get_parameter(name).grad
        if gradient is None:
            raise RuntimeError(f"parameter {name} got no gradient; the graph updates all of them")
        return gradient


def read_windows(
    tokens: Tensor, starts: Tensor, row: Tensor, offsets: Tensor
) -> tuple[Tensor, Tensor]:
    """Inputs and targets, each (micro_batches, B, T) int64, of the iteration that `row` names."""
    positions = starts.index_select(0, row).squeeze(0).unsqueeze(-1) + offsets
    return tokens[positions].long(), tokens[positions + 1].long()


def update_scalars(
    norms: list[Tensor], scalars: Tensor, row: Tensor, max_l2_norm: float
) -> tuple[Tensor, ...]:
    """Global gradient norm, clipping scale, learning rate and both bias corrections."""
    norm = torch.linalg.vector_norm(torch.stack(norms))
    scale = (max_l2_norm / (norm + 1e-6)).clamp(max=1.0)
    return norm, scale, *scalars.index_select(0, row).squeeze(0)


def file_results(losses: Tensor, norms: Tensor, row: Tensor, loss: Tensor, norm: Tensor) -> None:
    """Write an iteration's results into its row of the tables and go on to the next row."""
    losses.index_copy_(0, row, loss.reshape(1))
    norms.index_copy_(0, row, norm.reshape(1))
    row.add_(1)
