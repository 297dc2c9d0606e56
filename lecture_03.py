"""Lecture 3: what published models agree on, tested one choice at a time.

Title: Architectures: what survived, and why
Unit: basics
Minutes: 70
Prerequisites: lecture_01, lecture_02
Assignments: assignment1-basics
Figure: rotation_is_relative
"""

# mypy: disable-error-code="func-returns-value, no-untyped-call, union-attr, arg-type"

import math

import torch
import torch.nn.functional as F
from cs336_basics.kv_cache import LayerCache
from cs336_basics.layers import RMSNorm, RotaryPositionalEmbedding, SwiGLU, silu
from cs336_basics.model import MultiHeadSelfAttention, TransformerBlock
from cs336_basics.optimizer import AdamW
from torch import nn

from lecture_tracer import link, note, plot, predict, reveal, table, text
from lectures.lecture_03 import experiments, latent, records, rotation
from lectures.lecture_03.drift import drifted_bigrams, rounding_error
from lectures.lecture_03.figures import choices, curves
from lectures.lecture_03.models import cache_bytes, embedding_shares, middle, model, models
from lectures.lecture_03.recipe import RECIPE
from lectures.lecture_03.shown import show_norm_times, show_record
from lectures.lecture_03.studies import STUDIES
from lectures.lecture_03.training import largest_scores, losses_by_place
from lectures.lecture_03.variants import (
    LocalAttention,
    PlainFeedForward,
    QKNormAttention,
    local_mask,
)
from lectures.lecture_03.works import WORKS
from lectures.shared.story_words import corpus


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    forty_models()
    where_to_normalize()
    which_norm()
    gates()
    side_by_side()
    rotation_is_relative()
    longer_than_trained()
    staying_stable()
    heads_and_cache()
    local_and_global()
    shapes()
    vocabulary()
    weight_decay()
    recipe()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Architectures: what survived, and why
        **Lecture 3: norms, gates, positions, heads and shapes**

        Somebody hands you a budget for one training run and a blank configuration file. It has
        about fifteen lines, from the place of the norm to the size of the vocabulary, and you will
        not get a second run to find out which line was wrong. What everybody does in this position
        is to copy the last good model. That is not as lazy as it sounds, since forty published
        models are forty expensive experiments. But a copied choice can only be defended by "they
        did it too", and nobody knows which of the copied lines matter.

        So we do both. A table says what was chosen since 2017. Then each choice is tried by itself,
        on models that train in two seconds, while everything else stays as it is.
    """)
    data = corpus()  # @inspect len(data.words) len(data.train)
    sample = " ".join(data.words[i] for i in data.train[:24].tolist())  # @inspect sample
    predict(
        "Which of these parts of the Transformer of 2017 is still in every model of the table?",
        name="survivor",
        choices=[
            "Norm after the residual sum",
            "ReLU between two matrices",
            "Sines and cosines added to the embedding",
            "The residual sum around each sublayer",
        ],
        hint="Which of the four could you not take out of a network with 126 layers?",
    )
    text(rf"""
        The data are stories of assignment 1's grammar, cut into words: {len(data.train):,} of them,
        with a vocabulary of {len(data.words)}, where rarer words are all one token. A run that you
        see happens while the lecture runs, with one seed and about 160,000 parameters. Beside it
        stands a _record_, of three seeds, and of larger models on a GPU where they were measured.
        Small models prove a sign and a mechanism. How large an effect is at 70 billion parameters
        they do not say, and where the sign itself is in doubt we say so.
    """), link("1706.03762"), note("Which line would you copy blindly?")  # fmt: skip


def forty_models() -> None:
    text(r"""
        # Forty models
        If you only look at the latest model, all of its choices seem equally important. Beside its
        ancestors one sees which choices are still moving, and those are the ones to think about.
        Every row below was taken from a paper or a checkpoint's configuration; the file names the
        source, and a cell that is unknown, or has no single value, is empty.
    """)
    rows = models()  # @inspect len(rows)
    assert len(rows) == 40
    plot(choices.matrix(rows))
    recent = [each for each in rows if each.released >= "2023"]  # @inspect len(recent)
    share = {
        "RMSNorm": sum(each.norm == "RMSNorm" for each in recent),
        "gated": sum(each.gated == "yes" for each in recent),
        "rotation": sum("RoPE" in each.positions for each in recent),
        "norm on the residual path": sum(each.placement == "post" for each in recent),
    }  # @inspect share
    assert share == {"RMSNorm": 24, "gated": 27, "rotation": 29, "norm on the residual path": 0}
    reveal("survivor", "The residual sum around each sublayer", "Everything else was replaced.")
    late = [each for each in rows if each.released >= "2025"]  # @inspect len(late)
    dropped = sum(each.positions == "RoPE and none" for each in late)  # @inspect dropped
    assert (len(late), dropped) == (13, 4)
    asked = predict(
        "One column changed its majority after 2024. Which one?",
        choices=["Norm", "Feed-forward", "QK-norm"],
        hint="Compare the rows above and below 2025, column by column.",
    )
    early = [each for each in recent if each not in late]  # @inspect len(early)
    normed = [
        sum(each.qk_norm != "no" for each in part) for part in (early, late)
    ]  # @inspect normed
    assert normed == [4, 10]
    reveal(
        asked,
        "QK-norm",
        f"{normed[0]} of {len(early)} before, {normed[1]} of {len(late)} since, latents counted.",
    )
    text(rf"""
        Read it from top to bottom. The rows that are mostly yellow end around 2022. Of the
        {len(recent)} models released since 2023 none normalizes on the residual path,
        {share["gated"]} have a gate in the feed-forward and {share["rotation"]} rotate queries and
        keys. Three parts are in motion today: QK-norm, heads, because of the cache, and positions,
        which {dropped} of the {len(late)} models since 2025 leave out in some of their layers.

        A table is no experiment. Its rows copied from each other, they differ in ten choices at a
        time, and what failed was not published. Each of the next sections therefore changes one
        thing.
    """), link(models), link(WORKS["litgpt"]), note("Which row is odd?")  # fmt: skip


def where_to_normalize() -> None:
    text(r"""
        # Where to normalize
        Get this wrong and a deep network does not train badly, it does not train at all. The
        original block, _post-norm_, normalizes *after* the sum, so that whatever flows along the
        residual path passes a norm twice in each block. The block of today, _pre-norm_, normalizes
        the input of each sublayer and leaves the path alone:
        $$
        \text{post:}\quad x \leftarrow \text{norm}(x + f(x)) \qquad\qquad
        \text{pre:}\quad x \leftarrow x + f(\text{norm}(x)).
        $$
        Here is assignment 1's block, which can do both. We walk through it twice.
    """), link(TransformerBlock.forward)  # fmt: skip
    torch.manual_seed(0)  # @hide
    x = torch.randn(1, 3, 8)  # @inspect x.shape
    pre, post = (TransformerBlock(8, 2, 16, 3, 1e4, norm=n) for n in ("pre", "post"))
    y = pre(x)  # @stepinto 1 @inspect y.std()
    y = post(x)  # @stepinto 1 @inspect y.std()
    assert torch.allclose(y.pow(2).mean(dim=-1), torch.ones(1, 3), atol=1e-3)
    text(r"""
        After a post-norm block every vector has length $\sqrt{d}$ again. In the pre-norm block the
        sum grows, since every sublayer adds something and nobody divides. That has a consequence:
        the deeper a layer, the smaller its contribution in comparison with the sum, and the less
        the output depends on it.
    """)
    asked = predict(
        "Pre-norm, before the first update. What happens to the gradient of the *last* layer when "
        "the network becomes 16 times as deep?",
        choices=["It stays about the same", "It shrinks about fourfold", "It grows about tenfold"],
        hint="The final norm divides by the size of the sum. How does a sum of L terms grow?",
    )
    data = corpus()  # @inspect len(data.words)
    found = {n: experiments.gradients_at_start(n, data) for n in ("pre", "post")}  # @inspect found
    ends = {
        f"{n}, {end} layer": {depth: pair[place] for depth, pair in found[n].items()}
        for n in found
        for place, end in ((0, "first"), (1, "last"))
    }
    plot(curves.gradients(ends))
    slopes = {name: round(experiments.slope(by), 2) for name, by in ends.items()}  # @inspect slopes
    assert -0.6 < slopes["pre, last layer"] < -0.4
    assert abs(slopes["pre, first layer"]) < 0.15 > abs(slopes["post, last layer"])
    assert slopes["post, first layer"] > 0.6
    shrinks = found["pre"][2][1] / found["pre"][32][1]  # @inspect shrinks
    reveal(asked, "It shrinks about fourfold", f"By {shrinks:.1f}; the exponent is about −1/2.")
    text(rf"""
        With pre-norm the gradient of the last layer falls like $L^{{{slopes["pre, last layer"]}}}$
        and that of the first layer stays where it is. With post-norm it is the other way round: the
        last layer sees the same gradient at any depth, but the *first* one sees it grow like
        $L^{{{slopes["post, first layer"]}}}$. Xiong et al. (2020) computed large gradients near the
        output of a post-norm network at its start and concluded that it needs a warm-up. In our
        network, with RMSNorm and another initialization, they are large near the input instead.
        Either way a step that suits one layer does not suit the other.

        So much for the start. Now twelve layers of width 32, sixty updates, no warm-up.
    """), link("2002.04745")  # fmt: skip
    asked = predict(
        "Both runs end with a loss. Which picture do you expect?",
        choices=[
            "Nearly equal, pre-norm smoother",
            "Post-norm stops at the loss of word frequencies",
            "Post-norm overflows",
        ],
        hint="What can a network predict whose lower layers pass on nothing useful?",
    )
    runs = experiments.live("placement", data)  # @inspect list(runs)
    plot(curves.losses({n: r.losses for n, r in runs.items()}, "Twelve layers, one seed, now"))
    final = {name: round(run.final(), 2) for name, run in runs.items()}  # @inspect final
    frequencies = experiments.entropy_of_words(data)  # @inspect frequencies
    assert final["post-norm"] > frequencies - 0.1
    assert final["pre-norm"] < final["post-norm"] - 0.2
    reveal(
        asked, "Post-norm stops at the loss of word frequencies", f"That is {frequencies:.2f} nats."
    )
    show_record("placement", "small", "Twelve layers, width 32, 60 updates")
    show_record("placement", "large", "Twelve layers, width 256, 500 updates")
    spread = records.spread("placement", "small")  # @inspect spread
    assert spread["post-norm"][0] - spread["pre-norm"][0] > 0.3
    large = {n: mean for n, (mean, _) in records.spread("placement", "large").items()}
    cold, warm, slow = (
        [large[f"{norm}-norm, rate {how}"] for norm in ("pre", "post")]
        for how in ("0.001, warm-up 0", "0.001, warm-up 200", "0.0002, warm-up 200")
    )  # @inspect cold warm slow
    assert cold[1] > 4.6 > 1 > cold[0]
    assert warm[0] < warm[1] < 0.7
    assert abs(warm[0] - cold[0]) < 0.005
    text(rf"""
        **Post-norm ends at {final["post-norm"]} nats a word, pre-norm at {final["pre-norm"]}.** A
        model that knows nothing but how frequent each word is would have {frequencies:.2f}. Over
        three seeds the gap is {spread["post-norm"][0] - spread["pre-norm"][0]:.2f}, and in the
        larger model, trained longer, it is a chasm: {cold[1]:.2f} against {cold[0]:.2f}. The same
        record shows the cure that the original paper used. With a warm-up of 200 updates post-norm
        learns, to {warm[1]:.2f}, while pre-norm does not care ({warm[0]:.2f}); at a fifth of the
        rate the two end at {slow[1]:.2f} and {slow[0]:.2f}. Post-norm can be trained, as OPT-350M
        was. It is a recipe with one more way to fail, and still behind.

        The newest variants keep the free path and put a norm at the *end* of the branch,
        $x + \text{{norm}}(f(x))$, alone (OLMo 2 and 3) or in addition (Gemma 2 to 4).

        ## Recap: the table, and the first line
        Models agree where disagreement was punished. A norm on the residual path is punished with
        depth, so keep the path free, and normalize what enters a sublayer, or what leaves it.
    """), link(WORKS["opt"]), link("2501.00656"), note("Where to probe?")  # fmt: skip


def which_norm() -> None:
    text(r"""
        # RMSNorm or LayerNorm
        The norm is the cheapest part of the block by arithmetic and one of the dearest by the
        clock. Ivanov et al. (2020) found normalizations to make 0.17 % of the operations of BERT's
        training and 25.5 % of its time, because they move every activation to compute almost
        nothing. _RMSNorm_ (Zhang and Sennrich, 2019) leaves out half of LayerNorm:
        $$
        \text{LayerNorm}(x) = \frac{x - \bar x}{\sqrt{\text{mean}((x - \bar x)^2)}}\,g + b,
        \qquad \text{RMSNorm}(x) = \frac{x}{\sqrt{\text{mean}(x^2)}}\,g.
        $$
    """), link("1910.07467"), link("2007.00072"), link(RMSNorm.forward)  # fmt: skip
    torch.manual_seed(0)  # @hide
    x = torch.randn(1, 6) + 3  # @inspect x
    norm = RMSNorm(6)
    y = norm(x)  # @stepinto 1 @inspect y.pow(2).mean() y.mean()
    assert abs(y.pow(2).mean().item() - 1) < 1e-5
    centred = norm(x - x.mean())  # @inspect centred
    both = F.layer_norm(x, (6,))  # @inspect both
    assert torch.allclose(centred, both, atol=1e-5)
    assert torch.allclose(norm(100 * x), y, atol=1e-5)
    text(r"""
        Subtract the mean first, and RMSNorm *is* LayerNorm. So all that LayerNorm does in addition
        is to remove one direction out of $d$, that of the vector $(1, 1, \ldots, 1)$. Whether that
        matters depends on how much lies in it.
    """)
    data = corpus()  # @inspect len(data.words)
    asked = predict(
        "Train our model of width 64 with RMSNorm, which may use that direction. Which share "
        "of a vector's square length lies in it, on average over all norms?",
        unit="%",
        hint="If no direction is special, each of the 64 gets the same.",
        tolerance=0.5,
    )
    runs = experiments.live("norm", data)  # @inspect list(runs)
    shares = experiments.mean_share(runs["RMSNorm"], data)  # @inspect shares
    share = 100 * sum(shares) / len(shares)  # @inspect share
    assert 0.5 < share < 5
    reveal(asked, round(share, 1), f"One direction of 64 would have {100 / 64:.1f} % by chance.")
    final = {name: round(run.final(), 3) for name, run in runs.items()}  # @inspect final
    show_record("norm", "small", "Two norms, width 64, 120 updates")
    show_record("norm", "large", "Two norms, width 256, 600 updates")
    spread = records.spread("norm", "small")  # @inspect spread
    apart = abs(spread["RMSNorm"][0] - spread["LayerNorm"][0])  # @inspect apart
    assert apart < 3 * max(deviation for _, deviation in spread.values())
    text(rf"""
        **The two losses differ by {apart:.3f} nats over three seeds, where a change of seed alone
        makes a deviation of {max(d for _, d in spread.values()):.3f}.** That is a null result, and
        it is the argument *for* RMSNorm: half of the statistics and of the parameters can go, and
        nobody misses them. Narang et al. (2021) saw a little more in T5, 1.821 against 1.838 in
        loss and 3.68 steps a second against 3.50.

        Take the speed with care. Both norms read each number and write each number, so in *one*
        kernel they move the same bytes, and a fair comparison has to say how many kernels ran.
    """), link("2102.11972")  # fmt: skip
    show_norm_times()
    times = records.norm_times()  # @inspect times
    apart = times["LayerNorm, one operation at a time"] / times["RMSNorm, one operation at a time"]
    fused = times["LayerNorm, compiled"] / times["RMSNorm, compiled"]  # @inspect apart fused
    assert 1.4 < apart < 1.6
    assert 1 < fused < 1.2
    large = records.spread("norm", "large")  # @inspect large
    assert abs(large["RMSNorm"][0] - large["LayerNorm"][0]) < large["RMSNorm"][1]
    text(rf"""
        One operation at a time, LayerNorm takes {apart:.2f} times as long as RMSNorm. Compiled into
        one kernel each, it takes {fused:.2f} times as long, and both became about seven to nine
        times faster. Fusing is worth far more than the choice of the norm. The larger models agree
        with the small ones: {large["RMSNorm"][0]:.4f} and {large["LayerNorm"][0]:.4f} nats.
    """)
    asked = predict(
        "Models of this family have no bias in their matrices either. What is the reason that is "
        "usually given?",
        choices=[
            "They overfit",
            "Training is more stable without",
            "They cost too many operations",
        ],
        hint="A bias has d numbers, a matrix d times as many.",
    )
    reveal(asked, "Training is more stable without", "PaLM reports it for large models.")
    text(r"""
        PaLM's authors report more stable training of large models without biases; they show no
        ablation, so take it as a report. Qwen 2.5 kept biases for queries, keys and values, and
        trained as well.
    """), link("2204.02311"), note("A null result is a result.")  # fmt: skip


def gates() -> None:
    text(r"""
        # Gates
        Two thirds of a block's parameters are in its feed-forward, so a better one is worth more
        than anything else in the block. The original puts a function between two matrices. A
        _gated feed-forward_ multiplies its result by a second, linear branch:
        $$W_2\, f(W_1 x) \qquad\text{against}\qquad W_2\,(f(W_1 x) \odot W_3 x).$$
        Three matrices instead of two would be half as many parameters again, so the width shrinks
        from $4d$ to $\tfrac{8}{3}d$. With $f$ the SiLU, $x \cdot \sigma(x)$, it is called _SwiGLU_.
    """), link("2002.05202"), link(SwiGLU.forward), link(silu)  # fmt: skip
    torch.manual_seed(0)  # @hide
    x = torch.randn(1, 6)  # @inspect x
    y = SwiGLU(6, 16)(x)  # @stepinto 1 @inspect y
    counts = {
        "two matrices, 4d": 2 * 4096 * 4 * 4096,
        "three, 8d/3": 3 * 4096 * (8 * 4096 // 3),
        "LLaMA-7B, 11008": 3 * 4096 * 11008,
    }  # @inspect counts
    assert list(counts.values()) == [134_217_728, 134_209_536, 135_266_304]
    plot(curves.functions({"ReLU": F.relu, "SiLU": silu, "GELU": F.gelu}, "Three functions"))
    twice, once = PlainFeedForward(6, 16, F.relu)(2 * x), PlainFeedForward(6, 16, F.relu)
    ratio = (once(2 * x) / once(x)).mean().item()  # @inspect ratio @clear twice
    text(rf"""
        What a gate adds is a *product* of two things that depend on the input. A ReLU network is
        linear along every ray: twice the input gives {ratio:.0f} times the output. Gated, it grows
        almost like a square, so a unit can compare two features and not only add them. Whether that
        helps with language is a question for an experiment, at equal parameters.
    """)
    data = corpus()  # @inspect len(data.words)
    asked = predict(
        "120 updates, the same data in the same order. What does the gate change?",
        choices=[
            "SwiGLU is ahead from early on",
            "No difference",
            "SwiGLU starts slower, then wins",
        ],
        hint="Same parameters, same cost. Would a product help to copy frequent pairs of words?",
    )
    runs = experiments.live("feed_forward", data)  # @inspect list(runs)
    plot(curves.losses({n: r.losses for n, r in runs.items()}, "At equal parameters, now"))
    final = {name: round(run.final(), 2) for name, run in runs.items()}  # @inspect final
    assert final["SwiGLU"] < final["ReLU"]
    reveal(asked, "SwiGLU is ahead from early on", f"{final['SwiGLU']} against {final['ReLU']}.")
    show_record("feed_forward", "small", "Width 64, 120 updates")
    show_record("feed_forward", "large", "Width 256, 600 updates: function and gate")
    spread = records.spread("feed_forward", "small")  # @inspect spread
    gain = spread["ReLU"][0] - spread["SwiGLU"][0]  # @inspect gain
    assert gain > 0.03
    large = {n: mean for n, (mean, _) in records.spread("feed_forward", "large").items()}
    low = {n.split(",")[0]: v for n, v in large.items() if n.endswith("0.001")}  # @inspect low
    gate = {
        "ReLU": low["ReLU"] - low["ReGLU"],
        "SiLU": low["SiLU"] - low["SwiGLU"],
    }  # @inspect gate
    faster = large["ReLU, rate 0.003"] - records.spread("norm", "large")["RMSNorm"][0]
    assert 0.005 < gate["ReLU"] < gate["SiLU"] < 0.03
    assert low["SiLU"] > low["ReLU"]
    assert 0.005 < faster < 0.02
    text(rf"""
        **Three seeds put the gate ahead by {gain:.2f} nats a word.** The larger record separates
        the two changes. With the function kept, a gate gains {gate["ReLU"]:.3f} nats (ReLU) and
        {gate["SiLU"]:.3f} (SiLU). With the gate left out, exchanging ReLU for SiLU *loses*
        {low["SiLU"] - low["ReLU"]:.3f}. So it is the gate that helps, and not the smooth function.
        At three times the rate SwiGLU is ahead of ReLU by {faster:.3f}.

        In Shazeer's runs of T5, with 524,288 steps, log-perplexity was 1.677 with ReLU, 1.636 with
        SwiGLU and 1.633 with GeGLU: small, and the same sign. His explanation was "divine
        benevolence", and ours is no better; that products are the reason is a suspicion.

        It is a gain and no condition. GPT-3 had no gate, and Nemotron-4 in 2024, with 340 billion
        parameters, took the square of a ReLU between two matrices.
    """), note("Which of the three matrices would you quantize first?")  # fmt: skip


def side_by_side() -> None:
    text(r"""
        # One after the other, or side by side
        A block has two sublayers, and the second waits for the first. GPT-J, PaLM and Command A do
        not wait:
        $$x + \text{attention}(\text{norm}(x)) + \text{mlp}(\text{norm}(x)).$$
        Both read the same normalized input, so their first matrices can be one product.
    """)
    torch.manual_seed(0)  # @hide
    x = torch.randn(5, 8)  # @inspect x.shape
    w_qkv, w_up = torch.randn(24, 8), torch.randn(32, 8)  # @inspect w_qkv.shape w_up.shape
    fused = x @ torch.cat((w_qkv, w_up)).T  # @inspect fused.shape
    assert torch.allclose(fused, torch.cat((x @ w_qkv.T, x @ w_up.T), dim=1), atol=1e-5)
    asked = predict(
        "A serial block waits for four products: QKV, output, up and down. For how many does the "
        "parallel block wait?",
        unit="products",
        hint="Output and down-projection add into the same sum.",
    )
    serial, parallel = ["qkv", "out", "up", "down"], ["qkv + up", "out + down"]  # @inspect parallel
    side = torch.randn(5, 8), torch.randn(5, 32)  # @inspect side[0].shape side[1].shape
    w_out, w_down = torch.randn(8, 8), torch.randn(8, 32)  # @inspect w_out.shape w_down.shape
    together = (
        torch.cat(side, dim=1) @ torch.cat((w_out, w_down), dim=1).T
    )  # @inspect together.shape
    assert torch.allclose(together, side[0] @ w_out.T + side[1] @ w_down.T, atol=1e-4)
    reveal(asked, len(parallel), f"Half of the {len(serial)}, and one norm instead of two.")
    used = [each.model for each in models() if "parallel" in each.pattern]  # @inspect used
    assert len(used) == 6
    text(rf"""
        The price is that the feed-forward no longer sees what attention has just found; it has to
        wait for the next block. PaLM's authors report training about 15 % faster, with a small loss
        of quality at 8 billion parameters and none at 62. Of our {len(models())} models
        {len(used)} are built this way, and nearly all new ones are serial again: fused kernels
        overlap more of the waiting today, and we *suspect* that this took away the reason. We know
        of no published comparison.

        ## Recap: inside the block
        Take the simpler norm, since no experiment here can tell the two apart. Take the gate, which
        wins a little every time. Serial or parallel is a question of the hardware.
    """), link("2204.02311"), note("What would you have to measure to decide?")  # fmt: skip


def rotation_is_relative() -> None:
    text(r"""
        # Rotation is relative
        Attention by itself sees a set. Without a mask or a word about order, "dog bites man" and
        "man bites dog" give every head the same scores. Adding a vector for each place, as in 2017,
        makes a head learn "the previous word" once for every place, because the score of a sum
        contains the places themselves. What we want is a score that knows the *distance* alone,
        $\langle f(q, m), f(k, n)\rangle = g(q, k, m - n)$.

        _RoPE_ (Su et al., 2021) cuts the vector into pairs and turns pair $i$ by the angle
        $m\,\theta^{-2i/d}$. For one pair that is school mathematics, so let the machine do it.
    """), link("2104.09864"), link(rotation.rotated)  # fmt: skip
    asked = predict(
        "Both places move by the same step s. What is the derivative of the score by s?",
        unit="",
        hint="A rotation of both vectors by the same angle leaves their product as it is.",
    )
    score, simplified, derivative = rotation.score_of_rotated()  # @inspect score simplified
    reveal(asked, float(derivative), "Identically, for all symbols: a proof for one pair.")
    assert derivative == 0
    assert "m - n" in str(simplified)
    text(rf"""
        Sympy finds $\;{experiments.latex(simplified)}\;$ for the pair. Places occur in it as
        $m - n$ only, the derivative by a common shift is identically zero, and a sum over pairs
        inherits both. That is the proof. Now assignment 1's layer, on real vectors.
    """), link(RotaryPositionalEmbedding.forward)  # fmt: skip
    rope = RotaryPositionalEmbedding(1e4, 4, 2048)  # @inspect rope.cos.shape
    torch.manual_seed(0)  # @hide
    q, k = torch.randn(1, 4), torch.randn(1, 4)  # @inspect q k
    turned = rope(q, torch.tensor([5]))  # @stepinto 1 @inspect turned
    assert torch.allclose(turned.norm(), q.norm())
    wide = RotaryPositionalEmbedding(1e4, 64, 2048)  # @inspect wide.cos.shape
    q, k = torch.randn(1, 64), torch.randn(1, 64)  # @inspect q.shape
    places = [(5, 3), (105, 103), (1002, 1000)]  # @inspect places
    scores = [
        (wide(q, torch.tensor([m])) * wide(k, torch.tensor([n]))).sum().item() for m, n in places
    ]  # @inspect scores
    assert max(scores) - min(scores) < 1e-3
    added = rotation.sinusoidal(torch.arange(1100), 64)  # @inspect added.shape
    sums = [((q + added[m]) * (k + added[n])).sum().item() for m, n in places]  # @inspect sums
    assert max(sums) - min(sums) > 1
    order = rotation.half_split(64)  # @inspect order[:6]
    assert torch.equal(order[:4], torch.tensor([0, 32, 1, 33]))
    text(rf"""
        Two places apart, three times: the rotated scores are {scores[0]:.3f}, {scores[1]:.3f} and
        {scores[2]:.3f}, and they differ by {max(scores) - min(scores):.0e}, which is rounding. With
        sines added they are {sums[0]:.1f}, {sums[1]:.1f} and {sums[2]:.1f}.

        Two traps for whoever loads a checkpoint. Some code pairs neighbours $(x_0, x_1)$, as ours
        does, and some pairs the halves $(x_0, x_{{d/2}})$. Both are RoPE, and they differ by a
        permutation of the rows of $W_q$ and $W_k$, here {order[:4].tolist()} and so on. And the
        base $\theta$ belongs to the weights: a larger one turns more slowly, for long contexts.
    """)
    distances = torch.arange(0, 257, 4)  # @inspect len(distances)
    bases = {"base 10,000": 1e4, "base 500,000 (Llama 3)": 5e5}  # @inspect bases
    shown = {
        name: list(
            zip(
                distances.tolist(),
                rotation.mean_score_by_distance(128, base, distances).tolist(),
                strict=True,
            )
        )
        for name, base in bases.items()
    }  # @hide
    plot(curves.lines(shown, "distance in tokens", "mean cosine of the pairs",
                      "A query meets its own copy, ever further away", zero=False))  # fmt: skip
    text(r"""
        The curve falls because fast pairs fall out of step, so a head that wants only content has
        to use the slow pairs. It is often called a decay with distance, but it is one only for
        vectors whose pairs all agree; a head may just as well learn to prefer a distance of seven.
    """), note("Ask for the angle of the slowest pair at 8,192 tokens.")  # fmt: skip


def longer_than_trained() -> None:
    text(r"""
        # Longer than it was trained
        Training on long texts is expensive, so models are trained on short ones and then used on
        long ones. A score that depends on the distance alone sounds like a promise that this works.
        But a distance never seen in training is an angle never seen, and the promise is about
        symmetry and not about learning.

        There is a radical alternative. A causal mask lets a token see how many came before it, so a
        decoder can count without being told, and *no* code for positions (_NoPE_) may do. And there
        is a compromise: rotate in layers that look back only a few words, where no new distance can
        occur, and let a layer without positions see everything. We train on windows of 32 words,
        and then let each model read 256.
    """), link("2305.19466"), link(LocalAttention.forward)  # fmt: skip
    asked = predict(
        "Which of the three does not get worse when it reads more than it was trained on?",
        choices=["RoPE", "NoPE", "Local RoPE with a global layer without", "None of them"],
        hint="Stories have about 120 words: there is something to remember. Which model meets "
        "nothing that is new to it?",
    )
    data = corpus()  # @inspect len(data.words)
    runs = experiments.live("context", data)  # @inspect list(runs)
    length = STUDIES["context"]("small")["RoPE"].recipe.length  # @inspect length
    by_place = {
        name: losses_by_place(run.model, data.held_out, 8 * length, 96).view(8, -1).mean(dim=1)
        for name, run in runs.items()
    }  # @inspect by_place
    plot(curves.by_distance({n: v.tolist() for n, v in by_place.items()}, length, length,
                            "Trained on 32 words, read 256: one seed, now"))  # fmt: skip
    change = {
        n: round((v[1:].mean() - v[0]).item(), 2) for n, v in by_place.items()
    }  # @inspect change
    local = "local RoPE, global NoPE"
    assert change["RoPE"] > change["NoPE"] > change[local]
    assert change["RoPE"] > 0.3
    seeds = records.loss_beyond("context", "small")  # @inspect seeds
    reveal(asked, "Local RoPE with a global layer without", f"{seeds[local]:+.2f}, three seeds.")
    assert seeds[local] < 0.1
    show_record("context", "small", "Three seeds: trained on 32 words, read 256", curves.far_apart)
    show_record("context", "large", "Three seeds: trained on 64 words, read 512", curves.far_apart)
    far = records.loss_beyond("context", "large")  # @inspect far
    assert seeds["RoPE"] > 0.3 > seeds["NoPE"] > seeds[local]
    assert far["NoPE"] > far["RoPE"] > 1 > 0 > far[local]
    text(rf"""
        **Beyond the trained length RoPE loses {seeds["RoPE"]:.2f} nats a word, NoPE
        {seeds["NoPE"]:.2f}, and the mixture changes by {seeds[local]:+.2f}.** The larger models,
        trained until they are good, put it more sharply: {far["RoPE"]:+.2f}, {far["NoPE"]:+.2f} and
        {far[local]:+.2f}. Look at the order of the first two. It has *turned*. The half-trained
        small model loses less without positions, the trained one loses more. Kazemnejad et al.
        (2023) found NoPE ahead of RoPE in length on tasks of reasoning; on our stories that holds
        for one model and not for the other, so take "NoPE generalizes to length" as an open
        question. What holds at both sizes, in all seeds, is the mixture, which within the trained
        length is as good as RoPE.

        What we did *not* do is what practice does with RoPE: a larger base and some further
        training on long texts. And the mixture differs from both in two things, the window and the
        missing rotation; which of them it is, the first exercise finds out. Command A, Llama 4 and
        SmolLM3 have such a mixture.

        ## Recap: positions
        Rotation makes scores relative, exactly and for free, and says nothing of distances that
        were never trained. A layer that never looks far cannot be surprised by distance.
    """), link("2504.00698"), note("The one figure to remember. Stop here.")  # fmt: skip


def staying_stable() -> None:
    text(r"""
        # Staying stable
        A run of three months dies of one exploding softmax, and it dies in the third month. There
        are two softmaxes, that of attention and that of the output, and each has its own disease.
        Wortsman et al. (2023) showed that both can be had cheaply: a small model at too high a rate
        falls ill in the same way. We make the rate ten times too high.

        **Attention.** Scores are products of two vectors that both grow, so they grow squared. A
        softmax over large scores picks one token, and its gradient is gone. _QK-norm_ normalizes
        queries and keys of each head before they meet (Dehghani et al., 2023). With gains at one,
        no score can exceed $\sqrt{d_k}$, whatever the weights do.
    """), link("2309.14322"), link("2302.05442"), link(QKNormAttention.project)  # fmt: skip
    torch.manual_seed(0)  # @hide
    x = 50 * torch.randn(1, 4, 8)  # @inspect x.std()
    q, k, v = QKNormAttention(8, 2, 4, 1e4).project(x)  # @stepinto 1 @inspect q.shape
    by_head = (
        q.view(4, 2, 4) @ k.view(4, 2, 4).transpose(1, 2) / 4**0.5
    )  # @inspect by_head.abs().max()
    assert by_head.abs().max() <= 4**0.5 + 1e-4
    data = corpus()  # @inspect len(data.words)
    asked = predict(
        "With heads of width 16 and QK-norm, scores stay near √16 = 4. How large does the largest "
        "score become without it, after 100 updates at a rate of 0.1?",
        choices=["About 10", "About 40", "Above 100"],
        hint="Both factors grow with every step, and nothing pulls them back but weight decay.",
    )
    runs = experiments.live("stability", data)  # @inspect list(runs)
    ids = data.held_out[:256].view(8, 32)  # @inspect ids.shape
    largest = {
        n: round(max(largest_scores(r.model, ids)), 1) for n, r in runs.items()
    }  # @inspect largest
    assert largest["plain"] > 100 > 20 > largest["QK-norm"]
    reveal(asked, "Above 100", f"{largest['plain']:.0f}, against {largest['QK-norm']}.")
    plot(curves.losses({n: r.losses for n, r in runs.items()}, "At a rate of 0.1, one seed, now"))
    show_record("stability", "small", "At a rate of 0.1, width 64, 100 updates")
    show_record("stability", "large", "The same model at ever higher rates", curves.rates)
    spread = records.spread("stability", "small")  # @inspect spread
    gain = spread["plain"][0] - spread["QK-norm"][0]  # @inspect gain
    assert gain > 0.1
    large = {n: mean for n, (mean, _) in records.spread("stability", "large").items()}
    calm, high = (
        {arm: large[f"{arm}, rate {rate}"] for arm in ("plain", "QK-norm", "z-loss")}
        for rate in ("0.003", "0.03")
    )  # @inspect calm high
    assert abs(calm["plain"] - calm["QK-norm"]) < 0.005
    assert high["QK-norm"] < 0.6 < 0.85 < high["z-loss"] < high["plain"]
    text(rf"""
        **Without it the largest score reaches {largest["plain"]:.0f}, with it
        {largest["QK-norm"]}, and over three seeds the loss is {gain:.2f} nats lower.** In the
        larger model the curve over rates tells the story. At 0.003 there is nothing to cure, and
        plain and QK-norm are equal, {calm["plain"]:.3f} and {calm["QK-norm"]:.3f}. At ten times
        that rate plain ends at {high["plain"]:.2f}, with scores above ten thousand, and QK-norm at
        {high["QK-norm"]:.2f}. It buys room, for higher rates or for not knowing the right one. The
        z-loss of the same figure, to which we come now, does not help here
        ({high["z-loss"]:.2f}): it treats the other softmax.

        **Output.** The cross-entropy is $\log Z - o_t$ with $Z = \sum_j e^{{o_j}}$. Add the same
        number to all logits, and it does not change. So its gradient over a row of logits sums to
        zero, and nothing holds $\log Z$. _z-loss_ (PaLM) adds $c\,(\log Z)^2$, often with
        $c = 10^{{-4}}$.
    """)
    logits = torch.randn(4, 6, requires_grad=True)  # @inspect logits.shape
    F.cross_entropy(logits, torch.tensor([0, 1, 2, 3])).backward()
    row_sums = logits.grad.sum(dim=1)  # @inspect row_sums
    assert row_sums.abs().max() < 1e-6
    asked = predict(
        "A table of bigrams starts with all logits at 30, as if they had drifted there. How does "
        "log Z move in 200 updates without z-loss?",
        choices=["Back towards 0", "It stays where it is", "It runs away"],
        hint="Which term of the loss could notice?",
    )
    free, held = drifted_bigrams(data, 0.0), drifted_bigrams(data, 1e-2)  # @inspect free.log_z[-1]
    plot(curves.losses({"without": free.log_z, "z-loss": held.log_z}, "Drifted logits", "log Z"))
    assert free.log_z[-1] > 30 > 12 > held.log_z[-1]
    reveal(asked, "It stays where it is", f"At {free.log_z[-1]:.0f}; z-loss: {held.log_z[-1]:.0f}.")
    errors = {shift: round(rounding_error(shift), 3) for shift in (0, 30, 300)}  # @inspect errors
    assert errors[0] < 0.01 < errors[30] < 0.1 < errors[300]
    capped = 30 * torch.tanh(torch.tensor([1.0, 20.0, 500.0]) / 30)  # @inspect capped
    assert capped.max() <= 30
    text(rf"""
        Why care about a number that changes no probability? Because logits are often kept in
        bfloat16, with two or three digits. At a shift of 30 each loss is wrong by {errors[30]} nats
        on average, at 300 by {errors[300]}. z-loss brings $\log Z$ from 34 to {held.log_z[-1]:.0f}
        here. It fails where $c$ is so large that it competes with the loss: this toy took 1e-2, a
        hundred times the usual, to show in 200 updates what a real run has months for.

        A third device is the _soft cap_ of Gemma 2, $c \tanh(x / c)$ with 50 on scores and 30 on
        logits: it turns 500 into {capped[2]:.0f}. It bounds everything, bends even moderate values,
        and keeps fast attention kernels from being used as they are. Gemma 3 took QK-norm instead.
    """), link("2204.02311"), link("2408.00118"), note("Two softmaxes, two diseases.")  # fmt: skip


def heads_and_cache() -> None:
    text(r"""
        # Heads and the cache
        While it writes, a model keeps the keys and values of all that it has read, the _KV cache_.
        This, and not the arithmetic, decides how many users a GPU can serve, since each new token
        reads all of it. For $L$ layers, $K$ heads of keys of width $d_k$ and two bytes it holds
        $$2 \cdot L \cdot K \cdot d_k \cdot 2 \text{ bytes for each token.}$$
        _Multi-query attention_ (MQA; Shazeer, 2019) has one head of keys, $K = 1$, and
        _grouped-query attention_ (GQA; Ainslie et al., 2023) lets a few heads of queries share one.
    """), link("1911.02150"), link("2305.13245"), link(LayerCache.append)  # fmt: skip
    torch.manual_seed(0)  # @hide
    attention, x = MultiHeadSelfAttention(8, 4, num_kv_heads=2), torch.randn(3, 8)  # @inspect x
    heads = attention(x, cache=LayerCache(capacity=4))  # @stepinto 1 @inspect heads.shape
    stored = {heads: experiments.stored_bytes(heads) for heads in (8, 2, 1)}  # @inspect stored
    assert stored == {h: 2 * 2 * h * 8 * 4 * 32 for h in (8, 2, 1)}
    text(r"""
        Eight heads in float32 store four times what two heads do, as the formula says. _Multi-head
        latent attention_ (MLA, DeepSeek-V2) goes another way: it stores one short vector $c = W_d\,
        x$ a token, from which every head could compute its own key and value. The trick is that
        nobody has to. A score is $q^\top (W_k c) = (W_k^\top q)^\top c$, so the matrix moves to the
        query, and all heads read the same latents. Only the rotation does not fit in between; so a
        few rotated coordinates are kept beside it, one set for all heads.
    """), link("2405.04434"), link(latent.Latent.attend_absorbed)  # fmt: skip
    layer = latent.random_latent(d_model=32, heads=4, d_k=8, latent=6, rotated=2)  # @inspect layer
    x = torch.randn(5, 32, dtype=torch.float64)  # @inspect x.shape
    c, rotated = layer.cached(x)  # @stepinto 1 @inspect c.shape rotated.shape
    expanded = layer.attend_expanded(x[-1], c, rotated)  # @stepinto 1
    absorbed = layer.attend_absorbed(x[-1], c, rotated)  # @stepinto 1
    assert torch.allclose(expanded, absorbed, atol=1e-12)
    asked = predict(
        "DeepSeek-V3 has 61 layers and 128 heads, with keys of 128 + 64 and values of 128 numbers. "
        "It stores 512 + 64 numbers a layer instead. How many times less is that?",
        unit="times",
        hint="128 × (192 + 128), divided by 576.",
    )
    v3 = model("DeepSeek-V3")  # @inspect v3.cache_per_token
    kept = cache_bytes(v3, tokens=1)  # @inspect kept
    plain = 2 * v3.layers * v3.heads * (192 + 128)  # @inspect plain
    assert (kept, plain) == (70_272, 4_997_120)
    reveal(asked, round(plain / kept, 1), f"{plain:,} bytes against {kept:,}.")
    plot(choices.cache_bars(models()))
    three = ("GPT-3 175B", "Llama-3.1-8B", "Llama-3.1-405B")
    per = {name: cache_bytes(model(name), tokens=1) for name in three}  # @inspect per
    assert list(per.values()) == [4_718_592, 131_072, 516_096]
    text(rf"""
        **A token of GPT-3 takes {per["GPT-3 175B"] / 2**20:.1f} MiB, one of Llama 3.1 405B
        {per["Llama-3.1-405B"] / 2**20:.2f} MiB, and one of DeepSeek-V3
        {kept / 2**20:.3f} MiB.** The largest model of the three stores the least.
        Fewer heads cost quality: Ainslie et al. found one head clearly worse and eight close to the
        full number. MLA costs arithmetic, since all heads multiply with latents of 512 instead of
        keys of 128. The bars for MLA and for models with local layers are of a model in which every
        layer keeps everything, which brings us to the next section.

        ## Recap: what breaks, and what it costs
        QK-norm bounds the scores of attention, z-loss holds what the cross-entropy lets drift. The
        cache is counted in bytes a token: fewer heads of keys, or one latent for all of them.
    """), note("How many users of 32k tokens fit beside the weights in 80 GB?")  # fmt: skip


def local_and_global() -> None:
    text(r"""
        # Local and global layers
        A smaller cache for each token does not help against a million tokens. What does is a layer
        that forgets. In a _local layer_ every token sees the last $w$ only (Longformer; Mistral-7B
        in all layers), and the cache stops growing there. But a stack of local layers hears of the
        far past as in a game of telephone, so most models since 2024 mix: a few local
        layers, then one that sees everything.
    """), link("2004.05150"), link(local_mask)  # fmt: skip
    window = local_mask(12, 4)  # @inspect window.sum()
    everything = torch.ones(12, 12).tril().bool()  # @inspect everything.sum()
    plot(curves.masks({"global": everything, "local, window 4": window}, "Who sees whom"))
    reach = (torch.linalg.matrix_power(window.double(), 3) > 0)[-1].sum().item()  # @inspect reach
    assert reach == 1 + 3 * 3
    text(rf"""
        Three local layers of window 4 reach back {reach - 1} tokens, three more with each layer:
        $L(w - 1)$. Gemma 3 has five local layers of 1,024 tokens for each global one.
    """)
    asked = predict(
        "Gemma 3 27B has 62 layers, of which every sixth is global. At 131,072 tokens, how many "
        "times smaller is its cache than with global layers alone?",
        unit="times",
        hint="The local layers stop at 1,024 tokens, which is nearly nothing.",
    )
    gemma = model("Gemma-3-27B")  # @inspect gemma.pattern
    tokens = 131_072  # @inspect tokens
    whole = cache_bytes(gemma, tokens)  # @inspect whole
    mixed = cache_bytes(gemma, tokens, window=1024, every=6)  # @inspect mixed
    reveal(asked, round(whole / mixed, 2), f"{whole / 1e9:.0f} GB become {mixed / 1e9:.1f} GB.")
    assert 5.9 < whole / mixed < 6
    lengths = list(range(1024, tokens + 1, 13_005))  # @inspect len(lengths)
    grown = {
        "all global": [(n, cache_bytes(gemma, n) / 1e9) for n in lengths],
        "5 local : 1 global": [(n, cache_bytes(gemma, n, 1024, 6) / 1e9) for n in lengths],
    }  # @hide
    plot(curves.lines(grown, "tokens read", "cache, GB", "Gemma 3 27B, bfloat16"))
    mixes = [each.model for each in models() if " local" in each.pattern]  # @inspect mixes
    text(rf"""
        **The cache shrinks by {whole / mixed:.1f}, which is nearly the 6 of the ratio.** In the
        limit the global layers are all that costs. The mixture has a second advantage, seen two
        sections ago: local layers may rotate, since they never meet a new distance. Where it fails
        is retrieval of many far details at once, with few layers that can look. How many global
        layers suffice is therefore measured on such tasks and not by the loss, which hardly
        notices; the Gemma 3 report shows perplexity nearly unchanged up to 7 : 1.
    """), link("2503.19786"), note("Next lecture: linear layers.")  # fmt: skip


def shapes() -> None:
    text(r"""
        # Shapes
        A number of parameters can be spent deep or wide, and a wrong shape costs speed before it
        costs quality: layers run one after the other, columns run side by side. First the width of
        the feed-forward, where a rule exists: $4d$ for two matrices, $\tfrac{8}{3}d$ for three.
    """)
    plot(choices.widenings(models()))
    t5, gemma = model("T5-11B"), model("Gemma-7B")  # @inspect t5.widening gemma.widening
    assert (t5.widening, gemma.widening) == (64, 8)
    gated = [m.widening for m in models() if m.gated == "yes" and m.widening]  # @inspect len(gated)
    typical = middle(gated)  # @inspect typical
    assert 3 < typical < 4
    asked = predict(
        "A table that goes around says of Gemma-7B: 8, counted over both branches, so 4 each. It "
        "has 28 layers of width 3,072, a vocabulary of 256,000 with tied embeddings, and 8.54 "
        "billion parameters. Is 8 the factor of both branches, or of each?",
        choices=["Of both together", "Of each"],
        hint="Three matrices of 3,072 × (8 · 3,072), times 28.",
    )
    attention = 28 * 4 * 3072 * 16 * 256  # @inspect attention
    embedding = 256_000 * 3072  # @inspect embedding
    total = {n: attention + embedding + 28 * 3 * 3072 * n * 3072 for n in (4, 8)}  # @inspect total
    assert round(total[8] / 1e9, 2) == gemma.billions
    reveal(asked, "Of each", f"With 4 it would have {total[4] / 1e9:.1f} billion parameters.")
    text(rf"""
        **Gated models widen by {typical} in the middle, more than the 2.7 of the rule, up to 8 in
        each branch of Gemma.** T5-11B went to 64, and its successor returned to 2.5. Kaplan et al.
        (2020) found the loss flat within a few percent between 1 and 10, counting parameters
        without embeddings, so this is a choice of convenience: multiples of 128 and of the number
        of GPUs.

        Next, how wide for each layer.
    """), link("2001.08361"), link("2109.10686")  # fmt: skip
    plot(choices.aspects(models()))
    dense = middle([m.aspect for m in models() if not m.experts])  # @inspect dense
    experts = middle([m.aspect for m in models() if m.experts])  # @inspect experts
    assert 100 <= dense <= 130
    assert experts < dense
    plot(choices.head_widths(models()))
    heads = [m.head_dim for m in models() if m.head_dim]  # @inspect len(heads)
    common = sum(width == 128 for width in heads)  # @inspect common
    text(rf"""
        The median is **{dense:.0f} for dense models and {experts:.0f} for mixtures of experts**,
        over a factor of six between GPT-2 XL and BLOOM. Tay et al. (2021) found deeper ones better
        after fine-tuning at equal parameters; who trains on many GPUs prefers wider ones. A head is
        128 wide in {common} of {len(heads)} models, at all sizes. Heads times width equals
        $d_{{model}}$ in most, but nothing requires it: T5-11B has 16 times as much, and PaLM 2/3.
    """), note("Let them guess the shape of a 1B model, then look at SmolLM3.")  # fmt: skip


def vocabulary() -> None:
    text(r"""
        # The vocabulary
        More words mean shorter texts, fewer steps and a smaller cache for the same page; they also
        mean two matrices that grow with the vocabulary, and rare rows that are hardly ever trained.
        Models for English stayed near 32,000 to 50,000. Then came other languages, and code.
    """)
    plot(choices.vocabularies(models()))
    medians = [
        middle([m.vocabulary for m in models() if part(m.released)])
        for part in (lambda d: d < "2023", lambda d: d >= "2025")
    ]  # @inspect medians
    assert medians[0] < 51_000 < 150_000 < medians[1]
    asked = predict(
        "With 256,000 words, a model of width 1,024 with 8 layers spends most of its parameters on "
        "embeddings. How large is that share at width 8,192, with 64 layers?",
        unit="%",
        hint="Embeddings grow with d, blocks with d²L.",
        tolerance=0.3,
    )
    shares = {f"d = {d:,}": embedding_shares(d) for d in (1024, 2048, 8192)}  # @inspect shares
    plot(choices.embedding_share(shares))
    small, large = (shares[f"d = {d:,}"][256_000] for d in (1024, 8192))  # @inspect small large
    assert small > 0.8 > 0.1 > large
    reveal(asked, 100 * large, f"At width 1,024 it was {100 * small:.0f} %.")
    text(rf"""
        **The median went from {medians[0]:,.0f} before 2023 to {medians[1]:,.0f} since 2025.** The
        same 256,000 words are {small:.0%} of a small model and {large:.0%} of a large one, which is
        why small models tie both matrices, or take fewer words. Choose the vocabulary by the
        languages it has to serve, then check its share. Lecture 1 shows how it is made.

        ## Recap: sizes
        Local layers decide for how many tokens the cache is paid. Shapes lie in a flat valley, so
        choose what the hardware likes; the vocabulary should fit the languages and the width.
    """), note("What does a tied matrix forbid? Different scales of input and output.")  # fmt: skip


def weight_decay() -> None:
    text(r"""
        # Weight decay without overfitting
        Models since 2020 see most of their text about once. There is little to overfit, dropout has
        gone from nearly all recipes, and yet a weight decay of 0.1 has stayed. If it does not
        regularize, what does it do? The optimizer's line tells: each step first shrinks the weight
        by $1 - \eta\lambda$, with rate $\eta$ and _weight decay_ $\lambda$, and then adds an update
        whose size does not depend on the weight.
    """), link("1711.05101"), link(AdamW._update)  # fmt: skip
    torch.manual_seed(0)  # @hide
    weight = nn.Parameter(torch.tensor([1.0, -2.0]))  # @inspect weight
    optimizer = AdamW([weight], lr=0.01, weight_decay=0.1)  # @inspect optimizer.param_groups[0]
    gradient = torch.tensor([0.3, 0.0])  # @inspect gradient
    with torch.no_grad():
        optimizer._update(
            weight, gradient, optimizer.param_groups[0]
        )  # @stepinto 1 @inspect weight
    assert torch.allclose(weight.detach(), torch.tensor([0.989, -1.998]), atol=1e-4)
    text(r"""
        A weight that is followed by a norm can be scaled without changing anything, so what counts
        is by how much it *turns*, the update relative to the weight. Take the extreme case, a
        weight that sees nothing but noise, once with decay and once without.
    """)
    asked = predict(
        "With decay, what happens to the relative update |Δw| / |w| in the long run?",
        choices=["It falls for ever", "It settles at a value set by rate and decay", "It grows"],
        hint="The noise makes the weight longer, the decay shorter. When do they balance?",
    )
    rate, decay = 1e-2, 1.0  # @inspect rate decay
    settled = experiments.relative_steps(rate, decay, 1500)  # @inspect settled[-1]
    falling = experiments.relative_steps(rate, 0.0, 1500)  # @inspect falling[-1]
    plot(curves.losses({"decay 1.0": settled, "no decay": falling}, "Pure noise", "|Δw| / |w|"))
    usual = math.sqrt(2 * rate * decay)  # @inspect usual
    ours = usual * math.sqrt((1 - 0.9) / (1 + 0.9))  # @inspect ours
    end = sum(settled[-100:]) / 100  # @inspect end
    reveal(asked, "It settles at a value set by rate and decay", f"At {end:.4f}.")
    assert abs(end / ours - 1) < 0.05
    assert abs(usual / end - 1) > 3
    text(rf"""
        **It settles at {end:.4f}.** The formula that one meets for it, $\sqrt{{2\eta\lambda}}$,
        gives {usual:.3f} and is wrong here by a factor of {usual / end:.1f}: it holds without
        momentum. With $\beta_1 = 0.9$ an update is an average over past noise, and shorter:
        $$
        \frac{{|\Delta w|}}{{|w|}} = \sqrt{{2\eta\lambda\,\frac{{1 - \beta_1}}{{1 + \beta_1}}}}
        = {ours:.4f}.
        $$
        So decay and rate together set how fast directions turn, in all layers alike (Kosson et al.,
        2023, call it _rotational equilibrium_). Without decay weights grow, and the rate that
        counts falls without anybody asking for it. Andriushchenko et al. (2023) show in language
        models that the benefit comes out when the rate is cooled down, and in the *training* loss.
    """), link("2305.17212"), link("2310.04415"), note("Why do gains get no decay?")  # fmt: skip


def recipe() -> None:
    text(r"""
        # A recipe that you can defend
        Here is a configuration for a dense model of a few billion parameters, with the evidence for
        each line. A line without evidence is marked as custom, and custom is not a bad reason: it
        means that others' experience with everything else applies to you.
    """)
    asked = predict(
        "Your manager wants to save one line of the recipe. Which one can go with the least harm, "
        "by what we have measured?",
        choices=["Pre-norm", "RMSNorm, for LayerNorm", "The gate", "Rotation in local layers"],
        hint="Look for the null result.",
    )
    table(RECIPE, columns=["line", "value", "evidence in this lecture", "kind"])
    spread = records.spread("norm", "small")  # @inspect spread
    reveal(asked, "RMSNorm, for LayerNorm", "No experiment here told the two apart.")
    text(r"""
        What the recipe does not say: whether its lines interact. We changed one thing at a time
        around one centre. A gate might only seem better because it likes another rate, which is why
        ReLU and SwiGLU were measured at two. And for a model ten times the size of any in your
        reach, the lectures on scaling say how much a small experiment is worth.
    """), note("Each student defends one line against the room.")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        Forty models agree on a free residual path, a simple norm, a gate and rotation. They still
        move on heads, windows and positions, and what drives them there is memory while writing.
        Change one thing at a time, with at least three seeds, and report the null results; they are
        what lets you simplify.

        | choice | what breaks without it |
        |---|---|
        | norm outside the residual path | depth: lower layers stop learning |
        | gate | a little loss, every time |
        | rotation | order, and the symmetry of distances |
        | local layers | the cache, and reading beyond the trained length |
        | QK-norm, z-loss | the run, some day in the third month |

        ## Three exercises
        1. In `lectures/lecture_03/studies.py` add an arm to `context` that has the local layers
           *with* RoPE and a global layer with RoPE too. (Check: its loss beyond 32 words should
           rise by about 0.3, half of what RoPE alone loses. So what does the window save?)
        2. Derive the factor $\sqrt{(1 - \beta_1)/(1 + \beta_1)}$: what is the variance of
           $m = 0.9\,m + 0.1\,g$ for noise $g$ of variance one? (Check: it is
           $0.1^2 / (1 - 0.9^2) = 1/19$. Then run `relative_steps` with other betas.)
        3. How many tokens of cache of Llama 3.1 8B fit into 40 GB, and how many of a model of the
           same shape with 32 heads of keys? (Check: 305,175 and a quarter of it.)

        ## What to read next, and why
        Narang et al. (2021) tried dozens of modifications in one code base and found that most do
        not transfer; read it before you believe a table, this one included. Wortsman et al. (2023)
        teach how to learn about large runs from small ones. Shazeer (2020) is five pages long and
        honest about what it does not know. The next lecture replaces the feed-forward by many, and
        attention by things that are linear.
    """), link("2102.11972"), note("305,175 = 40e9 / 131,072.")  # fmt: skip
    assert int(40e9 / cache_bytes(model("Llama-3.1-8B"), tokens=1)) == 305_175


if __name__ == "__main__":
    main()
