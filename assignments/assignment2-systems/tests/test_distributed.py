"""DDP, ZeRO-1 and FSDP in 1, 2 and 4 gloo processes against one process on the joined batch."""

from __future__ import annotations

from collections.abc import Callable

import distributed_checks  # type: ignore[import-not-found, unused-ignore]
import pytest
import torch
from cs336_systems.ddp import DDPBucketed, DDPIndividualParameters
from cs336_systems.distributed.launch import run_local
from cs336_systems.fsdp import FSDP
from cs336_systems.sharded_optimizer import ShardedOptimizer
from torch import nn


@pytest.mark.parametrize("num_processes", [1, 2, pytest.param(4, marks=pytest.mark.slow)])
def test_equals_one_process(num_processes: int) -> None:
    run_local(distributed_checks.run_all_checks, num_processes)


@pytest.mark.gpu
@pytest.mark.parametrize("num_processes", [2, 4])
def test_equals_one_process_on_gpus(num_processes: int) -> None:
    if torch.cuda.device_count() < num_processes:
        pytest.skip(f"needs {num_processes} GPUs, there are {torch.cuda.device_count()}")
    run_local(distributed_checks.run_all_checks, num_processes, backend="nccl")


@pytest.mark.parametrize(
    "wrap",
    [
        DDPIndividualParameters,
        DDPBucketed,
        FSDP,
        lambda module: ShardedOptimizer(module.parameters(), torch.optim.SGD),
    ],
)
def test_without_a_process_group_the_error_says_what_to_start(
    wrap: Callable[[nn.Module], object],
) -> None:
    with pytest.raises(RuntimeError, match="start the program with torchrun"):
        wrap(nn.Linear(2, 2))


@pytest.mark.parametrize("size", [0, -1.0, float("nan")])
def test_bucket_size_must_be_positive(size: float) -> None:
    with pytest.raises(ValueError, match="bucket_size_mb is"):
        DDPBucketed(nn.Linear(2, 2), size)
