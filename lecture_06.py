"""Lecture 6: benchmarks, profiles and kernels in CUDA, Triton and by a compiler.

Title: Kernels: measure, then write
Unit: systems
Minutes: 70
Prerequisites: lecture_02
Assignments: assignment2-systems
Figure: blocks_and_waves 2
Resources: gpus=1, memory=32G
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call, union-attr, arg-type"

import json
import math
import time
from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from cs336_systems.flash_attention import tiled_forward
from cs336_systems.model_sizes import MODEL_SIZES

from lecture_tracer import benchmark, code, image, link, note, plot, predict, reveal, table, text
from lectures.lecture_06 import experiments, import_records, kernels, listings, on_chip, results
from lectures.lecture_06.compile_gelu import PATH as COMPILED_GELU
from lectures.lecture_06.cuda_gelu import SOURCE as CUDA_SOURCE
from lectures.lecture_06.figures import machine, tiles, times
from lectures.lecture_06.gelu_thread import gelu_thread
from lectures.lecture_06.gpu import show_gpu_table
from lectures.lecture_06.networks import MLP
from lectures.lecture_06.profiles import profiled_operators, recorded_pass
from lectures.lecture_06.queueing import Device, timeline
from lectures.lecture_06.torch_language import Pointer, all_programs, one_program
from lectures.lecture_06.traffic import cache_misses, ledger, moved, tiles_loaded, waves
from lectures.lecture_06.works import WORKS

COPY = results.copy_gbps() * 1e9  # bytes per second of a plain copy on the H100 of the records
SHAPE = (32768, 4096)
PRODUCT_AND_RELU = "Product and ReLU of 8192 × 8192 bfloat16"
ROW_SUMS = "Row sums of 16384 × 16384 float32"
SLOW, FAST = "profile_medium_512_fp32", "profile_medium_512_bf16"


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    blocks_and_waves()
    memory_on_the_chip()
    benchmarking()
    scaling()
    profiling()
    two_machines()
    fusion()
    cuda_kernel()
    triton_kernel()
    reading_ptx()
    compiler()
    five_ways()
    row_wise()
    matmul_by_tiles()
    the_order_of_launch()
    roofline()
    attention()
    what_to_keep()


def welcome() -> None:
    parameters = MODEL_SIZES["medium"].num_parameters() / 1e6  # @inspect parameters
    text(rf"""
        # Kernels: measure, then write
        **Lecture 6: benchmarks, profiles, CUDA, Triton, compilers**

        A _kernel_ is a function that runs on the GPU, and a model is a few thousand of them in a
        row. Today we write one such function in five ways, and explain the time of each by the
        bytes that it moves. The order of work is always the same: a __benchmark__ says how long, a
        __profile__ says where, and the **assembly** says what the machine was really told. Only
        then optimise, because what everybody would optimise first is often not what costs.

        Take the forward pass of a Transformer with {parameters:.0f} million parameters on an H100,
        in bfloat16. Nearly all of its *arithmetic* is in matrix products.""")
    predict(
        "Which share of the GPU's kernel time do these matrix products take?",
        name="products",
        unit="%",
        hint="Tensor cores are fast at exactly one thing. The answer comes with the profile.",
        tolerance=0.3,
    )
    text(r"""
        What a line computes is computed when the lecture runs. Times are *records*: each shows its
        device, its date and its command. On a machine without a GPU, Triton's kernels run in an
        interpreter, which proves what they compute and says nothing about speed.
    """), link(WORKS["brrr"]), note("Collect guesses on the board.")  # fmt: skip


def blocks_and_waves() -> None:
    text(r"""
        # How work is handed out
        A kernel can be perfect and still leave half of the machine idle, simply because its work
        was cut into the wrong number of pieces. The pieces have names. A __thread__ computes a few
        elements, in registers of its own. A __thread block__ is a group of threads on *one*
        streaming multiprocessor (SM), where they share memory and can wait for each other. A
        __grid__ is all blocks of a launch, and its blocks know nothing of each other.""")
    table(
        results.hardware_rows(),
        columns=results.HARDWARE_COLUMNS,
        caption=results.HARDWARE_SOURCES,
    )
    link(WORKS["ampere"]), link(WORKS["h100"]), link(WORKS["hopper"]), link(WORKS["blackwell"])
    text(r"""
        Blocks are handed to the SMs in *waves*. Suppose for now that each SM takes one block at a
        time and that all blocks take equally long, as in this small machine of four.""")
    plot(machine.wave_lanes(blocks=9, lanes=4))
    asked = predict(
        "An H100 runs 132 blocks in one wave, with every SM busy. What share of the SMs' time is "
        "used when there are 133 blocks?",
        unit="%",
        hint="How many waves are there now, and how many blocks could they have held?",
    )
    efficiency = {n: waves(n)[1] for n in [66, 132, 133, 264, 529]}  # @inspect efficiency
    reveal(asked, round(100 * efficiency[133], 1), "The second wave has a single block to run.")
    assert efficiency[132] == 1
    assert round(efficiency[529], 3) == 0.802
    plot(machine.wave_efficiency({n: waves(n)[1] for n in [*range(12, 1057, 12), 133]}))
    text(r"""
        One block too many halves the machine; after many waves the last one hardly matters. Real
        SMs take as many blocks as their registers, shared memory and 64 warps (groups of 32
        threads) allow. The compiler told us what one block of our matrix product needs, compiled as
        it is timed later.""")
    needs = listings.used("triton_matmul")  # @inspect needs
    threads = 32 * listings.parameters("triton_matmul")["num_warps"]  # @inspect threads
    fit = on_chip.blocks_per_sm(needs["registers"], threads, needs["shared_bytes"])  # @inspect fit
    at_a_time = 132 * min(fit.values())  # @inspect at_a_time
    assert at_a_time == 264
    assert on_chip.blocks_per_sm(122, 256, 96 * 1024) == fit  # another compiler version's
    text(rf"""
        An SM has 65,536 registers, handed out to whole warps in steps of eight a thread, and 228 KB
        of shared memory. Both admit {min(fit.values())} of our blocks, so **{at_a_time} programs
        run at a time**, and a wave is twice as long as the number of SMs suggests. The share of the
        64 warps that is used, here {threads // 32 * min(fit.values()) / 64:.0%}, is called
        *occupancy*. It is a means to have other work while one warp waits for memory, and no goal:
        the fastest products run at low occupancy, because each thread holds so much.
    """), link(on_chip.blocks_per_sm), note("160 registers, 128 threads?")  # fmt: skip


def memory_on_the_chip() -> None:
    text(r"""
        # Lines and banks
        Two programs that read the same bytes can differ in time by a factor of thirty, because
        memory is not delivered by the byte. Device memory comes in *lines* of 128 bytes. If the 32
        threads of a warp ask for 32 neighbouring floats, one line serves them all, which is called
        *coalescing*. If they ask for every second float, half of each line is thrown away.""")
    touched = {
        stride: on_chip.lines_touched(4 * stride * thread for thread in range(32))
        for stride in [1, 2, 4, 8, 32]
    }  # @inspect touched
    assert list(touched.values()) == [1, 2, 4, 8, 32]
    plot(machine.lines_by_stride(touched))
    text(r"""
        Reading a *column* of a matrix is therefore the worst that a kernel can do, and the cure is
        to read whole rows into shared memory and turn the tile there. But shared memory has its own
        catch. It consists of 32 *banks*, and the 4-byte word number $w$ lives in bank $w \bmod 32$.
        Each bank serves one word at a time."""), link(on_chip.passes)  # fmt: skip
    asked = predict(
        "A tile of 32 × 32 floats lies in shared memory, row by row. The 32 threads of a warp read "
        "one column of it. What happens?",
        choices=["One pass serves all threads", "Two passes", "32 passes, one after another"],
        hint="Write down the bank of the first three elements of the column.",
    )
    column = [on_chip.plain(row, 5) for row in range(32)]  # @inspect column
    conflicts = on_chip.passes(column)  # @inspect conflicts
    reveal(asked, "32 passes, one after another", "All words of the column lie in one bank.")
    text(r"""
        The trick that undoes this costs one instruction and no memory. Store the element of row $r$
        and column $c$ not at column $c$ but at $c \oplus r$, the exclusive or of the two numbers.
        Each row still holds its own 32 words, only in another order, and now the elements of a
        column lie in 32 different banks. This is called a _swizzle_.""")
    column = [on_chip.swizzled(row, 5) for row in range(32)]  # @inspect column
    conflicts = on_chip.passes(column)  # @inspect conflicts
    by_row = on_chip.passes([on_chip.swizzled(7, c) for c in range(32)])  # @inspect by_row
    assert (conflicts, by_row) == (1, 1)
    plot(machine.bank_maps(column=3))  # @clear column conflicts by_row touched
    text(r"""
        On the left, one bank has to serve the whole column; on the right every bank serves one
        element. With 8-byte words or other row lengths the right pattern is another one, which
        Triton works out for you and CUDA leaves to you.

        ## Recap: the machine
        Work is handed out in blocks, and a grid should be many times what fits. How much fits is
        decided by registers and shared memory. Read neighbouring addresses with neighbouring
        threads, and spread the words of shared memory over the banks.
    """), link(WORKS["cuda guide"]), note("Banks 5, 5, 5; then 5, 4, 7.")  # fmt: skip


def benchmarking() -> None:
    text(r"""
        # Benchmarking, right and wrong
        A wrong benchmark is worse than none, since it sends people to optimise the wrong thing with
        great confidence. So test the instrument first, on something whose answer is known: sleeping
        for 50 milliseconds.""")
    slept = benchmark(
        "Sleep of 50 ms", lambda: time.sleep(0.05), label="time.sleep(0.05)", repeats=10
    )
    assert 0.05 <= slept.median < 0.055
    text(rf"""
        It says {1e3 * slept.median:.2f} ms, which is believable. The function does what every
        careful measurement does: some calls that do not count, then many that do, and the median
        with its quartiles. Leave out the first part, and this happens to the forward pass of a
        Transformer with 129 million parameters on an H100.
    """), link(benchmark), link(experiments.time_repeated), link(WORKS["benchmark"])  # fmt: skip
    cold = experiments.transformer(import_records.EAGER, "first call", 128)
    warm = experiments.transformer(import_records.EAGER, "warm", 128)
    compiling = experiments.transformer(import_records.COMPILED, "first call", 512)
    compiled = experiments.transformer(import_records.COMPILED, "warm", 512)
    wrong_by = (compiling.median + 9 * compiled.median) / 10 / compiled.median  # @inspect wrong_by
    assert 90 < wrong_by < 105
    assert cold.median / warm.median > 10
    text(rf"""
        The first call takes {cold.median / warm.median:.0f} times as long as a warm one, and
        {compiling.median / compiled.median:.0f} times where it also holds the compiler. A mean of
        ten compiled calls, with the first among them, is wrong by a factor of {wrong_by:.0f}.

        The second mistake is harder to see. A GPU takes work into a queue, and the call returns at
        once. Here is a device that does the same on a CPU: a thread that works by itself. We time a
        product of 256 × 256 on it, and stop the clock as soon as the call returns.
    """), link(Device.launch)  # fmt: skip
    asked = predict(
        "What does this clock show when the matrices become twice as large?",
        choices=["Eight times as much", "Four times as much", "About the same as before"],
        hint="What has happened when the call returns?",
    )
    growth = experiments.clocks_at_a_queue([256, 512])  # @inspect growth
    assert growth["at once"] < 2 < 4 < growth["waiting"]
    reveal(asked, "About the same as before", "It timed a note that was put on a pile.")
    text(rf"""
        The clock that stops at once shows {growth["at once"]} times the time for eight times the
        work, and the one that waits shows {growth["waiting"]} times. On a GPU, either call
        `torch.cuda.synchronize()` before the clock starts and before it stops, or let the GPU keep
        the time: put an _event_ into the queue before the work and one behind it, and read their
        distance afterwards. Events leave out the price of the call, so short kernels look faster by
        events than on the wall, and a report has to say which clock it used.""")
    host = show_gpu_table("Product of 4096 × 4096 float32, clock of the host")
    events = show_gpu_table("Product of 4096 × 4096 float32, events of the GPU")["events"]
    wrong, right = (1e3 * host[name].median for name in ("not waiting", "waiting"))
    assert wrong < right / 20 < right
    assert events.median < host["waiting"].median
    text(rf"""
        For a product of 4096 × 4096 the host's clock shows {wrong:.2f} ms if it does not wait,
        {right:.2f} if it does, and the events are {1e3 * events.median:.2f} ms apart.
    """), note("Which clock?")  # fmt: skip


def scaling() -> None:
    text(r"""
        # How time grows
        One size is no benchmark. At a small size you measure the price of a call, at a large one
        the price of the work, and an optimisation that helps in one regime may hurt in the other. A
        product of two $n \times n$ matrices takes $2n^3$ operations, so each doubling of $n$ should
        take eight times as long. We let one CPU core try.""")
    rows = experiments.square_products([16, 32, 64, 128, 256])
    growth = [round(b.median / a.median, 1) for a, b in pairwise(rows)]  # @inspect growth
    plot(times.matmul_scaling(rows))
    assert growth[0] < 4 < growth[-1]
    text(rf"""
        The first doubling costs {growth[0]} times the time and the last one {growth[-1]} times: the
        call dominates first, and $n^3$ takes over. On a GPU the first regime reaches much further,
        because a small product fills few of the 132 multiprocessors.""")
    products = show_gpu_table("Square product, float32, GPU")
    took = {n: products[f"n = {n}"].median for n in (1024, 4096, 16384)}  # @inspect took
    share = {n: 2 * n**3 / seconds / 67e12 for n, seconds in took.items()}  # @inspect share
    assert share[1024] < 0.6 < share[4096] < share[16384] < 0.85
    peaks = {"float32": 67e12, "TF32": 495e12, "bfloat16": 989.5e12}  # @inspect peaks
    bounds = {p: round(1e3 * 2 * 16384**3 / peaks[p], 1) for p in peaks}  # @inspect bounds
    assert bounds == {"float32": 131.3, "TF32": 17.8, "bfloat16": 8.9}
    text(rf"""
        Of the float32 peak of 67 TFLOP/s, size 1024 reaches {share[1024]:.0%}, 4096
        {share[4096]:.0%} and 16384 {share[16384]:.0%}. The same product has three lower bounds,
        {bounds["float32"]} ms in plain float32, {bounds["TF32"]} in TF32, which rounds the inputs
        to ten bits of mantissa, and {bounds["bfloat16"]} in bfloat16. The code does not mention the
        precision. PyTorch's default is plain float32, and the record of {1e3 * took[16384]:.0f} ms,
        a little above the first bound, agrees.

        Now something composed: two linear layers of width 64, each followed by GeLU, forward and
        backward, on a batch of 16. We multiply one quantity at a time."""), link(MLP)  # fmt: skip
    asked = predict(
        "Steps times four takes four times as long. What does a batch four times as large take, "
        "compared with the base?",
        choices=["Less than twice as long", "Between two and three times", "Four times as long"],
        hint="Which regime of the product above is a 16 × 64 matrix in?",
    )
    sweeps = experiments.mlp_sweeps()  # @inspect sweeps
    plot(times.scaling_sweeps(sweeps))
    assert 2.5 < sweeps["steps"][4] < 6
    assert sweeps["batch"][4] < 2 < sweeps["dim"][4]
    reveal(asked, "Less than twice as long", "At this size the calls cost, not the work.")
    text(rf"""
        Steps and layers are repetition, hence proportional. Four times the batch takes
        {sweeps["batch"][4]} times the time, and four times the width, which enters the work
        squared, takes {sweeps["dim"][4]}. On a GPU the price of the calls reaches further still.
    """)
    longer = experiments.transformer(import_records.EAGER, "warm", 512)
    assert longer.median < experiments.transformer(import_records.EAGER, "warm", 128).median
    mlp = show_gpu_table("MLP, forward and backward, GPU")
    times_base = {name: row.median / mlp["base"].median for name, row in mlp.items()}
    assert times_base["dim × 4"] < 1.5 < 2.5 < times_base["layers × 4"] < times_base["steps × 4"]
    text(rf"""
        There four times the width costs {times_base["dim × 4"]:.1f} times the base and four times
        the layers {times_base["layers × 4"]:.1f}, and the Transformer above, with 512 tokens
        instead of 128, is no slower at all. (Where the host is what is timed, quartiles lie far
        apart.)

        ## Recap: measuring
        Warm up, wait for the device, repeat, and report the spread, the precision and the clock, at
        several sizes. When four times the work takes no longer, something other than the arithmetic
        is the limit, and a benchmark cannot say what.
    """), note("Let them draw the four curves before you show them.")  # fmt: skip


def profiling() -> None:
    text(r"""
        # Profiling: where does the time go?
        Without a profile one optimises what one can see in the source, and the source shows
        operators, not kernels. PyTorch's profiler lists both. Here it runs now, on this machine;
        times would differ from run to run, so only names and counts are kept.
    """), link(WORKS["profiler"]), link(profiled_operators)  # fmt: skip
    asked = predict(
        "What does `torch.cdist`, distances between all pairs of rows, call for most of its work?",
        choices=["A loop over rows", "A kernel made for distances", "A matrix product"],
        hint="Multiply out the square of a difference.",
    )
    x, y = torch.randn(256, 256), torch.randn(256, 256)  # @inspect x.shape
    multiplied = profiled_operators(lambda: x @ y)  # @inspect multiplied
    distances = profiled_operators(lambda: torch.cdist(x, y))  # @inspect distances
    assert {"aten::matmul", "aten::pow", "aten::sum", "aten::cat"} <= set(distances)
    reveal(asked, "A matrix product", "With powers, sums and a concatenation around it.")
    by_hand = profiled_operators(lambda: kernels.naive_gelu(x))  # @inspect by_hand
    built_in = profiled_operators(lambda: F.gelu(x, approximate="tanh"))  # @inspect built_in
    assert (by_hand["aten::mul"], built_in) == (6, {"aten::gelu": 1})
    text(r"""
        A product calls one kernel. The distance between all pairs of rows expands
        $|x - y|^2 = |x|^2 - 2\, x \cdot y + |y|^2$ so that a matrix product does most of the work.
        GeLU, written out by hand, is nine operators, and built in it is one.

        ## A forward pass on an H100
        Now the model of the first question, with 4 sequences of 512 tokens, in float32 and in
        bfloat16, with the longest kernels first.""")
    columns = ["kernel", "ms", "calls", "share"]  # @inspect columns
    table(results.longest(SLOW, "forward"), columns=columns, caption=results.recorded_on(SLOW))
    table(results.longest(FAST, "forward"), columns=columns, caption=results.recorded_on(FAST))
    milliseconds = {
        precision: results.phases(name)["forward"]["by_category_ms"]["matrix products"]
        for precision, name in (("float32", SLOW), ("bfloat16", FAST))
    }  # @inspect milliseconds
    totals = {p: pair[0] for p, pair in results.busy_and_wall("medium", 512).items()}
    share = {p: milliseconds[p] / totals[p] for p in totals}  # @inspect share
    reveal("products", round(100 * share["bfloat16"], 1), "In float32 it was most of the time.")
    faster = milliseconds["float32"] / milliseconds["bfloat16"]  # @inspect faster
    assert (round(share["float32"], 2), round(share["bfloat16"], 2)) == (0.71, 0.16)
    assert 11 < faster < 12
    plot(times.category_bars({"float32": SLOW, "bfloat16": FAST}))  # @clear share milliseconds
    text(rf"""
        A kernel's name is half of its documentation. In float32 the longest one was written for
        `sm80`, multiplies `f32`, and has tiles of 128 × 128 × 8. In bfloat16 the library picks
        `nvjet_sm90`, made for this GPU's _tensor cores_, which multiply small matrices in one step.
        **The products became {faster:.1f} times faster, from {share["float32"]:.0%} of the kernel
        time to {share["bfloat16"]:.0%}, and what remains is element-wise work, copies and casts.**
        That is why this lecture is about those.
    """), note("Read the names aloud: library, architecture, type, tile.")  # fmt: skip


def two_machines() -> None:
    text(r"""
        # Two machines, one timeline
        A profile of the GPU alone hides the most common disease of small models: the GPU waits for
        the CPU. The CPU queues kernels and the GPU runs them, and as long as the CPU is ahead, its
        cost does not show. A `print(loss)` makes the CPU wait for the result, and then the lead is
        gone."""), link(timeline)  # fmt: skip
    ahead = timeline(steps=6, launch=10, run=30, read_back=False)  # @inspect ahead[:3]
    reading = timeline(steps=6, launch=10, run=30, read_back=True)  # @inspect reading[:3]
    finished = {"ahead": ahead[-1].end, "reading": reading[-1].end}  # @inspect finished
    assert finished == {"ahead": 190, "reading": 240}
    plot(times.lanes({"queueing ahead": ahead, "reading each loss": reading}))
    busy = results.busy_and_wall("medium", 512)  # @inspect busy @clear ahead[:3] reading[:3]
    kernel_ms, wall_ms = ({p: pair[i] for p, pair in busy.items()} for i in (0, 1))
    asked = predict(
        f"The kernels of the forward pass took {kernel_ms['float32']:.0f} ms together in float32, "
        f"and the clock on the wall showed {wall_ms['float32']:.0f} ms. In bfloat16 they take "
        f"{kernel_ms['bfloat16']:.0f} ms. What does the clock show?",
        choices=["About 26 ms", "About 40 ms", "About as much as before"],
        hint="Which of the two machines has less to do now, and which has as much as ever?",
    )
    plot(times.busy_and_idle(busy))
    share = {p: kernel_ms[p] / wall_ms[p] for p in busy}  # @inspect share
    assert share["bfloat16"] < 0.4 < 0.9 < share["float32"]
    reveal(asked, "About as much as before", f"It showed {wall_ms['bfloat16']:.0f} ms.")
    longest = results.phases(FAST)["forward"]["longest"]  # @inspect len(longest)
    calls = sum(kernel["calls"] for kernel in longest)  # @inspect calls
    compiled = results.forward_median("model_compiled", "medium", 512, "bf16")  # @inspect compiled
    assert compiled < kernel_ms["bfloat16"] < wall_ms["bfloat16"]
    text(rf"""
        In float32 the GPU is busy {share["float32"]:.0%} of the time, in bfloat16
        {share["bfloat16"]:.0%}. Is it the launches? The ten longest kinds of kernel alone are
        launched {calls} times, and Python works for each of them. So we timed the launching by
        itself, in a pass that keeps nothing for gradients.""")
    launched = recorded_pass()  # @inspect launched.enqueue_ms launched.pass_ms
    assert 0.9 < launched.enqueue_ms / launched.pass_ms < 1
    stretch = launched.stretch(100, 20)
    plot(times.recorded_lanes(stretch, "Twenty kernels of a forward pass, recorded on an H100"))
    text(rf"""
        The CPU needs {launched.enqueue_ms:.1f} ms to put the pass into the queue, and the whole
        pass takes {launched.pass_ms:.1f}: **the GPU waits for the launches**, and each of its bars
        is short beside the gap before it. The compiled model, with fewer and larger kernels, takes
        {compiled:.1f} ms by the clock, less than even the sum of the original kernels, so it saved
        launches *and* memory traffic. That is __fusion__, several operations in one kernel.
    """), note("What would a faster GPU do for the lower bar?")  # fmt: skip


def fusion() -> None:
    text(r"""
        # Fusion: why one kernel beats nine
        Device memory is a warehouse, and an SM is a workshop. Every operation fetches its material
        from the warehouse and takes the product back, even if the next operation needs it at once.
        Our example is GeLU (Hendrycks and Gimpel, 2016), the smooth gate of GPT and BERT, in its
        tanh form
        $$
        \text{GeLU}(x) = \tfrac{1}{2} x \left(1 + \tanh(\sqrt{2/\pi}\,(x + 0.044715\, x^3))\right).
        $$"""), link("1606.08415"), link(kernels.naive_gelu)  # fmt: skip
    x = torch.linspace(-6, 6, 2401, dtype=torch.float64)  # @inspect x.shape
    apart = (F.gelu(x, approximate="tanh") - F.gelu(x)).abs().max().item()  # @inspect apart
    assert 4.7e-4 < apart < 4.8e-4
    assert torch.allclose(kernels.naive_gelu(x), F.gelu(x, approximate="tanh"), atol=1e-6)
    text(rf"""
        The tanh form differs from the exact one, with the error function, by at most {apart:.1e}.

        Written in PyTorch it is nine operations. We run it on tensors that have a shape but no
        data, and write down what every operation reads and writes."""), link(ledger)  # fmt: skip
    asked = predict(
        "If moving bytes is all that costs, how many times faster is one kernel that does it all?",
        unit="times",
        hint="Most of the nine read one tensor and write one; the four with two operands read two.",
        tolerance=0.1,
    )
    plain = ledger(kernels.naive_gelu, SHAPE, torch.bfloat16)  # @inspect len(plain)
    fused = ledger(partial(F.gelu, approximate="tanh"), SHAPE, torch.bfloat16)  # @inspect fused
    size = 2 * math.prod(SHAPE)  # @inspect size
    plot(times.traffic_bars(plain, size, "GeLU, one PyTorch operation at a time"))
    moves = {"nine kernels": moved(plain) // size, "one": moved(fused) // size}  # @inspect moves
    assert (len(plain), len(fused), *moves.values()) == (9, 1, 22, 2)
    reveal(asked, moved(plain) // moved(fused), "13 reads and 9 writes, against one of each.")
    traffic = {"naive": moved(plain), "builtin": moved(fused)}  # @inspect traffic
    predicted = {v: 1e3 * count / COPY for v, count in traffic.items()}  # @inspect predicted
    measured = {v: results.kernel("gelu")[v]["ms"] for v in predicted}  # @inspect measured
    assert all(abs(measured[v] / predicted[v] - 1) < 0.03 for v in predicted)
    plot(times.predicted_and_measured(predicted, measured))
    text(rf"""
        A plain copy on the H100 of the records moves {COPY / 1e12:.2f} TB/s. Bytes divided by that
        predict {predicted["naive"]:.2f} and {predicted["builtin"]:.3f} ms, and the GPU took
        {measured["naive"]:.2f} and {measured["builtin"]:.3f} ms. **A model with one number in it,
        the speed of a copy, is right within 3 %**, and the arithmetic, tanh included, is free. It
        fails where data stay in the cache between two operations, that is for tensors much smaller
        than the 50 MB of L2, and where arithmetic is not free, as we shall see.

        ## Recap: where the time goes
        Faster products leave element-wise kernels behind. Where the GPU waits for the CPU, the
        number of kernels counts more than their speed. For the rest, count bytes, divide by the
        speed of a copy, and compare with the clock.
    """), note("Stop here. The whole lecture is this figure: count, divide, compare.")  # fmt: skip


def cuda_kernel() -> None:
    text(r"""
        # GeLU in CUDA
        The one kernel now has to be written. In _CUDA_ you write what *one thread* does, and the
        grid starts a thread for every element. All mistakes are yours as well: a thread that reads
        beyond the end corrupts memory without a word, and an innocent literal can make the
        arithmetic many times slower.""")
    code(CUDA_SOURCE.read_text(encoding="utf-8"), language="cpp")
    text(r"""
        The number of blocks is rounded up, hence the guard `i < n`. And the literals say `0.5f`, as
        the function says `tanhf`: with `0.5` and `tanh`, C++ would silently compute in double
        precision. We follow two threads through the same lines in Python, which a test compares
        with the CUDA source, on ten elements in blocks of four.""")
    asked = predict(
        "How many of the threads have nothing to do, and what would they do without the guard?",
        kind="text",
        hint="Blocks are started whole.",
    )
    image(tiles.thread_grid(10, 4), alt="ten elements, three blocks of four, two threads idle")
    x, y = torch.linspace(-3, 3, 10), torch.zeros(10)  # @inspect x
    gelu_thread(x, y, n=10, block=0, block_size=4, thread=1)  # @stepinto @inspect y
    gelu_thread(x, y, n=10, block=2, block_size=4, thread=3)  # @stepinto @inspect y
    _ = [gelu_thread(x, y, 10, b, 4, t) for b in range(3) for t in range(4)]  # @inspect y
    assert torch.allclose(y, kernels.naive_gelu(x), atol=1e-6)
    reveal(asked, "Two; they would use memory that is not theirs.", "Nothing reports it.")
    text(r"""
        A tool that does report it is NVIDIA's `compute-sanitizer`. The tests of this lecture also
        compile the CUDA file as plain C++ and run its threads one by one, which proves on any CPU
        that it computes GeLU and that the guard holds.
    """), note("CUDA_LAUNCH_BLOCKING=1 for debugging only.")  # fmt: skip


def triton_kernel() -> None:
    text(r"""
        # GeLU in Triton
        In _Triton_ you write what *one block* does, in Python, on vectors, whose places are called
        _lanes_. The compiler decides how the threads share the work, how loads are coalesced, and
        what goes through shared memory; what each block computes remains yours. Tillet, Kung and
        Cox (2019) showed that this is enough to come near hand-written libraries. This is
        assignment 2's kernel, all of it.
    """), link(WORKS["triton paper"]), link(kernels.gelu_kernel.fn)  # fmt: skip
    text(r"""
        We walk through it, on 10 numbers in blocks of 4. The lines that run are the kernel's own,
        with PyTorch in the place of Triton's words; a test holds both to the same result.
    """), link(one_program)  # fmt: skip
    asked = predict(
        "The last program loads a block of four from a tensor of ten. What is in its last lane?",
        choices=["The first element", "Zero, and nothing is read", "Whatever lies there"],
        hint="Look for `mask` and `other` in the call of `tl.load`.",
    )
    x, y = Pointer(torch.randn(10), "x"), Pointer(torch.zeros(10), "y")  # @inspect x y
    first, last = (
        one_program(kernels.gelu_kernel, program) for program in (0, 2)
    )  # @inspect first
    first(x, y, 10, BLOCK=4)  # @stepinto 1
    one_program(kernels.gelu_kernel, program=1)(x, y, 10, BLOCK=4)
    last(x, y, 10, BLOCK=4)  # @stepinto 1
    reveal(asked, "Zero, and nothing is read", "The mask plays the part of CUDA's `if`.")
    touched = {"read": x.read, "written": y.written}  # @inspect touched
    assert touched == {"read": 10, "written": 10}
    assert torch.allclose(y.tensor, kernels.naive_gelu(x.tensor), atol=1e-6)
    table(
        results.kernel_rows("gelu"),
        columns=["GeLU, forward", "ms", "GB/s", "% of a copy"],
        caption="bfloat16, " + results.recorded_on("kernels"),
    )
    share = {v: r["share_of_copy"] for v, r in results.kernel("gelu").items()}  # @inspect share
    assert min(share["builtin"], share["triton"], share["compiled"]) > 0.97
    text(rf"""
        Ten elements were read and ten written, each once. On the H100 of the table, in bfloat16,
        five lines of Triton reach {share["triton"]:.0%} of a copy, as do the built-in function and
        the compiler's. There is nothing left to gain for this function alone.
    """), note("CUDA: threads. Triton: blocks. PyTorch: tensors.")  # fmt: skip


def reading_ptx() -> None:
    text(r"""
        # What the machine is told: PTX
        When two kernels that compute the same differ in time, the sources rarely tell why. _PTX_ is
        the assembly that CUDA and Triton both produce, and no GPU is needed to compile to it. These
        listings are of exactly the kernels that are timed in the next section, and a test compares
        block, warps and compiler. First CUDA, for one thread."""), link(WORKS["ptx"])  # fmt: skip
    made = {n: listings.compiled_by(n) for n in ("cuda_gelu", "triton_gelu")}  # @inspect made
    pattern = r"ctaid|ntid|%tid|mul.wide.u32|setp.ge.s64|bra|(ld|st)\.global"
    code("\n" + listings.excerpt(listings.read("cuda_gelu"), [pattern]), language="asm")
    text(r"""
        `%ctaid.x` is the block, `%ntid.x` its size and `%tid.x` the thread, as in our source.
        `setp` and `bra` are the `if`. There is one `ld.global.f32` and one `st.global.f32`, so each
        thread handles **one element**, and a warp asks for one line of 128 bytes at a time.""")
    shape = listings.parameters("triton_gelu")  # @inspect shape
    asked = predict(
        f"Triton was given blocks of {shape['BLOCK']} elements and {shape['num_warps']} warps. How "
        "many load instructions does one thread execute, if each loads four floats at once?",
        unit="loads",
        hint="Elements of a block, divided by threads of a block.",
    )
    pattern = r"reqntid|ctaid|%tid|setp|(ld|st)\.global"
    code("\n" + listings.excerpt(listings.read("triton_gelu"), [pattern]), language="asm")
    names = listings.instructions(listings.read("triton_gelu"))  # @inspect len(names)
    loads = names.count("ld.global.v4.b32")  # @inspect loads
    exponentials = sum(name.startswith("ex2") for name in names)  # @inspect exponentials
    per_thread = shape["BLOCK"] // (32 * shape["num_warps"])  # @inspect per_thread
    assert 4 * loads == exponentials == per_thread == 16
    assert names.count("st.global.v4.b32") == loads
    reveal(asked, loads, "Four floats in each: `v4`, 128 bits, one instruction.")
    text(rf"""
        Each thread has {per_thread} elements, in {loads} loads of four at once and as many stores.
        This is _thread coarsening_: fewer and wider requests, with more of them under way at a
        time. The loop is written out, so there are {exponentials} `ex2.approx`, the hardware's
        power of two. In place of `bra`, the mask is a predicate `@%p1` before each load.""")
    mixes = {
        name: listings.roles(listings.read(name))
        for name in ["cuda_gelu", "triton_gelu", "triton_softmax", "triton_matmul"]
    }  # @inspect mixes
    plot(tiles.instruction_mix(mixes))  # @clear mixes made
    assert "between threads" not in mixes["triton_gelu"]
    assert "between threads" in mixes["triton_softmax"]
    assert "tensor cores" in mixes["triton_matmul"]
    assert "float arithmetic" not in mixes["triton_matmul"]
    names = listings.instructions(listings.read("triton_softmax"))  # @inspect len(names)
    shuffles = names.count("shfl.sync.bfly.b32")  # @inspect shuffles
    assert shuffles == 2 * (5 + 3)
    names = listings.instructions(listings.read("triton_matmul"))  # @inspect len(names)
    wgmma = [name for name in names if "mma_async" in name]  # @inspect wgmma[0] len(wgmma)
    assert len(wgmma) == 4
    assert "m64n128k16" in wgmma[0]
    text(rf"""
        Each line of a listing counts once here, though some run many times. GeLU is arithmetic. Its
        threads never meet, while those of softmax do: a maximum and a sum over a row held by 8
        warps are two trees, each with $\log_2 32 = 5$ exchanges within a warp (`shfl.sync.bfly`)
        and, past a barrier, $\log_2 8 = 3$ between the warps, {shuffles} in all. (Softmax is tuned
        on the GPU, and 8 warps is one of the four candidates; the winner was not recorded.)

        The matrix product has *no* ordinary float arithmetic. Its mathematics is {len(wgmma)}
        instructions `wgmma.mma_async`, in each of which four warps give the tensor cores a product
        of 64 × 128 × 16. Everything else is finding addresses and moving data. All is `tl.dot`.

        ## Recap: three ways to say it
        In CUDA you write a thread, in Triton a block, and PTX shows what either became: how wide
        the requests are, where threads meet, and which instructions do the mathematics.
    """), note("Let them find the predicate.")  # fmt: skip


def compiler() -> None:
    text(r"""
        # Let the compiler do it
        Writing kernels by hand costs days, and each is one more thing to test and to port.
        `torch.compile` (Ansel et al., 2024) takes a Python function, collects its operations in a
        graph, and writes fused kernels for the graph. PyTorch has a simpler tracer too,
        `torch.fx.symbolic_trace`, which shows what such a graph looks like for our plain GeLU.
    """), link(WORKS["pytorch 2"])  # fmt: skip
    graph = torch.fx.symbolic_trace(kernels.naive_gelu)  # @inspect len(graph.graph.nodes)
    code("\n" + graph.code.strip(), language="python")
    assert sum(node.op == "call_function" for node in graph.graph.nodes) == 9
    asked = predict(
        "A CPU has no kernels to launch, and its caches are large. Does fusing the nine operations "
        "pay there as well, on 262,144 floats?",
        choices=["No, it is slower", "Yes, but by less than 11 times", "Yes, by about 11 times"],
        hint="How long does a tanh take on one core, compared with loading a float?",
    )
    compiled = json.loads(COMPILED_GELU.read_text(encoding="utf-8"))  # @inspect compiled["torch"]
    text(rf"""
        For a GPU, `torch.compile` writes a Triton kernel. For a CPU it writes C++, and this is what
        it wrote on {compiled["date"]} (torch {compiled["torch"]}, `{compiled["command"]}`).""")
    code(compiled["kernel"], language="cpp")
    assert compiled["largest_difference"] < 1e-6
    assert compiled["kernel"].count("loadu") == compiled["kernel"].count(".store(") == 1
    gain = experiments.gelu_on_a_cpu()  # @inspect gain
    reveal(asked, "Yes, but by less than 11 times", f"By {gain:.1f} times in this record.")
    assert 1.3 < gain < 11
    text(rf"""
        There is one loop with one load and one store, sixteen floats at a time, and the nine
        operations have become the registers `tmp3` to `tmp17`. It differs from the plain version by
        {compiled["largest_difference"]:.1e}. The gain of {gain:.1f} is smaller than the 11 of a
        GPU. We suspect the arithmetic, which is not free on one core.

        **Use the compiler first.** Write a kernel by hand where it cannot help: when the
        *algorithm* must change, as in FlashAttention, or when the hardware has something that the
        compiler does not use.
    """), note("'compiled' below is this function, by Triton.")  # fmt: skip


def five_ways() -> None:
    text(r"""
        # GeLU five ways
        All five versions compute the same, as the tests of this lecture show, and four of them are
        a single kernel. If bytes were the whole story, those four would take the same time. In
        float32, on a GiB of numbers, on an H100, the memory itself sets the limits.""")
    bounds = [round(n * 2**30 / 3.35e9, 2) for n in (22, 2)]  # @inspect bounds
    asked = predict(
        f"One trip to memory and back takes {bounds[1]} ms at least. Four of the five are fused. "
        "Which of the four is the slowest?",
        choices=["The built-in one", "The compiler's", "Our CUDA", "Our Triton"],
        hint="Compare what one thread loads at a time in the two listings.",
    )
    ways = show_gpu_table("GeLU of 16384 × 16384 float32")
    reveal(asked, "Our CUDA", "Fusion is necessary, and not sufficient.")
    slower = ways["CUDA"].median / ways["Triton"].median - 1  # @inspect slower
    assert 0.5 < slower < 0.55
    text(rf"""
        The unfused version cannot beat {bounds[0]} ms, and takes {1e3 * ways["naive"].median:.2f}.
        **Our CUDA kernel takes {slower:.0%} more time than our Triton kernel**, and
        {ways["CUDA"].median / ways["built-in"].median - 1:.0%} more than the built-in one, for the
        same bytes. The listings name suspects: one element a thread instead of sixteen, 4 bytes a
        request instead of 16, and an exact `tanhf` in place of one power of two and a division.
        Nothing here says which is guilty. Changing one at a time would, and it is the second
        exercise at the end.

        Is the compiler, then, as good as we are? Softmax is the next function, and here are its
        times in both dtypes, since the answer depends on it.""")
    table(
        results.both_dtypes("softmax"),
        columns=["softmax", "bf16, ms", "bf16, % of a copy", "float32, ms", "float32, % of a copy"],
        caption=f"float32: 16384 × 16384. bfloat16: {SHAPE}, {results.recorded_on('kernels')}",
    )
    _, _, theirs, ours = (row[1:] for row in results.both_dtypes("softmax"))  # @inspect theirs ours
    assert (ours[0] < theirs[0], ours[2] < theirs[2]) == (True, False)
    lead = results.lead_over_compiler()  # @inspect lead
    assert all(abs(lead[name] - 1) < 0.01 for name in ("gelu", "swiglu", "rms_norm"))
    plot(times.share_of_copy())
    text(rf"""
        In bfloat16 our softmax reaches {ours[1]} % of a copy and the compiler's {theirs[1]} %; in
        float32, at another shape, the compiler is ahead, {theirs[2]} ms against {ours[2]}. The
        figure shows all six kernels of assignment 2, in bfloat16. There the compiler's times equal
        ours within one percent at three of them, are {lead["softmax"] - 1:.0%} and
        {lead["cross_entropy"] - 1:.0%} longer for softmax and cross-entropy, and
        {1 - lead["weighted_sum"]:.0%} shorter for the weighted sum. A claim about a compiler needs
        a dtype, a shape and a version.

        ## Recap: one function, five ways
        One kernel in place of nine is worth a factor of 11, whoever writes it. Two fused kernels
        can still differ by half. Read the assembly of what you time, and compare like with like.
    """), link(WORKS["triton softmax"]), link(kernels.weighted_sum), note("We lose.")  # fmt: skip


def row_wise() -> None:
    text(r"""
        # Softmax: a function of a row
        GeLU needs one element to compute one element. Softmax needs the whole row, twice, for the
        maximum and for the sum, and where each of these is a kernel of its own, the row travels
        each time. The function is $$y_i = \frac{e^{x_i - m}}{\sum_j e^{x_j - m}}, \qquad m = \max_j
        x_j.$$""")
    rows = torch.tensor([[5.0, 5.0, 5.0], [0.0, 0.0, 100.0]])  # @inspect rows
    overflow = torch.exp(rows).sum(dim=1)  # @inspect overflow
    assert overflow[1].isinf()
    text(r"""
        Without the maximum, $e^{100}$ is too large for float32 and the second row is lost. With it,
        numerator and denominator shrink alike, and the largest term is 1.""")
    m, n = SHAPE  # @inspect m n
    plain = ledger(kernels.naive_softmax, SHAPE, torch.float32)  # @inspect len(plain)
    half = ledger(kernels.naive_softmax, SHAPE, torch.bfloat16)  # @inspect len(half)
    plot(times.traffic_bars(plain, 4 * m * n, "Softmax in float32, one operation at a time"))
    assert sum(o.read for o in plain) == 4 * (5 * m * n + 2 * m)
    assert sum(o.written for o in plain) == 4 * (3 * m * n + 2 * m)
    trips = {"float32": moved(plain) / (4 * m * n), "bfloat16": moved(half) / (2 * m * n)}
    predicted = 1e3 * moved(half) / COPY  # @inspect predicted
    measured = results.kernel("softmax")["naive"]["ms"]  # @inspect measured
    assert 1 < measured / predicted < 1.3
    text(rf"""
        The division reads $m$ numbers too, one sum for each row, which tables in lectures like to
        forget: $5MN + 2M$ reads and $3MN + 2M$ writes. That makes {trips["float32"]:.0f} trips in
        float32, where two would do. In bfloat16, casts to float32 and back raise it to
        {trips["bfloat16"]:.0f} trips' worth of bytes. They predict {predicted:.2f} ms, and
        {measured:.2f} were measured, so reductions run somewhat below the speed of a copy.

        In the kernel, one program takes whole rows into registers. We step through it, for three
        rows of five numbers, in a block of 4 × 8.
    """), link(kernels.softmax_kernel.fn), link(kernels.rms_norm), link("1805.02867")  # fmt: skip
    asked = predict(
        "The block has lanes beyond the end of each row. Which value must they hold, so that "
        "neither the maximum nor the sum notices them?",
        choices=["0", "1", "−∞", "NaN"],
        hint="It has to lose every maximum, and its exponential has to add nothing.",
    )
    x, y = Pointer(torch.randn(3, 5), "x"), Pointer(torch.zeros(3, 5), "y")  # @inspect x.tensor
    program = one_program(kernels.softmax_kernel)  # @inspect program
    program(x, y, 3, 5, BLOCK=8, ROWS=4)  # @stepinto 1
    reveal(asked, "−∞", "With 0, a row of negative numbers would get the wrong maximum.")
    assert torch.allclose(y.tensor, F.softmax(x.tensor, dim=-1), atol=1e-6)
    text(r"""
        The kernel divides once a row and multiplies each element. An exact division is many
        instructions, and with one for every element the same kernel came to about 71 % of a copy,
        by the kernel log of assignment 2: arithmetic is free only up to a point.

        A row longer than 65,536 does not fit into the registers of a block. Then a program walks
        along the row in tiles. For a plain sum that is easy: each lane keeps a running sum of its
        own, and the lanes are added up once, at the end.
    """), link(kernels.row_sum_kernel.fn)  # fmt: skip
    x, sums = Pointer(torch.arange(11.0).view(1, 11), "x"), Pointer(torch.zeros(1), "sums")
    program = one_program(kernels.row_sum_kernel)  # @inspect program
    program(x, sums, 11, BLOCK=4)  # @stepinto 1
    assert sums.tensor.item() == 55
    sums_ms = {k: 1e3 * v.median for k, v in show_gpu_table(ROW_SUMS).items()}
    text(rf"""
        The walk costs nothing: {sums_ms["Triton"]:.3f} ms, against {sums_ms["built-in"]:.3f} for
        the built-in sum, and both only read, at {2**30 / sums_ms["Triton"] / 1e9:.1f} TB/s.
    """), note("One exchange a row, not one a tile.")  # fmt: skip


def matmul_by_tiles() -> None:
    text(r"""
        # Matrix product by tiles
        Computed element by element, $C = AB$ reads $2MNK$ numbers, and even an H100 would wait for
        them most of the time. But all elements of a tile of $C$ need the same few rows of $A$ and
        columns of $B$. Load these once into shared memory, and each number is used $T$ times, with
        $T$ the side of the tile. This is our kernel, with ReLU at its end while the tile is still
        in registers, and we walk through the first of its programs.
    """), link(kernels.matmul_kernel.fn)  # fmt: skip
    a, b, c = (Pointer(torch.randn(8, 8), name) for name in "abc")  # @inspect a.tensor b.tensor
    shape = {"M": 8, "N": 8, "K": 8, "stride_am": 8, "stride_bk": 8, "stride_cm": 8}
    tile = {"TILE_M": 4, "TILE_N": 4, "TILE_K": 4, "GROUP": 1, "RELU": True}  # @inspect shape tile
    program = one_program(kernels.matmul_kernel)  # @inspect program
    program(a, b, c, **shape, **tile)  # @stepinto 1
    asked = predict(
        "This program computed 16 of the 64 elements of C. How many numbers will the whole product "
        "have read from A and B together, when all four programs are done?",
        unit="numbers",
        hint="Without tiles: 2 · 8³. How often is each number used now?",
    )
    a, b, c = (Pointer(torch.randn(8, 8), name) for name in "abc")  # @inspect a.tensor b.tensor
    all_programs(kernels.matmul_kernel, 4, a, b, c, **shape, **tile)  # @inspect c.tensor
    reads = a.read + b.read  # @inspect reads
    reveal(asked, reads, "2 · 8³ ÷ 4: each number is read by two tiles of C, not by eight.")
    assert reads == 2 * 8**3 // 4
    assert torch.allclose(c.tensor, torch.relu(a.tensor @ b.tensor), atol=1e-5)
    saved = 1e6 * 2 * 2 * 4096 * 16384 / 3.35e12  # @inspect saved
    assert round(saved) == 80
    text(rf"""
        The kernel itself did the counting, through its own loads. ReLU in the same kernel saves one
        write and one read of $C$: {saved:.0f} microseconds at 3.35 TB/s, for an activation of 4096
        tokens and width 16384 in bfloat16. Tiles fail where they do not fill: a product with one
        row, as in decoding, uses each number of $B$ once whatever the tile.""")
    relu = {k: 1e3 * v.median for k, v in show_gpu_table(PRODUCT_AND_RELU).items()}
    gain = relu["Triton, then ReLU"] - relu["Triton, ReLU inside"]  # @inspect gain
    assert 0.08 < gain < 0.1
    text(rf"""
        An output of 8192 × 8192 has as many numbers, and there the fusion saves our kernel
        {1e3 * gain:.0f} microseconds. It is not enough: the library's product with a ReLU after it
        takes {relu["library, then ReLU"]:.2f} ms, ours with one inside
        {relu["Triton, ReLU inside"]:.2f}. Compare with what you would use instead.
    """), note("Who reads A's first number?")  # fmt: skip


def the_order_of_launch() -> None:
    text(r"""
        # The order of launch
        Tiles are also shared *between* programs, through the L2 cache, and then it matters which
        programs run together. Nothing has to be computed differently for that; only the numbering
        of the programs changes. Suppose $C$ has 9 × 9 tiles and nine programs run at a time.
    """), link(kernels.launch_order)  # fmt: skip
    row_major = kernels.launch_order(9, 9, group=1)  # @inspect row_major[:9]
    grouped = kernels.launch_order(9, 9, group=3)  # @inspect grouped[:9]
    assert sorted(row_major) == sorted(grouped)
    orders = {"row-major": row_major, "groups of 3": grouped}
    plot(tiles.launch_maps(orders, first=9))  # @clear row_major[:9] grouped[:9]
    loads = {name: tiles_loaded(orders[name][:9], inner=9) for name in orders}  # @inspect loads
    assert loads == {"row-major": 9 + 81, "groups of 3": 27 + 27}
    misses = {
        group: cache_misses(kernels.launch_order(9, 9, group), inner=9, capacity=60)
        for group in range(1, 10)
    }  # @inspect misses
    plot(tiles.loads_by_group(misses))
    assert misses[1] == 9 * (9 + 81)
    assert min(misses.values()) == misses[3] == misses[4] == 0.4 * misses[1]
    text(rf"""
        A line of nine tiles needs {loads["row-major"]} input tiles, a square needs
        {loads["groups of 3"]}. For the whole product and a cache that keeps the 60 tiles used last,
        groups of three or four bring the traffic down to 40 %. Now the real one, 8192 × 8192 in
        bfloat16 with tiles of 128 × 128, of which 264 run at a time, as we derived. What would the
        traffic of each order cost, at the speed of a copy?""")
    first = {group: kernels.launch_order(64, 64, group)[:264] for group in (1, 8)}
    strips = {group: tiles_loaded(first[group], inner=1) for group in first}  # @inspect strips
    scale = 1e3 * (2 * 128 * 8192) * (64 * 64 / 264) / COPY  # @inspect scale
    traffic = {group: scale * count for group, count in strips.items()}  # @inspect traffic
    less = 1 - traffic[8] / traffic[1]  # @inspect less
    assert (round(traffic[1], 2), round(traffic[8], 2), round(less, 2)) == (0.74, 0.44, 0.41)
    asked = predict(
        f"Groups of 8 save {less:.0%} of our kernel's traffic. How much faster does it become?",
        choices=["Not at all", "By 10 to 20 %", "By about 40 %"],
        hint="Is memory what the kernel waits for? It takes about 2 ms in row-major order.",
    )
    measured = show_gpu_table("Product of 8192 × 8192 bfloat16")
    row = measured["Triton, row-major"].median  # @inspect row
    eight = measured["Triton, groups of 8"].median  # @inspect eight
    reveal(asked, "Not at all", f"It takes {eight / row - 1:.1%} longer.")
    assert abs(eight / row - 1) < 0.05
    assert traffic[1] < 1e3 * row
    text(rf"""
        Even row-major order needs only {traffic[1]:.2f} ms for its traffic, and the kernel takes
        {1e3 * row:.2f}. Memory was not its limit, so relieving memory gains nothing. **An
        optimisation pays only at the bottleneck.** The library takes
        {1e3 * measured["library"].median:.2f} ms; we suspect that some of its warps only fetch
        tiles while others multiply, and have not shown it.

        ## Recap: rows and tiles
        Keep a row in registers if it fits, and walk along it if it does not. Tiles divide the
        traffic of a product by their side. Before you optimise anything, compute what it can gain.
    """), note("Let them count the tiles of three rows of three.")  # fmt: skip


def roofline() -> None:
    text(r"""
        # The roofline, with our kernels on it
        Memory was the limit of most kernels so far, and of some it was not. It would have saved
        work to know that before writing them. A kernel's *intensity* $I$ is the number of
        operations for each byte that it must move. With the peak $P$ and the bandwidth $B$, it can
        at best reach $\min(P,\, I \cdot B)$, a slope that ends under a flat roof (Williams,
        Waterman and Patterson, 2009). The two meet at the *ridge* $P / B$.
    """), link(WORKS["roofline"]), link(times.roofline_points)  # fmt: skip
    asked = predict(
        "Where does decoding lie, one token at a time with one sequence, where each weight is read "
        "once and used for one multiplication and one addition in bfloat16?",
        choices=["Far left, on the slope", "Near the ridge", "Right, under the flat roof"],
        hint="Two operations for two bytes.",
    )
    points = {p["label"]: p["intensity"] for p in times.roofline_points()}  # @inspect points
    ridge = round(989.5e12 / 3.35e12)  # @inspect ridge
    assert ridge == 295
    assert max(i for label, i in points.items() if "fused" in label) < 10 < ridge
    assert min(i for label, i in points.items() if "attention" in label) > ridge
    plot(times.roofline())  # @clear points
    reveal(asked, "Far left, on the slope", f"Intensity 1, where the ridge is at {ridge}.")
    text(r"""
        The fused kernels lie *on* the slope: they cannot be made faster, only avoided. The naive
        ones hang below it, since they move more than they must. Products and attention, in one
        kernel, lie far to the right. The picture is silent about latency and launches, so a point
        below the line may be a slow kernel or simply a small one.
    """), note("Ask why batching moves decoding to the right, and what stops it.")  # fmt: skip


def attention() -> None:
    text(r"""
        # FlashAttention
        Attention is softmax between two matrix products, and written plainly it stores a score for
        every pair of tokens. No compiler removes those scores, because softmax seems to need the
        whole row before the second product can begin.""")
    scores, inputs = 2 * 16384**2 / 2**20, 4 * 2 * 16384 * 64 / 2**20  # @inspect scores inputs
    text(rf"""
        For one head, 16,384 tokens and bfloat16, that is {scores:.0f} MiB of scores for
        {inputs:.0f} MiB of queries, keys, values and output. The *algorithm* must change.
    """), link("1805.02867"), link("2205.14135"), link("2307.08691")  # fmt: skip
    text(r"""
        Milakov and Gimelshein (2018) compute softmax in one walk, and correct it on the way: keep a
        running maximum $m$ and sum $\ell$, and for each new tile of scores $s$,
        $$
        m' = \max(m, \max s), \quad \ell' = e^{m - m'} \ell + \sum e^{s - m'}, \quad
        o' = e^{m - m'} o + e^{s - m'} V.
        $$
        Dao et al. (2022) built exact attention on it that never writes the scores, and Dao (2023)
        rearranged the loops so that more of them run side by side. We step through the inner loop
        of the assignment's kernel, for two queries and four keys, in tiles of two.
    """), link(kernels.attend_kernel.fn)  # fmt: skip
    asked = predict(
        "In the second tile one query meets a larger score. What happens to what it has summed?",
        kind="text",
        hint="The old terms were computed relative to the old maximum.",
    )
    q, k = torch.eye(2), torch.tensor([[1.0, 5.0], [3.0, 2.0], [2.0, 3.0], [5.0, 1.0]])
    v, two = torch.eye(4, 2), torch.arange(2)  # @inspect q k v
    at_k, at_v, attend = Pointer(k, "k"), Pointer(v, "v"), one_program(kernels.attend_kernel)
    acc, total, row_max = torch.zeros(2, 2), torch.zeros(2), torch.full((2,), -math.inf)
    acc, total, row_max = attend(  # @stepinto 1
        acc, total, row_max, q, at_k, at_v, two, two, 0, 4, 4, 2, math.log2(math.e), 2, 1, 2, 1,
        MASKED=False, CAUSAL=False, PAD_D=False, PRECISION="ieee", BLOCK_N=2,
    )  # fmt: skip
    answer = acc / total[:, None]  # @inspect answer
    assert torch.allclose(answer, torch.softmax(q @ k.T, dim=1) @ v, atol=1e-6)
    reveal(asked, "Both sums are multiplied by exp(old maximum − new maximum).", "It is `decay`.")
    text(r"""
        The row is never held as a whole, and the answer is exact; the tests of this lecture compare
        the whole kernel with the definition, forward and backward. In the assignment you write it
        three times, from the definition, in tiles of PyTorch, and in Triton, and each is the test
        of the next. On an H100 it stands beside cuDNN, the library.
    """), link(kernels.attention_reference), link(tiled_forward)  # fmt: skip
    plot(times.attention_bars())
    ours, cudnn = (results.attention_forward(n) for n in ("ours_hopper", "cudnn"))
    rates = [[round(r["forward_tflops"]) for r in each] for each in (ours, cudnn)]  # @inspect rates
    ratios = [round(o / c, 2) for o, c in zip(*rates, strict=True)]  # @inspect ratios
    share = [round(r["forward_tflops"] / 989.5, 2) for r in ours]  # @inspect share
    spread = max(r["forward_highest"] / r["forward_lowest"] for r in cudnn)  # @inspect spread
    assert all(0.95 < ratio <= 1.15 for ratio in ratios)
    assert 0.5 < min(share) < max(share) < 0.7
    assert spread > 1.1
    text(rf"""
        *Ours Hopper* reaches {min(ratios)} to {max(ratios)} times the rate of cuDNN, and
        {min(share):.0%} to {max(share):.0%} of the tensor cores' peak. *Ours portable* is plain
        Triton, like the code that the compiler writes for `flex_attention`. Do not read too much
        into ten percent: every implementation was visited three times, and cuDNN's own lowest and
        highest rates at one shape are a factor of {spread:.2f} apart.
    """), note("Assignment 2: start from the reference, then tiles, then Triton.")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        Benchmark with warm-up and synchronisation, at several sizes, and report the spread. Profile
        to learn what is called, and compare the sum of the kernels with the clock on the wall.
        Count bytes: they predicted one kernel and nine of them within 3 %. Let the compiler fuse
        what is element-wise, and change the algorithm where fusion stops. Read the PTX of what you
        time when you want to know, not believe.

        | you think in | you write | who does the rest |
        |---|---|---|
        | tensors | PyTorch | one kernel for each operation |
        | tensors | PyTorch, compiled | the compiler fuses |
        | blocks | Triton | the compiler: threads, shared memory |
        | threads | CUDA | you |

        ## Three exercises
        1. Predict the time of RMSNorm, $y = x \cdot w / \sqrt{\text{mean}(x^2) + \epsilon}$, on
           32768 × 4096 numbers in bfloat16, in one kernel, at 3.02 TB/s. Then look up
           `rms_norm` in `assignments/assignment2-systems/results/kernels.json`. (Your prediction
           should be within 10 % of the kernel `triton`, forward.)
        2. Make `gelu.cu` load a `float4` for each thread, and time it against the original on any
           NVIDIA GPU. Then put the loads back and replace `tanhf` alone. (Check: both give GeLU
           within $10^{-5}$, and you can now say which of the two suspects costs more.)
        3. In `take_timeline` of `lectures/lecture_06/tools/measure.py`, make the batch eight times
           as large, and say what `enqueue_ms` and `pass_ms` will be before you run it on a GPU.
           (Check: the first stays, and the second is eight times the kernels' sum.)

        ## What to read next, and why
        He (2022) tells in an hour's reading how to know which of compute, memory and overhead is
        your limit. Rush's *GPU Puzzles* make you write the thread indices yourself, which no text
        can do for you. Dao (2023) is the best account of how an algorithm is fitted to a machine.
        The next lecture asks the same question with more than one GPU: how many bytes move, and how
        far."""), link(WORKS["puzzles"]), note("Which of your functions travels?")  # fmt: skip


if __name__ == "__main__":
    main()
