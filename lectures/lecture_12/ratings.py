"""Ratings from votes between pairs of models: Elo's running update, and the Bradley-Terry fit.

A vote says which of two replies is better. Model i beats model j with probability
1 / (1 + exp(-(s_i - s_j + w (x_i - x_j)))), where x is the style of a reply, say its length, and w
what voters give for it. Ratings are in the points of chess: 400 points are odds of ten to one.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
POINTS = 400 / math.log(10)


@dataclass(frozen=True)
class Votes:
    """Who met whom, who won, and by how much the first reply was longer (in deviations)."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    first_won: NDArray[np.bool_]
    longer: Array

    def reordered(self, seed: int) -> "Votes":
        """The same votes as if they had come in another order."""
        order = np.random.default_rng(seed).permutation(len(self.first))
        return Votes(
            self.first[order], self.second[order], self.first_won[order], self.longer[order]
        )


def simulate(
    points: list[float], lengths: list[float], weight: float, votes: int, seed: int = 0
) -> Votes:
    """Votes among models of these strengths in points; replies scatter about their mean length."""
    rng = np.random.default_rng(seed)
    first = rng.integers(len(points), size=votes)
    second = (first + rng.integers(1, len(points), size=votes)) % len(points)
    strength, mean = np.array(points) / POINTS, np.array(lengths)
    replies = mean[np.stack([first, second])] + rng.standard_normal((2, votes))
    longer = replies[0] - replies[1]
    lead = strength[first] - strength[second] + weight * longer
    won = rng.random(votes) < 1 / (1 + np.exp(-lead))
    return Votes(first, second, won, longer)


def online_elo(votes: Votes, models: int, k: float = 32) -> Array:
    """Elo's update after every vote: the winner takes k times the surprise from the loser."""
    rating = np.zeros(models)
    for a, b, won in zip(votes.first, votes.second, votes.first_won, strict=True):
        expected = 1 / (1 + 10 ** ((rating[b] - rating[a]) / 400))
        rating[a] += k * (won - expected)
        rating[b] -= k * (won - expected)
    return np.asarray(rating - rating[0])


def win_table(votes: Votes, models: int) -> Array:
    """How often the row's model beat the column's."""
    wins = np.zeros((models, models))
    winner = np.where(votes.first_won, votes.first, votes.second)
    loser = np.where(votes.first_won, votes.second, votes.first)
    np.add.at(wins, (winner, loser), 1)
    return wins


def bradley_terry(wins: Array, rounds: int = 100) -> Array:
    """The most likely strengths in points, the first model's 0, by Zermelo's iteration (1929).

    p_i <- wins of i / sum over j of (games of i and j) / (p_i + p_j).
    """
    games = wins + wins.T
    p = np.ones(len(wins))
    for _ in range(rounds):
        p = wins.sum(axis=1) / (games / (p[:, None] + p[None, :])).sum(axis=1)
        p = p / p[0]
    return np.asarray(POINTS * np.log(p))


def with_style(votes: Votes, models: int, steps: int = 8) -> tuple[Array, float]:
    """Strengths in points, and what voters give for style: one logistic regression, by Newton.

    Each vote is a row with +1 at the first model, -1 at the second, and the difference in style.
    """
    rows = np.zeros((len(votes.first), models + 1))
    places = np.arange(len(rows))
    rows[places, votes.first], rows[places, votes.second] = 1, -1
    rows[:, models] = votes.longer
    rows = rows[:, 1:]  # the first model's strength is 0
    found = np.zeros(models)
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (votes.first_won - chance)
        curve = (rows * (chance * (1 - chance))[:, None]).T @ rows
        found = found + np.linalg.solve(curve, slope)
    return np.concatenate([[0], POINTS * found[:-1]]), float(found[-1])
