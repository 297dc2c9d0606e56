"""What PyTorch's library does on this GPU: ceilings, every size, formats, contents."""

import functools
import json
import statistics
import time
from pathlib import Path

import torch

from lectures.lecture_05.tools.timing import DEVICE, GPU, Work, back_to_back, clock, short, smi
from lectures.shared.measuring import Record, row


def product(n: int, kind: str) -> Work:
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


def ceilings(small: bool) -> Record:
    """Copy and read bandwidth, and the best rate of a large product in each format."""
    rows, n = [], 2**12 if small else 2**30
    for label, size in {"copy": n, "copy within L2": min(n, 2**23)}.items():
        x = torch.ones(size // 4, device=DEVICE)
        y = torch.empty_like(x)
        rows.append(row(label, clock(lambda: y.copy_(x)), moved=2 * size))  # noqa: B023
        if label == "copy within L2":
            seconds = [back_to_back(lambda: y.copy_(x), 50) for _ in range(10)]  # noqa: B023
            rows.append(row("copy within L2, queued", seconds, moved=2 * size))
    for kind in ("bfloat16", "float16", "tf32", "float32", "fp8"):
        for size in (128,) if small else (8192, 4096):
            if kind == "fp8" and not GPU:
                continue
            try:
                work = product(size, kind)
                rows.append(row(f"{kind}, n = {size}", clock(work), flops=2 * size**3))
            except RuntimeError as error:
                rows.append({"label": f"{kind}, n = {size}", "error": str(error)[:200]})
    return {"rows": rows, "limits": smi("name,clocks.max.sm,power.limit,clocks.max.mem")}


def sawtooth(small: bool) -> Record:
    """TFLOP/s of a bfloat16 product for every n of a range, visited upwards and then downwards."""
    sizes = list(range(64, 128, 16)) if small else list(range(1024, 3073))
    visits: dict[int, list[float]] = {n: [] for n in sizes}
    began, budget = time.monotonic(), 55.0
    for order in (sizes, sizes[::-1]):
        for n in order:
            if time.monotonic() - began > budget:
                break
            work = product_of_noise(n)
            visits[n].append(back_to_back(work, 12))
    rates = [[short(2 * n**3 / s / 1e12) for s in visits[n]] for n in sizes]
    return {"sizes": [sizes[0], sizes[-1], sizes[1] - sizes[0]], "tflops": rates}


@functools.cache
def noise() -> torch.Tensor:
    """Three matrices' worth of normal noise in bfloat16, for sizes up to 3200."""
    size = 3200 if GPU else 128
    torch.manual_seed(0)
    return torch.randn(3, size * size, device=DEVICE, dtype=torch.bfloat16)


def product_of_noise(n: int) -> Work:
    """A bfloat16 product of contiguous n × n matrices cut from one buffer of normal noise."""
    a, b, out = (part[: n * n].view(n, n) for part in noise())
    return lambda: torch.mm(a, b, out=out)


def padded_rows(small: bool) -> Record:
    """TFLOP/s of the same products where only the rows begin at multiples of 16 bytes."""
    sizes = list(range(1536, 2049)) if not small else [65, 72]
    rates = []
    for n in sizes:
        width = -(-n // 8) * 8
        a, b, out = (part[: n * width].view(n, width)[:, :n] for part in noise())
        seconds = [back_to_back(lambda: torch.mm(a, b, out=out), 12) for _ in range(2)]  # noqa: B023
        rates.append([short(2 * n**3 / s / 1e12) for s in seconds])
    return {"sizes": [sizes[0], sizes[-1], sizes[1] - sizes[0]], "tflops": rates}


def vocabulary(small: bool) -> Record:
    """The head of GPT-2 small on 8192 tokens, for vocabularies of several lengths, in bfloat16."""
    tokens, width = (64, 32) if small else (8192, 768)
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


def chosen_kernels(small: bool) -> Record:
    """Kernel and grid that the library chose for each n of the saw-tooth: a profile, not a time."""
    sizes = list(range(1024, 3073)) if not small else [64, 80]
    works = {n: product_of_noise(n) for n in sizes}
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


def fixed_tile(small: bool) -> Record:
    """Seconds of our product, whose tile is always 128 × 128, and of the library beside it."""
    from lectures.lecture_05.fixed_tile import TILE, fixed_tile_product

    rows = []
    used: list[int] = []
    for tiles in [2] if small else range(4, 41):
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


def skinny(small: bool) -> Record:
    """TFLOP/s of m × 8192 by 8192 × 8192 in bfloat16: from decoding to prefill."""
    n = 256 if small else 8192
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


def numbers_and_clock(small: bool) -> Record:
    """Rate, SM clock and power of one bfloat16 product, by what the matrices hold."""
    n = 256 if small else 8192
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
        calls = 10 if small else 1500
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


def errors(small: bool) -> Record:
    """Relative error of a product of 2048 × 2048 by format, against float64."""
    n = 128 if small else 2048
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
