"""Lecture 5: how a GPU is built, what makes it fast, and what makes it slow.

Title: GPUs: a machine that hates to wait
Unit: systems
Minutes: 75
Prerequisites: lecture_02
Assignments: assignment2-systems
Figure: memories
Resources: gpus=1, memory=32G
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call"

import torch
from cs336_basics.attention import scaled_dot_product_attention
from cs336_systems.flash_attention import tiled_backward, tiled_forward

from lecture_tracer import code, link, note, plot, predict, reveal, table, text
from lectures.lecture_05 import (
    access,
    attention,
    chips,
    memory,
    quantisation,
    records,
    residency,
    saw,
    simt,
)
from lectures.lecture_05.figures import chip, numbers, tiles, warps
from lectures.lecture_05.probes import excerpt
from lectures.lecture_05.systolic import SystolicArray, busy_by_inputs, skewed
from lectures.lecture_05.works import WORKS

GHZ = records.clock_ghz()  # of the H100 of the records, while nothing heavy runs
HBM = records.hbm_cycles()  # of one dependent read from device memory
COPY = records.bandwidth()  # TB/s of a plain copy on it
PEAK = records.tflops("bfloat16")  # TFLOP/s of a large product on it


def main() -> None:
    torch.set_num_threads(1)  # @hide
    torch.use_deterministic_algorithms(True)  # torch.empty shows NaN, not what lay there @hide
    welcome()
    many_slow_workers()
    memories()
    threads_and_warps()
    residents()
    hiding_latency()
    neighbours()
    banks()
    roofline()
    small_numbers()
    blocks_with_a_scale()
    fuse_and_recompute()
    tiling()
    the_saw()
    flash_attention()
    another_machine()
    what_to_keep()


def welcome() -> None:
    seconds = 2 * 2048**3 / records.saw_tooth()[2048] / 1e12  # @inspect seconds
    text(rf"""
        # GPUs: a machine that hates to wait
        **Lecture 5: the parts of a GPU, its roofline, and the tricks that follow from them**

        An H100 multiplies two matrices of 2048 × 2048 bfloat16 numbers in
        {1e6 * seconds:.0f} microseconds. That is 17 billion operations, in less time than it takes
        to say anything about them. Somebody adds one row and one column, which is 0.15 % more work.
    """)
    predict(
        "How long does the product of 2049 × 2049 take, compared with 2048 × 2048?",
        name="mystery",
        choices=["As long", "Half as long again", "About seven times as long"],
        hint="There would be no question if the first answer were right.",
    )
    text(r"""
        By the end you can explain that, and also how attention over 16,384 tokens can run without
        ever storing its 268 million scores. Both follow from one fact: a GPU does arithmetic so
        fast that nearly everything it does is wait for numbers. So we first look at the machine,
        with a stopwatch in every room; then come the tricks, each with the time that it saves.

        Every time in this lecture was measured on one H100 by the kernels of this lecture,
        `probes.cu`, or by PyTorch's library, and is shown as a *record* with its command. What a
        CPU can count or compute is run while you watch.
    """), note("Let them vote, write the votes down, answer in an hour.")  # fmt: skip


def many_slow_workers() -> None:
    text(r"""
        # Many slow workers
        Until about 2005 a processor got faster by itself: each generation of smaller transistors
        could be clocked higher at the same power. Then leakage ended that, the clock stood still,
        and the growing number of transistors had to be spent on *more* units. A CPU spends them on
        making a few threads wait less, with caches and guesses about the future. A GPU spends them
        on arithmetic, and when one thread has to wait it runs another. It needs thousands of
        threads, and it does not care how slow each is.

        Not everything about a GPU grows at the same pace, though, and this lecture exists because
        of the difference. Dense 16-bit arithmetic, memory bandwidth and NVLink, over four
        generations of NVIDIA's data-centre GPUs:
    """)
    table(
        [[name, *values] for name, values in chips.GENERATIONS.items()],
        columns=["GPU", "year", "TFLOP/s", "memory, TB/s", "NVLink, GB/s"],
        caption="Makers' peaks without sparsity; with it they are quoted twice as high",
    )
    asked = predict(
        "Which of the three grew most slowly from V100 to B200?",
        choices=["Arithmetic", "Memory bandwidth", "The links between GPUs"],
        hint="Divide the last row by the first.",
    )
    growth = {
        name: chips.growth_in_two_years(column)
        for column, name in enumerate(["arithmetic", "memory", "links"])
    }  # @inspect growth
    plot(warps.growth(growth))
    reveal(asked, "The links between GPUs", "A factor of 6, where arithmetic has 18.")
    assert growth["arithmetic"] > growth["memory"] > growth["links"] > 1.5
    ridges = {n: g[1] / g[2] for n, g in chips.GENERATIONS.items()}  # @inspect ridges
    assert [round(r) for r in ridges.values()] == [139, 153, 295, 281]
    text(rf"""
        In two years arithmetic grows {growth["arithmetic"]:.1f}-fold, memory
        {growth["memory"]:.1f}-fold, links {growth["links"]:.1f}-fold. Gholami et al. (2024) find
        3.0, 1.6 and 1.4 over twenty years of servers: another selection, the same order. For each
        byte from memory a V100 could do {ridges["V100"]:.0f} operations and an H100 has to find
        {ridges["H100"]:.0f}, or idle. The B200, with {ridges["B200"]:.0f}, is the first step back.

        Beware of the brochures. NVIDIA's headline of 1,979 TFLOP/s for the H100 in bfloat16 counts
        zeros that are skipped in a pattern of two out of four, which hardly any model has; slides
        copy it as if it were dense. Divide by two.
    """), link("2403.14123"), link(WORKS["h100"]), note("V100 125/0.9: by head.")  # fmt: skip


def memories() -> None:
    text(r"""
        # The memories of the chip
        A kernel's speed is decided by where its numbers lie, so here is the map. An H100 has 132
        _streaming multiprocessors_ (SMs); each has four partitions with a scheduler, arithmetic
        units, a tensor core and a file of registers; together the four share 256 KB that serve as
        first-level cache and as _shared memory_, which the program manages itself. All SMs share a
        second-level cache (L2) of 50 MB, and outside the chip lie 80 GB of _device memory_ (HBM).
    """), link(WORKS["hopper"]), link(WORKS["ampere"])  # fmt: skip
    asked = predict(
        "Which holds most on an A100 (108 SMs, each with 256 KB of registers and 192 KB of "
        "first-level cache, and 40 MB of L2)?",
        choices=["All registers together", "All first-level caches together", "L2"],
        hint="Multiply before you guess: 108 is a large number.",
    )
    a100 = {"registers": 108 * 256 / 1024, "first level": 108 * 192 / 1024, "L2": 40.0}  # MiB
    h100 = {"registers": 132 * 256 / 1024, "first level": 132 * 256 / 1024, "L2": 50.0}
    table(
        [["A100", *a100.values()], ["H100", *h100.values()]],
        columns=["GPU", "registers, MiB", "first level, MiB", "L2, MB"],
    )
    reveal(asked, "L2", "But the registers hold 27 MiB, more than the first-level caches.")
    assert (a100["registers"], a100["first level"], h100["registers"]) == (27, 20.25, 33)
    text(r"""
        A CPU has a few kilobytes of registers. A GPU has megabytes, because thousands of threads
        keep their state there at once and none is ever saved and loaded again: switching to another
        thread is free. Now the distances. One thread follows a chain through memory, where each
        number is the address of the next, so that no two reads can overlap. This is the kernel.
    """)
    code(excerpt("follow_chain"), language="cpp")
    asked = predict(
        "A read from the first-level cache takes 40 cycles. How many does one from HBM take?",
        unit="cycles",
        hint="It passes the whole chip, twice, and a memory that has to open a row.",
        tolerance=0.35,
    )
    cycles = dict(records.rows("latency"))  # @inspect cycles
    reveal(asked, cycles[524288], "L2 lies between, at 290.")
    plot(chip.latency_ladder(records.rows("latency"), GHZ))
    far = cycles[524288] / cycles[64]  # @inspect far
    nanoseconds = cycles[524288] / GHZ  # @inspect nanoseconds
    assert 39 < cycles[64] < 41
    assert 285 < cycles[2048] < 295
    assert 17 < far < 18
    text(rf"""
        *{records.recorded_on("latency")}.* The steps lie where the caches end: {cycles[64]:.0f}
        cycles in the first level, {cycles[2048]:.0f} in L2, {cycles[524288]:.0f} in HBM, which is
        {far:.0f} times the first, and about {nanoseconds:.0f} nanoseconds. At 32 MiB, which L2
        should hold, a read already takes {cycles[32768]:.0f} cycles; we suspect L2's other half,
        across the chip. Published cycle counts differ by method (Jia et al., 2018), so keep the
        *order*: one, ten, twenty.
    """), link("1804.06826"), note("Meanwhile a tensor core does 350,000 FMAs.")  # fmt: skip


def threads_and_warps() -> None:
    text(r"""
        # Threads, warps and masks
        Thousands of threads need thousands of instructions, and fetching those would cost more than
        the arithmetic. So a GPU fetches one instruction for 32 threads, a _warp_, and gives it to
        all of them. You write the program of one thread; a _launch_ starts a grid of *blocks*, and
        a block is cut into warps. Here is a launch over ten elements in blocks of four.
    """), link(simt.launch)  # fmt: skip
    started = simt.launch(elements=10, block=4)  # @inspect len(started)
    idle = [(b, t) for b, t, _, in_range in started if not in_range]  # @inspect idle
    assert idle == [(2, 2), (2, 3)]
    assert [i for _, _, i, ok in started if ok] == list(range(10))
    text(r"""
        Twelve threads are started for ten elements, and the last two are masked: they go through
        the motions and write nothing. The same mask serves an `if`. Since 2017 every lane has kept
        a program counter of its own, but a warp still issues one instruction at a time, and so, if
        some lanes take the branch and some do not, it walks through both sides, each time with the
        others switched off. We let eight lanes decide by the parity of their number.
    """), link(simt.Warp.branch)  # fmt: skip
    asked = predict(
        "Even lanes run two instructions, odd lanes two others. How many instructions does the "
        "warp issue?",
        unit="instructions",
        hint="One instruction at a time, whoever takes part.",
    )
    warp = simt.Warp([{"n": n} for n in range(8)])  # @inspect warp.active
    warp.branch(simt.is_even, simt.halve, simt.triple)  # @stepinto 1 @inspect warp.issued
    numbers_now = [lane["n"] for lane in warp.lanes]  # @inspect numbers_now
    assert numbers_now == [0, 4, 1, 10, 2, 16, 3, 22]
    reveal(asked, warp.issued, "Each side costs its time, whoever takes part.")
    plot(warps.mask_timeline(warp.timeline, "One warp of eight lanes, two branches"))
    assert warp.issued == 4
    text(r"""
        On the H100 we can push this to the end: a block of 1,024 threads in which the work is
        divided over up to 32 branches, either by lane, so that every warp is torn, or by warp, so
        that each warp takes one branch as a whole. Each branch gets as many threads either way.
    """)
    asked = predict(
        "With 32 branches divided *by warp*, how much longer does the block take than with one?",
        choices=["32 times as long", "About half as long again", "Hardly any longer"],
        hint="Which warp has to walk through more than one side?",
    )
    table(records.rows("divergence"), columns=records.load("divergence")["columns"])
    by_lane, by_warp = (
        {r[0]: r[c] / records.rows("divergence")[0][c] for r in records.rows("divergence")}
        for c in (1, 2)
    )  # @inspect by_lane by_warp
    assert abs(by_lane[32] - 32) < 0.3
    assert by_warp[32] < 1.2
    reveal(asked, "Hardly any longer", f"{by_warp[32]:.2f} times; by lane it is {by_lane[32]:.1f}.")
    text(rf"""
        Torn by lane, 32 branches take {by_lane[32]:.1f} times as long: the sum of all sides, as the
        toy counted. Divided by warp they take {by_warp[32]:.2f} times as long. So a branch is cheap
        if whole warps agree, and an `if` should ask for the thread's index divided by 32.

        ## Recap: rooms and workers
        Numbers lie near or far, by a factor of 17, and 32 threads share one instruction. A GPU is
        fast when the numbers are near and the threads agree.
    """), note("Ask where a Transformer has an if at all: masks of attention.")  # fmt: skip


def residents() -> None:
    text(r"""
        # How many fit
        When a warp waits, its SM needs another one that is ready, so it matters how many are
        *resident*. Each SM of an H100 offers 65,536 registers, room for 64 warps and 32 blocks, and
        228 KB of shared memory. A block moves in whole or not at all. The share of the 64 warps
        that is taken is called _occupancy_. We compute it for blocks of 256 threads.
    """), link(residency.limits)  # fmt: skip
    admit = residency.limits(registers=64, threads=256, shared=0)  # @inspect admit
    share = residency.occupancy(registers=64, threads=256)  # @inspect share
    assert (admit["registers"], share) == (4, 0.5)
    asked = predict(
        "The compiler now uses 65 registers for each thread instead of 64. How many blocks of 256 "
        "threads still fit?",
        unit="blocks",
        hint="Registers are given to whole warps, in steps of eight for each thread.",
        tolerance=0.01,
    )
    one_more = residency.blocks_per_sm(registers=65, threads=256, shared=0)  # @inspect one_more
    reveal(asked, one_more, "65 counts as 72, and a quarter of the warps moves out.")
    shapes = records.rows("occupancy")  # @inspect len(shapes)
    agree = [residency.blocks_per_sm(*shape[:3]) == shape[3] for shape in shapes]
    confirmed = sum(agree)  # @inspect confirmed
    assert confirmed == len(shapes) == 405
    text(rf"""
        Is this arithmetic what the hardware does? The driver can be asked
        (`cuOccupancyMaxActiveBlocksPerMultiprocessor`). We asked it for {len(shapes)} shapes of a
        block, with 12 to 255 registers, 32 to 1,024 threads and up to 208 KB of shared memory, and
        our four divisions agree with it on {confirmed} of them.

        Blocks that do not fit wait, and are handed out as others finish, in _waves_. The next
        kernel does nothing but spin for 40,000 cycles in each block. With 160 KB of shared memory
        one block fits on an SM, with 100 KB two, with 50 KB four.
    """)
    plot(warps.staircase(records.rows("waves")))
    took = {(held, blocks): us for held, blocks, us in records.rows("waves")}
    stairs = {n: took[1, n] for n in (660, 661, 792, 793)}  # @inspect stairs
    stairs_of_two = {n: took[2, n] for n in (528, 529, 792, 793)}  # @inspect stairs_of_two
    assert stairs[661] - stairs[660] > 19 > 1 > stairs[792] - stairs[661]
    assert abs(stairs_of_two[792] - stairs_of_two[529]) < 1
    assert stairs_of_two[793] - stairs_of_two[792] > 19
    text(rf"""
        One block to an SM: 660 blocks take {stairs[660]:.0f} microseconds and 661 take
        {stairs[661]:.0f}, a step every 132 blocks. Two to an SM: 529 and 792 blocks take the same
        {stairs_of_two[529]:.0f}, and 793 take {stairs_of_two[793]:.0f}, a step every 264. The floor
        at 45 microseconds is our Python, which needs that long to launch anything. **The 133rd
        block can cost as much as the 132 before it**, and we shall meet it again.
    """), note("Which of the four limits binds a kernel that holds 128 sums?")  # fmt: skip


def hiding_latency() -> None:
    text(r"""
        # Hiding the distance
        Memory is 350 nanoseconds away, and yet it delivers three terabytes a second. Both are true
        if enough requests are under way at once, like letters: the post is slow, but nobody says
        that you may send only one. _Little's law_ counts them: to keep a bandwidth $B$ busy over a
        latency $T$, $B \cdot T$ bytes must be on the road.
    """)
    in_flight = residency.bytes_in_flight(COPY * 1e12, 1e-9 * HBM / GHZ)  # @inspect in_flight
    of_an_sm = in_flight / 132  # @inspect of_an_sm
    needed = {size: of_an_sm / (32 * size) for size in (4, 16)}  # @inspect needed
    text(rf"""
        For this H100 that is {in_flight / 1e6:.2f} MB, or {of_an_sm / 1e3:.1f} kB for each SM at
        any moment. If every thread has a single read of 4 bytes out, that takes {needed[4]:.0f}
        warps, nearly all that an SM can hold.
    """)
    asked = predict(
        "How many warps does an SM need if each thread asks for four floats at once, 16 bytes?",
        choices=["As many: latency is latency", "About a quarter as many", "About half as many"],
        hint="Little's law counts bytes, not requests.",
    )
    plot(warps.residency_curve(records.rows("residency")))
    rate = {(width, warps_): r for width, warps_, r in records.rows("residency")}
    share = {key: r / (1e3 * COPY) for key, r in rate.items()}  # @inspect share
    reveal(asked, "About a quarter as many", f"{needed[16]:.0f} by the law.")
    implied = 132 * 32 * 16 / (rate[16, 1] * 1e9) * 1e9  # ns @inspect implied
    assert 0.65 < share[16, 16] < share[4, 64] < 0.8
    assert 350 < implied < 450
    text(rf"""
        With 16 warps and wide reads the H100 reaches {share[16, 16]:.0%} of the speed of a copy;
        with narrow reads the same takes all 64 warps ({share[4, 64]:.0%}). On the left both lines
        are straight, each warp adding as much as the one before, and the slope gives the latency
        back: {implied:.0f} nanoseconds under load, where the single thread measured
        {HBM / GHZ:.0f}. **So occupancy is one way to have bytes under way, and wide or many
        requests for each thread are the other.** The fastest kernels take the second.
    """), note("This is why unrolling a loop helps a kernel that only reads.")  # fmt: skip


def neighbours() -> None:
    text(r"""
        # Neighbours read together
        The loads of a warp are not 32 letters. The hardware merges them: device memory comes in
        lines of 128 bytes, of which any of four _sectors_ of 32 bytes can be fetched alone. If the
        threads read neighbouring floats, one line serves all (_coalescing_); if they read every
        eighth float, each of them fetches a whole sector for its four bytes.
    """), link(access.touched)  # fmt: skip
    strides = [1, 2, 4, 8, 16, 32]
    lines = [access.touched(access.addresses(s), access.LINE) for s in strides]  # @inspect lines
    sectors = [access.touched(access.addresses(s), access.SECTOR) for s in strides]
    assert lines == [1, 2, 4, 8, 16, 32]
    assert sectors == [4, 8, 16, 32, 32, 32]  # @inspect sectors
    asked = predict(
        "By sectors, a stride of 16 fetches as much as a stride of 8. Reading 134 million floats "
        "with a stride of 8 takes 1.38 ms on the H100. What does a stride of 16 take?",
        choices=["1.38 ms, as counted", "About twice that", "About four times that"],
        hint="If the answer were the expected one, I would not ask.",
    )
    rows = records.strides()  # @inspect rows
    by_sector = {s: saw.strided_ms(s, 32, COPY, rows[1]) for s in strides}  # @inspect by_sector
    by_pair = {s: saw.strided_ms(s, 64, COPY, rows[1]) for s in strides}  # @inspect by_pair
    plot(chip.strides(rows, by_sector, by_pair))
    reveal(asked, "About twice that", f"{rows[16]:.2f} ms, as if 64 bytes were the least.")
    assert all(abs(by_pair[s] / rows[s] - 1) < 0.08 for s in (4, 8, 16, 32))
    assert rows[16] / by_sector[16] > 1.8
    worst = rows[32] / rows[1]  # @inspect worst
    own = 4 * saw.FLOATS / (1e-3 * rows[1]) / (COPY * 1e12)  # @inspect own
    shifted = {o: records.offsets()[o] / rows[1] for o in (1, 31)}  # @inspect shifted
    assert all(abs(ratio - 1) < 0.01 for ratio in shifted.values())
    text(rf"""
        *{records.recorded_on("strides")}.* Counting 32-byte sectors, as the textbooks do, a stride
        of 16 should take {by_sector[16]:.2f} ms; it takes {rows[16]:.2f}. With 64 bytes as the
        least that leaves HBM, every time from stride 4 to 32 comes out within 8 %, so we suspect
        that this L2 fetches sectors in pairs. A stride of 32 costs {worst:.1f} times a stride of 1,
        not 32, and part of that is our fault: with stride 1 the kernel runs at {own:.0%} of a copy,
        held up, we suspect, by its own address arithmetic.

        And a null result. If the warp starts one float off a line's border, it touches two lines
        instead of one, which old guides warn of. It takes {shifted[1] - 1:.1%} longer: the
        neighbouring warp needs the rest of the second line, and the cache has it.
    """), note("One other offset, 16, cost 9 %; I do not know why.")  # fmt: skip


def banks() -> None:
    text(r"""
        # Banks of shared memory
        Inside the SM the rules change. Shared memory has no lines; it has 32 _banks_, word number
        $w$ living in bank $w \bmod 32$, and every bank serves one word in a cycle. If two lanes of
        a warp want different words of one bank, they queue: a _bank conflict_. For lanes that read
        words $s$ apart, the fullest bank has $\gcd(s, 32)$ of them.
    """), link(access.rounds)  # fmt: skip
    code(excerpt("read_banks"), language="cpp")
    asked = predict(
        "One read by all 32 warps of a block takes 33 cycles at stride 1. Which of these strides "
        "is slowest?",
        choices=["12", "31", "16", "33"],
        hint="An odd stride visits all banks before it returns.",
    )
    queue = {s: access.rounds([s * lane for lane in range(32)]) for s in range(1, 65)}
    some = {s: queue[s] for s in (1, 2, 12, 16, 31, 32, 33)}  # @inspect some
    assert all(queue[s] == access.rounds_by_stride(s) for s in queue)
    measured = {s: cycles for s, _, cycles in records.rows("banks")}
    cycles = {s: measured[s] for s in some}  # @inspect cycles
    plot(chip.banks(records.rows("banks"), queue))
    reveal(asked, "16", f"{measured[16]:.0f} cycles: sixteen lanes to each of two banks.")
    assert all(abs(measured[s] / (32 * queue[s]) - 1) < 0.035 for s in measured)
    text(rf"""
        *{records.recorded_on("banks")}.* All 64 strides take 32 times the greatest common divisor,
        within 3.5 %: {measured[31]:.0f} cycles for 31, {measured[12]:.0f} for 12,
        {measured[32]:.0f} for 32. Few things in computing are so exactly what the textbook says.
        Therefore tiles in shared memory are padded to an odd row length, 33 for 32, or their
        columns are permuted, so that a column too lies in 32 different banks.

        ## Recap: bytes on the road
        Requests under way hide the distance, neighbours share theirs, and odd strides miss the
        banks.
    """), link(WORKS["cuda guide"]), note("What would 8-byte words change?")  # fmt: skip


def roofline() -> None:
    text(r"""
        # The roofline, from what we measured
        We have a distance and a bandwidth, and still need the other limit: arithmetic. A kernel's
        *intensity* $I$ is its operations for each byte that crosses the border of the chip. With a
        peak $P$ and a bandwidth $B$ a kernel reaches at most $\min(P, I \cdot B)$, the _roofline_,
        whose two parts meet at the *ridge* $P / B$ (Williams et al., 2009). The datasheet knows $P$
        and $B$; programs see less, so we take both from the clock.
    """), link(WORKS["roofline"])  # fmt: skip
    ceilings = [
        [kind, round(records.tflops(kind), 1), peak, f"{records.tflops(kind) / peak:.0%}"]
        for kind, peak in records.DATASHEET.items()
    ]  # @inspect ceilings
    table(
        [*ceilings, ["copy, TB/s", round(COPY, 2), 3.35, f"{COPY / 3.35:.0%}"]],
        columns=["ceiling", "measured, TFLOP/s", "datasheet", "share"],
        caption=records.recorded_on("ceilings"),
    )
    ridge = PEAK / COPY  # @inspect ridge
    assert 0.75 < PEAK / 989.5 < 0.85
    assert 260 < ridge < 270
    asked = predict(
        "Decoding multiplies m tokens by a matrix of 8192 × 8192, with m the batch. From m = 1 to "
        "m = 128 the work grows 128-fold. What does the time do?",
        choices=["Grows 128-fold", "Grows about 10-fold", "Stays nearly the same"],
        hint="The weights are 134 MB whatever m is. Where is the ridge?",
    )
    took = {r["m"]: r["median"] for r in records.rows("skinny")}  # @inspect took
    slower = took[128] / took[1]  # @inspect slower
    plot(chip.roofline(records.roofline_points(), records.roofs()))
    reveal(asked, "Stays nearly the same", f"{slower:.2f} times as long.")
    ordinary = max(r[3] for r in records.rows("roofline"))  # @inspect ordinary
    ratio = PEAK / ordinary  # @inspect ratio
    assert slower < 1.05
    intensity = {n: n / 3 for n in (512, 1024)}  # n x n product in bf16: 2 n^3 / 6 n^2
    assert intensity[512] < ridge < intensity[1024]  # @inspect intensity
    text(rf"""
        This is the picture to take home. The orange points are one kernel whose multiply-adds for
        each float are turned up from 1 to 1,024; they climb the slope at {COPY:.2f} TB/s until the
        ordinary units are full, at {ordinary:.0f} TFLOP/s. The blue ones are products with $m$
        rows, on tensor cores, and their roof is {PEAK:.0f}. **A batch of 128 takes
        {slower:.2f} times as long as a batch of one**, which is why servers batch. The measured
        ridge is at {ridge:.0f} operations a byte, where the datasheet says 295. A square product in
        bfloat16 has the intensity $n/3$, so 512 lies on the slope and 1024 just on the flat.

        A model that is not made of matrix products lives under the lower roof, {ratio:.0f} times
        lower; it is no accident that nobody trains such models.

        ## Recap: the limits
        The slope is bandwidth, the roof is arithmetic, and the clock says where both really are.
    """), note("Where do softmax and layer norm lie? About 1.")  # fmt: skip


def small_numbers() -> None:
    text(r"""
        # Trick 1: smaller numbers
        Half the bits is half the bytes, so every kernel on the slope runs twice as fast. On the
        flat the gain is larger still, because a multiplier's area grows with the square of the
        mantissa, and so more of them fit. The price is precision. Here are both for products on the
        H100: the rate at $n = 8192$, and the error of a product of normal noise at 2048, relative
        to float64.
    """)
    error = dict(records.rows("errors"))  # @inspect error
    table(
        [[kind, round(records.tflops(kind)), f"{error[kind]:.1e}"] for kind in records.DATASHEET],
        columns=["format", "TFLOP/s", "relative error"],
        caption=records.recorded_on("errors"),
    )
    gain = {k: records.tflops(k) / records.tflops("float32") for k in error}  # @inspect gain
    assert gain["fp8"] > 29 > gain["bfloat16"] > 15 > gain["tf32"] > 7
    assert 7 < error["bfloat16"] / error["float16"] < 9
    text(rf"""
        From float32 to bfloat16 the product becomes {gain["bfloat16"]:.0f} times faster, and with
        fp8 {gain["fp8"]:.0f} times. bfloat16 errs {error["bfloat16"] / error["float16"]:.0f} times
        as much as float16, three bits of mantissa, and training prefers it all the same, for its
        range. _TF32_, which rounds float32 to ten bits of mantissa on its way into the tensor core,
        is as exact as float16 and half as fast. In practice matrices go in low precision, while
        sums, softmax, losses and the master weights stay in float32.

        There is a second way in which numbers decide the speed, and it surprises everybody once.
        We ran the same product of 8192 × 8192 for two seconds on other contents: zeros, ones,
        normal noise. The instructions are the same.
    """)
    asked = predict(
        "How does the rate depend on what the matrices contain?",
        choices=["Not at all", "Noise is slower by about 15 %", "Zeros are slower by about 15 %"],
        hint="What makes a transistor use energy is changing its state.",
    )
    contents = records.contents()  # @inspect contents
    table(
        [[name, *values] for name, values in contents.items()],
        columns=["contents", "TFLOP/s", "SM clock, MHz", "watts"],
        caption=records.recorded_on("numbers_and_clock") + "; clock and power read once a run",
    )
    reveal(asked, "Noise is slower by about 15 %", "It draws all of the 700 watts.")
    slowed = 1 - contents["normal"][0] / contents["zeros"][0]  # @inspect slowed
    assert 0.14 < slowed < 0.18
    possible = 132 * 4096 * contents["normal"][1] * 1e6 / 1e12  # @inspect possible
    assert 0.88 < contents["normal"][0] / possible < 0.93
    text(rf"""
        Zeros run at {contents["zeros"][0]:.0f} TFLOP/s and {contents["zeros"][2]:.0f} watts, noise
        at {contents["normal"][0]:.0f} and {contents["normal"][2]:.0f}, {slowed:.0%} slower: at the
        limit of 700 watts the GPU lowers its clock until the power fits, here to
        {contents["normal"][1]} MHz. At that clock 132 SMs with 4,096 operations a cycle could do
        {possible:.0f} TFLOP/s, so the product reaches {contents["normal"][0] / possible:.0%} of
        what is possible; the 989.5 of the datasheet assume 1,830 MHz. He (2024) found it first. Our
        ceiling of {PEAK:.0f} came from 20 calls, too few to get warm. Why zeros, far below the
        limit, do not run at the full 1,980 MHz, we do not know. So benchmark with realistic
        numbers, and for as long as you will run.
    """), link(WORKS["predictable"]), note("The clock was sampled once for each row.")  # fmt: skip


def blocks_with_a_scale() -> None:
    text(r"""
        # Four bits, and a scale for every block
        With four bits there are fifteen numbers: a sign, two bits of exponent and one of mantissa
        (E2M1) give 0, ±0.5, ±1, ±1.5, ±2, ±3, ±4 and ±6. No tensor fits into that as it is. One
        scale for the whole tensor maps its largest element to 6, and then a single outlier decides
        for everybody else. We take noise in which one column in 64 is a hundred times larger, as
        activations of Transformers have them.
    """), link(quantisation.BlockFormat.scales), note("Write the 15 on the board.")  # fmt: skip
    grid = quantisation.E2M1  # @inspect grid
    x = quantisation.with_outliers((64, 1024), factor=100.0)  # @inspect x.shape
    ordinary = torch.arange(1024) % 64 != 0  # @inspect ordinary.sum()
    asked = predict(
        "Rounded to E2M1 with one scale for the tensor, which share of the *ordinary* elements "
        "becomes zero?",
        unit="%",
        hint="The largest element is near 400. What is the smallest number, and the border to 0?",
    )
    rounded = quantisation.one_scale(grid, x)  # @inspect rounded[0,:6]
    lost = float((rounded[:, ordinary] == 0).float().mean())  # @inspect lost
    reveal(asked, 100 * lost, "Everything below about 16 is closer to 0 than to 0.5 scales.")
    assert lost > 0.9999
    text(r"""
        The cure is a _block scale_, one for a few neighbours. The formats of the Open Compute
        Project (Rouhani et al., 2023) share a power of two among 32 elements: MXFP8 and MXFP4.
        NVIDIA's NVFP4 takes blocks of 16 and a scale in E4M3 (8 bits, four of them exponent, as in
        fp8), with one float32 for the tensor. We step through two blocks, the first with an
        outlier.
    """), link("2310.10537"), link(WORKS["mx"])  # fmt: skip
    two = x[:1, :64].reshape(1, 64)  # @inspect two
    by_blocks = quantisation.MXFP4.quantise(two)  # @stepinto 1 @inspect by_blocks
    scales = quantisation.MXFP4.scales(two.reshape(2, 32))  # @inspect scales
    plot(numbers.block_grid(quantisation.shown_blocks(two, scales)))
    assert scales[0] > 16 * scales[1]
    assert (by_blocks[0, 1:32] == 0).float().mean() > 0.9 > (by_blocks[0, 32:] == 0).float().mean()
    noise = quantisation.with_outliers((64, 1024), factor=1.0)
    errors = {
        "noise": quantisation.compare(noise, ordinary),
        "with outliers": quantisation.compare(x, ordinary),
    }  # @inspect errors
    plot(numbers.errors(errors, "Error of the ordinary elements"))
    hit = errors["with outliers"]
    assert hit["E2M1, one scale"] > 0.99 > 0.7 > hit["MXFP4"] > hit["NVFP4"] > 0.3
    assert abs(hit["MXFP8"] - errors["noise"]["MXFP8"]) < 0.01
    text(rf"""
        With outliers the ordinary elements err by
        {hit["E2M1, one scale"]:.0%} with one scale, {hit["MXFP4"]:.0%} in MXFP4, where half of all
        blocks hold an outlier, and {hit["NVFP4"]:.0%} in NVFP4, where a quarter do. That costs 4.25
        and 4.5 bits an element. And for eight bits the blocks buy nothing here: MXFP8 errs by
        {hit["MXFP8"]:.1%} and plain E4M3 with one scale by {hit["E4M3, one scale"]:.1%}, because
        its own four bits of exponent cover the range.
    """)
    asked = predict(
        "A backward pass needs the transpose. Can it reuse the quantised tensor, transposed?",
        choices=["Yes: the same numbers", "No: the blocks lie the wrong way"],
        hint="The 32 neighbours must be along the dimension that is summed over.",
    )
    along_rows = quantisation.MXFP4.quantise(x)  # @inspect along_rows[0,:4]
    along_columns = quantisation.MXFP4.quantise(x.T.contiguous()).T  # @inspect along_columns[0,:4]
    differ = float((along_rows != along_columns).float().mean())  # @inspect differ
    reveal(asked, "No: the blocks lie the wrong way", f"{differ:.0%} of the elements differ.")
    assert differ > 0.4
    text(rf"""
        The hardware wants a scale to be constant along the sum, so the transpose is quantised
        separately, and {differ:.0%} of its elements come out different: two copies, and two sets of
        rounding errors. That is one reason why twice the peak does not mean twice the speed; for
        its TPU7x Google promises 1.3 times for training in fp8. NVIDIA (2025) reports a model of 12
        billion weights trained on 10 trillion tokens in NVFP4, which needed random rotations, 2D
        scales and stochastic rounding to work.
    """), link("2509.25149"), link(WORKS["ironwood"])  # fmt: skip


def fuse_and_recompute() -> None:
    text(r"""
        # Tricks 2 and 3: fuse, and compute again
        On the slope of the roofline only bytes count, so the second trick is not to move them. We
        compute $\sin^2 x + \cos^2 x$, which is a slow way to write 1, against a memory that counts.
    """), link(memory.Memory.load)  # fmt: skip
    one_by_one = memory.fresh(["x"], 1000)  # @inspect one_by_one.moved
    memory.sin2_cos2_in_five(one_by_one)  # @inspect one_by_one.log one_by_one.moved
    fused = memory.fresh(["x"], 1000)  # @clear one_by_one.log
    memory.sin2_cos2_in_one(fused)  # @inspect fused.log fused.moved
    predicted = one_by_one.moved / fused.moved  # @inspect predicted
    assert predicted == 5.5
    assert torch.allclose(fused.tensors["y"], torch.ones(1000), atol=1e-6)
    asked = predict(
        f"Five kernels move {predicted} times as much as one. On the H100, how many times faster "
        "is the fused kernel for 268 million floats?",
        choices=["5.5 times, as counted", "About 4 times", "About 8 times"],
        hint="Something that was hidden behind the bytes may come out.",
    )
    took = {r["label"]: r["median"] for r in records.rows("fusion")}  # @inspect took
    faster = took["sin² + cos², five kernels"] / took["sin² + cos², one kernel"]  # @inspect faster
    reach = records.by_label("fusion")["sin² + cos², one kernel"]["gbps"] / (1e3 * COPY)
    assert 0.7 < reach < 0.73 < 3.8 < faster < 4
    reveal(asked, "About 4 times", f"{faster:.2f}: the fused one runs at {reach:.0%} of a copy.")
    text(rf"""
        The five kernels run at the speed of a copy, and the fused one, {faster:.1f} times faster,
        at {reach:.0%} of it. We suspect that sine and cosine together are too much arithmetic to
        hide behind 8 bytes: fusion moved the kernel from one limit to another.

        The third trick sounds like waste. A chain of three sigmoids stores its activations for the
        backward pass; instead, the backward kernel can compute them again from $x$.
    """)
    stored = memory.fresh(["x", "dy"], 1000)  # @inspect stored.moved
    memory.sigmoids_stored(stored)  # @stepinto 1 @inspect stored.log stored.moved
    again = memory.fresh(["x", "dy"], 1000)  # @clear stored.log fused.log
    memory.sigmoids_recomputed(again)  # @inspect again.log again.moved
    assert (stored.moved, again.moved) == (9000, 5000)
    assert torch.allclose(stored.tensors["dx"], again.tensors["dx"])
    speedup = took["three sigmoids, stored"] / took["three sigmoids, recomputed"]
    assert 1.2 < speedup < 1.3  # @inspect speedup
    asked = predict(
        "Three more sigmoids for each element, and 5 numbers moved instead of 9. What wins on the "
        "H100?",
        choices=["Storing", "Recomputing, by about a quarter", "Recomputing, by 9 to 5"],
        hint="Compare with what happened to the fused kernel.",
    )
    reveal(asked, "Recomputing, by about a quarter", f"{speedup:.2f} times faster.")
    text(rf"""
        Computing everything twice is {speedup:.2f} times *faster* than remembering it, and it needs
        a third of the memory. Counted by bytes it would be 1.8 times; again arithmetic came out
        from behind them.

        A correction: the original course counts 8 against 5 for this example. The
        five include the gradient that comes in and the eight leave it out; counted alike, it is 9
        against 5. Chen et al. (2016) do the same with whole layers, to save memory rather than
        time.

        ## Recap: fewer bytes
        Fewer bits, one kernel for five, and computing again all save bytes, and each stops where
        arithmetic becomes the limit.
    """), link("1604.06174"), note("Count the log aloud.")  # fmt: skip


def tiling() -> None:
    text(r"""
        # Trick 4: tiles
        A product of $n \times n$ matrices needs $2n^3$ operands and has only $2n^2$ numbers, so
        each is used $n$ times. The question is how often it is *fetched*. If one thread computes
        one element of $C$, it fetches a row and a column, and nobody shares. With _tiling_ a block
        computes a $T \times T$ tile, fetches tiles of $A$ and $B$ into shared memory, and all its
        threads use them. We step through the first tile of a small product, against the counting
        memory.
    """)
    a, b = torch.randn(4, 4), torch.randn(4, 4)  # @inspect a b
    tiny = memory.Memory({"a": a, "b": b, "c": torch.zeros(4, 4)})  # @inspect tiny.read
    memory.one_tile(tiny, 0, 0, n=4, tile=2)  # @stepinto 1 @inspect tiny.read
    rest = [(row, column) for row in (0, 2) for column in (0, 2)][1:]  # @inspect rest
    _ = [memory.one_tile(tiny, *corner, n=4, tile=2) for corner in rest]  # @inspect tiny.read
    assert torch.allclose(tiny.tensors["c"], a @ b, atol=1e-6)
    assert tiny.read == memory.tiled_reads(4, 2) == 64
    asked = predict(
        "A tile with twice the side has four times the area. What does that do to the numbers "
        "that the whole product reads from memory?",
        choices=["They are halved", "They are quartered", "Nothing: each is needed anyway"],
        hint="How many tiles of C are there, and what does each of them read?",
    )
    reads = memory.reads_by_tile(64, [4, 16, 64])  # @inspect reads
    half = memory.tiled_reads(64, 8) / memory.tiled_reads(64, 4)  # @inspect half
    assert half == 0.5
    reveal(asked, "They are halved", "A quarter of the tiles, each reading twice as much.")
    assert reads == {tile: memory.tiled_reads(64, tile) for tile in reads}
    intensity = {
        t: 2 * 1024**3 / (4 * (memory.tiled_reads(1024, t) + 1024**2)) for t in (1, 16, 32, 128)
    }  # @inspect intensity
    assert [round(i, 2) for i in intensity.values()] == [0.25, 3.97, 7.88, 30.12]
    text(rf"""
        There are $(n/T)^2$ tiles of $C$, and each takes $n/T$ steps of $2T^2$ numbers, so memory
        delivers
        $$2 n^3 / T$$
        numbers: each is used $T$ times. The counts of the 64 × 64 product agree, with
        {reads[16]:,} for tiles of 16. For $n = 1024$ in float32 the intensity rises from
        {intensity[1]:.2f} operations a byte without tiles to {intensity[16]:.1f},
        {intensity[32]:.1f} and {intensity[128]:.1f} with tiles of 16, 32 and 128. The ridge of the
        ordinary units is at {records.ridge_of_units():.0f}, so 128 is enough for
        them; tensor cores, 13 times as fast, need the sharing of L2 and larger tiles still. What
        limits $T$ is where the tile lives: 128 × 128 sums in float32 take 64 KB, a quarter of an
        SM's registers. **Tiling is the trick that every fast kernel has in it**, and it has a flaw.
    """), link(memory.tiled_product), note("Which T do 227 KB allow?")  # fmt: skip


def the_saw() -> None:
    text(r"""
        # The saw-tooth
        Tiles have a fixed size and problems do not. We measured PyTorch's product for *every* $n$
        from 1024 to 3072, twice, once upwards and once downwards. Here are the 2,049 sizes,
        coloured by the largest power of two that divides $n$.
    """)
    rates = records.saw_tooth()  # @inspect len(rates)
    noise = records.spread()  # @inspect noise
    took = {n: f"{n}: {1e6 * saw.seconds(rates, n):.0f} µs" for n in (2048, 2049)}  # @inspect took
    plot(tiles.saw_tooth(rates, marked=took))
    slower = saw.seconds(rates, 2049) / saw.seconds(rates, 2048)  # @inspect slower
    reveal("mystery", "About seven times as long", f"{slower:.1f} times.")
    assert 6.5 < slower < 7
    assert noise < 1.01
    bands = saw.bands(rates, 2048, 3072)  # @inspect bands
    assert bands["odd"] < 130 < bands["even"] < 200 < 550 < bands["multiple of 8"]
    text(rf"""
        *{records.recorded_on("sawtooth")}; the two visits of a size differ by {noise - 1:.1%} in
        the median.* There are three bands, not one curve. Above 2048, odd sizes reach
        {bands["odd"]:.0f} TFLOP/s in the median, even ones that 8 does not divide
        {bands["even"]:.0f}, and multiples of 8 {bands["multiple of 8"]:.0f}. So 2049 takes
        {slower:.1f} times as long as 2048, and what separates the bands is _alignment_: rows of
        bfloat16 whose length is a multiple of 8 begin at multiples of 16 bytes, the unit of a wide
        load. A profile shows what the library makes of it.
    """)
    kernels = saw.kernel_families()  # @inspect kernels
    table(
        kernels,
        columns=["n", "sizes", "kernels of the family", "written for"],
        caption=records.recorded_on("chosen_kernels"),
    )
    asked = predict(
        "The weights of GPT-2's head have 50,257 rows. How much faster is the product of 8,192 "
        "tokens with it if seven rows of zeros are added, 50,264 in all?",
        choices=["Not at all", "About 25 % faster", "About seven times as fast"],
        hint="In which band is 50,257?",
    )
    head = {(r["vocabulary"], r["label"]): 1e3 * r["median"] for r in records.rows("vocabulary")}
    logits = {size: head[size, "logits"] for size in (50257, 50264, 50304)}  # @inspect logits
    reveal(asked, "About seven times as fast", f"{logits[50257]:.2f} to {logits[50264]:.2f} ms.")
    assert 7 < logits[50257] / logits[50264] < 7.6
    text(rf"""
        For odd sizes the library falls back to kernels of the Turing generation (2018), for even
        ones to Ampere's (2020); only multiples of 8 get those written for Hopper, the H100's own,
        whose copy engine wants rows at multiples of 16 bytes. **One row too many takes you back two
        generations.** Karpathy (2023) padded 50,257 to 50,304, and his training gained about 25 %.
        For the product alone, on this H100, it is {logits[50257] / logits[50264]:.1f} times, and
        50,264 is as good.

        Is it the start of the rows, then? We stored the matrices with rows padded to a multiple of
        8 elements, and left the sizes as they were.
    """), link(WORKS["padded-vocabulary"])  # fmt: skip
    stored = records.saw_tooth("padded_rows")  # @inspect len(stored)
    gain, gain_even = (saw.median_ratio(stored, rates, odd=odd) for odd in (True, False))
    pairs = {n: (rates[n], stored[n]) for n in (1791, 1792, 1793, 1794)}  # @inspect pairs
    assert 0.8 < gain < 0.95 < gain_even < 1.05  # @inspect gain gain_even
    text(rf"""
        It does not help: odd sizes run at {gain:.2f} times their former rate, even ones at
        {gain_even:.2f}. A null result, and an instructive one; we suspect that the library chooses
        by the sizes as well. What helps is to make the *problem* a multiple of 8, zeros included.

        Within the upper band the teeth remain, and they are *tiles* and *waves*. An edge that cuts
        a tile costs the whole tile, and the number of tiles meets the 132 SMs. The library hides
        that by choosing among dozens of tile shapes, so we wrote a product in Triton whose tile is
        always 128 × 128. At 108 registers and 96 KB for each block, two fit on an SM.
    """)
    plot(tiles.tile_cover(1160, (128, 128)))
    fit = residency.blocks_per_sm(*records.fixed_tile_needs())  # @inspect fit
    asked = predict(
        "Where do you expect steps in the time, as the number of tiles grows?",
        choices=["Every 132 tiles", "Every 264 tiles", "At 132 once, then every 264"],
        hint="What do two blocks on one SM share, that spinning blocks did not need?",
    )
    steps = saw.steps(records.rows("fixed_tile"))  # @inspect steps
    plot(tiles.fixed_tile(records.rows("fixed_tile")))
    reveal(asked, "At 132 once, then every 264", "Two blocks share one SM's tensor cores.")
    assert fit == 2
    assert min(steps[k] for k in (132, 264, 528, 792)) > 1.2 > 1.04 > steps[396]
    assert steps[660] < 1.04
    own = {n: 2 * n**3 / seconds / 1e12 for n, _, seconds, _ in records.rows("fixed_tile")}
    worth = {n: own[n] for n in (1408, 1536)}  # @inspect worth
    three = {n: rates[n] for n in (1792, 1793, 1800)}  # @inspect three
    assert three[1793] < 0.25 * three[1800] < three[1792]
    text(rf"""
        The time for each unit of depth (of the dimension that is summed over) jumps
        {steps[264]:.2f}-fold when the tiles exceed 264 and {steps[528]:.2f}-fold at 528: whole
        waves of the 264 blocks that fit. The first jump, at 132, is of another kind: up to there
        every block has an SM's tensor cores to itself, and beyond, we suspect, two share them. So
        121 tiles (n = 1408) reach {worth[1408]:.0f} TFLOP/s, and 144 (n = 1536) {worth[1536]:.0f}.
        Spinning blocks share nothing, and stepped at multiples of 264 alone.

        A correction to finish with. The usual example is tiles of 256 × 128 on the A100's 108 SMs:
        98 tiles at n = 1792, one wave; 120 at 1793, two. But 1793 is odd. On our H100 1792 reaches
        {three[1792]:.0f}, 1793 {three[1793]:.0f} and 1800, the next multiple of 8,
        {three[1800]:.0f} TFLOP/s. Here at least, nearly all of that fall is alignment.

        ## Recap: tiles
        A tile of side T divides the traffic by T. Sizes that 8 does not divide lose the fast
        kernels, and between those that it divides, whole tiles and whole waves decide.
    """), link(WORKS["shapes"]), note("Let them find 2049 in the figure.")  # fmt: skip


def flash_attention() -> None:
    text(r"""
        # FlashAttention, put together
        Attention is two products with a softmax between them, and the scores between are the
        trouble: one number for every pair of tokens, written, read, written as probabilities and
        read again. First the definition, as assignment 1 has it.
    """)
    torch.manual_seed(0)  # @hide
    q, k, v = torch.randn(1, 4, 8), torch.randn(1, 128, 8), torch.randn(1, 128, 8)
    expected = scaled_dot_product_attention(q, k, v)  # @stepinto @inspect expected
    text(r"""
        Softmax seems to need the whole row before it can divide. But a sum of exponentials can be
        corrected while it is collected, the _online softmax_ (Milakov and Gimelshein, 2018). Keep
        the largest score $m$ so far and the sum $\ell$ relative to it. When a new tile of scores
        $s$ brings a larger maximum $m'$, everything before shrinks by the same factor:
        $$\ell' = e^{m - m'} \ell + \sum e^{s - m'}, \qquad o' = e^{m - m'} o + e^{s - m'} V.$$
        With that, our tricks fit into one kernel, _FlashAttention_ (Dao et al., 2022; Dao, 2023):
        it is *tiled*, it *fuses* two products and a softmax, it multiplies in *low precision* and
        sums in float32, its branches for the causal mask are by *tile*, and its backward pass
        *recomputes*. We walk through assignment 2's version in PyTorch, four queries against two
        tiles of keys.
    """), link("1805.02867"), link("2205.14135"), link("2307.08691"), note("m first.")  # fmt: skip
    asked = predict(
        "What does the forward pass save for the backward pass, in place of the probabilities?",
        kind="text",
        hint="One number for each query is enough to compute a probability again from its score.",
    )
    scale = 8**-0.5  # @inspect scale
    output, logsumexp = tiled_forward(q, k, v, scale, False)  # @stepinto 1
    assert torch.allclose(output, expected, atol=1e-6)
    reveal(asked, "The log-sum-exp of each row.", "P = exp(S - logsumexp), tile by tile.")
    text(r"""
        The result is the same, to rounding, and no row of scores was ever whole. The backward pass
        needs the probabilities again, and gets them by one exponential of each score.
    """), link(tiled_forward), link(tiled_backward)  # fmt: skip
    d_output = torch.randn(1, 4, 8)  # @inspect d_output
    grads = tiled_backward(q, k, v, output, logsumexp, d_output, scale, False)  # @stepinto 1
    wanted = attention.gradients(q, k, v, d_output)
    assert all(torch.allclose(g, w, atol=1e-5) for g, w in zip(grads, wanted, strict=True))
    asked = predict(
        "With 16,384 tokens and tiles of 128 queries, the plain way moves 2.1 GB a head. What does "
        "the tiled way move, if every tile of queries fetches all keys and values from HBM again?",
        choices=["About 8 MB", "About 540 MB", "As much"],
        hint="16,384 / 128 passes over keys and values of 2 MB each.",
    )
    traffic = attention.traffic(tokens=16384, width=64, rows=128)  # @inspect traffic
    plot(numbers.traffic(attention.traffic_rows([2**p for p in range(9, 17)], 64, 128)))
    megabytes = {way: 2 * count / 1e6 for way, count in traffic.items()}  # @inspect megabytes
    reveal(asked, "About 540 MB", "And 8 MB if L2 keeps the keys and values, which it can.")
    assert (round(megabytes["plain"]), round(megabytes["tiled"])) == (2156, 541)
    assert round(megabytes["tiled, L2"]) == 8
    flops = 4 * 16384**2 * 64  # @inspect flops
    intensities = {way: flops / (1e6 * mb) for way, mb in megabytes.items()}  # @inspect intensities
    ridge = PEAK / COPY  # @inspect ridge
    assert intensities["plain"] < 33 < intensities["tiled"] < ridge < intensities["tiled, L2"]
    text(rf"""
        The paper's count, $\Theta(N^2 d^2 / M)$ against $\Theta(N d + N^2)$ for a chip that keeps
        $M$ numbers, is the first of the two tiled lines. Its intensity, {intensities["tiled"]:.0f}
        operations a byte, is four times that of the plain way and still left of the ridge at
        {ridge:.0f}. What makes it compute-bound is that the blocks that run at the same time read
        the *same* keys, and L2 serves them: 4 MB a head, against 50 MB.
    """)
    ours, cudnn = (records.attention_rates(p) for p in ("ours_hopper", "cudnn"))
    plot(numbers.rates({"ours": ours, "cuDNN": cudnn}, "Forward attention on an H100, TFLOP/s"))
    of_ceiling = max(ours.values()) / PEAK  # @inspect of_ceiling
    assert 0.8 < of_ceiling < 0.87
    text(rf"""
        Measured by assignment 2's benchmark, its kernel for Hopper reaches up to
        {max(ours.values()):.0f} TFLOP/s, which is {of_ceiling:.0%} of our ceiling for a bare
        product. FlashAttention-3 uses Hopper's asynchronous copies and reports up to 740 in
        float16. On a B200 the tensor cores are twice as fast and the exponential unit is not, so
        FlashAttention-4 (March 2026; 1,613 TFLOP/s, 71 % of the peak) computes part of its
        exponentials as polynomials on the ordinary units. The bottleneck moved; the method did not.

        ## Recap: attention
        Tiles, a softmax that can be corrected, and a backward pass that computes again: the scores
        never leave the chip, and the memory grows with the tokens instead of their square.
    """), link("2407.08608"), link(WORKS["fa4"])  # fmt: skip


def another_machine() -> None:
    text(r"""
        # Another machine: the TPU
        Is all this about NVIDIA? Google's TPU was built by other people from the same constraints.
        A chip has two large cores instead of 132 small ones; each has a vector unit, a memory of
        its own that the program manages, and matrix units of 128 × 128 or 256 × 256 cells. In such
        a _systolic array_ each cell keeps one weight, inputs walk to the right, sums walk down, and
        a number that has entered is used by a whole row of cells without being fetched again:
        tiling, cast in silicon. We run one of 3 × 2 cells.
    """), link(SystolicArray.step), link(WORKS["scaling book"]), note("Draw 3 × 2.")  # fmt: skip
    weights = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])  # @inspect weights
    inputs = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])  # @inspect inputs
    array = SystolicArray(weights)  # @inspect array.x
    for cycle in range(4):  # @inspect cycle array.x array.sums
        array.step(skewed(inputs, cycle))
    asked = predict(
        "An array of 32 × 32 cells multiplies a stream of inputs. When is it well used?",
        choices=["With 8 inputs", "With 32 inputs", "With 1,000 inputs"],
        hint="It has to fill from one corner and to drain from the other.",
    )
    busy = busy_by_inputs([8, 32, 1000], size=32)  # @inspect busy[8][:4]
    used = {m: sum(counts) / (1024 * len(counts)) for m, counts in busy.items()}  # @inspect used
    plot(numbers.busy_cells(busy, cells=1024))
    reveal(asked, "With 1,000 inputs", f"{used[1000]:.0%} of its cell-cycles are used.")
    assert used[8] < 0.15 < used[32] < 0.4 < 0.9 < used[1000]
    text(rf"""
        Eight inputs use {used[8]:.0%} of the array, a thousand {used[1000]:.0%}; a batch of one is
        as bad here as on the slope of the roofline, for another reason. The vocabulary differs, and
        "tensor core" even means two things: on a GPU one of the four matrix units of an SM (528 on
        an H100), on a TPU the whole core.

        | NVIDIA GPU | TPU | what it does |
        |---|---|---|
        | streaming multiprocessor (132) | TensorCore (2) | runs a program |
        | tensor core (528) | matrix unit | multiplies matrices |
        | warps, 32 lanes | vector unit, no warps | everything else |
        | shared memory, 228 KB an SM | VMEM, 128 MiB on a v5e | what a program places close by |
        | many warps hide latency | the compiler schedules copies | waiting |
        | NVLink and switches | torus of direct links | other chips |

        So a TPU has no occupancy and no coalescing, its compiler knows all delays beforehand, and
        the roofline is the same. To end with, the accelerators of today by their makers' dense
        peaks, as read in November 2026.
    """), link(WORKS["ironwood"])  # fmt: skip
    asked = predict(
        "H100, B200, B300, MI355X and TPU7x come from three makers. How far are their ridges in "
        "bfloat16 apart?",
        choices=["Within about 10 %", "A factor of two", "A factor of five"],
        hint="All of them run the same models.",
    )
    table([c.row() for c in chips.CHIPS], columns=chips.COLUMNS, caption=chips.SOURCES)
    ridge = {c.name: round(c.ridge) for c in chips.CHIPS}  # @inspect ridge
    today = [r for name, r in ridge.items() if "A100" not in name and "Rubin" not in name]
    reveal(asked, "Within about 10 %", f"From {min(today)} to {max(today)}.")
    assert max(today) / min(today) < 1.12
    fourth = [c.fp4 / c.bandwidth for c in chips.CHIPS if c.fp4]  # @inspect fourth
    assert 1100 < min(fourth) < max(fourth) < 1900
    text(r"""
        In bfloat16 everybody has arrived near 300 operations a byte, by different routes; the
        announced Rubin, with memory of 22 TB/s, would be the next step back. In fp4 the same memory
        has to feed four to nine times the arithmetic, so ridges move to between 1,100 and 1,900,
        and most of this lecture becomes more true, not less.
    """), link(WORKS["mi355x"]), link(WORKS["blackwell data"])  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        A GPU hides distance behind many requests, so have bytes under way. Lanes that disagree wait
        and lanes that read apart waste; whole warps should agree and read neighbours. Before
        optimising, place the kernel on the *measured* roofline. Left of the ridge, move fewer
        bytes: smaller numbers, fusion, recomputation, tiles. Right of it, make sizes multiples of
        8, better of 128, and look at the waves. Then check what was predicted against the clock,
        since twice today arithmetic came out from behind the bytes, and sectors in pairs.

        ## Three exercises
        1. A kernel uses 168 registers in blocks of 128 threads and no shared memory. Compute its
           occupancy on an H100 by hand. (Check with `residency.occupancy(168, 128)`: 0.1875.)
        2. Write E3M2 as a grid with `quantisation.values(3, 2, bias=3, largest=28.0)`, build MXFP6
           from it, and find its error on noise. (It lies between MXFP8 and MXFP4, near 5.4 %.)
        3. Why was the fused sine slower than a copy? Replace `sinf` and `cosf` in `probes.cu` by
           `__sinf` and `__cosf`, run `measure.py --only fusion` on a GPU, and see if our suspicion
           holds. (Check: the rate of the one kernel, in GB/s, against the copy of `ceilings`.)

        ## What to read next, and why
        He (2022) teaches to name the limit before fighting it. Austin et al. (2025) do this
        lecture's arithmetic for TPUs, with problems. Rush's *GPU Puzzles* make you write the
        indices. In the next lecture you write kernels yourself, and there the compiler will tell
        you which of these tricks it already knows.
    """), link(WORKS["brrr"]), link(WORKS["puzzles"]), note("Which one surprised you?")  # fmt: skip


if __name__ == "__main__":
    main()
