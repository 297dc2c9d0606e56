"""Operations for each byte that moves, and what a machine can make of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from lectures.shared.charts import Spec, axis


@dataclass(frozen=True)
class Work:
    """What an operation does (FLOPs) and moves (bytes, each operand read or written once)."""

    name: str
    flops: float
    bytes: float

    @property
    def intensity(self) -> float:
        """Operations for each byte."""
        return self.flops / self.bytes


@dataclass(frozen=True)
class Machine:
    """Peak FLOP/s and bytes/s of a data sheet."""

    name: str
    flops: float
    bandwidth: float

    @property
    def ridge(self) -> float:
        """The intensity at which computing takes as long as moving."""
        return self.flops / self.bandwidth

    def seconds(self, work: Work) -> float:
        """The least time: computing and moving overlap, the longer one counts."""
        return max(work.flops / self.flops, work.bytes / self.bandwidth)

    def highest_mfu(self, work: Work) -> float:
        """min(1, intensity / ridge): no program reaches more of the peak."""
        return min(1.0, work.intensity / self.ridge)


A100 = Machine("A100", 312e12, 2.04e12)
H100 = Machine("H100", 989.5e12, 3.35e12)
B200 = Machine("B200", 2250e12, 8.0e12)
GELU_FLOPS = 20
"""Operations of one GeLU; an assumption, since it depends on how tanh is computed."""


def relu(n: int) -> Work:
    """n elements in bfloat16: a comparison each."""
    return Work("ReLU", n, 4 * n)


def gelu(n: int) -> Work:
    """n elements in bfloat16."""
    return Work("GeLU", GELU_FLOPS * n, 4 * n)


def dot(n: int) -> Work:
    """Two vectors of n."""
    return Work("dot product", 2 * n - 1, 4 * n + 2)


def matrix_vector(n: int) -> Work:
    """(n, n) times (n,): what generating one token does with every matrix."""
    return Work("matrix times vector", n * (2 * n - 1), 2 * (n * n + 2 * n))


def matmul(n: int) -> Work:
    """(n, n) times (n, n)."""
    return Work(f"matmul, n = {n}", n * n * (2 * n - 1), 6 * n * n)


def chart(machine: Machine, works: Sequence[Work]) -> Spec:
    """The roof of a machine, and where some operations stand below it; labels at the points."""
    ends = [0.1, machine.ridge, 10_000]
    roof = [
        {"intensity": x, "TFLOP/s": min(machine.flops, x * machine.bandwidth) / 1e12} for x in ends
    ]
    points = [
        {
            "intensity": round(work.intensity, 3),
            "TFLOP/s": machine.highest_mfu(work) * machine.flops / 1e12,
            "what": work.name,
            "right": work.intensity > machine.ridge,
        }
        for work in works
    ]
    x = axis("intensity", "operations for each byte", type="log")
    y = axis("TFLOP/s", "at most, TFLOP/s", type="log", domain=[0.1, 3000])
    name = {"type": "text", "dx": 8, "dy": 10, "align": {"expr": "datum.right ? 'right' : 'left'"}}
    return {
        "title": f"The roof of an {machine.name} (bfloat16): ridge at {machine.ridge:.0f}",
        "height": 280,
        "layer": [
            {"data": {"values": roof}, "mark": "line", "encoding": {"x": x, "y": y}},
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "size": 90},
                "encoding": {"x": x, "y": y},
            },
            {
                "data": {"values": points},
                "mark": name,
                "encoding": {"x": x, "y": y, "text": {"field": "what"}},
            },
        ],
    }


SHEET_COLUMNS = ["GPU (SXM)", "float32", "bfloat16", "fp8", "memory, TB/s", "ridge"]
SHEETS = [
    ["A100", 19.5, 312, None, 2.04, round(A100.ridge)],
    ["H100", 67, 989.5, 1979, 3.35, round(H100.ridge)],
    ["B200 (HGX, 1000 W)", None, 2250, 4500, 8.0, round(B200.ridge)],
]
"""Promises of data sheets, in TFLOP/s without sparsity; float32 of a B200 is given as 75 and 80."""
