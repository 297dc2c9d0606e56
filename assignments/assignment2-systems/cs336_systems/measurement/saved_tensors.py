"""What autograd keeps between forward and backward, and how little of it one can do with.

`saved_tensors` lists it. `forward_in_segments` keeps only the inputs of every `segment` blocks and
computes the rest again in backward (Chen et al. 2016, arXiv:1604.06174). With L blocks of which
each saves b bytes and has an input of s bytes, the peak is about

    peak(k) = (L / k) s + k b,        least at k = sqrt(L s / b).

The well-known sqrt(L) is the case b = s. A Transformer's block saves tens of times its input, so
the best segment is then a fraction of a block, that is one block.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.profiler import ProfilerActivity, profile
from torch.utils.checkpoint import checkpoint

from cs336_systems.measurement.timing import synchronize


@dataclass(frozen=True)
class SavedTensor:
    """A piece of memory that autograd keeps for backward."""

    module: str
    """Name of the innermost module whose forward saved it; "" for the outermost's own lines."""
    shape: tuple[int, ...]
    dtype: str
    num_bytes: int
    """Of the whole storage: a view keeps all of it alive."""


def saved_tensors(module: nn.Module, forward: Callable[[], Tensor]) -> list[SavedTensor]:
    """Everything that `forward` makes autograd keep, each storage once, parameters left out.

    Names are those of `module`'s submodules. The result of `forward` is dropped, and what was saved
    with it.
    """
    weights = {p.untyped_storage().data_ptr() for p in module.parameters()}
    names = {child: name for name, child in module.named_modules()}
    path: list[str] = [""]
    found: dict[int, SavedTensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            saved = SavedTensor(
                path[-1], tuple(tensor.shape), str(tensor.dtype)[6:], storage.nbytes()
            )
            found.setdefault(storage.data_ptr(), saved)
        return tensor

    def enter(child: nn.Module, _: object) -> None:
        path.append(names[child])

    def leave(*_: object) -> None:
        path.pop()

    handles = [child.register_forward_pre_hook(enter) for child in names]
    handles += [child.register_forward_hook(leave) for child in names]
    try:
        with saved_tensors_hooks(pack, lambda tensor: tensor):
            result = forward()
    finally:
        for handle in handles:
            handle.remove()
    del result  # until here, so that no storage's address is given away twice
    return list(found.values())


def forward_in_segments(blocks: Sequence[nn.Module], x: Tensor, segment: int) -> Tensor:
    """Run blocks one after another; keep only the input of every `segment` of them (0: keep all).

    Raises:
        ValueError: a negative segment.
    """
    if segment < 0:
        raise ValueError(
            f"a segment of {segment} blocks: 0 keeps everything, k recomputes k blocks"
        )
    if segment == 0:
        return run(blocks, x)
    for first in range(0, len(blocks), segment):
        part = blocks[first : first + segment]
        x = checkpoint(run, part, x, use_reentrant=False)
    return x


def run(blocks: Sequence[nn.Module], x: Tensor) -> Tensor:
    """One block after another."""
    for block in blocks:
        x = block(x)
    return x


def expected_peak(layers: int, segment: int, block_bytes: float, input_bytes: float) -> float:
    """Bytes kept at the worst moment: all segments' inputs and one segment's saved tensors."""
    if segment == 0:
        return layers * block_bytes
    return math.ceil(layers / segment) * input_bytes + min(segment, layers) * block_bytes


def best_segment(layers: int, block_bytes: float, input_bytes: float) -> int:
    """The segment with the least `expected_peak`, in blocks."""
    return min(
        range(1, layers + 1), key=lambda k: expected_peak(layers, k, block_bytes, input_bytes)
    )


def peak_bytes(work: Callable[[], object], device: torch.device) -> int:
    """Most memory that `work` had allocated at a time, beyond what was there before it.

    On a GPU by the allocator's own count, on a CPU by the allocations that the profiler notes.
    """
    if device.type == "cuda":
        synchronize(device)
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        work()
        synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        work()
    events = profiler.profiler.kineto_results.events()
    changes = [(event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]"]
    now = most = 0
    for _, change in sorted(changes, key=lambda moment: moment[0]):
        now += change
        most = max(most, now)
    return most
