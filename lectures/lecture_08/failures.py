"""What a group of processes does when one of them errs, is late, or dies."""

import os
import signal
from datetime import timedelta

import torch
import torch.distributed as dist

from lecture_tracer import ranks

LATE_SECONDS = 3.0


def three_accidents(rank: int, world_size: int) -> dict[str, str]:
    """Swap two collectives on one rank, stay away from one, and kill a rank."""
    found: dict[str, str] = {}
    dist.init_process_group("gloo", rank=rank, world_size=world_size)
    limit = timedelta(seconds=LATE_SECONDS)
    impatient = dist.new_group([0, world_size - 1], timeout=limit)

    a, b = torch.tensor([1.0]), torch.tensor([100.0])  # @inspect a b
    swapped = rank == world_size - 1
    for tensor in (b, a) if swapped else (a, b):
        dist.all_reduce(tensor)
    ranks("one rank takes b first", a=a, b=b)  # @inspect a b
    found["swapped"] = f"a = {a.item():g}, b = {b.item():g}"

    if rank in (0, world_size - 1):
        dist.all_reduce(torch.ones(1), group=impatient)  # both come
    if rank == 0:
        try:
            dist.all_reduce(torch.ones(1), group=impatient)
        except RuntimeError as error:
            found["late"] = reason(error)  # @inspect found
    ranks("rank 0 sums with the last rank, which does not come", error=found.get("late", "none"))

    dist.barrier()
    if rank == world_size - 1:
        os.kill(os.getpid(), signal.SIGKILL)
    try:
        dist.all_reduce(torch.ones(1))
    except RuntimeError as error:
        found["dead"] = reason(error)  # @inspect found
    ranks("the last rank was killed", error=found.get("dead", "none"))
    dist.destroy_process_group()
    return found


def reason(error: RuntimeError) -> str:
    """The kind of an error of gloo, whose own words hold ports and line numbers."""
    words = str(error).lower()
    if "timed out" in words or "timeout" in words:
        return "timed out"
    if any(word in words for word in ("closed", "reset", "peer", "broken")):
        return "the connection to a peer was lost"
    return "another error"
