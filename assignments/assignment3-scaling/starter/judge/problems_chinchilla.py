"""Problems of the three approaches: the parametric law, its fit, and the envelope of curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from judge.checks import Draw, Wrong, holds, problem, same
from judge.laws import Law, Run, curves, drawn_law, standard_error
from judge.refusals import refused

from tests import adapters

CS = [6e18, 3e19, 1e20, 3e20, 1e21]
FAR = 1e23
NOISE = 0.002
ERRORS = 5.0  # standard errors that a fit may be off: chance alone reaches that once in a million
CONSTANTS = ("E", "A", "B", "alpha", "beta")
Curve = tuple[int, list[float], list[float]]


def told(law: Law) -> str:
    """A law in a message."""
    pairs = zip(CONSTANTS, law.constants, strict=True)
    return ", ".join(f"{name} {value:.5g}" for name, value in pairs)


@problem("parametric_law", 2, "chinchilla.ParametricLaw")
def test_a_law(draw: Draw) -> None:
    law = drawn_law(draw)
    n, d = [1e7, 1e8, 1e9], [1e10, 3e9, 4e10]
    best, budget = law.best(FAR), FAR / 6
    found = adapters.run_parametric_law(law.constants, n, d, FAR)
    same("predict(N, D)", found["losses"], law.loss(n, d).tolist(),
         case=f"N {n}, D {d}, {told(law)}",
         suspects={
             "the exponents have the wrong sign":
                 replace(law, alpha=-law.alpha, beta=-law.beta).loss(n, d).tolist(),
             "alpha and beta are exchanged":
                 replace(law, alpha=law.beta, beta=law.alpha).loss(n, d).tolist(),
             "E is left out": (law.loss(n, d) - law.E).tolist(),
         })  # fmt: skip
    turned = Law(law.E, law.B, law.A, law.beta, law.alpha).best(FAR)
    power = law.beta / (law.alpha + law.beta)
    no_factors = math.exp(power * math.log(budget))
    swapped = best * budget ** (1 - 2 * power)
    whole = law.best(6 * FAR)
    same("optimum(1e23)", tuple(found["optimum"]), (best, budget / best), case=told(law),
         suspects={
             "N and D are exchanged": (turned, best),
             "the exponent of N is alpha/(alpha + beta); it is beta's share":
                 (swapped, budget / swapped),
             "the factor G is left out": (no_factors, budget / no_factors),
             "N from C and not from C/6": (whole, budget / whole),
             "D = C / N, without the 6": (best, FAR / best),
         })  # fmt: skip
    same("optimal_loss(1e23)", found["optimal_loss"], float(law.at(best, FAR)), case=told(law))


def drawn_curves(draw: Draw, law: Law) -> list[Curve]:
    """Losses of 14 sizes after as many tokens as each was seen; short and long ones."""
    made = []
    for size in np.geomspace(law.best(3e18) / 5, law.best(1e21) * 5, 14):
        n = round(float(size) * draw.random.uniform(0.9, 1.1))
        tokens = np.geomspace(1e18 / 6 / n, 2e21 / 6 / n, 9)
        tokens = tokens[draw.between(0, 1) : 9 - draw.between(0, 1)]
        made.append((n, tokens.tolist(), law.loss(n, tokens).tolist()))
    return made


def envelope(
    drawn: Sequence[Curve], budgets: Sequence[float], *, linear: bool = False, edges: bool = False,
    outside: bool = False, six: float = 6.0, read: float = 6.0,
) -> list[tuple[float, ...]]:  # fmt: skip
    """(C, N, D, loss) of the lowest curve at each budget; the switches are mistakes."""
    points: list[tuple[float, ...]] = []
    for budget in budgets:
        here = []
        for n, tokens, losses in drawn:
            d = budget / read / n
            if outside or tokens[0] <= d <= tokens[-1]:
                at, grid = np.array([d]), np.array(tokens)
                if not linear:
                    at, grid = np.log(at), np.log(grid)
                here.append((float(np.interp(at, grid, losses)[0]), n))
        if not here:
            continue
        loss, best = min(here)
        sizes = [n for _, n in here]
        if edges or min(sizes) != best != max(sizes):
            points.append((budget, float(best), budget / six / best, loss))
    return points


@problem("approach_1", 3, "chinchilla.approach_1")
def test_envelope(draw: Draw) -> None:
    drawn = drawn_curves(draw, drawn_law(draw))
    budgets = [2.3e18, 9e18, 4e19, 2e20, 7e20]
    right = envelope(drawn, budgets)
    found, exponents = adapters.run_approach_1(drawn, budgets, FAR)
    case = "(C, N, D, loss) by ascending C; 14 curves of different lengths, 5 budgets"
    same("approach_1(curves, budgets).points", found, right, case=case, tolerance=1e-6,
         suspects={
             "losses are interpolated in D and not in ln D":
                 lambda: envelope(drawn, budgets, linear=True),
             "a curve counts where it was not measured":
                 lambda: envelope(drawn, budgets, outside=True, edges=True),
             "a curve counts where it was not measured, sizes at the edge left out":
                 lambda: envelope(drawn, budgets, outside=True),
             "D = C / N, without the 6": lambda: envelope(drawn, budgets, six=1.0, read=1.0),
             "losses are read after C / N tokens, without the 6":
                 lambda: envelope(drawn, budgets, read=1.0),
             "a budget whose best model is the smallest tried is kept":
                 lambda: envelope(drawn, budgets, edges=True),
         })  # fmt: skip
    logs = np.log([point[:3] for point in right])
    slopes = [float(np.polyfit(logs[:, 0], logs[:, column], 1)[0]) for column in (1, 2)]
    same(
        "exponents of N and D", tuple(exponents[:2]), tuple(slopes), case="power laws through them"
    )


@problem("approach_1", 3, "chinchilla.approach_1")
def test_budgets_whose_best_model_is_at_the_edge(draw: Draw) -> None:
    law = drawn_law(draw)
    drawn = [curve for curve in drawn_curves(draw, law) if curve[0] > law.best(2e19)]
    budgets = [3e18, 6e19, 2e20, 7e20]
    right = envelope(drawn, budgets)
    found, _ = adapters.run_approach_1(drawn, budgets, FAR)
    same("approach_1(curves, budgets).points", found, right, tolerance=1e-6,
         case=f"at 3e18 FLOPs the smallest of {len(drawn)} models is the lowest; the best may "
         "be smaller still, so this budget says nothing",
         suspects={"a budget whose best model is the smallest tried is kept":
                   lambda: envelope(drawn, budgets, edges=True)})  # fmt: skip
    refused("approach_1 at one budget", lambda: adapters.run_approach_1(drawn, budgets[:1], FAR),
            "one point is no law")  # fmt: skip


def fitted(runs: Sequence[Run], entropy: float | None = None) -> Law:
    """The student's law through runs."""
    n = [float(run[0]) for run in runs]
    d = [run[1] / 6 / run[0] for run in runs]
    found = adapters.run_fit_parametric(n, d, [run[2] for run in runs], entropy)
    law = Law(*map(float, found))
    wrong = [name for name, value in zip(CONSTANTS, law.constants, strict=True)
             if not (math.isfinite(value) and value > 0)]  # fmt: skip
    if wrong:
        value = law.constants[CONSTANTS.index(wrong[0])]
        raise Wrong(f"{wrong[0]} of fit_parametric is {value!r}, where a positive number is right.")
    return law


@problem("fit_parametric", 6, "chinchilla.fit_parametric")
@pytest.mark.parametrize("world", range(3))
def test_an_exact_law_from_a_cold_start(draw: Draw, world: int) -> None:
    law = drawn_law(draw)
    found = fitted(curves(law, CS))
    case = f"40 runs exactly on {told(law)}; a search that has arrived is right to many digits"
    turned = Law(law.E, law.B, law.A, law.beta, law.alpha)
    for name, mine, right, other in zip(
        CONSTANTS, found.constants, law.constants, turned.constants, strict=True
    ):
        same(f"{name} of fit_parametric", mine, right, case=case,
             tolerance=2e-2 if name in "AB" else 1e-3,
             suspects={} if name == "E" else {"N and D are exchanged": other})  # fmt: skip


def check_far(what: str, found: Law, law: Law, runs: Sequence[Run], case: str) -> None:
    """The best N at ten to a hundred times the compute is right within what chance can do."""
    error = standard_error(law, runs, FAR, NOISE)
    off = math.log(found.best(FAR) / law.best(FAR))
    holds(abs(off) < ERRORS * error,
          f"the best N at 1e23 FLOPs by {what} is {found.best(FAR):.4g}, where {law.best(FAR):.4g} "
          f"is right: ln N is off by {off:+.3f}, and noise alone moves a right fit by {error:.3f}. "
          f"Your law: {told(found)}. Case: {case}; the runs come from {told(law)}.")  # fmt: skip


@problem("fit_parametric", 6, "chinchilla.fit_parametric")
@pytest.mark.parametrize("world", range(2))
def test_noisy_runs(draw: Draw, world: int) -> None:
    law = drawn_law(draw)
    runs = curves(law, CS, noise=NOISE, seed=draw.number)
    check_far("fit_parametric", fitted(runs), law, runs,
              f"40 runs with noise of {NOISE:.1%}; does your search stop too early?")  # fmt: skip


@problem("fit_parametric", 6, "chinchilla.fit_parametric")
def test_bad_runs_do_not_rule_the_fit(draw: Draw) -> None:
    law = drawn_law(draw)
    runs = curves(law, CS, noise=NOISE, seed=draw.number)
    clean = list(runs)
    runs.sort()
    for index in (0, 1):
        n, c, loss = runs[index]
        runs[index] = (n, c, loss * 1.25)
    check_far("fit_parametric", fitted(runs), law, clean,
              "40 runs, the two of the smallest models 25 % too high; Huber's loss with delta "
              "0.001 counts such runs by their distance and not by its square")  # fmt: skip


@problem("fit_parametric", 6, "chinchilla.fit_parametric")
def test_a_known_entropy(draw: Draw) -> None:
    law = drawn_law(draw)
    found = fitted(curves(law, CS[:2], sizes=5), entropy=law.E)
    case = f"10 runs on {told(law)}, entropy={law.E!r}"
    for name, mine, right in zip(CONSTANTS, found.constants, law.constants, strict=True):
        same(f"{name} of fit_parametric", mine, right, case=case,
             tolerance=2e-2 if name in "AB" else 1e-3)  # fmt: skip
    above = curves(law, CS[:2], sizes=5)
    refused("fit_parametric with an entropy above a loss",
            lambda: fitted(above, entropy=max(run[2] for run in above)),
            "no loss can be below the entropy")  # fmt: skip


@problem("fit_parametric", 6, "chinchilla.fit_parametric")
def test_runs_that_determine_no_law(draw: Draw) -> None:
    law = drawn_law(draw)
    four = curves(law, CS[:2], sizes=2)
    refused("fit_parametric of 4 different runs, each five times", lambda: fitted(four * 5),
            "five constants need five different runs")  # fmt: skip
    flat = [(n, c, float(law.E + law.B * (c / 6 / n) ** -law.beta)) for n, c, _ in curves(law, CS)]
    refused("fit_parametric of runs whose loss does not depend on N", lambda: fitted(flat),
            "the runs do not show the term A/N^alpha; a constant that ends on a bound of the "
            "search, or a term that is zero, is no finding")  # fmt: skip
