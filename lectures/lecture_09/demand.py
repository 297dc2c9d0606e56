"""The cheapest model of a wanted loss, if it will also be used."""

from collections.abc import Mapping, Sequence

import numpy as np
from cs336_scaling.chinchilla import ParametricLaw

from lectures.lecture_09.published import CORRECTED


def tokens_for(loss: float, parameters: float, law: ParametricLaw = CORRECTED) -> float:
    """Training tokens with which a model of N parameters reaches a loss; infinite if it cannot."""
    left = loss - law.entropy - law.n_factor * parameters**-law.n_exponent
    return float((law.d_factor / left) ** (1 / law.d_exponent)) if left > 0 else float("inf")


def total_flops(loss: float, parameters: float, served: float) -> float:
    """Training (6ND) and serving (2N for each token read or written), in FLOPs."""
    return 6 * parameters * tokens_for(loss, parameters) + 2 * parameters * served


def cheapest(loss: float, served: float) -> tuple[float, float]:
    """(N, D) that reach the loss with the fewest FLOPs over the life of the model."""
    sizes = np.geomspace(1e8, 1e13, 20_001)
    costs = [total_flops(loss, float(n), served) for n in sizes]
    n = float(sizes[int(np.argmin(costs))])
    return n, tokens_for(loss, n)


def cost_curve(loss: float, served: float, sizes: Sequence[float]) -> list[float]:
    """Total FLOPs of several sizes, over the least possible."""
    least = total_flops(loss, cheapest(loss, served)[0], served)
    return [total_flops(loss, n, served) / least for n in sizes]


def served_table(loss: float, served: Mapping[str, float]) -> list[list[str | float]]:
    """Name, N in billions, D in trillions and D / N of the cheapest model for each demand."""
    rows: list[list[str | float]] = []
    for name, tokens in served.items():
        n, d = cheapest(loss, tokens)
        rows.append([name, round(n / 1e9, 1), round(d / 1e12, 2), round(d / n)])
    return rows
