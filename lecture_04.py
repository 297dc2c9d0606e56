"""Lecture 4: mixtures of experts, and what can stand in the place of attention.

Title: Experts and memories
Unit: basics
Minutes: 85
Prerequisites: lecture_01, lecture_02
Assignments: assignment1-basics
Figure: who_chooses
"""

# mypy: disable-error-code="func-returns-value"

import math

import torch
from cs336_basics.attention import causal_mask, scaled_dot_product_attention
from cs336_basics.kv_cache import LayerCache
from cs336_basics.layers import SwiGLU

from lecture_tracer import link, note, plot, predict, reveal, run_ranks, table, text
from lectures.lecture_04 import dispatch, experiments, indexer, mixers, models, recall, results
from lectures.lecture_04.figures import memory, routing
from lectures.lecture_04.moe import Mixture, stacked_from
from lectures.lecture_04.router import balance_loss, moved_bias, places, route, z_loss
from lectures.lecture_04.rules import busiest, displaced, four_ways, unserved, zipf_tokens
from lectures.lecture_04.toy import Fields, Pressure, Run, summary, trained
from lectures.lecture_04.upcycling import copies, router_gradient, three_ways
from lectures.lecture_04.works import WORKS

SPARSE = (16, 2, 8)  # experts, chosen, width of an expert: 16 of 128 hidden units work for a token


def main() -> None:
    torch.set_num_threads(1)  # @hide
    runs: dict[str, Run] = {}
    welcome()
    what_it_buys(runs)
    router_in_a_page()
    who_chooses()
    collapse(runs)
    balance(runs)
    bias(runs)
    capacity(runs)
    company(runs)
    level(runs)
    one_or_two(runs)
    grain(runs)
    language_model()
    traffic()
    one_card()
    upcycled()
    published()
    linear_attention()
    forgetting()
    replacing()
    how_much_fits()
    looking_up()
    hybrids()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Experts and memories
        **Lecture 4: mixtures of experts, and alternatives to attention**

        A Transformer has two expensive parts. The feed-forward layers hold most of the parameters
        and spend most of the arithmetic, and attention holds a memory that grows with every token.
        This lecture is about taking each of them apart. In the first half, a _router_ sends each
        token to a few of many feed-forward networks, so that a model can know more without working
        more. In the second half, the growing memory is replaced by one of fixed size, and we
        measure what that forgets.

        Let us count first. In each layer of DeepSeek-V3 a token is served by 8 of 256 experts, and
        by one that all tokens share.
    """), link("2412.19437")  # fmt: skip
    asked = predict(
        "DeepSeek-V3 has 671 billion parameters. What share of them takes part in one token?",
        unit="%",
        hint="Were it all experts, it would be 9 of 257. But attention works for everybody.",
        tolerance=0.25,
    )
    counted = {n: models.parameters(s) for n, s in models.SHAPES.items()}  # @inspect counted
    share = {name: active / total for name, (total, active) in counted.items()}  # @inspect share
    reveal(asked, round(100 * share["DeepSeek-V3"], 1), "About 1 in 18, counted from its shape.")
    total, active = counted["Mixtral 8x7B"]  # @inspect total active
    assert round(1 / share["DeepSeek-V3"]) == 18
    text(rf"""
        A name can mislead: *Mixtral 8x7B* has {total:.1f} billion parameters and not 56, because
        only its feed-forward layers exist eight times, and {active:.1f} billion of them work for a
        token. The table of the published models, near the end of the first half, spans from one
        parameter in four to one in thirty.
    """), note("Who has run a mixture at home?")  # fmt: skip


def what_it_buys(runs: dict[str, Run]) -> None:
    text(r"""
        # What it buys
        If a wider network is better and arithmetic is what we pay for, then it hurts that every
        token pays for the whole width. Most of what a model knows does not concern the token at
        hand. A __mixture of experts__ (Shazeer et al., 2017) replaces one network of width $F$ by
        $N$ narrow ones and lets $k$ of them work,
        $$y = \sum_{i \in \text{top-}k(s)} g_i \, \text{FFN}_i(x), \qquad s = \text{softmax}(W x).$$

        We try it where the advantage must show if there is one. Inputs come in sixteen groups, and
        each group has a linear map of its own to be learned. The dense network has 16 hidden units;
        the mixture has 16 experts with 8 each, of which every token uses two: again 16.
    """), link("1701.06538")  # fmt: skip
    asked = predict(
        "By which factor is the mixture's error smaller, after the same 300 steps?",
        unit="times",
        hint="Sixteen maps have to fit into sixteen hidden units, or into 128.",
        tolerance=0.4,
    )
    dense = trained(1, 1, 16, Pressure()).test_loss  # @inspect dense
    wide = trained(1, 1, 128, Pressure()).test_loss  # @inspect wide
    runs["balance loss"] = trained(*SPARSE, Pressure(balance=0.1))
    sparse = runs["balance loss"].test_loss  # @inspect sparse
    reveal(asked, round(dense / sparse, 1), "With as many hidden units at work for each token.")
    assert 3 < dense / sparse < 8
    assert sparse < wide < dense
    text(rf"""
        The mixture's error is {sparse:.3f} where the dense network's is {dense:.3f}, and even a
        dense network of 128 units, which works eight times as much, comes to {wide:.3f}. The task
        was made for it, so take the sign and not the size. On text the gain is real and much
        smaller, as our language model below will show. And the price is memory: all experts have to
        be somewhere, also those that nobody asks.
    """)
    plot(routing.total_and_active()), note("Three seeds in the tests: the same order.")


def router_in_a_page() -> None:
    text(r"""
        # The router, in a page
        The idea is one line, and the code must answer three questions that the line hides: who is
        chosen, with which weight, and how do tokens reach their experts without computing all of
        them. We walk through it with three tokens and three experts of which two are chosen. The
        experts are the SwiGLU of assignment 1, unchanged.
    """), link(route), link(SwiGLU.forward)  # fmt: skip
    torch.manual_seed(3)  # @hide
    x, mixture = torch.randn(3, 4), Mixture(d_model=4, d_ff=3, num_experts=3, k=2)  # @inspect x
    y = mixture(x)  # @stepinto 2 @inspect y
    text(r"""
        Every expert saw a small matrix with its own tokens, and `index_add` put the weighted
        results back. Nothing of this depends on the order of the experts, so they may as well live
        on different machines. Two checks convince us. Computing *all* experts and multiplying by
        gates that are zero for those not chosen gives the same, and so does the form that we train,
        which keeps all weights in three tensors.
    """)
    routing_of_x = route(mixture.router(x), k=2)  # @inspect routing_of_x
    chosen, gates = routing_of_x.experts, routing_of_x.gates  # @inspect chosen
    masks = torch.zeros(3, 3).scatter(1, chosen, gates)  # @inspect masks
    everything = torch.stack([e(x) for e in mixture.experts], dim=1)  # @inspect everything.shape
    assert torch.allclose(y, torch.einsum("te,ted->td", masks, everything), atol=1e-6)
    assert torch.allclose(y, stacked_from(mixture)(x), atol=1e-6)
    asked = predict(
        "Mixtral takes the softmax after the choice, over the k chosen logits alone. We take it "
        "before, over all, and divide the chosen ones by their sum. How do the gates differ?",
        choices=["Not at all", "Mixtral's are sharper", "Ours depend on the experts not chosen"],
        hint="Write both as exponentials and cancel what can be cancelled.",
    )
    logits = mixture.router(x).detach()  # @inspect logits
    after = torch.softmax(logits.gather(1, chosen), dim=1)  # @inspect after
    assert torch.allclose(after, gates, atol=1e-6)
    reveal(asked, "Not at all", "The sum over all experts cancels in the division.")
    text(r"""
        What does differ is *not* dividing, as Switch and DeepSeek-V2 do it: then the gates sum to
        less than one, and the layer says how sure it is of its choice. DeepSeek-V3 takes a sigmoid
        of each logit in the place of the softmax and then divides. Each of these is one line of
        `route`, and we shall meet one case in which the line decides whether the router learns.

        ## Recap: the layer
        A linear layer scores the experts, the best $k$ work, and their outputs are added with gates
        that sum to one. Total parameters are paid in memory, _active parameters_, those that work
        for a token, in time.
    """), link("2401.04088"), note("Ask which line makes it sparse.")  # fmt: skip


def who_chooses() -> None:
    text(r"""
        # Who chooses?
        That a token chooses its experts is not the only possibility, and it has a cost: nobody
        keeps fifty tokens from choosing the same one. In _expert choice_ an expert chooses its
        tokens instead (Zhou et al., 2022). Or nobody chooses: the expert is a hash of the word,
        fixed before training (Roller et al., 2021). Or one solves an assignment problem, in which
        every token gets one expert and every expert equally many tokens (Lewis et al., 2021). Here
        are all four rules for eight tokens and the same scores.
    """), link("2202.09368"), link("2106.04426"), link("2103.16716")  # fmt: skip
    torch.manual_seed(4)  # @hide
    scores = torch.randn(8, 4)  # @inspect scores
    plot(routing.assignments(four_ways(scores, zipf_tokens(8))))
    asked = predict(
        "When experts choose, every load is equal by construction. Why is no model that writes "
        "text trained so?",
        choices=["It is too slow", "Later words decide about earlier ones", "Some get none"],
        hint="An expert has two places. What happens when a better token comes later?",
    )
    moved = displaced(scores)  # @inspect moved
    assert moved > 0
    reveal(asked, "Later words decide about earlier ones", f"{moved} of 7 were displaced.")
    torch.manual_seed(5)  # @hide
    large = four_ways(torch.randn(4096, 16), zipf_tokens(4096))  # @inspect `[*large]`
    rows = [[n, round(busiest(a), 2), f"{unserved(a):.0%}"] for n, a in large.items()]
    table(rows, columns=["4096 tokens, 16 experts", "busiest, fair shares", "unserved"])
    left = unserved(large["expert chooses"])  # @inspect left
    hashed = busiest(large["hash of the word"])  # @inspect hashed
    assert busiest(large["expert chooses"]) == busiest(large["assigned"]) == 1
    assert hashed > 1.8
    assert 0.3 < left < 0.4
    text(rf"""
        With one place for each token, experts that choose leave {left:.0%} of the tokens without
        any. Hashing inherits the law of the words: the busiest expert has {hashed:.1f} fair shares,
        because it got a frequent word, and no training will change that. Assignment is fair, but it
        needs the whole batch, so it too looks ahead. This leaves the first rule, which all the
        models in our table use, and the question how to keep it fair.
    """), note("Hashing is a strong baseline: any fixed division helps.")  # fmt: skip


def collapse(runs: dict[str, Run]) -> None:
    text(r"""
        # Left alone, most experts die
        An expert that nobody chooses gets no gradient, does not improve, and is chosen even less,
        until it is a _dead expert_; the one that was a little better at the start is used, trained,
        and better still. We train the mixture from above again, without any pressure on its router,
        and watch.
    """)
    asked = predict(
        "How many of the 16 experts end with less than a tenth of their fair share?",
        unit="experts",
        hint="The task has sixteen groups of equal size, so there is work for all of them.",
        tolerance=0.3,
    )
    runs["no pressure"] = trained(*SPARSE, Pressure())
    dead = runs["no pressure"].dead()  # @inspect dead
    crowd = runs["no pressure"].busiest()  # @inspect crowd
    reveal(asked, dead, "The rich get richer, although the work was divided equally.")
    assert 7 <= dead <= 11
    assert crowd > 3
    text(rf"""
        At the end {dead} of 16 experts are dead, and the busiest one has {crowd:.1f} fair shares.
        But where does the first inequality come from? The router is linear and starts at random. If
        all inputs have a large part in common, as the residual streams of real models do, this part
        alone makes the same experts win for everybody. So take that part away alone.
    """)
    dead_without = trained(*SPARSE, Pressure(), common=0.0).dead()  # @inspect dead_without
    assert dead_without == 0
    text(rf"""
        Without the common part {dead_without} experts die. Collapse is thus no law of nature; it
        needs a reason why the tokens look alike to the router, and real models offer many.
    """), note("Our language model, below, shows it too.")  # fmt: skip


def balance(runs: dict[str, Run]) -> None:
    text(r"""
        # Paying for balance
        Dead experts are wasted memory, and a crowded expert is a machine that all others wait for.
        The oldest remedy is a second loss. With $f_i$ the share of the assignments that expert $i$
        got, and $P_i$ its mean probability, Switch (Fedus et al., 2021) adds a _balance loss_, a
        small multiple of
        $$L = N \sum_i f_i P_i.$$
        The count $f_i$ has no gradient, and $P_i$ has one: $\partial L / \partial P_i = N f_i$, so
        the busiest expert is pushed down hardest.
    """), link("2101.03961"), link(balance_loss)  # fmt: skip
    asked = predict(
        "One reads that this loss is smallest, and equal to 1, when the routing is uniform. What "
        "is the smallest value that you can construct with two experts?",
        choices=["1, as one reads", "Less than 1"],
        hint="Two tokens prefer expert 0 by a hair. The third prefers expert 1, and is sure.",
    )
    logits = torch.tensor([[0.51, 0.49], [0.51, 0.49], [0.01, 0.99]]).log()  # @inspect logits.exp()
    hair = route(logits, k=1)  # @inspect hair.experts
    below = balance_loss(hair)  # @stepinto 1 @inspect below
    reveal(asked, "Less than 1", "Loads and probabilities point in opposite directions.")
    assert 0.89 < below < 0.9
    even = balance_loss(route(torch.zeros(4, 2), k=2))  # @inspect even
    assert math.isclose(even, 1, rel_tol=1e-6)
    text(rf"""
        Uniform routing gives {even:.0f}, and this lopsided one {below:.2f}. The statement is true
        if $f$ equals $P$, by the inequality of Cauchy and Schwarz, and $f$ need not do that. So the
        loss is a useful pressure and no measure of balance; look at the loads themselves. What it
        does in training we have seen without knowing it, since the mixture of the second section
        was trained with it.
    """)
    table(summary(runs), columns=["run", "dead", "busiest, fair shares", "test error"])
    with_loss, without = runs["balance loss"], runs["no pressure"]
    heavy = trained(*SPARSE, Pressure(balance=10.0)).test_loss  # @inspect heavy
    light = trained(*SPARSE, Pressure(balance=0.01)).dead()  # @inspect light
    assert with_loss.dead() <= 2 < without.dead()
    assert with_loss.test_loss < min(without.test_loss, heavy)
    assert 0 < light < without.dead()
    text(rf"""
        With weight 0.1 the error falls from {without.test_loss:.3f} to {with_loss.test_loss:.3f}.
        Here balance *helps*, since the groups are equally large. It is still a second aim that
        pulls at the same weights: with weight 10 the error is {heavy:.3f}. Switch used 0.01, which
        leaves {light} experts dead in our toy.
    """), note("Let them find the counterexample on paper: three tokens are enough.")  # fmt: skip


def bias(runs: dict[str, Run]) -> None:
    text(r"""
        # Balance without a gradient
        A loss that pulls at the model to please the machine is a compromise. Wang et al. (2024)
        found a way around it: give each expert a number $b_i$ that is added to its score *for the
        choice only*, and after each batch move it by a fixed step, up if the expert had too little
        and down if it had too much,
        $$\text{top-}k(s_i + b_i), \qquad b_i \leftarrow b_i + \gamma\, \text{sign}(1/N - f_i).$$
        The gates still come from $s$, so no gradient knows of it. It is a thermostat.
    """), link("2408.15664"), link(moved_bias)  # fmt: skip
    asked = predict(
        "What does a much larger step, 0.1 where probabilities are about 1/16, do to the loads?",
        choices=["They are balanced sooner", "They swing and stay uneven", "Nothing"],
        hint="What does a thermostat do that only knows full heat and none?",
    )
    runs["bias"] = trained(*SPARSE, Pressure(bias_step=0.01))
    dead, calm = runs["bias"].dead(), runs["bias"].busiest()  # @inspect dead calm
    swinging = trained(*SPARSE, Pressure(bias_step=0.1)).busiest()  # @inspect swinging
    reveal(asked, "They swing and stay uneven", f"{swinging:.1f} fair shares against {calm:.1f}.")
    assert dead == 0
    assert swinging > 1.2 * calm
    plot(routing.load_maps({n: runs[n] for n in ("no pressure", "balance loss", "bias")}))
    error = runs["bias"].test_loss  # @inspect error
    assert error < runs["no pressure"].test_loss
    text(rf"""
        **This is the figure to remember.** Left alone, most rows turn black: experts without work.
        With either pressure the map becomes pale, and the bias needs no weight in the loss to get
        there: {dead} dead experts, an error of {error:.3f}. DeepSeek-V3 is trained like this and is
        often called free of auxiliary losses. It is not quite: its report keeps a small loss within
        each sequence, against extremes that the average over a batch does not see.

        ## Recap: routing
        A router is a linear layer and a top-$k$. Tokens choose, because everything else looks
        ahead. Unequal starts grow into dead experts, unless a loss or a thermostat resists.
    """), note("Stop at the three maps. Ask which rows would be idle GPUs.")  # fmt: skip


def capacity(runs: dict[str, Run]) -> None:
    text(r"""
        # A place for everybody?
        Kernels like fixed shapes. So the first systems gave every expert a buffer with $C = c \cdot
        T k / N$ places, that is $c$ times its fair share of $T$ tokens, and whoever came too late
        is a __dropped token__: it skips the layer, and only the residual connection carries it on
        (GShard; Switch). The _capacity factor_ $c$ buys fewer drops with empty places, which cost
        memory and arithmetic all the same.
    """), link("2006.16668"), link(places)  # fmt: skip
    shares = [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05]  # @inspect shares
    over = {c: sum(max(0, s - c / 8) for s in shares) for c in (1, 1.25, 1.5, 2)}  # @inspect over
    assert [round(100 * d, 2) for d in over.values()] == [27.5, 18.75, 12.5, 5]
    asked = predict(
        "With mild inequality, eight experts of which one gets 30 %, a factor of 1.25 drops 19 % "
        "of the assignments. What does it drop behind our collapsed router?",
        unit="%",
        hint="It has 16 experts, and you have seen how many are dead.",
        tolerance=0.25,
    )
    x, _, _ = Fields(0).batch(1024)  # @inspect x.shape
    lost = {name: experiments.lost(runs[name].model, x) for name in list(runs)[:2]}  # @inspect lost
    reveal(asked, round(100 * lost["no pressure"][1.25]), "Dropped tokens and empty places, both.")
    wanted = experiments.wanted(runs["no pressure"].model, x)  # @inspect wanted
    plot(routing.buffers(wanted, 160))
    assert lost["no pressure"][1.25] > 0.4
    assert lost["balance loss"][1.25] < 0.05
    assert max(lost["balance loss"][4], lost["no pressure"][4]) < 0.05
    text(rf"""
        Behind the collapsed router {lost["no pressure"][1.25]:.0%} find no place, behind the
        balanced one {lost["balance loss"][1.25]:.1%}. Doubling the buffers does not cure the first
        ({lost["no pressure"][2]:.0%}), and at four fair shares, where hardly anybody is dropped,
        three quarters of the arithmetic is spent on zeros. Most training today drops nothing:
        kernels for groups of unequal size (MegaBlocks, and what libraries call a _grouped GEMM_)
        take each expert's queue as long as it is. We time them below.
    """), link("2211.15841"), note("Buffers remain where shapes are fixed.")  # fmt: skip


def company(runs: dict[str, Run]) -> None:
    text(r"""
        # The company a token keeps
        Places in a queue have a consequence that surprises people who debug a server. A token's
        answer should be a function of the text before it. With places, it is also a function of
        strangers: whoever stands earlier in the batch may take the last one. We give the collapsed
        model one fair share of places, and send it the same token in three batches of 64.
    """)
    asked = predict(
        "The token stands alone, then first in its batch, then last. Which answers are equal?",
        choices=["All three", "The first two", "None"],
        hint="Places are given in the order of the batch.",
    )
    placed = experiments.in_company(runs["no pressure"].model, factor=1.0)  # @inspect placed
    reveal(asked, "The first two", "Behind 63 strangers it has lost both of its experts.")
    apart = max(abs(a - b) for a, b in zip(placed["alone"], placed["last"], strict=True))
    room = experiments.in_company(runs["no pressure"].model, factor=None)  # @inspect room
    assert placed["alone"] == placed["first"] == room["alone"] == room["last"]
    assert placed["last"] == [0, 0, 0]
    text(rf"""
        Same weights, same token, temperature zero, and its numbers move by up to {apart:.1f}. With
        room for all, the answers agree to rounding. Real servers that drop nothing still differ in
        the last bits, since a matrix product of another size adds in another order, but that is
        noise, and this was a different function. It also leaks: what a stranger asks can be
        inferred, in principle, from what he displaces.
    """), note("In training, too, a drop depends on the batch.")  # fmt: skip


def level(runs: dict[str, Run]) -> None:
    text(r"""
        # A level that nobody sees
        Routers fail in one more way, and it is a matter of arithmetic. Softmax does not change if
        the same number is added to all logits of a token, so nothing holds this common *level* in
        its place, and it drifts. In exact arithmetic that would not matter. In bfloat16, which has
        eight significant bits, a logit of 64 and one of 64.2 are the same number.
    """)
    asked = predict(
        "We add 64 to all logits and round them to bfloat16. For how many tokens does the choice "
        "of two experts change?",
        unit="%",
        hint="Between 64 and 128 neighbouring bfloat16 numbers are half a unit apart.",
        tolerance=0.4,
    )
    flipped = experiments.flipped(runs["balance loss"].model, (0, 16, 64))  # @inspect flipped
    reveal(asked, flipped[64], f"Without the shift it is {flipped[0]} %.")
    assert flipped[0] < 3 < 10 < flipped[64]
    text(r"""
        This is why routers compute in float32 inside of models that are otherwise in bfloat16. The
        second remedy takes the freedom away. The **z-loss** (Zoph et al., 2022) adds a small
        multiple of $\big(\log \sum_i e^{s_i}\big)^2$, the square of just that level. We train with
        weight 0.01 and without, and follow it.
    """), link("2202.08906"), link(z_loss)  # fmt: skip
    held = trained(*SPARSE, Pressure(balance=0.1, z=0.01))
    plot(routing.levels({"without": runs["balance loss"], "with z-loss": held}))
    free, kept = runs["balance loss"].level[-1], held.level[-1]  # @inspect free kept
    price = held.test_loss / runs["balance loss"].test_loss - 1  # @inspect price
    assert kept < 1 < 5 < free
    assert abs(price) < 0.15
    text(rf"""
        The level ends at {kept:.1f} instead of {free:.1f}, and the error changes by {price:+.0%};
        with two other seeds it goes down. A common mistake is to watch the mean size of the logits
        instead. It may *rise* under the z-loss: a level of zero needs logits near $-\log N$.
    """), note("Half a unit: ask for the bfloat16 numbers next to 64.")  # fmt: skip


def one_or_two(runs: dict[str, Run]) -> None:
    text(r"""
        # One expert or two?
        One expert a token is the cheapest choice, and it costs the router its teacher. A router
        learns by comparing: when expert A did better than expert B for a token, its weight should
        grow. With $k = 1$ there is nothing to compare with, and if the single gate is divided by
        the sum of the gates, it is always one.
    """)
    asked = predict(
        "With k = 1 and gates that are divided by their sum, how large is the gradient that the "
        "model's own loss gives to the router?",
        choices=["Exactly zero", "Small", "As large as with k = 2"],
        hint="Write the gate as a function of the logits.",
    )
    norms = experiments.router_gradients()  # @inspect norms
    assert norms["k = 1, divided"] == 0 < min(norms["k = 1, probability"], norms["k = 2, divided"])
    reveal(asked, "Exactly zero", "The gate is 1 whatever the logits are.")
    runs["one of 8"] = trained(8, 1, 16, Pressure(balance=0.1), renormalise=False)
    tops = {"one of 8": runs["one of 8"], "two of 16": runs["balance loss"]}
    table(summary(tops), columns=["run", "dead", "busiest, fair shares", "test error"])
    one, two = (run.test_loss for run in tops.values())  # @inspect one two
    assert two < one
    text(rf"""
        Switch therefore multiplies by the *probability* of its one expert, which keeps a gradient
        of a different kind: it makes an expert louder or quieter, where two gates weigh experts
        against each other. In our toy two of 16 reach {two:.3f} and one of 8 reaches {one:.3f}, at
        equal work and equal memory. We have not separated the two causes, the second opinion and
        the better gradient, so do not conclude which of them it was; the first exercise does.
    """), note("Only renormalised top-1 is broken. Find it in somebody's code.")  # fmt: skip


def grain(runs: dict[str, Run]) -> None:
    text(r"""
        # Finer experts, and shared ones
        Two of sixteen experts can be combined in few ways. Cut each expert into four and choose
        eight of 64, and width, memory and work stay what they were, while the number of
        combinations explodes. DeepSeekMoE (Dai et al., 2024) built on this, and on a second idea:
        what all tokens need should be learned once, in __shared experts__ that always work.
    """), link("2401.06066")  # fmt: skip
    ways = {"2 of 16": math.comb(16, 2), "8 of 64": math.comb(64, 8)}  # @inspect ways
    assert ways == {"2 of 16": 120, "8 of 64": 4_426_165_368}
    plot(routing.grain())
    asked = predict(
        "We cut finer and finer at equal width: 1 of 8, 2 of 16, 8 of 64. How does the error "
        "of our toy go?",
        choices=["It falls at each cut", "It falls, then stays", "It rises"],
        hint="There are sixteen maps to learn, no more.",
    )
    pressure = Pressure(balance=0.1)  # @inspect pressure
    one, two = runs["one of 8"].test_loss, runs["balance loss"].test_loss  # @inspect one two
    eight = trained(64, 8, 2, pressure).test_loss  # @inspect eight
    reveal(asked, "It falls, then stays", "The first cut gains, the next gains nothing.")
    assert two < 0.8 * one
    assert 0.9 * two < eight < one
    text(rf"""
        The first cut brings the error from {one:.3f} to {two:.3f}, and the last one leaves it at
        {eight:.3f}: a task with sixteen parts has no use for 64 specialists. In language models the
        gains go further. MiniMax compared 32 experts, two chosen, with 128, eight chosen, at two
        billion active parameters, and reports 19.6 against 24.1 on MATH. On shared experts the
        sources disagree. DeepSeekMoE's ablations favour them, OLMoE found that they bring nothing,
        and of the fifteen models in our table {sum(m.shared > 0 for m in models.MIXTURES)} have
        any.

        ## Recap: the layer's other habits
        Fixed buffers drop tokens and make answers depend on strangers. A router needs two experts
        to compare, a level that does not drift, and float32. Finer experts help as long as there
        are more things to know than experts.
    """), link("2409.02060"), link(WORKS["m2 report"]), note("Why stop cutting?")  # fmt: skip


def language_model() -> None:
    text(r"""
        # The same on text
        Toys show signs. For sizes we need text and a real Transformer, so these are records: four
        layers of width 192, trained for 500 steps on the bytes of Python's own standard library.
        Every variant has the same active width, 384, unless its name says otherwise, the same total
        width, 3072, and reads the same batches at the same learning rate.
    """)
    asked = predict(
        "Which of these had the lowest loss on held-out files?",
        choices=["2 of 16 experts", "8 of 64 experts", "dense, eight times as wide"],
        hint="The wide one does eight times the work. It also has as many parameters, no more.",
    )
    plot(routing.text_losses(results.by_variant()))
    table(results.variant_rows(), columns=results.VARIANTS, caption=results.recorded_on("models"))
    dense, best = results.mean("dense"), results.mean("16 experts, top 2")  # @inspect dense best
    reveal(asked, "2 of 16 experts", f"{best:.3f} nats a byte, and {dense:.3f} for the dense one.")
    alone = results.mean("16 experts, top 2, no pressure")  # @inspect alone
    finer = results.mean("64 experts, top 8")  # @inspect finer
    tight = results.mean("16 experts, top 2, capacity 1")  # @inspect tight
    changed = results.mean("16 experts, top 2, capacity 1", "answers_changed")  # @inspect changed
    assert best < finer < alone < dense < tight
    assert best < results.mean("dense, 8 times as wide") < dense
    assert 0.04 < changed < 0.07
    text(rf"""
        The order repeats the toy's: the mixture is {dense - best:.2f} nats better than the dense
        model at equal active width, and even better than the dense model with as many parameters,
        which this one learning rate may not suit. Without pressure the busiest expert has six fair
        shares and the loss is {alone:.3f}. One thing does *not* repeat what papers report: neither
        finer experts ({finer:.3f}) nor shared ones help here, with any of the three seeds. Five
        hundred steps are few, and we tuned nothing.

        With one fair share of places, a tenth of the assignments is dropped, and the loss of
        {tight:.3f} is worse than the dense model's. Replace the first half of a batch by other
        text, and {changed:.1%} of the bytes predicted for the second half change. With room for
        all, none does. And equal active width is not equal time: our padded training step takes 5.8
        ms where the dense one takes 2.5.
    """), note("Ask what should be tuned before finer experts are called useless.")  # fmt: skip


def traffic() -> None:
    text(r"""
        # All to all
        The experts of a large model do not fit on one machine, so they are spread, and then every
        token has to travel to its experts and back, in every layer, forward and backward. That is
        __expert parallelism__. Its collective is the all-to-all: each rank sends different rows to
        every other one, first the tokens, then the results. Four processes do it now, each with six
        tokens and two of eight experts.
    """), link(WORKS["deepep"])  # fmt: skip
    asked = predict(
        "Each rank has six tokens, and each token has two experts. Which sum is known beforehand?",
        choices=["What a rank sends", "What a rank receives", "Both"],
        hint="Who decides how many rows rank 2 has to work on?",
    )
    sent = run_ranks(dispatch.expert_parallel, 4, wait=30)  # @stepinto 1 @inspect sent
    reveal(asked, "What a rank sends", "Twelve rows. The routers decide who gets them.")
    arriving = [sum(column) for column in zip(*sent, strict=True)]  # @inspect arriving
    assert [sum(row) for row in sent] == [12] * 4
    assert max(arriving) > 12
    plot(routing.traffic(sent))
    plain = dispatch.bytes_per_token(7168, 8)  # @inspect plain
    eight_bits = dispatch.bytes_per_token(7168, 8, there=1)  # @inspect eight_bits
    assert (plain, eight_bits) == (229_376, 172_032)
    text(rf"""
        The results equal those of one process with all experts, and the slowest rank had
        {max(arriving)} rows where 12 would be fair: **balance between experts is balance between
        machines**, which is why people pay for it. In the shape of DeepSeek-V3, width 7168 and
        eight experts, a token moves {plain / 1e3:.0f} kB a layer in bfloat16, counting both ways.

        Three remedies are in use, and all of them move fewer bytes. Rows leave in eight bits and
        return in bfloat16 ({eight_bits / 1e3:.0f} kB). The router may choose experts on at most
        four nodes, so that a token crosses the slow network at most four times and is copied within
        the node. And experts can work in a narrower space: Nemotron 3 Super projects 4096 numbers
        to 1024 before they leave, a quarter of the bytes. Each costs something, precision, freedom
        of the choice, or two more projections.
    """), link("2512.20856"), link(WORKS["latent"]), note("And data parallelism?")  # fmt: skip


def one_card() -> None:
    text(r"""
        # Unequal queues on one card
        Within one GPU the same inequality is a question of kernels. A layer in the shape of OLMoE,
        16,384 tokens of width 2048 and eight of 64 experts of width 1024, does exactly the
        arithmetic of a dense layer of width 8192. Three programs compute it: a loop over the
        experts, batched products over buffers as long as the longest queue, and a grouped product
        that takes every queue as it is.
    """)
    asked = predict(
        "The busiest expert gets 4.4 fair shares. How many times longer do the padded buffers take "
        "than with equal loads?",
        unit="times",
        hint="All 64 buffers are as long as the longest queue.",
        tolerance=0.15,
    )
    table(results.layer_rows(), columns=results.LAYERS, caption=results.recorded_on("layers"))
    ms = results.layer_ms()  # @inspect ms
    slower = ms["padded", 0.5] / ms["padded", 0.0]  # @inspect slower
    grouped = {s: ms["grouped", s] / ms["dense", 0.0] for s in (0.0, 0.5)}  # @inspect grouped
    looped = ms["loop", 0.0] / ms["dense", 0.0]  # @inspect looped
    reveal(asked, round(slower, 1), "They multiply zeros, at full speed.")
    assert 4 < slower < 5
    assert 1 < grouped[0.0] < grouped[0.5] < 1.3 < looped
    text(rf"""
        The padded form takes {slower:.1f} times as long when loads are uneven, which is just the
        length of the longest queue. The grouped product hardly notices, {grouped[0.0]:.2f} times
        the dense layer with equal loads and {grouped[0.5]:.2f} with unequal ones, and the loop pays
        {looped:.2f} times even with equal ones. So a mixture is nearly as fast as the dense layer
        of its active width, if the right kernel computes it. These are forward passes without the
        sorting of the tokens and without communication.

        ## Recap: machines
        Tokens travel to experts, twice in each layer, and the busiest expert decides when everybody
        is done. Between machines count the bytes, on one card choose the kernel that does not pad.
    """), note("Where does the loop lose its time?")  # fmt: skip


def upcycled() -> None:
    text(r"""
        # Upcycling
        Whoever owns a trained dense model would rather not begin again. _Upcycling_ copies the
        dense feed-forward network into every expert, adds a random router, and trains on
        (Komatsuzaki et al., 2022). If the gates sum to one, the mixture computes at first exactly
        what the dense model computed, because a weighted mean of equal things is the thing.
    """), link("2212.05055")  # fmt: skip
    torch.manual_seed(0)  # @hide
    dense, (x, target, _) = SwiGLU(16, 16), Fields(0).batch(256)  # @inspect dense
    mixture = copies(dense, num_experts=16, k=2)  # @inspect len(mixture.experts)
    apart = (mixture(x) - dense(x)).abs().max().item()  # @inspect apart
    assert apart < 1e-5
    asked = predict(
        "What gradient does the router get from the model's loss in the very first step?",
        choices=["Practically none", "About what it gets later", "A very large one"],
        hint="What changes in the output if the weights of two equal experts change?",
    )
    first = router_gradient(mixture, x, target)  # @inspect first
    usual = router_gradient(Mixture(16, 16, 16, 2), x, target)  # @inspect usual
    reveal(asked, "Practically none", "Nothing changes, whatever it does.")
    assert first < 1e-5 < 0.01 < usual
    curves = three_ways(150, 150)  # @inspect `[*curves]`
    plot(routing.restarts(curves, branch=150))
    ends = {name: curve[-1] for name, curve in curves.items()}  # @inspect ends
    half = curves["fresh mixture"][14]  # @inspect half
    assert ends["fresh mixture"] < ends["upcycled"] < half < ends["dense"]
    text(rf"""
        The copies first have to become different, by the accident of which tokens they get, before
        the router has anything to learn. It works nevertheless. From the step of the copy the
        upcycled curve leaves the dense one, and ends at {ends["upcycled"]:.3f} where the dense
        network, trained on, ends at {ends["dense"]:.3f}. A fresh mixture is at {half:.3f} after as
        many steps as the upcycled one had after the copy, and at {ends["fresh mixture"]:.3f} after
        all 300. So upcycling is a good use of a dense model that exists, and no reason to train one
        first. With gates that do not sum to one, the start would not even be equal.
    """), note("Few large models of 2025 and 2026 say that they were made so.")  # fmt: skip


def published() -> None:
    text(r"""
        # What was published
        Choices that were once opinions can now be read off configurations. Two columns tell most of
        the story, how many experts there are and which share of the parameters is active.
    """)
    asked = predict(
        "Mixtral, of 2023, uses 28 % of its parameters for a token. What is the smallest share in "
        "our table?",
        unit="%",
        hint="Look for a trillion parameters.",
        tolerance=0.25,
    )
    table(models.mixture_rows(), columns=models.MIXTURE_COLUMNS, caption=models.SOURCES)
    shares = {m.name: 100 * m.active / m.total for m in models.MIXTURES if m.active}
    smallest = min(shares, key=shares.__getitem__)  # @inspect smallest
    reveal(asked, round(shares[smallest], 1), f"{smallest}.")
    late = [shares[m.name] for m in models.MIXTURES if m.released > "2025-06"]
    assert 3 < min(late) < max(late) < 6 < 20 < shares["Mixtral 8x7B"]
    text(rf"""
        The active share fell from {shares["Mixtral 8x7B"]:.0f} % to between {min(late):.0f} and
        {max(late):.0f} % in all models since July 2025, experts became many and narrow, and eight
        is the common number of chosen ones. There is a counter-current: Mistral Large 4 takes four
        of 128 wide ones. Sources count differently, so read with care. DeepSeek-V2 has two shared
        experts beside 160 routed ones, although lists exist that say ten, and Switch's report gives
        no active size, so the cell stays empty.

        ## Recap: experts
        Knowledge is parameters, work is active parameters, and a mixture buys the first without the
        second. Balance is bought for the machines, and may help the model. Drop nothing, keep the
        router in float32, and count the bytes that travel.
    """), link(WORKS["transformers"]), link("2405.04434"), note("Half time.")  # fmt: skip


def linear_attention() -> None:
    text(r"""
        # A memory that does not grow
        Now the other expensive part. Attention keeps the keys and values of all tokens and reads
        them all for each new one, so a text of $T$ tokens costs $T^2$ in work and $T$ in memory.
        First the original, with the code of assignment 1, for three tokens.
    """), link(scaled_dot_product_attention)  # fmt: skip
    torch.manual_seed(0)  # @hide
    q, k, v = (torch.randn(3, 2) for _ in "qkv")  # @inspect q k v
    mask, cache = causal_mask(3, 3), LayerCache(capacity=3)  # @inspect mask
    exact = scaled_dot_product_attention(q, k, v, mask)  # @stepinto 1 @inspect exact
    parts = [cache.append(k[i : i + 1], v[i : i + 1]) for i in range(3)]
    held = [keys.numel() + values.numel() for keys, values in parts]  # @inspect held
    text(r"""
        Softmax is what forces us to keep everything, since each new query weighs all keys anew.
        Without softmax, in _linear attention_ (Katharopoulos et al., 2020), the same sums can be
        taken in another order, and one token at a time,
        $$(Q K^\top) V = Q (K^\top V), \quad S_t = S_{t-1} + k_t v_t^\top, \; o_t = S_t^\top q_t.$$
        The right side never sees old tokens again. It keeps a matrix $S$, and adds to it.
    """), link("2006.16236"), link(mixers.parallel)  # fmt: skip
    asked = predict(
        "The cache above held 12 numbers after three tokens. How many does S hold after a thousand "
        "tokens, with keys and values of width 2?",
        unit="numbers",
        hint="Which of its dimensions is the number of tokens?",
    )
    one_by_one = mixers.recurrent(q, k, v, torch.ones(3))  # @stepinto 1 @inspect one_by_one
    at_once = mixers.parallel(q, k, v, torch.ones(3))  # @stepinto 1 @inspect at_once
    reveal(asked, 4, "Two by two, for ever.")
    assert held == [4, 8, 12]
    assert torch.allclose(one_by_one, at_once, atol=1e-6)
    apart = mixers.largest_difference(256, gates=1.0)  # @inspect apart
    assert apart < 1e-6
    text(rf"""
        The recurrence and the parallel form agree to {apart:.0e}, relative to the largest output,
        on 256 tokens. So one layer has two lives. In training all tokens are known, and the
        parallel form is a masked product without softmax; in generation a token costs the same
        whether it is the tenth or the millionth. On an H100, one step for 8 sequences with 16 heads
        of width 128 took this long.
    """)
    plot(memory.decoding(results.records("decoding"), results.short_caption("decoding")))
    ms = results.decoding_ms()
    assert len(ms) == 12
    far, near = ms["full attention", 131072], ms["full attention", 4096]  # @inspect far near
    state = ms["state", 131072]  # @inspect state
    assert far / near > 25
    assert state / ms["state", 4096] < 1.5
    text(rf"""
        Full attention took {near:.2f} ms at 4,096 tokens of context and {far:.2f} at 131,072,
        {far / near:.0f} times as long for 32 times the memory to read. The state took
        {1e3 * state:.0f} microseconds at any length. The third line we come to later. What a fixed
        memory *loses* no clock can show.
    """), note("Ask for the size of S in a real layer: 128 × 128 a head.")  # fmt: skip


def forgetting() -> None:
    text(r"""
        # Forgetting on purpose
        A state that only adds will fill up. What was written a million tokens ago is as loud as the
        last word, and all the noise of the past lies under every answer. So let it fade. With a
        gate $g_t$ between 0 and 1,
        $$S_t = g_t S_{t-1} + k_t v_t^\top,$$
        and as long as $g_t$ is a number that depends on the input alone, not on the state, the
        parallel form survives: the mask of ones becomes a mask of products. That restriction is the
        observation behind Mamba-2 (Dao and Gu, 2024).
    """), link("2405.21060"), link(mixers.write_gated)  # fmt: skip
    asked = predict(
        "With a constant gate of 0.95, how loud is a token after 100 others, beside a new one?",
        unit="%",
        hint="0.95 ^ 14 is about a half.",
        tolerance=0.2,
    )
    apart = mixers.largest_difference(256, gates=None)  # @inspect apart
    left = 100 * 0.95**100  # @inspect left
    reveal(asked, round(left, 1), "Fading is the same for what matters and for what does not.")
    assert apart < 1e-6 < 0.5 < left < 0.7
    text(rf"""
        Both forms agree again, to {apart:.0e}. But look at the number: after a hundred tokens
        {left:.1f} % are left. A model may learn gates near one when nothing is worth forgetting,
        and one near zero at the start of a new document. What it cannot do with one number is
        forget *one* thing and keep another.
    """), note("Why does the code sum logarithms of the gates?")  # fmt: skip


def replacing() -> None:
    text(r"""
        # Replacing one thing
        Suppose the text says that the ball is in the box, that the key is in the drawer, and later
        that the ball is in the garden. A table would overwrite one entry. The __delta rule__ does
        that to a matrix: read what lies under the key, and write only the difference to what should
        lie there,
        $$S_t = (I - \beta_t k_t k_t^\top) S_{t-1} + \beta_t k_t v_t^\top.$$
        Gated DeltaNet (Yang et al., 2024) puts the gate in front of $S_{t-1}$ and has both.
    """), link("2412.06464"), link(mixers.write_delta)  # fmt: skip
    asked = predict(
        "Three memories get the three sentences, one that adds, one that fades by half, and one "
        "with the delta rule. Which of them still knows all of the key's place, and only the "
        "garden for the ball?",
        choices=["The one that fades", "The one with the delta rule", "None"],
        hint="Fading treats the ball and the key alike.",
    )
    ball, key, box, drawer, garden = *torch.eye(2), *torch.eye(3)  # @inspect ball key garden
    told = recall.told([(ball, box), (key, drawer)])  # @inspect told
    state = mixers.write_delta(told["delta"], ball, garden)  # @stepinto 1 @inspect state
    told = recall.told([(ball, box), (key, drawer), (ball, garden)])  # @inspect told
    facts = {"ball: box (old)": (0, 0), "ball: garden (new)": (0, 2), "key: drawer": (1, 1)}
    found = {rule: {f: float(s[at]) for f, at in facts.items()} for rule, s in told.items()}
    plot(memory.readings(found))
    reveal(asked, "The one with the delta rule", "It moved the ball and left the key alone.")
    assert found["delta"] == {"ball: box (old)": 0, "ball: garden (new)": 1, "key: drawer": 1}
    assert found["added"]["ball: box (old)"] == 1
    apart = mixers.largest_difference_delta(256)  # @inspect apart
    assert apart < 1e-6
    text(rf"""
        Adding leaves the ball in two places at once, and fading loses half of the key while it
        keeps a quarter of the box. Each write of the delta rule depends on the state, so one would
        expect the parallel form to be lost. It is not: what each token *really* writes is the
        solution of a triangular system (Yang et al., 2024), and after solving it the rest is linear
        attention again. On 256 tokens the two agree to {apart:.0e}. The clean picture needs keys at
        right angles, which three facts can have and a thousand cannot.

        ## Recap: states
        Attention without softmax is a sum, and sums can be kept. A gate makes the sum fade, and the
        delta rule replaces one entry. All three can be computed for all tokens at once.
    """), link("2406.06484"), link(mixers.parallel_delta), note("By hand: 2 × 3.")  # fmt: skip


def how_much_fits() -> None:
    text(r"""
        # How much fits?
        Keys in random directions are only nearly at right angles, so every pair that is stored
        disturbs all others a little. We store pairs under such keys, of width 32, and ask for each
        of them once. Every state has 1,024 numbers; softmax attention caches 64 for each pair.
    """), link(recall.written)  # fmt: skip
    asked = predict(
        "All keys are different. Which rule recalls most of 64 pairs from a state?",
        choices=["Adding", "Gating by 0.95", "The delta rule"],
        hint="What does the delta rule do to old entries if the new key is not at right angles?",
    )
    curves = recall.curves(32, [4, 8, 16, 32, 64, 128, 256])  # @inspect `curves["added"]`
    plot(memory.recall_curves(curves))
    at_64 = {rule: round(100 * curve[64]) for rule, curve in curves.items()}  # @inspect at_64
    reveal(asked, "Adding", f"{at_64['added']} % against {at_64['delta']} % by the delta rule.")
    assert at_64["added"] > at_64["delta"] > at_64["gated"]
    assert curves[recall.RULES[3]][256] > 0.99
    plot(memory.by_age({rule: recall.right(32, 128, rule).tolist() for rule in recall.RULES[:3]}))
    again = recall.overwritten_percent(32, 16, 8)  # @inspect again
    assert again["delta"] > 90 > 30 > again["added"]
    text(rf"""
        That is the opposite of what one often reads, and both are right. For facts that never
        change, forgetting is no help, and adding wins: {at_64["added"]} % of 64 pairs, and old ones
        as well as new. Give each of 16 keys eight values in turn and ask for the last, and adding
        falls to {again["added"]} %, while the delta rule has {again["delta"]} % and the gate
        {again["gated"]} %. Text contains both kinds of facts, which is why models learn their gates
        and their $\beta$ instead of fixing them as we did.
    """)
    sizes = {d: recall.capacity(d, "added") for d in (16, 24, 32, 48, 64)}  # @inspect sizes
    plot(memory.capacities(sizes))
    growth = math.log(sizes[64] / sizes[16]) / math.log(64**2 / 16**2)  # @inspect growth
    assert 0.75 < growth < 1.1
    text(rf"""
        **This is the second figure to remember.** The number of pairs that come back nine times in
        ten grows nearly in proportion to the numbers in the state (exponent {growth:.2f}). How much
        fits is a matter of size, and cleverness only decides *what* is kept. The cache of softmax
        attention recalls {100 * curves[recall.RULES[3]][256]:.0f} % of 256 pairs, since it grew.
    """), note("Trained keys do better; the slope carries over.")  # fmt: skip


def looking_up() -> None:
    text(r"""
        # Keep everything, look at little
        Perhaps forgetting is the wrong economy. Most of a context is irrelevant to most queries, so
        one may keep all of it and *look* at a small part. The difficulty is to know which part
        without looking at everything. DeepSeek-V3.2 looks at everything, but cheaply. An
        __indexer__ with narrow keys scores all tokens,
        $$I_{t,s} = \sum_j w_{t,j}\, \text{ReLU}(q_{t,j} \cdot k_s),$$
        and exact attention reads the 2,048 best. The indexer learns from attention itself, by
        imitating its weights. We train one on four random heads, each of which looks in its own
        small subspace, and test it on 512 new tokens of which 32 may be kept.
    """), link("2512.02556"), link(indexer.Indexer.forward)  # fmt: skip
    asked = predict(
        "A window of the latest 32 tokens holds about a third of attention's weight, the best 32 "
        "hold 96 %. What do the indexer's 32 hold?",
        unit="%",
        hint="It need not find the same tokens, only heavy ones.",
        tolerance=0.2,
    )
    attention = indexer.random_attention()  # @inspect attention.queries.shape
    torch.manual_seed(0)  # @hide
    scorer = indexer.Indexer(heads=4, head_width=16)  # @inspect scorer
    losses = indexer.fit(scorer, attention)  # @inspect losses[::8]
    scored = indexer.rankings(scorer, attention, 512)  # @inspect `[*scored]`
    wanted = scored["attention itself"]  # @inspect wanted[200,:6]
    kept = indexer.kept_weights(scored, (8, 16, 32, 64, 128))  # @inspect kept
    found, weight = indexer.quality(scored["indexer"], wanted, 32)  # @inspect found weight
    reveal(asked, round(100 * weight), f"It found only {found:.0%} of attention's own best 32.")
    plot(memory.kept_weight(kept))
    assert losses[-1] < 0.4 * losses[0]
    assert kept["latest"][32] + 0.2 < weight < kept["attention itself"][32]
    text(rf"""
        It finds {found:.0%} of the right tokens and {weight:.0%} of the weight, since those that it
        misses are the light ones. Recall alone would have looked like a failure, so measure what
        matters to the output. Now the price, in multiplications for one token in the shape of
        DeepSeek-V3.2, with 128 heads that read 576 and 512 numbers for every token, and an indexer
        of 64 heads of 128.
    """)
    full, index = 128 * (576 + 512), 64 * 128  # @inspect full index
    lengths = (4096, 131072, 1048576)
    saved = {n: round(full * n / (index * n + full * 2048), 1) for n in lengths}  # @inspect saved
    limit = full / index  # @inspect limit
    assert (full, index, limit) == (139_264, 8_192, 17)
    assert 1.7 < saved[4096] < 1.9 < 13 < saved[131072] < saved[1048576] < limit
    ms = results.decoding_ms()  # @inspect ms
    gained = ms["full attention", 131072] / ms["indexed", 131072]  # @inspect gained
    lost = ms["indexed", 4096] / ms["full attention", 4096]  # @inspect lost
    assert min(gained, lost) > 3
    text(rf"""
        At 4,096 tokens it saves a factor of {saved[4096]}, at 131,072 one of {saved[131072]}, and
        it can never save more than {limit:.0f}. **It is not linear: it wins by a constant**, and
        the indexer still reads a narrow key of every token. Our plain PyTorch version in the figure
        of the decoding step, with another shape, was {gained:.1f} times faster than full attention
        at 131,072 tokens and {lost:.1f} times *slower* at 4,096. Its memory does not shrink.
    """), note("Random heads are a hard case. Why?")  # fmt: skip


def hybrids() -> None:
    text(r"""
        # A few layers that look
        A state cannot look up, and a cache cannot stay small. The large models of 2025 and 2026
        that use states at all are therefore _hybrids_, which mix layers of both kinds. How many of
        each is an empirical question with a clear pattern.
    """), link("2403.19887"), link("2501.08313"), link("2510.26692")  # fmt: skip
    asked = predict(
        "In the shape of Qwen3-Next, 48 layers of which every fourth attends, how much memory does "
        "a text of a million tokens need, compared with attention in all layers?",
        unit="%",
        hint="The states are small. Count the layers that keep a cache.",
        tolerance=0.1,
    )
    table(models.hybrid_rows(), columns=models.HYBRID_COLUMNS, caption=models.SOURCES)
    sizes = models.cache_by_ratio(2**20)  # @inspect sizes
    plot(memory.cache_bars(sizes))
    share = sizes["3 : 1"] / sizes["0 : 1"]  # @inspect share
    reveal(asked, round(100 * share), "The 36 states together are 0.04 GB.")
    assert sizes["1 : 0"] < 0.1 < 0.24 < share < 0.26
    text(rf"""
        A ratio of 3 : 1 leaves {sizes["3 : 1"]:.0f} of {sizes["0 : 1"]:.0f} GB, and going on to 7 :
        1 would save {sizes["3 : 1"] - sizes["7 : 1"]:.0f} more. A study of 72 models found that
        language modelling hardly depends on the ratio while recall does, and recommends between 3 :
        1 and 6 : 1 (Wang et al., 2025). That fits what we measured: a loss over all words hardly
        shows what a state has lost, and a question about one fact does.

        The direction is not settled. MiniMax used 7 : 1 in January 2025 and went back to full
        attention in October; its report names states that suffer from low precision and prefixes
        that are harder to cache. Between September 2025 and March 2026 four new hybrids appeared,
        all of them at 3 : 1.

        ## Recap: memories
        A state is a fixed number of numbers. Adding, fading and replacing decide what it holds, and
        its size decides how much. An index looks at everything cheaply, which helps by a constant.
        A few attending layers give back what states lose, for a quarter of the cache.
    """), link("2507.06457"), link(WORKS["m2 report"]), note("For a diary?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        A mixture separates what a model knows from what a token costs. Its router needs a reason to
        be fair, a gradient that compares, and float32. Watch the loads and not the loss that is
        named after them, and count what travels, two all-to-alls in every layer.

        Attention without softmax is a recurrence, and the recurrence has a parallel form, with a
        gate and even with the delta rule. A state holds pairs in proportion to its size, so the
        question is never whether something is forgotten but what. Before you believe a table of
        perplexities, ask for recall.

        | if this is scarce | then | and pay with |
        |---|---|---|
        | arithmetic | more experts, fewer active | memory, all-to-all |
        | network | eight bits, fewer nodes, latent experts | precision, freedom |
        | cache | states in most layers | recall |
        | reading the cache | an indexer | a cost that still grows |

        ## Three exercises
        1. One of 8 experts was worse than two of 16. Is it the second opinion? Train one of 16
           experts of width 16, the same work with twice the memory, and three seeds of each.
           (Check: one of 16 wins with seed 0 and loses with 1 and 2, so you may not claim it.)
        2. Give `mixers.write_delta` a gate of 0.95 in `recall.written` and draw the recall by age
           again. (Check: of the newest eighth of 128 pairs 89 % come back, fewer than with either
           rule alone. Forgetting twice is no help where nothing changes.)
        3. Compute the all-to-all traffic of a 3-layer, width-2048 mixture with 8 of 64 experts and
           8,192 tokens a rank, forward, in bfloat16. (Check: 1.6 GB if no token stays at home, and
           7/8 of it on eight ranks with uniform routing.)

        ## What to read next, and why
        Fedus et al. (2021) is the clearest account of capacity and of training with one expert, and
        Dai et al. (2024) argue for fine experts with ablations that you can imitate in an hour. For
        the second half, read Yang et al. (2024, Gated DeltaNet) with `mixers.py` beside it: the
        rule is three lines, and the paper says why each of them is there.
    """), note("One sentence each: what does a token cost?")  # fmt: skip


if __name__ == "__main__":
    main()
