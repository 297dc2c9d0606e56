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

from collections.abc import Iterable, Sequence
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
    """

    def __init__(self, module: nn.Module, buckets: list[list[nn.Parameter]]) -> None:
        super().__init__()
        self.module = module
        self._buckets = [_Bucket(parameters) for parameters in buckets]
        self._bucket_of = {p: bucket for bucket in self._buckets for p in bucket.parameters}
        self._parameters_in_order = [p for bucket in self._buckets for p in bucket.parameters]
        self._progress = _Progress()
        self._start_over()
        for parameter in self._parameters_in_order:
            on_accumulated_gradient(parameter, self._on_gradient)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrapped module."""
        return self.module(*args, **kwargs)

    def finish_gradient_synchronization(self) -> None:
        """Wait until every gradient is the average over all ranks; call between backward and step.

        A parameter used on no rank keeps `grad` None; one used on some ranks gets the average in
        which the others count as zero, on every rank.
        """
        if not self._buckets:
            return
        for bucket in self._buckets[self._progress.num_launched :]:
            bucket.launch()
        used, work = self._count_users()
        for bucket in self._buckets:
            bucket.finish()
        work.wait()
        unused_here = [p for p in self._parameters_in_order if p not in self._progress.ready]
        if unused_here:  # reading `used` makes the host wait for the device: only when needed
            used_anywhere = dict(zip(self._parameters_in_order, used.tolist(), strict=True))
            for parameter in unused_here:
                if not used_anywhere[parameter]:
                    parameter.grad = None
        self._start_over()

    def _start_over(self) -> None:
        self._progress = _Progress()
        for bucket in self._buckets:
            bucket.reset()

    def _on_gradient(self, parameter: Tensor) -> None:
        assert isinstance(parameter, nn.Parameter)
        if parameter in self._progress.ready:
            raise RuntimeError(
                "backward ran twice without finish_gradient_synchronization() in between: the "
                "first gradients may still be travelling; call it after every backward"
            )
        self._progress.ready.add(parameter)
        self._bucket_of[parameter].waiting_for -= 1
        while (
            self._progress.num_launched < len(self._buckets)
            and not self._buckets[self._progress.num_launched].waiting_for
        ):
            self._buckets[self._progress.num_launched].launch()
            self._progress.num_launched += 1

    def _count_users(self) -> tuple[Tensor, dist.Work]:
        """Start the sum over ranks of "has a gradient here" per parameter."""
        device = self._parameters_in_order[0].device
        used = torch.ones(len(self._parameters_in_order), dtype=torch.int32, device=device)
        if len(self._progress.ready) < len(used):  # else spare the copy that waits for the device
            used_here = [p in self._progress.ready for p in self._parameters_in_order]
            used.copy_(torch.tensor(used_here, dtype=torch.int32))
        work = dist.all_reduce(used, async_op=True)
        assert work is not None
        return used, work


@dataclass
class _Progress:
    """What one backward pass has done so far."""

    ready: set[nn.Parameter] = field(default_factory=set)
    num_launched: int = 0


class DDPIndividualParameters(_OverlappedDDP):
    """Data parallelism that all-reduces each gradient as soon as backward has produced it.

    `module`'s parameters and buffers are overwritten with rank 0's. Tied weights travel once,
    parameters that are frozen at this moment never.
    """

    def __init__(self, module: nn.Module) -> None:
        require_process_group("DDPIndividualParameters")
        broadcast_module_state(module)
        super().__init__(module, [[p] for p in _trainable_in_reverse(module)])


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
        limit = float("inf") if bucket_size_mb is None else bucket_size_mb * BYTES_PER_MB
        super().__init__(module, _fill_buckets(_trainable_in_reverse(module), limit))

    def on_train_batch_start(self) -> None:
        """Forget a backward pass that was begun and never finished; call before each batch."""
        for bucket in self._buckets[: self._progress.num_launched]:
            assert bucket.work is not None
            bucket.work.wait()
        self._start_over()


def _trainable_in_reverse(module: nn.Module) -> list[nn.Parameter]:
    """Each parameter with a gradient once (tied weights too), last registered first."""
    return [p for p in reversed(list(module.parameters())) if p.requires_grad]


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
