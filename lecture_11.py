"""Lecture 11: scaling laws as they are used: planners, schedules, muP, Muon and recipes.

Title: Scaling laws, part 2: a recipe that scales
Unit: scaling
Minutes: 75
Prerequisites: lecture_09
Assignments: assignment1-basics, assignment3-scaling
Figure: a_rate_that_stays 2
Resources: gpus=1, memory=64G
"""

# mypy: disable-error-code="func-returns-value"

import math

import numpy as np
import torch
from cs336_basics.optimizer import get_lr_cosine_schedule
from cs336_scaling.client import ScalingClient
from cs336_scaling.config import RunConfig
from cs336_scaling.forecast import forecast
from cs336_scaling.planner.plan import LADDER, bracket, quick_fit
from cs336_scaling.planner.shapes import best_config

from lecture_tracer import link, note, plot, predict, reveal, table, text
from lectures.lecture_11 import coordinates, muon, noisy_descent, recipes, records, sweeps
from lectures.lecture_11.facts import Facts
from lectures.lecture_11.figures import descent, planning, widths
from lectures.lecture_11.parametrization import Rule, scale
from lectures.lecture_11.planner_walk import Walk, coverage, extrapolations, finished
from lectures.lecture_11.schedules import constant, cosine, linear_to_zero, wsd
from lectures.lecture_11.second_forecast import tuned as tuned_runs
from lectures.lecture_11.stacked import forward
from lectures.lecture_11.works import WORKS

TARGET = 10**19  # FLOPs of the run that a study of assignment 3 is about
RATES = [2.0**k for k in range(-9, -2)]
FACTS = Facts.on(torch.device("cpu"), 6, 16)


def main() -> None:
    torch.set_num_threads(1)  # @hide
    welcome()
    one_hidden_world()
    where_it_is_wrong()
    three_schedules()
    one_trunk()
    rate_and_batch()
    laws_of_real_runs()
    the_third_digit()
    sizes_of_things()
    a_coordinate_check()
    a_rate_that_stays()
    what_does_not_transfer()
    orthogonal_updates()
    along_two_axes()
    published_recipes()
    a_forecast()
    what_to_keep()


def welcome() -> None:
    text(r"""
        # Scaling laws, part 2: a recipe that scales
        **Lecture 11: planners, schedules, μP, Muon, and what reports disclose**

        Part 1 fitted curves to runs as if runs fell from the sky. But somebody has to choose the
        learning rate, the batch and the schedule of each, and the best choice at one size is not
        the best at another. If the small runs are tuned and the large one is not, or the other way
        round, the curve through them belongs to no recipe, and following it leads nowhere. So the
        object of this lecture is the _recipe_: a map from a budget to all settings.

        There are two philosophies. One fits how the best settings drift, and follows the fit. The
        other changes the model's parametrization until the best settings stop drifting, and then
        needs no fit. We shall do both, with small Transformers on assignment 3's source of facts,
        whose entropy is known exactly, so that all losses can be given as an _excess_ above it.
    """), link(forward), link("2203.03466")  # fmt: skip
    predict(
        "A Transformer 64 wide learns best with some learning rate, by Adam. We make it 32 times "
        "wider, with the usual initialization. What happens to the best rate?",
        name="wider",
        choices=["It stays", "It falls by about 2", "It falls by more than 8", "It rises"],
        hint="Commit now. We come back to it in the second half, with a thousand runs.",
    )
    text(r"""
        What runs live here takes seconds on a CPU. The larger curves are records from one GPU, and
        before they were made we wrote down eight claims about them, the last of them a forecast
        with an interval. How many of the eight came true is the end of the lecture.
    """), note("Let them vote, and write the votes on the board.")  # fmt: skip


def one_hidden_world() -> None:
    text(r"""
        # Which run next, and why
        Assignment 3 gives you a hidden world: a function from a configuration to a noisy loss, a
        budget of 2e18 FLOPs, and the question which configuration is best at 1e19, five times more
        than you may spend in all. Nobody can answer by trying. The planner in the assignment buys
        runs one after the other, and we walk with it through the world of seed 13. It starts with
        the learning rate, since a law through badly tuned runs is a law of bad tuning.
    """), link(bracket), link(ScalingClient.loss), link(RunConfig.__post_init__)  # fmt: skip
    trial = Walk(13)
    domain = trial.domain  # @inspect domain.learning_rate domain.train_flops[:4]
    centre = best_config(quick_fit(trial.ledger), domain, 10**15)  # @inspect centre
    asked = predict(
        "It has no run yet, only a prior. It tries this rate, half and double. When may it stop?",
        choices=[
            "After three runs",
            "When the best one has a worse neighbour on both sides",
            "After five runs",
        ],
        hint="What do you know about a minimum at the edge of what you tried?",
    )
    bracket(trial.ledger, domain, centre)  # @stepinto 1
    losses = {run.config.learning_rate: run.loss for run in trial.ledger.runs}  # @inspect losses
    reveal(
        asked,
        "When the best one has a worse neighbour on both sides",
        f"Here after {len(losses)} runs, or at the border of the domain.",
    )
    run = trial.ledger.runs[0]  # @inspect run.config.parameters run.loss
    again = trial.surface.noise.apply(3.0, np.random.default_rng(0))  # @stepinto @inspect again
    text(rf"""
        What it gets to see is the exact loss times $e^{{\sigma z}}$ with $\sigma$ = 0.5 %: a true
        loss of 3 came back as {again:.3f} just now. Four such sweeps, at two budgets and with both
        batches, and the plan climbs a ladder of seven budgets. On each rung sizes spread around the
        optimum that it believes in *so far*, and the first rungs are as cheap as the API allows.
    """)
    walk = Walk(13)
    first = walk.sweep()  # @inspect first
    steps = [first, *(walk.climb(rung) for rung in LADDER[:4])]  # @inspect steps[-1]
    asked = predict(
        f"{steps[1].runs - first.runs} runs at 1e13 FLOPs cost {steps[1].spent - first.spent:.2%} "
        "of the budget. The target is a million times larger. What do they do to the regret, the "
        f"loss above the best at the target, which is now {first.regret:.1%}?",
        choices=["Nothing", "They make it worse", "They divide it by a hundred or more"],
        hint="They are far away, but there are many, and each is allowed to be badly chosen.",
    )
    reveal(asked, "They divide it by a hundred or more", f"{steps[1].regret:.3%}.")
    rung = LADDER[4]  # @inspect rung
    before = walk.prediction()  # @inspect before.low before.high
    steps.append(walk.climb(rung))
    sizes = [run.config.parameters for run in walk.ledger.runs[-rung.runs :]]  # @inspect sizes
    steps += walk.rest(after=5)  # @inspect len(steps)
    after = walk.prediction()  # @inspect after.low after.high
    truth = walk.truth.loss  # @inspect truth
    plot(planning.bought(walk.ledger.runs, (TARGET, walk.truth.config.parameters)))
    plot(planning.beliefs(steps))
    narrower = [(p.high - p.low) / p.loss for p in (before, after)]  # @inspect narrower
    most = 1e16 / (6 * min(sizes))  # @inspect most after.config.tokens
    assert first.regret / steps[1].regret > 100
    assert max(step.regret for step in steps[1:]) < 2e-4
    assert max(sizes) > walk.truth.config.parameters
    assert after.config.tokens < most
    assert after.low < truth < after.high
    assert narrower[1] < 0.5 * narrower[0]
    text(rf"""
        The regret is below two ten-thousandths when {steps[4].spent:.0%} of the budget is spent, on
        runs that nobody would put into a paper. Why does the planner then spend the rest on runs
        of 1e16 FLOPs and more, and why on models that are up to {rung.size_factor:.0f} times too
        large or too small for them? Not for the configuration, which hardly changes any more, but
        for the *loss*. The large ones have the parameters that the target will have, with few
        tokens; the small ones see as many tokens as the target will. What the target pays for its
        size and what it pays for its data are then both observed, only never together, and if the
        two add up nothing has to be extrapolated. The 95 % interval shrinks from {narrower[0]:.1%}
        to {narrower[1]:.1%} of the loss. The truth, {truth:.4f}, is inside, and {after.loss:.4f}
        is predicted. **What to train is cheap to learn; what will come out is not.**
    """), link(forecast), note("Ask which of the two your manager wants to know.")  # fmt: skip


def where_it_is_wrong() -> None:
    text(r"""
        # Where the planner is wrong
        That world followed a law of Hoffmann's kind. In family 2 of the same assignment both power
        laws bend somewhere, smoothly; noise is twice as large, and some runs diverge. We let the
        planner loose on seed 24 and look at its errors at every budget, which only the author of a
        world can do.
    """)
    bent = finished(24, family=2)  # @inspect len(bent.ledger.runs)
    lost = len(bent.ledger.runs) - len(bent.ledger.usable())  # @inspect lost
    answer = bent.prediction()  # @inspect answer.low answer.high
    asked = predict(
        f"It threw away {lost} runs as diverged or hopeless, and fits the rest to a few tenths of "
        "a percent. Does its interval hold the true loss at 1e19?",
        choices=["Yes", "No, the truth is above", "No, the truth is below"],
        hint="Where can a bend hide that moves the target by 2 %?",
    )
    truth = bent.truth.loss  # @inspect truth
    reveal(asked, "No, the truth is above", f"{truth:.4f}, and the interval ends at "
           f"{answer.high:.4f}.")  # fmt: skip
    budgets = [10**15, 10**16, 10**17, 6 * 10**17, 10**18, 3 * 10**18, TARGET]  # @inspect budgets
    errors = extrapolations(bent, answer.model, budgets)  # @inspect errors[0] errors[-1]
    largest = max(run.config.train_flops for run in bent.ledger.runs)  # @inspect largest
    plot(planning.bending(errors, largest))
    wrong = bent.surface.loss(answer.config) / truth - 1  # @inspect wrong
    assert truth > answer.high
    assert abs(errors[2].error) < 0.01 < 0.02 < abs(errors[-1].error)
    assert wrong < 0.0025
    held = coverage()  # @inspect held
    assert min(held[1][0], held[2][0], held[5][0]) > 0.9 > 0.3 > held[4][0]
    text(rf"""
        Up to 1e17 FLOPs the model is within {abs(errors[2].error):.2%} of the truth, at 6e17 off by
        {abs(errors[3].error):.1%}, and at the target by {abs(errors[-1].error):.1%}. A bend that is
        hardly visible among the runs is largest exactly where we want to know. The planner weighs
        three forms that may bend against one that does not, and that is why its interval is as wide
        as it is; it missed nevertheless. In fresh worlds such intervals held the truth in
        {held[1][0]:.0%} of {held[1][1]} of family 1, and in {held[2][0]:.0%} of family 2. Two more
        families have forms that it does not hold. In family 5, written when the planner was frozen
        (the loss counts embeddings, N does not), a bending form came near enough: {held[5][0]:.0%}.
        In family 4 (Farseer, where the exponent of the data depends on the size) none did:
        {held[4][0]:.0%}. Evidence can weigh forms against each other; it cannot say that all of
        them are wrong.

        And yet the configuration that it proposes loses only {wrong:.2%} against the best one,
        because the valley is flat. That is the division of labour to remember: use laws to choose
        freely, and to promise carefully.

        ## Recap: planning
        Tune first, enclose each minimum, buy many cheap runs before few dear ones. The choice
        converges early; the dear runs pay for the prediction. What no run has seen stays unknown.
    """), note("What would a bend do to a prediction of accuracy instead of loss?")  # fmt: skip


def three_schedules() -> None:
    text(r"""
        # Three schedules, one computed exactly
        Every run needs a schedule for its learning rate. The usual _cosine schedule_ is
        half a cosine, which assignment 1 implements, and its drawback is in its arguments: it has
        to know from the start how long the run will be.
    """)
    rate = get_lr_cosine_schedule(600, 1.0, 0.0, 100, 1000)  # @stepinto @inspect rate
    made = {"cosine": cosine(1000, 50), "WSD": wsd(1000, 50), "linear": linear_to_zero(1000, 50)}
    plot(descent.shapes(made, 1000))
    text(r"""
        _WSD_ (warm-up, stable, decay; Hu and others, 2024) holds the rate and lets it fall only in
        the last tenth or fifth. Why should that be allowed? Take stochastic gradient descent on
        least squares, where the expected loss can be computed exactly, without a single random
        number. For Gaussian inputs with variance $s_i$ in direction $i$, targets with noise, and a
        batch of $B$, the squared error of each coordinate obeys
        $$v_i \leftarrow v_i\,(1 - 2rs_i + r^2s_i^2) + \tfrac{r^2 s_i}{B}(s_i v_i + S + \sigma^2),$$
        where $S = \sum_j s_j v_j$ is twice the excess of the moment.
        The first factor forgets the start, and the second term is noise that the rate $r$ lets in.
        A high rate forgets faster and ends noisier. A schedule does one after the other.
    """), link("2404.06395"), link(noisy_descent.excess_after)  # fmt: skip
    asked = predict(
        "Each schedule gets its own best rate. For which length of run does WSD beat the cosine?",
        choices=["For short runs", "For long runs", "For all", "For none"],
        hint="In a short run the start is not forgotten yet. Who forgets for longer?",
    )
    grid = [2.0 ** (k / 2) for k in range(-14, 5)]  # @inspect grid[0] grid[-1]
    lengths = [250, 500, 1000, 2000, 4000]  # @inspect lengths
    ends = noisy_descent.best_ends(
        {"constant": lambda _: constant(), "cosine": cosine, "WSD 20 %": wsd}, lengths, grid
    )  # @inspect ends
    ratio = {n: ends["WSD 20 %"][n] / ends["cosine"][n] for n in lengths}  # @inspect ratio
    reveal(asked, "For short runs", f"{ratio[250] - 1:+.0%} at 250 steps, {ratio[4000] - 1:+.0%} "
           "at 4,000.")  # fmt: skip
    plot(descent.ends(ends, "Computed exactly: where each schedule ends", "expected excess"))
    assert ratio[250] < 0.9 < 1.5 < ratio[4000]
    assert ends["constant"][4000] > 3 * ends["WSD 20 %"][4000]
    text(rf"""
        Both beat a constant rate; after 4,000 steps the cosine does so by a factor of
        {ends["constant"][4000] / ends["cosine"][4000]:.0f}. Which of the two is better depends on
        what is left to do. As long as the start has not been forgotten, WSD's high plateau wins;
        when only noise is left, the long descent of the cosine does. Wen and others (2024) draw the
        same picture for language models: a river valley, where a high rate runs fast along the
        river while it bounces between the banks, and the decay drops to the water. So the truth
        about WSD is not that it is better. It is nearly as good, and it does not have to know the
        end.
    """), link("2410.05192"), note("Which regime are 20 tokens a parameter in?")  # fmt: skip


def one_trunk() -> None:
    text(r"""
        # One trunk, many lengths
        To know how loss falls with data, one needs runs of several lengths. With a cosine each is a
        run of its own: reading the loss in the middle of a longer run, before its rate has come
        down, gives a number that no run of that length would have ended with. With WSD all lengths
        share a trunk, and only the decays are paid for again. Now real Transformers, with 100, 200
        and 400 steps.
    """), link("2405.18392")  # fmt: skip
    asked = predict(
        "Three cosines take 700 steps. How many do a trunk and three decays of 20 % take?",
        unit="steps",
        hint="The trunk has to reach the last decay, at step 320.",
        tolerance=0.02,
    )
    found = sweeps.branched(FACTS, [100, 200, 400], 2.0**-5)  # @inspect found.cosine found.wsd
    apart, together = found.steps  # @inspect apart together
    reveal(asked, together, f"{1 - together / apart:.0%} saved.")
    plot(descent.branches(found))
    gap = {n: found.wsd[n] / found.cosine[n] - 1 for n in found.wsd}  # @inspect gap
    assert 0 < min(gap.values()) < max(gap.values()) < 0.08
    text(rf"""
        Each decay drops steeply and ends within {max(gap.values()):.0%} of the cosine of its
        length, here on the worse side, at one rate for all. For lengths spaced by factors of two
        the cosines take about twice the longest run, and trunk and branches together not much more
        than once. The saving grows when lengths are spaced more closely, and it is largest when
        nobody knows in advance how long the longest run will be.
    """)
    kinds = records.schedule_table()  # @inspect kinds["cosine"] kinds["WSD 20%"]
    plot(descent.ends(kinds, "Excess by schedule and length (recorded)", "loss − entropy, nats"))
    gaps = {
        name: [round(100 * (kinds[name][n] / kinds["cosine"][n] - 1), 1) for n in kinds["cosine"]]
        for name in ("linear", "WSD 10%", "WSD 20%")
    }  # @inspect gaps
    wide = gaps["WSD 20%"]  # @inspect wide
    higher = records.schedule_ends("WSD 20%", 2000, least_rate=2.0**-7)  # @inspect higher
    seemed = round(100 * (higher / kinds["cosine"][2000] - 1), 1)  # @inspect seemed
    assert wide[0] < -3 < max(wide[2:]) < 0 < seemed < 3
    assert max(gaps["linear"]) < 0
    text(rf"""
        The record has width 128, lengths from 250 to 2,000 and three seeds, each schedule at the
        best of its rates. A decay of 20 % beats the cosine at all lengths, by {-wide[0]} % at 250
        steps and by {-wide[-1]} % at 2,000; so does a straight line down to zero. The lead of WSD
        shrinks with the length, as the solved problem said, but within these lengths the sign does
        not turn. It did turn in our first session. WSD then seemed {seemed} % behind at 2,000
        steps, which we would have reported as a confirmation, until a lower rate was added: its
        best rate had been the lowest that we had tried. ({records.caption("schedules")}.)

        ## Recap: schedules
        A schedule divides a run between forgetting the start and averaging the noise. WSD is at its
        best in short runs, near the cosine in ours, and buys many lengths for the price of one.
        Compare schedules at their own best rates, and look whether these are at an edge.
    """), note("Whose best rate is at an edge in your last paper?")  # fmt: skip


def rate_and_batch() -> None:
    text(r"""
        # Laws of the rate and the batch
        The first philosophy is to fit. DeepSeek (2024) swept rates and batches at small budgets and
        found power laws for both; Step Law (2025) did so with 3,700 runs. Before we look at such
        constants, let us see what kind of object they describe. In our exactly solved problem we
        can compute the best rate for any number of examples, without noise and without effort.
    """), link("2401.02954"), link("2503.04715"), link(noisy_descent.best_rate)  # fmt: skip
    grid = [2.0 ** (k / 2) for k in range(-14, 6)]  # @inspect grid[0] grid[-1]
    seen = {2**k: noisy_descent.best_rate(2**k, 8, grid)[0] for k in range(11, 15)}  # @inspect seen
    slope = records.slope_of(seen)  # @inspect slope
    asked = predict(
        f"From 2^11 to 2^14 examples the best rate falls as D^{slope:.2f}, and the four points lie "
        "on that line within 3 %. What does the law do at 2^17?",
        choices=["It holds", "It promises too high a rate", "It promises too low a rate"],
        hint="At few examples something else than noise keeps the rate down.",
    )
    beyond = {2**k: noisy_descent.best_rate(2**k, 8, grid)[0] for k in (15, 16, 17)}
    said = records.extrapolated(seen, 2**17)  # @inspect beyond said
    off = said / beyond[2**17]  # @inspect off
    reveal(asked, "It promises too high a rate", f"By a factor of {off:.1f}.")
    plot(descent.law_beyond(seen, beyond, slope, "A law of the rate, and what lay beyond", "rate"))
    assert 2 < off < 3
    assert all(abs(records.extrapolated(seen, d) / rate - 1) < 0.03 for d, rate in seen.items())
    text(rf"""
        The line is perfect and it is wrong by a factor of {off:.1f} at eight times the data. In
        short runs the best rate is held down by stability, since a rate beyond it diverges, and
        this limit hardly depends on the length. In long runs it is held down by noise, and falls.
        The four points lie in the transition between two regimes, where almost any smooth curve
        looks like a power law. Nothing in the residuals says so; only a reason could have.

        The batch is the other knob, and its question is about hardware: the larger it is, the more
        machines can share a step. Take the largest batch whose best run ends within 5 % of the best
        of all batches. McCandlish and others (2018) call a size of that kind *critical*.
    """), link("1812.06162")  # fmt: skip
    critical = {
        2**k: noisy_descent.largest_batch(2**k, [2**j for j in range(max(0, k - 13), 9)], grid)
        for k in (10, 12)
    }  # @inspect critical
    line = records.extrapolated(critical, 2**16)  # @inspect line
    asked = predict(
        f"This batch is {critical[2**10]:.1f} at 2^10 examples and {critical[2**12]:.1f} at 2^12. "
        f"A line through the two says {line:.0f} at 2^16. What do you expect?",
        choices=["About 4", "About 12", "About 30"],
        hint="Averaging helps against noise, and not against distance.",
    )
    late = noisy_descent.largest_batch(2**16, [8, 16, 32, 64, 128], grid)  # @inspect late
    reveal(asked, "About 30", f"{late:.0f}. This law bends, too, and upwards.")
    assert 1.5 < critical[2**10] < critical[2**12] < 4
    assert line < 14 < 28 < late < 36
    text(r"""
        As long as the start has to be forgotten, every example should move the weights at once.
        When noise is what is left, averaging over a batch costs nothing. The critical batch is not
        a property of a model. It grows as a run approaches its end, and so with the length of the
        run, and this is why fitted laws have the batch grow with the data. **Rate, batch and length
        are one knob with three handles; a law for one of them holds for a rule about the others.**
    """), note("Which regime would a fine-tuning run be in?")  # fmt: skip


def laws_of_real_runs() -> None:
    text(r"""
        # The same with real runs
        Now Transformers 64 wide, on the source of facts: seven rates, three seeds, five or six
        batches, from 2^18 to 2^21 tokens, and a test at four times more, 2^23. These are records,
        since they take minutes of a GPU.
    """)
    curves = {
        tokens: {b: excess for b, (_, excess) in records.by_batch(tokens).items()}
        for tokens in records.BUDGETS
    }  # @inspect curves[2**18]
    plot(descent.by_batch(curves))
    text(r"""
        One of the eight claims was about the *best* batch, and this figure shows how we fooled
        ourselves. The smallest batch that we had tried, 8 sequences, is best at every budget to
        which a law was to be fitted, so no minimum is enclosed and there is nothing to fit. The
        planner would not have made this mistake. What can be read off is the largest batch that
        costs at most 10 % of excess, which is also what one wants to know. (At 2^23 tokens none
        below 32 was tried, so the bar may be some percent too high there.)
    """)
    found = records.largest_batches()  # @inspect found
    seen = {tokens: batch for tokens, batch in found.items() if tokens <= 2**21}  # @inspect seen
    slope, said = records.slope_of(seen), records.extrapolated(seen, 2**23)  # @inspect slope said
    asked = predict(
        f"Up to 2^21 tokens this batch grows as D^{slope:.2f}, and the law says {said:.0f} "
        "sequences for 2^23. What came?",
        unit="sequences",
        hint="The solved problem's law broke. But it was fitted where noise hardly mattered.",
        tolerance=0.2,
    )
    batch = found[2**23]  # @inspect batch
    reveal(asked, round(batch), "Step Law, on real text and with thousands of runs, has D^0.57.")
    plot(
        descent.law_beyond(seen, {2**23: batch}, slope, "A harmless batch (recorded)", "sequences")
    )
    fixed = {tokens: records.rate_at(tokens, 32) for tokens in found}  # @inspect fixed
    grown = {t: records.rate_at(t, 8 * (t / 2**18) ** 0.571) for t in found}  # @inspect grown
    falls = [records.slope_of(rates) for rates in (fixed, grown)]  # @inspect falls
    told = records.extrapolated({t: fixed[t] for t in seen}, 2**23)  # @inspect told
    assert 0.5 < slope < 0.65
    assert abs(said / batch - 1) < 0.2
    assert falls[0] < -0.4 < -0.2 < falls[1]
    assert abs(told / fixed[2**23] - 1) < 0.1
    text(rf"""
        Here both laws hold beyond their data: {said:.0f} sequences said and {batch:.0f} found, and
        for the best rate at a fixed batch of 32, {told:.4f} said and {fixed[2**23]:.4f} found. The
        rate falls as $D^{{{falls[0]:.2f}}}$ at the fixed batch. Where the batch grows as
        $D^{{0.571}}$ it falls only as $D^{{{falls[1]:.2f}}}$, a factor of
        {grown[2**18] / grown[2**23]:.1f} instead of {fixed[2**18] / fixed[2**23]:.1f} over the
        whole range. ({records.caption("laws")}.)

        ## Recap: rate and batch
        The best rate is held down by stability in short runs and by noise in long ones. A law that
        was fitted across the change was off by a factor of two; within the regime of noise, ours
        held at four times the data.
    """), note("Which of the three handles would you hold?")  # fmt: skip


def the_third_digit() -> None:
    text(r"""
        # The third digit of an exponent
        DeepSeek's report is the most complete of its kind. Its rate, batch, model size (in FLOPs a
        token, $M$) and tokens are power laws of compute, from IsoFLOP runs of 1e17 to 3e20 FLOPs,
        used at up to 2,700 times more.
    """), link(recipes.deepseek_rate)  # fmt: skip
    budgets = [1e20, 1e22, 1e24]  # @inspect budgets
    table(
        [
            [f"{c:.0e}", f"{recipes.deepseek_rate(c):.1e}",
             f"{recipes.deepseek_batch(c) / 1e6:.2f}",
             f"{recipes.deepseek_model(c):.1e}", f"{recipes.deepseek_tokens(c):.1e}"]
            for c in budgets
        ],
        columns=["C", "learning rate", "batch, million tokens", "M, FLOPs a token", "tokens"],
    )  # fmt: skip
    closed = recipes.deepseek_model(1e22) * recipes.deepseek_tokens(1e22) / 1e22  # @inspect closed
    assert abs(closed - 1) < 0.01
    assert 2600 < (recipes.RECIPES[1].reach or 0) < 2750
    assert 2.0e7 < recipes.deepseek_batch(1e24) < 2.2e7
    text(rf"""
        The first check of any such table costs nothing: $M \cdot D$ has to be $C$, and it is, to
        {abs(closed - 1):.2%}. (A common slip: the batch law counts tokens and not sequences.)
        Llama 3's report (2024) prints only one law, tokens as $0.29\, C^{{0.53}}$, and says that
        at 3.8e25 FLOPs it gives 402 billion parameters on 16.55 trillion tokens.
    """), link("2407.21783")  # fmt: skip
    asked = predict(
        "Put 3.8e25 into the printed law and divide. How many billion parameters come out?",
        unit="billion parameters",
        hint="D = 0.29 C^0.53 and N = C / 6D. The logarithm of 3.8e25 is 58.9.",
        tolerance=0.15,
    )
    sizes = {
        a: recipes.LLAMA_FLOPS / 6 / recipes.llama_tokens(recipes.LLAMA_FLOPS, a) / 1e9
        for a in (0.53, 0.535, 0.537)
    }  # @inspect sizes
    reveal(asked, round(sizes[0.53]), "The report says 402.")
    assert round(sizes[0.53]) == 605
    assert round(sizes[0.537]) == 401
    text(rf"""
        {sizes[0.53]:.0f} billion, half as much again as the report's own figure. Nothing is wrong
        with the report except rounding: with an exponent of 0.537 the law gives
        {sizes[0.537]:.0f}. At $\ln C \approx 59$ a change of 0.007 in the exponent is a factor of
        1.5. So do not use printed constants of a law that was fitted far from where you stand, and
        when you publish one, print enough digits, or print the law relative to a point in the
        middle of its data, $D = D_0 (C / C_0)^a$, where rounding is harmless.

        Then the reports disagree with each other. Step Law lets the best rate *rise* with the
        tokens, as $D^{{0.307}}$. Bjorck and others (2024) see it fall with the length of the run,
        and Delphi's recipe (2026) lowers it as $D^{{-0.3}}$.
    """), link("2409.19913"), link(WORKS["delphi"])  # fmt: skip
    asked = predict(
        "Both were measured on hundreds of runs. What do you suspect?",
        kind="text",
        hint="Three handles of one knob.",
    )
    exponent = 0.307 - 0.571  # @inspect exponent
    reveal(
        asked,
        "They hold different things fixed. In Step Law the batch grows with D, as D^0.57, and a "
        "larger batch wants a higher rate. An exponent for the length alone leaves that out.",
        "Our own record showed it a moment ago.",
    )
    text(rf"""
        In Step Law the batch grows as $D^{{0.571}}$. If the best rate grew in proportion to the
        batch, taking that out would leave $D^{{{exponent:.2f}}}$, close to $-0.3$; our record has
        just shown how much of the drift a growing batch takes away. We suspect that this is most of
        the disagreement, though the two also differ in their schedules. Lingle's refit adds that
        exponents in tokens suffer from a grid of rates that is too coarse. And Yang and others
        (2026), with models of up to 707 million parameters, see the best rate bend upwards against
        its power law when that is followed in size, and hardly when it is followed in tokens.

        ## Recap: constants
        A law of a setting belongs to a rule about all other settings, and two laws that disagree
        may both be right. Far from the data the third digit of an exponent counts.
    """), link("2606.29158"), link(WORKS["lingle laws"]), note("Whom to trust?")  # fmt: skip


def sizes_of_things() -> None:
    text(r"""
        # How large should a matrix be?
        The second philosophy asks why the best rate depends on the width at all. Let the width $n$
        grow, and demand two things of every layer. At the start its outputs should have entries of
        size about 1, neither vanishing nor exploding. After one step they should have *changed* by
        about 1: less, and the layer does not learn; more, and the step blows up. The rest is two
        facts about the _operator norm_, the most that a matrix can stretch a vector (Yang, Simon
        and Bernstein, 2023).
    """), link("2310.17813")  # fmt: skip
    draw = torch.Generator().manual_seed(0)
    weights = torch.randn(1000, 500, generator=draw)  # @inspect weights.shape
    stretched = torch.linalg.matrix_norm(weights, 2).item()  # @inspect stretched
    expected = math.sqrt(1000) + math.sqrt(500)  # @inspect expected
    assert abs(stretched / expected - 1) < 0.03
    text(rf"""
        *A random matrix* with entries of size $\sigma$ stretches by about
        $\sigma(\sqrt{{m}} + \sqrt{{n}})$: {stretched:.1f} measured, {expected:.1f} expected. A
        vector of $n$ entries of size 1 has length $\sqrt n$, so from width to width the stretch has
        to be about 1, and therefore $\sigma = 1/\sqrt n$. So far this is the usual initialization.

        *An update* is not random. For one example the gradient is an outer product of what comes
        in and what comes back, so it has rank one, and it is aligned with just the input that it
        will meet again. Adam divides every entry by its typical size, which leaves its sign.
    """)
    asked = predict(
        "A square matrix of random signs, 2^10 wide, stretches by about 64. Now take the signs of "
        "an outer product. By how much does that stretch?",
        unit="times",
        hint="It still has rank one: signs of a column times signs of a row.",
        tolerance=0.05,
    )
    norms = {n: coordinates.norm_of_signs(n, draw) for n in (64, 256, 1024)}  # @inspect norms
    reveal(asked, round(norms[1024]), "All entries pull in one direction, so it is n and not 2 √n.")
    assert all(abs(norm / n - 1) < 0.001 for n, norm in norms.items())
    text(r"""
        There is the culprit. An Adam step of rate $\eta$ stretches by $\eta n$, because nothing in
        it cancels, and with the same $\eta$ a layer that is 32 times wider changes its outputs 32
        times as much. The demand was a change of about 1, so $\eta$ has to fall as $1/n$. The same
        argument for every kind of matrix is the whole of **μP** (Yang and others, 2022), written
        for Adam:

        | matrix | entries at the start | rate of Adam |
        |---|---|---|
        | input: embedding, positions | 1 | $\eta$ |
        | hidden: from width to width | $1/\sqrt{n}$ | $\eta \, n_0/n$ |
        | output: from width to vocabulary | $\sqrt{n_0}/n$ | $\eta \, n_0/n$ |

        An embedding is looked up, so a step changes just the entries that are used, and no width
        enters. The output adds up $n$ entries that have become aligned with it, and so it starts
        smaller than usual. In attention, scores are divided by the head's width instead of its
        root, for the same reason, unless heads keep their width, as ours do. $n_0$ is the width at
        which you tune; there, nothing changes. Tables in papers differ in form, as factors can be
        moved between rate, initialization and a multiplier. What has to agree is the size of an
        update.
    """), link(scale)  # fmt: skip
    hidden = scale("mup", "hidden", 2048, 2048)  # @stepinto @inspect hidden
    output = scale("mup", "output", 2048, 2048)  # @inspect output
    assert hidden.rate == output.rate == 1 / 32
    assert math.isclose(output.deviation, 1 / math.sqrt(2048) / math.sqrt(32))
    text(rf"""
        At width 2048 with $n_0 = 64$, hidden matrices start as always, with entries of
        {hidden.deviation:.3f}, and learn 32 times more slowly. **_μP_ is no new model and no new
        optimizer, but one table of exponents, derived from one question: how far does this step
        move the output?**
    """), note("Derive the row for SGD: the rate of a hidden matrix stays constant.")  # fmt: skip


def a_coordinate_check() -> None:
    text(r"""
        # A coordinate check
        Implementations of μP are easily wrong by one factor in one matrix, and the loss at one
        width does not show it. The test, a _coordinate check_, is cheap: take a few steps at
        several widths, and look how far the numbers inside have moved. In a correct implementation
        the curves are flat. Ours is a Transformer of one layer, from 64 to 1024 wide, after three
        steps of Adam.
    """), link(coordinates.moved)  # fmt: skip
    asked = predict(
        "With the usual parametrization, by what factor does the change of the last hidden state "
        "grow from width 64 to 1024, 16 times as wide?",
        choices=["By about 4", "By about 16", "By more than 100"],
        hint="One layer's step grows as n. How many layers does a signal pass?",
    )
    rows = coordinates.check(FACTS, [64, 128, 256, 512, 1024])  # @inspect rows[0] rows[4] rows[9]
    hidden = coordinates.growth(rows, "standard", "last hidden")  # @inspect hidden
    reveal(asked, "By more than 100", f"By {hidden:.0f}, near 16², as if two steps multiplied.")
    plot(widths.coordinates(rows))
    flat = max(coordinates.growth(rows, "mup", w) for w in coordinates.WATCHED)  # @inspect flat
    logits = coordinates.growth(rows, "standard", "logits")  # @inspect logits
    assert hidden > 100
    assert flat < 1.35
    assert logits > 8
    text(rf"""
        In μP all changes stay within a factor of {flat:.1f} over a sixteenfold width. In the
        standard parametrization the hidden state moves {hidden:.0f} times as far, and the logits
        {logits:.0f} times; that they are not worse we suspect to be the merit of the norm before
        the head, which hides the explosion without undoing it. A model in this state is not broken
        at the start. It is broken by its first step, and the cure that people find by hand is a
        lower rate for everything, embedding included.

        ## Recap: sizes
        A random matrix stretches by about the root of its width, an update of Adam by the width
        itself, because nothing in it cancels. μP gives each matrix the rate under which a step
        changes its output by about 1, and three steps at a few widths check it.
    """), note("Break one row of the table and run the check again.")  # fmt: skip


def a_rate_that_stays() -> None:
    text(r"""
        # A rate that stays
        If updates have the right size at all widths, then one rate should be best at all widths.
        Try it small first: seven rates, 60 steps, a Transformer of one layer, 32 and 128 wide.
    """), link(sweeps.final_losses)  # fmt: skip
    asked = predict(
        "Four times the width: by what factor does the standard rule's best rate fall here, if a "
        "step of Adam stretches in proportion to the width?",
        unit="times",
        hint="The grid has steps of 2.",
        tolerance=0.05,
    )
    rules: tuple[Rule, ...] = ("standard", "mup")
    live = {
        rule: {
            w: dict(zip(RATES, sweeps.final_losses(rule, w, RATES, FACTS), strict=True))
            for w in (32, 128)
        }
        for rule in rules
    }  # @inspect live["mup"][128]
    plot(widths.transfer(live, "Two widths, live", "training loss", 2.9))
    best = {
        rule: {w: min(losses, key=lambda rate: losses[rate]) for w, losses in of_rule.items()}
        for rule, of_rule in live.items()
    }  # @inspect best
    reveal(asked, round(best["standard"][32] / best["standard"][128]), "And under μP it stays.")
    assert best["standard"][32] == 4 * best["standard"][128]
    assert best["mup"][32] == best["mup"][128]
    text(rf"""
        The standard minimum moved by a factor of
        {best["standard"][32] / best["standard"][128]:.0f}, and μP's stayed where it was. On the GPU
        we went on to width 2048, with up to ten rates and three seeds each, two layers and 300
        steps of 16 sequences.
    """)
    curves = {
        rule: {
            w: records.mean_excess(records.rows("transfer", rule=rule, width=w), "rate")
            for w in records.best_rates(rule)
        }
        for rule in rules
    }  # @inspect curves["mup"][64]
    plot(widths.transfer(curves, "Excess by learning rate and width (recorded)", "excess", 1.0))
    rates = {rule: records.best_rates(rule) for rule in rules}  # @inspect rates
    fall = rates["standard"][64] / rates["standard"][2048]  # @inspect fall
    reveal("wider", "It falls by more than 8", f"By a factor of {fall:.0f}, nearly 32.")
    plot(widths.best_rates(rates))
    away = max(max(r / rates["mup"][64], rates["mup"][64] / r) for r in rates["mup"].values())
    lowest = {rule: min(curves[rule][2048].values()) for rule in rules}  # @inspect away lowest
    cost = curves["standard"][1024][2.0**-6] / min(
        curves["standard"][1024].values()
    )  # @inspect cost
    assert 25 < fall < 35
    assert away < 1.25
    assert abs(lowest["mup"] / lowest["standard"] - 1) < 0.05
    text(rf"""
        This is the figure to remember. Under the standard rule the best rate falls by a factor of
        {fall:.0f} over a factor of 32 in width, as $1/n$, just as the norm of an update said. Under
        μP it stays within a factor of {away:.2f}. Whoever had tuned at width 64 and trained width
        1024 with the same rate would have ended with {cost:.1f} times the least excess.

        Note also what μP does *not* do: at width 2048 the best standard run reaches
        {lowest["standard"]:.3f}, the best μP run {lowest["mup"]:.3f}. It does not make models
        better. It makes the small one's answer valid for the large one. That the last widths hardly
        gain we suspect to be for want of data, 307,200 tokens. ({records.caption("transfer")}.)
    """), note("And with a rate for each matrix?")  # fmt: skip


def what_does_not_transfer() -> None:
    text(r"""
        # What does not transfer
        μP is a statement about width. It is silent about everything else that changes when a run
        is scaled, and it assumes things about the model that are easy to violate. The limits known
        so far, each with its witness:

        | it breaks, or does not cover | what is known |
        |---|---|
        | trainable gains of norms, strong weight decay | Lingle (2024), ablations to 1.2B |
        | depth | needs a rule of its own; CompleteP (Dey and others, 2025) |
        | length of the run | the best rate falls, even under μP (Bjorck and others, 2024) |
        | weight decay | its product with the rate has to be scaled, too (Fan and others, 2025) |
        | other optimizers | other exponents, derived and tried by Everett and others (2024) |
    """), link("2407.05872"), link("2404.05728"), link("2505.01618")  # fmt: skip
    asked = predict(
        "Our models have norms without gains and no weight decay. Are the transfer curves that you "
        "just saw a fair picture of μP in practice?",
        choices=["Yes", "No, they are its best case"],
        hint="Compare with the first row of the table.",
    )
    reveal(asked, "No, they are its best case", "We chose what is known to transfer.")
    text(r"""
        The gains are instructive. A _gain_ is a vector, its rate is the embedding's, and it
        multiplies the input of a matrix whose rate was chosen for an input with entries of about
        one. When the gain grows during training, so does every update behind it. Weight decay acts
        late: after many steps the size of a weight is set by the balance of decay and updates and
        not by its start, and that balance has exponents of its own. Both act through training, so
        no coordinate check of three steps can see them, and a check that passes is necessary and
        not sufficient.

        ## Recap: two philosophies
        Fit the drift, and you need runs at several sizes and the courage to extrapolate.
        Remove the drift, and you need a derivation, a check, and a model that obeys it. Most
        recipes since 2025 mix the two: a parametrization for width and depth, and a fitted exponent
        for the length.
    """), link("2510.15262"), note("Cerebras: 6e-4 at 111M, 1.2e-4 at 13B.")  # fmt: skip


def orthogonal_updates() -> None:
    text(r"""
        # Muon: updates without a favourite direction
        If the operator norm of an update is what matters, why not choose the update *by* its norm?
        Among all updates with norm 1, the one that agrees most with the gradient $G = U S V^\top$
        is $U V^\top$: the same directions, all of them equally long. Jordan and others (2024) use
        the momentum in place of the gradient, and call it Muon. Take the momentum of a small
        Transformer's feed-forward layer after 20 steps.
    """), link(WORKS["muon"])  # fmt: skip
    momentum = sweeps.momentum(FACTS)  # @inspect momentum.shape
    values = torch.linalg.svdvals(momentum)  # @inspect values[:3]
    share = float(values[:5].square().sum() / values.square().sum())  # @inspect share
    text(rf"""
        Five directions of 64 hold {share:.0%} of its squared length. A step along it learns these
        five, and hardly anything else. A singular value decomposition would make them all equal,
        but GPUs are slow at it. What they are good at is products of matrices, and an odd
        polynomial of a matrix needs nothing else: $aX + b\,XX^\top X + c\,(XX^\top)^2 X$ turns each
        singular value $s$ into $as + bs^3 + cs^5$ and leaves the directions alone.
    """)
    asked = predict(
        "With a = 15/8, b = -10/8, c = 3/8 every value in (0, 1] converges to 1. After five "
        "rounds, has a value of 0.01 arrived?",
        choices=["Yes", "No, it is below 0.5"],
        hint="Near zero the polynomial is just a multiplication by a.",
    )
    slow = muon.polynomial(torch.tensor([0.01]), 5, muon.CLASSICAL).item()  # @inspect slow
    fast = muon.polynomial(torch.tensor([0.01]), 5, muon.FAST).item()  # @inspect fast
    reveal(asked, "No, it is below 0.5", f"{slow:.2f}; with a = 3.44 it is at {fast:.2f}.")
    plot(widths.polynomials())
    after = muon.orthogonalized(momentum, steps=5)  # @stepinto @inspect after.shape
    lengths = torch.linalg.svdvals(after)  # @inspect lengths[0] lengths[-1]
    plot(widths.spectra(values, {"orthogonalized": lengths}))
    assert slow < 0.5 < 0.6 < fast
    assert 0.65 < lengths.min() < lengths.max() < 1.2
    assert share > 0.5
    flops = 5 * 6 * 4096**3 / (6 * 4096**2 * 4e6)  # @inspect flops
    assert flops < 0.006
    text(rf"""
        Jordan's coefficients give up on convergence for speed: five rounds bring all values
        between {lengths.min():.2f} and {lengths.max():.2f}, and more rounds bring them no closer.
        That is enough, since nobody needs the step to be exactly orthogonal. The cost is five
        rounds of three products, $30\,n^3$ FLOPs for a square matrix, which beside $6 n^2$ for each
        token of a batch of 4 million is {flops:.1%} at $n$ = 4096.

        Now compare with the previous hour. A Muon step has operator norm
        $\sqrt{{n_{{out}}/n_{{in}}}}$ by construction, which is the size that μP computes for Adam,
        so its rate should need no factor for the width. Embedding and head stay with Adam: they are
        lookup tables, whose rows have no business being orthogonal to each other.
    """), note("What would Muon do to a matrix whose gradient has rank one?")  # fmt: skip


def along_two_axes() -> None:
    text(r"""
        # Is it better? Along two axes
        Moonshot (2025) fitted laws to both and reported that Muon needs about half of AdamW's
        FLOPs. Wen and others (2025) tuned ten optimizers with equal care and found less: 1.4 times
        as fast as AdamW at 0.1 billion parameters, and 1.1 times at 1.2 billion, with rankings that
        also depend on the tokens per parameter. A comparison at one point is an anecdote. One needs
        both axes, size and length, and each optimizer at its own best rate at each point.
    """), link("2502.16982"), link("2509.02046")  # fmt: skip
    asked = predict(
        "Our record has widths 64 to 256 and lengths of 250 to 2,000 steps, each at its best rate. "
        "How does Muon's lead change with the length of the run?",
        choices=["It grows", "It shrinks", "It stays about the same"],
        hint="We had registered a claim. It need not have come true.",
    )
    ups = records.speed_ups()  # @inspect ups[64] ups[128] ups[256]
    plot(widths.speed_ups(ups))
    flat = [times for row in ups.values() for times in row.values()]  # @inspect flat
    drift = records.muon_drift()  # @inspect drift
    reveal(asked, "It grows", "At width 64 it rises and falls again; at 128 and 256 it grows.")
    assert min(flat) > 1
    assert all(ups[w][2000] > ups[w][250] for w in ups)
    assert ups[64][2000] < ups[128][2000] < ups[256][2000]
    assert 1.3 < min(drift.values()) < max(drift.values()) < 2
    text(rf"""
        Muon is ahead at all twelve points: Adam needs {min(flat):.2f} to {max(flat):.2f} times its
        steps. We had claimed that the lead shrinks with the length, and it does not; it grows with
        the width and, but for width 64, with the length. This does not contradict Wen and others.
        Their models are a thousand times larger and ours see few tokens, and a slope over a factor
        of four in width says nothing about a factor of a thousand. What carries over is the
        method: two axes, and every optimizer at its own best rate. Our Adam has no weight decay,
        our Muon's other matrices learn with a rate that was not tuned, and all of it is one task.
        Nor does Muon's rate stay quite where it was: it falls by a factor of
        {min(drift.values()):.1f} to {max(drift.values()):.1f} from width 64 to 256, where Adam's
        under μP did not move. Why, we do not know.
        ({records.caption("muon")}.)

        ## Recap: Muon
        _Muon_ chooses the step by its operator norm: momentum, made orthogonal by five rounds of
        matrix products. Its rate depends little on the width. It was faster at all our points, and
        how much of that is left at scale is an open measurement, not an opinion.
    """), note("What else would you tune before you believe it?")  # fmt: skip


def published_recipes() -> None:
    text(r"""
        # What reports disclose
        Since 2023 few laboratories say how they chose. Those who do, by date, with what they
        fitted and how far they went beyond it; an empty cell is one that the report leaves open.
    """)
    table(recipes.recipe_rows(), columns=recipes.COLUMNS)
    asked = predict(
        "Which column would you most like to see filled in every report?",
        kind="text",
        answer="'Fit up to' and 'times': how far the law was followed beyond its data. And then "
        "whether the prediction had been written down before.",
        hint="What would you need in order to trust the next one?",
    )
    reach = {r.name: round(r.reach) for r in recipes.RECIPES if r.reach}  # @inspect reach asked
    assert reach["Llama 3"] == 3800
    text(rf"""
        Cerebras-GPT showed μP on an open family of models and steadier losses with it. MiniCPM
        introduced WSD and fitted its law to branches. DeepSeek and Llama 3 fitted drift and went
        {reach["DeepSeek LLM"]:,} and {reach["Llama 3"]:,} times beyond their runs. Kimi K2
        (trained with Muon on 15.5 trillion tokens) published a law for sparsity: at equal FLOPs,
        more experts of which a smaller share acts kept winning, up to a sparsity of 48, which they
        chose. HyperP (2026) keeps weights on a sphere, so that neither width nor depth moves the
        rate, and fits only the length. Delphi (2026) combines a parametrization, WSD and a fitted
        exponent for the length, and is the one with a forecast that was registered before the run.

        Look at the empty cells, too. Each of them is a number that somebody knew.
    """), link("2304.03208"), link("2507.20534"), link("2603.28743"), note("Why?")  # fmt: skip


def a_forecast() -> None:
    text(r"""
        # A forecast, and its outcome
        A law that is fitted after everything is known is a description. So before any of today's
        records existed we committed eight claims, and the rule of a forecast: one recipe (μP, with
        a rate from pilot runs of 120 steps at width 64, WSD, one batch), small runs up to width 64
        and 1,024 steps, the law $A/N^\alpha + B/D^\beta$ for the excess, and an interval from
        redrawn residuals and from ladders that miss one width or one length. The measuring program
        itself wrote the forecast down between the small runs and the large ones.
    """), link(records.registered)  # fmt: skip
    said = records.forecast()  # @inspect said["written"] said["law"]
    goal = said["goals"][-1]  # @inspect goal
    ladder = records.averaged_ladder()  # @inspect ladder[0]
    times = goal["parameters"] * goal["tokens"] / max(r["parameters"] * r["tokens"] for r in ladder)
    asked = predict(
        f"For width 512 after 8,192 steps, {times:.0f} times the compute of the largest small "
        f"run, it says {goal['excess']:.4f}, between {goal['low']:.4f} and {goal['high']:.4f}. "
        "What came?",
        unit="nats",
        hint="Is the recipe still a good one at that size?",
        tolerance=0.1,
    )
    came = records.target_excess()  # @inspect came
    found = came[goal["parameters"], goal["tokens"]]  # @inspect found
    reveal(asked, round(found, 4), f"{found / goal['excess']:.1f} times the forecast, and outside.")
    plot(planning.forecast_and_outcome(ladder, said["goals"], came))
    assert found > goal["high"]
    assert said["law"]["beta"] > 0.9 > 0.1 < said["residual"]
    text(rf"""
        It failed, and not by bad luck. The signs were in the fit: residuals of
        {said["residual"]:.0%} where seeds differ by two or three, and an exponent in $D$ of
        {said["law"]["beta"]} where facts of these frequencies allow 1/3. Something else than data
        was improving with the length of those short runs. We suspected Delphi's first mistake, one
        rate for all lengths, tuned at short runs. The record of the optimizers, where every length
        has its own best rate, supports it. ({records.caption("target")}.)
    """)
    again = records.again()  # @inspect again["rate"] again["written"]
    tuned = tuned_runs()  # @inspect tuned[0] tuned[-1]
    plot(planning.rates_by_length(tuned, again["rate"], records.FORECAST_RATE))
    late = records.FORECAST_RATE / again["rates"]["8192"]  # @inspect late
    assert 6 < late < 9
    assert again["residual"] < 0.03
    assert abs(again["law"]["beta"] - 0.4) < 0.05
    text(rf"""
        Adam's best rate falls as the number of steps to the power {again["rate"]["exponent"]:.2f},
        on one line for all three widths, since μP has taken the width out. At 8,192 steps our rate
        had been {late:.0f} times too high. With tuned rates the law of the excess fits within
        {again["residual"]:.1%}, with an exponent in $D$ of {again["law"]["beta"]}. So we made a
        second forecast from these runs, with the rate as a law of the length, and registered it
        with three claims before anything was trained.
    """)
    asked = predict(
        f"It says {again['goals'][-1]['excess']:.4f} for width 512 after 8,192 steps, 16 times the "
        "compute of its largest run. Does its interval, 11 % to either side, hold what came?",
        choices=["Yes", "No, too low again", "No, too high"],
        hint="The residuals are small now, and the exponent is possible.",
    )
    second = records.second_excess()  # @inspect second
    off = [second[g["parameters"], g["tokens"]] / g["excess"] - 1 for g in again["goals"]]
    reveal(
        asked, "Yes", f"{off[-1]:+.0%}; all four runs came {min(off):.0%} to {max(off):.0%} above."
    )
    assert 0.02 < min(off) < max(off) < 0.07
    assert all(g["low"] < second[g["parameters"], g["tokens"]] < g["high"] for g in again["goals"])
    outcomes = [*records.outcomes(), *records.outcomes(again["claims"])]  # @inspect outcomes[0]
    table(
        [[claim, "yes" if true else "no", what] for claim, true, what in outcomes],
        columns=["written down before", "came true", "what was found"],
    )
    yes = [
        sum(true for _, true, _ in part) for part in (outcomes[:8], outcomes[8:])
    ]  # @inspect yes
    assert yes == [5, 2]
    text(rf"""
        The second forecast held, and with half the tokens it just beat the first recipe, which is
        the ablation that the suspicion needed: rate and batch were all that changed. Do not be too
        pleased. All four runs came out on the same side, and the claim about the rate failed: at
        8,192 steps the best of three rates was the highest, twice what the law had said. Our law of
        the rate bends upwards along the length, as another was seen to bend along the size (Yang
        and others, 2026), and the interval held although one of its assumptions did not.
        ({records.caption("second")}.)

        {yes[0]} of the first eight claims came true and {yes[1]} of the three later ones. Had we
        looked first and written afterwards, we would have told you about eleven insights, and
        nobody would have seen a difference. **A forecast is worth something because it can fail in
        public.**
    """), note("Which of your beliefs would you register?")  # fmt: skip


def what_to_keep() -> None:
    text(r"""
        # What to keep
        A recipe maps a budget to all settings, and a scaling law is a law of its recipe. Choosing
        converges early, promising does not. WSD buys lengths for the price of one. Laws of rate and
        batch hold in a regime; μP removes the drift with width, and nothing else; Muon sets the
        norm of the update outright.

        | step | do | because |
        |---|---|---|
        | 1 | fix data and the rules of the shape | a law is a law of its recipe |
        | 2 | parametrize for the width, check coordinates | the rate then stays, by a derivation |
        | 3 | tune rate and batch, enclose every minimum | an edge is no minimum |
        | 4 | let the rate follow the length | it falls, whatever the width |
        | 5 | WSD trunks with branches, several widths | lengths for the price of one |
        | 6 | fit, look at residuals and exponents | a wrong form shows there first |
        | 7 | write the forecast down, run a tenth, then commit | it has to be able to fail |

        ## Three exercises
        1. Break one row of `parametrization.scale`: give the output the rate 1 at every width, and
           run `coordinates.check` again. (Check: the logits of width 1024 now move four times as
           far as those of width 64, and the hidden state still does not.)
        2. Call `noisy_descent.best_rate` with a batch that grows as $D^{0.571}$ from 8 at 2^14
           examples, instead of staying at 8. (Check: up to 2^17 the best rate at a fixed batch
           falls by a factor of 3.3, with the growing batch by 5 %.)
        3. Give the planner of assignment 3 half the budget in the world of seed 13. (Check: the
           regret stays below 0.01 %, and the interval becomes 1.6 times as wide.)

        ## What to read next, and why
        Yang, Simon and Bernstein (2023) for the derivation in a form that one can remember. Wen and
        others (2025) for how an honest comparison of optimizers is made. The Delphi report for a
        recipe that failed, and how its authors found out. Lecture 12 asks what all these losses are
        good for.
    """), link("2310.17813"), note("Which of today's numbers would you check first?")  # fmt: skip


if __name__ == "__main__":
    main()
