"""The parts of lecture 6: kernels equal PyTorch, PTX is read rightly, no record is made up."""

import ctypes
import json
import shutil
import statistics
import subprocess
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture_tracer.authoring.benchmarks import read_records
from lectures.lecture_06 import import_records, listings, results
from lectures.lecture_06.cuda_gelu import SOURCE, compile_library, cuda_gelu
from lectures.lecture_06.kernels import DEVICE, launch_order, matmul, naive_gelu, naive_softmax
from lectures.lecture_06.matmul import matmul_kernel
from lectures.lecture_06.profiles import profiled_operators
from lectures.lecture_06.queueing import Device, timeline
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


@pytest.mark.skipif(
    not KERNELS_RUN,
    reason="no GPU, and another module imported the kernels without TRITON_INTERPRET=1",
)
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")  # exp, where tanh is 1
@settings(max_examples=8, deadline=None)
@given(shape=st.tuples(*[st.integers(1, 40)] * 3), group=st.integers(1, 4), activated=st.booleans())
def test_the_triton_product(shape: tuple[int, int, int], group: int, activated: bool) -> None:
    rows, inner, columns = shape
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(rows, inner, generator=generator).to(DEVICE)
    b = torch.randn(inner, columns, generator=generator).to(DEVICE)
    exact = F.gelu(a @ b, approximate="tanh") if activated else a @ b
    c = matmul(a, b, group=group, gelu=activated, tile=16)
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
