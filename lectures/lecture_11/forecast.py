"""A forecast made by a rule that was fixed before there were any runs.

Small runs of one recipe (`studies.ladder`) give x = A/N^alpha + B/D^beta for the excess over an
entropy that is known; the law says what the larger ones (`studies.target`) will have. Residuals
drawn anew and each width and each length held back in turn give an interval. NumPy alone, so that
the program that trains can write the forecast down before it trains what was forecast.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EXPONENTS = np.linspace(0.02, 1.2, 60)
DRAWS = 200
CONSTANTS = 4  # of the law
Row = dict[str, Any]


@dataclass(frozen=True)
class Law:
    """x = A/N^alpha + B/D^beta, with N in units of 1e5 and D of 1e6."""

    a: float
    alpha: float
    b: float
    beta: float

    def predict(self, n: Array, d: Array) -> Array:
        """Excess in nats a token."""
        return np.asarray(
            self.a * (n / 1e5) ** -self.alpha + self.b * (d / 1e6) ** -self.beta, dtype=np.float64
        )


def fit(n: Array, d: Array, x: Array) -> Law:
    """Least squares of the prediction over x: for given exponents both factors follow from two
    linear equations, so that only the exponents are searched for, on a grid.
    """
    grid = np.array(list(product(EXPONENTS, EXPONENTS)))
    columns = np.stack(
        [(n / 1e5) ** -grid[:, :1] / x, (d / 1e6) ** -grid[:, 1:] / x], axis=1
    )  # (pairs, 2, runs)
    factors = _non_negative(columns)
    misfits = ((np.einsum("pkr,pk->pr", columns, factors) - 1) ** 2).sum(axis=1)
    best = int(np.argmin(misfits))
    (alpha, beta), (a, b) = grid[best].tolist(), factors[best].tolist()
    return Law(a, alpha, b, beta)


def _non_negative(columns: Array) -> Array:
    """Factors (pairs, 2), none negative, that bring the sum of two columns nearest to 1."""
    gram, total = columns @ columns.mT, columns.sum(axis=2)
    one, two, mixed = gram[:, 0, 0], gram[:, 1, 1], gram[:, 0, 1]
    determinant = np.maximum(one * two - mixed**2, 1e-12 * one * two)
    both = np.stack(
        [two * total[:, 0] - mixed * total[:, 1], one * total[:, 1] - mixed * total[:, 0]], axis=1
    )
    both /= determinant[:, None]
    alone = total / np.stack([one, two], axis=1)
    keep = np.argmax(total * alone, axis=1)
    single = np.where(np.arange(2) == keep[:, None], alone, 0.0)
    return np.where((both >= 0).all(axis=1, keepdims=True), both, single)


def averaged(rows: Sequence[Row]) -> list[Row]:
    """One row for each width and length, the excess averaged over seeds in the logarithm."""
    groups: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        if row["excess"] is not None and row["excess"] > 0:
            groups.setdefault((row["parameters"], row["tokens"]), []).append(row)
    return [
        group[0] | {"excess": float(np.exp(np.mean([np.log(row["excess"]) for row in group])))}
        for group in groups.values()
    ]


def columns(rows: Sequence[Row]) -> tuple[Array, Array, Array]:
    """N, D and excess of rows."""
    n, d, x = (
        np.array([float(row[k]) for row in rows]) for k in ("parameters", "tokens", "excess")
    )
    return n, d, x


def forecast(ladder: Sequence[Row], goals: Sequence[tuple[int, int]], draws: int = DRAWS) -> Row:
    """What the ladder says about goals (N, D): the law, and an excess with a 95 % interval each.

    The interval has a part for the noise, from residuals drawn anew, and one for the form, from
    laws fitted without one width or one length; the two are added as squares.
    """
    n, d, x = columns(averaged(ladder))
    law = fit(n, d, x)
    at = tuple(np.array(values, dtype=np.float64) for values in zip(*goals, strict=True))
    middle = np.log(law.predict(*at))
    residuals = np.log(x / law.predict(n, d))
    residuals *= math.sqrt(len(x) / max(1, len(x) - CONSTANTS))  # a fit is closer than the truth
    rng = np.random.default_rng(0)
    redrawn = [
        fit(n, d, law.predict(n, d) * np.exp(rng.choice(residuals, len(x)))) for _ in range(draws)
    ]
    kept = [n != value for value in set(n)] + [d != value for value in set(d)]
    held_back = [fit(n[k], d[k], x[k]) for k in kept if k.sum() > CONSTANTS]
    noise, form = (
        np.sqrt(np.mean([(np.log(each.predict(*at)) - middle) ** 2 for each in laws], axis=0))
        if laws
        else np.zeros(len(goals))
        for laws in (redrawn, held_back)
    )
    reach = 1.96 * np.hypot(noise, form)
    said = [np.exp(value).round(5).tolist() for value in (middle, middle - reach, middle + reach)]
    return {
        "law": {name: round(value, 4) for name, value in vars(law).items()},
        "residual": round(float(np.std(residuals)), 4),
        "goals": [
            {"parameters": goal[0], "tokens": goal[1], "excess": best, "low": low, "high": high}
            for goal, best, low, high in zip(goals, *said, strict=True)
        ],
    }
