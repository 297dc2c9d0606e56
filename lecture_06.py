"""Lecture 6: benchmarks, profiles and kernels in CUDA, Triton and by a compiler.

Title: Kernels: measure, then write
Unit: systems
Minutes: 70
Prerequisites: lecture_02
Assignments: assignment2-systems
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call, union-attr, arg-type"

import json
import math
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import TypeVar

import torch
import torch.nn.functional as F
from cs336_systems.model_sizes import MODEL_SIZES

from lecture_tracer import benchmark, code, image, link, note, plot, table, text
from lectures.lecture_06 import (
    figures,
    gpu_variants,
    import_records,
    listings,
    results,
    tile_figures,
)
from lectures.lecture_06.compile_gelu import PATH as COMPILED_GELU
from lectures.lecture_06.cuda_gelu import SOURCE as CUDA_SOURCE
from lectures.lecture_06.cuda_gelu import cuda_gelu
from lectures.lecture_06.gpu import benchmark_on_gpu
from lectures.lecture_06.kernels import (
    DEVICE,
    attention_reference,
    flash_attention,
    gelu,
    launch_order,
    matmul,
    naive_gelu,
    naive_softmax,
    softmax,
)
from lectures.lecture_06.matmul import matmul_kernel
from lectures.lecture_06.networks import MLP, training_steps, transformer_forward
from lectures.lecture_06.profiles import profiled_operators
from lectures.lecture_06.queueing import Device, timeline
from lectures.lecture_06.traffic import cache_misses, ledger, moved, tiles_loaded, waves
from lectures.lecture_06.works import WORKS

COPY = results.copy_gbps() * 1e9
SHAPE = (32768, 4096)

T = TypeVar("T")


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    device()
    benchmarking()
    matmul_scaling()
    mlp_scaling()
    profiling()
    timeline_of_two_machines()
    fusion()
    cuda_kernel()
    triton_kernel()
    reading_ptx()
    compiler()
    five_ways()
    row_wise()
    matmul_by_tiles()
    roofline()
    attention()
    summary()


def welcome() -> None:
    text(r"""
        # Kernels: measure, then write
        **Lecture 6: benchmarks, profiles, CUDA, Triton, compilers**

        A *kernel* is a function that runs on the GPU. Today you write one function in five ways,
        and explain the time of each by what it moves through memory.

        1. **Benchmark**: how long does it take?
        2. **Profile**: where does the time go?
        3. **Read the assembly**: what does the machine really do?

        Only then optimize.
    """)
    text(r"""
        Where do the numbers come from? Everything that a line computes is computed when the lecture
        runs. Times are *recorded*: each shows the device, the date and the command. Those of an
        H100 come from the benchmarks of assignment 2. On a machine without a GPU, Triton kernels
        run in an interpreter, which proves what they compute and says nothing about speed.
    """)
    link(WORKS["brrr"]), link(WORKS["gpu background"])
    note(r"""
        About 70 minutes. Half of the audience will want to skip measuring: the section on wrong
        clocks is for them.
    """)


def device() -> None:
    text(r"""
        # The machine in one minute
        An H100 has 132 streaming multiprocessors (SM). Each has registers and up to 228 KB of
        shared memory; all share 50 MB of L2 cache and 80 GB of device memory at 3.35 TB/s.
    """)
    link(WORKS["hopper"]), link(WORKS["h100"])
    text(r"""
        - A **thread** computes a few elements.
        - A **thread block** is a group of threads on *one* SM: they share memory and can wait for
          each other.
        - A **grid** is all blocks of a launch. Blocks know nothing of each other.

        Blocks are handed to the SMs in *waves*. If each SM takes one block at a time, how busy is
        the machine?
    """)
    sms = 132  # @inspect sms
    efficiency = {}
    for blocks in [66, 132, 133, 264, 529, 1057]:  # @inspect blocks
        count, busy = waves(blocks, sms)  # @inspect count busy
        efficiency[blocks] = round(busy, 3)
    assert efficiency[132] == 1
    assert efficiency[133] == 0.504  # one block too many: the second wave has a single block
    assert efficiency[529] == 0.802
    plot(figures.wave_lanes(blocks=9, lanes=4))  # @clear blocks count busy
    plot(
        figures.wave_efficiency(
            {n: waves(n)[1] for n in range(12, 1057, 12)} | {133: waves(133)[1]}
        )
    )
    text(r"""
        One block too many halves the machine. Make the number of blocks a multiple of the number of
        SMs, or so large that the last wave does not matter.
    """)
    text(r"""
        And the rule of the roofline: an H100 can do about 295 operations in bfloat16 for each byte
        that it reads. A large matrix product has enough of them. **Almost everything else waits for
        memory.**
    """)
    ridge = round(989.5e12 / 3.35e12, 1)  # @inspect ridge
    assert round(ridge) == 295
    link(WORKS["roofline"])
    note(r"""
        Waves: real SMs hold several blocks at a time; the argument is the same with 132 times that
        number.
    """)


def benchmarking() -> None:
    text(r"""
        # Benchmarking, right and wrong
        A benchmark compares implementations and shows how time grows. First test the instrument on
        something whose answer you know: sleeping for 50 milliseconds.
    """)
    slept = benchmark(
        "Sleep of 50 ms", lambda: time.sleep(0.05), label="time.sleep(0.05)", repeats=10
    )
    milliseconds = round(1e3 * slept.median, 2)  # @inspect milliseconds
    assert 50 <= milliseconds < 55
    text(r"""
        The function `benchmark` does what a careful measurement does: some calls that do not count,
        then many that do, and the median with its quartiles.
    """)
    link(benchmark), link(WORKS["benchmark"])
    no_warm_up()
    no_synchronisation()
    note(r"""
        Ask for three reasons why a first call is slow: compilation, loading of libraries, memory
        that the allocator does not have yet.
    """)


def no_warm_up() -> None:
    text(r"""
        ## Mistake 1: no warm-up
        The forward pass of a Transformer with 129 million parameters on an H100. The first call of
        a process, and the calls after three of them:
    """)
    forward = transformer_forward(128, compiled=False)
    cold = benchmark(
        import_records.EAGER,
        _made(forward),
        label="first call",
        device="cuda",
        warmup=0,
        repeats=1,
        parameters={"context": 128},
    )  # @stepover
    warm = benchmark(
        import_records.EAGER,
        _made(forward),
        label="warm",
        device="cuda",
        parameters={"context": 128},
    )  # @stepover
    ratio = round(cold.median / warm.median, 1)  # @inspect ratio
    assert ratio > 10
    text("Compiled, the first call also holds the compiler:")
    forward = transformer_forward(512, compiled=True)
    cold = benchmark(
        import_records.COMPILED,
        _made(forward),
        label="first call",
        device="cuda",
        warmup=0,
        repeats=1,
        parameters={"context": 512},
    )  # @stepover
    warm = benchmark(
        import_records.COMPILED,
        _made(forward),
        label="warm",
        device="cuda",
        parameters={"context": 512},
    )  # @stepover
    ratio = round(cold.median / warm.median)  # @inspect ratio
    assert ratio > 500
    mean_of_ten = round((cold.median + 9 * warm.median) / 10, 3)  # @inspect mean_of_ten
    wrong_by = round(mean_of_ten / warm.median, 1)  # @inspect wrong_by
    assert 90 < wrong_by < 105
    text(r"""
        The mean of ten calls, with the first among them, would be wrong by a factor of a hundred.
        The same happens on a CPU, with a function of two lines:
    """)
    x = torch.randn(2**18)
    compiled = _made(lambda: torch.compile(lambda: naive_gelu(x)))  # @stepover
    first = benchmark(
        "A compiled function on a CPU", compiled, label="first call", warmup=0, repeats=1
    )
    later = benchmark("A compiled function on a CPU", compiled, label="warm", repeats=200)
    ratio = round(first.median / later.median)  # @inspect ratio
    assert ratio > 100


def _made(make: Callable[[], Callable[[], T]]) -> Callable[[], T]:
    """What `make` gives, made when it is first called: where a record is shown, never."""
    kept: list[Callable[[], T]] = []

    def work() -> T:
        if not kept:
            kept.append(make())
        return kept[0]()

    return work


def no_synchronisation() -> None:
    text(r"""
        ## Mistake 2: no synchronisation
        A GPU takes work into a queue, and the call returns at once. Stop the clock then, and you
        have timed a note on a pile. Any device with a queue does this. Here is one on a CPU, a
        thread that works by itself:
    """)
    link(Device)
    worker = Device()
    a = torch.randn(256, 256)

    def not_waiting() -> None:
        worker.launch(lambda: a @ a)

    def waiting() -> None:
        worker.launch(lambda: a @ a)
        worker.synchronize()

    wrong = benchmark("A product in a queue", not_waiting, label="clock stopped at once")
    worker.synchronize()
    right = benchmark("A product in a queue", waiting, label="clock stopped after waiting")
    ratio = round(right.median / wrong.median, 1)  # @inspect ratio
    assert ratio > 10
    text(r"""
        The first number looks wonderful, and it does not change when the matrix grows. On a GPU,
        call `torch.cuda.synchronize()` before you start the clock and before you stop it, or let
        the GPU keep the time with events, as `benchmark(..., device="cuda")` does.
    """)
    clocks = benchmark_on_gpu(
        "Wall clock around a GPU product", gpu_variants.clock_variants(4096), device="cpu"
    )
    wrong_by = round(clocks["waiting"].median / clocks["not waiting"].median)  # @inspect wrong_by
    assert wrong_by > 100
    text(r"""
        A product of 4096 × 4096 on an H100, by the clock of the host: stopped at once it claims 14
        microseconds, which is the price of the call.
    """)


def matmul_scaling() -> None:
    text(r"""
        # How a matrix product scales
        $n \times n$ times $n \times n$ takes $2n^3$ operations. Does the time grow by 8 when $n$
        doubles?
    """)
    rows = []
    for n in [16, 32, 64, 128, 256]:  # @inspect n
        a, b = torch.randn(n, n), torch.randn(n, n)
        row = benchmark(
            "Square product, float32, CPU",
            partial(torch.matmul, a, b),
            label=f"{n}",
            repeats=200,
            flops=2 * n**3,
            parameters={"n": n},
        )
        rows.append(row)
        tflops = row.tflops  # @inspect tflops
    growth = [
        round(later.median / earlier.median, 1) for earlier, later in pairwise(rows)
    ]  # @inspect growth @clear n tflops
    plot(figures.matmul_scaling(rows))
    assert growth[0] < 4 < growth[-1]  # small products: the call itself costs
    text(r"""
        For small matrices the time is the price of a *call*: it hardly depends on $n$. For large
        ones it follows $n^3$. Never conclude from one size. On a GPU the first regime reaches much
        further, because a small product fills few of the 132 multiprocessors.
    """)
    peaks = {"float32": 67e12, "TF32": 495e12, "bfloat16": 989.5e12}
    bounds = {
        name: round(1e3 * 2 * 16384**3 / peak, 1) for name, peak in peaks.items()
    }  # @inspect bounds
    assert bounds == {"float32": 131.3, "TF32": 17.8, "bfloat16": 8.9}
    text(r"""
        The same product of size 16384 has three different lower bounds on an H100, in milliseconds,
        depending on a precision that the code may not even mention. State it with the result.
    """)
    products = benchmark_on_gpu(
        "Square product, float32, GPU", gpu_variants.library_products([1024, 4096, 16384])
    )
    milliseconds = {
        label: round(1e3 * row.median, 2) for label, row in products.items()
    }  # @inspect milliseconds
    share = {
        label: round(2 * n**3 / products[label].median / peaks["float32"], 2)
        for label, n in (("n = 1024", 1024), ("n = 4096", 4096), ("n = 16384", 16384))
    }  # @inspect share
    assert bounds["TF32"] < bounds["float32"] < milliseconds["n = 16384"]
    assert share["n = 1024"] < 0.6 < share["n = 4096"] < share["n = 16384"] < 0.85
    text(r"""
        The record answers which one it was: slower than the bound of plain float32, so no TF32 was
        used. As shares of that peak, a product of size 1024 cannot fill the machine; beyond 4096
        there is little left to gain.
    """)
    note(r"""
        The quartiles are worth a look: the CPU's record was made on a busy machine, and the median
        hardly minds.
    """)


def mlp_scaling() -> None:
    text(r"""
        # How a network scales
        Now something composed: two linear layers of width 64, each followed by GeLU; forward and
        backward, once, on a batch of 16. Multiply one quantity at a time by 2, 3 and 4.
    """)
    link(MLP)
    base = {"dim": 64, "layers": 2, "batch": 16, "steps": 1}  # @inspect base
    start = benchmark(
        "MLP, forward and backward, CPU", training_steps(**base), label="base", repeats=200
    )
    sweeps = {}
    for name in ["steps", "layers", "batch", "dim"]:  # @inspect name
        sweeps[name] = {1: 1.0}
        for factor in [2, 3, 4]:
            scaled = base | {name: base[name] * factor}
            row = benchmark(
                "MLP, forward and backward, CPU",
                training_steps(**scaled),
                label=f"{name} × {factor}",
                repeats=200,
            )
            sweeps[name][factor] = round(row.median / start.median, 2)
        ratios = sweeps[name]  # @inspect ratios
    plot(figures.scaling_sweeps(sweeps))  # @clear name ratios
    assert 2.5 < sweeps["steps"][4] < 6
    assert sweeps["batch"][4] < 1.5 < sweeps["dim"][4]
    text(r"""
        Steps and layers are repetition: proportional. Four times the batch costs a quarter more: at
        this size the price of the calls counts, not the work. The width enters the work squared, so
        its curve bends upward as soon as the work shows.

        On an H100 the price of the calls reaches much further. The Transformer above, with four
        times as many tokens:
    """)
    benchmark(
        import_records.EAGER,
        _made(transformer_forward(512, compiled=False)),
        label="warm",
        device="cuda",
        parameters={"context": 512},
    )  # @stepover
    text(r"""
        No longer at all. Something else than the arithmetic must be the limit; we shall find it
        with a profiler.
    """)
    note("Let them draw the four curves before you show them.")


def profiling() -> None:
    text(r"""
        # Profiling: where does the time go?
        A benchmark says how long. A profiler says *what was called*. PyTorch brings one; here it
        runs now, on this machine. Times would differ from run to run, so only names and counts are
        kept:
    """)
    link(WORKS["profiler"]), link(profiled_operators)
    x, y = torch.randn(256, 256), torch.randn(256, 256)
    added = profiled_operators(lambda: x + y)  # @inspect added
    multiplied = profiled_operators(lambda: x @ y)  # @inspect multiplied
    assert added == {"aten::add": 1}
    assert multiplied == {"aten::matmul": 1, "aten::mm": 1}
    text(r"""
        One operator may call others. A *composite* one is a program of its own, such as the
        distance between all pairs of rows:
    """)
    distances = profiled_operators(lambda: torch.cdist(x, y))  # @inspect distances
    assert len(distances) > 4
    assert {"aten::matmul", "aten::pow", "aten::sum", "aten::cat"} <= set(distances)
    text(r"""
        It expands $|x - y|^2 = |x|^2 - 2 x \cdot y + |y|^2$, so that a matrix product does the
        work. And GeLU, written by hand and built in:
    """)
    by_hand = profiled_operators(lambda: naive_gelu(x))  # @inspect by_hand
    built_in = profiled_operators(lambda: F.gelu(x, approximate="tanh"))  # @inspect built_in
    assert by_hand["aten::mul"] == 6
    assert built_in == {"aten::gelu": 1}
    profile_of_a_training_step()
    note(r"""
        Read the names aloud: library, architecture, type, tile. A kernel's name is half of its
        documentation.
    """)


def profile_of_a_training_step() -> None:
    parameters = MODEL_SIZES["medium"].num_parameters()  # @inspect parameters
    text(rf"""
        ## A training step on an H100
        The medium Transformer of assignment 2 ({parameters / 1e6:.0f} million parameters, 4
        sequences of 512 tokens), its forward pass in float32 and in bfloat16. The longest kernels:
    """)
    slow, fast = "profile_medium_512_fp32", "profile_medium_512_bf16"
    columns = ["kernel", "ms", "calls", "share"]
    table(results.longest(slow, "forward"), columns=columns, caption=results.recorded_on(slow))
    table(results.longest(fast, "forward"), columns=columns, caption=results.recorded_on(fast))
    text(r"""
        In float32, one kernel is two thirds of the time. Its name tells: a library kernel written
        for `sm80`, product of `f32`, tile 128 × 128 × 8. In bfloat16 the library picks
        `nvjet_sm90`, made for this GPU's tensor cores, and products fall behind everything else:
    """)
    shares = {}
    for precision, name in [("float32", slow), ("bfloat16", fast)]:  # @inspect precision
        forward = results.phases(name)["forward"]
        shares[precision] = round(
            forward["by_category_ms"]["matrix products"] / forward["total_ms"], 2
        )  # @inspect shares
    assert shares == {"float32": 0.71, "bfloat16": 0.16}
    plot(figures.category_bars({"float32": slow, "bfloat16": fast}))  # @clear precision shares
    text(r"""
        **The products became eleven times faster, and what remains is element-wise work, copies and
        casts.** That is why this lecture is about them.
    """)
    faster = (
        results.phases(slow)["forward"]["by_category_ms"]["matrix products"]
        / results.phases(fast)["forward"]["by_category_ms"]["matrix products"]
    )  # @inspect faster
    assert 11 < faster < 12


def timeline_of_two_machines() -> None:
    text(r"""
        # Two machines, one timeline
        The CPU queues kernels, the GPU runs them. As long as the CPU is ahead, its cost does not
        show. A `print(loss)` makes it wait for the result, and the lead is gone:
    """)
    ahead = timeline(steps=6, launch=10, run=30, read_back=False)
    reading = timeline(steps=6, launch=10, run=30, read_back=True)
    finished = {
        "queueing": ahead[-1].end,
        "reading each loss": reading[-1].end,
    }  # @inspect finished
    assert finished == {"queueing": 190, "reading each loss": 240}
    plot(figures.lanes({"queueing ahead": ahead, "reading each loss": reading}))
    text(r"""
        When the kernels are shorter than their launches, the GPU waits for the CPU. Is that real?
        Compare the sum of all kernels of a forward pass with the time on the clock:
    """)
    busy = {}
    for label, name, model, precision in [
        ("float32", "profile_medium_512_fp32", "model_fp32", "fp32"),
        ("bfloat16", "profile_medium_512_bf16", "model_bf16", "bf16"),
    ]:  # @inspect label
        kernels = round(results.phases(name)["forward"]["total_ms"], 1)  # @inspect kernels
        clock = round(results.forward_median(model, "medium", 512, precision), 1)  # @inspect clock
        busy[label] = (kernels, clock)
    share = {
        label: round(kernels / clock, 2) for label, (kernels, clock) in busy.items()
    }  # @inspect share @clear label kernels clock
    assert share["float32"] > 0.9
    assert share["bfloat16"] < 0.4
    plot(figures.busy_and_idle(busy))
    text(r"""
        In float32 the GPU is busy. In bfloat16 the kernels need a third of the time, and the clock
        shows **the same**: launching so many small kernels takes the CPU 60 milliseconds, and the
        GPU waits for most of them. Faster kernels would change nothing here; *fewer* kernels would.
        The ten longest kinds alone are launched
    """)
    launches = sum(
        kernel["calls"]
        for kernel in results.phases("profile_medium_512_bf16")["forward"]["longest"]
    )  # @inspect launches
    assert launches > 800
    text("times. Compiled, the same pass takes")
    compiled = round(
        results.forward_median("model_compiled", "medium", 512, "bf16"), 1
    )  # @inspect compiled
    assert compiled < busy["bfloat16"][0] < busy["bfloat16"][1]
    text(r"""
        milliseconds: less than even the sum of the original kernels. Fewer launches, and less
        memory traffic. That is **fusion**.
    """)
    note(r"""
        This is the most useful plot of the day. Ask what a faster GPU would do for the lower bar:
        nothing.
    """)


def fusion() -> None:
    text(r"""
        # Fusion: why one kernel beats nine
        Device memory is a warehouse, an SM is a workshop. Every operation fetches its material from
        the warehouse and takes the product back. Nine operations are nine trips.

        Our example is GeLU in its tanh form: $$\text{GeLU}(x) =
        \tfrac{1}{2} x \left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715 x^3)\right)\right)$$
    """)
    link("1606.08415"), link(naive_gelu)
    one = torch.tensor([1.0])
    by_tanh = F.gelu(one, approximate="tanh").item()  # @inspect by_tanh
    exact = F.gelu(one).item()  # @inspect exact
    assert (round(by_tanh, 6), round(exact, 6)) == (0.841192, 0.841345)
    x = torch.linspace(-6, 6, 2401, dtype=torch.float64)
    apart = (F.gelu(x, approximate="tanh") - F.gelu(x)).abs().max().item()  # @inspect apart
    assert 4.7e-4 < apart < 4.8e-4
    x = torch.randn(2048)
    assert torch.allclose(naive_gelu(x), F.gelu(x, approximate="tanh"), atol=1e-6)
    text(r"""
        ## Count the trips
        Run it on tensors that have a shape but no data, and write down what every operation reads
        and writes:
    """)
    link(ledger)
    plain = ledger(naive_gelu, SHAPE, torch.bfloat16)
    fused = ledger(lambda x: F.gelu(x, approximate="tanh"), SHAPE, torch.bfloat16)
    size = 2 * math.prod(SHAPE)  # @inspect size
    kernels = len(plain), len(fused)  # @inspect kernels
    tensors = moved(plain) // size, moved(fused) // size  # @inspect tensors
    assert (kernels, tensors) == ((9, 1), (22, 2))
    plot(figures.traffic_bars(plain, size, "GeLU, one PyTorch operation at a time"))
    text(r"""
        Nine kernels read 13 and write 9 tensors; one kernel reads 1 and writes 1. If memory is all
        that matters, fusion wins by 22 / 2 = 11. A copy on the H100 ran at 3.02 TB/s, which
        predicts these times in milliseconds:
    """)
    predicted = {
        "naive": round(1e3 * moved(plain) / COPY, 4),
        "builtin": round(1e3 * moved(fused) / COPY, 4),
    }  # @inspect predicted
    measured = {
        variant: round(results.kernel("gelu")[variant]["ms"], 4) for variant in predicted
    }  # @inspect measured
    table(
        results.kernel_rows("gelu")[:2],
        columns=["GeLU", "ms", "GB/s", "% of a copy"],
        caption=results.recorded_on("kernels"),
    )
    assert all(abs(measured[variant] / predicted[variant] - 1) < 0.03 for variant in predicted)
    plot(
        figures.predicted_and_measured(
            [
                {"function": variant, "what": what, "ms": ms[variant]}
                for variant in predicted
                for what, ms in (("predicted", predicted), ("measured", measured))
            ]
        )
    )
    speedup = round(measured["naive"] / measured["builtin"], 2)  # @inspect speedup
    assert 10.5 < speedup < 11.5
    text(r"""
        **A model with one number in it, the speed of a copy, predicts both times within 3%.**
        Arithmetic, including the tanh, is free.
    """)
    note("Stop here. The whole lecture is this table: count bytes, divide by bandwidth, compare.")


def cuda_kernel() -> None:
    text(r"""
        # GeLU in CUDA
        In CUDA you write what *one thread* does. The grid starts a thread for every element, and
        each computes which one is its own.
    """)
    code(CUDA_SOURCE.read_text(encoding="utf-8"), language="cpp")
    text(r"""
        Three details. The number of blocks is rounded **up**, so threads beyond the end must do
        nothing. The output is allocated without being initialized. And the literals say `0.5f`, the
        function says `tanhf`: with `0.5` and `tanh` the arithmetic would silently be in double
        precision.

        Follow all threads, one after the other, on ten elements in blocks of four:
    """)
    n, block_size = 10, 4
    image(
        tile_figures.thread_grid(n, block_size),
        alt="ten elements, three blocks of four threads, two of them idle",
    )
    x = torch.linspace(-3, 3, n)
    y = torch.empty(n)
    blocks = (n + block_size - 1) // block_size  # @inspect blocks
    idle = 0
    for block in range(blocks):  # @inspect block
        for thread in range(block_size):  # @inspect thread
            i = block * block_size + thread  # @inspect i
            if i < n:
                y[i] = F.gelu(x[i], approximate="tanh")
            else:
                idle += 1  # @inspect idle
    assert (blocks, idle) == (3, 2)
    assert torch.allclose(y, naive_gelu(x), atol=1e-6)  # @clear block thread i
    text(r"""
        On a machine with `nvcc` the file is compiled and called; the tests of this lecture also
        compile it as C++ and run its threads one by one, to prove the same on a CPU.
    """)
    link(cuda_gelu)
    if torch.cuda.is_available():
        x = torch.randn(10_000, device="cuda")
        assert torch.allclose(cuda_gelu(x), naive_gelu(x), atol=1e-6)
    note(r"""
        A reminder for debugging only: CUDA_LAUNCH_BLOCKING=1 makes errors appear at the right line.
        Unset it before timing.
    """)


def triton_kernel() -> None:
    text(r"""
        # GeLU in Triton
        In Triton you write what *one block* does, in Python, on vectors. How its threads share the
        work, how loads are coalesced and what goes through shared memory is the compiler's
        business. What each block computes remains yours.
    """)
    link(WORKS["triton paper"]), link(WORKS["triton"])
    link(gelu)
    text(r"""
        Follow the programs on 8000 numbers in blocks of 1024, with PyTorch in the place of Triton:
    """)
    x = torch.randn(8000)
    y = torch.empty(8000)
    block_size = 1024
    programs = math.ceil(len(x) / block_size)  # @inspect programs
    for program in range(programs):  # @inspect program
        offsets = program * block_size + torch.arange(block_size)  # @inspect offsets[:3]
        mask = offsets < len(x)  # @inspect mask.sum()
        loaded = x[offsets[mask]]  # @inspect loaded[:3]
        y[offsets[mask]] = naive_gelu(loaded)
    assert programs == 8
    assert mask.sum() == 8000 - 7 * 1024
    assert torch.equal(y, naive_gelu(x))  # @clear program offsets[:3] mask.sum() loaded[:3]
    text(r"""
        Now the kernel of assignment 2 itself. Without a GPU it runs in Triton's interpreter:
        slowly, and with the same result.
    """)
    x = x.to(DEVICE)
    ours = gelu(x)
    difference = (ours - F.gelu(x, approximate="tanh")).abs().max().item()
    assert difference < 1e-6
    table(
        results.kernel_rows("gelu"),
        columns=["GeLU, forward", "ms", "GB/s", "% of a copy"],
        caption=results.recorded_on("kernels"),
    )
    text(r"""
        Nine lines of Triton, six of them for the kernel and three for its tanh, reach the speed of
        the built-in function, and both that of a copy. There is nothing left to gain for this
        function alone.
    """)
    shares = {variant: r["share_of_copy"] for variant, r in results.kernel("gelu").items()}
    assert min(shares["builtin"], shares["triton"], shares["compiled"]) > 0.97
    note("CUDA: think in threads. Triton: think in blocks. PyTorch: think in tensors.")


def reading_ptx() -> None:
    text(r"""
        # What the machine is told: PTX
        PTX is the assembly that CUDA and Triton both produce. No GPU is needed to compile to it, so
        these listings were made on a CPU, for an H100. First CUDA:
    """)
    link(WORKS["ptx"])
    cuda = listings.read("cuda_gelu")
    made_by = listings.compiled_by("cuda_gelu")  # @inspect made_by
    code(
        "\n"
        + listings.excerpt(cuda, [r"ctaid|ntid|%tid|mul.wide.u32|setp.ge.s64|bra|(ld|st)\.global"]),
        language="asm",
    )
    text(r"""
        - `%ctaid.x` is the block, `%ntid.x` the size of a block, `%tid.x` the thread: the first
          lines of our function.
        - `setp` and `bra` are the `if`.
        - One `ld.global.f32` and one `st.global.f32`: **one element a thread**.

        Now Triton, for blocks of 1024 elements on 4 warps:
    """)
    triton = listings.read("triton_gelu")
    made_by = listings.compiled_by("triton_gelu")  # @inspect made_by
    code(
        "\n" + listings.excerpt(triton, [r"reqntid|ctaid|%tid|1024|setp|(ld|st)\.global"]),
        language="asm",
    )
    names = listings.instructions(triton)  # @inspect len(names)
    loads = names.count("ld.global.v4.b32")  # @inspect loads
    stores = names.count("st.global.v4.b32")  # @inspect stores
    exponentials = sum(name.startswith("ex2") for name in names)  # @inspect exponentials
    per_thread = 1024 // (4 * 32)  # @inspect per_thread
    assert (loads, stores) == (2, 2)
    assert 4 * loads == exponentials == per_thread == 8
    text(r"""
        `.reqntid 128`: four warps, so each thread has 8 elements, in two loads of **four at once**
        (`v4`, 128 bits) and two such stores. This is *thread coarsening*: fewer, wider requests.
        There is no loop; the eight elements are written out, with eight `ex2.approx`, the
        hardware's power of two. Instead of `bra`, the mask is a predicate `@%p1` before the load.
    """)
    mixes = {}
    for name in ["cuda_gelu", "triton_gelu", "triton_softmax", "triton_matmul"]:  # @inspect name
        mixes[name] = listings.roles(listings.read(name))
        roles = mixes[name]  # @inspect roles
    plot(tile_figures.instruction_mix(mixes))  # @clear name roles
    assert "between threads" not in mixes["triton_gelu"]
    assert "between threads" in mixes["triton_softmax"]
    assert "tensor cores" in mixes["triton_matmul"]
    text(r"""
        GeLU's threads never meet. Those of softmax and of the matrix product, which we come to
        next, do, and the product has instructions that the others lack.
    """)
    softmax_names = listings.instructions(listings.read("triton_softmax"))
    shuffles = softmax_names.count("shfl.sync.bfly.b32")  # @inspect shuffles
    barriers = softmax_names.count("bar.sync")  # @inspect barriers
    assert shuffles == 2 * (5 + 2)
    assert barriers > 0
    text(r"""
        A maximum and a sum over 1024 elements in 4 warps. Each is a tree: $\log_2 32 = 5$ exchanges
        within a warp (`shfl.sync.bfly`), then through shared memory past a barrier, then
        $\log_2 4 = 2$ exchanges for the 4 warps. Two trees: 14 shuffles.
    """)
    products = [
        name
        for name in listings.instructions(listings.read("triton_matmul"))
        if name.startswith("wgmma.mma_async")
    ]  # @inspect products[0] len(products)
    assert len(products) == 4
    assert "m64n128k16" in products[0]
    text(r"""
        `wgmma.mma_async`: four warps together give the tensor cores a product of 64 × 128 × 16 in
        one instruction. Four of them make the 64 steps along $k$ of our tile. All of this came out
        of the word `tl.dot`.
    """)
    note(r"""
        Let them find the predicate. The listings are in lectures/lecture_06/ptx, with the script
        that made them.
    """)


def compiler() -> None:
    text(r"""
        # Let the compiler do it
        `torch.compile` looks at a Python function, collects its operations in a graph, and fuses
        them into kernels. The graph of our plain GeLU:
    """)
    link(WORKS["pytorch 2"])
    graph = torch.fx.symbolic_trace(naive_gelu)
    operations = [
        node.name for node in graph.graph.nodes if node.op == "call_function"
    ]  # @inspect operations
    assert len(operations) == 9
    code("\n" + graph.code.strip(), language="python")
    text("For a GPU it writes a Triton kernel. For a CPU it writes C++; this is what it wrote:")
    compiled = json.loads(COMPILED_GELU.read_text(encoding="utf-8"))
    code(compiled["kernel"], language="cpp")
    made_by = {
        key: compiled[key] for key in ["torch", "machine", "date", "command"]
    }  # @inspect made_by
    text(r"""
        One loop with one load and one store, sixteen floats at a time. The nine operations have
        become registers, `tmp0` to `tmp17`. It differs from the plain version by
    """)
    difference = compiled["largest_difference"]  # @inspect difference
    assert difference < 1e-6
    assert compiled["kernel"].count("loadu") == compiled["kernel"].count(".store(") == 1
    x = torch.randn(2**18)
    traffic = 2 * 4 * x.numel()
    plain = benchmark(
        "GeLU of 262,144 floats, CPU",
        lambda: naive_gelu(x),
        label="naive",
        repeats=200,
        bytes=traffic,
    )
    built_in = benchmark(
        "GeLU of 262,144 floats, CPU",
        lambda: F.gelu(x, approximate="tanh"),
        label="built-in",
        repeats=200,
        bytes=traffic,
    )
    fused = benchmark(
        "GeLU of 262,144 floats, CPU",
        _made(lambda: torch.compile(lambda: naive_gelu(x))),
        label="compiled",
        repeats=200,
        bytes=traffic,
    )  # @stepover
    gains = {
        "built-in": round(plain.median / built_in.median, 2),
        "compiled": round(plain.median / fused.median, 2),
    }  # @inspect gains
    assert min(gains.values()) > 1.5
    text(r"""
        Fusion pays on a CPU as well, though by less than 11: here the arithmetic counts.

        **Use the compiler first.** Write a kernel by hand where it cannot help: when the
        *algorithm* must change, as in FlashAttention, or when the hardware has something that it
        does not use.
    """)
    note("The H100 column 'compiled' in the next section is the same function through Triton.")


def five_ways() -> None:
    text(r"""
        # GeLU five ways
        Equal first, then fast. Every version against the built-in one, on 1000 numbers:
    """)
    x = torch.randn(1000, device=DEVICE)
    reference = F.gelu(x, approximate="tanh")
    differences = {
        "naive": (naive_gelu(x) - reference).abs().max().item(),
        "Triton": (gelu(x) - reference).abs().max().item(),
    }
    assert max(differences.values()) < 1e-6
    text(r"""
        The CUDA and the compiled version are compared in the same way in the tests. Then the time,
        on an H100:
    """)
    columns = ["variant", "forward, ms", "backward, ms"]
    rows = [
        [
            variant,
            round(results.kernel("gelu")[variant]["ms"], 3),
            round(results.kernel("gelu", "backward")[variant]["ms"], 3),
        ]
        for variant in results.VARIANTS
    ]
    table(rows, columns=columns, caption=results.recorded_on("kernels"))
    text("And in float32, with CUDA among them:")
    ways = benchmark_on_gpu(
        "GeLU of 16384 × 16384 float32", gpu_variants.gelu_variants(16384), bytes=2 * 4 * 16384**2
    )
    bounds = {
        "unfused": round(22 * 2**30 / 3.35e9, 2),
        "fused": round(2 * 2**30 / 3.35e9, 2),
    }  # @inspect bounds
    assert (bounds["unfused"], bounds["fused"]) == (7.05, 0.64)
    rates = {label: round(row.gbps) for label, row in ways.items()}  # @inspect rates
    assert rates["Triton"] > 1.4 * rates["CUDA"]
    text(r"""
        Bounds in milliseconds, at 3.35 TB/s; rates in GB/s. **Our CUDA kernel is fused and still a
        third slower than the others**: fusion is necessary, not sufficient. The PTX above names the
        suspects: one element a thread, so 4 bytes a request instead of 16, and an exact `tanhf`.
        Which of them is guilty? Change one, and measure again.
    """)
    text("Six functions of assignment 2, all treated like this:")
    plot(figures.share_of_copy())
    text(r"""
        Naive PyTorch reaches 6 to 38% of what memory allows. The compiler is excellent at four of
        the six; softmax and cross-entropy gain a quarter and a third by hand, and the weighted sum
        loses. Measure, do not believe.
    """)
    naive = [
        r["share_of_copy"]
        for r in results.records("kernels")
        if (r["variant"], r["pass"]) == ("naive", "forward")
    ]
    assert 0.05 < min(naive) < max(naive) < 0.38
    note("Where our Triton kernel loses to the compiler: the weighted sum, 90 to 97%. Say so.")


def row_wise() -> None:
    text(r"""
        # Softmax: a function of a row
        GeLU needs one element to compute one element. Softmax needs the whole row, twice: for the
        maximum and for the sum.
    """)
    rows = torch.tensor([[5.0, 5.0, 5.0], [0.0, 0.0, 100.0]])  # @inspect rows
    overflow = torch.exp(rows).sum(dim=1)  # @inspect overflow
    assert overflow[1].isinf()
    text(r"""
        Without care, $e^{100}$ is too large for float32. Subtract the maximum first; nothing
        changes, because numerator and denominator shrink alike:
    """)
    largest = rows.max(dim=1, keepdim=True).values  # @inspect largest
    shifted = rows - largest  # @inspect shifted
    numerator = torch.exp(shifted)  # @inspect numerator
    denominator = numerator.sum(dim=1, keepdim=True)  # @inspect denominator
    y = numerator / denominator  # @inspect y
    assert torch.allclose(y, torch.tensor([[1 / 3, 1 / 3, 1 / 3], [0.0, 0.0, 1.0]]))
    text("## Count the trips again")
    plain = ledger(naive_softmax, SHAPE, torch.float32)
    size = 4 * math.prod(SHAPE)
    names = [
        operation.name for operation in plain
    ]  # @inspect names @clear largest shifted numerator denominator y
    read = sum(operation.read for operation in plain) / size  # @inspect read
    written = sum(operation.written for operation in plain) / size  # @inspect written
    m, n = SHAPE
    assert read == (5 * m * n + 2 * m) / (m * n)
    assert written == (3 * m * n + 2 * m) / (m * n)
    plot(figures.traffic_bars(plain, size, "Softmax in float32, one PyTorch operation at a time"))
    text(r"""
        Eight trips instead of two: a factor of 4 to gain. In bfloat16, casts to float32 and back
        make it worse:
    """)
    half = ledger(naive_softmax, SHAPE, torch.bfloat16)
    worse = round(moved(half) / (2 * 2 * m * n), 2)  # @inspect worse
    assert 12 < worse < 13
    text(r"""
        ## The kernel
        One program takes whole rows into registers: the block is the next power of two, the lanes
        beyond the row are loaded as $-\infty$, which adds nothing to a sum of exponentials.
        Maximum, exponential, sum, division, and one store.
    """)
    link(softmax), link(WORKS["triton softmax"]), link("1805.02867")
    x = torch.randn(6, 100, device=DEVICE)
    ours = softmax(x)
    assert torch.allclose(ours, F.softmax(x, dim=-1), atol=1e-6)
    assert torch.allclose(naive_softmax(x), F.softmax(x, dim=-1), atol=1e-6)
    table(
        results.kernel_rows("softmax"),
        columns=["softmax, forward", "ms", "GB/s", "% of a copy"],
        caption=results.recorded_on("kernels"),
    )
    ratio = results.kernel("softmax")["naive"]["ms"] / results.kernel("softmax")["triton"]["ms"]
    assert 14 < ratio < 16
    predicted = round(1e3 * moved(half) / COPY, 2)  # @inspect predicted
    measured = round(results.kernel("softmax")["naive"]["ms"], 2)  # @inspect measured
    assert 1 < measured / predicted < 1.3
    text(r"""
        The prediction from bytes is now a lower bound: naive reductions do not run quite at the
        speed of a copy. Ours reaches 98% of it, the compiler's kernel 79%. Ours was at 71% as long
        as it *divided* every element by the sum; one reciprocal a row, and a product for each
        element, made the difference. So arithmetic is not always free: an exact division is many
        instructions.
    """)
    benchmark_on_gpu(
        "Softmax of 16384 × 16384 float32",
        gpu_variants.softmax_variants(16384),
        bytes=2 * 4 * 16384**2,
    )
    note(r"""
        Rows longer than 65,536 do not fit in registers; then a program walks along the row and
        keeps a running maximum.
    """)


def matmul_by_tiles() -> None:
    text(r"""
        # Matrix product by tiles
        Computed element by element, $C = AB$ reads $2MNK$ numbers. But a tile of $C$ needs the same
        rows of $A$ and columns of $B$ for all its elements. Load tiles of size $T$ into shared
        memory, and each number is read $T$ times less often.
    """)
    a, b = torch.randn(8, 8), torch.randn(8, 8)
    c, reads = product_by_tiles(a, b, tile=4)  # @inspect reads
    assert torch.allclose(c, a @ b, atol=1e-5)
    assert reads == 2 * 8**3 // 4
    a, b = torch.randn(64, 64), torch.randn(64, 64)
    c, reads = product_by_tiles(a, b, tile=16)  # @stepover @inspect reads
    assert torch.allclose(c, a @ b, atol=1e-4)
    assert reads == 2 * 64**3 // 16 == 32_768
    launch_order_and_cache()
    matmul_in_triton()
    note("Draw the 9 by 9 square on the board, and let them count tiles for three rows of three.")


def product_by_tiles(a: torch.Tensor, b: torch.Tensor, tile: int) -> tuple[torch.Tensor, int]:
    c = torch.zeros(len(a), b.shape[1])
    reads = 0
    for row in range(0, len(a), tile):  # @inspect row
        for column in range(0, b.shape[1], tile):  # @inspect column
            total = torch.zeros(tile, tile)
            for k in range(0, b.shape[0], tile):  # @inspect k
                tile_a = a[row : row + tile, k : k + tile]
                tile_b = b[k : k + tile, column : column + tile]
                reads += tile_a.numel() + tile_b.numel()  # @inspect reads
                total += tile_a @ tile_b
            c[row : row + tile, column : column + tile] = total
    return c, reads


def launch_order_and_cache() -> None:
    text(r"""
        ## The order of launch
        Tiles are also shared *between* programs, through the L2 cache. Suppose $C$ has 9 × 9 tiles
        and nine programs run at a time. Which nine?
    """)
    link(launch_order)
    row_major = launch_order(9, 9, group=1)  # @inspect row_major[:9]
    grouped = launch_order(9, 9, group=3)  # @inspect grouped[:9]
    assert sorted(row_major) == sorted(grouped)
    loads = {
        "row-major": tiles_loaded(row_major[:9], inner=9),
        "groups of 3": tiles_loaded(grouped[:9], inner=9),
    }  # @inspect loads
    assert loads == {"row-major": 9 + 81, "groups of 3": 27 + 27}
    plot(
        tile_figures.launch_maps({"row-major": row_major, "groups of 3": grouped}, first=9)
    )  # @clear row_major[:9] grouped[:9]
    text(r"""
        A square of tiles needs 54 input tiles, a line needs 90. Nothing but the numbering of the
        programs has changed. Now the whole product, with a cache that keeps the 60 tiles used last:
    """)
    misses = {}
    for group in range(1, 10):  # @inspect group
        misses[group] = cache_misses(
            launch_order(9, 9, group), inner=9, capacity=60
        )  # @inspect misses
    plot(tile_figures.loads_by_group(misses))  # @clear group misses
    assert misses[1] == 9 * (9 + 81)
    assert min(misses.values()) == misses[3] == misses[4] == 324
    text(r"""
        Too flat a group reads all of $B$ for every row; too tall a group no longer fits. In
        between, the traffic falls to 40%.
    """)
    assert misses[3] / misses[1] == 0.4


def matmul_in_triton() -> None:
    text(r"""
        ## In Triton, with GeLU in the same kernel
        The reason to write a matrix product by hand is rarely to beat the library. It is to do
        something with the tile while it is still in registers:
    """)
    link(matmul_kernel.fn), link(matmul)
    a, b = torch.randn(40, 24, device=DEVICE), torch.randn(24, 36, device=DEVICE)
    c = matmul(a, b, group=2, tile=16)
    assert torch.allclose(c, a @ b, atol=1e-4)
    activated = matmul(a, b, group=2, tile=16, gelu=True)
    assert torch.allclose(activated, naive_gelu(a @ b), atol=1e-4)
    text(r"""
        The sizes are no multiples of the tile, so masks are at work. The second call saves one trip
        of $C$ to memory and back.
    """)
    saved = round(2 * 2 * 4096 * 16384 / 3.35e12 * 1e6, 1)  # @inspect saved
    assert round(saved) == 80
    text(r"""
        Microseconds saved at 3.35 TB/s for an activation of 4096 tokens and width 16384 in
        bfloat16: one write and one read less.
    """)
    measured = benchmark_on_gpu(
        "Product of 8192 × 8192 bfloat16", gpu_variants.product_variants(8192), flops=2 * 8192**3
    )
    text(r"""
        The library is far ahead: it lets the memory engine fetch tiles while other warps multiply.
        And the order of launch, which looked so promising? Predict it. At a time 132 programs run,
        of 64 × 64 tiles; each reads strips of 128 × 8192 numbers. Milliseconds for this traffic, at
        the speed of a copy:
    """)
    together = {
        "Triton, row-major": launch_order(64, 64, group=1)[:132],
        "Triton, groups of 8": launch_order(64, 64, group=8)[:132],
    }
    traffic = {
        label: round(1e3 * tiles_loaded(tiles, inner=1) * 2 * 128 * 8192 * 64 * 64 / 132 / COPY, 2)
        for label, tiles in together.items()
    }  # @inspect traffic
    milliseconds = {
        label: round(1e3 * row.median, 2) for label, row in measured.items()
    }  # @inspect milliseconds
    assert (
        traffic["Triton, groups of 8"]
        < traffic["Triton, row-major"]
        < milliseconds["Triton, row-major"]
    )
    assert abs(milliseconds["Triton, groups of 8"] / milliseconds["Triton, row-major"] - 1) < 0.05
    text(r"""
        Grouping does save more than half of the traffic, but even row-major order would need less
        time for its traffic than the kernel takes: memory is not its limit, so relieving memory
        gains nothing. **An optimisation pays only at the bottleneck.**
    """)


def roofline() -> None:
    text(r"""
        # The roofline, with our kernels on it
        Every kernel has an *intensity*: operations for each byte that it must move. Left of the
        ridge it can at best follow the slope, bandwidth times intensity; right of it, the flat roof
        of the tensor cores.
    """)
    link(WORKS["roofline"]), link(figures.roofline_points)
    points = figures.roofline_points()
    kernels = [point for point in points if point["what"] == "triton kernels"]
    intensities = {
        point["name"]: round(point["intensity"], 2) for point in kernels
    }  # @inspect intensities
    assert max(intensities.values()) < 10 < 300
    plot(figures.roofline())  # @clear intensities
    text(r"""
        The best fused kernels lie *on* the slope: they cannot be made faster, only avoided. The
        naive ones hang below it, since they move more than they must. Attention, computed in one
        kernel, lies far to the right, where operations count.
    """)
    ridge = round(989 / (COPY / 1e12))  # @inspect ridge
    attention_points = [point for point in points if point["what"].startswith("attention")]
    assert all(point["intensity"] > ridge for point in attention_points)
    note("Ask where decoding one token at a time would be: intensity about 1, far left.")


def attention() -> None:
    text(r"""
        # FlashAttention
        Attention is softmax between two matrix products. Written plainly, it stores a score for
        every pair of tokens. For one head, 16,384 tokens, bfloat16:
    """)
    scores = 2 * 16384**2 / 2**20  # @inspect scores
    inputs = 4 * 2 * 16384 * 64 / 2**20  # @inspect inputs
    assert (scores, inputs) == (512, 8)
    text(r"""
        512 MiB of scores, for 8 MiB of queries, keys, values and output. No compiler removes them,
        because softmax seems to need the whole row before the second product can begin. The
        *algorithm* must change: a softmax that can be corrected later.
    """)
    link("1805.02867"), link("2205.14135"), link("2307.08691")
    row = torch.tensor([1.0, 3.0, 2.0, 5.0, 4.0, 0.0])  # @inspect row
    values = torch.tensor([10.0, 20.0, 30.0, 40.0, 50.0, 60.0])  # @inspect values
    maximum, total, output = -math.inf, 0.0, 0.0
    for start in range(0, 6, 2):  # @inspect start
        tile, value = row[start : start + 2], values[start : start + 2]  # @inspect tile
        new_maximum = max(maximum, tile.max().item())
        correction = math.exp(maximum - new_maximum)  # @inspect correction
        weights = torch.exp(tile - new_maximum)  # @inspect weights
        total = correction * total + weights.sum().item()  # @inspect total
        output = correction * output + (weights @ value).item()  # @inspect output
        maximum = new_maximum  # @inspect maximum
    answer = output / total  # @inspect answer
    assert math.isclose(answer, (torch.softmax(row, dim=0) @ values).item(), rel_tol=1e-6)
    text(r"""
        Tile by tile, with a running maximum, a running sum, and a correction when the maximum
        grows. The row is never held as a whole. In assignment 2 you write it for tiles of queries
        and keys, with Triton, forward and backward:
    """)
    link(flash_attention), link(attention_reference)
    q, k, v = (
        torch.randn(1, 2, 40, 16, device=DEVICE) for _ in range(3)
    )  # @clear start tile correction weights total output maximum
    ours = flash_attention(q, k, v, is_causal=True)
    reference = attention_reference(q, k, v, is_causal=True)
    difference = (ours - reference).abs().max().item()
    assert difference < 1e-4
    q.requires_grad_()
    d_q = torch.autograd.grad(flash_attention(q, k, v, is_causal=True).sum(), q)[0]
    d_reference = torch.autograd.grad(attention_reference(q, k, v, is_causal=True).sum(), q)[0]
    assert torch.allclose(d_q, d_reference, atol=1e-4)
    text(r"""
        Equal, forward and backward. On an H100 the assignment's kernels for this GPU stand beside
        those of cuDNN, the library:
    """)
    rates = [
        [
            r["shape"],
            r["provider"].replace("_", " "),
            round(r["forward_tflops"]),
            round(r["forward_backward_tflops"]),
        ]
        for r in results.attention_rates()
    ]
    table(
        rates,
        columns=[
            "batch, heads, tokens, d",
            "implementation",
            "forward TFLOP/s",
            "forward + backward TFLOP/s",
        ],
        caption=results.recorded_on("attention"),
    )
    plot(figures.attention_bars())
    hopper, cudnn = results.attention_forward("ours_hopper"), results.attention_forward("cudnn")
    ratios = [
        round(ours["forward_tflops"] / theirs["forward_tflops"], 2)
        for ours, theirs in zip(hopper, cudnn, strict=True)
    ]  # @inspect ratios
    assert all(0.95 < ratio <= 1.15 for ratio in ratios)
    share_of_peak = [
        round(r["forward_tflops"] / 989.5, 2) for r in hopper
    ]  # @inspect share_of_peak
    assert 0.5 < min(share_of_peak) < max(share_of_peak) < 0.7
    text(r"""
        Between a half and two thirds of the tensor cores' peak, with the scores never leaving the
        chip. The other two are PyTorch's older kernel and `flex_attention`, for which the compiler
        writes Triton; *ours portable* is plain Triton too. The gap from there to the top is what
        the hardware's own instructions give. Do not read too much into ten percent: every
        implementation was visited three times, and the lowest and the highest of cuDNN's rates lie
        this far apart:
    """)
    spread = [
        round(r["forward_highest"] / r["forward_lowest"], 2) for r in cudnn
    ]  # @inspect spread
    assert max(spread) > 1.1
    note(r"""
        Assignment 2: start from the reference, then tiles in PyTorch, then Triton. Each is the test
        of the next.
    """)


def summary() -> None:
    text(r"""
        # What to take home
        - **Benchmark** with warm-up and synchronisation, at several sizes, and report the spread.
        - **Profile** to learn what is called. Compare the sum of the kernels with the clock.
        - **Count bytes.** Bytes ÷ bandwidth predicted nine kernels and one kernel within 3%.
        - Fuse what is element-wise: the compiler does. Change the algorithm where fusion stops: you
          do.
        - **Read the PTX** when you want to know, not believe.

        | you think in | you write | who does the rest |
        |---|---|---|
        | tensors | PyTorch | one kernel an operation |
        | tensors | PyTorch, compiled | the compiler fuses |
        | blocks | Triton | the compiler: threads, shared memory |
        | threads | CUDA | you |

        **Next:** more than one GPU. The same question, how many bytes move and how far, with wires
        in the place of memory.
    """)
    link(WORKS["puzzles"]), link(gelu), link(flash_attention)
    note("End with: name a function of your own model that makes more trips than it must.")


if __name__ == "__main__":
    main()
