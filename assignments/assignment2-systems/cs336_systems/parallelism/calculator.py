"""Memory and communication of training on a 4-D mesh: data × FSDP × tensor × pipeline.

Everything is counted per device and optimizer step, from the shapes alone; `docs/parallelism.md`
derives each formula and names its source, `zero.py` has what sharding leaves, and `report.py`
prints a table. Letters there and here: N weights, D d_model, F d_ff, L layers, T tokens of one
micro-batch on one pipeline, m micro-batches, and mesh sizes r (replicas), f (FSDP), t (tensor, with
sequence parallelism), p (pipeline, 1F1B).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from cs336_systems.model_sizes import ModelSize
from cs336_systems.parallelism.zero import state_memory, state_traffic

BYTES_BF16 = 2

Recompute = Literal["nothing", "elementwise", "block"]
"""elementwise: norms, SiLU and its product, for hardly anything; block: all but its input."""


@dataclass(frozen=True)
class Mesh:
    """How many devices share the work along each axis; axes further right are closer together."""

    pipeline: int = 1
    data: int = 1
    fsdp: int = 1
    tensor: int = 1

    def __post_init__(self) -> None:
        for axis in ("pipeline", "data", "fsdp", "tensor"):
            if getattr(self, axis) < 1:
                raise ValueError(f"mesh axis {axis} is {getattr(self, axis)}: give 1 or more")

    @property
    def num_devices(self) -> int:
        """Size of the whole mesh."""
        return self.pipeline * self.data * self.fsdp * self.tensor

    def span(self, axis: str) -> int:
        """Number of neighbouring devices among which a group along `axis` is spread."""
        spans = {"tensor": self.tensor}
        spans["fsdp"] = spans["tensor"] * self.fsdp
        spans["data"] = spans["fsdp"] * self.data
        spans["pipeline"] = spans["data"] * self.pipeline
        return spans[axis]


@dataclass(frozen=True)
class Job:
    """What one optimizer step has to do."""

    model: ModelSize
    vocab_size: int
    context: int
    batch_tokens: int
    """Over all devices and micro-batches."""
    micro_batches: int = 1
    """Per pipeline and step."""
    recompute: Recompute = "nothing"
    """What backward computes again instead of finding it kept."""
    zero: int = 0
    """ZeRO's stage over the replicas (the mesh's axis `data`); the axis `fsdp` is stage 3."""
    interleave: int = 1
    """Runs of layers on each pipeline stage (interleaved 1F1B); 1 is plain 1F1B."""

    @property
    def num_parameters(self) -> int:
        """Weights of the model."""
        return self.model.num_parameters(self.vocab_size)


@dataclass(frozen=True)
class Hardware:
    """Rates of a cluster; the defaults are an H100 SXM server's datasheet rates.

    Bandwidths are per device and direction, FLOP rates dense bf16.
    """

    flop_per_s: float = 989e12
    utilization: float = 0.5
    """Share of `flop_per_s` that computation alone reaches."""
    memory_bytes: float = 80e9
    devices_per_node: int = 8
    node_bytes_per_s: float = 450e9
    network_bytes_per_s: float = 50e9


@dataclass(frozen=True)
class Memory:
    """Bytes on the fullest device: the first pipeline stage, which holds most activations."""

    weights: float
    gradients: float
    optimizer: float
    gathered_layers: float
    activations: float

    @property
    def total(self) -> float:
        """All of them."""
        return (
            self.weights + self.gradients + self.optimizer + self.gathered_layers + self.activations
        )


@dataclass(frozen=True)
class Communication:
    """Bytes that one device sends in one step, by mesh axis."""

    tensor: float
    fsdp: float
    data: float
    pipeline: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.tensor + self.fsdp + self.data + self.pipeline


@dataclass(frozen=True)
class Estimate:
    """One mesh judged: seconds per step if nothing overlapped, and if all but tensor did."""

    mesh: Mesh
    memory: Memory
    communication: Communication
    compute_s: float
    bubble_fraction: float
    communication_s: dict[str, float]
    """Mesh axis → seconds that its traffic takes on its links."""
    fits: bool
    """Whether `memory` is at most the device's."""

    @property
    def serial_s(self) -> float:
        """Compute, bubble and all communication one after the other: an upper bound."""
        return self._busy_s + sum(self.communication_s.values())

    @property
    def overlapped_s(self) -> float:
        """FSDP and data-parallel traffic hidden behind compute as far as they fit there.

        Tensor parallelism is on the critical path: the next product needs its result.
        """
        hidden = self.communication_s["fsdp"] + self.communication_s["data"]
        exposed = self.communication_s["tensor"] + self.communication_s["pipeline"]
        return max(self._busy_s, hidden) + exposed

    @property
    def _busy_s(self) -> float:
        return self.compute_s / (1 - self.bubble_fraction)


def check_fits_mesh(job: Job, mesh: Mesh) -> None:
    """Raise a ValueError that names the first dimension the mesh cannot divide."""
    model = job.model
    sequences = job.batch_tokens / job.context
    parts = mesh.data * mesh.fsdp * job.micro_batches
    for what, size, divisor, axis in (
        ("layers", model.num_layers, mesh.pipeline * job.interleave, "pipeline"),
        ("heads", model.num_heads, mesh.tensor, "tensor"),
        ("d_ff", model.d_ff, mesh.tensor, "tensor"),
        ("sequences per step", sequences, parts, "data × fsdp × micro-batches"),
    ):
        if size % divisor:
            raise ValueError(f"{size:g} {what} cannot be divided by {axis} = {divisor}")


def micro_batch_tokens(job: Job, mesh: Mesh) -> float:
    """T: tokens that one pipeline works on at a time."""
    return job.batch_tokens / (mesh.data * mesh.fsdp * job.micro_batches)


def activation_bytes_per_layer(job: Job, mesh: Mesh) -> float:
    """Bytes kept for backward per layer and micro-batch, in bf16 and divided by t.

    With K the width of the keys, per token: 6 D + 2 K + 4 F numbers; without what is elementwise
    4 D + 2 K + 2 F; of a repeated block D. Attention is fused: no (T, T) matrix.
    """
    model = job.model
    d, f = model.d_model, model.d_ff
    k = d * (model.num_kv_heads or model.num_heads) // model.num_heads
    kept = {"nothing": 6 * d + 2 * k + 4 * f, "elementwise": 4 * d + 2 * k + 2 * f, "block": d}
    return micro_batch_tokens(job, mesh) * BYTES_BF16 * kept[job.recompute] / mesh.tensor


def memory_per_device(job: Job, mesh: Mesh) -> Memory:
    """What the first pipeline stage holds. Raises ValueError if the mesh does not divide the job.

    bf16 weights, float32 gradients, Adam. Under FSDP two layers are gathered at a time: the one
    that computes and the one that is prefetched.
    """
    check_fits_mesh(job, mesh)
    model = job.model
    local = job.num_parameters / (mesh.tensor * mesh.pipeline)
    state = state_memory(local / mesh.fsdp, mesh.data, job.zero)
    layer = model.layer_weights
    gathers = mesh.fsdp > 1 or (job.zero == 3 and mesh.data > 1)
    kept = model.num_layers / mesh.pipeline * micro_batches_in_flight(job, mesh)
    activations = kept * activation_bytes_per_layer(job, mesh)
    if job.recompute == "block":  # while one is repeated, its activations exist in full
        activations += activation_bytes_per_layer(replace(job, recompute="nothing"), mesh)
    return Memory(
        weights=state.weights,
        gradients=state.gradients,
        optimizer=state.optimizer,
        gathered_layers=2 * BYTES_BF16 * layer / mesh.tensor if gathers else 0.0,
        activations=activations,
    )


def micro_batches_in_flight(job: Job, mesh: Mesh) -> float:
    """Micro-batches whose activations the first stage keeps at once.

    1F1B: p. Interleaved with v runs of layers: p + (p - 1) / v (Korthikanti et al. 2022, 4.2.3).
    """
    p, v = mesh.pipeline, job.interleave
    ahead = p if v == 1 else p + (p - 1) / v
    return min(ahead, job.micro_batches)


def communication_per_device(job: Job, mesh: Mesh) -> Communication:
    """Bytes sent per device and step with ring algorithms.

    A ring all-gather or reduce-scatter of S bytes over n devices sends S (n − 1) / n from each, an
    all-reduce twice that. Raises ValueError if the mesh does not divide the job.
    """
    check_fits_mesh(job, mesh)
    model, m = job.model, job.micro_batches
    local = job.num_parameters / (mesh.tensor * mesh.pipeline)
    hidden = BYTES_BF16 * micro_batch_tokens(job, mesh) * model.d_model
    # Forward: all-gather and reduce-scatter around attention and around the feed-forward network.
    # Backward: the same mirrored, and both inputs are gathered again for the weights' gradients.
    # Recomputation repeats the forward ones.
    tensor_collectives = 14 if job.recompute == "block" else 10
    stage_layers = model.num_layers / mesh.pipeline
    boundary = 2 * hidden / mesh.tensor if mesh.pipeline > 1 else 0.0
    return Communication(
        tensor=m * stage_layers * tensor_collectives * hidden * _ring_share(mesh.tensor),
        fsdp=state_traffic(local, mesh.fsdp, stage=3, micro_batches=m),
        data=state_traffic(local / mesh.fsdp, mesh.data, job.zero, micro_batches=m),
        pipeline=m * job.interleave * boundary,
    )


def estimate(job: Job, mesh: Mesh, hardware: Hardware) -> Estimate:
    """Memory, traffic and times of one mesh."""
    communication = communication_per_device(job, mesh)
    memory = memory_per_device(job, mesh)
    flops = job.model.step_flops(job.batch_tokens, job.context, job.vocab_size)
    flops *= 4 / 3 if job.recompute == "block" else 1
    rate = hardware.flop_per_s * hardware.utilization
    seconds = {
        axis: getattr(communication, axis) / _bandwidth(mesh, axis, hardware)
        for axis in ("tensor", "fsdp", "data", "pipeline")
    }
    return Estimate(
        mesh=mesh,
        memory=memory,
        communication=communication,
        compute_s=flops / (mesh.num_devices * rate),
        bubble_fraction=bubble_fraction(mesh.pipeline, job.micro_batches, job.interleave),
        communication_s=seconds,
        fits=memory.total <= hardware.memory_bytes,
    )


def bubble_fraction(pipeline: int, micro_batches: int, interleave: int = 1) -> float:
    """Share of a step in which a 1F1B stage waits: (p − 1) / (v m + p − 1)."""
    return (pipeline - 1) / (interleave * micro_batches + pipeline - 1)


def min_tokens_to_hide_fsdp(hardware: Hardware, bytes_per_s: float) -> float:
    """Tokens per device and micro-batch from which FSDP's traffic hides behind compute.

    8 N bytes over the link against 6 N T operations: T ≥ 8 · rate / (6 · bandwidth).
    """
    return 8 * hardware.flop_per_s * hardware.utilization / (6 * bytes_per_s)


def _ring_share(group: int) -> float:
    return (group - 1) / group


def _bandwidth(mesh: Mesh, axis: str, hardware: Hardware) -> float:
    inside_node = mesh.span(axis) <= hardware.devices_per_node
    return hardware.node_bytes_per_s if inside_node else hardware.network_bytes_per_s
