"""Thin layer over `torch.distributed`: one name per collective on every supported PyTorch.

PyTorch 2.13 renamed `all_gather_into_tensor` and `reduce_scatter_tensor` to `…_single` and warns
about the old names; 2.11 has only the old ones. The choice is made once, at import.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn

_all_gather: Any = getattr(dist, "all_gather_single", None) or dist.all_gather_into_tensor
_reduce_scatter: Any = getattr(dist, "reduce_scatter_single", None) or dist.reduce_scatter_tensor


def all_gather(output: Tensor, shard: Tensor) -> dist.Work:
    """Start gathering `shard` (n, …) of every rank into `output` (world·n, …), in rank order."""
    return cast(dist.Work, _all_gather(output, shard, async_op=True))


def reduce_scatter_mean(output: Tensor, full: Tensor) -> dist.Work:
    """Start averaging `full` (world·n, …) over ranks; rank r gets its r-th n rows in `output`."""
    return cast(dist.Work, _reduce_scatter(output, full, op=_mean_operation(full), async_op=True))


def all_reduce_mean(tensor: Tensor) -> dist.Work:
    """Start averaging a contiguous `tensor` over all ranks, in place."""
    return cast(dist.Work, dist.all_reduce(tensor, op=_mean_operation(tensor), async_op=True))


def _mean_operation(tensor: Tensor) -> Any:
    """AVG where the backend has it; else scale `tensor` in place, so that SUM gives the mean."""
    if dist.get_backend() in BACKENDS_THAT_AVERAGE:
        return dist.ReduceOp.AVG
    tensor.div_(dist.get_world_size())
    return dist.ReduceOp.SUM


# gloo learned AVG together with the `…_single` names.
BACKENDS_THAT_AVERAGE = {"nccl", "gloo"} if hasattr(dist, "all_gather_single") else {"nccl"}


def require_process_group(user: str) -> None:
    """Raise a RuntimeError that names `user` unless `torch.distributed` is initialised."""
    if not (dist.is_available() and dist.is_initialized()):
        raise RuntimeError(
            f"{user} needs an initialised process group: start the program with torchrun and call "
            "torch.distributed.init_process_group (or use cs336_systems.distributed.launch) first"
        )


def broadcast_from_rank_zero(tensors: Iterable[Tensor]) -> None:
    """Overwrite every tensor with rank 0's values, in place."""
    for work in [_broadcast(tensor.data, 0) for tensor in tensors]:
        work.wait()


def broadcast_module_state(module: nn.Module) -> None:
    """Give every rank rank 0's parameters and buffers, after checking that the shapes agree.

    Raises:
        RuntimeError: the ranks built different modules; a broadcast would hang or corrupt memory.
    """
    state = [*module.parameters(), *module.buffers()]
    check_same_on_all_ranks(
        [(tuple(tensor.shape), str(tensor.dtype)) for tensor in state], "parameters and buffers"
    )
    broadcast_from_rank_zero(state)


def check_same_on_all_ranks(descriptions: Sequence[object], what: str) -> None:
    """Raise a RuntimeError on *every* rank, naming the first entry that differs from rank 0's."""
    everyone: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(everyone, list(descriptions))
    reference = everyone[0]
    for rank, other in enumerate(everyone):
        for index, (expected, found) in enumerate(zip_longest(reference, other)):
            if expected != found:
                raise RuntimeError(
                    f"{what} differ between ranks: entry {index} is {expected} on rank 0 and "
                    f"{found} on rank {rank}; build the same model on every rank"
                )


def broadcast_from_owners(owner_of: Mapping[Tensor, int], bucket_bytes: int = 32 * 2**20) -> None:
    """Overwrite every tensor with the values of the rank that owns it, in place.

    Small tensors of one owner and dtype travel together in buckets of about `bucket_bytes`: a
    collective costs tens of microseconds however little it carries.
    """
    buckets: dict[tuple[int, torch.dtype, torch.device], list[list[Tensor]]] = {}
    for tensor, owner in owner_of.items():
        runs = buckets.setdefault((owner, tensor.dtype, tensor.device), [[]])
        if sum(t.numel() * t.element_size() for t in runs[-1]) >= bucket_bytes:
            runs.append([])
        runs[-1].append(tensor)
    in_flight: deque[_Broadcast] = deque()
    for (owner, _, _), runs in buckets.items():
        for tensors in runs:
            flat = _flatten(tensors)
            in_flight.append(_Broadcast(owner, tensors, flat, _broadcast(flat, owner)))
            if len(in_flight) > MAX_BROADCASTS_IN_FLIGHT:
                in_flight.popleft().finish()
    for broadcast in in_flight:
        broadcast.finish()


MAX_BROADCASTS_IN_FLIGHT = 4
"""Bounds the memory of the flattened copies."""


@dataclass(frozen=True)
class _Broadcast:
    owner: int
    tensors: Sequence[Tensor]
    flat: Tensor
    work: dist.Work

    def finish(self) -> None:
        self.work.wait()
        if self.owner != dist.get_rank():
            _unflatten_into(self.tensors, self.flat)


def _broadcast(tensor: Tensor, source: int) -> dist.Work:
    return cast(dist.Work, dist.broadcast(tensor, src=source, async_op=True))


def _flatten(tensors: Sequence[Tensor]) -> Tensor:
    if len(tensors) == 1 and tensors[0].is_contiguous():
        return tensors[0].data
    return torch.cat([tensor.data.reshape(-1) for tensor in tensors])


def _unflatten_into(tensors: Sequence[Tensor], flat: Tensor) -> None:
    if flat.data_ptr() == tensors[0].data_ptr():
        return
    offset = 0
    for tensor in tensors:
        tensor.data.copy_(flat[offset : offset + tensor.numel()].view_as(tensor))
        offset += tensor.numel()
