"""Counting what a program does: operations, bytes kept for the backward pass, bytes allocated."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.profiler import ProfilerActivity, profile, record_function
from torch.utils.flop_counter import FlopCounterMode


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


def activation_bytes(model: nn.Module, inputs: Tensor) -> int:
    """Bytes that a forward pass of `model(inputs)` keeps for its backward pass."""
    kept = saved_tensors(lambda: model(inputs), model.parameters(), model.buffers(), [inputs])
    return sum(tensor.untyped_storage().nbytes() for tensor in kept)


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
