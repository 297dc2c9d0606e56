"""The parts of lecture 6: kernels equal PyTorch, PTX is read rightly, no record is made up."""

import ctypes
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture_tracer.authoring.benchmarks import read_records
from lectures.lecture_06 import import_records, listings, on_chip, results
from lectures.lecture_06.cuda_gelu import SOURCE, compile_library, cuda_gelu
from lectures.lecture_06.gelu_thread import gelu_thread
from lectures.lecture_06.kernels import (
    DEVICE,
    attend_kernel,
    attention_reference,
    flash_attention,
    gelu,
    gelu_kernel,
    launch_order,
    matmul,
    matmul_kernel,
    naive_gelu,
    naive_softmax,
    row_sum,
    row_sum_kernel,
    softmax,
    softmax_kernel,
)
from lectures.lecture_06.profiles import profiled_operators, recorded_pass
from lectures.lecture_06.queueing import Device, timeline
from lectures.lecture_06.tools.measure import paired
from lectures.lecture_06.torch_language import (
    OutOfBoundsError,
    Pointer,
    all_programs,
    one_program,
)
from lectures.lecture_06.traffic import cache_misses, ledger, moved, tiles_loaded, waves

KERNELS_RUN = DEVICE == "cuda" or type(matmul_kernel).__name__ == "InterpretedFunction"

# The CUDA source as C++: one thread after the other.
THREADS_ON_A_CPU = """
#include <cmath>
struct Index { unsigned x; };
static Index blockIdx, blockDim, threadIdx;
#define __global__
#include "gelu.cu"
extern "C" void run_all(const float* x, float* y, long n, unsigned blocks, unsigned threads) {
    blockDim.x = threads;
    for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++)
        for (threadIdx.x = 0; threadIdx.x < threads; threadIdx.x++) gelu_kernel(x, y, n);
}
"""


needs_kernels = pytest.mark.skipif(
    not KERNELS_RUN,
    reason="no GPU, and another module imported the kernels without TRITON_INTERPRET=1",
)


@pytest.mark.skipif(shutil.which("g++") is None, reason="no g++")
def test_the_cuda_source_computes_gelu_thread_by_thread(tmp_path: Path) -> None:
    program, library = tmp_path / "threads.cpp", tmp_path / "threads.so"
    program.write_text(THREADS_ON_A_CPU, encoding="utf-8")
    flags = ["-shared", "-fPIC", "-O1", f"-I{SOURCE.parent}"]
    subprocess.run(["g++", *flags, "-o", str(library), str(program)], check=True)
    run_all = ctypes.CDLL(str(library)).run_all
    run_all.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long, *[ctypes.c_uint] * 2]
    x, y = torch.linspace(-6, 6, 1000), torch.full((1024,), 7.0)
    run_all(x.data_ptr(), y.data_ptr(), 1000, 4, 256)
    assert torch.allclose(y[:1000], F.gelu(x, approximate="tanh"), atol=1e-6)
    assert (y[1000:] == 7).all(), "the guard keeps the last 24 threads from writing"
    shadow = torch.full((1000,), 7.0)
    for thread in range(1024):
        gelu_thread(x, shadow, 1000, thread // 256, 256, thread % 256)
    assert torch.allclose(shadow, y[:1000], atol=1e-6), "gelu_thread.py says what gelu.cu says"


@pytest.mark.skipif(shutil.which("nvcc") is None, reason="no nvcc")
@pytest.mark.slow
def test_nvcc_compiles_the_cuda_source(tmp_path: Path) -> None:
    assert compile_library(tmp_path, "sm_90").stat().st_size > 1000


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_cuda_kernel_on_a_gpu() -> None:
    x = torch.randn(10_001, device="cuda")
    assert torch.allclose(cuda_gelu(x), F.gelu(x, approximate="tanh"), atol=1e-6)


def test_the_cuda_kernel_refuses_what_it_cannot_read() -> None:
    with pytest.raises(ValueError, match=r"contiguous float32 on a GPU, not torch\.float32, cpu"):
        cuda_gelu(torch.randn(3))


@needs_kernels
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")  # exp, where tanh is 1
@settings(max_examples=8, deadline=None)
@given(shape=st.tuples(*[st.integers(1, 40)] * 3), group=st.integers(1, 4), activated=st.booleans())
def test_the_triton_product(shape: tuple[int, int, int], group: int, activated: bool) -> None:
    rows, inner, columns = shape
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(rows, inner, generator=generator).to(DEVICE)
    b = torch.randn(inner, columns, generator=generator).to(DEVICE)
    exact = torch.relu(a @ b) if activated else a @ b
    c = matmul(a, b, group=group, relu=activated, tile=16)
    assert torch.allclose(c, exact, atol=1e-4)


def test_the_triton_product_names_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(2, 3\) do not fit"):
        matmul(torch.ones(2, 3), torch.ones(2, 3))
    with pytest.raises(ValueError, match="rows must be contiguous"):
        matmul(torch.ones(2, 3), torch.ones(2, 3).T)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 13))
def test_every_launch_order_visits_every_tile_once(rows: int, columns: int, group: int) -> None:
    order = launch_order(rows, columns, group)
    assert sorted(order) == [(r, c) for r in range(rows) for c in range(columns)]


def test_row_major_is_the_order_of_groups_of_one() -> None:
    assert launch_order(2, 3, 1) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert launch_order(3, 2, 2)[:4] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_tiles_and_a_cache_that_holds_all_of_them() -> None:
    assert tiles_loaded([(0, 0), (0, 1)], inner=5) == 5 * (1 + 2)
    order = launch_order(4, 4, 2)
    assert cache_misses(order, inner=4, capacity=1000) == 2 * 16  # each tile once
    assert cache_misses(order, inner=4, capacity=1) == 2 * 16 * 4  # nothing is ever reused


def test_the_ledger_counts_reads_and_writes_in_bytes() -> None:
    operations = ledger(lambda x: (x + x).sum(), (10,), torch.float32)
    assert [(o.name, o.read, o.written) for o in operations] == [("add", 80, 40), ("sum", 40, 4)]
    assert moved(ledger(naive_gelu, (100,), torch.float32)) == 22 * 400
    assert moved(ledger(lambda x: x.view(5, 2).t(), (10,), torch.float32)) >= 0


def test_waves_of_blocks() -> None:
    assert waves(132) == (1, 1.0)
    assert waves(133)[0] == 2
    assert waves(1, sms=4) == (1, 0.25)


def test_a_timeline_in_which_the_result_is_read_is_longer() -> None:
    ahead = timeline(3, launch=1, run=5, read_back=False)
    reading = timeline(3, launch=1, run=5, read_back=True)
    assert (ahead[-1].end, reading[-1].end) == (16, 18)
    starved = timeline(3, launch=5, run=1, read_back=False)
    assert starved[-1].end == 16  # the launches decide


def test_a_device_returns_before_the_work_is_done() -> None:
    done: list[int] = []
    device = Device()
    device.synchronize()  # nothing queued: nothing to wait for
    for number in range(50):
        device.launch(lambda number=number: done.append(number))  # type: ignore[misc]
    device.synchronize()
    assert done == list(range(50))


def test_the_profiler_counts_operators() -> None:
    x = torch.ones(3, 3)
    assert profiled_operators(lambda: x + x + x) == {"aten::add": 2}
    assert profiled_operators(lambda: x.T) == {}


def test_ptx_is_read_line_by_line() -> None:
    listing = "\t.reg .b32 %r<9>;\n\t@%p1 ld.global.v4.b32 { %r1 }, [ %rd1 + 0 ];\n\tret;\n}\n"
    assert listings.instructions(listing) == ["ld.global.v4.b32", "ret"]
    assert listings.roles(listing) == {"global load": 1, "moves and tests": 1}
    assert listings.role("bar.sync") == "between threads"
    assert listings.excerpt(listing, ["ret"]) == "   3  ret;"


@needs_kernels
@settings(max_examples=10, deadline=None)
@given(rows=st.integers(1, 9), columns=st.integers(1, 40), block=st.sampled_from([4, 16, 32]))
def test_a_walk_in_pytorch_gives_what_triton_gives(rows: int, columns: int, block: int) -> None:
    x = torch.randn(rows, columns, generator=torch.Generator().manual_seed(rows * columns))
    at_x, y = Pointer(x, "x"), Pointer(torch.full_like(x, 7.0), "y")
    all_programs(gelu_kernel, -(-x.numel() // block), at_x, y, x.numel(), BLOCK=block)
    assert torch.allclose(y.tensor, gelu(x.to(DEVICE)).cpu(), atol=1e-6)
    assert (at_x.read, y.written) == (x.numel(), x.numel()), "every element once"
    sums = Pointer(torch.zeros(rows), "sums")
    all_programs(row_sum_kernel, rows, Pointer(x), sums, columns, BLOCK=block)
    assert torch.allclose(sums.tensor, row_sum(x.to(DEVICE), block).cpu(), atol=1e-5)
    wide = 1 << (columns - 1).bit_length()
    all_programs(softmax_kernel, -(-rows // 4), Pointer(x), y, rows, columns, BLOCK=wide, ROWS=4)
    assert torch.allclose(y.tensor, softmax(x.to(DEVICE)).cpu(), atol=1e-6)


@needs_kernels
def test_a_walk_through_the_product_and_through_attention() -> None:
    a, b, c = torch.randn(8, 12), torch.randn(12, 16), torch.zeros(8, 16)
    pointers = [Pointer(each) for each in (a, b, c)]
    tile = {"TILE_M": 4, "TILE_N": 4, "TILE_K": 4, "GROUP": 2, "RELU": True}
    all_programs(matmul_kernel, 8, *pointers, 8, 16, 12, 12, 16, 16, **tile)
    ours = matmul(a.to(DEVICE), b.to(DEVICE), tile=16, relu=True).cpu()
    assert torch.allclose(c, ours, atol=1e-5)
    assert pointers[0].read + pointers[1].read == 2 * 8 * 16 * 12 // 4
    q, k, v = torch.randn(4, 8), torch.randn(6, 8), torch.randn(6, 8)
    state = torch.zeros(4, 8), torch.zeros(4), torch.full((4,), -torch.inf)
    acc, total, _ = one_program(attend_kernel)(
        *state, q, Pointer(k), Pointer(v), torch.arange(4), torch.arange(8), 0, 6, 6, 8,
        1.4426950408889634, 8, 1, 8, 1,
        MASKED=True, CAUSAL=True, PAD_D=False, PRECISION="ieee", BLOCK_N=2,
    )  # fmt: skip
    expected = attention_reference(q[None, None], k[None, None], v[None, None], True, scale=1.0)
    assert torch.allclose(acc / total[:, None], expected[0, 0], atol=1e-5)


@needs_kernels
def test_the_whole_attention_kernel_equals_the_definition() -> None:
    q, k, v = (torch.randn(1, 2, 40, 16, device=DEVICE) for _ in range(3))
    q.requires_grad_()
    ours, exact = flash_attention(q, k, v, True), attention_reference(q, k, v, True)
    assert torch.allclose(ours, exact, atol=1e-4)
    d_ours, d_exact = (torch.autograd.grad(each.sum(), q)[0] for each in (ours, exact))
    assert torch.allclose(d_ours, d_exact, atol=1e-4)


def test_an_unmasked_lane_outside_its_tensor_is_refused() -> None:
    x, sums = Pointer(torch.ones(2, 3), "x"), Pointer(torch.zeros(1), "sums")
    with pytest.raises(OutOfBoundsError, match="sums: element 1 of 1"):
        all_programs(row_sum_kernel, 2, x, sums, 3, BLOCK=4)
    with pytest.raises(TypeError, match="is no Triton kernel"):
        one_program(print)


def test_the_row_sum_names_what_it_cannot_take() -> None:
    with pytest.raises(ValueError, match=r"contiguous matrix, not shape \(3, 2\)"):
        row_sum(torch.ones(2, 3).T)
    with pytest.raises(ValueError, match="block 12 is no power of two"):
        row_sum(torch.ones(2, 3), block=12)


def test_how_many_blocks_fit_on_a_multiprocessor() -> None:
    assert on_chip.blocks_per_sm(160, 128, 0) == {"registers": 3, "warps": 16, "blocks": 32}
    ours = on_chip.blocks_per_sm(122, 256, 96 * 1024)
    assert min(ours.values()) == ours["registers"] == ours["shared memory"] == 2
    used = listings.used("triton_matmul")
    assert on_chip.blocks_per_sm(used["registers"], 256, used["shared_bytes"]) == ours


@given(st.integers(0, 31))
def test_a_swizzled_tile_has_no_conflicts_by_row_or_by_column(line: int) -> None:
    column = [on_chip.swizzled(row, line) for row in range(32)]
    row = [on_chip.swizzled(line, column) for column in range(32)]
    assert on_chip.passes(column) == on_chip.passes(row) == 1
    assert sorted(row) == [on_chip.plain(line, c) for c in range(32)], "the words of the row"
    assert on_chip.passes([on_chip.plain(r, line) for r in range(32)]) == 32
    assert on_chip.passes([7] * 32) == 1, "one word for all is a broadcast"


def test_a_warp_touches_a_line_for_every_128_bytes() -> None:
    assert on_chip.lines_touched(range(0, 128, 4)) == 1
    assert on_chip.lines_touched(range(64, 192, 4)) == 2, "not aligned"


def test_the_listings_are_of_what_is_timed() -> None:
    # Not above: it takes the kernels as they are, and kernels.py must define them first.
    from lectures.lecture_06.compile_kernels import timed_parameters

    for name, parameters in timed_parameters().items():
        assert listings.parameters(name) == parameters
    assert listings.parameters("triton_gelu") == {"dtype": "float32", "BLOCK": 4096, "num_warps": 8}
    assert listings.parameters("triton_matmul")["RELU"] is False
    timed = {
        record.provenance.versions["triton"]
        for slug in ("gelu-of-16384-16384-float32", "product-of-8192-8192-bfloat16")
        for record in read_records(import_records.FOLDER / f"{slug}.json").values()
    }
    for name in ("triton_gelu", "triton_softmax", "triton_matmul"):
        assert {listings.compiled_by(name).split(",")[0].removeprefix("triton ")} == timed


def test_a_timeline_pairs_launches_with_their_kernels(tmp_path: Path) -> None:
    def event(category: str, name: str, begin: float, correlation: int) -> dict[str, Any]:
        known: dict[str, Any] = {"cat": category, "name": name, "ts": begin, "dur": 2.0}
        return known | {"args": {"correlation": correlation}}

    events: list[dict[str, Any]] = [
        event("cuda_runtime", "cudaLaunchKernel", 10.0, 1),
        event("cuda_runtime", "cudaMemcpyAsync", 11.0, 2),
        event("kernel", "gelu", 15.0, 1),
        event("kernel", "launched before the profile", 9.0, 9),
        {"name": "no category"},
    ]
    intervals = paired(events)
    assert [(i["lane"], i["start"], i["end"]) for i in intervals] == [
        ("CPU: launch", 0.0, 2.0),
        ("GPU: run", 5.0, 7.0),
    ]
    path = tmp_path / "timeline.json"
    kept = {"enqueue_ms": 1.0, "pass_ms": 2.0, "intervals": intervals}
    path.write_text(json.dumps(kept), encoding="utf-8")
    assert [i.what for i in recorded_pass(path).stretch(0, 1)] == ["gelu", "gelu"]


def test_without_a_gpu_nothing_is_measured(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    script = Path(import_records.__file__).with_name("tools") / "measure.py"
    command = [sys.executable, str(script), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr == "measure.py: this machine has no GPU that torch can use\n"


def test_both_dtypes_are_compared_like_with_like() -> None:
    rows = {row[0]: row[1:] for row in results.both_dtypes("softmax")}
    assert rows["Triton"][:2] == [0.182, 98]
    assert rows["compiled"][0] > rows["Triton"][0], "bfloat16: ours is ahead"
    assert rows["compiled"][2:] == [0.711, 100]
    assert rows["Triton"][2] == 0.718, "float32: the compiler is ahead"
    assert {row[0]: row[1] for row in results.both_dtypes("gelu")}["CUDA"] is None


@pytest.mark.parametrize("name", ["cuda_gelu", "triton_gelu", "triton_softmax", "triton_matmul"])
def test_every_listing_has_an_origin_and_only_known_roles(name: str) -> None:
    listing = listings.read(name)
    assert "sm_90" in listings.compiled_by(name)
    assert "other" not in listings.roles(listing)
    assert ".loc" not in listing
    assert listings.without_debug_lines(listing) == listing


def test_the_imported_records_are_what_assignment_2_measured() -> None:
    for name, (source, contexts) in import_records.SOURCES.items():
        slug = name.lower().replace(", ", "-").replace(" ", "-")
        records = [*read_records(import_records.FOLDER / f"{slug}.json").values()]
        assert [r.row for r in records] == import_records.rows(source, contexts)
        assert all(r.provenance == import_records.provenance(source) for r in records)
    samples, warmup = results.forward_samples("model_compiled", "small", 512)
    warm = import_records.rows("model_compiled", [512])[1]
    assert warm.median == pytest.approx(statistics.median(samples[warmup:]) / 1e3, rel=1e-4)
    assert warm.repeats == len(samples) - warmup


def test_results_that_are_not_there() -> None:
    with pytest.raises(ValueError, match=r"model_bf16\.json: no bfloat16 record of huge"):
        results.forward_samples("model_bf16", "huge", 1)


def test_the_compiled_gelu_on_record_was_equal() -> None:
    path = Path(import_records.__file__).with_name("compiled_gelu.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["largest_difference"] < 1e-6
    assert "torch.compile" not in record["kernel"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile on a CPU needs g++")
def test_the_compiled_functions_equal_the_plain_ones() -> None:
    x = torch.randn(4, 100)
    for plain in (naive_gelu, naive_softmax):
        assert torch.allclose(torch.compile(plain)(x), plain(x), atol=1e-6)
