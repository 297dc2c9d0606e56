"""What assignment 2 measured on an H100, read from its committed result files."""

import functools
import json
import re
from pathlib import Path
from typing import Any

HARDWARE = (  # name, SMs, L1 + shared of an SM, L2, memory TB/s, dense bf16 TFLOP/s
    ("A100 80 GB (2020)", 108, "192 KB", "40 MB", 2.04, 312),
    ("H100 SXM (2022)", 132, "256 KB", "50 MB", 3.35, 989.5),
    ("B200 (2024)", 148, "256 KB", None, 8.0, 2250),
)
HARDWARE_COLUMNS = (
    *("GPU", "SMs", "L1 + shared, an SM", "L2", "memory, TB/s", "bf16, TFLOP/s"),
    "operations a byte",
)
HARDWARE_SOURCES = (
    "NVIDIA's white papers and data sheets, and Chips and Cheese for the SMs and the L1 of the"
    " B200, as read in November 2026. Sources disagree about the B200's L2. Dense peaks."
)
FOLDER = Path(__file__).parents[2] / "assignments/assignment2-systems/results"
VARIANTS = ("naive", "builtin", "compiled", "triton")
Record = dict[str, Any]


@functools.cache
def load(name: str) -> Record:
    """The content of results/<name>.json: `provenance` and `records`."""
    content: Record = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


def records(name: str) -> list[Record]:
    """The measurements of results/<name>.json."""
    found: list[Record] = load(name)["records"]
    return found


def recorded_on(name: str) -> str:
    """Device, date, versions and command of results/<name>.json, as a caption."""
    where = load(name)["provenance"]
    versions = f"torch {where['torch']}, triton {where['triton']}, driver {where['driver']}"
    return f"recorded on {where['device']}, {where['date'][:10]} ({versions}): {where['command']}"


def kernel(name: str, direction: str = "forward") -> dict[str, Record]:
    """Records of one kernel and pass by variant: naive, builtin, compiled, triton."""
    chosen = [r for r in records("kernels") if (r["kernel"], r["pass"]) == (name, direction)]
    return {r["variant"]: r for r in chosen}


def copy_gbps() -> float:
    """GB/s of a plain copy in device memory, bytes read plus bytes written."""
    return float(records("kernels")[0]["copy_gbps"])


def kernel_rows(name: str) -> list[list[str | float]]:
    """Variant, milliseconds, GB/s of unavoidable traffic, percent of a copy: forward pass."""
    return [
        [variant, round(r["ms"], 3), round(r["gbps"]), round(100 * r["share_of_copy"])]
        for variant, r in kernel(name).items()
    ]


def forward_samples(name: str, size: str, context: int) -> tuple[list[float], int]:
    """Milliseconds of every forward pass in order, and how many of them were warm-up (bf16)."""
    for r in records(name):
        if (r["size"], r["context"], r["precision"]) == (size, context, "bf16"):
            return list(r["forward"]["all_ms"]), int(r["warmup"])
    raise ValueError(f"{name}.json: no bfloat16 record of {size} with context {context}")


def forward_median(name: str, size: str, context: int, precision: str) -> float:
    """Median milliseconds of a warm forward pass."""
    for r in records(name):
        if (r["size"], r["context"], r["precision"]) == (size, context, precision):
            return float(r["forward"]["median_ms"])
    raise ValueError(f"{name}.json: no {precision} record of {size} with context {context}")


def phases(name: str) -> dict[str, Record]:
    """Profile of a training step: forward, backward and optimizer."""
    return {phase["phase"]: phase for phase in records(name)[0]["phases"]}


def busy_and_wall(size: str, context: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of a forward pass by precision: all its kernels together, and by the clock.

    The two come from two runs: a profile, and a benchmark without the profiler.
    """
    return {
        precision: (
            phases(f"profile_{size}_{context}_{short}")["forward"]["total_ms"],
            forward_median(f"model_{short}", size, context, short),
        )
        for precision, short in (("float32", "fp32"), ("bfloat16", "bf16"))
    }


def short_name(kernel_name: str) -> str:
    """The part of a CUDA kernel's name that tells what it does."""
    inner = re.findall(r"(\w+_kernel_cuda|\w+Functor\w*|\w+Ops?<|\w+_scalar_kernel)", kernel_name)
    family = re.sub(r"^void |at::native::|cutlass::|\(anonymous namespace\)::", "", kernel_name)
    family = re.split(r"[<(]", family)[0]
    detail = [part.rstrip("<") for part in inner if part.rstrip("<") not in family]
    return f"{family}: {detail[0]}" if detail else family[:60]


def longest(name: str, phase: str, count: int = 8) -> list[list[str | float]]:
    """Kernel, milliseconds, calls and share of the phase, longest first."""
    chosen = phases(name)[phase]
    return [
        [
            short_name(k["name"]),
            round(k["ms"], 2),
            k["calls"],
            f"{k['ms'] / chosen['total_ms']:.0%}",
        ]
        for k in chosen["longest"][:count]
    ]


def attention_rates() -> list[Record]:
    """TFLOP/s per shape and implementation, the range over visits included."""
    return [r for r in records("attention") if r["kind"] == "rate"]


def attention_forward(provider: str) -> list[Record]:
    """The rates of one implementation, a record for each shape in the order measured."""
    return [r for r in attention_rates() if r["provider"] == provider]


def products() -> dict[str, float]:
    """Median seconds of the 8192 × 8192 product in bfloat16, by variant: a benchmark record."""
    return {label: row["median"] for label, row in _benchmark("product-of-8192-8192-bfloat16")}


def both_dtypes(name: str) -> list[list[Any]]:
    """Variant, then milliseconds and percent of a copy in bfloat16, and the same in float32.

    bfloat16 is assignment 2's 32768 × 4096, float32 this lecture's 16384 × 16384. A variant that
    was not timed in one of them has an empty cell there.
    """
    half = {_LABELS[variant]: r for variant, r in kernel(name).items()}
    single = dict(_benchmark(f"{name}-of-16384-16384-float32"))
    table: list[list[Any]] = []
    for label in single:
        r, row = half.get(label), single[label]
        in_half = [round(r["ms"], 3), round(100 * r["share_of_copy"])] if r else [None, None]
        in_single = [round(1e3 * row["median"], 3), round(100 * row["gbps"] / copy_gbps())]
        table.append([label, *in_half, *in_single])
    return table


_LABELS = {"naive": "naive", "builtin": "built-in", "compiled": "compiled", "triton": "Triton"}


def _benchmark(slug: str) -> list[tuple[str, Record]]:
    path = Path(__file__).with_name("benchmarks") / f"{slug}.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    return [(each["row"]["label"], each["row"]) for each in kept]


def hardware_rows() -> list[list[str | float | None]]:
    """`HARDWARE` with the ridge of each: peak divided by bandwidth."""
    return [[*row, round(row[-1] / row[-2])] for row in HARDWARE]


def lead_over_compiler() -> dict[str, float]:
    """Forward time of the compiler's kernel over that of ours, by kernel, in bfloat16."""
    names = dict.fromkeys(r["kernel"] for r in records("kernels"))
    return {name: kernel(name)["compiled"]["ms"] / kernel(name)["triton"]["ms"] for name in names}
