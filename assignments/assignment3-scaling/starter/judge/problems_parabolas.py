"""Problems of parabolas: vertices, best models between the sizes tried, power laws through them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from judge.checks import Draw, holds, problem, same
from judge.laws import Run, curves, drawn_law
from judge.refusals import refused, with_warnings
from numpy.polynomial import Polynomial

from tests import adapters

CS = [1e19, 6e19, 3e20, 1e21]


def lowest(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """Where the parabola through the points is level, and its height there."""
    curve = Polynomial.fit(x, y, 2)
    at = float(curve.deriv().roots()[0])
    return at, float(curve(at))


@problem("parabola_vertex", 3, "isoflops.parabola_vertex")
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_vertex(draw: Draw, noise: float) -> None:
    v, depth = draw.random.uniform(15, 20), draw.random.uniform(2, 3)
    steps = [-1.6, -1.1, -0.3, 0.4, 1.2, 1.7]
    x = [v + step for step in steps]
    y = [depth + 0.03 * step**2 + draw.random.gauss(0, noise) * 0.03 for step in steps]
    at, height = lowest(x, y)
    middle = sum(x) / len(x)  # whoever subtracts it first makes mistakes around it
    curve = Polynomial.fit([v - middle for v in x], y, 2).convert()
    c, b, a = (float(value) for value in curve.coef)
    best = min(range(6), key=lambda i: y[i])
    same("parabola_vertex(x, y)", tuple(adapters.run_parabola_vertex(x, y)), (at, height),
         case=f"x {x}, y {y}", tolerance=1e-6,
         suspects={
             "-b/a and not -b/2a": (middle - b / a, height),
             "the sign of b": (middle + b / (2 * a), height),
             "c is taken for the height of the vertex": (at, c),
             "the lowest of the points that were tried": (x[best], y[best]),
             "the lowest of the points, at the x of the vertex": (at, y[best]),
         })  # fmt: skip


@problem("parabola_vertex", 3, "isoflops.parabola_vertex")
@pytest.mark.parametrize(
    ("x", "y", "why"),
    [
        ([1.0, 1.0, 2.0], [3.0, 3.1, 2.0], "two different x do not determine a parabola"),
        ([1.0, 2.0, 3.0], [2.0, 3.0, 2.0], "the parabola opens downward, its vertex is the worst"),
        ([1.0, 2.0, 3.0, 4.0], [9.0, 6.0, 4.0, 3.0],
         "the vertex lies beyond all x: an extrapolation and no optimum"),
        ([5.0, 6.0, 7.0], [1.0, 2.0, 4.0], "the vertex lies before all x"),
    ],
)  # fmt: skip
def test_no_vertex(x: list[float], y: list[float], why: str) -> None:
    refused(f"parabola_vertex({x}, {y})", lambda: adapters.run_parabola_vertex(x, y), why)


def vertices(
    runs: Sequence[Run], scale: Callable[[float], float] = math.log,
    back: Callable[[float], float] = math.exp, six: float = 6.0,
) -> list[tuple[float, ...]]:  # fmt: skip
    """(C, N, D, loss) by parabolas in a scale of N."""
    found: list[tuple[float, ...]] = []
    for c in sorted({run[1] for run in runs}):
        mine = [run for run in runs if run[1] == c]
        at, loss = lowest([scale(run[0]) for run in mine], [run[2] for run in mine])
        found.append((c, back(at), c / six / back(at), loss))
    return found


@problem("isoflops_quadratic", 3, 'isoflops.select_optimal_runs, method "quadratic"')
def test_vertices(draw: Draw) -> None:
    runs = curves(drawn_law(draw), CS[:3], sizes=7, width=9)
    least = sorted(min((r for r in runs if r[1] == c), key=lambda r: r[2]) for c in CS[:3])
    same('select_optimal_runs(runs, "quadratic")',
         adapters.run_select_optimal_runs(runs, "quadratic"), vertices(runs),
         case="(C, N, D, loss) by ascending C; 3 budgets, 7 sizes each",
         suspects={
             "a parabola in N; it has to be one in ln N": lambda: vertices(runs, float, float),
             "D = C / N, without the 6": lambda: vertices(runs, six=1.0),
             "the best run of each budget, the method min":
                 [(c, float(n), c / 6 / n, loss) for n, c, loss in least],
             "N is left as a logarithm": lambda: vertices(runs, back=lambda x: x),
         })  # fmt: skip


@problem("isoflops_quadratic", 3, 'isoflops.select_optimal_runs, method "quadratic"')
def test_a_budget_without_a_vertex_is_left_out(draw: Draw) -> None:
    runs = curves(drawn_law(draw), CS[:2], sizes=5, width=9)
    bad: list[Run] = [(10**9, 7e20, 3.0), (3 * 10**9, 7e20, 2.5)]
    found, said = with_warnings(
        lambda: adapters.run_select_optimal_runs([*bad, *runs, (10**8, CS[0], math.inf)],
                                                 "quadratic"))  # fmt: skip
    same('select_optimal_runs(runs, "quadratic")', found, vertices(runs),
         case="a third budget, 7e20, has two sizes only, and a run of the first has loss inf",
         suspects={"the third budget is not left out":
                   [*vertices(runs), (7e20, 3e9, 7e20 / 18e9, 2.5)]})  # fmt: skip
    holds(len(said) >= 2, f"warnings are {said}, where two are right: one for the run with loss "
          "inf, one for budget 7e20. What is left out in silence is missed by nobody.")  # fmt: skip


def line(points: Sequence[tuple[float, ...]], column: int) -> Polynomial:
    """ln of a column against ln C."""
    fit = Polynomial.fit([math.log(p[0]) for p in points], [math.log(p[column]) for p in points], 1)
    return fit.convert()


def laws(points: Sequence[tuple[float, ...]], budget: float) -> tuple[float, ...]:
    """Exponents of N and D, and both at a budget."""
    both = [line(points, column) for column in (1, 2)]
    values = [math.exp(fit(math.log(budget))) for fit in both]
    return float(both[0].coef[1]), float(both[1].coef[1]), *values


@problem("fit_isoflops", 2, "isoflops.fit_isoflops")
def test_laws(draw: Draw) -> None:
    runs = curves(drawn_law(draw), CS, sizes=7, width=9)
    n_slope, d_slope, n, d = laws(vertices(runs), 1e23)
    least = [min((r for r in runs if r[1] == c), key=lambda r: r[2]) for c in CS]
    best = [(c, float(m), c / 6 / m, loss) for m, c, loss in least]
    same("(N exponent, D exponent, *predict(1e23))",
         tuple(adapters.run_fit_isoflops(runs, "quadratic", 1e23)), (n_slope, d_slope, n, d),
         case="4 budgets, 7 sizes each, method quadratic",
         suspects={
             "the method is not passed on: best runs": lambda: laws(best, 1e23),
             "N and D are exchanged": (d_slope, n_slope, d, n),
             "C as a power of N and of D": (1 / n_slope, 1 / d_slope, n, d),
             "predict gives (D, N)": (n_slope, d_slope, d, n),
             "predict takes the tokens from C / N": (n_slope, d_slope, n, 6 * d),
         })  # fmt: skip
    same('the same with method "min"', tuple(adapters.run_fit_isoflops(runs, "min", 1e23)),
         laws(best, 1e23), case="4 budgets, 7 sizes each",
         suspects={"the method is not passed on: parabolas": (n_slope, d_slope, n, d)})  # fmt: skip
