"""Distributed data parallelism, from the simplest correct version to overlapped buckets.

Every rank holds the whole model and a slice of the batch; averaging the gradients over ranks makes
one step equal to a step on the joined batch (when the slices have equal size and the loss is a
mean). The four versions differ only in when and in what portions they communicate:

==================================  =======================================================
`all_reduce_gradients_naive`        after backward, one all-reduce per parameter
`all_reduce_gradients_flat`         after backward, one all-reduce of everything
`DDPIndividualParameters`           during backward, one per parameter, as soon as it is ready
`DDPBucketed`                       during backward, one per bucket of about `bucket_size_mb`
==================================  =======================================================

The overlapped versions follow Li et al. 2020, "PyTorch Distributed" (arXiv 2006.15704), 3.2.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from cs336_systems.distributed.collectives import (
    all_reduce_mean,
    broadcast_module_state,
    require_process_group,
)
from cs336_systems.distributed.hooks import on_accumulated_gradient

BYTES_PER_MB = 2**20


def all_reduce_gradients_naive(parameters: Iterable[nn.Parameter]) -> None:
    """Average gradients after backward, one blocking all-reduce per parameter.

    Every rank must have gradients for the same parameters.
    """
    for parameter in parameters:
        if parameter.grad is not None:
            all_reduce_mean(parameter.grad).wait()


def all_reduce_gradients_flat(parameters: Iterable[nn.Parameter]) -> None:
    """Average gradients after backward with one all-reduce of a flattened copy per dtype.

    Every rank must have gradients for the same parameters.
    """
    with_gradient = [p for p in parameters if p.grad is not None]
    for group in _runs_of_equal_kind(with_gradient):
        flat = torch.cat([_gradient(p).reshape(-1) for p in group])
        all_reduce_mean(flat).wait()
        _point_gradients_into(group, flat)


@dataclass
class _Bucket:
    """Parameters whose gradients travel in one all-reduce, and the state of that all-reduce."""

    parameters: list[nn.Parameter]
    waiting_for: int = 0
    flat: Tensor | None = None
    work: dist.Work | None = None

    def reset(self) -> None:
        self.waiting_for = len(self.parameters)
        self.flat = None
        self.work = None

    def launch(self) -> None:
        """Start the all-reduce. A parameter without gradient on this rank contributes zeros."""
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in self.parameters]
        self.flat = (
            gradients[0].contiguous()
            if len(gradients) == 1
            else torch.cat([gradient.reshape(-1) for gradient in gradients])
        )
        self.work = all_reduce_mean(self.flat)

    def finish(self) -> None:
        """Wait for the all-reduce and let every `grad` be the averaged one."""
        assert self.work is not None
        assert self.flat is not None
        self.work.wait()
        _point_gradients_into(self.parameters, self.flat)
        self.reset()


class _OverlappedDDP(nn.Module):
    """Launch buckets in a fixed order as backward fills them.

    The order has to be the same on every rank, because collectives are matched by order and not by
    name. So a bucket is launched when it is full *and* all before it are; the rest is launched in
    `finish_gradient_synchronization`.

    To accumulate over micro-batches, run all but the last backward inside `no_sync()`, or call
    `finish_gradient_synchronization()` after each: the sum is the same, the first travels once.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self._synchronizes = True
        self._hooked: set[nn.Parameter] = set()
        self._trainable: list[nn.Parameter] = []
        self._follow_trainable_parameters()

    @abstractmethod
    def _plan_buckets(self, parameters: list[nn.Parameter]) -> list[list[nn.Parameter]]:
        """Cut the trainable parameters, in the order in which backward meets them."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrapped module. What was frozen or unfrozen since is taken into account."""
        if not self._progress.has_begun:
            self._follow_trainable_parameters()
        return self.module(*args, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Backward passes inside add to this rank's own gradients, and nothing travels.

        The next backward outside, with `finish_gradient_synchronization()`, averages the sums.
        """
        before, self._synchronizes = self._synchronizes, False
        try:
            yield
        finally:
            self._synchronizes = before

    def finish_gradient_synchronization(self) -> None:
        """Wait until every gradient is the average over all ranks; call between backward and step.

        A parameter without a gradient on every rank keeps `grad` None; one that has it on some
        ranks gets the average in which the others count as zero, on every rank. What an earlier
        backward left in `grad` counts: it is equal everywhere, and so is its average.
        """
        if not self._buckets:
            return
        lacking = [p for p in self._parameters_in_order if p.grad is None]
        for bucket in self._buckets[self._progress.num_launched :]:
            bucket.launch()
        has_gradient, work = self._count_gradients(lacking)
        for bucket in self._buckets:
            bucket.finish()
        work.wait()
        if lacking:  # reading the counts makes the host wait for the device: only when needed
            counts = dict(zip(self._parameters_in_order, has_gradient.tolist(), strict=True))
            for parameter in lacking:
                if not counts[parameter]:
                    parameter.grad = None
        self._start_over()

    def on_train_batch_start(self) -> None:
        """Forget a backward pass that was begun and never finished; call before each batch."""
        for bucket in self._buckets[: self._progress.num_launched]:
            assert bucket.work is not None
            bucket.work.wait()
        self._start_over()

    def _follow_trainable_parameters(self) -> None:
        """Plan the buckets anew if parameters were frozen or unfrozen, which all ranks do alike."""
        trainable = _trainable_in_reverse(self.module)
        if self._trainable and _are_the_same(trainable, self._trainable):
            return
        self._trainable = trainable
        self._buckets = [_Bucket(parameters) for parameters in self._plan_buckets(trainable)]
        self._bucket_of = {p: bucket for bucket in self._buckets for p in bucket.parameters}
        self._parameters_in_order = [p for bucket in self._buckets for p in bucket.parameters]
        self._start_over()
        for parameter in trainable:
            if parameter not in self._hooked:
                self._hooked.add(parameter)
                on_accumulated_gradient(parameter, self._on_gradient)

    def _start_over(self) -> None:
        self._progress = _Progress()
        for bucket in self._buckets:
            bucket.reset()

    def _on_gradient(self, parameter: Tensor) -> None:
        assert isinstance(parameter, nn.Parameter)
        if not self._synchronizes:
            return
        if parameter in self._progress.ready:
            raise RuntimeError(
                "backward ran twice without finish_gradient_synchronization() in between: the "
                "first gradients may still be travelling; call it after every backward, run all "
                "but the last inside no_sync(), or call on_train_batch_start() to forget the first"
            )
        if parameter not in self._bucket_of:
            raise RuntimeError(
                "a parameter was unfrozen between forward and backward; unfreeze it before forward"
            )
        self._progress.ready.add(parameter)
        self._bucket_of[parameter].waiting_for -= 1
        while (
            self._progress.num_launched < len(self._buckets)
            and not self._buckets[self._progress.num_launched].waiting_for
        ):
            self._buckets[self._progress.num_launched].launch()
            self._progress.num_launched += 1

    def _count_gradients(self, lacking: list[nn.Parameter]) -> tuple[Tensor, dist.Work]:
        """Start the sum over ranks of "has a gradient here" per parameter."""
        device = self._parameters_in_order[0].device
        counts = torch.ones(len(self._parameters_in_order), dtype=torch.int32, device=device)
        if lacking:  # else spare the copy that waits for the device
            without = set(lacking)
            here = [p not in without for p in self._parameters_in_order]
            counts.copy_(torch.tensor(here, dtype=torch.int32))
        work = dist.all_reduce(counts, async_op=True)
        assert work is not None
        return counts, work


@dataclass
class _Progress:
    """What one backward pass has done so far."""

    ready: set[nn.Parameter] = field(default_factory=set)
    num_launched: int = 0

    @property
    def has_begun(self) -> bool:
        """Whether a gradient has come that was not yet averaged."""
        return bool(self.ready)


class DDPIndividualParameters(_OverlappedDDP):
    """Data parallelism that all-reduces each gradient as soon as backward has produced it.

    `module`'s parameters and buffers are overwritten with rank 0's. Tied weights travel once,
    parameters that are frozen while `forward` runs not at all.
    """

    def __init__(self, module: nn.Module) -> None:
        require_process_group("DDPIndividualParameters")
        broadcast_module_state(module)
        super().__init__(module)

    def _plan_buckets(self, parameters: list[nn.Parameter]) -> list[list[nn.Parameter]]:
        return [[parameter] for parameter in parameters]


class DDPBucketed(_OverlappedDDP):
    """Data parallelism that all-reduces buckets of gradients while backward still runs.

    Buckets are filled in reverse parameter order, close to the order in which backward produces
    gradients, up to `bucket_size_mb` MiB (a larger parameter gets a bucket of its own); None puts
    everything of one dtype into a single bucket. `module`'s state is overwritten with rank 0's.

    Raises:
        ValueError: `bucket_size_mb` is not positive.
    """

    def __init__(self, module: nn.Module, bucket_size_mb: float | None = 25.0) -> None:
        if bucket_size_mb is not None and not bucket_size_mb > 0:
            raise ValueError(
                f"bucket_size_mb is {bucket_size_mb!r}: give a positive number of MiB, or None for "
                "one bucket"
            )
        require_process_group("DDPBucketed")
        broadcast_module_state(module)
        self._limit = float("inf") if bucket_size_mb is None else bucket_size_mb * BYTES_PER_MB
        super().__init__(module)

    def _plan_buckets(self, parameters: list[nn.Parameter]) -> list[list[nn.Parameter]]:
        return _fill_buckets(parameters, self._limit)


def _trainable_in_reverse(module: nn.Module) -> list[nn.Parameter]:
    """Each parameter with a gradient once (tied weights too), last registered first."""
    return [p for p in reversed(list(module.parameters())) if p.requires_grad]


def _are_the_same(some: Sequence[nn.Parameter], others: Sequence[nn.Parameter]) -> bool:
    """Whether both hold the same objects in the same order."""
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))


def _fill_buckets(parameters: Iterable[nn.Parameter], limit: float) -> list[list[nn.Parameter]]:
    """Cut the sequence into runs of one dtype and device, each of at most `limit` bytes."""
    buckets: list[list[nn.Parameter]] = []
    for run in _runs_of_equal_kind(parameters):
        buckets.append([])
        size = 0
        for parameter in run:
            num_bytes = parameter.numel() * parameter.element_size()
            if buckets[-1] and size + num_bytes > limit:
                buckets.append([])
                size = 0
            buckets[-1].append(parameter)
            size += num_bytes
    return buckets


def _runs_of_equal_kind(parameters: Iterable[nn.Parameter]) -> list[list[nn.Parameter]]:
    """Group by dtype and device, keeping the order inside each group."""
    runs: dict[tuple[torch.dtype, torch.device], list[nn.Parameter]] = {}
    for parameter in parameters:
        runs.setdefault((parameter.dtype, parameter.device), []).append(parameter)
    return list(runs.values())


def _gradient(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad


def _point_gradients_into(parameters: Sequence[nn.Parameter], flat: Tensor) -> None:
    """Make each `grad` a view of its part of `flat`: no copy back."""
    offset = 0
    flat = flat.reshape(-1)
    for parameter in parameters:
        part = flat[offset : offset + parameter.numel()]
        parameter.grad = part.view_as(parameter)
        offset += parameter.numel()
