"""Lecture 7: how training is spread over thousands of devices, and what each way costs.

Title: Parallelism: who holds what, and who sends what
Unit: systems
Minutes: 72
Prerequisites: lecture_02, lecture_06
Assignments: assignment2-systems
Figure: crossovers_in_symbols
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call"

import math
from dataclasses import replace

import torch
from cs336_systems.ddp import DDPBucketed, all_reduce_gradients_flat
from cs336_systems.fsdp import FSDP
from cs336_systems.measurement.saved_tensors import best_segment, forward_in_segments
from cs336_systems.parallelism import crossovers
from cs336_systems.parallelism.calculator import bubble_fraction, estimate, memory_per_device
from cs336_systems.parallelism.crossovers import B, C, D, F, N, Pass, V, W, X, evaluate
from cs336_systems.parallelism.planner import judge, plan
from cs336_systems.parallelism.zero import MIXED, PAPER, largest_model, state_memory, state_traffic
from cs336_systems.sharded_optimizer import ShardedOptimizer

from lecture_tracer import link, note, plot, predict, reveal, table, text
from lectures.lecture_07 import activations, context, failures, pipeline, published, results, tensor
from lectures.lecture_07.collectives import (
    Link,
    all_gather,
    crossing,
    lazy_ring_all_reduce,
    reduce_scatter,
    ring_all_reduce,
    ring_seconds,
    simulated_seconds,
    summed,
    tree_all_reduce,
    tree_seconds,
)
from lectures.lecture_07.figures import memory, plans, schedules, wires
from lectures.lecture_07.overlap import gather_ahead, total
from lectures.lecture_07.works import WORKS

NVLINK = Link(alpha=3e-6, beta=450e9)  # an H100, one direction; alphas are assumed
NETWORK = Link(alpha=5e-6, beta=50e9)  # one port of 400 Gbit/s for each GPU
LLAMA = published.LLAMA


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    links()
    ring_and_tree()
    data_parallelism()
    sharded_state()
    two_lanes()
    pipelines()
    tensor_parallelism()
    what_autograd_keeps()
    long_contexts_and_experts()
    crossovers_in_symbols()
    planning()
    interruptions()
    what_to_keep()


def welcome() -> None:
    weights, tokens = 405e9, 15.6e12  # @inspect weights tokens
    years = 6 * weights * tokens / 400e12 / (365 * 24 * 3600)  # @inspect years
    text(rf"""
        # Parallelism: who holds what, and who sends what
        **Lecture 7: collectives, sharding, pipelines, and how to choose**

        Llama 3 has 405 billion weights and was trained on 15.6 trillion tokens. At 400 TFLOP/s, a
        good rate for an H100, one GPU would have needed {years:,.0f} years for it, which is a long
        time to wait for a loss curve. So the work has to be divided. But time is only half of the
        trouble, because the model would not even have started: it does not fit.
    """)
    asked = predict(
        "Training with Adam keeps about 16 bytes for each weight. How many GPUs of 80 GB does it "
        "take merely to hold these, with no activation at all?",
        unit="GPUs",
        hint="405 billion times 16 bytes, over 80 GB.",
    )
    state = state_memory(weights, ranks=1, stage=0, recipe=PAPER)  # @inspect state.total
    gpus = math.ceil(state.total / 80e9)  # @inspect gpus
    reveal(asked, gpus, "6.5 terabytes, before the first token arrives.")
    text(r"""
        Every way of dividing the work answers the same two questions: **who holds which tensor, and
        who has to send what to whom, and when**. Copies of the model split the batch; shards split
        the model's state; pipelines split its depth, tensor parallelism its width, context
        parallelism the sequence. Each pays in another currency. Today we count these payments,
        mostly by simulation and algebra on one CPU, and check them against records of up to four
        H100s where there are any. At the end a planner weighs them all, and we compare its choice
        with three layouts that were really used. Here is one to guess now.
    """)
    predict(
        "Llama 3's 8,192 GPUs stood in nodes of eight, with fast links inside a node. Over how "
        "many GPUs was each single weight matrix cut up (tensor parallelism)?",
        choices=["1: no matrix was cut", "8: a node", "64: eight nodes", "1,024"],
        name="tensor",
        hint="What travels when a matrix product is cut in two, and how often?",
    ), note("Let them argue. The answer comes with the planner.")  # fmt: skip


def links() -> None:
    text(r"""
        # What connects the devices
        Bytes that stay in a GPU's memory move at terabytes a second; bytes that leave it meet a
        slower link at every border they cross. A layout is good when most of its traffic stays
        where links are fast. One direction of each link, for each GPU:
    """)
    tiers: list[tuple[str, float, str]] = [
        ("memory of an H100", 3350, "lecture 6"),
        ("NVLink 4 inside a node of 8 (H100)", 450, "900 is quoted: both ways together"),
        ("NVLink 5 inside a rack of 72 (GB200)", 900, "1,800 is quoted"),
        ("network between nodes, 400 Gbit/s a GPU", 50, "InfiniBand, or Ethernet with RDMA"),
    ]  # @inspect len(tiers)
    table(
        [[name, rate, round(1e3 / rate, 1), what] for name, rate, what in tiers],
        columns=["link", "GB/s", "ms for 1 GB", "remark"],
    )
    text(r"""
        Vendors quote NVLink with both directions added up, and slides often copy the figure; a ring
        uses one direction for sending, so we count half. A GPU cluster is usually a tree of
        switches, on which any two can talk. A TPU pod is a torus: fast links to a few neighbours,
        which suits rings, and detours for everything else.

        The oldest useful model of a link is $T(S) = \alpha + S / \beta$: a message of $S$ bytes
        costs a fixed $\alpha$ and then its bytes. Assignment 2 measured NCCL's all-reduce on four
        H100s, from 1 MiB to 1 GiB; the largest takes 4.5 milliseconds.
    """), link(WORKS["hopper"]), link(WORKS["scaling book"])  # fmt: skip
    asked = predict(
        "How long does the all-reduce of 1 MiB take, which is 1,024 times smaller?",
        choices=["About 0.004 ms", "About 0.06 ms", "About 0.5 ms"],
        hint="Bytes are not the only thing that costs.",
    )
    measured = results.all_reduce_seconds(ranks=4)  # @inspect measured
    fit = results.fit_link(measured, ranks=4)  # @inspect fit
    reveal(asked, "About 0.06 ms", "There the fixed cost is nearly everything.")
    plot(wires.measured_and_model(measured, 4, fit))
    worst = max(abs(fit.seconds(1.5 * s) / t - 1) for s, t in measured.items())  # @inspect worst
    assert worst < 0.16
    assert round(1e3 * measured[2**30], 1) == 4.5
    assert round(1e3 * measured[2**20], 2) == 0.06
    text(rf"""
        Two numbers describe all six sizes within {worst:.0%}: $\alpha$ = {1e6 * fit.alpha:.0f} µs,
        launch included, and $\beta$ = {fit.beta / 1e9:.0f} GB/s, which is {fit.beta / 450e9:.0%} of
        the link. ({results.recorded_on("collectives_4")}.) The two terms are equal at $\alpha\beta$
        = {fit.crossover / 1e6:.0f} MB sent: **below that size, sending half as much saves almost
        nothing, and sending half as often saves half**. That is why gradients travel in buckets.
    """), note("Which of the two does a faster network improve?")  # fmt: skip


def ring_and_tree() -> None:
    text(r"""
        # Collectives: a ring and a tree
        Parallel training is written in five verbs. _All-reduce_ leaves the sum of everybody's
        tensor with everybody. _Reduce-scatter_ leaves each with one piece of the sum, and
        _all-gather_ gives the pieces to all. _Broadcast_ copies from one, and _all-to-all_ gives
        each its own part from each. If an all-reduce collected everything at one rank, that rank's
        link would carry $n - 1$ tensors, and a cluster would be as slow as its unluckiest member.

        A _ring_ shares the load: cut the tensor into $n$ chunks, and let every rank pass one chunk
        to its right neighbour, which adds its own and passes on. We watch four ranks; rank $r$
        starts with $10^r$ everywhere, so that the digits tell who is already in a sum.
    """), link(WORKS["patarasuk"])  # fmt: skip
    buffers = [[10.0**rank] * 4 for rank in range(4)]  # @inspect buffers
    scattered = reduce_scatter(buffers)  # @stepinto 1 @inspect scattered.result
    asked = predict(
        "Each rank now has one finished chunk. How much has each sent by the time that everybody "
        "has everything, in units of the whole tensor?",
        unit="tensors",
        hint="Three steps of a quarter, and then the same again.",
    )
    ring = scattered.then(all_gather)  # @inspect len(ring.steps)
    sent = [ring.sent_by(rank) for rank in range(4)]  # @inspect sent
    reveal(asked, sent[0], "2 (n − 1) / n, on every rank alike.")
    plot(wires.buffers_by_step(ring, "A ring all-reduce: three steps to add, three to pass on"))
    assert all(row == summed(buffers) for row in ring.result)
    assert ring.result == ring_all_reduce(buffers).result
    text(r"""
        So **an all-reduce is a reduce-scatter followed by an all-gather**, which we shall use all
        day: whoever can do something useful between the two halves, such as the optimizer step,
        gets it for free. The proof is the picture. After the first half each chunk is complete in
        one place, and the second half only copies. Nor can anybody do with fewer bytes: a rank has
        to send what the others lack of its data, and later its share of the sums, which together is
        $2 (n-1)/n$ (Patarasuk and Yuan, 2009).

        The ring's weakness is its number of steps. A _tree_ adds in pairs, then pairs of pairs, and
        hands the sum back down: $2 \log_2 n$ steps instead of $2(n - 1)$, but of whole tensors. And
        a lazy ring passes on whole tensors $n - 1$ times.
    """), link(tree_all_reduce)  # fmt: skip
    algorithms = {
        "ring": ring_all_reduce,
        "tree": tree_all_reduce,
        "lazy ring": lazy_ring_all_reduce,
    }
    runs = {name: algorithm(buffers) for name, algorithm in algorithms.items()}
    counts = [
        [name, len(run.steps), run.messages(), max(run.sent_by(r) for r in range(4))]
        for name, run in runs.items()
    ]  # @inspect counts
    assert all(run.result == ring.result for run in runs.values())
    assert math.isclose(simulated_seconds(ring, 2**20, NETWORK), ring_seconds(2**20, 4, NETWORK))
    assert math.isclose(
        simulated_seconds(runs["tree"], 2**20, NETWORK), tree_seconds(2**20, 4, NETWORK)
    )
    table(counts, columns=["all-reduce of 4 ranks", "steps", "messages", "most sent by a rank"])
    asked = predict(
        "512 ranks on the network sum a buffer of 64 KiB. Which is faster?",
        choices=["The ring, clearly", "About the same", "The tree, clearly"],
        hint="Count steps, at about 5 µs each.",
    )
    ms = {
        name: 1e3 * seconds(2**16, 512, NETWORK)
        for name, seconds in (("ring", ring_seconds), ("tree", tree_seconds))
    }  # @inspect ms
    reveal(asked, "The tree, clearly", f"{ms['tree']:.2f} ms against {ms['ring']:.1f}.")
    even = crossing(512, NETWORK)  # @inspect even
    plot(wires.ring_and_tree(512, NETWORK))
    assert ms["ring"] > 40 * ms["tree"]
    text(rf"""
        Up to {even / 1e6:.0f} MB the tree wins, beyond that the ring. Both lines assume $\alpha$ =
        5 µs and 50 GB/s. NCCL chooses for each call, and its trees cut the tensor into pieces that
        follow each other, so they lose little bandwidth. The lazy ring has no such excuse: with $n$
        ranks it sends $n - 1$ tensors where two would do, and we meet it again when we ask how
        large a cluster can be.

        ## Recap: wires
        A link costs $\alpha + S/\beta$, so few large messages are better than many small ones. An
        all-reduce is a reduce-scatter and an all-gather, and sends about two tensors from each
        rank. Rings use the bandwidth fully, trees have fewer steps.
    """), link(WORKS["nccl trees"]), note("Draw the ring of three on the board first.")  # fmt: skip


def data_parallelism() -> None:
    text(r"""
        # Data parallelism
        The simplest way to use $n$ devices, _data parallelism_, is to give each a copy of the model
        and a slice of the batch, and to average the gradients before the optimizer step. Every copy
        then takes the same step as one big device would. It costs one all-reduce of all gradients a
        step, and two things can go wrong: the wires can be too slow, or the batch too large to be
        of use.

        The wires first. Our records are of a model of 0.97 billion weights on four H100s, with
        float32 gradients. The fitted link says what an all-reduce of them takes.
    """), link(all_reduce_gradients_flat), link(DDPBucketed._on_gradient)  # fmt: skip
    gradients = 4 * results.parameters()  # @inspect gradients
    fit = results.fit_link(results.all_reduce_seconds(4), 4)  # @inspect fit
    expected = 1e3 * fit.seconds(1.5 * gradients)  # @inspect expected
    asked = predict(
        f"After backward this would take {expected:.0f} ms of a step of about 340. If each bucket "
        "is sent as soon as backward has filled it, how much of that does a step still wait for?",
        choices=["All of it", "About a half", "Less than a millisecond"],
        hint="The last layers' gradients are ready first, and backward is most of the step.",
    )
    names = ["compute_only", "naive", "flat", "bucketed_100mb"]  # @inspect names
    took = {name: results.strategy(name, 4)["step_ms"] for name in names}  # @inspect took
    waits = {name: results.strategy(name, 4)["synchronize_ms"] for name in names}  # @inspect waits
    reveal(asked, "Less than a millisecond", f"{waits['bucketed_100mb']:.1f} ms.")
    assert waits["bucketed_100mb"] < 1 < 15 < expected < waits["flat"] < waits["naive"]
    rest = took["bucketed_100mb"] - took["compute_only"]  # @inspect rest
    assert 10 < rest < 13
    text(rf"""
        One flat all-reduce waits {waits["flat"]:.0f} ms, near what the link predicts, and one for
        each tensor {waits["naive"]:.0f} ms, since small messages pay $\alpha$ again and again.
        Overlapped, the wait is gone (Li et al., 2020), but the step is still {rest:.0f} ms longer
        than one without communication. We suspect that NCCL's kernels take multiprocessors from the
        products; the record does not separate the two. ({results.recorded_on("data_parallel_4")}.)

        Now the batch. Twice the devices at the same share means twice the batch, and a gradient
        averaged over more examples is less noisy, but only as long as noise was the problem.
        McCandlish et al. (2018) found that reaching a given loss takes $S_{{\min}}\,(1 + B_c/B)$
        steps and $E_{{\min}}\,(1 + B/B_c)$ examples, with a _critical batch size_ $B_c$ that can
        be estimated from the gradients' noise.
    """), link("2006.15704"), link("1812.06162")  # fmt: skip
    asked = predict(
        "A cluster trains at exactly the critical batch size. You double its devices, and the "
        "batch with them. By how much does the training time fall?",
        unit="%",
        hint="Steps as a multiple of the fewest: from 2 to what?",
    )
    multiples = [2.0**k for k in range(-3, 4)]  # @inspect multiples
    trade = [
        {"batch": b, "steps": 1 + 1 / b, "examples": 1 + b, "label": f"{b:g} × B_c"}
        for b in multiples
    ]  # @inspect len(trade)
    plot(plans.steps_and_examples(trade))
    saved = 100 * (1 - (1 + 1 / 2) / (1 + 1 / 1))  # @inspect saved
    reveal(asked, saved, "Twice the money for three quarters of the time.")
    text(rf"""
        Far below $B_c$ devices are nearly free, since twice as many halve the time. At $B_c$,
        doubling saves {saved:.0f} %, and beyond it you heat the room. So **the batch is a budget**,
        and every layout that needs more of it has to be paid from it. Llama 3 spent 16 million
        tokens a batch. The model fails to say what $B_c$ will be for your run: it grows as the loss
        falls, and it depends on the optimizer.
    """), note("How many sequences of 8,192 tokens are 16 million?")  # fmt: skip


def sharded_state() -> None:
    text(r"""
        # Sharded state: ZeRO and FSDP
        Copies do not help with memory at all: a thousand GPUs hold the same 16 bytes for each
        weight a thousand times. Rajbhandari et al. (2019) noticed that nobody needs most of it most
        of the time. Stage 1 of their _ZeRO_ divides the optimizer's state among the ranks, stage 2
        the gradients too, and stage 3 the weights as well, which are then gathered layer by layer
        just before they are needed. Their example has 7.5 billion weights on 64 GPUs. This is
        assignment 2's calculator.
    """), link("1910.02054"), link(ShardedOptimizer.step), link(state_traffic)  # fmt: skip
    second = state_memory(
        7.5e9, ranks=64, stage=2, recipe=PAPER
    )  # @stepinto 1 @inspect second.total
    stages = {
        f"stage {z}": state_memory(7.5e9, 64, z, PAPER) for z in (0, 1, 2, 3)
    }  # @inspect stages
    gigabytes = [round(m.total / 1e9, 1) for m in stages.values()]  # @inspect gigabytes
    assert gigabytes == [120, 31.4, 16.6, 1.9]
    plot(memory.state_bars(stages, limit_gb=80))  # @clear second.total stages
    asked = predict(
        "Stage 1 updates each weight on one rank only and then has to hand it to all others. "
        "Compared with plain data parallelism, with float32 gradients and bf16 weights: does it "
        "send more?",
        choices=["More", "Exactly as much", "Less"],
        hint="An all-reduce of gradients has two halves. What does its second half carry?",
    )
    sent = [state_traffic(1, 64, stage, MIXED) for stage in (0, 1, 2, 3)]  # @inspect sent
    relative = [round(s / sent[0], 2) for s in sent]  # @inspect relative
    reveal(asked, "Less", f"{relative[1]} of it: the second half carries weights, in 2 bytes.")
    assert relative == [1, 0.75, 0.75, 1]
    assert [state_traffic(1, 64, s, PAPER) for s in (1, 3)] == [4 * 63 / 64, 6 * 63 / 64]
    repeated = state_traffic(1, 64, 3, MIXED, micro_batches=8) / sent[0]  # @inspect repeated
    text(rf"""
        Reduce-scatter the gradients, step, all-gather the *weights*: the step is done between the
        halves of an all-reduce. With 16-bit gradients, as in the paper, stage 1 sends exactly as
        much as plain data parallelism, and stage 3 one and a half times that; with float32
        gradients it is three quarters, and once. Stage 3 gathers twice for every micro-batch,
        though. Accumulate over eight of them, and it sends {repeated:.0f} times as much as stage 0,
        which is why nobody combines it lightly with a pipeline.

        Slides disagree about the largest model that fits, because they assume different gradients.
        So here is the formula with both, for eight GPUs of 80 GB: 80 GB over the bytes for each
        weight, without activations.
    """)
    largest = [
        [f"stage {stage}"]
        + [round(largest_model(80e9, 8, stage, recipe) / 1e9, 1) for recipe in (PAPER, MIXED)]
        for stage in (0, 1, 2, 3)
    ]  # @inspect largest
    table(largest, columns=["", "16-bit gradients: billions", "float32 gradients: billions"])
    assert [row[1] for row in largest] == [5.0, 14.5, 21.3, 40.0]
    text(r"""
        Does it hold? Assignment 2 measured the peak of a step on one, two and four H100s. Its
        wrappers keep float32 weights, 4 bytes, gradients, 4, and two moments, 8.
    """), link(FSDP._activate)  # fmt: skip
    all_of_it = results.promised_gib(bytes_divided=16, ranks=4)  # @inspect all_of_it
    asked = predict(
        "On four ranks, FSDP divides these 16 bytes by four, which should free "
        f"{all_of_it:.1f} GiB. What did the peak show?",
        choices=["That much, within 5 %", "Clearly less", "Clearly more"],
        hint="Which of the 16 bytes exist at the moment of the peak, the end of forward?",
    )
    freed = {
        name: results.freed_gib(name, 4) for name in ("bucketed_zero1", "fsdp")
    }  # @inspect freed
    reveal(asked, "Clearly less", f"It freed {freed['fsdp']:.1f} GiB.")
    divided = {"bucketed_zero1": 8, "fsdp": 12}  # @inspect divided
    promised = {
        name: results.promised_gib(b, 4) for name, b in divided.items()
    }  # @inspect promised
    for name, size in divided.items():  # @hide
        for n in (2, 4):
            assert abs(results.freed_gib(name, n) / results.promised_gib(size, n) - 1) < 0.01
    plot(memory.peaks(results.peak_rows()))
    table(
        results.stage_rows(ranks=4),
        columns=results.STAGE_COLUMNS,
        caption="Four ranks; " + results.recorded_on("data_parallel_4"),
    )
    text(rf"""
        Stage 1 frees what it promises within a percent: 8 bytes, {freed["bucketed_zero1"]:.2f} of
        {promised["bucketed_zero1"]:.2f} GiB on four ranks. FSDP, beside itself on one rank, frees
        {freed["fsdp"]:.2f} GiB, which is 12 bytes divided, not 16. The arithmetic fits a peak at
        which there are no gradients yet, and that is where we suspect it: at the end of forward,
        when all activations exist. Stage 2 was not measured. It divides gradients only, so by the
        same reasoning its peak here would be that of stage 1, and its saving would show in the
        optimizer step.

        ## Recap: splitting the batch
        Copies cost one all-reduce of gradients a step, which can hide behind backward. Sharding the
        optimizer costs nothing more; sharding the weights gathers them twice for every micro-batch.
        All of it needs a batch that is large enough to be divided.
    """), note("Why does plain DDP's peak not change from one to four ranks?")  # fmt: skip


def two_lanes() -> None:
    text(r"""
        # Hiding the gather
        Stage 3 would be unbearable if each layer waited for its weights. It does not have to: with
        _prefetching_ the next layer's weights already travel while one computes. We simulate six
        units on two lanes, one that gathers and one that computes, and let the gathering run ahead.
    """), link(gather_ahead)  # fmt: skip
    waiting = gather_ahead([2] * 6, [3] * 6, prefetch=0)  # @inspect total(waiting)
    ahead = gather_ahead([2] * 6, [3] * 6, prefetch=1)  # @inspect total(ahead)
    asked = predict(
        "Now a slower link: gathering a unit takes 5 ms, computing it 3, and as many of the six as "
        "you like may be gathered ahead. How long does the pass take?",
        unit="ms",
        hint="Which lane is never idle?",
    )
    slow = gather_ahead([5] * 6, [3] * 6, prefetch=1)  # @inspect total(slow)
    greedy = gather_ahead([5] * 6, [3] * 6, prefetch=5)  # @inspect total(greedy)
    reveal(asked, total(greedy), "Six gathers and the last computation, whatever runs ahead.")
    assert (total(waiting), total(ahead), total(slow)) == (30, 20, 33)
    assert total(ahead) == 2 + 6 * 3
    plot(
        wires.two_lanes(
            {
                "gather 2 ms, compute 3, nothing ahead": waiting,
                "gather 2 ms, compute 3, one unit ahead": ahead,
                "gather 5 ms, compute 3, one unit ahead": slow,
            }
        )
    )
    with_it, without = (
        results.strategy(name, 4)["step_ms"] for name in ("fsdp", "fsdp_no_prefetch")
    )  # @inspect with_it without
    text(rf"""
        If computing takes longer than gathering, one unit ahead hides everything but the first
        gather, and more than one buys nothing but memory. If gathering takes longer, no prefetching
        helps: the pass takes as long as the wires. On four H100s, whose wires are fast, a step of
        FSDP took {with_it:.0f} ms with one unit ahead and {without:.0f} without (Zhao et al., 2023,
        describe the design). Whether compute is long enough depends on the tokens that each device
        works on, and we shall solve for that number.
    """), link("2304.11277"), note("Draw the two lanes for a link of 3 ms.")  # fmt: skip


def pipelines() -> None:
    text(r"""
        # Pipelines
        The second way, _pipeline parallelism_, is to cut the model by depth: each device holds some
        layers and passes on activations. What travels is small, one tensor of tokens × width at
        each border, so this works over the slowest links. But while the first stage works on a
        batch, the others have nothing to do, and cut this way four GPUs are as fast as one. The
        remedy is to cut the batch into _micro-batches_ and let them follow each other. GPipe runs
        all of them forward, then all backward (Huang et al., 2018). _1F1B_ alternates forward and
        backward as soon as it can. Its order for three micro-batches, the first of two stages:
    """), link("1811.06965"), link(bubble_fraction)  # fmt: skip
    order = pipeline.one_forward_one_backward(stages=2, micro_batches=3)[0]  # @stepinto
    shown = [f"{o.kind}{o.micro_batch + 1}" for o in order]  # @inspect shown @clear order
    asked = predict(
        "From GPipe to 1F1B, with the same stages and micro-batches: what gets better?",
        choices=["The idle time", "The memory", "Both", "Neither"],
        hint="Work must still reach the last stage and come back. But what waits to be used?",
    )
    ran = pipeline.five_schedules(stages=4, micro_batches=8)  # @inspect list(ran)
    gpipe, plain = ran["GPipe"], ran["1F1B"]  # @inspect gpipe.seconds plain.seconds
    idle = {t.name: round(t.bubble, 3) for t in (gpipe, plain)}  # @inspect idle
    kept = {t.name: [t.stored(s) for s in range(4)] for t in (gpipe, plain)}  # @inspect kept
    reveal(asked, "The memory", "4 micro-batches on the first stage instead of all 8.")
    assert idle == {"GPipe": 0.273, "1F1B": 0.273}
    assert plain.bubble == 1 - 8 / 11
    text(rf"""
        (1F1B did {" ".join(shown)}: forward and backward in turn, after one forward ahead.) Both
        wait for {plain.bubble:.0%} of the time. With $p$ stages and $m$ micro-batches, a stage
        works in $m$ of $m + p - 1$ slots, so the _bubble_, its idle share, is $(p-1)/(m+p-1)$
        whatever the order. The memory is what 1F1B improves: stage $s$ keeps $p - s$ micro-batches,
        not $m$, so $m$ can grow. Each doubling of $m$ roughly halves the bubble, and is paid from
        the batch.
    """)
    by_depth = {
        p: pipeline.bubbles(p, (1, 2, 4, 8, 16, 32)) for p in (2, 4, 8)
    }  # @inspect by_depth
    assert by_depth[4][1] == 0.75
    assert all(abs(by_depth[p][m] - (p - 1) / (m + p - 1)) < 1e-12 for p in (2, 4) for m in (1, 8))
    plot(schedules.idle_by_micro_batches(by_depth))
    text(r"""
        Two ideas shrink it further without more micro-batches. _Interleaving_ (Narayanan et al.,
        2021) gives each stage $v$ separate runs of layers: stage 0 holds layers 1, 2 and 9, 10,
        say. A micro-batch goes round $v$ times, each filling step is $v$ times shorter, and so is
        the bubble: $(p-1)/(vm + p - 1)$. _Zero bubble_ (Qi et al., 2024) looks at backward more
        closely: it computes two things, the gradient of the input, which the stage before is
        waiting for, and the gradient of the weights, which nobody waits for until the optimizer
        step. So do the second when there is nothing better to do.
    """), link("2104.04473"), link("2401.10241"), link(pipeline.zero_bubble)  # fmt: skip
    twice, more, rich = list(ran.values())[2:]  # @inspect twice.bubble more.bubble
    lean = pipeline.zero_bubble(4, 8, limit=lambda stage: 4)  # @inspect lean.bubble
    asked = predict(
        "Zero bubble may keep 2p − 1 = 7 micro-batches on each stage. Which share of the time is a "
        "stage idle, if it may begin the next step while later stages still finish this one?",
        unit="%",
        hint="The name is not modest.",
    )
    reveal(asked, 100 * rich.bubble, "24 units of work in 24 units of time, on every stage.")
    plot(schedules.grids(ran))
    bubbles = {n: round(t.bubble, 3) for n, t in ran.items()}  # @inspect bubbles
    assert abs(twice.bubble - 3 / (2 * 8 + 3)) < 1e-12
    assert (round(lean.bubble, 3), round(more.bubble, 3)) == (0.172, 0.077)
    assert (rich.period, rich.seconds) == (24, 27)
    plot(schedules.bubble_and_memory(ran | {"zero bubble, 4 kept": lean}))
    text(rf"""
        Interleaving brings the bubble to {twice.bubble:.0%}, keeps {twice.stored(0)} micro-batches
        instead of 4, and sends twice as often. Zero bubble with the memory of 1F1B reaches
        {lean.bubble:.0%} under our greedy rule, where the paper's own schedule has
        $(p-1)/(3m + p-1)$ or {3 / 27:.0%}; with one more micro-batch, {more.bubble:.0%}; with
        seven, none at all. **A bubble is bought back with memory or with messages.** The last one
        also fails if every step ends in a global decision, such as clipping by the norm of all
        gradients, because then nobody may begin the next. DeepSeek-V3's DualPipe feeds
        micro-batches from both ends, for which each device keeps two stages' weights; it is there
        above all to hide the traffic of experts.

        ## Recap: pipelines
        The bubble depends on stages and micro-batches, not on the order of GPipe or 1F1B; the
        memory does depend on it. Finer pieces make it smaller: more micro-batches, more runs of
        layers, a backward pass in two halves.
    """), link("2412.19437"), note("Where in the grid is the loss computed?")  # fmt: skip


def tensor_parallelism() -> None:
    text(r"""
        # Tensor parallelism
        The third way, _tensor parallelism_, is to cut each matrix. This needs no larger batch and
        leaves nobody idle, but the parts of one product need each other's results at once, so all
        its traffic is on the critical path. Cut at the wrong place, it is not even correct. Shoeybi
        et al. (2019) found a cut of $y = \text{GeLU}(xA)B$ that needs a single sum: $A$ by columns,
        $B$ by rows. We run it on four simulated ranks, whose wire counts bytes.
    """), link("1909.08053")  # fmt: skip
    x, up, down = tensor.toy()  # @inspect x.shape up.shape down.shape
    exact, wire = tensor.plain(x, up, down), tensor.Wire(ranks=4)  # @inspect exact.shape
    y = tensor.column_then_row(x, up, down, wire)  # @stepinto 1
    error = tensor.error(y, exact)  # @inspect error wire.bytes_sent
    assert error < 1e-5
    asked = predict(
        "Suppose we cut A by rows instead, so that each rank has a part of the sum xA, and go on "
        "as before. What goes wrong?",
        choices=["Nothing", "The result is wrong", "It is right, and sends more"],
        hint="Each rank applies GeLU to its own part.",
    )
    wrong_by = tensor.error(
        tensor.row_without_sum(x, up, down, tensor.Wire(4)), exact
    )  # @inspect wrong_by
    reveal(asked, "The result is wrong", "GeLU(a + b) is not GeLU(a) + GeLU(b).")
    right = tensor.Wire(ranks=4)  # @inspect right.ranks
    mended = tensor.row_then_column(x, up, down, right)  # @inspect right.bytes_sent
    assert tensor.error(mended, exact) < 1e-5
    dearer = right.total / wire.total  # @inspect dearer
    assert dearer == 4.5
    text(rf"""
        The wrong cut is off by {wrong_by:.1f}. It can be mended by a sum *before* GeLU, but that
        sum is over the wide hidden layer, and the wire carries {dearer} times as much. Attention is
        cut by heads in the same manner. In backward the roles turn round: where forward copies,
        backward sums. That makes two all-reduces of the activations forward and two backward, for
        every layer.

        Outside the products, in norms and residual additions, all ranks still compute and keep the
        same thing. _Sequence parallelism_ (Korthikanti et al., 2022) divides norms and residuals by
        tokens: it gathers them before the products and scatters the sums after.
    """), link("2205.05198")  # fmt: skip
    sharded = tensor.Wire(ranks=4)  # @inspect sharded.ranks
    parts = tensor.sequence_parallel(x.chunk(4), up, down, sharded)  # @inspect sharded.bytes_sent
    assert sharded.total == wire.total
    sent = tensor.layer_bytes(1, 8192, 16384, 8)  # @inspect sent
    flops = 6 * LLAMA.job.model.layer_weights * 8192  # @inspect flops
    compute = 1e3 * flops / (8 * 0.6 * 989e12)  # @inspect compute
    inside, across = (
        1e3 * sent / wires.beta for wires in (NVLINK, NETWORK)
    )  # @inspect inside across
    assert across > compute > 5 * inside
    text(rf"""
        An all-gather and a reduce-scatter send exactly what the all-reduce did, {sharded.total:.0f}
        bytes in our toy, and norms and their activations are divided too.

        Now real sizes: one layer of Llama 3 405B, 8,192 tokens, eight ranks. Forward and backward
        compute for {compute:.0f} ms at 60 % of the peak. Each rank sends {sent / 1e9:.1f} GB, which
        takes {inside:.1f} ms on NVLink and {across:.0f} ms on the network. **Inside a node tensor
        parallelism costs an eighth of the time; across nodes it more than doubles it.** The
        pipeline's border sends 0.27 GB forward once for a whole stage, or an eighth of that when
        the tokens are divided.
    """), note("What does backward do where forward copies x to all ranks?")  # fmt: skip
    assert round(2 * 8192 * 16384 / 1e9, 2) == 0.27
    assert round(compute / inside) == 8


def what_autograd_keeps() -> None:
    text(r"""
        # What autograd keeps
        State can be sharded to almost nothing, and then the activations decide what fits. A layer
        keeps for backward whatever its gradients need, and most of that nobody ever sees. We count
        it on assignment 1's own block, with hooks that autograd calls for each tensor it saves.
    """), link(activations.saved_bytes), link(forward_in_segments), link(best_segment)  # fmt: skip
    asked = predict(
        "With plain attention and with a fused kernel, how does what is kept *for each token* grow "
        "with the length of the sequence?",
        choices=["Both grow", "Plain grows, fused does not", "Neither grows"],
        hint="Which of the two ever stores a score for each pair of tokens?",
    )
    lengths = (64, 128, 256, 512)  # @inspect lengths
    variants = activations.VARIANTS  # @inspect variants
    kept = {
        name: {n: activations.count_block(64, 256, n, **how) for n in lengths}
        for name, how in variants.items()
    }  # @inspect kept
    reveal(
        asked, "Plain grows, fused does not", "Scores are pairs; FlashAttention never stores them."
    )
    plot(memory.kept_by_length(kept))
    fused = kept["fused attention"][512]  # @inspect fused
    assert set(kept["recomputed block"].values()) == {64}
    assert kept["plain attention"][512] > 3 * kept["plain attention"][64]
    ideal = 8 * 64 + 4 * 256  # @inspect ideal
    assert 1.2 < fused / ideal < 1.5
    text(rf"""
        At width $D$ = 64 and hidden width $F$ = 256 the fused block keeps {fused:.0f} numbers for
        each token, where a block of fused kernels needs $8D + 4F$ = {ideal}: our norms and SiLU,
        written plainly, keep copies. _Recomputation_ keeps the block's input only, {64} numbers,
        and runs the block again in backward. Forward is a third of a step's operations, so a step
        becomes a third longer, and keeps a few percent.

        For a GPT layer in 16 bits, Korthikanti et al. (2022) count $sbh(34 + 5as/h)$ bytes, with
        sequence $s$, micro-batch $b$, width $h$, and $a$ heads. The second term is the scores. A
        22-billion model of theirs has $5as/h$ = 106.7, three times everything else.
    """)
    bytes_kept = activations.paper_bytes(s=2048, b=4, h=6144, a=64, t=8)  # @stepinto
    gib = {name: round(b / 2**30, 3) for name, b in bytes_kept.items()}  # @inspect gib
    assert list(gib.values()) == [6.594, 1.234, 0.824, 0.199, 0.094]
    assert round(5 * 64 * 2048 / 6144, 1) == 106.7
    plot(memory.activation_bars(gib))
    text(rf"""
        Tensor parallelism alone leaves {gib["tensor"]} GiB of {gib["one device"]}, because ten of
        the 34 bytes are outside the products. Sequence parallelism divides those too. _Selective
        recomputation_, or a fused kernel, drops the scores for almost no work and ends at
        {gib["… + selective"]}. Full recomputation is hardly better and costs a third more
        operations, so it is the last resort. Now the whole account, for one GPU of Llama 3 with
        what is elementwise computed again.
    """)
    job = LLAMA.as_plan().job  # @inspect job.micro_batches job.interleave job.recompute
    holds = memory_per_device(job, LLAMA.mesh)  # @stepinto 1 @inspect holds
    share = holds.activations / holds.total  # @inspect share
    assert holds.total < 80e9
    assert share > 0.5
    text(rf"""
        {holds.total / 1e9:.0f} of 80 GB, and {share:.0%} of it are activations, on a cluster whose
        optimizer state is down to {holds.optimizer / 1e9:.1f} GB. The bytes for each weight, which
        we began with, are no longer the problem.

        ## Recap: splitting the model
        Pipelines send little and wait; tensor parallelism waits for nobody and sends much, so it
        stays inside a node. Micro-batches, memory and messages buy bubbles back. Activations are
        divided by tensor and sequence parallelism, and what is cheap to compute again should not be
        kept.
    """), note("Ask which of the five terms a longer context changes.")  # fmt: skip


def long_contexts_and_experts() -> None:
    text(r"""
        # Long contexts and experts
        Two kinds of model need another cut. A sequence of a million tokens does not fit on one
        device even for a single layer, and a layer of 256 experts should not be on every device.

        _Context parallelism_ divides the sequence: everything but attention is per token; for
        attention, each rank keeps its queries, and blocks of keys and values go round a ring, while
        the online softmax of lecture 6 adds them up (Liu et al., 2023). The result is exact.
    """), link("2310.01889"), link(context.ring_attention)  # fmt: skip
    apart = context.apart_from_exact(ranks=4)  # @inspect apart
    assert apart < 1e-5
    asked = predict(
        "Causal attention, four ranks, the sequence dealt out in order. How many times as long "
        "does the ring take as with the work spread evenly?",
        unit="times",
        hint="Who has work in every step? What do the others do meanwhile?",
    )
    in_order = context.work_by_step(context.contiguous(4))  # @inspect in_order
    folded = context.work_by_step(context.zigzag(4))  # @inspect folded
    times = {
        name: context.ring_time(blocks)
        for name, blocks in (("in order", context.contiguous(4)), ("zigzag", context.zigzag(4)))
    }  # @inspect times
    reveal(asked, times["in order"] / times["zigzag"], "The last rank works in every step.")
    assert times == {"in order": 14, "zigzag": 8}
    text(r"""
        The rank with the first tokens is done after one step, since nothing before them exists, and
        then waits for the others. The cure is a fold: each rank takes one early block and the late
        one opposite to it, and every step is equally full. A second kind of context parallelism,
        Ulysses (Jacobs et al., 2023), exchanges tokens for heads with an all-to-all, so it cannot
        use more ranks than there are heads; Llama 3 simply all-gathers keys and values, which are
        small under grouped queries.

        *Expert parallelism* puts whole experts on different ranks and sends tokens to them, an
        all-to-all there and one back. Compare it with cutting every expert by width, for
        DeepSeek-V3's sizes: 4,096 tokens a rank, width 7,168, eight experts a token, 64 ranks.
    """), link("2309.14509")  # fmt: skip
    to_experts = context.all_to_all_bytes(4096, 7168, 8, 64)  # @inspect to_experts
    by_width = context.tensor_parallel_bytes(4096, 7168, 64)  # @inspect by_width
    fewer = by_width / to_experts  # @inspect fewer
    assert fewer == 8
    asked = predict(
        "A router prefers some experts, as routers do if nobody stops them. What decides "
        "how long the layer takes?",
        choices=["The mean load", "The busiest rank's load", "The number of experts"],
        hint="Everybody waits for the way back.",
    )
    loads = {
        skew: round(context.busiest_over_mean(skew), 2) for skew in (0.0, 1.0)
    }  # @inspect loads
    reveal(asked, "The busiest rank's load", f"With a skewed router {loads[1.0]} times the mean.")
    assert loads[0.0] < 1.1 < 5 < loads[1.0]
    text(rf"""
        Experts send {fewer:.0f} times less, because a token visits at most eight ranks and not all
        64. The price is balance. A fair router's busiest expert has {loads[0.0]} times the mean
        load, one with preferences (of standard deviation one) {loads[1.0]}, and that is the time of
        the layer. DeepSeek-V3 balances by a bias on the scores, and lets a token visit at most four
        nodes, since only these transfers are slow. It used 64-way expert parallelism, 16 pipeline
        stages, ZeRO-1, and *no* tensor parallelism: cutting narrow experts thinner helps nobody.
        Its library for these transfers, DeepEP, was rewritten in April 2026 to occupy several times
        fewer multiprocessors, because whoever moves tokens cannot multiply meanwhile.
    """), link(WORKS["deepep"]), note("Fold a strip of paper to show the zigzag.")  # fmt: skip


def crossovers_in_symbols() -> None:
    text(r"""
        # When does traffic cost nothing?
        So far we have compared examples. Now we solve the general case, for one gated MLP with
        weights $3DF$, a batch of $B$ tokens, and $N$ devices that compute $C$ operations and send
        $W$ bytes a second. Traffic that takes less time than the arithmetic can hide behind it; the
        _crossover_ is where both are equal. Assignment 2's functions build the two times as
        formulas, and sympy solves.
    """), link(crossovers.ring)  # fmt: skip
    copies = crossovers.data_parallel()  # @stepinto 1 @inspect copies.compute copies.communication
    batch = copies.crossover(B)  # @inspect batch
    lazy = crossovers.data_parallel_whole_tensors().crossover(B)  # @inspect lazy
    sharded = crossovers.fully_sharded()  # @inspect sharded.compute sharded.communication
    assert batch == sharded.crossover(B)
    text(r"""
        Data parallelism and FSDP have the same crossover, $B = (N-1)\,C/W$: in the long run,
        **every device needs $C/W$ tokens**. Width and depth cancel, since a wider layer has more
        weights to send and as much more to compute. The lazy ring needs $N(N-1)\,C/(2W)$, so its
        tokens for each device grow with the cluster, and no batch would ever be enough. Now tensor
        parallelism.
    """)
    asked = predict(
        "What does a batch twice as large change in the balance of tensor parallelism?",
        choices=["Traffic hides more easily", "Nothing", "Traffic hides less easily"],
        hint="What travels: weights or activations?",
    )
    cut = crossovers.tensor_parallel()  # @stepinto 1 @inspect cut.compute cut.communication
    ranks = cut.crossover(N)  # @inspect ranks
    reveal(asked, "Nothing", "Tokens are in both times, and cancel. What is left is the width.")
    h100 = {C: 0.6 * 989e12, W: 50e9, V: 450e9, D: 16384, F: 53248}  # @inspect h100
    devices = [evaluate(ranks, h100 | {W: w}) for w in (450e9, 50e9)]  # @inspect devices
    tokens = evaluate(C / W, h100)  # @inspect tokens
    text(rf"""
        Tensor parallelism is limited by width: $N \le 1 + \frac{{3FW}}{{2C}}$. For Llama 3 405B, at
        60 % of an H100's peak, that is {devices[0]:.0f} ranks on NVLink and {devices[1]:.1f} on the
        network. FSDP over the network needs {tokens:,.0f} tokens for each device. Llama 3's batch
        of 16 million tokens gives each of 8,192 GPUs 2,048.

        So FSDP lacks tokens, and a node of eight is all that tensor parallelism can use of its
        allowance. But they need different things, so let a mesh of $X$ rows use FSDP along one
        axis, over the network, and tensor parallelism along the other, over NVLink with bandwidth
        $V$. More rows mean fewer activations and more weights on the wire, and somewhere between
        lies a best $X$.
    """)
    both = crossovers.fully_sharded_and_tensor()  # @inspect both.communication
    best = crossovers.best_fsdp_axis()  # @inspect best
    least = crossovers.min_tokens_per_device()  # @inspect least
    needs = {name: round(evaluate(e, h100)) for name, e in least.items()}  # @inspect needs
    wide = evaluate(N / best, h100 | {N: 8192, B: 2**24})  # @inspect wide
    assert best**2 == 2 * B * N * W / (3 * F * V)
    assert needs["FSDP + TP"] < 1024 < 2048 < needs["FSDP"]
    assert 15 < wide < 20
    setting = h100 | {N: 1024}
    eight = Pass(
        *(part.subs(X, N / 8).subs(setting) for part in (both.compute, both.communication))
    )
    ratio = {
        "FSDP": (sharded.communication / sharded.compute).subs(setting),
        "TP in a node": (cut.communication / cut.compute).subs(setting | {N: 8, W: 450e9}),
        "FSDP × TP 8": eight.communication / eight.compute,
    }  # @inspect ratio
    plot(plans.balance(ratio, B, 1024, tokens=[4.0**k for k in range(3, 8)]))
    in_a_node = float(eight.crossover(B)) / 1024  # @inspect in_a_node
    assert 1000 < in_a_node < 2048
    text(rf"""
        The derivative vanishes at $X = \sqrt{{2BNW / (3FV)}}$, and with this mesh
        $\frac83 \frac{{C^2}}{{F V W}}$ tokens suffice: {needs["FSDP + TP"]} instead of
        {needs["FSDP"]:,}. **Combined, the slow link is weighed against the fast one and against the
        width of the model**, so wide models need a smaller batch. For Llama 3's batch the best mesh
        would cut matrices {wide:.0f} ways, more than a node of eight GPUs allows, which is one
        reason for racks of 72. Cut eight ways, traffic hides from {in_a_node:,.0f} tokens for each
        device. The formulas leave out latency, and they have no answer where there are too few
        tokens even for this. Pipelines have.

        ## Recap: crossovers
        Each device needs $C/W$ tokens for data parallelism or FSDP. Tensor parallelism cares about
        width alone. Together they need far fewer tokens than either rule suggests.
    """), note("Let them guess the exponent of W before the reveal.")  # fmt: skip


def planning() -> None:
    text(r"""
        # Planning a cluster
        All the costs are known now, and nobody can weigh six of them by intuition. So let a program
        try every way to write the number of devices as pipeline × data × FSDP × tensor, every
        micro-batch, interleaving and recomputation, drop what does not fit in memory, and rank the
        rest. It assumes that compute reaches 60 % of the peak, that weights and gradients travel
        behind it as far as they can, and that tensor and pipeline traffic does not hide. We follow
        how it judges one layout, that of BLOOM: 384 A100s, four-way tensor, 12-way pipeline.
    """), link(plan), link("2211.05100")  # fmt: skip
    bloom = published.BLOOM  # @inspect bloom.mesh bloom.job.model
    found = judge(
        bloom.job, bloom.cluster, bloom.mesh, 2, 1, "block"
    )  # @stepinto 1 @inspect found.mfu
    assert found is not None
    asked = predict(
        "The planner does not know what the builders of these clusters tried. For Llama 3, where "
        "does the published layout come among the thousands that fit?",
        choices=["In the first ten", "In the first half", "In the second half"],
        hint="They had months, and a bill for each of them.",
    )
    llama = published.compare(LLAMA)  # @inspect len(llama.plans) llama.own.seconds
    ahead = sum(p.seconds < llama.own.seconds for p in llama.plans)  # @inspect ahead
    reveal(asked, "In the first ten", f"{ahead} of {len(llama.plans):,} are faster.")
    within = llama.plans[0].mesh.tensor  # @inspect within
    reveal("tensor", "8: a node", "Both the planner and the builders stay inside the node.")
    assert ahead < 10
    assert within == LLAMA.mesh.tensor == 8
    megatron, third = published.compare(published.MEGATRON), published.compare(bloom)
    verdicts = [llama, megatron, third]  # @inspect len(megatron.plans) len(third.plans)
    plot(plans.plan_maps(verdicts))
    table([v.row for v in verdicts], columns=published.COLUMNS, caption=published.CAPTION)
    gaps = [v.row[4] for v in verdicts]  # @inspect gaps
    ratios = [v.own.mfu / v.run.reported_mfu for v in verdicts]  # @inspect ratios
    assert gaps == [1.02, 1.1, 1.06]
    assert all(1 < ratio < 1.12 for ratio in ratios)
    text(rf"""
        The published layouts take {gaps[0]}, {gaps[1]} and {gaps[2]} times as long as the planner's
        best with the same recomputation, and the predicted MFU is {min(ratios) - 1:.0%} to
        {max(ratios) - 1:.0%} above the reported one, with one constant for three clusters. MFU is
        compared with MFU: Megatron and BLOOM reported operations *with* recomputation, so we took
        three quarters of their 163 and 150 TFLOP/s. The frames lie where the map is dark.
    """), link("2407.21783"), link(WORKS["bloom technology"])  # fmt: skip
    own, today = megatron.own, megatron.plans[0]  # @inspect today.mesh today.job.recompute
    gain = own.seconds / today.seconds  # @inspect gain
    assert today.job.recompute != "block"
    assert today.mesh.tensor == 8
    job = replace(own.job, zero=3)  # @inspect job.zero job.micro_batches
    ultra = estimate(job, own.mesh, published.SELENE)  # @inspect ultra.communication.data
    dearer = ultra.communication.data / own.estimate.communication.data  # @inspect dearer
    text(rf"""
        Where planner and builders differ, be careful whom you believe. For Megatron the planner
        prefers FSDP without any pipeline, because it takes hiding for granted and knows no latency;
        and given today's fused attention and sequence parallelism it would not recompute blocks at
        all and promises to be {gain:.2f} times as fast. In 2021 neither existed. On one rule it
        agrees with all three: tensor parallelism stops at the node, or before. A second rule we
        built in, that replicas shard the optimizer and nothing else. BLOOM did so, Megatron did not
        even do that, and Llama 3 sharded the weights too but kept them between forward and
        backward. Stage 3 over Megatron's replicas would send {dearer:.0f} times as much, since each
        of its {own.job.micro_batches} micro-batches gathers the weights twice.
    """), note("Which of the planner's assumptions would you test first?")  # fmt: skip


def interruptions() -> None:
    alone = failures.mean_hours_between_failures(gpus=1) / (24 * 365)  # @inspect alone
    together = failures.mean_hours_between_failures(gpus=1000) / 24  # @inspect together
    text(rf"""
        # Interruptions
        A thousand GPUs that each fail once in {alone:.1f} years fail once in {together:.1f} days,
        together, and in synchronous training one failure stops all. That is what Llama 3's report
        implies, which lists 466 interruptions in 54 days on 16,384 GPUs, 47 planned and 419 not.
        Someone had to decide how often to save.
    """), link("2407.21783")  # fmt: skip
    plot(plans.causes(failures.CAUSES, failures.UNEXPECTED))
    share = failures.CAUSES["faulty GPU"] / failures.UNEXPECTED  # @inspect share
    hours = failures.mean_hours_between_failures()  # @inspect hours
    assert round(hours, 1) == 3.1
    assert round(100 * share, 1) == 35.3
    text(rf"""
        That is a failure every {hours:.1f} hours. (The report's table gives 148 faulty GPUs as 30.1
        %, but 148 of 419 is {share:.1%}, while its other shares agree with their counts; so we
        quote counts.) Save every $\tau$ minutes at a cost of $c$ minutes each. Saving costs
        $c/\tau$ of the time, and a failure, on average once in $M$ minutes, loses half an interval
        and the restart $r$:
        $$\text{{lost}}(\tau) = \frac{{c}}{{\tau}} + \frac{{\tau/2 + r}}{{M}}.$$
        Setting the derivative to zero gives the best interval, as Young found in 1974.
    """), link(WORKS["young"])  # fmt: skip
    best = failures.best_interval()  # @stepinto
    asked = predict(
        "The cluster becomes twice as large, and a checkpoint takes as long as before. How must "
        "the interval change?",
        choices=["Stay", "Times 0.71", "Times 0.5"],
        hint="What does twice as many GPUs do to M, and how does M enter?",
    )
    cost, restart, mtbf = 2.0, 10.0, 60 * hours  # @inspect cost restart mtbf
    optimum = {
        gpus: math.sqrt(2 * cost * 60 * failures.mean_hours_between_failures(gpus))
        for gpus in (16384, 32768)
    }  # @inspect optimum
    reveal(asked, "Times 0.71", "M is halved, and the interval goes with its square root.")
    intervals = [5.0, 7.5, 10, 15, 20, 27, 35, 50, 70, 100]  # @inspect intervals
    curves = failures.lost_by_interval(intervals, cost, mtbf, restart)  # @inspect curves
    plot(plans.lost_time(curves))
    lowest = min(curves["simulated"], key=lambda t: curves["simulated"][t])  # @inspect lowest
    lost = {name: round(100 * curve[27], 1) for name, curve in curves.items()}  # @inspect lost
    assert lowest == 27
    assert round(optimum[16384]) == 27
    assert lost["simulated"] < lost["formula"]
    text(rf"""
        With two minutes for a save and ten for a restart, which are our assumptions, $\sqrt{{2cM}}$
        says {optimum[16384]:.0f} minutes, and of the intervals simulated over 4,000 failures
        {lowest} is the best. The valley is flat: half or twice the interval loses two or three
        points more. The formula overestimates the loss, {lost["formula"]} % against
        {lost["simulated"]} %, since it holds where losses are small, and a fifth is not small.
        Llama 3 reports more than 90 % of effective time, so its saves and restarts were cheaper
        than ours. What neither model knows is the failure that nobody notices, a GPU that computes
        something wrong and goes on.
    """), note("Who gets the call at three in the morning?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep

        | way | divides | sends | is paid in |
        |---|---|---|---|
        | data, ZeRO-1 | batch; optimizer | gradients and weights, once a step | batch |
        | FSDP (ZeRO-3) | batch; all state | weights, twice a micro-batch | tokens a device |
        | pipeline | depth | one activation at each border | bubbles |
        | tensor + sequence | width; activations | activations, 4 times a layer | fast links |
        | context | sequence | keys and values, each layer | long sequences |
        | expert | experts | tokens, there and back | balance |

        Make the model fit first: shard the optimizer, cut matrices inside the node, then add
        pipeline stages or FSDP, whichever the batch and the network can pay. Give the remaining
        devices to data parallelism. Keep what is dear to compute again, and compute again what is
        cheap. Then let a calculator check you, and distrust it where it assumes that things hide.

        ## Three exercises
        1. Your cluster has 64 H100s and a network of 50 GB/s for each. From how many tokens a batch
           is FSDP over all of them bound by compute, at 60 % of the peak? (Check:
           `data_parallel().crossover(B)` in `cs336_systems/parallelism/crossovers.py`; about
           750,000.)
        2. In `lectures/lecture_07/pipeline.py`, let one of four stages take twice as long for
           everything, with eight micro-batches. (Check: no order is faster than that stage's 48
           units of work. If it is the second stage, 1F1B takes 53 and GPipe 57, so now the order
           matters. Why?)
        3. Find out why FSDP freed 12 bytes and not 16. In `assignments/assignment2-systems`, on a
           GPU, run `python -m cs336_systems.measurement.profiling --size large --context 1024
           --precision bf16 --output p.json --snapshot m.pickle`. (Check: `held_at_peak_gb` names
           the lines whose memory is alive at the peak. If backward is not among them, the
           suspicion stands.)

        ## What to read next, and why
        *How to Scale Your Model* does this lecture's algebra for TPUs and is the best place to
        practise it. The *Ultra-Scale Playbook* measured thousands of layouts, which is what our
        planner only promises. Narayanan et al. (2021) is still the clearest paper on combining
        three kinds of parallelism. The next lecture writes all of this in code that runs, with
        processes that can really fail.
    """), link(WORKS["playbook"]), note("Which would you try on two GPUs?")  # fmt: skip


if __name__ == "__main__":
    main()
