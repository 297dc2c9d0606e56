"""Start and stop process groups: under `torchrun`, alone, or as local processes for a test.

    torchrun --standalone --nproc-per-node 4 bench/bench_collectives.py

`torchrun` watches its processes. When one dies, by exception or by signal, it ends the others
within seconds and prints which rank failed; `fail_with_reason` adds the exception to that report.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed import FileStore, HashStore  # type: ignore[attr-defined]
from torch.distributed.elastic.multiprocessing.errors import record
from torch.multiprocessing.spawn import start_processes

fail_with_reason = record
"""Decorator for a program's main function: hands an exception's text to `torchrun`'s report."""


@dataclass(frozen=True)
class Rank:
    """This process's place in the job."""

    index: int
    """0 … world_size − 1, over all machines."""
    world_size: int
    device: torch.device
    """The GPU this process owns, or the CPU."""

    @property
    def is_first(self) -> bool:
        """Whether this process prints and writes files for the whole job."""
        return self.index == 0


@contextmanager
def process_group(backend: str | None = None, timeout_s: float = 120.0) -> Iterator[Rank]:
    """Join the job that `torchrun` describes in the environment, and leave it at the end.

    Without `torchrun` the job is this process alone. `backend` None means NCCL where there are
    GPUs and gloo otherwise. A collective that waits longer than `timeout_s` seconds fails.

    Raises:
        RuntimeError: NCCL was asked for and this machine has fewer GPUs than local processes.
    """
    backend = backend or ("nccl" if torch.cuda.is_available() else "gloo")
    device = _own_device(backend, int(os.environ.get("LOCAL_RANK", "0")))
    options: dict[str, Any] = {"timeout": timedelta(seconds=timeout_s)}
    if "RANK" not in os.environ:
        options |= {"store": HashStore(), "rank": 0, "world_size": 1}
    if device.type == "cuda":
        torch.cuda.set_device(device)
        options["device_id"] = device
    dist.init_process_group(backend, **options)
    yield Rank(dist.get_rank(), dist.get_world_size(), device)
    # Leave together: a thread of gloo that still holds a tensor of the last collective aborts a
    # process that ends meanwhile.
    dist.barrier()
    # Not in a `finally`: after an error, NCCL would wait here for collectives that never finish.
    dist.destroy_process_group()


def _own_device(backend: str, local_rank: int) -> torch.device:
    if backend != "nccl":
        return torch.device("cpu")
    if local_rank >= torch.cuda.device_count():
        raise RuntimeError(
            f"backend 'nccl' needs one GPU per process: local rank {local_rank} has none, this "
            f"machine has {torch.cuda.device_count()}; use --nproc-per-node accordingly or "
            "--backend gloo"
        )
    return torch.device("cuda", local_rank)


def run_local(
    function: Callable[..., None], num_processes: int, *args: object, backend: str = "gloo"
) -> None:
    """Run `function(Rank, *args)` in `num_processes` processes on this machine.

    They use the CPU with backend "gloo", one GPU each with "nccl".

    `function` must be importable by its module name. Children are forked from a server that has
    loaded PyTorch and the module of the first `function`, so starting them takes milliseconds.

    Raises:
        torch.multiprocessing.ProcessRaisedException: a process raised; the message holds its
            traceback, the others were ended.
        torch.multiprocessing.ProcessExitedException: a process was killed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", function.__module__])
    with tempfile.TemporaryDirectory() as folder:
        start_processes(  # type: ignore[no-untyped-call]
            _local_process,
            args=(num_processes, str(Path(folder) / "rendezvous"), backend, function, args),
            nprocs=num_processes,
            start_method="forkserver",
        )


def _local_process(
    index: int,
    world_size: int,
    store: str,
    backend: str,
    function: Callable[..., None],
    args: tuple[object, ...],
) -> None:
    torch.set_num_threads(1)
    device = _own_device(backend, index)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group(
        backend,
        store=FileStore(store, world_size),
        rank=index,
        world_size=world_size,
        timeout=timedelta(seconds=60),
        device_id=device if device.type == "cuda" else None,
    )
    function(Rank(index, world_size, device), *args)
    dist.barrier()  # leave together, as above
    dist.destroy_process_group()
