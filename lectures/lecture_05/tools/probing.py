"""What the kernels of probes.cu find: strides, banks, distances, branches, waves, residency."""

import ctypes
import functools
import statistics

import torch

from lectures.lecture_05.probes import SOURCE, Module, compile_ptx
from lectures.lecture_05.tools.timing import DEVICE, clock, short
from lectures.shared.measuring import Record, row

Long = ctypes.c_longlong


def module(limit: int | None = None) -> Module:
    """The kernels of probes.cu, with at most `limit` registers a thread."""
    return Module(_ptx(), limit)


@functools.cache
def _ptx() -> bytes:
    return compile_ptx(SOURCE.read_text(encoding="utf-8"))


def strides(small: bool) -> Record:
    """Seconds to read each of 2^27 floats once, neighbouring threads `stride` floats apart."""
    kernel, log_n = module()["read_strided"], 20 if small else 27
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


def banks(small: bool) -> Record:
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


def latency(small: bool) -> Record:
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


def divergence(small: bool) -> Record:
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


def waves(small: bool) -> Record:
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


def occupancy(small: bool) -> Record:
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


def residency(small: bool) -> Record:
    """GB/s of a plain read with 2 to 64 warps on an SM, 4 or 16 bytes under way for each thread."""
    both = {4: module()["read_narrow"], 16: module()["read_wide"]}
    count = 2**20 if small else 2**28
    x, sums = torch.ones(count, device=DEVICE), torch.empty(132 * 2048, device=DEVICE)
    rows = []
    for width, kernel in both.items():
        for warps in (1, 2, 4, 8, 16, 32, 64):
            threads, blocks = (32 * warps, 132) if warps <= 32 else (1024, 264)
            n = Long(count * 4 // width)
            seconds = clock(lambda: kernel.launch(blocks, threads, [x, sums, n]), 8)  # noqa: B023
            rows.append([width, warps, short(4e-9 * count / statistics.median(seconds))])
    return {"columns": ["bytes a request", "warps an SM", "GB/s"], "rows": rows}


def roofline(small: bool) -> Record:
    """GB/s and TFLOP/s of one kernel whose operations for each byte are turned up step by step."""
    kernel, count = module()["multiply_add"], 2**20 if small else 2**27
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


def fusion(small: bool) -> Record:
    """sin² + cos² in five kernels and in one; three sigmoids stored and recomputed."""
    kernels, count = module(), 2**20 if small else 2**28
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
