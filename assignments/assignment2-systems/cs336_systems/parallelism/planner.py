"""Find the best layout of a training job on a cluster, by judging them all.

A layout is a mesh and what goes with it: the micro-batch, what is recomputed, how many runs of
layers each pipeline stage holds. Replicas shard the optimizer (ZeRO-1), which costs nothing.
The calculator is the judge; what it leaves out (latency, small products that are slow, congestion)
the plan leaves out too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import get_args

from cs336_systems.parallelism.calculator import (
    Estimate,
    Hardware,
    Job,
    Mesh,
    Recompute,
    estimate,
)

MAX_MICRO_BATCH = 8
MAX_INTERLEAVE = 8


@dataclass(frozen=True)
class Cluster:
    """Equal devices; the rates that matter."""

    num_devices: int
    hardware: Hardware = field(default_factory=Hardware)


@dataclass(frozen=True)
class Plan:
    """One layout that fits, and what it promises."""

    job: Job
    micro_batch: int
    """Sequences that one pipeline works on at a time."""
    estimate: Estimate
    mfu: float
    """Operations that the model needs, without repeated ones, over the devices' peak."""

    @property
    def mesh(self) -> Mesh:
        """Devices along each axis."""
        return self.estimate.mesh

    @property
    def seconds(self) -> float:
        """Of one optimizer step, with all but tensor and pipeline traffic hidden where it can."""
        return self.estimate.overlapped_s


def meshes(num_devices: int) -> Iterator[Mesh]:
    """Every way to write `num_devices` as pipeline × data × fsdp × tensor."""
    for tensor in _divisors(num_devices):
        for fsdp in _divisors(num_devices // tensor):
            for data in _divisors(num_devices // (tensor * fsdp)):
                yield Mesh(num_devices // (tensor * fsdp * data), data, fsdp, tensor)


def rank_meshes(job: Job, num_devices: int, hardware: Hardware) -> list[Estimate]:
    """All meshes that divide the job and fit in memory, fastest first, then smallest."""
    estimates = []
    for mesh in meshes(num_devices):
        try:
            candidate = estimate(job, mesh, hardware)
        except ValueError:
            continue  # this mesh cannot divide the job
        if candidate.fits:
            estimates.append(candidate)
    return sorted(estimates, key=lambda e: (e.overlapped_s, e.memory.total))


def plan(job: Job, cluster: Cluster) -> list[Plan]:
    """All layouts that fit, fastest first, then smallest.

    Of `job` the model, vocabulary, context and batch count; the rest is searched.
    """
    plans = [
        candidate
        for mesh in meshes(cluster.num_devices)
        for micro_batch in _powers_of_two(MAX_MICRO_BATCH)
        for interleave in _powers_of_two(MAX_INTERLEAVE if mesh.pipeline > 1 else 1)
        for recompute in get_args(Recompute)
        if (candidate := judge(job, cluster, mesh, micro_batch, interleave, recompute)) is not None
    ]
    return sorted(plans, key=lambda p: (p.seconds, p.estimate.memory.total))


def judge(
    job: Job,
    cluster: Cluster,
    mesh: Mesh,
    micro_batch: int,
    interleave: int = 1,
    recompute: Recompute = "nothing",
) -> Plan | None:
    """The plan that this layout is, or None if it does not divide the job or does not fit.

    Where the pipeline does not divide the layers, stages with fewer wait for those with more: the
    step costs as much as that of the model with its layers rounded up.
    """
    micro_batches = job.batch_tokens / (job.context * mesh.data * mesh.fsdp * micro_batch)
    runs = mesh.pipeline * interleave
    if micro_batches % 1:
        return None
    if interleave > 1 and micro_batches % mesh.pipeline:
        return None  # the interleaved schedule works through groups of p micro-batches
    layers = math.ceil(job.model.num_layers / runs) * runs
    rounded = replace(
        job,
        model=replace(job.model, num_layers=layers),
        micro_batches=int(micro_batches),
        recompute=recompute,
        zero=1,
        interleave=interleave,
    )
    try:
        estimated = estimate(rounded, mesh, cluster.hardware)
    except ValueError:
        return None
    if not estimated.fits:
        return None
    needed = job.model.step_flops(job.batch_tokens, job.context, job.vocab_size)
    peak = cluster.num_devices * cluster.hardware.flop_per_s
    return Plan(rounded, micro_batch, estimated, needed / (peak * estimated.overlapped_s))


def _powers_of_two(limit: int) -> list[int]:
    return [2**k for k in range(limit.bit_length())]


def _divisors(number: int) -> list[int]:
    return [d for d in range(1, number + 1) if number % d == 0]
