"""Lecture 9: scaling laws, from where they come from to how they are fitted and mistrusted.

Title: Scaling laws, part 1: small runs, large promises
Unit: scaling
Minutes: 75
Prerequisites: lecture_01, lecture_02
Assignments: assignment3-scaling
Figure: three_readings
"""

# mypy: disable-error-code="func-returns-value"

import math
import warnings

import numpy as np
import torch
from cs336_scaling.bootstrap import optimum_interval
from cs336_scaling.chinchilla import approach_1, approach_3, fit_parametric
from cs336_scaling.config import count_non_embedding_params
from cs336_scaling.isoflop_sets import DEFAULT_LAW, GridShape, make_isoflop_set
from cs336_scaling.isoflops import (
    FitWarning,
    by_budget,
    fit_isoflops,
    fit_power_law,
    load_isoflops_runs,
    parabola_vertex,
    select_optimal_runs,
)
from cs336_scaling.real_study.excess_fits import (
    ExcessPrediction,
    excess_interval,
    fit_excess_law,
    parametric_free,
    parametric_known,
    predict_all,
    valleys,
)
from cs336_scaling.real_study.zipf_source import ZipfSource, record_keys

from lecture_tracer import link, note, plot, predict, reveal, table, text
from lectures.lecture_09 import births, counting, demand, descent, isoflop_grids, lookup, studies
from lectures.lecture_09.figures import fits, models, statistics
from lectures.lecture_09.published import (
    CHINCHILLA_FLOPS,
    CORRECTED,
    EXPONENTS,
    HOFFMANN,
    MODELS,
    PUBLISHED,
    REPEAT_CONSTANT,
)
from lectures.lecture_09.stopping import (
    CONSTANT_COLUMNS,
    constants_table,
    fit_by_lbfgs,
    with_rounded_exponents,
)
from lectures.lecture_09.works import WORKS

TRUTH = DEFAULT_LAW  # of the generated IsoFLOP sets
FAR = 1e24  # FLOPs, to which they are extrapolated


def main() -> None:
    torch.set_num_threads(1)  # @hide
    warnings.simplefilter("ignore", FitWarning)  # @hide
    welcome()
    a_law_is_born()
    nearest_neighbours()
    the_floor()
    facts_by_frequency()
    slope_and_level()
    three_readings()
    the_parametric_law()
    noise_and_intervals()
    sum_or_mean()
    kaplan_and_chinchilla()
    repeated_data()
    models_that_are_used()
    a_prediction_kept()
    a_law_that_breaks()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Scaling laws, part 1: small runs, large promises
        **Lecture 9: where they come from, how to fit them, and how they fool us**

        You have a budget for one large training run, and you will not get a second one. How many
        parameters should the model have, how many tokens should it read, and what loss will come
        out? Nobody can tune at that size. What people do is to train many small models, to look for
        a simple curve through their losses, and to follow the curve to the large one. When the
        curve is right this saves years of GPU time, and when it is wrong nobody notices until the
        money is spent.

        The idea is older than language models. Cortes and others (1993) fitted learning curves so
        as not to have to train to the end. Hestness and others (2017) measured power laws in
        translation, speech, images and text, between a region of guessing and a floor. Kaplan and
        others (2020) made it a method for language models, and Hoffmann and others (2022), whose
        model is called Chinchilla, corrected the recipe. They were corrected, too, and we shall
        reproduce how.
    """), link(WORKS["cortes"]), link("1712.00409"), link("2001.08361")  # fmt: skip
    seen = studies.up_to("zipf", 1e14)  # @inspect len(seen)
    predict(
        f"Assignment 3 trained small Transformers on a source whose entropy is known exactly. Its "
        f"law is fitted to {len(seen)} sizes and budgets up to 1e14 FLOPs, and asked about ten "
        "times more. By how much does it miss the best model's loss above the entropy?",
        name="ten times",
        choices=["By less than 2 %", "By 10 to 20 %", "By more than 30 %"],
        hint="Commit now. We come back to it after an hour.",
    )
    text(r"""
        Everything today is fitted live with the code of assignment 3, on a CPU. Sets of runs are
        drawn from a law that we know, so that a method can be caught when it is wrong; the two real
        studies are records of that assignment. Losses are in _nats_ a token, compute is
        $C = 6ND$ for $N$ parameters and $D$ tokens, and all logarithms are natural.
    """), note("Collect the guesses. Most people say 10 to 20 %.")  # fmt: skip


def a_law_is_born() -> None:
    text(r"""
        # A law is born
        Before we trust a straight line on logarithmic paper, we should see one whose reason we
        know; otherwise every line looks like a law of nature. The simplest learner of all estimates
        the mean of a distribution from $n$ samples. Its expected squared error is $\sigma^2 / n$.
    """)
    asked = predict(
        "We draw 10 samples, and then 1,000 times as many. By what factor does the squared error "
        "fall?",
        unit="times",
        hint="The variance of a mean of n independent samples.",
        tolerance=0.2,
    )
    sizes = [10, 100, 1000, 10_000]  # @inspect sizes
    errors = births.mean_errors(sizes, repeats=400)  # @inspect errors
    reveal(
        asked,
        errors[0] / errors[-1],
        "Theory says 1,000; with 400 repeats a tenth more or less is chance.",
    )
    text(r"""
        A _power law_ $y = k\,x^{a}$ is a straight line of slope $a$ in the logarithms, and
        assignment 3 fits it as such. We step through it once, since everything later stands on
        these lines.
    """)
    law = fit_power_law(sizes, errors)  # @stepinto @inspect law
    assert abs(law.exponent + 1) < 0.03
    text(rf"""
        The slope is {law.exponent:.3f} where statistics says $-1$. **A _scaling law_ is a learning
        curve in which one source of error dominates**, and its exponent tells which. Least squares
        in the logarithm treats a deviation of 7 % alike at every size, which is right here, since
        400 repeats leave just that relative scatter everywhere. It would be wrong if the small
        losses were the noisy ones.
    """), note("Ask what the fit would do with an error of exactly zero. It refuses.")  # fmt: skip


def nearest_neighbours() -> None:
    text(r"""
        # Why exponents are small
        If every learner improved as $1/n$, ten times the data would buy ten times less error, and
        there would be no data centres. Measured exponents are far smaller. The classical reason is
        dimension. Let a learner answer with the label of the nearest example: $n$ examples fill a
        cube of $d$ dimensions with gaps of about $n^{-1/d}$, a smooth function changes over a gap
        in proportion to it, and so the squared error falls as $n^{-2/d}$.
    """), link(births.nearest_errors)  # fmt: skip
    asked = predict(
        "The function has 8 coordinates, and labels have no noise. How many times as many examples "
        "does it take to halve the error?",
        unit="times",
        hint="Solve 2 = k^(2/8), and expect the measurement to be a little worse.",
        tolerance=0.45,
    )
    sizes = [128, 512, 2048, 8192]  # @inspect sizes
    curves = {d: births.nearest_errors(d, sizes) for d in (1, 2, 4, 8)}  # @inspect curves
    slopes = {d: fit_power_law(sizes, e).exponent for d, e in curves.items()}  # @inspect slopes
    more = 2 ** (-1 / slopes[8])  # @inspect more
    reveal(asked, more, "Theory: 16. In eight dimensions these sizes are not yet many.")
    plot(statistics.nearest_curves(sizes, curves))
    assert all(abs(slope * d / -2 - 1) < 0.12 for d, slope in slopes.items())
    text(rf"""
        The slopes are {slopes[1]:.2f}, {slopes[2]:.2f}, {slopes[4]:.2f} and {slopes[8]:.2f}, where
        theory has $-2$, $-1$, $-0.5$ and $-0.25$. One coordinate more costs as much as a better
        method could ever win. Now compare with what was measured in practice.
    """)
    table(
        [[what, b, round(2 / b)] for what, b in EXPONENTS.items()],
        columns=["task", "measured exponent", "dimension of a neighbour rule that falls so slowly"],
    )
    text(r"""
        The last column is a way of speaking and not a measurement. Bahri and others (2021) give
        conditions under which the exponent is set by the dimension of the data, and others under
        which it is not. But the message holds: an exponent of 0.095 means that halving the
        reducible loss by data alone takes 1,500 times as much of it.
    """), link("2102.06701"), note("2 ** (1 / 0.095) = 1476.")  # fmt: skip
    assert round(2 ** (1 / 0.095), -2) == 1500


def the_floor() -> None:
    text(r"""
        # The floor
        No model predicts the next word of a text with certainty, so the loss does not go to zero,
        it has a _floor_. A power law without a floor is then wrong in the direction that hurts: it
        fits the small runs well and promises too much for the large one. Here labels carry noise of
        standard deviation 0.3, and we test against the true function.
    """)
    asked = predict(
        "Where does the squared error of the nearest neighbour go as examples grow?",
        choices=["To 0", "To half the variance of the noise", "To the variance of the noise"],
        hint="The nearest example gets arbitrarily near. What does it answer?",
    )
    sizes = [32, 128, 512, 2048]  # @inspect sizes
    errors = births.nearest_errors(2, sizes, noise=0.3, repeats=200)  # @inspect errors
    bare = fit_power_law(sizes, errors)  # @inspect bare.exponent
    floored = births.fit_with_floor(sizes, errors)  # @inspect floored.floor floored.law.exponent
    reveal(asked, "To the variance of the noise", "It answers with one noisy label: 0.3² = 0.09.")
    plot(statistics.two_fits(sizes, errors, bare, floored))
    at_million = [fit.predict(1e6) for fit in (bare, floored)]  # @inspect at_million
    off = [bare.predict(n) / e - 1 for n, e in zip(sizes, errors, strict=True)]  # @inspect off
    assert 0.1 < max(off) < 0.2
    assert abs(floored.floor - 0.09) < 0.001
    assert abs(floored.law.exponent + 1) < 0.05
    assert min(off) > -0.2
    assert at_million[0] < 0.45 * 0.09
    text(rf"""
        With a floor the fit finds it at {floored.floor:.4f}, and the old slope of
        {floored.law.exponent:.2f} again. Without one it reports an exponent of {bare.exponent:.2f},
        a number that describes nothing. It misses no point by more than {max(map(abs, off)):.0%},
        which a noisier experiment would have forgiven, and at a million examples it promises
        {1 - at_million[0] / at_million[1]:.0%} less error than will come. Remember this when you
        read small exponents: Kaplan's fits had no floor, Hoffmann's have one, and their exponents
        cannot be compared.

        ## Recap: laws with a reason
        A straight line in the logarithms says that one source of error dominates. Its slope can be
        a matter of statistics ($-1$), or of dimension ($-2/d$). A floor bends the line, and whoever
        leaves it out reports a slope that is too small.
    """), note("With k neighbours the floor is 0.09 / k.")  # fmt: skip


def facts_by_frequency() -> None:
    text(r"""
        # Facts by frequency
        Text has another reason for power laws: its facts come with very unequal frequencies.
        Assignment 3 has a source of that kind. A record names a fact by its rank $r$ and gives four
        answer tokens, which cannot be guessed and have to be remembered. Ranks follow _Zipf's law_,
        $P(\text{rank} \ge r) = r^{-\alpha}$, here with $\alpha = 0.5$. We draw some.
    """)
    source = ZipfSource(alpha=0.5)  # @inspect source source.entropy
    draw = torch.Generator().manual_seed(0)
    ranks = source.sample_ranks((8,), draw)  # @stepinto @inspect ranks
    keys = record_keys(ranks)  # @inspect keys
    text(rf"""
        The entropy is known exactly, {source.entropy:.4f} nats a token, so nobody has to fit it.
        Think of the simplest learner, a table that knows a fact once it has seen it. After $n$
        records it has seen nearly all facts with $P(r) > 1/n$. As $P(r)$ falls like
        $r^{{-(1+\alpha)}}$, these are the first $n^{{1/(1+\alpha)}}$ of them, and the probability
        of all others is that number to the power $-\alpha$:
        $$\text{{unknown}}(n) \;\sim\; n^{{-\alpha/(1+\alpha)}}.$$
        Hutter (2021) derives it for such tables, and Michaud and others (2023) propose that
        language models learn in the same way, one skill after the other.
    """), link(lookup.unknown_mass), link("2102.04074"), link("2303.13506")  # fmt: skip
    asked = predict(
        "What exponent do you expect for α = 0.5, up to its sign?",
        unit="(exponent)",
        hint="0.5 over 1.5.",
        tolerance=0.03,
    )
    sampled = {
        n: lookup.counted_unknown(source.sample_ranks((n,), draw).tolist(), 0.5)
        for n in (100, 1000, 10_000, 100_000)
    }  # @inspect sampled
    law = fit_power_law([*sampled], [*sampled.values()])  # @inspect law
    reveal(asked, -law.exponent, "Counted in one sample of each size; theory says 1/3.")
    plot(statistics.unknown_facts(sampled, 0.5))
    assert abs(law.exponent + 1 / 3) < 0.01
    text(r"""
        A law whose exponent was derived before it was measured. Now give the table limited room as
        well. With room for the $K$ most frequent facts it misses a mass of $K^{-\alpha}$, so both
        room and data matter, and a budget $K \times n$ has to be divided between them. Minimise
        $K^{-\alpha} + n^{-\alpha/(1+\alpha)}$ at fixed $B = Kn$: the best room grows as
        $B^{1/(2+\alpha)}$ and the unknown mass falls as $B^{-\alpha/(2+\alpha)}$.
    """), link(lookup.best_table)  # fmt: skip
    asked = predict(
        "The budget grows tenfold. How does the best table spend it?",
        choices=["More on room", "Evenly", "More on reading"],
        hint="Which of the exponents, 1/2.5 for room or what is left for reading, is larger?",
    )
    budgets = [1e5, 1e6, 1e7, 1e8]  # @inspect budgets
    best = [lookup.best_table(budget) for budget in budgets]  # @inspect best
    room = fit_power_law(budgets, [room for room, _ in best])  # @inspect room.exponent
    mass = fit_power_law(budgets, [mass for _, mass in best])  # @inspect mass.exponent
    reveal(asked, "More on reading", f"Room grows as B^{room.exponent:.2f}, reading as the rest.")
    plot(statistics.table_isoflops(budgets))
    assert abs(room.exponent - 0.4) < 0.01
    assert abs(mass.exponent + 0.2) < 0.005
    text(rf"""
        These are _IsoFLOP curves_, as we shall draw them for Transformers: at each budget a valley,
        its bottom moving right. The bottoms fall as $B^{{{mass.exponent:.3f}}}$, as derived. **So
        the tokens that a parameter deserves depend on the data**: on this source the best ratio
        grows as $B^{{0.2}}$, and there is no constant such as 20.
    """), note("Which α would make the split even? None: it needs α = 0.")  # fmt: skip


def slope_and_level() -> None:
    text(r"""
        # What moves the slope, and what only the level
        Small runs are used for more than to choose a size. People compare two mixtures of data, two
        filters, two architectures at small scale and take the winner to the large one. That is safe
        where an intervention moves the *level* of a curve and leaves its slope, because then
        the winner stays the winner. If slopes differ, the curves cross somewhere.
    """)
    asked = predict(
        "Half of all records are replaced by noise that teaches nothing. What does that do to the "
        "table's learning curve?",
        choices=["It falls less steeply", "It moves up, parallel", "It levels off at a floor"],
        hint="Of n records, n/2 are of use. What is that on a logarithmic axis?",
    )
    sizes = [1e3, 1e4, 1e5, 1e6]  # @inspect sizes
    clean = fit_power_law(sizes, [lookup.unknown_mass(n) for n in sizes])  # @inspect clean
    half = fit_power_law(sizes, [lookup.unknown_mass(n / 2) for n in sizes])  # @inspect half
    other = fit_power_law(sizes, [lookup.unknown_mass(n, alpha=1) for n in sizes])  # @inspect other
    level = half.predict(1e5) / clean.predict(1e5)  # @inspect level
    reveal(asked, "It moves up, parallel", f"By a factor of {level:.2f} = 2^(1/3), at every size.")
    assert math.isclose(clean.exponent, half.exponent, abs_tol=1e-3)
    assert abs(clean.exponent + 1 / 3) < 1e-3 > abs(other.exponent + 1 / 2)
    assert abs(level - 2 ** (1 / 3)) < 0.01
    text(rf"""
        Waste costs a constant factor of data, and the slope stays at {clean.exponent:.3f}. Another
        distribution of facts ($\alpha = 1$) changes the slope, to {other.exponent:.3f}. Assignment
        3's Transformers agree in kind, with far fewer points. Their best excess over the entropy
        falls with compute as follows.
    """)
    measured = studies.slopes("zipf")  # @inspect measured[0]
    table(measured, columns=studies.SLOPE_COLUMNS, caption=studies.provenance("zipf"))
    assert abs(measured[0][3] - measured[1][3]) < 0.02 < measured[0][3] - measured[2][3]
    text(rf"""
        Wrong answers in one of ten places leave the slope about where it was ({measured[0][3]} and
        {measured[1][3]}), and another $\alpha$ changes it to {measured[2][3]}, on few points. As a
        rule of thumb: **mixtures, filters and repetition move the level and rarely the slope**, so
        they can be chosen small. Three cautions belong to it. A
        filter that wins at small compute may lose at large, because what it leaves has to be
        repeated (Goyal and others, 2024). Mixtures of experts need axes of their own, total and
        active parameters (Clark and others, 2022). And the model with the best perplexity can lose
        on downstream tasks, where depth counts differently (Tay and others, 2021).

        ## Recap: facts, slopes and levels
        Facts with Zipf's frequencies give power laws in data, in room and in compute, with
        exponents that can be derived. What wastes a share of the data moves the level of such a
        law, and what changes the distribution of facts moves its slope.
    """), link("2404.07177"), link("2202.01169"), link("2109.10686"), note("Another?")  # fmt: skip


def three_readings() -> None:
    text(r"""
        # Three readings of one set of runs
        Hoffmann and others estimated the best size for a budget in three ways, and reported that
        the three agree. To see what each does to data, we make runs on a known law, without any
        noise. Then every error is the method's own. The set has nine budgets with eight sizes each,
        and sizes are chosen as a hasty person would: the same eight amounts of data at most
        budgets, since data sets come in sizes.
    """), link(isoflop_grids.runs_by_tokens), link(load_isoflops_runs)  # fmt: skip
    runs = isoflop_grids.runs_by_tokens()  # @inspect len(runs) runs[0]
    asked = predict(
        "Take the best run of each budget, draw a power law through their sizes, and read off N at "
        "1e23 FLOPs. There is no noise. How far is it off?",
        choices=["Not at all", "By about 1 %", "By about a quarter"],
        hint="A best run is one of eight sizes. How far apart are they?",
    )
    picked = select_optimal_runs(runs, "min")  # @inspect picked[:2]
    off = fit_isoflops(runs, "min").predict(1e23)[0] / TRUTH.optimum(1e23)[0] - 1  # @inspect off
    reveal(asked, "By about a quarter", f"{off:.1%}.")
    assert round(100 * off, 1) == -23.8
    text(rf"""
        Neighbouring sizes differ by a factor of 1.6 or 1.7, and the best run can be off by half of
        that. If the errors were random they would cancel, but the grid drifts against the optimum
        from budget to budget, and the power law takes the drift for a trend: {off:.1%} at 1e23.

        The second reading puts a parabola in $\ln N$ through each budget's losses and takes its
        lowest point, which need not be a size that was tried. We step through one.
    """)
    group = by_budget(runs)[1e20]  # @inspect group[0]
    log_n = [round(math.log(run.parameters), 3) for run in group]  # @inspect log_n
    losses = [round(run.final_loss, 4) for run in group]  # @inspect losses
    vertex, bottom = parabola_vertex(log_n, losses)  # @stepinto @inspect vertex bottom
    found = fit_isoflops(runs, "quadratic")  # @inspect found.parameters_law
    bias = found.predict(1e23)[0] / TRUTH.optimum(1e23)[0] - 1  # @inspect bias
    assert round(100 * bias, 1) == -0.8
    plot(
        fits.isoflop_curves(
            runs, TRUTH, {"best run": picked, "vertex": found.points}, [6e18, 1e20, 3e21]
        )
    )
    text(rf"""
        The parabola brings the error to {bias:.1%}. It does not vanish, because the true curve is a
        sum of two exponentials in $\ln N$ and no parabola, which shows the more the wider the grid.
        Czech and others (2026) show that three things feed this bias, namely a wide grid, a
        grid that is not centred, and exponents that differ. Let us turn two of these knobs.
    """), link("2603.22339"), link(WORKS["approach 2"])  # fmt: skip
    widths, offsets = (10.0, 30.0, 100.0), (0.5, 0.7, 1.0, 1.4, 2.0)  # @inspect widths offsets
    errors = isoflop_grids.parabola_errors(widths, offsets, FAR)  # @inspect errors
    worst = max(abs(e) for row in errors.values() for e in row.values())  # @inspect worst
    plot(fits.grid_bias(errors))
    assert 0.008 < worst < 0.02
    text(rf"""
        Up to {worst:.1%} here, where the two exponents are nearly equal, and with no noise to
        excuse it. That is small beside the first reading. But budgets are large: on the runs that
        Llama 3's authors published, the same paper puts the cost of the bias at 6.5 % of the
        training budget. Hoffmann's own first approach takes the lower envelope of training curves:
        at each compute, which model is lowest on its way?
    """), link(approach_1)  # fmt: skip
    asked = predict(
        "We give the envelope more curves, from 16 to 24 to 40 sizes. Does its error shrink "
        "steadily?",
        choices=["Yes, it shrinks", "No, it jumps about", "It is zero from the start"],
        hint="The winner is still one of the sizes.",
    )
    envelope = isoflop_grids.envelope_errors((16, 24, 40), 1e23)  # @inspect envelope
    reveal(asked, "No, it jumps about", ", ".join(f"{e:+.1%}" for e in envelope.values()))
    assert max(envelope.values()) > 0.05
    assert min(envelope.values()) < -0.05
    text(r"""
        The first approach shares the fault of the best run, with chance deciding the sign. It also
        needs the learning rate brought down at every point of every curve, which a cosine schedule
        for one length does not do. So **never read an optimum off a grid point**.
    """), note("Why does a finer grid of sizes not help at nine budgets?")  # fmt: skip


def the_parametric_law() -> None:
    text(r"""
        # All runs at once
        Each budget by itself has eight numbers, and a parabola uses three constants for each
        budget. The third approach, the _parametric law_, describes all runs by five constants,
        $$L(N, D) = E + \frac{A}{N^\alpha} + \frac{B}{D^\beta},$$
        a floor, a term for too few parameters and one for too little data. It costs more courage,
        since the form is assumed for the whole surface, and it has a name for being hard to fit.
        That name is undeserved if one looks at the formula: for fixed $\alpha$ and $\beta$ it is
        *linear* in $E$, $A$ and $B$. Non-negative least squares gives these three exactly, and only
        two numbers remain to be searched for, a trick called _variable projection_.
    """)
    asked = predict(
        "The same 72 runs, from a cold start. How near does this fit come to the best N at 1e23?",
        choices=["To about 1 %", "To about one part in a million", "To rounding error"],
        hint="The data lie exactly on the law, and there are five constants for 72 numbers.",
    )
    runs = isoflop_grids.runs_by_tokens()  # @inspect len(runs)
    n, d = [run.parameters for run in runs], [run.tokens for run in runs]  # @inspect n[:2] d[:2]
    losses = [run.final_loss for run in runs]  # @inspect losses[:2]
    law = fit_parametric(n, d, losses)  # @stepinto 1 @inspect law
    off = law.optimum(1e23)[0] / TRUTH.optimum(1e23)[0] - 1  # @inspect off
    reveal(asked, "To rounding error", f"{off:.0e}.")
    assert abs(off) < 1e-9
    text(r"""
        $E$, $A$, $B$, $\alpha$ and $\beta$ come back to eight digits and more. From the law the
        best size follows in closed form. Where $6ND = C$ and both terms respond equally to a small
        change, $\alpha A N^{-\alpha} = \beta B D^{-\beta}$, and therefore
        $$N^*(C) = G\, (C/6)^{\beta/(\alpha+\beta)},\quad G^{\alpha+\beta} = \alpha A / (\beta B).$$
    """)
    best = law.optimum(1e23)  # @stepinto @inspect best
    ratio = best[1] / best[0]  # @inspect ratio
    assert round(ratio, 1) == 2.0
    sizes = isoflop_grids.sizes_by_reading(runs, law)  # @inspect sizes
    plot(fits.size_over_truth(sizes, TRUTH))
    text(rf"""
        The exponent of $N^*$ is $\beta / (\alpha + \beta)$, so **the split of compute is a matter
        of which term falls faster**, and when the two exponents are equal both grow as
        $\sqrt{{C}}$. The ratio of tokens to parameters is another matter: this law's is
        {ratio:.1f} at 1e23, because its $A$ and $B$ are what they are. Twenty is not a constant of
        nature.

        The fit's weak side is its strength: it believes the form. Where the terms do not simply
        add, or an exponent drifts, all 72 runs together can be wrong with great confidence.

        ## Recap: three readings
        Without any noise, a grid point is off by a quarter, a parabola by about one percent, and
        the joint fit not at all if its form is right. The exponents decide how compute is split,
        and the factors decide how many tokens a parameter gets.
    """), note("Let them derive G on the board.")  # fmt: skip


def noise_and_intervals() -> None:
    text(r"""
        # Noise, and what an interval is worth
        Real runs differ from seed to seed. A number without an interval invites somebody to spend a
        budget on its third digit, and a wrong interval is worse, because it invites with authority.
        We draw twelve sets from the same law, with well centred grids and noise of 0.3 % of the
        loss, and read each in three ways, all the way to 1e24 FLOPs.
    """)
    asked = predict(
        "Which reading scatters most?",
        choices=["The best run", "The parabola", "The parametric law"],
        hint="Valleys are flat: at the bottom, neighbours differ by less than the noise.",
    )
    truth = TRUTH.optimum(FAR)[0]  # @inspect truth
    grid = GridShape(runs=8, width=24)  # @inspect grid
    sets = [make_isoflop_set(TRUTH, grid=grid, noise=0.003, seed=seed) for seed in range(12)]
    ratios = {
        "best run": [fit_isoflops(runs, "min").predict(FAR)[0] / truth for runs in sets],
        "parabola": [fit_isoflops(runs, "quadratic").predict(FAR)[0] / truth for runs in sets],
        "parametric": [approach_3(runs).optimum(FAR)[0] / truth for runs in sets],
    }  # @inspect ratios
    spread = {name: float(np.std(np.log(r))) for name, r in ratios.items()}  # @inspect spread
    reveal(asked, "The best run", f"A standard deviation of {spread['best run']:.0%}.")
    plot(fits.spread_of_draws(ratios))
    assert spread["best run"] > 5 * spread["parabola"] > 6 * spread["parametric"]
    text(rf"""
        Standard deviations of $\ln N$ are {spread["best run"]:.0%}, {spread["parabola"]:.1%} and
        {spread["parametric"]:.1%}. The parametric law shares its five constants among 72 runs, so
        the noise of one budget is outvoted by the others.

        In practice there is one set and not twelve. A _bootstrap_ makes its own: take the residuals
        of the fit, deal them out anew to the fitted losses, fit again, and look how the answer
        spreads. Dealing out whole runs instead can lose all runs of a budget. But the bootstrap
        only knows the noise. If the law itself is wrong, every redrawn set is wrong in the same
        way. So assignment 3 adds a second part: it holds back each of the larger budgets, predicts
        it from the smaller ones, and carries these errors to the target.
    """), link(optimum_interval)  # fmt: skip
    asked = predict(
        "Here the form of the law is exactly right. Which part of the interval is wider?",
        choices=["The noise", "The error of the form", "They are equal"],
        hint="What does the held-back budget's best size come from?",
    )
    interval = optimum_interval(sets[0], FAR, draws=6)  # @inspect interval
    inside = interval.low < truth < interval.high  # @inspect inside
    reveal(
        asked,
        "The error of the form",
        f"{interval.model:.1%} against {interval.sampling:.1%}: each is compared with a parabola.",
    )
    assert inside
    assert interval.model > 2 * interval.sampling
    held = {family: studies.coverage(family) for family in (1, 2)}  # @inspect held
    assert min(held[1][0], held[2][0]) > 0.88
    text(rf"""
        The interval reaches from {interval.low / truth:.2f} to {interval.high / truth:.2f} of the
        truth, and it is wider than it would have to be, since the held-back budgets are judged by
        parabolas with noise of their own. That is the price for noticing a wrong form at all. Can
        such intervals be trusted? Only a count over many worlds can tell. Assignment 3's planner,
        which weighs a law against three forms that bend, was frozen and then scored on fresh
        worlds. Its 95 % intervals held the truth in {held[1][0]:.0%} of {held[1][1]} worlds that
        follow a law, and in {held[2][0]:.0%} of {held[2][1]} whose power laws bend.
    """), note("Why would 50 worlds not be enough to tell 90 % from 95 %?")  # fmt: skip


def sum_or_mean() -> None:
    text(r"""
        # Sum or mean: how a famous fit went wrong
        Hoffmann and others printed five constants for the third approach, and thousands of people
        have used them since. At Chinchilla's own budget they give the following.
    """)
    n, d = HOFFMANN.optimum(CHINCHILLA_FLOPS)  # @inspect n d
    ratio = d / n  # @inspect ratio
    assert round(n / 1e9) == 32
    assert round(ratio) == 93
    text(rf"""
        A model of {n / 1e9:.0f} billion parameters with {ratio:.0f} tokens for each, from the paper
        that trained 70 billion with 20. The paper's other two approaches lead to about 20, too.
        Besiroglu and others (2024) read the data points off the paper's figure and fitted again.
        The second version of their note names the cause, which the authors of the first had not
        known: the optimiser had stopped early, because residuals were averaged instead of summed,
        and rounding the constants did the rest. We try both, on 72 noisy runs drawn from the
        *corrected* law. Residuals of $\ln L$ go through _Huber's loss_, which is $r^2/2$ up to
        $|r| = \delta = 0.001$ and $\delta(|r| - \delta/2)$ beyond, so that a few bad runs do not
        rule the fit. L-BFGS-B then walks downhill, with a picture of the curvature that it builds
        on the way.
    """), link("2404.10102"), link(fit_by_lbfgs)  # fmt: skip
    runs = make_isoflop_set(
        CORRECTED, grid=GridShape(8, 30), noise=0.003, seed=0
    )  # @inspect runs[0]
    asked = predict(
        "A sum and a mean have their minimum at the same place. What happens to the fitted N at "
        "Chinchilla's budget if we minimise the mean instead?",
        choices=["Nothing", "It is off by 1 to 2 %", "It is off by about 40 %"],
        hint="The optimiser stops when the slope is below 1e-5. How large is a mean of squares of "
        "0.003, halved?",
    )
    summed = fit_by_lbfgs(runs, np.sum)  # @inspect summed
    averaged = fit_by_lbfgs(runs, np.mean)  # @inspect averaged
    projected = approach_3(runs)  # @inspect projected
    laws = {"projected": projected, "sum": summed.law, "mean": averaged.law, **PUBLISHED}
    sizes = {k: law.optimum(CHINCHILLA_FLOPS)[0] / 1e9 for k, law in laws.items()}  # @inspect sizes
    change = sizes["mean"] / sizes["sum"] - 1  # @inspect change
    reveal(asked, "It is off by about 40 %", f"{change:.0%}, after half as many iterations.")
    table(constants_table(laws), columns=CONSTANT_COLUMNS)
    assert abs(sizes["sum"] / sizes["projected"] - 1) < 0.005
    assert -0.5 < change < -0.35
    assert averaged.total > 3 * summed.total
    assert 0.4 < averaged.iterations / summed.iterations < 0.7
    assert 0.9 < averaged.law.n_factor / averaged.law.d_factor < 1.1
    assert abs(math.log(averaged.law.n_factor) - 5) < 0.1
    cut = with_rounded_exponents(summed.law)  # @inspect cut
    by_rounding = cut.optimum(CHINCHILLA_FLOPS)[0] / 1e9 / sizes["sum"] - 1  # @inspect by_rounding
    assert 0.03 < abs(by_rounding) < 0.3
    text(rf"""
        One word changed, and everything moved: $\beta$ fell from {summed.law.d_exponent:.2f} to
        {averaged.law.d_exponent:.2f}, and the model shrank to {sizes["mean"]:.0f} billion. Look at
        $A$ = {averaged.law.n_factor:.0f} and $B$ = {averaged.law.d_factor:.0f}. The best search
        started at $e^5 = 148$ for both and has hardly moved them. The printed values, 406.4 and
        410.7, are as close to each other; we suspect the same reason, which only the authors' code
        could show. It is the best of sixteen starts: {averaged.total / summed.total:.1f} times the
        least sum already looked flat to the optimiser. Rounding is gentler, and not harmless: the
        exponents of the good fit, cut to two decimals, move $N$ by {by_rounding:+.0%}.
    """)
    plot(fits.optimal_sizes_by_law(laws))
    loss = [
        float(HOFFMANN.predict(*nd)) for nd in ((280e9, 300e9), (70e9, 1.4e12))
    ]  # @inspect loss
    assert [round(value, 3) for value in loss] == [1.993, 1.937]
    text(rf"""
        With the corrected constants the best model at this budget has {sizes["corrected"]:.0f}
        billion parameters, which agrees with what was trained. Even the printed law gets the
        verdict of the paper right: it gives Gopher (280 billion, 300 billion tokens) a loss of
        {loss[0]:.3f} and Chinchilla {loss[1]:.3f}. **The lesson is about instruments: rescale the
        objective, and the answer must not change.** Assignment 3's tests do so. And a correction to
        pass on: do not combine the printed constants with the rule of twenty tokens a parameter;
        they contradict each other.

        ## Recap: noise and instruments
        The joint fit also scatters least. An interval needs a part for the noise and a part for the
        form. An optimiser that stops early gives numbers that look like a fit, and rescaling its
        objective finds it out.
    """), note("The intervals of the printed fit would have needed 600,000 runs.")  # fmt: skip


def kaplan_and_chinchilla() -> None:
    text(r"""
        # Why two good laboratories disagreed
        Kaplan and others found that the best size grows as $C^{0.73}$, Hoffmann and others about as
        $C^{0.5}$. From a thousandfold larger budget the first would build a model five times as
        large as the second, and for two years many did. Neither had made an arithmetical mistake.
        Porian and others (2024) and Pearce and Song (2024) went through the differences one by one:
        what counts as compute, what counts as size, and a warm-up of the same length for all runs
        (and tuning by size, for which we have no toy).
    """), link("2406.19146"), link("2406.12907"), link(count_non_embedding_params)  # fmt: skip
    assert round(1000 ** (0.73 - 0.5)) == 5
    assert round(counting.WARM_UP / 1e9, 2) == 1.57
    shares = counting.embedding_shares((1e6, 1e8, 1e10))  # @inspect shares
    assert shares[1e6] > 0.85
    assert shares[1e10] < 0.03
    text(rf"""
        Start with size. Kaplan left the embedding out of $N$, and the last layer, which multiplies
        by the same matrix, out of the compute. For layers with 1e10 parameters that is
        {shares[1e10]:.0%} of the model, a detail. For layers with 1e6 it is {shares[1e6]:.0%}.
        Leaving out something whose share *falls* with size makes the rest seem to grow faster.

        Then the _warm-up_, in which the learning rate rises linearly, over 3,000 steps, 1.6 billion
        tokens, however short the run. What does it cost? Descent on a quadratic can be computed
        exactly.
    """), link(descent.loss_after)  # fmt: skip
    asked = predict(
        "A run has 1,000 steps, 500 of them warm-up. Without any warm-up, how many steps would "
        "have led to the same loss?",
        unit="steps",
        hint="Add up the learning rates.",
        tolerance=0.02,
    )
    warmed, shorter = (
        descent.loss_after(1000, 500),
        descent.loss_after(750),
    )  # @inspect warmed shorter
    plain = descent.loss_after(1000)  # @inspect plain
    reveal(asked, 750, f"Losses of {warmed:.4f} and {shorter:.4f}; without it {plain:.4f}.")
    assert abs(warmed / shorter - 1) < 0.001
    text(r"""
        A warm-up of $W$ tokens leaves $D - W/2$ that count, which is nothing to a long run and a
        great deal to a short one. So small budgets look worse than they are, in data, and their
        best models are smaller. Now we simulate Kaplan's study: runs on the *corrected* Chinchilla
        law of the total size, where the best size truly grows as $C^{0.51}$, with budgets from 1e17
        to 1e21 FLOPs. We report them as Kaplan would, then correct one thing after the other.
    """), link(counting.optimal_sizes)  # fmt: skip
    asked = predict(
        "Which exponent does the study report if it counts as Kaplan did?",
        choices=["The true one, 0.51", "One halfway, about 0.62", "Kaplan's, about 0.73"],
        hint="Both errors make the best size of small budgets look smaller.",
    )
    exponents = counting.all_exponents()  # @inspect len(exponents)
    path = counting.corrections(exponents)  # @inspect path
    reveal(
        asked,
        "Kaplan's, about 0.73",
        f"{path['as Kaplan counted']:.3f}, from a law whose true exponent is 0.51.",
    )
    plot(fits.counted_exponents(path))
    first, *between, last = path.values()  # @inspect first last
    assert abs(first - 0.73) < 0.02
    assert abs(last - 0.512) < 0.005
    alone = exponents[counting.Counting(last_layer=True)]  # @inspect alone
    average = counting.average_shares(exponents)  # @inspect average
    assert alone > first + 0.05
    assert abs(sum(average.values()) - (last - first)) < 1e-9
    assert average["embedding"] < average["warm_up"] < 0 < average["last_layer"] < 0.05
    text(rf"""
        From {first:.3f} by way of {between[0]:.3f} and {between[1]:.3f} to {last:.3f}, so counting
        alone can make the whole difference. But the order of the steps matters, and one of them is
        instructive: correct *only* the last layer's FLOPs, and the exponent becomes {alone:.2f},
        further away than before. Two errors had partly cancelled. Averaged over all six orders, the
        embedding accounts for {average["embedding"]:.3f}, the warm-up for {average["warm_up"]:.3f}
        and the last layer's FLOPs for {average["last_layer"]:+.3f}.

        This is a simulation with shapes that we assumed (width 64 times the depth, 50,257 tokens)
        and a warm-up that costs what it costs on a quadratic. It shows that these causes suffice,
        and not what share each had in 2020. Porian and others reproduced the disagreement with real
        models; they found that Hoffmann's own suspicion, the decay of the learning rate, was *not*
        needed to explain it. **Say what you count, and report total parameters and total compute.**
    """), note("GPT-3 was sized by 0.73.")  # fmt: skip


def repeated_data() -> None:
    text(r"""
        # When the data run out
        A law in $D$ assumes that every token is new. High-quality text is finite, and the question
        is then what a second look is worth. Muennighoff and others (2023) put it as _effective
        data_: $R$ repetitions of $U$ unique tokens count as
        $$D' = U + U R^* \big(1 - e^{-R/R^*}\big), \qquad R^* \approx 15.4.$$
        The first repetitions are worth nearly as much as new data, and no number of them is worth
        more than $R^*$ times the data.
    """), link("2305.16264")  # fmt: skip
    four = descent.saturating(4, REPEAT_CONSTANT)  # @inspect four
    assert round(four, 2) == 3.73
    asked = predict(
        f"By this formula four epochs are worth {four:.2f}. We try it on the smallest learner "
        "there is: 200 examples, 100 weights, noisy labels, stochastic gradient descent. What do "
        "64 epochs do, compared with 32?",
        choices=["They help a little", "Nothing", "They hurt"],
        hint="The formula only saturates. What else can happen to a model that sees the same noise "
        "again and again?",
    )
    fresh = {e: descent.error_after(e, fresh=True) for e in descent.EPOCHS}  # @inspect fresh
    repeated = {e: descent.error_after(e, fresh=False) for e in descent.EPOCHS}  # @inspect repeated
    worth = {e: descent.effective_epochs(x, fresh) for e, x in repeated.items()}  # @inspect worth
    constant = descent.fitted_constant(worth, up_to=16)  # @inspect constant
    reveal(
        asked, "They hurt", f"64 epochs are worth {worth[64]:.1f}, 32 were worth {worth[32]:.1f}."
    )
    plot(statistics.effective_data(worth, constant))
    assert 2.7 < worth[4] < 3.1
    assert 3.5 < constant < 5
    assert worth[64] < worth[32]
    text(rf"""
        The form is right up to 16 epochs, with a constant of its own: here $R^*$ is
        {constant:.1f}, and four epochs are worth {worth[4]:.1f}. The constant belongs to the model,
        the data and the regularisation, so it has to be measured again and not looked up. And
        beyond 32 epochs the formula cannot follow at all, because the learner begins to fit the
        noise. Lovelace and others (2026) find the same in language models. They add a penalty for
        overfitting to the law, and report that strong weight decay lowers it by about 70 %.
        **Up to a few epochs count repeated tokens as new; beyond that, measure.**
    """), link("2605.01640"), note("And with weight decay?")  # fmt: skip


def models_that_are_used() -> None:
    text(r"""
        # Models that are used
        The best model for a training budget is not the cheapest model to *have*. Each token that it
        reads or writes later costs $2N$ FLOPs, and a popular service soon handles more tokens than
        were trained on. Sardana and others (2024) therefore minimise the cost of the whole life at
        a wanted loss, $6ND + 2N D_{\text{served}}$.
    """), link("2401.00448"), link(demand.cheapest)  # fmt: skip
    loss = CORRECTED.optimal_loss(CHINCHILLA_FLOPS)  # @inspect loss
    asked = predict(
        f"The wanted loss is that of a Chinchilla-optimal model of 72 billion parameters, "
        f"{loss:.3f}. It will serve 10 trillion tokens. How large should the model be?",
        unit="billion parameters",
        hint="Smaller and trained for longer, but the loss is the same.",
        tolerance=0.25,
    )
    served = {"nothing": 0.0, "1T": 1e12, "10T": 1e13, "100T": 1e14}  # @inspect served
    rows = demand.served_table(loss, served)  # @inspect rows
    sizes = [row[1] for row in rows]  # @inspect sizes
    reveal(asked, sizes[2], f"With {rows[2][3]} tokens for each parameter.")
    table(rows, columns=["tokens served", "N, billions", "D, trillions", "D / N"])
    assert sizes == sorted(sizes, reverse=True)
    assert [row[3] for row in rows] == [18, 30, 109, 623]
    plot(models.life_cost(loss, served))
    text(rf"""
        At 10 trillion tokens served the best size is {sizes[2]:.0f} billion, less than half of
        {sizes[0]:.0f}. The curves show the second half of the argument: to the right of the minimum
        cost rises slowly, to the left there is a wall, because below some size no amount of data
        reaches the loss. _Overtraining_, more tokens for a smaller model, is cheap insurance until
        it is suddenly impossible. In released models the ratio tells the story.
    """)
    ratios = {m.name: round(m.ratio, 1) for m in MODELS}  # @inspect ratios
    plot(models.ratios_by_year(MODELS))
    assert ratios["GPT-3"] == 1.7
    assert 700 < ratios["GLM-5"] < 720
    text(rf"""
        GPT-3 had {ratios["GPT-3"]} tokens for each parameter (slides often round that to two),
        Chinchilla 20, Llama-3.1-8B {ratios["Llama-3.1-8B"]:.0f}. For GLM-5, a mixture of experts,
        we divide by the 40 billion parameters that act on a token; by all 744 billion it would be
        38, and no law today says which of the two is right. Note also what the optimum assumes: the
        law is used far beyond the ratios that it was fitted on, and a token served is counted at
        full price, without the tricks of lecture 10.

        ## Recap: using a law
        Repeated tokens count for less, and eventually against you, with a constant that has to be
        measured. Whoever will use the model should make it smaller than the training optimum, and
        stay clear of the wall.
    """), link("2407.21783"), link("2602.15763"), note("Whose is secret?")  # fmt: skip


def a_prediction_kept() -> None:
    text(r"""
        # A prediction that was kept
        Now real models: Transformers of two layers, on the source of facts that we met, with every
        excess measured against an exact entropy. A table needs one look at a fact and one place for
        it; a Transformer learns step by step and shares its parameters among all facts. Will the
        exponent of theory survive that? The records have six budgets, over three decades.
    """)
    runs = studies.runs("zipf")  # @inspect len(runs) runs[0]
    plot(models.study_isoflops(runs, "Excess of Transformers by size, at six budgets (recorded)"))
    text(rf"""
        Valleys again, moving right and down ({studies.provenance("zipf")}). Far from the bottom
        $\ln x$ is no parabola, so assignment 3 uses the four runs nearest to the lowest.
    """)
    largest = [run for run in runs if run.compute_budget == studies.HELD_OUT]  # @inspect largest[0]
    last = valleys(largest)[0]  # @stepinto @inspect last
    bottoms = valleys(runs)  # @inspect len(bottoms)
    law = fit_power_law([v.compute_budget for v in bottoms], [v.excess for v in bottoms])
    width, slope = last.high / last.low, law.exponent  # @inspect width slope
    assert abs(slope + 0.2) < 0.02
    assert 2 < width < 3
    text(rf"""
        The best excess falls as $C^{{{slope:.3f}}}$, where theory said $-0.2$ for a table
        that learns at once. The bottom of a valley is flat: at 1e15 FLOPs, sizes over a factor of
        {width:.1f} are within 3 % of the best. So the loss can be predicted well and the best size
        cannot, which is good news, because it also matters less.

        Now five ways to predict the sixth budget from the first five. Two are told the entropy,
        two have to find a floor themselves, and one uses none.
    """), link(fit_excess_law)  # fmt: skip
    seen = studies.up_to("zipf", 1e14)  # @inspect len(seen)
    entropy = studies.entropy("zipf")  # @inspect entropy
    truth = last.excess  # @inspect truth
    asked = predict(
        "The worst of the five misses the whole loss by 3.5 %. How much of the excess, which is "
        "what there is to learn, does it miss?",
        choices=["About 3.5 %", "About 20 %", "About 70 %"],
        hint="Only 0.024 of 0.487 nats are left above the entropy.",
    )
    answers = predict_all(seen, entropy, studies.HELD_OUT)  # @inspect answers
    told = [answer for answer in answers if isinstance(answer, ExcessPrediction)]
    misses = [round(100 * (a.excess / truth - 1), 1) for a in told]  # @inspect misses
    of_loss = [round(miss * truth / (truth + entropy), 2) for miss in misses]  # @inspect of_loss
    reveal(
        asked,
        "About 70 %",
        f"{min(misses):.0f} %: near the entropy, any fit of the loss looks good.",
    )
    rows = [
        [a.method, round(a.excess, 4), x, y] for a, x, y in zip(told, misses, of_loss, strict=True)
    ]
    table(rows, columns=["method", "excess", "off, % of the excess", "off, % of the loss"])
    assert abs(misses[0]) < 2
    assert abs(misses[1]) < 5
    assert misses[2] < -10
    assert -75 < min(misses) < -65
    reveal("ten times", "By less than 2 %", f"{misses[0]:+.1f} %, with the entropy known.")
    windows = studies.other_windows("zipf")  # @inspect windows
    interval = excess_interval(seen, studies.HELD_OUT, draws=8)  # @inspect interval
    assert interval.low < truth < interval.high
    plot(models.held_out_prediction(runs, interval, told[0].excess, 0.5))
    text(rf"""
        With the entropy known, the joint fit misses the excess by {misses[0]:+.1f} % at ten times
        the compute, inside an interval of {interval.low / truth - 1:+.0%} to
        {interval.high / truth - 1:+.0%}. Do not be too impressed by the first number: other windows
        of the same records miss by {windows[0]:+.0%} and {windows[1]:+.0%}, so some of it is luck,
        and the interval is the honest part. When $E$ has to be fitted, too, the same runs miss by
        {misses[2]:.0f} %.

        At scale nobody knows the entropy. The open project behind Delphi registered a forecast
        before its largest run, of 1e23 FLOPs: it came within 0.2 % of the *loss*, 300 times beyond
        the largest run of the fit. Its first attempt had left its own law after a factor of 30, and
        what mended it was another recipe: the learning rate now depends on the length of a run, and
        the optimiser is a new one. **A law is a law of a recipe**, from a budget to all settings;
        change the recipe with size in the wrong way, and there is no curve.
    """), link(WORKS["delphi"]), note("Score what is left to learn.")  # fmt: skip


def a_law_that_breaks() -> None:
    text(r"""
        # A law that breaks
        The other source of assignment 3 is stories from a grammar. Their entropy is known as well,
        and the same code trained the same kind of models. We fit up to 1e14 FLOPs and predict 1e15,
        exactly as before.
    """)
    seen = studies.up_to("stories", 1e14)  # @inspect len(seen)
    truth = valleys(studies.runs("stories"))[-1].excess  # @inspect truth
    asked = predict(
        "The fit with the known entropy predicts an excess at 1e15. By which factor is it off?",
        unit="times",
        hint="If it were another 5 %, we would not ask.",
        tolerance=0.4,
    )
    entropy = studies.entropy("stories")  # @inspect entropy
    known = parametric_known(seen, entropy, studies.HELD_OUT)  # @inspect known
    free = parametric_free(seen, entropy, studies.HELD_OUT)  # @inspect free
    factor = known.excess / truth  # @inspect factor
    reveal(asked, factor, f"{known.excess:.3f} predicted, {truth:.4f} measured.")
    assert factor > 5
    plot(models.story_curves())
    law = fit_excess_law(seen)  # @inspect law.n_exponent law.d_exponent
    text(rf"""
        The training curves show why. Each model sits for a long while on a plateau, 0.2 to 0.4 nats
        above the entropy, and then drops within a few million tokens. We suspect the names, which a
        story mentions at its start and needs again at its end: a model that cannot carry them pays
        at every mention, and one that can stops paying at once. That is a step and no power law. A
        sum of very many such steps, with Zipf's frequencies, is a power law again, which is what
        the source of facts was; here one step is most of what there is to learn.
        ({studies.provenance("stories")}.)
    """), link("2210.14891")  # fmt: skip
    asked = predict(
        "Of the two fits, one gives its wrongness away. Which?",
        choices=["The one that is told the entropy", "The one that fits E itself"],
        hint="Which of them has a constant that can absorb a wrong form?",
    )
    lowest = (
        min(run.excess for run in studies.runs("stories")) + entropy
    )  # @inspect free.entropy lowest
    reveal(
        asked,
        "The one that is told the entropy",
        f"Its exponents are {law.n_exponent:.2f} and {law.d_exponent:.2f}; the other finds a "
        f"plausible E = {free.entropy:.2f}.",
    )
    assert law.n_exponent > 4 * law.d_exponent
    assert free.entropy > lowest
    text(rf"""
        Told the truth about $E$, the fit follows the plateau with {law.n_exponent:.2f} in $N$ and
        {law.d_exponent:.2f} in $D$. It claims that data hardly help once the model is large enough,
        and one look at the curves shows data ending the plateau. Left free, it
        calls the plateau the floor: $E$ = {free.entropy:.2f}, which later runs undercut, with a
        loss of {lowest:.2f}. **A free constant hides a wrong form.** So look at the residuals, hold
        back the largest budget, and ask whether the constants are possible.

        Broken laws have a literature (Caballero and others, 2022). Reinforcement learning, whose
        rewards are bounded, is described by sigmoids in the logarithm of compute: Khatri and others
        (2025) predicted one run of 100,000 GPU hours from its beginning, and found that most tricks
        change how fast a run reaches its ceiling, and few the ceiling.
    """), link("2510.13786"), note("And from the plateau alone?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        Power laws have reasons: averaging, dimension, frequencies. Fit a floor, or know it. Read no
        optimum off a grid point; use all runs at once, and hold something back. Rescale the
        objective and see whether the answer moves. Say what you count. Score what is left to learn.

        | to decide | fit | beware of |
        |---|---|---|
        | mixture, filter, design | two curves, compare levels | slopes that differ, repetition |
        | size for a budget | joint law over IsoFLOP runs | grid points, parabolas off the bottom |
        | the loss that will come | joint law, with an interval | a floor that is fitted, plateaus |
        | size for a service | the law, at a fixed loss | ratios that nobody has tried |

        ## Three exercises
        1. Make an IsoFLOP set with `python -m cs336_scaling.isoflop_sets runs.json --noise 0.002`
           and read it with `python -m cs336_scaling.isoflop_report runs.json`. Then give it
           `--offset 2`. (Check: at 1e24 the best run and the parabola move, and the parametric law
           hardly does.)
        2. In `lectures/lecture_09/stopping.py` multiply the mean by 72, and by 10,000. (Check: with
           72 you get the sum's answer back. Why does 10,000 not make it better still?)
        3. What exponent of the best excess against compute do you expect from the source of facts
           with $\alpha = 2$? (Check: $-\alpha/(2+\alpha) = -0.5$; `lookup.best_table` agrees within
           0.01.)

        ## What to read next, and why
        Hoffmann and others (2022) for the experiment that changed how models are sized, and then
        Besiroglu and others (2024), which is short and teaches more about fitting than most
        textbooks. Porian and others (2024) for how to take a disagreement apart. Lecture 11 goes on
        with what is held fixed here: the learning rate, the batch and the width, which have to
        scale, too.
    """), link("1909.12673"), note("Which decision of yours could a curve have made?")  # fmt: skip


if __name__ == "__main__":
    main()
