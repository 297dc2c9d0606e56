"""Lecture 8: data, tensor and pipeline parallelism as programs that several processes run.

Title: Parallelism in code
Unit: systems
Minutes: 75
Prerequisites: lecture_07
Assignments: assignment2-systems
Figure: pipeline_parallelism 3
Resources: gpus=0, cpus=4, memory=4G
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call"

import torch
from cs336_systems.ddp import DDPBucketed, all_reduce_gradients_naive
from cs336_systems.fsdp import FSDP
from cs336_systems.sharded_optimizer import ShardedOptimizer
from torch.distributed.constants import default_pg_timeout

from lecture_tracer import link, note, plot, predict, reveal, run_ranks, table, text
from lectures.lecture_08 import (
    data_parallel,
    executed,
    failures,
    mesh,
    on_paper,
    orders,
    pipeline,
    results,
    sharded,
    tensor_parallel,
)
from lectures.lecture_08.figures import grids, lanes, times
from lectures.lecture_08.model import furthest, train_alone
from lectures.lecture_08.works import WORKS

GIB = 2**30


def main() -> None:
    torch.set_num_threads(1)  # @hide
    serial = welcome()  # @inspect serial
    collectives_on_paper()
    collectives_executed()
    bandwidth()
    rows = data_parallelism(serial)  # @inspect rows
    shards = sharded_state(serial)  # @inspect shards
    columns = tensor_parallelism(serial)  # @inspect columns
    layers = pipeline_parallelism()  # @inspect layers
    both = two_ways_at_once(serial)  # @inspect both
    accidents()
    the_board(serial, {"rows": rows, "shards": shards, "columns": columns, "mesh": both}, layers)
    what_to_keep()


def welcome() -> float:
    text(r"""
        # Parallelism in code
        **Lecture 8: processes, collectives, and three ways to divide one network**

        Lecture 7 counted what parallel training costs. Today it runs. Several processes start on
        this machine, each with a memory of its own, and the only thing that they can do together is
        to send each other tensors. What can go wrong then is new as well. A program on one device
        is wrong or slow; a parallel one can also wait for ever, or compute something that is
        plausible and false on every rank at once.

        So each program is held against one that cannot have such faults: the same network, trained
        by a single process. It has four layers $x \mapsto \mathrm{GeLU}(xW)$ of width 16, which is
        small, but whoever can divide these matrices can divide larger ones. Most of a Transformer
        is matrices like these.
    """)
    losses, model = train_alone()  # @inspect losses
    shapes = [tuple(w.shape) for w in model.weights]  # @inspect shapes
    predict(
        "Today the same five steps are done by four processes that divide the rows of the batch, "
        "the columns of the matrices, or both, and by two that divide the state. How do their "
        "losses after the last step compare with this one?",
        choices=[
            "Equal to about six digits",
            "Equal to about two digits",
            "Each division trains a little differently",
        ],
        name="same",
        hint="Which of these divisions changes the mathematics, and which only the order of sums?",
    )
    text(rf"""
        From {losses[0]:.3f} to {losses[-1]:.4f} in five steps of AdamW: that is the number to
        reproduce. In what follows rank 0 is the process that you see stepping, and the other ranks
        are its children. Whatever a table shows for ranks 1, 2 and 3 was computed by them.
    """), note("Who has debugged a program that hangs?")  # fmt: skip
    assert round(losses[-1], 4) == 1.0920
    return losses[-1]  # @hide


def collectives_on_paper() -> None:
    text(r"""
        # Eight collectives on paper
        Ranks could send each other single messages, but then everybody writes the same loops, and
        the same deadlocks. A _collective_ is an operation that all ranks call together, and the
        library decides who sends what. The names are older than most of this audience: MPI fixed
        them in 1994. The _world size_ $n$ is the number of processes, and the _rank_ of each is its
        number. Here every operation is a function from what the ranks hold to what they hold.
    """), link(WORKS["mpi"])  # fmt: skip
    rows: on_paper.Held = [[10 * rank + i for i in range(4)] for rank in range(4)]  # @inspect rows
    asked = predict(
        "Somebody has called broadcast, and wants back what there was before. Which collective "
        "undoes it?",
        choices=["gather", "reduce", "None does, and none is needed", "scatter"],
        hint="What did the other ranks hold before the broadcast?",
    )
    pieces = on_paper.reduce_scatter(rows)  # @inspect pieces
    sums = on_paper.all_gather(pieces)  # @inspect sums
    turned = on_paper.all_to_all(rows)  # @inspect turned
    assert sums == on_paper.all_reduce(rows)
    assert on_paper.all_to_all(turned) == rows
    ones: on_paper.Held = [[float(r)] for r in range(4)]
    assert on_paper.scatter(on_paper.gather(ones)) == ones
    plot(grids.before_and_after(on_paper.before_and_after()))
    reveal(asked, "None does, and none is needed", "The root still has its tensor.")
    text(r"""
        Read the names as recipes. _Reduce_ adds (or takes the maximum, or anything else whose order
        does not matter), _scatter_ deals out pieces, _gather_ collects them, and *all* means that
        everybody has the result. So an all-reduce is a reduce-scatter followed by an all-gather.
        Slides often say that broadcast is the inverse of gather, but only scatter is. Reduce is
        something else for broadcast, namely its _adjoint_: where forward copies one tensor to
        many, backward adds up the many gradients. Tensor parallelism will need exactly that.

        All-to-all is a transposition, and its own inverse, which is what a layer of experts does
        with its tokens: there, and back again.
    """), note("What is the adjoint of all-gather?")  # fmt: skip


def collectives_executed() -> None:
    text(r"""
        # The same, executed
        Now four processes do it. They find each other at an address and a port (a free one is
        chosen for each run, because two lectures on the same fixed port would meet each other), and
        they form a _process group_. Its backend here is gloo, which moves tensors of a CPU through
        sockets. On GPUs it would be NCCL and nothing else in the program would change. Follow rank
        0, and read the other columns: rank $r$ starts with 0, 1, 2, 3, plus $r$.
    """), link(WORKS["torch distributed"])  # fmt: skip
    gone = predict(
        "After the all-reduce, rank 0 would like to compute something from the x that it had "
        "before. Where is it?",
        choices=["Still in x", "Nowhere: it was overwritten", "In the result's second half"],
        hint="The call returns no tensor.",
    )
    piece = predict(
        "Before the reduce-scatter, `piece` is full of −1. What is in it afterwards on rank 3?",
        hint="The assignment's version takes the mean. Which element belongs to rank 3?",
        tolerance=0,
    )
    held = run_ranks(executed.every_collective, 4)  # @stepinto 1 @inspect held
    reveal(gone, "Nowhere: it was overwritten", "They write into the tensors they get.")
    reveal(piece, held["both halves"][3], "The mean of 3, 4, 5 and 6.")
    assert held["all-reduce"] == [6, 10, 14, 18]
    assert held["both halves"] == [v / 4 for v in held["all-reduce"]]
    assert held["all-to-all"] == [0, 10, 20, 30]
    text(rf"""
        The all-reduce leaves {held["all-reduce"]} on every rank. Its two halves, called one after
        the other, leave {held["both halves"]}, the same divided by four, since assignment 2's
        functions average. It asks the backend for the mean where it knows one and otherwise
        divides first and adds then. Older versions of gloo had neither the mean nor a
        reduce-scatter.

        Two habits protect you here. Outputs are tensors that *you* allocate, so fill them with
        something recognisable (we took −1) and not with whatever was in memory. And after a reduce
        to rank 0, do not read the tensor of any other rank: it holds whatever the algorithm left
        there, and often that looks right.

        ## Recap: collectives
        There are eight names, made of reduce, scatter, gather and "all", and an all-reduce is a
        reduce-scatter followed by an all-gather. All ranks call the same ones in the same order,
        and the results are written into memory that the ranks allocate.
    """), note("What would rank 1 show after reduce?")  # fmt: skip


def bandwidth() -> None:
    text(r"""
        # Is it fast? Bus bandwidth
        A time alone does not say whether a collective is fast. To judge it we need the bytes that
        it *must* send: in the best algorithm each rank sends $2\frac{n-1}{n}S$ of a tensor of $S$
        bytes in an all-reduce, and half of that in a reduce-scatter or all-gather, where $S$ is the
        whole tensor and not a rank's piece. These bytes over the time are the _bus bandwidth_,
        which can be compared with the link. Assignment 2 took the times on H100s, which are joined
        by NVLink at 450 GB/s in each direction.
    """), link(WORKS["nccl tests"]), link(WORKS["hopper"])  # fmt: skip
    took = results.seconds("all_reduce", 4)  # @inspect took
    asked = predict(
        f"The all-reduce of 1 GiB on four H100s takes {1e3 * took[GIB]:.2f} ms. How many GB does "
        "each rank send in a second?",
        unit="GB/s",
        hint="Each sends 1.5 GiB, and a GiB is 1.074 GB.",
    )
    sent = results.sent("all_reduce", GIB, 4)  # @inspect sent
    rate = sent / took[GIB] / 1e9  # @inspect rate
    reveal(asked, round(rate), f"{rate / 450:.0%} of the link.")
    assert round(rate) == 355
    plot(times.bandwidth(results.bandwidth_rows()))
    fits = {op: results.fit(op, 4) for op in ("all_reduce", "reduce_scatter")}  # @inspect fits
    halves = results.seconds("reduce_scatter", 4)[GIB] + results.seconds("all_gather", 4)[GIB]
    dearer = halves / took[GIB] - 1  # @inspect dearer
    worst = [results.misfit(op, 4) for op in ("all_reduce", "reduce_scatter")]  # @inspect worst
    small = results.own_seconds("all_reduce", 4)  # @inspect small[2**10] small[2**20]
    assert 0.05 < dearer < 0.12
    assert small[2**20] < 1.2 * small[2**10]
    assert max(worst) < 0.29
    text(rf"""
        Below a few MiB the bandwidth is poor because the time hardly depends on the size: about
        {1e6 * fits["all_reduce"][0]:.0f} µs pass whatever is sent. The lines are a fixed time and
        a rate, fitted to six sizes. They miss the all-reduce by {worst[0]:.0%} at most and the
        reduce-scatter by {worst[1]:.0%}, at medium sizes, where we suspect that NCCL changes its
        algorithm. Called separately, the two halves take {dearer:.0%} longer than the all-reduce at
        1 GiB.
        ({results.recorded_on("collectives_4")}.) How flat it is below that shows a record of this
        lecture from four H200s, by the host's clock: 1 KiB takes {1e6 * small[2**10]:.0f} µs, and
        a thousand times as much, 1 MiB, takes {1e6 * small[2**20]:.0f}. Whoever sends many small
        tensors pays for the sending, which is what buckets are for.

        This is also the place to correct a number that many have seen. The recorded run of the
        original of this lecture, on four H100s as well, prints about 275 GiB/s for an all-reduce
        and about 73 for a reduce-scatter.
    """), link(WORKS["public run"])  # fmt: skip
    asked = predict(
        "Why should a reduce-scatter, one half of an all-reduce, have a quarter of its bandwidth?",
        choices=[
            "It uses the links in one direction only",
            "Its pieces are too small",
            "It has not: somebody divided by the number of ranks twice",
        ],
        hint="Look at our own dots.",
    )
    ours = results.bus("reduce_scatter", 4)[GIB] / 1e9  # @inspect ours
    twice = ours / 4  # @inspect twice
    public = 0.75 * 4 * 100 * 2**20 * 4 / 3.99e-3 / GIB  # @inspect public
    reveal(
        asked,
        "It has not: somebody divided by the number of ranks twice",
        f"With the mistake ours would be {twice:.0f} GB/s instead of {ours:.0f}.",
    )
    assert 289 < public < 299
    text(rf"""
        There the input has $4 \times 100 \cdot 2^{{20}}$ floats and the time is 3.92 to 4.06 ms,
        so each rank sends three quarters of 1.68 GB at about {public:.0f} GiB/s, as fast as the
        all-reduce. The printed figure was divided by the number of ranks once too often. **A
        bandwidth that differs by exactly the number of ranks is a mistake in the formula until
        proved otherwise.**

        ## Recap: bandwidth
        Judge a large collective by the bytes that each rank has to send, over the time, beside the
        link. Judge a small one by its number, since each costs the same fixed time.
    """), note("NVSwitch joins GPUs within a node or rack.")  # fmt: skip


def data_parallelism(serial: float) -> float:
    text(r"""
        # Dividing the rows: data parallelism
        Four ranks hold the whole network and eight of the 32 rows each. If nobody communicates,
        four different networks come out, and nothing complains. Only one line has to be added to
        the serial program: after backward, the gradients are averaged by an all-reduce.
    """), link(data_parallel.by_hand), link(all_reduce_gradients_naive)  # fmt: skip
    four = run_ranks(data_parallel.by_hand, 4)  # @stepinto 1 @inspect four
    assert four["spread"] == 0
    assert abs(four["loss"] - serial) < 1e-5
    text(rf"""
        Before the all-reduce each rank has another gradient, after it all have the same, and so
        they take the same step: after five steps the largest difference between any two ranks'
        weights is {four["spread"]:g}, and the loss is {four["loss"]:.4f}, as in one process. Nobody
        compares the weights during training. They stay equal because equal states take equal steps.

        Now the two ways to get it wrong. First, leave out the all-reduce.
    """)
    drift = predict(
        "Two ranks start with equal weights, use their own gradients, and take five steps of AdamW "
        "with a learning rate of 0.01. How far apart are the two weights that differ most?",
        hint="Adam divides a gradient by its own size. How far does one step move a weight?",
        tolerance=0.1,
    )
    shares = predict(
        "Second: the all-reduce is there, but one rank has 2 rows and the other 30. What is the "
        "plain average of their gradients?",
        choices=[
            "The gradient of the batch",
            "Another gradient, in which two rows weigh as much as thirty",
            "The gradient of the batch, but noisier",
        ],
        hint="The loss of each rank is the mean over its own rows.",
    )
    wrong = run_ranks(data_parallel.without_all_reduce, 2)  # @inspect wrong
    reveal(drift, round(wrong["spread"][-1], 3), "Up to 0.01 a step, in opposite directions.")
    reveal(
        shares,
        "Another gradient, in which two rows weigh as much as thirty",
        f"An element is wrong by {wrong['apart'][1]:.2f}; with equal shares nothing is.",
    )
    plot(times.divergence(wrong["spread"]))
    assert wrong["apart"][0] < 1e-6 < 0.5 < wrong["apart"][1]
    assert wrong["weighted"][0] < 1e-6
    text(rf"""
        The drift grows by 0.02 a step, {wrong["spread"][-1]:.3f} after five, since Adam's first
        steps are about as long as the learning rate whatever the gradient. And the plain average is
        right only for equal shares. Weighed by the number of rows, two and thirty give the right
        gradient again. Language models meet this when padding makes the number of tokens unequal,
        and no error message will say so.

        An all-reduce after backward makes everybody wait. Assignment 2's class starts it earlier:
        a hook on each weight notes that its gradient is there, and a _bucket_ of gradients that is
        full is sent while backward goes on. Buckets are filled from the last layer, whose gradients
        come first.
    """), link("2006.15704"), link(DDPBucketed._on_gradient)  # fmt: skip
    asked = predict(
        "Four matrices of 1 KiB, buckets of 2.5 KiB. The first all-reduce starts when the gradient "
        "of which layer is there?",
        hint="A bucket is sent when it is full. Which layers share the first one?",
        unit="(layer)",
        tolerance=0,
    )
    overlapped = run_ranks(data_parallel.bucketed, 2)  # @stepinto 1 @inspect overlapped
    last = 4 - overlapped["buckets"][0] + 1  # @inspect last
    reveal(asked, last, "Layers 4 and 3 share it; it travels while 2 and 1 are still computed.")
    assert overlapped["buckets"] == [2, 2]
    assert overlapped["apart"] < 1e-6
    ways = results.strategy_rows()  # @inspect len(ways)
    table(
        [list(row.values()) for row in ways],
        columns=list(ways[0]),
        caption="0.97 billion weights, four ranks; " + results.recorded_on("data_parallel_4"),
    )
    waits = {r["way"]: r["wait after backward, ms"] for r in ways}  # @inspect waits
    longest = waits["one all-reduce a tensor, after backward"]
    hooked = waits["buckets of 100 MiB, with hooks"]
    assert hooked < 1 < 15 < longest
    text(rf"""
        On four H100s the hooks cut the wait after backward from {longest:.0f} ms to {hooked:.1f}.
        One single bucket waits nearly as long as no hook at all, because it is full only when
        backward is over. The step is still longer than one without communication; what the record
        cannot tell is how much of that is NCCL's kernels competing with the products.

        ## Recap: data parallelism
        Average the gradients, over equal shares: equal states that take equal steps stay equal. The
        sending hides behind backward if it starts while backward runs.
    """), note("Why must all ranks fill their buckets in the same order?")  # fmt: skip
    return float(four["loss"])  # @hide


def sharded_state(serial: float) -> float:
    text(r"""
        # Dividing the state: ZeRO and FSDP
        In data parallelism every rank keeps everything, which wastes memory $n$ times over. _FSDP_
        (fully sharded data parallelism) keeps a slice of each matrix on each rank, gathers the
        whole just before a layer needs it and frees it afterwards. Autograd has to be deceived for
        that, since it keeps the matrix for backward. Assignment 2 does it by giving the tensor's
        *storage* away while the tensor object stays. We follow one small matrix through its life on
        two ranks, and then one step of the sharded optimizer.
    """), link("2304.11277"), link("1910.02054")  # fmt: skip
    kept = predict(
        "Four matrices of 4 × 4 on two ranks. Adam keeps two numbers for each weight, and a rank "
        "keeps those of its own matrices only. How many numbers does PyTorch's Adam really keep on "
        "a rank?",
        hint="Two matrices, two numbers for each weight, and one thing that is easily forgotten.",
        tolerance=0,
    )
    unit = run_ranks(sharded.one_unit, 2)  # @stepinto 1 @inspect unit
    reveal(kept, unit["kept"], "2 · 2 · 16, and for each matrix the number of steps so far.")
    assert unit == {"freed": 0, "kept": 66}
    text(rf"""
        The whole matrix takes 32 bytes between `finish_gather` and `release`, and {unit["freed"]}
        before and after. The optimizer is simpler: every rank computes the same assignment of
        matrices to owners, updates its own, and broadcasts them. It keeps {unit["kept"]} numbers
        instead of {2 * (unit["kept"] - 2) + 4}.

        Now the network, with the hooks of the real class. We write down each time that a unit, here
        a layer, is gathered, ready, freed and reduced, on rank 0, in the last of five steps.
    """), link(FSDP._activate), link(ShardedOptimizer.step)  # fmt: skip
    most = predict(
        "With one layer gathered ahead, how many of the four layers exist whole, or are on their "
        "way, at the same time at most?",
        hint="The one that computes, and then?",
        tolerance=0,
    )
    waste = predict(
        "One of the eight gathers of a step fetches what was there a moment ago. Which?",
        choices=["The first layer's, in forward", "The last layer's, in backward", "None of them"],
        hint="What is the last thing that forward does, and the first that backward needs?",
    )
    trained = run_ranks(sharded.train, 2)  # @inspect trained["held"] trained["loss"]
    peaks = {k: sharded.whole_at_once(e) for k, e in trained["events"].items()}  # @inspect peaks
    plot(lanes.gather_and_free(trained["events"]))
    again = sharded.gathered_again(trained["events"][1])  # @inspect again
    reveal(most, peaks[1], "One computes, one travels.")
    reveal(waste, "The last layer's, in backward", "It is freed and fetched again at once.")
    _, alone = train_alone()
    apart = furthest(trained["weights"], list(alone.weights))  # @inspect apart
    assert (peaks[0], peaks[1], again, trained["held"]) == (1, 2, [3], 512)
    assert apart < 1e-5
    ours, plain = (results.strategy(name, 4) for name in ("fsdp", "bucketed_100mb"))  # @hide
    text(rf"""
        Each rank keeps {trained["held"]} of 1,024 weights, and at most {peaks[1]} of four layers
        are whole. With nothing gathered ahead it is {peaks[0]}, and every gather is waited for.
        In backward the orange bar of a layer begins while its neighbour still computes, and
        gradients travel in the lower half of each lane, one layer behind. Layer 4 is freed at the
        end of forward and gathered again at once: a flag in PyTorch's own FSDP exists for exactly
        this, and as an exercise it may exist in ours. After five steps all weights agree with the
        single process's within {pipeline.bound(apart):.0e}.

        The axis counts events and not milliseconds, since processes that share two cores would
        measure each other. On four H100s the same class takes {ours["step_ms"]:.0f} ms a step and
        {ours["peak_gb"]:.0f} GiB, where buckets take {plain["step_ms"]:.0f} ms and
        {plain["peak_gb"]:.0f} GiB; it computes the optimizer step for a quarter of the weights
        only, which accounts for {plain["optimizer_ms"] - ours["optimizer_ms"]:.0f} ms of that.

        ## Recap: sharded state
        ZeRO-1 gives the optimizer state of each matrix to one owner, who broadcasts the result.
        FSDP keeps slices and makes one or two layers whole at a time, at the price of gathering
        each of them twice a step.
    """), note("What would prefetch = 2 change in the figure?")  # fmt: skip
    return float(trained["loss"])  # @hide


def tensor_parallelism(serial: float) -> float:
    text(r"""
        # Dividing the columns: tensor parallelism
        If a matrix is too large or too slow for one device, cut the matrix itself. Cut by columns,
        each rank computes some columns of the result from the same input, and nothing has to be
        sent. Cut by rows, each rank multiplies its part of the input and the products have to be
        added. A pair of layers, first columns, then rows, therefore needs one all-reduce, while
        cutting everything by columns needs an all-gather after every layer.

        Before that, a warning about how the pieces are made. The original of this lecture lets
        every rank draw its own columns with the same seed, scaled by its own width.
    """), link("1909.08053")  # fmt: skip
    asked = predict(
        "Four ranks each draw a 16 × 4 matrix with the same seed. Put side by side they are a "
        "16 × 16 matrix. What is its rank, in the sense of linear algebra?",
        hint="How many of its columns are different?",
        tolerance=0,
    )
    glued = tensor_parallel.seeded_alike()  # @inspect glued.shape
    algebra = int(torch.linalg.matrix_rank(glued))  # @inspect algebra
    size = float(glued.std() * 16**0.5)  # @inspect size
    reveal(asked, algebra, "The same four columns, four times.")
    assert algebra == 4
    assert 1.7 < size < 2.3
    text(rf"""
        Such a model runs and trains, but it is not the serial model: it has a quarter of the
        columns, and weights about {size:.1f} times as large, because $1/\sqrt{{4}}$ was taken for
        $1/\sqrt{{16}}$. So draw one whole matrix, scale it by its whole width, and cut it. Then
        everything can be compared. We follow rank 0 of four.
    """), link(tensor_parallel.CopyIn.backward), link(tensor_parallel.SumOut.forward)  # fmt: skip
    found = run_ranks(tensor_parallel.train, 4)  # @stepinto 1 @inspect found
    assert found["gradients"] < 1e-6
    assert found["gathered"] < 1e-5
    assert abs(found["loss"] - serial) < 1e-5
    text(rf"""
        Forward needs one all-reduce a pair. Backward needs its mirror: the input of a pair was
        *copied* to all ranks, and the adjoint of a copy is a sum, so the gradients that come back
        through each rank's columns are added by another all-reduce. That is `CopyIn`, which does
        nothing in forward. The gradients agree with the serial ones within
        {pipeline.bound(found["gradients"]):.0e}, and after five steps the loss is
        {found["loss"]:.4f}. What happens to somebody who finds that a function which does nothing
        can be left out?
    """)
    asked = predict(
        "Leave out `CopyIn`. The output and the loss are still right. Which of the four layers "
        "have wrong gradients?",
        choices=["All four", "Layers 1 and 2", "Layers 3 and 4", "Only layer 1"],
        hint="Where does the gradient pass the place at which it should have been summed?",
    )
    broken = run_ranks(tensor_parallel.forgotten, 2)  # @inspect broken
    wrong = [i + 1 for i, ok in enumerate(broken["right"]) if not ok]  # @inspect wrong
    reveal(asked, "Layers 1 and 2", "Behind the sum that is missing, everything is wrong.")
    assert wrong == [1, 2]
    first, last = broken["losses"][0], broken["losses"][-1]  # @inspect first last
    assert serial < last < first
    each, pairs = tensor_parallel.collectives_a_step().values()  # @inspect each pairs
    text(rf"""
        Layers {wrong[0]} and {wrong[1]} are wrong and the last pair is right. Yet the loss falls
        from {first:.3f} to {last:.3f} in five steps, where the right program reaches {serial:.3f}.
        **A forward pass that is right proves nothing about backward, and neither does a loss that
        falls.** The two ways to cut both agree with the single process; in forward one needs {each}
        collectives for four layers and the other {pairs}. Either way *activations* travel in every
        layer or pair, and the next product waits for them, which is why tensor parallelism stays
        where links are fastest.

        ## Recap: tensor parallelism
        Cut one whole matrix. Columns and rows in pairs need one all-reduce a pair in forward and
        its mirror in backward, and the second is the one that can be forgotten without a sign.
    """), note("Adjoint of all-gather: reduce-scatter. Who found it before?")  # fmt: skip
    return float(found["loss"])  # @hide


def pipeline_parallelism() -> float:
    text(r"""
        # Dividing the depth: pipelines
        If the network is too deep, give each rank some of its layers. Little is sent, a tensor of
        activations at each border, and it goes to one neighbour. But a rank has nothing to do until
        the first activations arrive, and in a network of two ranks that takes turns, each idles
        half of the time. So the batch is cut into micro-batches. With backward in the same program,
        the *order* of the work matters. We run the order called 1F1B, one forward, one backward, on
        two ranks.
    """), link("1811.06965"), link("2104.04473")  # fmt: skip
    asked = predict(
        "Four micro-batches on two ranks. For how many of them does rank 0 have to keep "
        "activations at the same time?",
        hint="It must be far enough ahead that rank 1 is never without work, and no further.",
        tolerance=0,
    )
    two = run_ranks(pipeline.train_step, 2, "1F1B", 4)  # @stepinto 1 @inspect two
    gpipe = orders.kept_at_once(orders.gpipe(0, 2, 4))  # @inspect gpipe
    reveal(asked, two["kept"], f"All forward passes first, as in GPipe, would keep {gpipe}.")
    assert (two["kept"], gpipe) == (2, 4)
    assert two["apart"] < 1e-6
    text(rf"""
        The gradients are those of the single process within {pipeline.bound(two["apart"]):.0e},
        although each was added up from four micro-batches. Two details hold this together. Sends
        are started and not waited for, otherwise rank 0 would wait to send while rank 1
        waits to send back, for ever. And activations and gradients have channels of their own, so
        that neither can stand in the other's way.

        Now the bubble, and here we measure. On two cores four processes cannot compute at the same
        time, so in this record computing is *sleeping*: 50 ms a forward pass, 100 ms a backward
        pass, as if each rank had a device of its own. Processes, messages, order and clock are
        real.
    """)
    asked = predict(
        "For equal stages and wires that cost nothing, the idle share is (p − 1) / (m + p − 1), "
        "27.3 % for four stages and eight micro-batches. What will the measured timeline show?",
        choices=["Less", "The same within a tenth of a percent", "More"],
        hint="Between the end of a piece of work and the start of the next, something has to pass.",
    )
    lines = {name: results.timeline(name, 8) for name in orders.ORDERS}  # @inspect len(lines)
    idle = {name: orders.bubble(slots) for name, slots in lines.items()}  # @inspect idle
    plot(lanes.pipelines(lines))
    promised = orders.formula(4, 8)  # @inspect promised
    reveal(asked, "More", f"{idle['GPipe']:.1%} for GPipe and {idle['1F1B']:.1%} for 1F1B.")
    assert all(promised < share for share in idle.values())
    plot(lanes.bubbles(results.bubbles()))
    measured = {(r["order"], r["micro-batches"]): r["measured"] for r in results.bubbles()}
    many = [measured[name, 16] for name in orders.ORDERS]  # @inspect many
    text(rf"""
        Both orders promise {promised:.1%}; measured, GPipe idles {idle["GPipe"]:.1%} and 1F1B
        {idle["1F1B"]:.1%}. With 16 micro-batches it is {many[0]:.1f} % and {many[1]:.1f} % where
        the formula says {100 * orders.formula(4, 16):.1f} %. The gaps between the bars are what
        the formula leaves out: messages, and an operating system that wakes a sleeper late. The two
        orders do not differ by more than this noise, as the formula has it, so what 1F1B saves is
        memory and not time. ({results.own_recorded_on("pipelines_gloo_4")}; the shortest of three
        runs.)

        And with real work? The same program on four GPUs multiplies six matrices of 4096 × 4096 a
        stage and hands on 64 MiB to its neighbour by NCCL.
    """)
    asked = predict(
        "Sleep is now work and sockets are NVLink. Is the idle share nearer to the formula than "
        "among the sleeping processes?",
        choices=["Nearer, the links are a thousand times as fast", "As near", "Further from it"],
        hint="A forward pass takes 2.4 ms; 64 MiB over a link of 450 GB/s take 0.15 ms, and the "
        "host has to be told each time.",
    )
    real = results.timeline("1F1B", 8, backend="nccl")  # @inspect len(real)
    plot(
        lanes.pipelines({"1F1B on four GPUs": real}, "Four H200s, measured: what is empty is idle")
    )
    share = orders.bubble(real)  # @inspect share
    gap = 100 * (share - promised)  # @inspect gap
    reveal(asked, "Further from it", f"{share:.1%}, with GPUs that are faster than their host.")
    deep = {(r["stages"], r["order"], r["micro-batches"]): r["measured"]
            for n in (2, 4) for r in results.bubbles(stages=n, backend="nccl")}  # fmt: skip
    pairs = [deep[2, "1F1B", 16], deep[4, "1F1B", 16]]  # @inspect pairs
    apart = max(abs(deep[n, "GPipe", m] - deep[n, "1F1B", m]) for n in (2, 4) for m in (4, 8, 16))
    assert 4 < gap < 8  # @hide
    assert apart < 1.5  # @hide
    text(rf"""
        The gap has grown from {100 * (idle["1F1B"] - promised):.1f} to {gap:.1f} points, although
        the links are a thousand times as fast, because a piece of work has become forty times as
        short and a message has not. With 16 micro-batches two stages idle {pairs[0]:.1f} % (formula
        {100 * orders.formula(2, 16):.1f} %) and four {pairs[1]:.1f} %
        ({100 * orders.formula(4, 16):.1f} %): **the more and the smaller the pieces, the more idle
        time there is that the formula does not know.** The two orders again differ by
        {apart:.1f} points at most. ({results.own_recorded_on("pipelines_nccl_4")}, and with 2
        ranks. Our receiver waits for the tensor before it launches anything; a framework would
        hide some of that.)

        The formula also assumes equal stages. Let the second rank take one and a half times as
        long, as a stage does that has a layer too many.
    """)
    asked = predict(
        "By how many percent does the batch of eight micro-batches take longer with 1F1B, if one "
        "of four stages is 1.5 times as slow?",
        unit="%",
        hint="The slow stage alone has 8 · 1.5 · 150 ms to do, of 1.67 s before.",
        tolerance=0.3,
    )
    lame = results.timeline("1F1B", 8, slow=1.5)  # @inspect len(lame)
    longer = orders.seconds(lame) / orders.seconds(lines["1F1B"]) - 1  # @inspect longer
    plot(lanes.pipelines({"1F1B, rank 1 slow": lame}))
    reveal(
        asked,
        round(100 * longer),
        "The slow stage works 1.8 s, and the pipeline has to fill and to empty.",
    )
    assert 0.15 < longer < 0.5
    tuned = orders.seconds(results.timeline("1F1B", 8, 1.5, backend="nccl"))  # @hide
    on_gpus = tuned / orders.seconds(real) - 1  # @inspect on_gpus
    text(rf"""
        It takes {longer:.0%} longer, for an eighth more work in all, and on the four GPUs
        {on_gpus:.0%}. **A pipeline is as fast as its
        slowest stage**, which is why the stage with the embedding or the loss gets fewer layers.
        Bubbles can be made smaller by giving each rank several runs of layers, and nearly closed by
        splitting backward in two; lecture 7 has both.

        ## Recap: pipelines
        Each border passes one tensor there and one back. Idle time falls with the number of
        micro-batches and hardly depends on the order; the memory does. Stages have to be equal.
    """), link("2401.10241"), note("Where is rank 3 idle, and why?")  # fmt: skip
    return float(two["apart"])  # @hide


def two_ways_at_once(serial: float) -> float:
    text(r"""
        # Two ways at once
        Real layouts combine these. Arrange four ranks as a _mesh_ of two by two, where two ranks of
        a row share the columns of every matrix and the two rows have different data. A collective
        must then not go to everybody, so each rank belongs to two smaller groups. One trap lies in
        creating them: all ranks have to create all groups, in the same order, also those to which
        they do not belong.
    """), link(mesh.groups)  # fmt: skip
    asked = predict(
        "One node has fast links, and between the nodes there is a slow network. Which axis of the "
        "mesh do you lay along the fast links?",
        choices=["Data parallelism", "Tensor parallelism", "It makes no difference"],
        hint="Which of the two sends in every layer, and which once a step?",
    )
    found = run_ranks(mesh.train, 4)  # @stepinto 1 @inspect found
    reveal(asked, "Tensor parallelism", "It cannot wait and cannot hide; gradients can do both.")
    assert found["gradients"] < 1e-6
    assert abs(found["loss"] - serial) < 1e-5
    text(rf"""
        Ranks 0 and 1 share a layer's activations, 0 and 2 its gradients. Nothing in either program
        knew of the other: the tensor-parallel forward pass got a group as an argument, and so did
        the all-reduce of gradients. The result is the serial one again, with gradients right within
        {pipeline.bound(found["gradients"]):.0e} and a loss of {found["loss"]:.4f}. A third axis
        for the pipeline would be two more groups. Compilers such as JAX's go a step further: there
        one declares the mesh and how each array lies on it, and the collectives are derived.
    """), note("Which ranks talk to each other in a 2 × 2 × 2 mesh?")  # fmt: skip
    return float(found["loss"])  # @hide


def accidents() -> None:
    text(r"""
        # Slow, late, dead, or out of order
        A single process that fails fails. In a group, the others go on until they need the one
        that failed, and what they see then is rarely the cause. We make four accidents happen. The
        first is a slow rank, as a record: each of four ranks works 50 ms and then takes part in an
        all-reduce of 1 MiB, and the last rank is made slower.
    """)
    asked = predict(
        "In the profile of rank 0 the all-reduce takes ten times as long as in the benchmark, and "
        "its own computation is as fast as ever. What is the most likely cause?",
        choices=[
            "The network is congested",
            "Some other rank comes late",
            "The tensor is too small",
        ],
        hint="When does an all-reduce end?",
    )
    waits = results.waits()  # @inspect len(waits)
    plot(times.waits(waits))
    usual, late = (results.waiting(extra, 0)["all_reduce"] for extra in (0.0, 1.0))
    ms = [round(1e3 * usual, 1), round(1e3 * late, 1)]  # @inspect ms
    slowest = round(1e3 * results.waiting(1.0, 3)["all_reduce"], 1)  # @inspect slowest
    on_gpus = [results.waiting(extra, 0, "nccl") for extra in (0.0, 1.0)]  # @hide
    gpus = [round(1e3 * row["all_reduce"], 1) for row in on_gpus]  # @hide
    longer = results.waiting(1.0, 3, "nccl")["compute"] - on_gpus[1]["compute"]  # @hide
    gpus.append(round(1e3 * longer, 1))  # @inspect gpus
    reveal(asked, "Some other rank comes late", f"{ms[1]} ms in the all-reduce instead of {ms[0]}.")
    assert late > 5 * usual
    assert slowest < ms[0] + 3
    text(rf"""
        With a last rank that takes twice as long, rank 0 spends {ms[1]} ms in the all-reduce
        instead of {ms[0]}, and the slow rank itself only {slowest}. **So the guilty rank is the one
        with the shortest all-reduce**, and a profile of a single rank cannot tell a slow network
        from a slow neighbour. ({results.own_recorded_on("slow_rank_gloo_4")}; medians of ten
        steps, where sleeping stands for work.) Four H200s that multiply matrices say the same:
        {gpus[0]} ms in the all-reduce where all are alike, {gpus[1]} behind a rank that works
        {gpus[2]} ms longer.

        The other three happen live, in three processes. All ranks have $a = 1$ and $b = 100$ and
        sum both, but the last rank sums $b$ first. Then rank 0 calls an all-reduce to which the
        other does not come. Then the last rank is killed.
    """), link(failures.three_accidents)  # fmt: skip
    order = predict(
        "What does the group make of the swapped calls?",
        choices=["An error on every rank", "It hangs", "Wrong sums, and no word of it"],
        hint="Does a message carry the name of a variable?",
    )
    patience = predict(
        "How long does a gloo group wait by default for a rank that does not come?",
        unit="minutes",
        hint="Long enough to fetch a coffee, drink it, and fetch another one.",
        tolerance=0.4,
    )
    found = run_ranks(failures.three_accidents, 3)  # @stepinto 1 @inspect found
    minutes = default_pg_timeout.total_seconds() / 60  # @inspect minutes
    reveal(order, "Wrong sums, and no word of it", f"{found['swapped']}, instead of 3 and 300.")
    reveal(patience, minutes, "We asked for three seconds, in a group of its own.")
    assert found == {
        "swapped": "a = 102, b = 201",
        "late": "timed out",
        "dead": "the connection to a peer was lost",
    }
    text(rf"""
        Collectives are matched by their order and not by name. So the sums are {found["swapped"]},
        and with tensors of equal shape nobody ever notices. That is why assignment 2's buckets are
        launched in a fixed order even if a later one is full first, and why it compares
        all shapes before the first broadcast.

        The rank that does not come costs the timeout: {minutes:.0f} minutes with gloo, 10 with NCCL
        by default, on every device of the job, and then a message about the rank that *waited*.
        Set it to what a step can take, and start jobs with something that ends all processes when
        one ends, as `torchrun` does. Death is noticed at once here, because the kernel closes the
        sockets of a dead process: rank 0 reports that {found["dead"]}. It is the friendliest of
        the four, being the only one that says so at once.

        ## Recap: accidents
        A slow rank shows up as waiting in all others. Swapped calls give wrong sums, an absent rank
        costs a timeout, and only a dead one is noticed at once.
    """), link(WORKS["nccl timeout"]), note("Which of the four have you met?")  # fmt: skip


def the_board(serial: float, losses: dict[str, float], apart: float) -> None:
    text(r"""
        # The board
        Here is what today's programs made of the same five steps, beside the single process.
    """)
    names = {
        "rows": "rows of the batch, 4 ranks",
        "shards": "state (FSDP), 2 ranks",
        "columns": "columns and rows, 4 ranks",
        "mesh": "mesh of 2 × 2",
    }
    board = [
        [names[k], round(v, 6), f"{abs(v - serial):.0e}" if v != serial else "0"]
        for k, v in losses.items()
    ]
    table(
        [["one process", round(serial, 6), ""], *board],
        columns=["divided", "loss of the fifth step", "apart"],
        caption=f"The pipeline did one step: gradients equal within {pipeline.bound(apart):.0e}.",
    )
    worst = max(abs(value - serial) for value in losses.values())  # @inspect worst
    reveal("same", "Equal to about six digits", "Only the order of sums differs, in float32.")
    assert worst < 2e-6
    text(r"""
        No division changed the mathematics; all of them changed the order of additions, which
        float32 can see in its last digits.
    """)
    mistakes = {
        "no all-reduce of gradients": "silent",
        "unequal shares": "silent",
        "no sum in backward": "silent",
        "collectives swapped": "silent",
        "a rank that does not come": "an error, after the timeout",
        "a rank that is killed": "an error",
    }
    asked = predict(
        "Six mistakes were made on purpose today: no all-reduce, unequal shares, no sum in "
        "backward, swapped calls, a rank that stays away, a rank that is killed. How many of them "
        "ended in an error message?",
        hint="Think of what each of them printed.",
        tolerance=0,
    )
    loud = sum(result != "silent" for result in mistakes.values())  # @inspect loud
    reveal(asked, loud, "The one that is late, after a while, and the one that is dead.")
    table([list(row) for row in mistakes.items()], columns=["mistake", "what one sees"])
    text(rf"""
        {loud} of six, and the other {len(mistakes) - loud} went on without a word. **That is why
        equality with a single process is the test to write first**, before anything is measured.
    """), note("Which of these would a loss curve have shown?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep

        | divided | line that is added | forget it, and |
        |---|---|---|
        | rows | average gradients before the step | weights drift apart |
        | state | gather before use, reduce-scatter after | no memory, or stale weights |
        | columns, rows | sum after rows, sum gradients before columns | early layers go wrong |
        | depth | send, receive, and an order of work | everybody waits |
        | a mesh | the right group for each collective | sums over the wrong ranks |

        Collectives are matched by order. The time of a collective includes waiting for the last
        one to arrive. A bandwidth is judged by the bytes that have to be sent. And a value can be
        had in three ways: keep it, compute it again, or let somebody else keep it and send it.

        ## Three exercises
        1. Let FSDP keep the last unit between forward and backward. (Check: in
           `lectures/lecture_08/sharded.py`, `gathered_again` finds nothing, and
           `pytest assignments/assignment2-systems/tests -k fsdp` still passes.)
        2. In `lectures/lecture_08/orders.py`, write an order for two runs of layers on each rank.
           (Check: `kept_at_once`, gradients within 1e-6, and for four ranks and eight micro-batches
           a bubble that is nearer to 3 / 19 than to 3 / 11.)
        3. Write `gathered_forward` with a backward: the adjoint of the all-gather is a
           reduce-scatter. (Check: gradients within 1e-6 of `gradients_alone()`. The last layer is
           a trap: there every rank computes the *same* loss, so it is a slice and not a sum.)

        `./remote_execute.sh lecture_08` runs all of this as one Slurm job of four cores, and
        `torchrun --standalone --nproc-per-node 4 lectures/lecture_08/tools/measure.py` takes the
        records on your own machine.

        ## What to read next, and why
        Li et al. (2020) say what it took to make data parallelism fast, including the cases where
        parameters go unused. Zhao et al. (2023) do the same for FSDP and are frank about what went
        wrong. Narayanan et al. (2021) is where three axes were first combined at scale. Assignment
        2 asks you to write the first two yourself.
    """), note("End with the question what they would test first on 4,096 GPUs.")  # fmt: skip


if __name__ == "__main__":
    main()
