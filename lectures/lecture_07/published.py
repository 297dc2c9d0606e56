"""Three layouts that were published, as jobs for the planner."""

from collections.abc import Sequence
from dataclasses import dataclass

from cs336_systems.model_sizes import ModelSize
from cs336_systems.parallelism.calculator import Hardware, Job, Mesh, Recompute
from cs336_systems.parallelism.planner import Cluster, Plan, judge, plan

UTILIZATION = 0.6
"""Of the peak that computation alone reaches: one assumption for all three."""
H100 = Hardware(utilization=UTILIZATION)
"""NVLink 4: 450 GB/s each way; one 400 Gbit/s port for each GPU."""
SELENE = Hardware(312e12, UTILIZATION, 80e9, 8, node_bytes_per_s=300e9, network_bytes_per_s=25e9)
"""A100 80 GB, NVLink 3, one 200 Gbit/s port for each GPU."""
JEAN_ZAY = Hardware(
    312e12, UTILIZATION, 80e9, 8, node_bytes_per_s=300e9, network_bytes_per_s=6.25e9
)
"""A100 80 GB, NVLink 3 (taken at its full rate), four 100 Gbit/s ports for a node's eight GPUs."""


@dataclass(frozen=True)
class Published:
    """A run that somebody did, with what is known of its layout."""

    name: str
    cluster: Cluster
    job: Job
    mesh: Mesh
    micro_batch: int
    interleave: int
    recompute: Recompute
    reported_mfu: float
    """Without repeated operations, as the planner counts."""

    def as_plan(self) -> Plan:
        """The published layout, judged by the planner."""
        found = judge(
            self.job, self.cluster, self.mesh, self.micro_batch, self.interleave, self.recompute
        )
        if found is None:
            raise ValueError(f"{self.name}: the planner says that this cannot run")
        return found


def gated(width: int) -> int:
    """Hidden width of a gated MLP with as many weights as an ungated one of 4 · width."""
    return 64 * round(8 * width / 3 / 64)


LLAMA = Published(
    "Llama 3 405B (2024)",
    Cluster(8192, H100),
    Job(ModelSize(16384, 53248, 126, 128, 8), 128_256, context=8192, batch_tokens=2**24),
    Mesh(pipeline=16, data=64, tensor=8),
    micro_batch=1,
    interleave=8,
    recompute="elementwise",
    reported_mfu=0.43,
)
MEGATRON = Published(
    "Megatron 1T (2021)",
    Cluster(3072, SELENE),
    Job(ModelSize(25600, gated(25600), 128, 160), 51_200, context=2048, batch_tokens=3072 * 2048),
    Mesh(pipeline=64, data=6, tensor=8),
    micro_batch=1,
    interleave=2,
    recompute="block",
    reported_mfu=163 / 312 * 3 / 4,
)
BLOOM = Published(
    "BLOOM 176B (2022)",
    Cluster(384, JEAN_ZAY),
    Job(ModelSize(14336, gated(14336), 70, 112), 250_880, context=2048, batch_tokens=2048 * 2048),
    Mesh(pipeline=12, data=8, tensor=4),
    micro_batch=2,
    interleave=1,
    recompute="block",
    reported_mfu=150 / 312 * 3 / 4,
)
ALL = (LLAMA, MEGATRON, BLOOM)


def best_with_same_recompute(published: Published, plans: Sequence[Plan]) -> Plan:
    """The fastest plan that recomputes what the published run did: like with like."""
    return next(p for p in plans if p.job.recompute == published.recompute)


def layout(mesh: Mesh) -> str:
    """Tensor · pipeline · data, with the devices of FSDP marked by an F."""
    shards = f"F{mesh.fsdp}" if mesh.fsdp > 1 else ""
    copies = str(mesh.data) if mesh.data > 1 or not shards else ""
    return f"{mesh.tensor} · {mesh.pipeline} · {' × '.join(filter(None, (copies, shards)))}"


@dataclass(frozen=True)
class Verdict:
    """A published layout beside the planner's."""

    run: Published
    plans: list[Plan]
    own: Plan
    like: Plan
    """The fastest that recomputes what the published run did."""

    @property
    def row(self) -> list[str | float]:
        """Name, devices, both layouts, times of the published one over the best, both MFU."""
        return [
            self.run.name,
            self.run.cluster.num_devices,
            layout(self.own.mesh),
            layout(self.like.mesh),
            round(self.own.seconds / self.like.seconds, 2),
            f"{self.own.mfu:.1%}",
            f"{self.run.reported_mfu:.1%}",
        ]

    @property
    def comparable(self) -> list[Plan]:
        """All plans that recompute what the published run did, fastest first."""
        return [p for p in self.plans if p.job.recompute == self.run.recompute]


COLUMNS = ("run", "GPUs", "published", "planner", "time", "MFU", "reported")
CAPTION = (
    "Layouts are tensor · pipeline · data, F: sharded by FSDP. Planner: its best with the same"
    " recomputation; time: of the published layout over that one's. MFU as predicted for the"
    " published layout, and as reported. What no paper says is assumed: layers interleaved as often"
    " as they allow, and for Llama 3, which did without checkpoints, elementwise recomputation."
)


def compare(run: Published) -> Verdict:
    """Search all layouts, and find the published one among them."""
    plans = search(run)
    return Verdict(run, plans, run.as_plan(), best_with_same_recompute(run, plans))


def search(published: Published) -> list[Plan]:
    """All layouts that fit, fastest first."""
    return plan(published.job, published.cluster)
