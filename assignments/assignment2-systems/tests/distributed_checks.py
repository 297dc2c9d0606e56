"""What the processes of a distributed test run; imported by name in the children."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable

import ddp_checks  # type: ignore[import-not-found, unused-ignore]
import fsdp_checks  # type: ignore[import-not-found, unused-ignore]
import sharded_optimizer_checks  # type: ignore[import-not-found, unused-ignore]
import torch
import torch.distributed as dist
import torch.utils.checkpoint
from cs336_systems.distributed.launch import Rank

ALL_CHECKS: list[Callable[[Rank], None]] = [
    ddp_checks.check_unoverlapped,
    ddp_checks.check_ddp,
    ddp_checks.check_parameter_used_on_some_ranks,
    ddp_checks.check_ddp_gradient_accumulation,
    ddp_checks.check_accumulation_equals_one_batch,
    ddp_checks.check_gradients_of_layers_used_in_turn,
    ddp_checks.check_unfreezing_and_freezing,
    ddp_checks.check_an_abandoned_backward_can_be_forgotten,
    ddp_checks.check_different_models_are_refused,
    ddp_checks.check_wrappers_are_freed,
    sharded_optimizer_checks.check_sharded_optimizer,
    sharded_optimizer_checks.check_sharded_optimizer_state,
    sharded_optimizer_checks.check_state_of_another_number_of_processes,
    sharded_optimizer_checks.check_more_ranks_than_parameters,
    fsdp_checks.check_fsdp,
    fsdp_checks.check_fsdp_gathers_one_unit_and_what_it_prefetches,
    fsdp_checks.check_fsdp_parameters_of_another_number_of_processes,
    fsdp_checks.check_fsdp_sees_changed_shards,
    fsdp_checks.check_fsdp_low_precision,
    fsdp_checks.check_fsdp_accumulation_clipping_and_evaluation,
    fsdp_checks.check_fsdp_survives_a_failed_forward,
    fsdp_checks.check_fsdp_with_activation_checkpointing,
]


def run_all_checks(rank: Rank) -> None:
    """Run every check, a group of processes being started once; any warning is an error."""
    warnings.simplefilter("error")
    torch.set_default_device(rank.device)
    for check in ALL_CHECKS:
        check(rank)


def raise_on_rank_one(rank: Rank) -> None:
    """Rank 1 raises while the others wait for it."""
    if rank.index == 1:
        raise ValueError("rank 1 gives up on purpose")
    dist.barrier()


def kill_rank_one(rank: Rank) -> None:
    """Rank 1 is killed, as by the kernel when memory runs out, while the others wait for it."""
    if rank.index == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    dist.barrier()
