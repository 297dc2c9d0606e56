"""Take the records of lecture 5 on one H100: about two minutes.

    python lectures/lecture_05/tools/measure.py --output lectures/lecture_05/records [--only NAME]

Runs from a bare checkout: needs torch, triton and numpy, nothing installed from this repository and
no CUDA toolkit. Each part writes one file as soon as it is done; a part that fails says so and the
others go on. `--small` takes few and small sizes, and on a machine without a GPU tries the parts
that PyTorch alone can do. Exit code 1 if a part failed, 2 if nothing can be measured here.
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
LECTURE = ROOT / "lectures/lecture_05"
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from lectures.shared.measuring import Record, by_events, by_host, provenance, row  # noqa: E402

GPU = torch.cuda.is_available()
DEVICE = "cuda" if GPU else "cpu"
Long = ctypes.c_longlong
SMALL = False
SLEEP = 1_500_000  # cycles in front of a series, while the host fills the queue


def clock(work: Callable[[], object], repeats: int = 20) -> list[float]:
    """Seconds of each call by the GPU's clock; by the host's where there is no GPU."""
    return by_events(work, 3, repeats) if GPU else by_host(work, 1, 3)


def back_to_back(work: Callable[[], object], calls: int = 20) -> float:
    """Seconds of one call among many that wait in the queue, so that the host cannot delay them."""
    if not GPU:
        return statistics.median(by_host(work, 1, 3))
    start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    work()
    torch.cuda._sleep(SLEEP)  # type: ignore[no-untyped-call]
    start.record()
    for _ in range(calls):
        work()
    end.record()
    end.synchronize()
    return float(start.elapsed_time(end)) / 1e3 / calls


def short(value: float) -> float:
    """Five significant digits."""
    return float(f"{value:.5g}")


def product(n: int, kind: str) -> Callable[[], object]:
    """A product of two n × n matrices: float32, tf32, float16, bfloat16 or fp8."""
    dtypes = {"float32": torch.float32, "tf32": torch.float32, "float16": torch.float16}
    dtype = dtypes.get(kind, torch.bfloat16)
    torch.manual_seed(0)
    a, b = (torch.randn(n, n, device=DEVICE).to(dtype) for _ in range(2))
    torch.backends.cuda.matmul.allow_tf32 = kind == "tf32"
    if kind != "fp8":
        out = torch.empty_like(a)
        return lambda: torch.mm(a, b, out=out)
    one = torch.ones((), device=DEVICE)
    small = [t.to(torch.float8_e4m3fn) for t in (a, b.t().contiguous())]
    return lambda: torch._scaled_mm(
        small[0],
        small[1].t(),
        scale_a=one,
        scale_b=one,
        out_dtype=torch.bfloat16,
        use_fast_accum=True,
    )


def ceilings() -> Record:
    """Copy and read bandwidth, and the best rate of a large product in each format."""
    rows, n = [], 2**12 if SMALL else 2**30
    for label, size in {"copy": n, "copy within L2": min(n, 2**23)}.items():
        x = torch.ones(size // 4, device=DEVICE)
        y = torch.empty_like(x)
        rows.append(row(label, clock(lambda: y.copy_(x)), moved=2 * size))  # noqa: B023
        if label == "copy within L2":
            seconds = [back_to_back(lambda: y.copy_(x), 50) for _ in range(10)]  # noqa: B023
            rows.append(row("copy within L2, queued", seconds, moved=2 * size))
    for kind in ("bfloat16", "float16", "tf32", "float32", "fp8"):
        for size in (128,) if SMALL else (8192, 4096):
            if kind == "fp8" and not GPU:
                continue
            try:
                work = product(size, kind)
                rows.append(row(f"{kind}, n = {size}", clock(work), flops=2 * size**3))
            except RuntimeError as error:
                rows.append({"label": f"{kind}, n = {size}", "error": str(error)[:200]})
    return {"rows": rows, "limits": smi("name,clocks.max.sm,power.limit,clocks.max.mem")}


def sawtooth() -> Record:
    """TFLOP/s of a bfloat16 product for every n of a range, visited upwards and then downwards."""
    sizes = list(range(64, 128, 16)) if SMALL else list(range(1024, 3073))
    visits: dict[int, list[float]] = {n: [] for n in sizes}
    began, budget = time.monotonic(), 55.0
    for order in (sizes, sizes[::-1]):
        for n in order:
            if time.monotonic() - began > budget:
                break
            work = product_of_ones_and_noise(n)
            visits[n].append(back_to_back(work, 12))
    rates = [[short(2 * n**3 / s / 1e12) for s in visits[n]] for n in sizes]
    return {"sizes": [sizes[0], sizes[-1], sizes[1] - sizes[0]], "tflops": rates}


_NOISE: dict[str, torch.Tensor] = {}


def product_of_ones_and_noise(n: int) -> Callable[[], object]:
    """A bfloat16 product of contiguous n × n matrices cut from one buffer of normal noise."""
    if "buffer" not in _NOISE:
        size = 128 if SMALL else 3200
        torch.manual_seed(0)
        _NOISE["buffer"] = torch.randn(3, size * size, device=DEVICE, dtype=torch.bfloat16)
    a, b, out = (part[: n * n].view(n, n) for part in _NOISE["buffer"])
    return lambda: torch.mm(a, b, out=out)


def padded_rows() -> Record:
    """TFLOP/s of the same products where only the rows begin at multiples of 16 bytes."""
    sizes = list(range(1536, 2049)) if not SMALL else [65, 72]
    rates = []
    for n in sizes:
        product_of_ones_and_noise(n)
        width = -(-n // 8) * 8
        a, b, out = (part[: n * width].view(n, width)[:, :n] for part in _NOISE["buffer"])
        seconds = [back_to_back(lambda: torch.mm(a, b, out=out), 12) for _ in range(2)]  # noqa: B023
        rates.append([short(2 * n**3 / s / 1e12) for s in seconds])
    return {"sizes": [sizes[0], sizes[-1], sizes[1] - sizes[0]], "tflops": rates}


def vocabulary() -> Record:
    """The head of GPT-2 small on 8192 tokens, for vocabularies of several lengths, in bfloat16."""
    tokens, width = (64, 32) if SMALL else (8192, 768)
    rows = []
    for size in (50257, 50264, 50304, 50432):
        x = torch.randn(tokens, width, device=DEVICE, dtype=torch.bfloat16)
        w = torch.randn(size, width, device=DEVICE, dtype=torch.bfloat16)
        dy = torch.randn(tokens, size, device=DEVICE, dtype=torch.bfloat16)
        works = {"logits": lambda: x @ w.T, "gradient of x": lambda: dy @ w,  # noqa: B023
                 "gradient of W": lambda: dy.T @ x}  # noqa: B023  # fmt: skip
        for label, work in works.items():
            taken = row(label, clock(work, 10), flops=2 * tokens * width * size)
            rows.append(taken | {"vocabulary": size})
    return {"tokens": tokens, "width": width, "rows": rows}


def chosen_kernels() -> Record:
    """Kernel and grid that the library chose for each n of the saw-tooth: a profile, not a time."""
    sizes = list(range(1024, 3073)) if not SMALL else [64, 80]
    works = {n: product_of_ones_and_noise(n) for n in sizes}
    for work in works.values():
        work()
    marker = torch.zeros(1, device=DEVICE)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        for work in works.values():
            marker.fill_(1.0)
            work()
        torch.cuda.synchronize()
    path = Path("/tmp") / f"lecture_05_{time.monotonic_ns()}.json"
    profile.export_chrome_trace(str(path))
    events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    path.unlink()
    kernels = sorted((e for e in events if e.get("cat") == "kernel"), key=lambda e: float(e["ts"]))
    names: list[str] = []
    rows: list[list[int]] = []
    for kernel in kernels:
        if "FillFunctor" in kernel["name"]:
            rows.append([sizes[len(rows)]])
            continue
        name = kernel["name"][:120]
        if name not in names:
            names.append(name)
        rows[-1] += [names.index(name), *kernel["args"]["grid"]]
    columns = ["n", "kernel", "grid x", "y", "z", "a second kernel and its grid, if any"]
    return {"columns": columns, "names": names, "rows": rows}


def fixed_tile() -> Record:
    """Seconds of our product, whose tile is always 128 × 128, and of the library beside it."""
    from lectures.lecture_05.fixed_tile import TILE, fixed_tile_product

    rows = []
    used: list[int] = []
    for tiles in [2] if SMALL else range(4, 41):
        n = tiles * TILE
        a, b = (torch.randn(n, n, device=DEVICE, dtype=torch.bfloat16) for _ in range(2))
        c, other = torch.empty_like(a), torch.empty_like(a)
        compiled = fixed_tile_product(a, b, c)
        used = [int(compiled.n_regs), int(compiled.metadata.shared), int(compiled.n_spills)]
        torch.mm(a, b, out=other)
        assert torch.allclose(c.float(), other.float(), rtol=0.02, atol=1.0)
        each = [
            statistics.median(back_to_back(work, 8) for _ in range(5))
            for work in (
                lambda: fixed_tile_product(a, b, c),  # noqa: B023
                lambda: torch.mm(a, b, out=other),  # noqa: B023
            )
        ]
        rows.append([n, tiles**2, *map(short, each)])
    names = ["n", "tiles", "seconds, fixed tile", "seconds, library"]
    return {"columns": names, "tile": TILE, "threads": 256, "rows": rows,
            "registers_shared_spilled": used}  # fmt: skip


def skinny() -> Record:
    """TFLOP/s of m × 8192 by 8192 × 8192 in bfloat16: from decoding to prefill."""
    n = 256 if SMALL else 8192
    weights = torch.randn(n, n, device=DEVICE, dtype=torch.bfloat16)
    rows = []
    for power in range(14):
        m = 2**power
        if m > n:
            break
        x = torch.randn(m, n, device=DEVICE, dtype=torch.bfloat16)
        seconds = clock(lambda: x @ weights)  # noqa: B023
        rows.append(
            row(f"m = {m}", seconds, flops=2 * m * n * n, moved=2 * (n * n + 2 * m * n))
            | {"m": m, "intensity": short(2 * m * n * n / (2 * (n * n + 2 * m * n)))}
        )
    return {"n": n, "rows": rows}


def module(limit: int | None = None) -> Any:
    """The kernels of probes.cu; PTX beside it, if any, serves where NVRTC is missing."""
    from lectures.lecture_05.probes import SOURCE, Module, compile_ptx

    if "ptx" not in _PTX:
        try:
            _PTX["ptx"] = compile_ptx(SOURCE.read_text(encoding="utf-8"))
        except (RuntimeError, OSError, AttributeError) as error:
            ready = SOURCE.with_suffix(".ptx")
            print(f"NVRTC: {error}; trying {ready.name}", flush=True)
            _PTX["ptx"] = ready.read_bytes() + b"\0"
    return Module(_PTX["ptx"], limit)


_PTX: dict[str, bytes] = {}


def strides() -> Record:
    """Seconds to read each of 2^27 floats once, neighbouring threads `stride` floats apart."""
    kernel, log_n = module()["read_strided"], 20 if SMALL else 27
    x = torch.ones(2**log_n + 64, device=DEVICE)
    threads = 132 * 4 * 256
    sums = torch.empty(threads, device=DEVICE)
    rows = []
    for stride, offset in [*((2**p, 0) for p in range(9)), (1, 1), (1, 8), (1, 16), (1, 31)]:
        seconds = clock(
            lambda: kernel.launch(132 * 4, 256, [x, sums, log_n, stride, offset])  # noqa: B023
        )
        assert sums.double().sum().item() == 2**log_n
        rows.append(
            row(f"stride {stride}, offset {offset}", seconds, moved=4 * 2**log_n)
            | {"stride": stride, "offset": offset}
        )
    return {"floats": 2**log_n, "rows": rows}


def banks() -> Record:
    """Cycles of one read of shared memory by 32 warps, by the distance of neighbouring threads."""
    kernel, repeats = module()["read_banks"], 1024
    kept = torch.empty(1024, device=DEVICE, dtype=torch.int32)
    cycles = torch.zeros(1, device=DEVICE, dtype=torch.int64)
    rows = []
    for stride in range(1, 65):
        found = {}
        for warps in (1, 32):
            taken = []
            for _ in range(5):
                kernel.launch(1, 32 * warps, [kept, cycles, stride, repeats])
                taken.append(cycles.item() / repeats)
            found[warps] = short(statistics.median(taken))
        rows.append([stride, found[1], found[32]])
    return {"columns": ["stride", "cycles a read, one warp", "cycles a round of 32 warps"],
            "rows": rows}  # fmt: skip


def latency() -> Record:
    """Cycles of one dependent read, for memory of growing size, one 128-byte line after another."""
    kernel = module()["follow_chain"]
    kept = torch.empty(1, device=DEVICE, dtype=torch.int32)
    cycles = torch.zeros(1, device=DEVICE, dtype=torch.int64)
    rows = []
    for kib in (16, 64, 128, 192, 512, 2048, 8192, 16384, 32768, 65536, 131072, 524288):
        lines = kib * 1024 // 128
        torch.manual_seed(0)
        order = torch.randperm(lines, device=DEVICE)
        chain = torch.zeros(lines * 32, device=DEVICE, dtype=torch.int32)
        order = torch.cat([order[order == 0], order[order != 0]])  # begins at 0
        chain[order * 32] = (order.roll(-1) * 32).int()
        warm, steps = min(lines, 200_000), 8192
        kernel.launch(1, 1, [chain, kept, cycles, warm, steps])
        rows.append([kib, short(cycles.item() / steps)])
    return {"columns": ["KiB", "cycles a read"], "rows": rows}


def divergence() -> Record:
    """Cycles of a block of 32 warps on 1 to 32 branches, split within warps and between them."""
    kernel = module()["branch"]
    kept = torch.empty(1024, device=DEVICE)
    cycles = torch.zeros(1, device=DEVICE, dtype=torch.int64)
    rows = []
    for paths in (1, 2, 4, 8, 16, 32):
        found = []
        for by_lane in (1, 0):
            taken = []
            for _ in range(5):
                kernel.launch(1, 1024, [kept, cycles, paths, by_lane, 2000])
                taken.append(cycles.item())
            found.append(statistics.median(taken))
        rows.append([paths, *found])
    return {"columns": ["branches", "cycles, split by lane", "cycles, split by warp"], "rows": rows}


def waves() -> Record:
    """Microseconds of blocks that each spin 40,000 cycles, with one, two and four on an SM."""
    kernel = module()["spin"]
    kept = torch.empty(4096, device=DEVICE, dtype=torch.int64)
    rows = []
    for dynamic in (160 * 1024, 100 * 1024, 50 * 1024):
        kernel.allow_shared(dynamic)
        fit = kernel.blocks_per_sm(64, dynamic)
        for blocks in sorted(
            {*range(12, 1101, 24), *(132 * k + d for k in range(1, 9) for d in (0, 1))}
        ):
            seconds = clock(lambda: kernel.launch(blocks, 64, [kept, 40_000], dynamic), 5)  # noqa: B023
            rows.append([fit, blocks, short(1e6 * statistics.median(seconds))])
    return {"columns": ["blocks an SM holds", "blocks", "microseconds"], "cycles": 40_000,
            "rows": rows}  # fmt: skip


def occupancy() -> Record:
    """The driver's occupancy query for many shapes of a block."""
    rows = []
    for limit in (None, 32, 64, 96, 128, 160, 192, 255):
        kernels = module(limit)
        for name in ("spin", "hold_sums", "read_banks"):
            kernel = kernels[name]
            for dynamic in (0, 8 * 1024, 48 * 1024, 100 * 1024, 200 * 1024):
                kernel.allow_shared(dynamic)
                for threads in (32, 64, 128, 192, 256, 320, 512, 768, 1024):
                    shape = [kernel.registers, threads, kernel.shared_bytes + dynamic]
                    try:
                        rows.append([*shape, kernel.blocks_per_sm(threads, dynamic)])
                    except RuntimeError:  # the driver refuses the question: it does not fit
                        rows.append([*shape, -1])
    unique = sorted({tuple(r) for r in rows})
    columns = ["registers a thread", "threads a block", "shared bytes a block", "blocks an SM"]
    return {"columns": columns, "rows": [list(r) for r in unique]}


def residency() -> Record:
    """GB/s of a plain read with 2 to 64 warps on an SM, 4 or 16 bytes under way for each thread."""
    both = {4: module()["read_narrow"], 16: module()["read_wide"]}
    count = 2**20 if SMALL else 2**28
    x, sums = torch.ones(count, device=DEVICE), torch.empty(132 * 2048, device=DEVICE)
    rows = []
    for width, kernel in both.items():
        for warps in (1, 2, 4, 8, 16, 32, 64):
            threads, blocks = (32 * warps, 132) if warps <= 32 else (1024, 264)
            n = Long(count * 4 // width)
            seconds = clock(lambda: kernel.launch(blocks, threads, [x, sums, n]), 8)  # noqa: B023
            rows.append([width, warps, short(4e-9 * count / statistics.median(seconds))])
    return {"columns": ["bytes a request", "warps an SM", "GB/s"], "rows": rows}


def roofline() -> Record:
    """GB/s and TFLOP/s of one kernel whose operations for each byte are turned up step by step."""
    kernel, count = module()["multiply_add"], 2**20 if SMALL else 2**27
    x, y = torch.ones(count, device=DEVICE), torch.empty(count, device=DEVICE)
    rows = []
    for fmas in (1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 512, 1024):
        n = Long(count // 4)
        blocks = -(-count // 4 // 256)
        seconds = clock(lambda: kernel.launch(blocks, 256, [x, y, n, fmas]), 8)  # noqa: B023
        median = statistics.median(seconds)
        rates = [short(8 * count / median / 1e9), short(2 * fmas * count / median / 1e12)]
        rows.append([fmas, 2 * fmas / 8, *rates])
    return {"columns": ["multiply-adds", "operations a byte", "GB/s", "TFLOP/s"], "rows": rows}


def fusion() -> Record:
    """sin² + cos² in five kernels and in one; three sigmoids stored and recomputed."""
    kernels, count = module(), 2**20 if SMALL else 2**28
    x, a, b, y, dy, dx = (torch.randn(count, device=DEVICE) for _ in range(6))
    n, blocks = Long(count), -(-count // 256)

    def launch(name: str, *tensors: torch.Tensor) -> None:
        kernels[name].launch(blocks, 256, [*tensors, n])

    def storing() -> None:
        launch("sigmoids_storing", x, a, b, y)
        launch("gradient_from_stored", a, b, y, dy, dx)

    def recomputing() -> None:
        launch("sigmoids", x, y)
        launch("gradient_recomputed", x, dy, dx)

    def eager() -> torch.Tensor:
        return torch.sin(x) ** 2 + torch.cos(x) ** 2

    size = 4 * count
    rows = [row("sin² + cos², five kernels", clock(eager), moved=11 * size)]
    launch("sin2_cos2", x, y)
    assert torch.allclose(y, torch.ones_like(y), atol=1e-5)
    rows.append(
        row("sin² + cos², one kernel", clock(lambda: launch("sin2_cos2", x, y)), moved=2 * size)
    )
    storing()
    first = dx.clone()
    recomputing()
    assert torch.allclose(first, dx, atol=1e-5)
    rows.append(row("three sigmoids, stored", clock(storing), moved=9 * size))
    rows.append(row("three sigmoids, recomputed", clock(recomputing), moved=5 * size))
    return {"floats": count, "rows": rows}


def numbers_and_clock() -> Record:
    """Rate, SM clock and power of one bfloat16 product, by what the matrices hold."""
    n = 256 if SMALL else 8192
    torch.manual_seed(0)
    noise = torch.randn(n, n, device=DEVICE)
    contents = {
        "zeros": torch.zeros_like(noise), "ones": torch.ones_like(noise), "normal": noise,
        "normal, 90 % zeros": noise * (torch.rand_like(noise) < 0.1),
        "small integers": (noise * 2).round(),
    }  # fmt: skip
    rows = []
    for label, values in contents.items():
        a = values.to(torch.bfloat16)
        out = torch.empty_like(a)
        calls = 10 if SMALL else 1500
        start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        start.record()
        for _ in range(calls):
            torch.mm(a, a, out=out)
        end.record()
        time.sleep(0.7)
        state = smi("clocks.sm,power.draw,temperature.gpu")
        end.synchronize()
        seconds = start.elapsed_time(end) / 1e3 / calls
        rows.append({"label": label, "tflops": short(2 * n**3 / seconds / 1e12), "smi": state})
        print(rows[-1], flush=True)
    limits = smi("clocks.max.sm,power.limit,clocks.max.mem")
    return {"n": n, "rows": rows, "fields": "SM MHz, watts, °C", "limits": limits}


def smi(fields: str) -> str:
    """What nvidia-smi says of the first GPU."""
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits", "-i", "0"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except OSError as error:
        return str(error)
    return done.stdout.strip()


def errors() -> Record:
    """Relative error of a product of 2048 × 2048 by format, against float64."""
    n = 128 if SMALL else 2048
    torch.manual_seed(0)
    a, b = (torch.randn(n, n, device=DEVICE) for _ in range(2))
    exact = a.double() @ b.double()
    rows = []
    for kind in ("float32", "tf32", "float16", "bfloat16", "fp8"):
        torch.backends.cuda.matmul.allow_tf32 = kind == "tf32"
        if kind in ("float32", "tf32"):
            got = a @ b
        elif kind == "fp8":
            if not GPU:
                continue
            one = torch.ones((), device=DEVICE)
            x, y = (t.to(torch.float8_e4m3fn) for t in (a, b.t().contiguous()))
            got = torch._scaled_mm(x, y.t(), scale_a=one, scale_b=one, out_dtype=torch.float32)
        else:
            dtype = torch.float16 if kind == "float16" else torch.bfloat16
            got = a.to(dtype) @ b.to(dtype)
        rows.append([kind, short(((got.double() - exact).norm() / exact.norm()).item())])
    return {"n": n, "rows": rows}


PARTS: dict[str, Callable[[], Record]] = {
    "ceilings": ceilings, "sawtooth": sawtooth, "strides": strides, "banks": banks,
    "occupancy": occupancy, "waves": waves, "roofline": roofline, "skinny": skinny,
    "fusion": fusion, "errors": errors, "latency": latency, "divergence": divergence,
    "residency": residency, "numbers_and_clock": numbers_and_clock,
    "chosen_kernels": chosen_kernels,
    "padded_rows": padded_rows,
    "vocabulary": vocabulary, "fixed_tile": fixed_tile,
}  # fmt: skip
WITHOUT_GPU = ("ceilings", "sawtooth", "padded_rows", "vocabulary", "skinny", "errors")


def keep(path: Path, content: Record) -> None:
    """Write JSON, whole or not at all, one row a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f" {json.dumps(key)}: " + (
            "[\n  " + ",\n  ".join(json.dumps(v, ensure_ascii=False) for v in value) + "\n ]"
            if key == "rows" else json.dumps(value, ensure_ascii=False)
        )
        for key, value in content.items()
    ]  # fmt: skip
    part = path.with_suffix(".part")
    part.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    part.replace(path)


def usable() -> bool:
    """Whether the GPU still answers: an illegal address makes every later call fail."""
    try:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    except RuntimeError:
        return False
    return True


def main() -> int:
    """Measure; exit code 1 if a part failed, 2 without a GPU."""
    global SMALL
    parser = argparse.ArgumentParser(description="Take the records of lecture 5.")
    parser.add_argument("--output", type=Path, default=LECTURE / "records", help="folder")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part; repeatable")
    parser.add_argument("--small", action="store_true", help="few and small sizes, to try it")
    options = parser.parse_args()
    SMALL = options.small
    if not GPU and not SMALL:
        print("measure.py: no GPU that torch can use; try --small", file=sys.stderr)
        return 2
    names = options.only or [n for n in PARTS if GPU or n in WITHOUT_GPU]
    begin, failed = time.monotonic(), []
    for name in names:
        print(f"{time.monotonic() - begin:6.1f} s  {name}", flush=True)
        where = provenance(f"python lectures/lecture_05/tools/measure.py --only {name}")
        try:
            keep(options.output / f"{name}.json", {"provenance": where} | PARTS[name]())
        except Exception:  # the other parts are worth having
            failed.append(name)
            traceback.print_exc()
        rest = names[names.index(name) + 1 :]
        if GPU and not usable() and rest:
            print("the GPU's context is broken; the rest in a new process", flush=True)
            only = [word for each in rest for word in ("--only", each)]
            small = ["--small"] if SMALL else []
            os.execv(sys.executable, [sys.executable, __file__, "--output", str(options.output),
                                      *small, *only])  # fmt: skip
    print(f"{time.monotonic() - begin:6.1f} s in all" + (f"; failed: {failed}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
