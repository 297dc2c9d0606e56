"""Every collective, run by real processes; `ranks` shows what each rank holds."""

import torch
import torch.distributed as dist
from cs336_systems.distributed.collectives import all_gather, reduce_scatter_mean
from torch import Tensor

from lecture_tracer import ranks
from lectures.lecture_08.model import join, leave


def every_collective(rank: int, world_size: int) -> dict[str, list[float]]:
    """Run them one after another on 0, 1, 2, 3 plus the rank; what rank 0 held after each."""
    held: dict[str, list[float]] = {}  # @hide
    join(rank, world_size)  # @hide
    x = torch.arange(4.0) + rank  # @inspect x
    ranks("before", x=x.tolist())

    dist.all_reduce(x)  # @inspect x
    ranks("all-reduce: the sum, in place", x=x.tolist())
    held["all-reduce"] = x.tolist()  # @hide

    x = torch.arange(4.0) + rank  # @inspect x
    piece = torch.full((1,), -1.0)  # @inspect piece
    reduce_scatter_mean(piece, x.clone()).wait()  # @stepinto 1 @inspect piece
    ranks("reduce-scatter: a piece of the mean", x=x.tolist(), piece=piece.tolist())

    whole = torch.full((4,), -1.0)  # @inspect whole
    all_gather(whole, piece).wait()  # @stepinto 1 @inspect whole
    ranks("all-gather of these pieces", piece=piece.tolist(), whole=whole.tolist())
    held["both halves"] = whole.tolist()  # @hide

    x = torch.arange(4.0) + rank  # @inspect x
    dist.broadcast(x, src=2)  # @inspect x
    ranks("broadcast from rank 2", x=x.tolist())
    held["broadcast"] = x.tolist()  # @hide

    parts = list(10 * torch.arange(4.0).view(4, 1)) if rank == 0 else None  # @inspect parts
    dist.scatter(piece, parts, src=0)  # @inspect piece
    ranks("scatter of 0, 10, 20, 30 from rank 0", piece=piece.tolist())

    collected = empty_list(world_size) if rank == 0 else None  # @inspect collected
    dist.gather(piece + 1, collected, dst=0)  # @inspect collected
    ranks("gather to rank 0, after adding 1", collected=joined(collected))

    x = torch.arange(4.0) + rank  # @inspect x
    dist.reduce(x, dst=0)  # @inspect x
    ranks("reduce to rank 0", x=x.tolist() if rank == 0 else "not defined")

    x = torch.arange(4.0) + 10 * rank  # @inspect x
    dist.all_to_all_single(whole, x)  # @inspect whole
    ranks("all-to-all", x=x.tolist(), whole=whole.tolist())
    held["all-to-all"] = whole.tolist()  # @hide
    leave()  # @hide
    return held  # @hide


def empty_list(world_size: int) -> list[Tensor]:
    """Room for one number of each rank."""
    return [torch.full((1,), -1.0) for _ in range(world_size)]


def joined(parts: list[Tensor] | None) -> list[float] | None:
    """The numbers that were collected; None where nothing was."""
    return None if parts is None else [part.item() for part in parts]
