"""Problems of intervals: the bootstrap, the budget held back, and both together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from judge.checks import Draw, holds, problem, same
from judge.laws import Law, Run, curves, drawn_law, influence, standard_error
from numpy.polynomial import Polynomial

from tests import adapters

CS = [1e19, 6e19, 3e20, 1e21]
FAR = 1e23
NOISE = 0.004
DRAWS = 10


@problem("residual_bootstrap", 3, "bootstrap.residual_bootstrap")
def test_the_spread_of_the_answers(draw: Draw) -> None:
    law = drawn_law(draw)
    runs = curves(law, CS, sizes=7, noise=NOISE, seed=draw.number)
    found = adapters.run_residual_bootstrap(runs, law.constants, FAR, DRAWS)
    holds(len(found) == DRAWS, f"residual_bootstrap has {len(found)} answers, where {DRAWS} are "
          "right: one a draw.")  # fmt: skip
    spread, chance = float(np.std(np.log(found))), standard_error(law, runs, FAR, NOISE)
    case = f"28 runs with noise of {NOISE:.1%}, {DRAWS} draws, the best N at 1e23"
    hint = "look at what is drawn anew"
    if spread < 1e-6:
        hint = "all answers are the same: each draw has to deal out residuals and to fit again"
    elif spread < chance:
        hint = "are residuals of ln L added to ln L, one drawn for each run, with replacement?"
    holds(0.4 * chance < spread < 3 * chance,
          f"the standard deviation of ln N over the draws is {spread:.4f}, where about "
          f"{chance:.4f} is right; {hint}. Case: {case}.")  # fmt: skip
    middle = float(np.median(np.log(found)) - math.log(law.best(FAR)))
    holds(abs(middle) < 3 * chance,
          f"the median of ln N over the draws lies {middle:+.4f} from that of the given law, where "
          f"less than {3 * chance:.4f} is right: draw around the law that is given. Case: {case}."
          )  # fmt: skip


@problem("residual_bootstrap", 3, "bootstrap.residual_bootstrap")
def test_one_residual_among_six(draw: Draw) -> None:
    law, draws, step = drawn_law(draw), 20, 2e-4
    runs = curves(law, CS[1:3], sizes=3)
    pulls = influence(law, runs, FAR)
    strongest = int(np.argmax(np.abs(pulls)))
    n, c, loss = runs[strongest]
    runs[strongest] = (n, c, loss * math.exp(step))
    found = adapters.run_residual_bootstrap(runs, law.constants, FAR, draws)
    holds(len(found) > 0.8 * draws,
          f"residual_bootstrap has {len(found)} answers of {draws} draws, where {draws} are right: "
          "6 runs stay 6 different runs when residuals are drawn; drawing whole runs (pairs) loses "
          "some of them, and with them the fit.")  # fmt: skip
    answers = np.log(np.array(found) / law.best(FAR))
    case = "6 runs, five exactly on the given law"
    wide = step * math.sqrt(6)
    right = wide * math.sqrt(5) / 6 * float(np.linalg.norm(pulls))
    in_losses = right * float(np.linalg.norm(pulls / [run[2] for run in runs]))
    in_losses /= float(np.linalg.norm(pulls))
    mistakes = {
        "residuals are not widened": right / math.sqrt(6),
        "residuals of ln L are added to L": in_losses,
    }
    spread = float(np.std(answers))
    like = [name for name, value in mistakes.items() if 0.6 * value < spread < 1.6 * value]
    advice = f" This is what one gets with this mistake: {'; or '.join(like)}." if like else ""
    holds(0.6 * right < spread < 1.7 * right,
          f"the standard deviation of ln N over the draws is {spread:.3g}, where about {right:.3g} "
          "is right: five constants have taken up most of the noise of 6 runs, so residuals count "
          f"sqrt(n / (n - 5)) = 2.45 times.{advice} Case: {case}.")  # fmt: skip
    nearest = float(np.abs(answers).min())
    holds(nearest < 0.05 * wide * float(np.abs(pulls).max()),
          f"the answer nearest to the given law's own {law.best(FAR):.6g} is off by {nearest:.2g} "
          "in ln N, where 0 is right: five of six residuals are zero, so a third of the draws has "
          "none of the sixth. Add residuals to the losses of the law and not to those of the "
          f"runs. Case: {case}.")  # fmt: skip


def vertex(runs: Sequence[Run]) -> float:
    """The best N of one budget by a parabola."""
    curve = Polynomial.fit(np.log([r[0] for r in runs]), [r[2] for r in runs], 2)
    return math.exp(float(curve.deriv().roots()[0]))


def bent(law: Law, budgets: Sequence[float], last: float) -> list[Run]:
    """Runs on a law, but for the largest budget, whose losses are a parabola around `last`."""
    runs = curves(law, budgets[:-1], sizes=7, width=9)
    least = float(law.at(law.best(budgets[-1]), budgets[-1]))
    for step in np.linspace(-1, 1, 7):
        n = round(last * math.exp(step))
        runs.append((n, budgets[-1], least + 0.02 * float(step) ** 2))
    return runs


@problem("held_back_error", 3, "bootstrap.held_back_error")
def test_one_budget_is_held_back(draw: Draw) -> None:
    law = drawn_law(draw)
    off = draw.random.choice((-1, 1)) * draw.random.uniform(0.1, 0.3)
    runs = bent(law, CS, law.best(CS[-1]) * math.exp(off))
    error = math.log(law.best(CS[-1]) / vertex(runs[-7:]))
    tens = [math.log10(c) for c in CS]
    there, far = tens[3] - sum(tens[:3]) / 3, math.log10(FAR) - sum(tens) / 4
    same("held_back_error(runs, 1e23)", adapters.run_held_back_error(runs, FAR),
         abs(error) / there * far, tolerance=1e-3,
         case=f"budgets {CS}; three lie on a law, at 1e21 the best N is exp({off:+.3f}) times "
         "the law's",
         suspects={
             "the error at the budget itself, not carried to the target": abs(error),
             "per decade, not carried to the target": abs(error) / there,
             "not divided by its own distance": abs(error) * far,
             "the held-back budget's distance from the largest known one and not from their mean":
                 abs(error) / (tens[3] - tens[2]) * far,
             "both distances from the largest known budget and not from the mean of the known ones":
                 abs(error) / (tens[3] - tens[2]) * (math.log10(FAR) - tens[3]),
             "the target's distance from the largest budget": abs(error) / there
                 * (math.log10(FAR) - tens[3]),
             "the sign is kept": -abs(error) / there * far,
             "a quotient of N and not its logarithm":
                 abs(math.exp(error) - 1) / there * far,
         })  # fmt: skip


@problem("held_back_error", 3, "bootstrap.held_back_error")
def test_two_budgets_are_held_back(draw: Draw) -> None:
    law = drawn_law(draw)
    budgets = [*CS, 6e21]
    runs = bent(law, budgets, law.best(6e21) * math.exp(draw.random.uniform(0.15, 0.3)))
    tens = [math.log10(c) for c in budgets]
    errors = []
    for index in (3, 4):
        there = tens[index] - sum(tens[:index]) / index
        mine = vertex([run for run in runs if run[1] == budgets[index]])
        errors.append(math.log(law.best(budgets[index]) / mine) / there)
    far = math.log10(FAR) - sum(tens) / 5
    squares = sum(e * e for e in errors)
    same("held_back_error(runs, 1e23)", adapters.run_held_back_error(runs, FAR),
         math.sqrt(squares / 2) * far, tolerance=1e-3,
         case="five budgets: the fourth and the fifth are held back in turn, only the fifth is "
              "bent",
         suspects={
             "the mean of the errors and not the root of their mean square":
                 abs(sum(errors)) / 2 * far,
             "the mean of their sizes and not the root of their mean square":
                 sum(map(abs, errors)) / 2 * far,
             "the squares are summed and not averaged": math.sqrt(squares) * far,
             "only the largest budget is held back": abs(errors[1]) * far,
             "the largest of the errors": max(map(abs, errors)) * far,
         })  # fmt: skip


@problem("held_back_error", 3, "bootstrap.held_back_error")
def test_three_budgets_say_nothing(draw: Draw) -> None:
    runs = curves(drawn_law(draw), CS[:3], sizes=7, width=9)
    same("held_back_error of three budgets", adapters.run_held_back_error(runs, FAR), math.inf,
         case="three are needed for the fit, none is left to hold back")  # fmt: skip


@problem("optimum_interval", 2, "bootstrap.optimum_interval")
def test_the_parts(draw: Draw) -> None:
    law = drawn_law(draw)
    runs = curves(law, CS, sizes=7, width=9, noise=0.001, seed=draw.number)
    estimate, _, _, sampling, model = adapters.run_optimum_interval(runs, FAR, 6)
    chance = standard_error(law, runs, FAR, 0.001)
    off = math.log(estimate / law.best(FAR))
    holds(abs(off) < 5 * chance, f"estimate is {estimate:.4g}, where {law.best(FAR):.4g} is right: "
          f"ln N is off by {off:+.3f}, noise alone moves it by {chance:.3f}.")  # fmt: skip
    holds(0.3 * chance < sampling < 3 * chance,
          f"sampling is {sampling:.4f}, where about {chance:.4f} is right: the standard deviation "
          "of ln N over the draws of residual_bootstrap.")  # fmt: skip
    same("model", model, adapters.run_held_back_error(runs, FAR), tolerance=1e-6,
         case="held_back_error of the same runs")  # fmt: skip


@problem("optimum_interval", 2, "bootstrap.optimum_interval")
def test_the_ends(draw: Draw) -> None:
    law = drawn_law(draw)
    runs = bent(law, CS, law.best(CS[-1]) * 1.3)
    estimate, low, high, sampling, model = adapters.run_optimum_interval(runs, FAR, 4)

    def ends(reach: float) -> tuple[float, float]:
        below, above = (math.exp(math.log(estimate) + sign * reach) for sign in (-1, 1))
        return below, above

    both = math.hypot(sampling, model)
    same("(low, high)", (low, high), ends(1.96 * both),
         case=f"sampling {sampling:.4f}, model {model:.4f}, estimate {estimate:.4g}",
         suspects={
             "one standard deviation and not 1.96": ends(both),
             "the parts are added; add their squares": ends(1.96 * (sampling + model)),
             "the error of the form is left out": ends(1.96 * sampling),
             "the noise is left out": ends(1.96 * model),
             "symmetric in N; the deviations are those of ln N":
                 (estimate * (1 - 1.96 * both), estimate * (1 + 1.96 * both)),
             "low and high are exchanged": ends(-1.96 * both),
         })  # fmt: skip
