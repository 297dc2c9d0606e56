"""Lecture 10: what inference waits for, and everything that is done about it.

Title: Inference: one token at a time
Unit: systems
Minutes: 80
Prerequisites: lecture_02, lecture_03, lecture_05
Assignments: assignment1-basics, assignment5-alignment
Figure: continuous_batching
Resources: gpus=1, memory=90G
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call, union-attr"

import sympy
import torch
from cs336_alignment.models.decoder import TransformerDecoder
from cs336_alignment.models.smollm2.gguf_file import our_name
from cs336_alignment.rollouts.recording import draw
from cs336_basics.generation import next_token_probabilities

from lecture_tracer import benchmark, link, note, plot, predict, reveal, table, text
from lectures.lecture_10 import beyond, caches, experiments, quantisation, results, shown
from lectures.lecture_10 import speculation as spec
from lectures.lecture_10.figures import answers, roofs, smaller
from lectures.lecture_10.machines import (
    H100,
    LLAMA_13B,
    MACHINES,
    STEP_COLUMNS,
    decode_step,
    largest_batch,
    step_rows,
)
from lectures.lecture_10.pruning import at_random, keep_units
from lectures.lecture_10.quantisation import gptq, nearest, rounded, scales
from lectures.lecture_10.serving import studies
from lectures.lecture_10.serving.paging import BlockPool, Table
from lectures.lecture_10.serving.server import Server
from lectures.lecture_10.small_model import trained
from lectures.lecture_10.works import WORKS


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    a_product()
    two_phases()
    the_mlp()
    attention()
    one_curve()
    batches()
    smaller_caches()
    fewer_bits()
    better_rounding()
    fewer_weights()
    speculation()
    how_much_faster()
    continuous_batching()
    pages()
    prefixes()
    without_a_cache()
    many_at_once()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Inference: one token at a time
        **Lecture 10: what it waits for, and what is done about it**

        A model is trained once and used for years. It answers people, it is evaluated, it thinks
        aloud before it answers, and inside reinforcement learning it writes the very texts that it
        is then trained on. All of that is inference: given a prompt, produce tokens. It looks like
        the easy half of training, a forward pass without a backward one, but for one difference.
        Training sees all positions of a text at once, and an answer exists only up to
        the token that was made last.

        Assignment 5 reads a real pretrained model, SmolLM2 with 135 million parameters, into
        assignment 1's Transformer. Most of that is a matter of names, such as this one.
    """)
    name = our_name("blk.3.ffn_gate.weight")  # @stepinto 1 @inspect name
    assert name == "layers.3.ffn.w1.weight"
    smol = results.smollm2_latency(256)  # @inspect smol["prefill_ms"]
    asked = predict(
        f"On two threads of a CPU it reads a prompt of 256 tokens in {smol['prefill_ms']:.0f} ms. "
        "How long does one token of the answer take?",
        choices=["About 1.5 ms, a 256th", "About 10 ms", "About 40 ms"],
        hint="The arithmetic is a 256th. What else has to be done for each token?",
    )
    per_token = smol["decode_ms_per_token"]  # @inspect per_token
    times = per_token / smol["prefill_ms_per_token"]  # @inspect times
    reveal(
        asked, "About 40 ms", f"{per_token:.0f} ms, as much as {times:.0f} tokens of the prompt."
    )
    assert 39 < per_token < 43
    assert 25 < times < 31
    plot(roofs.request_timeline(smol["prefill_ms"], per_token, 16))
    floor = results.assignment5("smollm2_latency")["read_weights_once_ms"]  # @inspect floor
    text(rf"""
        *Record: {results.smollm2_caption()}.* Three numbers describe a service. The __time to the
        first token__ is what a reader waits before anything happens, the __time between tokens__ is
        how fast the text then flows, and the __throughput__ is how many tokens the machine makes
        for all readers together. The first two are latencies, the third is money, and most of this
        lecture is about trading one against the other. Reading all weights once would take
        {floor:.0f} ms on that machine, so 40 ms is no law of nature either.

        How much money? A token costs $6N$ operations in training, forward and backward, and $2N$ in
        inference. (The original course gives 6 for a forward pass alone.) After three times the
        tokens of its training a model has cost as much to use as to make: 45 trillion for one that
        was trained on 15.
    """), link(WORKS["scaling book"]), link("2211.05102"), note("Who pays?")  # fmt: skip
    assert 3 * 15e12 == 45e12


def a_product() -> None:
    text(r"""
        # How intense is a product
        A machine that computes faster than its memory delivers is idle most of the time, and it
        costs the same. Whether that happens is decided by the **arithmetic intensity**, operations
        for each byte moved. We let sympy do the counting, one transfer at a time, for a product of
        activations $X$ of $B$ rows and width $D$ with weights of $D \times F$, all in bfloat16.
    """)
    B, D, F = sympy.symbols("B D F", positive=True)  # @inspect B D F
    moved = 2 * B * D  # @inspect moved
    moved += 2 * D * F  # @inspect moved
    flops = 2 * B * D * F  # @inspect flops
    moved += 2 * B * F  # @inspect moved
    intensity = sympy.simplify(flops / moved)  # @inspect intensity
    assert sympy.simplify(intensity - B * D * F / (B * D + B * F + D * F)) == 0
    text(r"""
        Read $X$, read the weights, multiply, write the result. Layers are wide, so take limits, one
        at a time: first $D$, then $F$ to infinity, while the number of rows stays what it is.
    """)
    wide = sympy.limit(intensity, D, sympy.oo)  # @inspect wide
    wider = sympy.limit(wide, F, sympy.oo)  # @inspect wider
    assert wider == B
    ridges = {machine.name: round(machine.ridge, 1) for machine in MACHINES}  # @inspect ridges
    assert ridges["H100 SXM"] == 295.2
    text(rf"""
        **The intensity of a product with wide weights is the number of rows.** An H100 does 989
        tera-operations and moves 3.35 TB in a second, so it needs {ridges["H100 SXM"]} operations a
        byte to be busy, and one row offers one.
    """), link(WORKS["h100"]), link(WORKS["a100"]), link(WORKS["b200"])  # fmt: skip
    asked = predict(
        "Real layers are not infinitely wide. For D = 5,120 and F = 13,824, how does the number of "
        "rows at which an H100 gets busy differ from 295?",
        choices=["It is smaller", "It is the same", "It is larger"],
        hint="What has to be moved besides the weights?",
    )
    real = intensity.subs({D: 5120, F: 13824})  # @inspect real
    crossing = sympy.solve(real - H100.ridge, B)[0]  # @inspect crossing
    at = {rows: round(float(real.subs(B, rows)), 1) for rows in (1, 64, 295, 512)}  # @inspect at
    reveal(asked, "It is larger", f"{round(crossing)} rows: activations are moved, too.")
    assert round(crossing) == 321
    plot(roofs.intensity_by_batch(5120, 13824, MACHINES[:2]))
    text(rf"""
        With one row the intensity is {at[1]}, so the machine could use a third of a percent of its
        arithmetic; with 512 it is {at[512]}. Every idea of this lecture is in this plot. Either
        find more rows for the same weights, or make what is read smaller.
    """), note("Ask for the ridge of a phone. It has one, too.")  # fmt: skip


def two_phases() -> None:
    text(r"""
        # Two phases and a cache
        Where do rows come from? A prompt has as many as it has tokens. But the answer grows by one
        token a pass, and whoever simply feeds the whole text again for each new token computes all
        the old ones over and over. Attention needs of them only their keys and values, so these are
        kept. Assignment 1's cache is a stretch of memory for each layer, filled from the left.
    """)
    torch.manual_seed(0)  # @hide
    keys, values = torch.randn(2, 1, 2, 4, 3)  # @inspect keys.shape
    layer = experiments.three_of_four(keys, values)  # @inspect layer.length
    k, v = layer.append(keys[..., 3:, :], values[..., 3:, :])  # @stepinto @inspect k.shape
    text(r"""
        The new token's key and value went to the fourth place, and all four came back as views of
        the same memory; nothing was copied. So a request has two phases. __Prefill__ reads the
        prompt in one pass and fills the cache. __Decoding__ then feeds one token a pass. We check
        that this changes nothing, on a small Transformer.
    """)
    model = experiments.tiny()  # @inspect model.context_length
    ids = torch.arange(12)[None]  # @inspect ids
    cache = model.new_cache()  # @inspect cache.length
    whole = model(ids)  # @inspect whole.shape
    prefilled = model(ids[:, :8], cache)  # @inspect prefilled.shape cache.length
    decoded = [model(ids[:, i : i + 1], cache) for i in range(8, 12)]  # @inspect cache.length
    apart = float((torch.cat([prefilled, *decoded], dim=1) - whole).abs().max())  # @inspect apart
    assert apart < 1e-5
    text(rf"""
        The largest difference of two logits is {apart:.1e}, which is rounding. A sampler is then a
        loop around it. Assignment 5's keeps the cache of many rows in one tensor, so that a CUDA
        graph can replay its step, and draws all rows at once.
    """)
    decoder = TransformerDecoder(model, max_batch=2, max_length=16)  # @inspect decoder.length
    logits = decoder.prefill(ids, ids >= 0, torch.tensor([0, 0]))  # @inspect logits.shape
    chances = next_token_probabilities(logits, 0.8, 0.9)  # @stepinto 1 @inspect chances[0]
    token = draw(chances, torch.tensor([0.2, 0.7]))  # @stepinto @inspect token
    logits = decoder.step_within(token, span=13)  # @stepinto 1 @inspect logits.shape
    asked = predict(
        "Without a cache, how do the operations of a whole answer grow when it becomes twice as "
        "long, from 64 to 128 tokens?",
        choices=["Twice as many", "Four to five times", "Eight times"],
        hint="Step t computes t positions. Most of a position is products with weights.",
    )
    counts = {
        way: {n: experiments.flops_of_generation(model, n, way == "cache") for n in (16, 64, 128)}
        for way in ("no cache", "cache")
    }  # @inspect counts
    growth = counts["no cache"][128] / counts["no cache"][64]  # @inspect growth
    saved = counts["no cache"][128] / counts["cache"][128]  # @inspect saved
    reveal(asked, "Four to five times", f"{growth:.2f} times; with a cache, about twice.")
    plot(roofs.generation_flops(counts))
    assert 4 < growth < 5
    assert 2 < counts["cache"][128] / counts["cache"][64] < 2.4
    assert saved > 50
    text(rf"""
        At 128 tokens the cache saves {saved:.0f} of {saved + 1:.0f} operations. One often reads
        that generation without a cache is cubic. That is true of attention's scores alone, which
        are a small part until the text is very long. The price is memory: two vectors for each
        token, layer and head of keys.

        | record of assignment 5 | tokens a second |
        |---|---|
        | 256 answers at once, cached, on a CPU | {results.rollouts("cached"):,.0f} |
        | the same without a cache | {results.rollouts("batched without cache"):,.0f} |

        ## Recap: rows
        A product is as intense as it has rows. Prefill has as many as the prompt has tokens;
        decoding has one, and a cache so that it needs no more.
    """), link(TransformerDecoder.step_within), note("When does a cache end?")  # fmt: skip


def the_mlp() -> None:
    text(r"""
        # The MLP: tokens share the weights
        Now the same bookkeeping for the two halves of a Transformer layer. A gated MLP multiplies
        its input twice up and once down. There are $B$ sequences with $T$ tokens each: in prefill
        $T$ is the length of the prompt, in decoding it is 1.
    """)
    B, T, D, F = sympy.symbols("B T D F", positive=True)  # @inspect B T D F
    moved = 2 * B * T * D + 3 * 2 * D * F  # @inspect moved
    flops = 2 * 2 * B * T * D * F  # @inspect flops
    moved += 2 * 2 * B * T * F  # @inspect moved
    flops += 2 * B * T * D * F  # @inspect flops
    moved += 2 * B * T * D  # @inspect moved
    intensity = sympy.simplify(flops / moved)  # @inspect intensity
    asked = predict(
        "Let D and then F go to infinity. What is the intensity of the MLP?",
        choices=["B", "T", "B T"],
        hint="Who shares the weights of an MLP?",
    )
    limit = sympy.limit(sympy.limit(intensity, D, sympy.oo), F, sympy.oo)  # @inspect limit
    reveal(asked, "B T", "Every token of every sequence is a row.")
    assert limit == B * T
    real = intensity.subs({D: 5120, F: 13824, B: 1})  # @inspect real
    crossing = sympy.solve(real - H100.ridge, T)[0]  # @inspect crossing
    assert round(crossing) == 312
    work = {"decode, B = 1": 1, "decode, B = 64": 64, "prefill, 1024": 1024}  # @inspect work
    plot(roofs.mlp_ledger(experiments.mlp_bytes(work)))
    text(rf"""
        Prefill is easy: with the real widths {round(crossing)} tokens make an H100 busy, and most
        prompts have more. In decoding every sequence brings a single row, so a busy machine needs
        some hundred *users*, which is why batching is the first thing that a server does.
    """)
    note("And with 256 experts, of which 8 are chosen? Then B has to be 32 times as large.")


def attention() -> None:
    text(r"""
        # Attention: nobody shares the cache
        Attention has no weights to share here (its projections behave like the MLP). $T$ new tokens
        look at $S$ tokens of the cache. Scores never leave the chip, as in FlashAttention.
    """)
    B, T, S, D, N, K = sympy.symbols("B T S D N K", positive=True)  # @inspect S N K
    moved = 2 * B * T * D + 2 * 2 * B * S * D  # @inspect moved
    flops = 2 * B * S * T * D + 2 * B * S * T * D  # @inspect flops
    moved += 2 * B * T * D  # @inspect moved
    intensity = sympy.simplify(flops / moved)  # @inspect intensity
    prefill = intensity.subs(T, S)  # @inspect prefill
    decode = intensity.subs(T, 1)  # @inspect decode
    limit = sympy.limit(decode, S, sympy.oo)  # @inspect limit
    assert sympy.simplify(intensity - S * T / (S + T)) == 0
    assert sympy.simplify(prefill - S / 2) == 0
    assert limit == 1
    text(r"""
        In prefill the intensity is $S/2$, which is plenty. In decoding it is $S/(S+1)$: **less than
        one operation a byte, at any length.**
    """)
    asked = predict(
        "What does a batch of 64 instead of 1 do to the intensity of attention in decoding?",
        choices=["It becomes 64 times as large", "Nothing", "It falls"],
        hint="Look for B in the formula.",
    )
    has_batch = B in intensity.free_symbols  # @inspect has_batch
    reveal(asked, "Nothing", "Every sequence has a cache of its own, so B cancels.")
    assert not has_batch
    text(r"""
        The original course says here that this cannot be improved. It can, if several heads of
        queries read the same keys: with $N$ heads of queries and $K$ of keys, what is read shrinks
        by $K/N$ and the arithmetic stays.
    """)
    grouped = 4 * S * T * N / (4 * S * K + 4 * T * N)  # @inspect grouped
    limit = sympy.limit(grouped.subs(T, 1), S, sympy.oo)  # @inspect limit
    assert limit == N / K
    latent = 2 * 128 * (576 + 512) / (2 * 576)  # @inspect latent
    assert round(latent) == 242
    points = {
        "MHA": (1, 1.0),
        "GQA, 8 queries a head": (8, 8.0),
        "MQA, 64 queries": (64, 64.0),
        "MLA, 128 queries": (128, latent),
    }  # @inspect points
    plot(roofs.attention_intensity(points, H100.ridge))
    text(rf"""
        Grouped queries (GQA) raise it to $N/K$, and one head for all (MQA) to $N$. Multi-head
        latent attention (MLA) lets 128 heads read the same 576 numbers, all of them as a key and
        512 as a value: {latent:.0f} operations a byte, which is nearly the ridge. A single new
        token still has no rows that could be dealt out to 132 multiprocessors, so kernels for
        decoding divide the *cache* among them.

        ## Recap: two kinds of sharing
        An MLP's weights are shared by all tokens of all users, and batching helps. A cache belongs
        to one user, and batching does not help; only sharing among heads does, or a smaller cache.
    """), link("1911.02150"), link("2305.13245"), link(WORKS["flash decoding"])  # fmt: skip
    note("Why does MLA count 576 + 512? Keys are read whole; values are the first 512 of them.")


def one_curve() -> None:
    text(r"""
        # One curve
        Theory says: a pass over $n$ tokens costs the reading of the weights, until $n$ reaches the
        ridge; from there on it costs the arithmetic. We measure it on one thread of this CPU, with
        assignment 1's model and its cache, and 52 million weights in float32, which are too many
        for any cache of the processor.
    """)
    asked = predict(
        "A pass over one token takes some time. How many times as long does one over 8 take?",
        choices=["About twice", "About 8 times", "About 64 times"],
        hint="For one token, what does the processor do most of the time?",
    )
    measured = experiments.cpu_passes()
    ratio = {n: round(measured[n] / measured[1], 1) for n in (8, 128)}  # @inspect ratio
    reveal(asked, "About twice", f"{ratio[8]} times; 128 tokens take {ratio[128]} times.")
    plot(experiments.cpu_curve(measured))
    assert 1.3 < ratio[8] < 3 < 8 < ratio[128]
    text(rf"""
        Eight tokens take {ratio[8]} times as long as one, 128 take {ratio[128]} times. The corner
        between the two floors is this processor's ridge. The jump from one token to two is no
        matter of memory: a product with one row is another routine, which need not sort the weights
        into blocks first, or so we suspect. Now the same with 13 billion weights (the sizes of
        Llama 2 13B, filled with random numbers) on a GPU.
    """)
    shown.passes_on_gpu()
    link("2307.09288"), note("Prefill is at the right end, decoding at the left. Keep this slide.")


def batches() -> None:
    text(r"""
        # Batches: latency against throughput
        If decoding waits for memory, its time can be written down: all weights once, and every
        sequence's cache once, over the bandwidth. For Llama 2 13B with 1,024 tokens of context:
        $$\text{latency} = \frac{2\,P + B \cdot \text{cache}}{\text{bandwidth}}, \qquad \text{throughput} = \frac{B}{\text{latency}}.$$
    """)  # noqa: E501
    parameters = LLAMA_13B.parameters  # @inspect parameters
    cache = LLAMA_13B.cache_bytes(1024)  # @inspect cache
    assert parameters == 13_015_449_600
    assert cache == 838_860_800
    asked = predict(
        "An H100 has 80 GB. How many sequences fit beside the weights?",
        unit="sequences",
        hint="26 GB are weights, and a sequence takes 0.84 GB.",
        tolerance=0.05,
    )
    fit = largest_batch(LLAMA_13B, H100, 1024)  # @inspect fit
    reveal(asked, fit, "And not one byte is left for anything else.")
    assert fit == 64
    rows = step_rows(H100, heads=(40, 8), batches=(1, 64, 256))  # @inspect rows[1]
    table(rows, columns=STEP_COLUMNS, caption="At 1,024 tokens on one H100, by counting bytes")
    assert rows[0][2:] == [26.9, 8.0, 125]
    assert rows[1][2:] == [79.7, 23.8, 2689]
    assert rows[4][2:] == [33.4, 10.0, 6417]
    most = H100.bandwidth / cache  # @inspect most
    assert round(most) == 3994
    text(rf"""
        From 1 to 64 sequences the latency triples and the throughput grows twentyfold. It cannot
        grow for ever: even an infinite batch would make {most:,.0f} tokens a second, when the
        caches alone take the whole bandwidth. With 8 heads of keys the same 64 sequences take 10 ms
        instead of 24, a *lower* latency, though the original course calls it worse; and 256 fit.
        What "does not fit" on one card fits on two, at the price of links between them.
    """)
    shown.batches_on_gpu()
    text(r"""
        So a server chooses a point on such a curve: small batches where people wait, large ones
        where nobody does. Replicas multiply the throughput at the same latency, and splitting the
        model over several GPUs lowers the latency itself.
    """), link(decode_step), note("Which point would you sell at which price?")  # fmt: skip


def smaller_caches() -> None:
    text(r"""
        # Smaller caches
        The cache sets how many users fit and how long each waits, so architectures of recent years
        compete in keeping less. Heads can share keys (GQA, MQA), layers can share them with their
        neighbour (_cross-layer attention_, CLA), all heads can read one latent (MLA), or most
        layers keep only a window of the last tokens and every sixth keeps everything.
    """), link("2405.04434"), link("2405.12981"), link("2004.05150")  # fmt: skip
    asked = predict(
        "Which of these keeps least at 128 thousand tokens?",
        choices=["A latent of 576 numbers", "8 heads, two layers share", "8 heads, 5 of 6 local"],
        hint="8 heads of 128 are 2,048 numbers a token. A window's share does not grow.",
    )
    sizes = caches.curves((1024, 4096, 16384, 65536, 131072))  # @hide
    long = {name: round(by[131072], 1) for name, by in sizes.items()}  # @inspect long
    reveal(asked, "8 heads, 5 of 6 local", "A sixth of the layers is all that grows.")
    plot(smaller.cache_curves(sizes))
    whole = long["64 heads (MHA)"]  # @inspect whole
    assert min(long.values()) == long["8 heads, 5 of 6 layers local"]
    assert whole / long["8 heads (GQA)"] == 8 or abs(whole / long["8 heads (GQA)"] - 8) < 0.1
    text(rf"""
        One sequence of 131,072 tokens keeps {whole:.0f} GB with 64 heads, which is more than four
        H100s hold, and {long["8 heads, 5 of 6 layers local"]} GB in the last design. The savings
        multiply: one server combined a single head, sharing between layers, a window in five of six
        layers and int8 for a cache more than twenty times smaller. Since DeepSeek-V3.2 a layer may
        also *choose* which 2,048 tokens it reads, which saves reading and not memory.
    """), link(WORKS["character"]), link("2512.02556")  # fmt: skip
    text(r"""
        What does a design cost in loss? Papers disagree: DeepSeek-V2 reports MHA ahead of GQA and
        MLA ahead of both, and Ainslie and others find GQA with 8 heads as good as MHA. We trained
        byte models with equal parameters and equal data.
    """)
    shown.losses_by_cache()
    text(r"""
        ## Recap: the left end of the curve
        A pass over one token costs what a pass over a hundred costs. A batch shares the weights
        among users, and the caches, which it cannot share, set its size.""")
    note("What is saved twice if a design is combined with int8 for the cache?")


def fewer_bits() -> None:
    text(r"""
        # Fewer bits
        If the time goes into reading weights, then half the bytes are half the time. In
        _quantization_ a number $x$ is kept as an integer $q$ on a grid of step $s$: $q =
        \mathrm{round}(x/s)$, and back as $\hat x = s\,q$. A grid that does not lie around zero has
        an offset $z$ as well.
    """)
    x, s, z = 5.2342, 0.1, 4  # @inspect x s z
    q = round(x / s) + z  # @inspect q
    back = s * (q - z)  # @inspect back
    assert (q, round(back, 6)) == (56, 5.2)
    text(r"""
        The scale is a shared thing, and sharing has a price. The usual choice puts the largest
        number of a row at the end of the grid. Here are four numbers in 3 bits, and then 4,096
        normal ones in int8 with one outlier among them.
    """)
    row = torch.tensor([[0.9, -0.2, 0.4, 3.0]])  # @inspect row
    step = scales(row, bits=3)  # @stepinto 1 @inspect step
    kept = nearest(row, step, bits=3)  # @inspect kept
    asked = predict(
        "One outlier of 60 joins 4,095 normal numbers in int8. What happens to the error of the "
        "others?",
        choices=["It stays", "It doubles", "It grows more than tenfold"],
        hint="The largest of the normal numbers is about 3.5.",
    )
    plain = experiments.errors_with_outlier(0.0)["one scale"]  # @inspect plain
    errors = experiments.errors_with_outlier(60.0)  # @inspect errors
    reveal(asked, "It grows more than tenfold", f"From {plain:.4f} to {errors['one scale']:.3f}.")
    assert errors["one scale"] > 10 * plain
    assert errors["kept apart"] < 1.1 * plain
    assert errors["groups of 128"] < 4 * plain
    by_group = experiments.errors_by_group((8, 4, 3), (4096, 128, 32))  # @inspect by_group[4, 32]
    plot(smaller.error_map(by_group))
    assert by_group[4, 4096] > by_group[4, 128] > by_group[4, 32] > by_group[8, 4096]
    text(rf"""
        There are two cures, and both are in use. Keep the outliers apart in 16 bits, as LLM.int8()
        does with whole columns of activations, at some cost in speed; here the error returns to
        {errors["kept apart"]:.4f}. Or let only 128 or 32 neighbours share a scale, so that an
        outlier spoils its group alone. _AWQ_ scales up the few weights that meet large activations
        before it rounds, which protects them for nothing at run time.
    """), link("2208.07339"), link("2306.00978")  # fmt: skip
    text(r"""
        What does it cost a language model? We train one now, for some seconds: assignment 1's
        Transformer, two layers of width 64, on stories in words. Its matrices are then rounded.
    """)
    base = experiments.held_out_loss(trained())  # @inspect base
    costs = experiments.rounding_costs((8, 4, 3, 2))["nearest"]  # @inspect costs
    assert abs(costs[8]) < 0.003 < costs[4] < costs[3] < costs[2]
    text(rf"""
        The loss of {base:.3f} nats a word grows by {costs[8]:.4f} in 8 bits, {costs[4]:.3f} in 4,
        by {costs[3]:.2f} in 3, and by {costs[2]:.1f} in 2. **Eight bits are free, four are cheap,
        and below that the method matters.** Formats with exponents do the same with other grids:
        fp8 in the form E4M3 reaches ±448 on NVIDIA's GPUs (±240 is another vendor's variant).
    """)
    shown.quantised_on_record()
    shown.products_on_gpu()
    note("fp16 to int3 is 5.3 times smaller; the 4 that one reads belongs to 4 bits.")


def better_rounding() -> None:
    text(r"""
        # Better rounding
        Rounding to the nearest minimises the error of each *weight*. But nobody looks at weights; a
        layer is judged by its *outputs* $Wx$ on the inputs that really come. If two inputs usually
        move together, an error in one weight can be undone in the other. That is the idea of
        _GPTQ_: round column after column, and after each let the columns still unrounded make up
        for the error, in the sense of least squares under the inputs' second moment $H =
        E[xx^\top]$.
    """), link("2210.17323")  # fmt: skip
    weight, moment = experiments.pair_of_inputs()  # @inspect weight moment
    asked = predict(
        "The first two inputs move together. The grid has step 1. Nearest rounding gives 1, 1, 3. "
        "What does GPTQ give for the second weight, 1.4, once 0.9 has become 1?",
        choices=["1", "2", "1.4"],
        hint="The first error is +0.1. In which direction should the second weight move?",
    )
    better = gptq(weight, moment, bits=3, damp=0.0)  # @stepinto 1 @inspect better
    plain = rounded(weight, bits=3)  # @inspect plain
    reveal(asked, str(int(better[0, 1])), "It moved down by about 0.1 before it was rounded.")
    assert better.tolist() == [[1.0, 1.0, 3.0]]
    text(r"""
        In this example both end on the same grid point, since 1.3 rounds as 1.4 does. With weights
        of 0.6 and 0.6 they part: the nearest makes both 1, and the two errors add up.
    """)
    pair = torch.tensor([[0.6, 0.6, 3.0]])  # @inspect pair
    better = gptq(pair, moment, bits=3, damp=0.0)  # @inspect better
    errors = {
        "nearest": quantisation.output_error(pair, rounded(pair, 3), moment),
        "GPTQ": quantisation.output_error(pair, better, moment),
    }  # @inspect errors
    assert better.tolist() == [[1.0, 0.0, 3.0]]
    assert errors["GPTQ"] < errors["nearest"] / 3
    by_layer = experiments.layer_errors(4)  # @inspect by_layer["gptq"]
    plot(smaller.layer_bars(by_layer, "Error of each matrix's outputs, 4 bits, the small model"))
    costs = experiments.rounding_costs((4, 3, 2))  # @inspect costs
    better_in = sum(
        by_layer["gptq"][name] < error for name, error in by_layer["nearest"].items()
    )  # @inspect better_in
    assert better_in == 14
    assert all(costs["gptq"][bits] < costs["nearest"][bits] for bits in (4, 3, 2))
    before, after = experiments.aware_cost(2)  # @inspect before after
    assert after < before / 2
    text(rf"""
        In the small model the outputs' error falls in {better_in} of 14 matrices, and the added
        loss at 4 bits from {costs["nearest"][4]:.3f} to {costs["gptq"][4]:.3f}. At 2 bits GPTQ
        helps little ({costs["gptq"][2]:.1f} against {costs["nearest"][2]:.1f}): there is not enough
        grid left to correct on. There one has to train with the rounding, by the _straight-through
        estimator_: the forward pass uses $\hat W$, and the gradient is passed on as if $\partial
        \hat W / \partial W$ were 1. Sixty such steps take the cost of 2 bits from {before:.1f} to
        {after:.2f}.
    """), link(quantisation.Rounded.forward), link("1308.3432")  # fmt: skip
    shown.gptq_on_record()
    text(r"""
        ## Recap: fewer bits
        Eight bits cost nothing, four little if few numbers share a scale, and below that errors
        have to be made up for: by the columns still to come, or by training.""")
    note("The calibration set is text. What if it is not the text that users send?")


def fewer_weights() -> None:
    text(r"""
        # Fewer weights
        _Pruning_ makes a model smaller by taking parts out. The recipe of Muralidharan and others
        has three steps: *rank* heads and hidden units by how strongly they are active on some
        calibration text, *cut* the weakest, and *repair* what is left by letting it imitate the
        original's distributions, $-\sum_v q_v \log p_v$, instead of the labels (_distillation_).
        They report up to 40 times fewer training tokens for 8 and 4 billion parameters, cut from
        15, than from scratch.
    """), link("2407.14679")  # fmt: skip
    order = experiments.importance()  # @inspect order.heads
    cut = experiments.halved(order)  # @inspect cut.layers[0].attn.num_heads
    random_cut = experiments.halved(at_random(order, seed=0))  # @hide
    losses = {
        "original": experiments.held_out_loss(trained()),
        "weakest half cut": experiments.held_out_loss(cut),
        "any half cut": experiments.held_out_loss(random_cut),
    }  # @inspect losses
    asked = predict(
        f"Half of the heads and units are gone, and the loss went from {losses['original']:.2f} to "
        f"{losses['weakest half cut']:.2f}. We repair for 60 steps, once with the original as a "
        "teacher and once with the labels. Which is ahead?",
        choices=["The teacher, clearly", "The labels, clearly", "Neither, within 0.03"],
        hint="A teacher says more a word. But this one is weak, and the text is easy.",
    )
    taught = experiments.repaired(cut, by_teacher=True)  # @inspect taught
    labelled = experiments.repaired(
        experiments.halved(order), by_teacher=False
    )  # @inspect labelled
    luck = experiments.repaired(random_cut, by_teacher=True)  # @inspect luck
    reveal(asked, "Neither, within 0.03", f"{taught:.3f} and {labelled:.3f}: a null result.")
    assert abs(taught - labelled) < 0.03 < luck - taught + 0.02
    assert taught < losses["weakest half cut"] - 0.3
    text(rf"""
        Repair matters far more than ranking: from {losses["weakest half cut"]:.2f} to {taught:.2f},
        where cutting at random ends at {luck:.2f}. That a teacher does not beat the labels here is
        a null result of a toy, and one seed of it; the record below has three seeds of a larger
        model.
    """), link(keep_units)  # fmt: skip
    shown.pruned_on_record()
    note("Which of these can you do without any GPU hours? Rounding.")


def speculation() -> None:
    text(r"""
        # Speculation
        Checking is parallel and writing is not: a pass over five tokens costs a large model hardly
        more than a pass over one. So in _speculative decoding_ a cheap __draft__ $p$ proposes some
        tokens, and the **target** $q$ looks at all of them in a single pass. A proposed token $x$
        is accepted with probability $\min(1, q_x / p_x)$. At the first refusal a token is drawn
        from what the draft gives too seldom, the residual $(q - p)_+$ made to sum to one. The
        result is *exactly* a sample of $q$. For two tokens one sees it at once.
    """), link("2211.17192"), link("2302.01318")  # fmt: skip
    p, q = torch.tensor([0.6, 0.4]), torch.tensor([0.3, 0.7])  # @inspect p q
    plot(answers.accept_bars(p.tolist(), q.tolist()))
    rest = spec.residual(p, q)  # @inspect rest
    accepted = float(torch.minimum(p, q).sum())  # @inspect accepted
    first = float(torch.minimum(p, q)[0] + (1 - accepted) * rest[0])  # @inspect first
    assert abs(first - 0.3) < 1e-6
    chance = torch.Generator().manual_seed(0)  # @hide
    kept = spec.check([0], p[None], torch.stack([q, q]), chance)  # @stepinto 1 @inspect kept
    text(rf"""
        Token 0 comes out if it is proposed and accepted, 0.6 · 0.5, or drawn from the residual,
        which never gives it: {first:.1f} in all, as it should. A proposal survives with probability
        $\sum_x \min(p_x, q_x) = {accepted:.1f}$, one minus the total variation distance.

        A proof on two tokens is not a test of a program. We let two Markov chains of six words
        play draft and target, sample 4,000 pairs of words through `check`, and compare the 36
        counts with the target's own probabilities, by Pearson's $\chi^2$. As a control, a common
        mistake runs beside it: after a refusal it draws from $q$ itself.
    """)
    asked = predict(
        "The mistake draws every replacement from the right distribution q. What will the test say "
        "of its pairs?",
        choices=["They pass, slightly off", "They fail beyond doubt"],
        hint="How often does a token come out that the draft likes?",
    )
    chains = spec.random_chains(6)  # @inspect chains.p[0] chains.q[0]
    tests = {
        "residual": experiments.tested(chains, "residual"),
        "target": experiments.tested(chains, "target"),
    }  # @inspect tests
    reveal(asked, "They fail beyond doubt", f"χ² = {tests['target'][0]:.0f}, with 35 expected.")
    assert tests["residual"][1] > 0.05
    assert tests["target"][1] < 1e-6
    text(rf"""
        With the residual $\chi^2$ is {tests["residual"][0]:.0f} at 35 degrees of freedom, and a
        perfect sampler would be further off in {tests["residual"][1]:.0%} of all tests. The mistake
        has {tests["target"][0]:.0f}. It gives the draft's favourites twice, once because they are
        proposed and once because $q$ likes them, too. **Speculation changes the speed and nothing
        else**, provided that one line is right.
    """), link(spec.sampled), note("And greedily? Then it is a comparison of tokens.")  # fmt: skip


def how_much_faster() -> None:
    text(r"""
        # How much faster
        If each of $g$ proposals is accepted with the same chance $a$, a pass of the target makes
        $$\frac{1 - a^{g+1}}{1 - a}$$
        tokens on average, since the first refusal ends the row and adds one. Against that stand $g$
        passes of the draft, each at a share $c$ of the target's.
    """)
    fast = {
        g: round(spec.speed_up(0.8, g, draft_cost=0.05), 2) for g in (1, 2, 4, 8, 16)
    }  # @inspect fast
    assert fast[4] == 2.8
    assert fast[8] == 3.09
    best = spec.best_number(0.8, 0.05)  # @inspect best
    plot(answers.speed_contours(0.05))
    text(rf"""
        With $a = 0.8$ and $c = 0.05$, four proposals give {fast[4]} times the speed, eight
        {fast[8]}, and the best is {best}; more only waste the draft's time. Now a real pair. The
        target is the small Transformer over assignment 1's cache, and the draft is a table of which
        word follows which, counted in the same stories. It costs a lookup.
    """)
    asked = predict(
        "The table never looks further back than one word. How many tokens will a pass of the "
        "target make with 4 proposals?",
        choices=["Between 1 and 1.5", "Between 1.5 and 2.5", "More than 3"],
        hint="It writes 'the' after 'in' as surely as the target does, and knows nothing of plots.",
    )
    runs = {g: experiments.speculated(g) for g in (1, 2, 4, 8)}  # @inspect runs[4].passes
    tokens = {g: round(run.tokens_a_pass, 2) for g, run in runs.items()}  # @inspect tokens
    accepted = {g: run.acceptance for g, run in runs.items()}  # @inspect accepted
    formula = {
        g: round(spec.tokens_a_pass(a, g), 2) for g, a in accepted.items()
    }  # @inspect formula
    reveal(asked, "Between 1.5 and 2.5", f"{tokens[4]}, with {accepted[4]:.0%} accepted.")
    plot(answers.tokens_by_proposals(tokens, formula))
    assert 1.5 < tokens[4] < 2.5
    assert all(abs(tokens[g] / formula[g] - 1) < 0.15 for g in tokens)
    text(rf"""
        The formula gives {formula[4]} and {formula[8]} where we count {tokens[4]} and {tokens[8]}.
        It assumes that all places are alike, and they are not: some words follow of themselves and
        others carry the story. What remains is time, measured on this CPU.
    """)
    one = benchmark("Speculation, CPU", experiments.target_pass(1), label="20 × 1 token")
    five = benchmark("Speculation, CPU", experiments.target_pass(5), label="20 × 5 tokens")
    lookup = benchmark("Speculation, CPU", experiments.draft_words, label="draft, 20 words")
    slow = benchmark("Speculation, CPU", experiments.spoken(0), label="60 words", repeats=8)
    quick = benchmark(
        "Speculation, CPU", experiments.spoken(4), label="60 words, 4 proposals", repeats=8
    )
    expected = spec.speed_up(
        accepted[4], 4, lookup.median / one.median, five.median / one.median
    )  # @inspect expected
    came = slow.median / quick.median  # @inspect came
    assert came > 1
    text(rf"""
        A pass over five tokens takes {five.median / one.median:.2f} times as long as over one, a
        lookup {lookup.median / one.median:.0%} of it. With these the formula promises
        {expected:.2f} times the speed, and sixty words come {came:.2f} times as fast. Leviathan and
        others report two to three times for T5 with 11 billion parameters, Chen and others 2 to 2.5
        for Chinchilla with 70. **Speculation pays where decoding waits for memory**; in a full
        batch the rows are needed for users, and refused tokens are waste.

        Drafts have become part of the models. Medusa adds heads that guess the next tokens, EAGLE
        lets a small layer continue the target's own features, and models trained to predict several
        tokens bring their draft along.

        ## Recap: more from one pass
        Fewer weights lower the left end of the curve. Speculation walks to the right along it, with
        rows for a single user, and stays exact.
    """), link("2401.10774"), link("2401.15077"), note("Same words with and without?")  # fmt: skip


def continuous_batching() -> None:
    text(r"""
        # Who is served when
        Users come when they like and leave when their answer ends. A server that fills a batch,
        runs it to its end and fills the next one has two faults: whoever comes late waits for
        strangers, and slots of short answers stand empty until the longest is done. Orca's
        __continuous batching__ decides anew at every pass who takes part.

        We simulate it. Requests come at random times, with prompts and answers of random length,
        all from one seed. Time goes on by what each pass costs on an H100 with a 13B model by
        counting bytes and operations, plus an assumed millisecond for the scheduler.
    """), link(WORKS["orca"]), link(Server._iterate)  # fmt: skip
    first = experiments.day()[0]  # @inspect first.arrival len(first.prompt) first.answer
    asked = predict(
        "The same 300 requests, the same memory. How does throughput change from a static batch "
        "to a continuous one?",
        choices=["It stays", "It grows by a tenth", "It more than doubles"],
        hint="Answers are 200 tokens on average, and the longest of a batch some 800.",
    )
    static = experiments.served(studies.STATIC)  # @inspect static.throughput
    continuous = experiments.served(studies.CONTINUOUS)  # @inspect continuous.throughput
    ratio = continuous.throughput / static.throughput  # @inspect ratio
    reveal(asked, "It more than doubles", f"{ratio:.1f} times.")
    plot(answers.working({"static": static, "continuous": continuous}, until=60))
    waits = experiments.waits({"static": static, "continuous": continuous})  # @inspect waits
    assert ratio > 2
    assert waits["static"] > 3 * waits["continuous"]
    text(rf"""
        {static.throughput:,.0f} tokens a second became {continuous.throughput:,.0f}, because
        {continuous.working:.0f} sequences work in an average pass instead of {static.working:.0f}.
        And 99 of 100 users see their first token within {waits["continuous"]:.0f} seconds instead
        of {waits["static"]:.0f}. One detail makes this possible: sequences of different lengths
        share a pass. Everything but attention treats tokens one by one, so tokens of all sequences
        are simply put in one row, and attention runs for each sequence over its own cache.
    """), note("Whose slot stands empty in a static batch, and who pays for it?")  # fmt: skip


def pages() -> None:
    text(r"""
        # Pages
        Why do only that many sequences fit? The server reserves for each the longest text that it
        might become, 4,096 tokens here, since nobody knows an answer's length beforehand. Most of
        that is never used. __PagedAttention__ does what operating systems do: memory comes in small
        blocks, a sequence has a *table* of its blocks, and takes the next when the last is full.
    """), link("2309.06180")  # fmt: skip
    pool = BlockPool(count=12, size=4)  # @inspect pool.free
    story, other = Table(pool), Table(pool)  # @inspect story.blocks other.blocks
    story.append(8)  # @inspect story.blocks story.tokens
    other.append(9)  # @inspect other.blocks
    story.append()  # @stepinto 1 @inspect story.blocks
    story.append()  # @inspect story.tokens
    text(r"""
        Blocks need not be neighbours: the third block of the story lies behind those of the other.
        And since a table only *names* blocks, two sequences can name the same ones. Somebody asks
        for two answers to one prompt, so the sequence is forked, and both go on writing.
    """)
    twin = story.fork()  # @inspect twin.blocks pool.holders
    asked = predict(
        "Ten tokens fill two blocks of four and half of a third. Twin and story each add a token "
        "now. How many blocks do they hold together?",
        unit="blocks",
        hint="The first two are full and never written again.",
    )
    twin.append()  # @stepinto 1 @inspect twin.blocks
    story.append()  # @inspect story.blocks pool.holders
    together = len({*story.blocks, *twin.blocks})  # @inspect together
    reveal(asked, together, "Two are shared, and the half-full one was copied before writing.")
    assert together == 4
    plot(answers.blocks({"story": story, "twin": twin, "other": other}, 12))
    [each.release() for each in (story, twin, other)]  # @hide
    assert pool.holders == [0] * 12
    reserved = experiments.served(studies.CONTINUOUS)  # @inspect reserved.use
    paged = experiments.served(studies.PAGED)  # @inspect paged.use paged.preempted
    both = {"reserved": reserved, "paged": paged}  # @hide
    table(studies.rows(both), columns=studies.COLUMNS, caption="300 requests, simulated")
    wait = experiments.waits(both)  # @inspect wait
    assert paged.use > 0.95 > 0.4 > reserved.use
    text(rf"""
        Of the memory that is held, {reserved.use:.0%} was used, and with blocks of 16 tokens
        {paged.use:.0%}: what is lost is half a block a sequence. (The paper found 20 to 38 % in the
        systems of its day.) More sequences fit, and the wait of the unlucky falls from
        {wait["reserved"]:.1f} to {wait["paged"]:.1f} seconds. What was
        _internal fragmentation_, room inside a reservation, is gone; *external*, gaps between
        reservations, cannot arise when all blocks are alike. The price is a kernel that follows a
        table, and a policy for the moment when memory runs out in the middle of an answer: here the
        youngest sequence is sent away and reads its text again later.
    """), link(Server._preempt), note("Why not blocks of one token? Ask the kernel.")  # fmt: skip


def prefixes() -> None:
    text(r"""
        # The same beginning
        Most prompts begin like others: the same system prompt, the same document, the same
        conversation up to the last line. _Prefix caching_ keeps the cache of a shared beginning
        after its first user has left. A block is then found by a hash of its tokens *and of all
        before them*, because keys and values depend on all that came before.
    """), link("2312.07104")  # fmt: skip
    prompt, question = (7, 7, 1, 2, 3, 4, 5, 6, 9), (7, 7, 1, 2, 3, 4, 5, 8, 9)  # @inspect prompt
    known, at = experiments.one_prompt(prompt)  # @inspect len(known) at.blocks
    found = known.find(question)  # @stepinto 1 @inspect found.blocks found.tokens
    assert found.tokens == 4
    text(r"""
        The question differs from the prompt in its eighth token, so the first block is shared and
        the second is not. SGLang keeps a tree of such beginnings. When room is needed, the blocks
        that were used longest ago and that nobody holds are given up, ends before beginnings.
    """)
    asked = predict(
        "In our arrivals every request belongs to one of four applications, each with a system "
        "prompt of 768 tokens. Own prompts are about 190 tokens. What share of all prompt tokens "
        "need not be read?",
        unit="%",
        hint="768 of about 955, except for the first user of each application.",
        tolerance=0.1,
    )
    paged = experiments.served(studies.PAGED)  # @inspect paged.use
    sharing = experiments.served(studies.SHARING)  # @inspect sharing.use
    saved = sharing.reused / (sharing.reused + sharing.read)  # @inspect saved
    reveal(asked, round(100 * saved), "And memory is used more than once over.")
    both = {"paged": paged, "with prefixes": sharing}  # @hide
    table(studies.rows(both), columns=studies.COLUMNS, caption="The same requests, simulated")
    assert 0.7 < saved < 0.82
    assert sharing.use > 1
    plot(answers.first_by_load(experiments.waits_by_load([3, 10, 30], 150)))
    text(rf"""
        {saved:.0%} of the prompts' tokens were found, and a memory's use of {sharing.use:.0%} means
        that sequences hold blocks in common. Against the load, the four servers differ by orders of
        magnitude in what the unlucky wait. Note the axis: a server looks fine until it is full, and
        then its queue grows without bound, so report a tail and a load with every throughput.

        One thing is still wrong. A long prompt is read in one pass, and everybody else's next token
        waits for it. __Chunked prefill__ reads at most some hundred tokens of prompts a pass.
    """), link("2403.02310")  # fmt: skip
    asked = predict(
        "At most 512 tokens of prompts a pass, without prefix sharing. What happens to the time to "
        "the first token?",
        choices=["It gets shorter", "It gets longer", "Nothing"],
        hint="A prompt of 955 tokens now needs two passes, and others wait in front of it.",
    )
    chunked = experiments.served(studies.in_chunks(studies.PAGED, 512))  # @inspect chunked.use
    both = {"whole": paged, "chunks": chunked}  # @hide
    gap = experiments.gaps(both)  # @inspect gap
    first_token = experiments.waits(both, percent=50)  # @inspect first_token
    reveal(asked, "It gets longer", f"{first_token['whole']} to {first_token['chunks']} s, median.")
    plot(answers.gaps({"whole prompts": paged, "chunks of 512": chunked}))
    assert gap["chunks"] < gap["whole"] / 2
    assert first_token["chunks"] > first_token["whole"]
    text(rf"""
        The slowest hundredth of the gaps between tokens falls from {gap["whole"]} to
        {gap["chunks"]} ms, paid for with a later first token. Large services go further and give
        the two phases to different machines, each at its own end of the curve, with the cache sent
        from one to the other (Mooncake).

        ## Recap: a server is an operating system
        It schedules by the pass, pages its memory, shares pages and copies on writing. None of it
        touches the model, and together it is worth more than most architectures.
    """), link("2407.00079"), note("What would you log to see a full server early?")  # fmt: skip


def without_a_cache() -> None:
    text(r"""
        # Without a cache
        All of the above manages a memory that grows with the text. A _state space model_ has a
        memory that does not grow: a state $h$ of fixed size, $h_t = a\,h_{t-1} + b\,u_t$ and $y_t =
        c\,h_t$. It can be run step by step, or all at once as a convolution with the kernel $k_t =
        c\,a^t\,b$.
    """), link("2111.00396")  # fmt: skip
    torch.manual_seed(0)  # @hide
    a, b, c = torch.tensor([0.9, 0.5]), torch.ones(2), torch.tensor([1.0, -1.0])  # @inspect a b c
    u = torch.randn(64)  # @inspect u[:3]
    steps = beyond.by_steps(a, b, c, u)  # @inspect steps[:3]
    at_once = beyond.by_convolution(a, b, c, u)  # @stepinto @inspect at_once[:3]
    assert (steps - at_once).abs().max() < 1e-5
    text(r"""
        Both give the same. Decoding then costs the same at every length, and no request ever runs
        out of memory. The price is what a fixed state can hold. These first models treat every
        input alike, and that is a weakness of its own: let the first input be marked, as something
        to be remembered, with noise behind it.
    """), link(beyond.remembered)  # fmt: skip
    asked = predict(
        "A system that adds up all inputs alike is asked for the sign of the marked one after 64 "
        "noisy ones. How often is it right?",
        choices=["Always", "About 8 times in 10", "Little more than half the time"],
        hint="One among 64: the sum of the noise is about 8 times as large.",
    )
    fixed = {n: beyond.remembered(n, selective=False) for n in (1, 4, 16, 64)}  # @inspect fixed
    selective = {n: beyond.remembered(n, selective=True) for n in fixed}  # @inspect selective
    reveal(asked, "Little more than half the time", f"{fixed[64]:.0%}, a selective one always.")
    assert fixed[1] > 0.8 > 0.6 > fixed[64] > 0.5
    assert selective[64] == 1
    text(rf"""
        After one noisy input it is right in {fixed[1]:.0%} of the cases, after 64 in
        {fixed[64]:.0%}. Mamba lets the input decide how much is written and how much is forgotten,
        and such a system is always right here. What no state can do is look up: the size of a state
        bounds how many pairs it recalls, which lecture 4 measures. So large models mix: Jamba has
        one layer of attention for seven of Mamba, and its cache is an eighth.
    """), link("2312.00752"), link("2403.19887"), note("Which prompts need a lookup?")  # fmt: skip


def many_at_once() -> None:
    text(r"""
        # Many tokens at once
        The other way out gives up the order from left to right. A _masked diffusion model_ starts
        with all places masked, predicts all of them in one pass, keeps some, and goes on with the
        rest. Fewer passes than tokens means that several tokens are drawn in one pass, and those
        are drawn *independently* of each other.

        How bad is that? We take the best denoiser that there can be. The text is a chain of 32
        numbers in which each is its predecessor plus one, with probability 0.91, so every
        distribution of a masked place can be computed exactly.
    """), link("2205.14217"), link("2502.09992"), link(beyond.marginals)  # fmt: skip
    chain = beyond.chain_matrix(8)  # @inspect chain[0]
    own = beyond.expected_broken(chain)  # @inspect own
    asked = predict(
        "With 32 passes for 32 places the pattern breaks as often as it should. With a single pass "
        "for all places, how often?",
        choices=["As often", "About twice as often", "As if drawn at random"],
        hint="In the first pass nothing is known. What is each place's distribution?",
    )
    broken = {
        n: beyond.broken_links(chain, beyond.unmasked(chain, 32, n, 400)) for n in (1, 2, 4, 8, 32)
    }  # @inspect broken
    reveal(asked, "As if drawn at random", f"{broken[1]:.0%} of the steps; by chance 7 of 8.")
    plot(answers.steps_and_links(broken, own))
    assert abs(broken[1] - 7 / 8) < 0.02
    assert broken[1] > broken[2] > broken[4] > broken[8] > broken[32]
    assert abs(broken[32] - own) < 0.015
    text(rf"""
        Eight passes leave {broken[8]:.0%} of the steps broken where the chain itself has {own:.0%},
        so quality is bought with passes, even for a perfect model. It is a good bargain where
        places hardly depend on each other and a bad one where they do. The bargain is in use: the
        makers of Mercury report 1,109 tokens a second on an H100 for a small model of code.
    """), link("2506.17298"), note("Speculation checks its guesses; this does not.")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        Decoding waits for memory: for weights, which all users share, and for caches, which nobody
        shares. A pass over one token costs what a pass over some hundred costs. From these two
        sentences follows the rest.

        | idea | what it does on the curve | what it costs |
        |---|---|---|
        | batching | more rows for the same weights | latency |
        | GQA, MLA, windows | less cache to read and to hold | a little loss |
        | int8, int4, pruning | less weight to read | loss, below 4 bits |
        | speculation | more rows for one user | a draft, and wasted rows |
        | continuous batching | rows that do not stand empty | a scheduler |
        | pages, prefixes | more users in the same memory | a table, and a hash |
        | states, diffusion | no cache, or fewer passes | lookups, or dependence |

        ## Three exercises
        1. At which batch do the caches of Llama 2 13B take as long to read as its weights, at 1,024
           tokens and with 40 heads of keys? (Check: 31; with 8 heads of keys, 135.)
        2. Change `check` so that it proposes from a draft at temperature 2, and say what happens to
           the acceptance and to the $\chi^2$ test before you run it. (Check: the first falls, and
           the second still passes.)
        3. Give `Server` a policy that lets in the request with the longest known prefix first.
           (Check: with four applications and little memory more tokens are reused, and somebody
           waits for ever. Mend that as well.)

        ## What to read next, and why
        Pope and others (2022) do the accounting of this lecture for models split over many chips.
        The paper on PagedAttention is the clearest account of memory, Leviathan and others have the
        proof of speculation in two pages, and the scaling book's chapter on inference repeats the
        arithmetic for TPUs. The next lecture returns to scaling, now with recipes that people use.
    """)
    crossing = experiments.even_batch((40, 8))  # @inspect crossing
    assert [round(c) for c in crossing.values()] == [31, 135]
    link("2309.06180"), note("Which number of today would you bet on in five years?")


if __name__ == "__main__":
    main()
