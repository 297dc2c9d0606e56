"""Processes are started together, and one that dies ends the others with its reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import distributed_checks  # type: ignore[import-not-found, unused-ignore]
import pytest
import torch
from cs336_systems.distributed.launch import process_group, run_local
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException


def test_local_processes_report_the_failing_rank() -> None:
    with pytest.raises(ProcessRaisedException, match="rank 1 gives up on purpose"):
        run_local(distributed_checks.raise_on_rank_one, 2)


def test_local_processes_end_when_one_is_killed() -> None:
    with pytest.raises(ProcessExitedException, match="SIGKILL"):
        run_local(distributed_checks.kill_rank_one, 2)


def test_alone_without_torchrun_the_job_has_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with process_group("gloo") as rank:
        assert (rank.index, rank.world_size, rank.device.type) == (0, 1, "cpu")


JOB_IN_WHICH_RANK_1_FAILS = """
import torch
import torch.distributed as dist
from cs336_systems.distributed.launch import fail_with_reason, process_group

@fail_with_reason
def main() -> None:
    with process_group(BACKEND, timeout_s=3000) as rank:
        dist.all_reduce(torch.ones(1, device=rank.device))
        if rank.index == 1:
            raise ValueError("rank 1 has a bad batch")
        dist.all_reduce(torch.ones(1, device=rank.device))  # waits for rank 1 for ever
        dist.barrier()

main()
"""


@pytest.mark.parametrize("backend", ["gloo", pytest.param("nccl", marks=pytest.mark.gpu)])
def test_torchrun_ends_the_waiting_rank_and_prints_the_reason(tmp_path: Path, backend: str) -> None:
    if backend == "nccl" and torch.cuda.device_count() < 2:
        pytest.skip(f"needs 2 GPUs, there are {torch.cuda.device_count()}")
    script = tmp_path / "job.py"
    script.write_text(JOB_IN_WHICH_RANK_1_FAILS.replace("BACKEND", repr(backend)), encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*command, str(script)], capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 1
    assert "ValueError: rank 1 has a bad batch" in done.stderr
    assert "rank      : 1" in done.stderr


def test_nccl_without_enough_gpus_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "99")
    with (
        pytest.raises(RuntimeError, match="needs one GPU per process: local rank 99 has none"),
        process_group("nccl"),
    ):
        pass
