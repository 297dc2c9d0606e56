"""Data-parallel training under torchrun, with the bucketed all-reduce of assignment 2."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn

from cs336_basics.config import ConfigError
from cs336_basics.stepping import GradientSynchronizer


@dataclass(frozen=True)
class Ranks:
    """This process's place among all of them."""

    rank: int = 0
    local_rank: int = 0
    world_size: int = 1

    @property
    def is_main(self) -> bool:
        """True for the process that logs, saves and prints."""
        return self.rank == 0


@contextmanager
def process_group(device: str) -> Iterator[Ranks]:
    """Join the group that torchrun announces in the environment; a single process joins none."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Ranks()
        return
    backend = "nccl" if device in ("auto", "cuda") and torch.cuda.is_available() else "gloo"
    ranks = Ranks(
        int(os.environ["RANK"]), int(os.environ["LOCAL_RANK"]), int(os.environ["WORLD_SIZE"])
    )
    own_device = None
    if backend == "nccl":
        own_device = torch.device("cuda", ranks.local_rank)
        torch.cuda.set_device(own_device)
    distributed.init_process_group(backend, device_id=own_device)
    try:
        yield ranks
        # Leave together: a thread of gloo that still holds a tensor of the last collective aborts
        # a process that ends meanwhile.
        distributed.barrier()
    finally:
        distributed.destroy_process_group()


def choose_device(name: str, ranks: Ranks) -> torch.device:
    """The torch device for a configured name; `auto` and `cuda` follow the local rank.

    Raises:
        ConfigError: the device does not exist here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda":
        name = f"cuda:{ranks.local_rank}"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"training.device {name!r} is not available here: {reason}") from error
    return device


def data_parallel(
    model: nn.Module, ranks: Ranks, bucket_size_mb: float
) -> GradientSynchronizer | None:
    """Broadcast the weights from rank 0 and average gradients; None for a single process."""
    if ranks.world_size == 1:
        return None
    try:
        from cs336_systems.ddp import DDPBucketed
    except ImportError as error:
        raise ConfigError(
            "training on several processes needs DDPBucketed of assignment 2; "
            "install it with: pip install -e assignments/assignment2-systems"
        ) from error
    wrapper: GradientSynchronizer = DDPBucketed(model, bucket_size_mb)
    return wrapper
