"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "hopper": SHARED["hopper"],
    "nccl tests": Reference(
        title="Performance reported by NCCL tests",
        organization="NVIDIA",
        url="https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md",
        notes="why a bandwidth is multiplied by 2 (n − 1) / n or by (n − 1) / n",
    ),
    "torch distributed": Reference(
        title="Distributed communication package: torch.distributed",
        organization="PyTorch",
        url="https://pytorch.org/docs/stable/distributed.html",
        notes="every collective, and which backend has it",
    ),
    "nccl timeout": Reference(
        title="Change ProcessGroupNCCL default timeout to 10 min, pull request 110947",
        organization="PyTorch",
        date="2023-10",
        url="https://github.com/pytorch/pytorch/pull/110947",
        notes="NCCL's groups wait ten minutes, others stay at thirty",
    ),
    "mpi": Reference(
        title="MPI: A Message-Passing Interface Standard",
        organization="MPI Forum",
        date="1994",
        url="https://www.mpi-forum.org/docs/",
        notes="where the names of the collectives were fixed",
    ),
    "public run": Reference(
        title="CS336 spring 2025, lecture 8 and its recorded run",
        organization="Stanford University",
        date="2025",
        url="https://github.com/stanford-cs336/spring2025-lectures",
        notes="bandwidths of all-reduce and reduce-scatter on four of eight H100s",
    ),
}
