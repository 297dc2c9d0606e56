"""What a group of processes does when one of them errs, is late, or dies."""

import os
import signal
from datetime import timedelta

import torch
import torch.distributed as dist

from lecture_tracer import ranks
from lectures.lecture_08.model import join

PATIENCE = timedelta(seconds=3)


def three_accidents(rank: int, world_size: int) -> dict[str, str]:
    """Swap two collectives on the last rank, let it stay away from one, and kill it."""
    join(rank, world_size)  # @hide
    last = world_size - 1  # @hide
    impatient = dist.new_group([0, last], timeout=PATIENCE)  # @hide

    a, b = torch.tensor([1.0]), torch.tensor([100.0])  # @inspect a b
    order = (b, a) if rank == last else (a, b)  # @inspect order
    for tensor in order:  # @inspect tensor
        dist.all_reduce(tensor)  # @inspect a b
    ranks("the last rank took b first", a=a.item(), b=b.item())
    found = {"swapped": f"a = {a.item():g}, b = {b.item():g}"}  # @inspect found

    if rank in (0, last):  # @hide
        dist.all_reduce(torch.ones(1), group=impatient)
    found["late"] = "it did not call"  # @hide
    if rank == 0:
        found["late"] = error_of(impatient)  # @inspect found["late"]
    ranks("rank 0 sums with the last rank, which does not come", error=found["late"])

    dist.barrier()  # @hide
    if rank == last:
        os.kill(os.getpid(), signal.SIGKILL)
    found["dead"] = error_of(None)  # @inspect found["dead"]
    ranks("the last rank was killed", error=found["dead"])
    dist.destroy_process_group()  # @hide
    return found  # @hide


def error_of(group: dist.ProcessGroup | None) -> str:
    """What an all-reduce in this group ends with."""
    try:
        dist.all_reduce(torch.ones(1), group=group)
    except RuntimeError as error:
        return reason(error)
    return "none"


def reason(error: RuntimeError) -> str:
    """The kind of an error of gloo, whose own words hold ports and line numbers."""
    words = str(error).lower()
    if "timed out" in words or "timeout" in words:
        return "timed out"
    if any(word in words for word in ("closed", "reset", "peer", "broken")):
        return "the connection to a peer was lost"
    return "another error"
