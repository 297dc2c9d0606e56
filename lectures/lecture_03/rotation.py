"""Why a rotated query and a rotated key know only their distance: the algebra, and other codes."""

from typing import Any

import sympy
import torch
from torch import Tensor


def rotated(x: Any, angle: Any) -> Any:
    """The plane vector x, turned by an angle (sympy)."""
    cos, sin = sympy.cos(angle), sympy.sin(angle)
    return sympy.Matrix([[cos, -sin], [sin, cos]]) * x


def score_of_rotated() -> tuple[Any, Any, Any]:
    """The score of q at place m and k at place n for one pair: as it stands, simplified, and
    its derivative when both places move by the same step.

    Symbols: q1, q2, k1, k2 the pair's coordinates, t the angle a place, m and n the places.
    """
    q, k = sympy.Matrix(sympy.symbols("q1 q2")), sympy.Matrix(sympy.symbols("k1 k2"))
    m, n, t, shift = sympy.symbols("m n t s", real=True)
    score = (rotated(q, m * t).T * rotated(k, n * t))[0]
    moved = score.subs({m: m + shift, n: n + shift}, simultaneous=True)
    return score, sympy.trigsimp(sympy.expand(score)), sympy.simplify(sympy.diff(moved, shift))


def sinusoidal(positions: Tensor, width: int, base: float = 1e4) -> Tensor:
    """Vaswani et al. (2017), section 3.5: (T,) places to (T, width) sines and cosines."""
    rates = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = positions[:, None].double() * rates
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)


def half_split(width: int) -> Tensor:
    """The order of coordinates in which pairs (x_i, x_{i + width/2}) lie side by side."""
    return torch.arange(width).view(2, -1).T.flatten()


def mean_score_by_distance(width: int, base: float, distances: Tensor) -> Tensor:
    """Score of equal unit vectors at these distances, every pair as long as every other."""
    rates = base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    return (distances[:, None].double() * rates).cos().mean(dim=-1)
