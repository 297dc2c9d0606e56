"""Take the records of lecture 2 on one H100: about a minute.

    python lectures/lecture_02/tools/measure.py [--part PART ...] [--output FOLDER] [--small]

Runs from a bare checkout: needs torch, triton, numpy and jaxtyping, nothing installed from this
repository. Rows go to benchmarks/, the training steps of assignment 1 to records/, both inside
FOLDER (default: lectures/lecture_02). Commit what it writes. The part `host` times one thread of
the CPU; the others need a GPU. `--small` tries it out in a few seconds, on a CPU too, where the
last two parts are left out: for such numbers give another FOLDER.
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
PARTS = ("host", "products", "roof", "transfers", "steps")
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
    """Every format at every size."""
    formats = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    if device == "cuda":
        formats |= {"TF32": torch.float32, "float16": torch.float16, "FP8": torch.float8_e4m3fn}
    for n in sizes:
        for label, dtype in formats.items():
            make = partial(product, n, dtype, device, tf32=label == "TF32")
            yield Timed(label, make, flops=2 * n**3, parameters={"n": n})


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


def on_the_host(largest: int) -> Iterator[tuple[str, Timed]]:
    """What the lecture shows of a CPU: products by size and format, and a matrix transposed."""
    for n in [n for n in (32, 64, 128, 256, 512, 1024) if n <= largest]:
        for label, dtype in {"float32": torch.float32, "bfloat16": torch.bfloat16}.items():
            make = partial(product, n, dtype, "cpu")
            yield "Matrix products", Timed(label, make, flops=2 * n**3, parameters={"n": n})
    for n in (128, 2 * largest):
        matrix = torch.zeros(n, n)

        def view(matrix: Tensor = matrix) -> measuring.Work:
            return lambda: matrix.T

        def copy(matrix: Tensor = matrix) -> measuring.Work:
            return lambda: matrix.T.contiguous()

        yield "Transposing a matrix", Timed("view", view, parameters={"n": n})
        moved = 2 * matrix.nbytes
        yield "Transposing a matrix", Timed("copy", copy, moved=moved, parameters={"n": n})


def take_host(out: Path, largest: int, where: measuring.Record) -> None:
    """Time one thread of the CPU, in a record for each benchmark."""
    torch.set_num_threads(1)
    timed = list(on_the_host(largest))
    for name in dict.fromkeys(name for name, _ in timed):
        take(name, (one for its, one in timed if its == name), out, "cpu", where)


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
        rates = {"tflops": "TFLOP/s", "gbps": "GB/s"}
        rate = "".join(f", {row[key]:.4g} {unit}" for key, unit in rates.items() if key in row)
        print(f"{name}: {timed.label}{size}: {1e3 * row['median']:.4g} ms{rate}", flush=True)
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
    parser.add_argument("--part", action="append", choices=PARTS, default=[], help="not all of it")
    parser.add_argument("--output", type=Path, default=LECTURE, help="folder to write to")
    parser.add_argument("--small", action="store_true", help="small sizes: a trial, on any machine")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.small and options.part != ["host"]:
        print(
            "measure.py: this machine has no GPU that torch can use; try --small", file=sys.stderr
        )
        return 2
    if options.small and options.output.resolve() == LECTURE:
        print("measure.py: --small makes no records; give another --output", file=sys.stderr)
        return 2
    begin = time.monotonic()
    out, parts = options.output, options.part or PARTS
    command = COMMAND + "".join(f" --part {part}" for part in options.part)
    where = measuring.provenance(command + (" --small" if options.small else ""))
    sizes = [32, 64, 128] if options.small else [2**k for k in range(7, 15)]
    elements = 2**16 if options.small else 2**28
    failed = 0
    if "host" in parts:
        take_host(out, 128 if options.small else 1024, measuring.of_the_host(where))
    if "products" in parts:
        take("Matrix products, GPU", products(sizes, device), out, device, where)
    if "roof" in parts:
        take("Below the ridge, GPU", under_the_roof(elements, device), out, device, where)
    if device == "cpu":
        print("transfers and training steps: left out, they need a GPU")
        parts = ()
    if "transfers" in parts:
        take("Transfers to the GPU", transfers(elements), out, device, where)
    if "steps" in parts:
        torch.cuda.empty_cache()
        failed = take_training_steps(out)
    print(f"{time.monotonic() - begin:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
