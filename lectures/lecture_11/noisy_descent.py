"""Stochastic gradient descent on a least-squares problem, its expected loss computed exactly.

Inputs are Gaussian with variances i^-1.5 in `DIRECTIONS` directions, targets have noise. The
expected squared error v_i of each coordinate obeys, for a batch of B and a rate r,

    v <- v (1 - 2 r s + r² s²) + r²/B (s² v + s (Σ s v + noise²)),      s_i the variances,

so that no run has to be repeated to be averaged, and a thousand settings take a second.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lectures.lecture_11.schedules import Schedule, linear_to_zero

Array = NDArray[np.float64]
DIRECTIONS = 100
NOISE = 0.5
_INDEX = np.arange(1.0, DIRECTIONS + 1)
VARIANCES: Array = _INDEX**-1.5 / (_INDEX**-1.5).sum()
START: Array = np.ones(DIRECTIONS)


def excess_after(
    steps: int, rates: Sequence[float], batch: int, schedule: Schedule | None = None
) -> Array:
    """Expected loss above the noise after a run of `steps` for each peak rate, (rates,).

    The schedule is straight to zero if none is given. A run that diverges ends at infinity.
    """
    factor = schedule or linear_to_zero(steps)
    peak = np.array(rates)[:, None]
    v = np.repeat(START[None], len(rates), axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(steps):
            v = _stepped(v, peak * factor(step), batch)
        loss = 0.5 * v @ VARIANCES
    return np.where(np.isfinite(loss), loss, np.inf)


def best_ends(
    makers: Mapping[str, Callable[[int], Schedule]],
    lengths: Sequence[int],
    rates: Sequence[float],
    batch: int = 8,
) -> dict[str, dict[int, float]]:
    """Excess by schedule and length, each at the best of these rates."""
    return {
        name: {n: float(excess_after(n, rates, batch, make(n)).min()) for n in lengths}
        for name, make in makers.items()
    }


def _stepped(v: Array, rate: Array, batch: int) -> Array:
    pull = rate * VARIANCES
    total = (v @ VARIANCES)[:, None] + NOISE**2
    return np.asarray(v * (1 - 2 * pull + pull**2 * (1 + 1 / batch)) + rate * pull * total / batch)


def best_rate(examples: int, batch: int, rates: Sequence[float]) -> tuple[float, float]:
    """Best rate, at the bottom of a parabola in its logarithm, and the loss of the best run."""
    losses = excess_after(examples // batch, rates, batch)
    return bottom(rates, losses.tolist()), float(losses.min())


def bottom(settings: Sequence[float], losses: Sequence[float]) -> float:
    """Where a parabola through the lowest point and its neighbours is lowest, in logarithms.

    At an edge of the settings it is the edge.
    """
    i = int(np.argmin(losses))
    if i in (0, len(losses) - 1):
        return settings[i]
    x, y = np.log(settings[i - 1 : i + 2]), np.log(losses[i - 1 : i + 2])
    if not np.isfinite(y).all():
        return settings[i]
    a, b, _ = np.polyfit(x, y, 2)
    return float(np.exp(np.clip(-b / (2 * a), x[0], x[-1])))


def largest_batch(
    examples: int, batches: Sequence[int], rates: Sequence[float], tolerance: float = 0.05
) -> float:
    """The batch up to which a run of so many examples ends within `tolerance` of the best one."""
    return largest_within(batches, [best_rate(examples, b, rates)[1] for b in batches], tolerance)


def largest_within(batches: Sequence[int], losses: Sequence[float], tolerance: float) -> float:
    """The largest batch whose loss is within `tolerance` of the least one.

    Interpolated between the batches tried: the larger, the more machines can share a run.
    """
    y = np.log(losses)
    limit = y.min() + np.log1p(tolerance)
    for i in range(int(np.argmin(y)), len(batches) - 1):
        if y[i + 1] > limit:
            part = (limit - y[i]) / (y[i + 1] - y[i])
            return float(batches[i] * (batches[i + 1] / batches[i]) ** part)
    return float(batches[-1])
