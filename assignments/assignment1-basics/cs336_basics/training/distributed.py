"""Data-parallel training under torchrun, by what a provider hands in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn

from cs336_basics.config import ConfigError, TrainingConfig
from cs336_basics.providers import GradientSynchronizer, ProviderError, load_provider


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

    def mean(self, value: float) -> float:
        """The mean of every rank's number, on every rank; not a number if one of them is none."""
        if self.world_size == 1:
            return value
        device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
        total = torch.tensor(value, dtype=torch.float64, device=device)
        distributed.all_reduce(total)
        return total.item() / self.world_size


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
        raise ConfigError(f"device {name!r} is not available here: {reason}") from error
    return device


def data_parallel(
    model: nn.Module, ranks: Ranks, training: TrainingConfig
) -> GradientSynchronizer | None:
    """Broadcast the weights from rank 0 and average gradients; None for a single process.

    Raises:
        ConfigError: several processes, and no provider of data parallelism.
    """
    if ranks.world_size == 1:
        return None
    try:
        provider = load_provider(training.provider)
        return provider.data_parallel(model, training.bucket_size_mb)
    except ProviderError as error:
        raise ConfigError(f"training on several processes: {error}") from error
