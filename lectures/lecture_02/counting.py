"""Counting what a program does: operations, bytes kept for the backward pass, bytes allocated."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from cs336_basics.config import ModelConfig
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.flop_counter import FlopCounterMode

from lecture_tracer import benchmark
from lecture_tracer.trace.schema import BenchmarkRow
from lectures.lecture_02.optimizers import AdaGrad

# Kineto, the profiler's library, writes notes for tracing tools to the terminal; 9: silence.
os.environ.setdefault("KINETO_LOG_LEVEL", "9")


def count_flops(function: Callable[[], object]) -> int:
    """Operations of the matrix products that `function()` runs, as PyTorch counts them."""
    with FlopCounterMode(display=False) as counter:
        function()
    return int(counter.get_total_flops())


def multiply_by_hand(x: Tensor, w: Tensor) -> tuple[Tensor, int]:
    """(B, D) times (D, K) in three loops: the product and the operations it took."""
    operations = 0
    product = torch.zeros(x.shape[0], w.shape[1])
    for b in range(x.shape[0]):
        for k in range(w.shape[1]):
            for d in range(x.shape[1]):
                product[b, k] += x[b, d] * w[d, k]
                operations += 2  # one multiplication, one addition
    return product, operations


def time_products(sizes: Iterable[int]) -> list[BenchmarkRow]:
    """Products of two n x n matrices, in float32 and bfloat16 (a record where there is one)."""
    rows = []
    for n in sizes:
        for dtype in (torch.float32, torch.bfloat16):
            a = torch.ones(n, n, dtype=dtype)
            rows.append(
                benchmark(
                    "Matrix products",
                    partial(torch.matmul, a, a),
                    label=str(dtype).removeprefix("torch."),
                    flops=2 * n**3,
                    parameters={"n": n},
                )
            )
    return [row for row in rows if row is not None]


def time_transpose(side: int, how: Literal["view", "copy"]) -> None:
    """Show what transposing takes, as a view or into memory of its own."""
    name, parameters = "Transposing a matrix", {"n": side}
    matrix = torch.zeros(side, side)
    if how == "view":
        benchmark(name, lambda: matrix.T, label=how, parameters=parameters)
        return
    moved = 2 * matrix.nbytes
    benchmark(name, lambda: matrix.T.contiguous(), label=how, parameters=parameters, bytes=moved)


def refusal(function: Callable[[], object]) -> str:
    """What PyTorch says when it will not run `function()`; empty if it does."""
    try:
        function()
    except RuntimeError as error:
        return str(error)
    return ""


def nearly_equal(left: Iterable[Tensor], right: Iterable[Tensor]) -> bool:
    """Whether two lists of tensors are equal up to rounding."""
    pairs = zip(left, right, strict=True)
    return all(torch.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in pairs)


def address(tensor: Tensor) -> int:
    """Where in memory the tensor's storage begins: the same for all who share it."""
    return tensor.untyped_storage().data_ptr()


def total_bytes(tensors: Iterable[Tensor | None]) -> int:
    """Bytes of the elements of tensors that do not share memory."""
    return sum(tensor.nbytes for tensor in tensors if tensor is not None)


def gradient_bytes(model: nn.Module) -> int:
    """Bytes of the gradients that the model's parameters hold now."""
    return total_bytes(parameter.grad for parameter in model.parameters())


def state_bytes(optimizer: Optimizer) -> int:
    """Bytes of the tensors that an optimizer keeps between steps."""
    states = optimizer.state.values()
    return total_bytes(v for state in states for v in state.values() if isinstance(v, Tensor))


def bytes_after_a_step(model: nn.Module, x: Tensor) -> int:
    """Bytes of parameters, gradients and AdaGrad's state after one step on the model's sum."""
    optimizer = AdaGrad(model.parameters(), lr=0.01)
    model(x).sum().backward()
    optimizer.step()
    return total_bytes(model.parameters()) + gradient_bytes(model) + state_bytes(optimizer)


def saved_tensors(function: Callable[[], object], *known: Iterable[Tensor]) -> list[Tensor]:
    """What autograd keeps for the backward pass of `function()`, each storage once.

    Storages of `known` tensors (parameters, buffers, inputs) are left out: they exist anyway.
    """
    seen = {tensor.untyped_storage().data_ptr() for group in known for tensor in group}
    kept: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        address = tensor.untyped_storage().data_ptr()
        if address not in seen:
            seen.add(address)
            kept.append(tensor.detach())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = function()
    del result
    return kept


def saved_bytes(function: Callable[[], object], model: nn.Module, inputs: Tensor) -> int:
    """Bytes that `function()` keeps for backward, beside the model and its inputs."""
    kept = saved_tensors(function, model.parameters(), model.buffers(), [inputs])
    return sum(tensor.untyped_storage().nbytes() for tensor in kept)


def activation_bytes(model: nn.Module, inputs: Tensor) -> int:
    """Bytes that a forward pass of `model(inputs)` keeps for its backward pass."""
    return saved_bytes(lambda: model(inputs), model, inputs)


def activations_by_batch(config: ModelConfig) -> dict[int, int]:
    """Bytes of activations for batches of 1 to 16 sequences of a whole context."""
    model = config.build()
    return {
        batch: activation_bytes(model, torch.zeros(batch, config.context_length, dtype=torch.long))
        for batch in (1, 2, 4, 8, 16)
    }


@dataclass(frozen=True)
class AllocatorLog:
    """What the CPU allocator held while phases of a program ran, above what it held before."""

    totals: list[tuple[str, int]]
    """(phase, bytes) after each time that memory was given or taken back, in order."""

    def after(self, phase: str) -> int:
        """Bytes held at the end of a phase."""
        return [total for name, total in self.totals if name == phase][-1]

    def thinned(self, stretch: int) -> list[tuple[str, int]]:
        """The highest of each `stretch` neighbours: enough for a plot."""
        starts = range(0, len(self.totals), stretch)
        return [max(self.totals[s : s + stretch], key=lambda point: point[1]) for s in starts]


def log_allocator(phases: Mapping[str, Callable[[], object]]) -> AllocatorLog:
    """Run the phases one after another under PyTorch's memory profiler.

    The profiler knows the size of a block only if it saw it given out: what was there before must
    not be freed inside.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        for name, run in phases.items():
            with record_function(name):
                run()
    events: Any = profiler.profiler
    marks, changes = [], []
    for event in events.kineto_results.events():
        if event.name() in phases:
            marks.append((event.start_ns(), event.name()))
        elif event.name() == "[memory]":
            changes.append((event.start_ns(), event.nbytes()))
    marks.sort()
    changes.sort(key=lambda change: change[0])
    totals, held = [], 0
    for start, size in changes:
        held += size
        begun = [name for time, name in marks if time <= start]
        if begun:
            totals.append((begun[-1], held))
    return AllocatorLog(totals)


def log_training_step(model: nn.Module, optimizer: Optimizer, ids: Tensor) -> AllocatorLog:
    """One step on ids (B, T) in the phases forward, backward and update; gradients stay."""
    result: dict[str, Tensor] = {}

    def backward() -> None:
        result["loss"].backward()  # type: ignore[no-untyped-call]

    return log_allocator(
        {
            "forward": lambda: result.update(loss=model(ids).logsumexp(-1).mean()),
            "backward": backward,
            "update": lambda: optimizer.step(),
        }
    )
