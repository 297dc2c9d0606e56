"""What assignment 2 measured on an H100, read from its committed result files."""

import functools
import json
import re
from pathlib import Path
from typing import Any

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
