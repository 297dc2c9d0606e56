"""Take the records of lecture 2 on one H100: about a minute.

    python lectures/lecture_02/tools/measure.py [--output FOLDER] [--small]

Runs from a bare checkout: needs torch, triton, numpy and jaxtyping, nothing installed from this
repository. Rows go to benchmarks/, the training steps of assignment 1 to records/, both inside
FOLDER (default: lectures/lecture_02). Commit what it writes. `--small` tries it out in a few
seconds, on a CPU too, where what needs a GPU is left out: for such numbers give another FOLDER.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LECTURE = ROOT / "lectures/lecture_02"
FOLDERS = [ROOT, *sorted(ROOT.glob("assignments/assignment*-*"))]
for _folder in FOLDERS:
    sys.path.insert(0, str(_folder))

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from lectures.shared import measuring  # noqa: E402

COMMAND = "python lectures/lecture_02/tools/measure.py"
STAGES = ["fused attention, eager", "+ compile", "+ CUDA graph", "+ bf16 weight copies",
          "+ fused norms"]  # fmt: skip
"""Of assignment 1's `bench/bench_step.py`: each on top of the one before."""
STEPS = 30  # of each stage, five times


@dataclass(frozen=True)
class Timed:
    """One row to measure: `make` gives the work, whose operations and bytes are known."""

    label: str
    make: Callable[[], measuring.Work]
    flops: float = 0
    moved: float = 0
    parameters: dict[str, int | str] = field(default_factory=dict)


def product(n: int, dtype: torch.dtype, device: str, *, tf32: bool = False) -> measuring.Work:
    """The product of two random n × n matrices; in 8 bits with one scale for each operand."""
    a, b = (torch.randn(n, n, device=device) for _ in range(2))
    if dtype == torch.float8_e4m3fn:
        one = torch.ones((), device=device)
        x, y = a.to(dtype), b.to(dtype).T  # the hardware wants the second one column by column
        return lambda: torch._scaled_mm(x, y, one, one, out_dtype=torch.bfloat16)
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    left, right = a.to(dtype), b.to(dtype)
    return lambda: left @ right


def products(sizes: list[int], device: str) -> Iterator[Timed]:
    """Every format at every size, and once bfloat16 with nothing but zeros."""
    formats = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    if device == "cuda":
        formats |= {"TF32": torch.float32, "float16": torch.float16, "FP8": torch.float8_e4m3fn}
    for n in sizes:
        for label, dtype in formats.items():
            make = partial(product, n, dtype, device, tf32=label == "TF32")
            yield Timed(label, make, flops=2 * n**3, parameters={"n": n})
    n = sizes[-2]

    def zeros() -> measuring.Work:
        zero = torch.zeros(n, n, device=device, dtype=torch.bfloat16)
        return lambda: zero @ zero

    yield Timed("bfloat16, all zeros", zeros, flops=2 * n**3, parameters={"n": n})


def under_the_roof(elements: int, device: str) -> Iterator[Timed]:
    """The works of the lecture's roofline that wait for memory, in bfloat16."""
    side = int(elements**0.5)

    def on(function: Callable[[Tensor], Tensor], *shape: int) -> Callable[[], measuring.Work]:
        def make() -> measuring.Work:
            x = torch.randn(*shape, device=device, dtype=torch.bfloat16)
            return lambda: function(x)

        return make

    def matrix_vector() -> measuring.Work:
        matrix = torch.randn(side, side, device=device, dtype=torch.bfloat16)
        vector = torch.randn(side, device=device, dtype=torch.bfloat16)
        return lambda: matrix @ vector

    yield Timed("ReLU", on(torch.relu, elements), flops=elements, moved=4 * elements)
    gelu = on(torch.nn.functional.gelu, elements)
    yield Timed("GeLU", gelu, flops=20 * elements, moved=4 * elements)
    yield Timed("dot product", on(lambda x: x @ x, elements), 2 * elements, 2 * elements)
    yield Timed("matrix × vector", matrix_vector, flops=2 * side**2, moved=2 * side**2)


def transfers(size: int) -> Iterator[Timed]:
    """`size` bytes from the memory of the CPU to that of the GPU, pageable and pinned."""
    for label, pinned in [("pageable", False), ("pinned", True)]:

        def make(pinned: bool = pinned) -> measuring.Work:
            there = torch.empty(size, device="cuda", dtype=torch.uint8)
            here = torch.ones(size, dtype=torch.uint8, pin_memory=pinned)
            return lambda: there.copy_(here, non_blocking=True)

        yield Timed(label, make, moved=size)


def take(name: str, rows: Iterator[Timed], out: Path, device: str, where: measuring.Record) -> None:
    """Measure the rows of a benchmark and keep them; each is printed as soon as it is there."""
    clock = measuring.by_events if device == "cuda" else measuring.by_host
    kept = []
    for timed in rows:
        seconds = clock(timed.make(), 3, 20)
        more = {"flops": timed.flops, "moved": timed.moved, "parameters": timed.parameters}
        row = measuring.row(timed.label, seconds, **more)  # type: ignore[arg-type]
        kept.append({"row": row, "provenance": where})
        size = f" ({timed.parameters['n']})" if timed.parameters else ""
        rate = f"{row['tflops']:.4g} TFLOP/s" if "gbps" not in row else f"{row['gbps']:.4g} GB/s"
        print(f"{name}: {timed.label}{size}: {1e3 * row['median']:.4g} ms, {rate}", flush=True)
    measuring.keep(measuring.benchmark_file(out, name), kept)


def take_training_steps(out: Path) -> int:
    """Assignment 1's own benchmark of a training step, as a process of its own: its exit code."""
    record = (out / "records/step_times.json").resolve()
    record.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "bench/bench_step.py", "--config", "configs/gpu_28m.toml"]
    command += ["--steps", str(STEPS), "--only", *STAGES, "--out", str(record)]
    paths = os.pathsep.join([*map(str, FOLDERS), os.environ.get("PYTHONPATH", "")])
    folder = ROOT / "assignments/assignment1-basics"
    environment = os.environ | {"PYTHONPATH": paths, "BENCH_PREPARE_SECONDS": "120"}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def _refuse(why: str) -> int:
    print(f"measure.py: {why}", file=sys.stderr)
    return 2


def main() -> int:
    """Measure; exit code 2 without a GPU (unless `--small`), 1 where the training steps fail."""
    parser = argparse.ArgumentParser(description="Take the records of lecture 2 on a GPU.")
    parser.add_argument("--output", type=Path, default=LECTURE, help="folder to write to")
    parser.add_argument("--small", action="store_true", help="small sizes: a trial, on any machine")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.small:
        print(
            "measure.py: this machine has no GPU that torch can use; try --small", file=sys.stderr
        )
        return 2
    if options.small and options.output.resolve() == LECTURE:
        print("measure.py: --small makes no records; give another --output", file=sys.stderr)
        return 2
    begin = time.monotonic()
    where = measuring.provenance(COMMAND + (" --small" if options.small else ""))
    sizes = [32, 64, 128] if options.small else [2**k for k in range(7, 15)]
    elements = 2**16 if options.small else 2**28
    take("Matrix products, GPU", products(sizes, device), options.output, device, where)
    take("Below the ridge, GPU", under_the_roof(elements, device), options.output, device, where)
    failed = 0
    if device == "cuda":
        take("Transfers to the GPU", transfers(elements), options.output, device, where)
        torch.cuda.empty_cache()
        failed = take_training_steps(options.output)
    else:
        print("transfers and training steps: left out, they need a GPU")
    print(f"{time.monotonic() - begin:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
