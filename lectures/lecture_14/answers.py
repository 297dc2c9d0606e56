"""Simulated answers to questions of known difficulty, and what a check of the result lets through.

A model knows how to solve question i with probability p_i. If it does not, it guesses, and a guess
is right with probability `luck`. Only the result is checked.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

QUESTIONS, ANSWERS = 2_000, 16


@dataclass(frozen=True)
class Answers:
    """(questions,) probabilities; (questions, answers) which were solved, and which passed."""

    skill: NDArray[np.float64]
    solved: NDArray[np.bool_]
    passed: NDArray[np.bool_]

    @property
    def hard(self) -> NDArray[np.bool_]:
        """(questions,) the harder half."""
        return self.skill < np.median(self.skill)

    def share_of_hard(self, most: int = ANSWERS) -> float:
        """Share of the kept answers that are to the harder half; at most so many a question."""
        kept = np.minimum(self.passed.sum(axis=1), most)
        return float(kept[self.hard].sum() / kept.sum())

    def lucky(self, of_hard: bool) -> float:
        """Share of the answers that passed without being solved, in one half."""
        half = self.hard if of_hard else ~self.hard
        passed = self.passed[half]
        return float((passed & ~self.solved[half]).sum() / passed.sum())

    def covered(self) -> float:
        """Share of the questions with an answer that passed."""
        return float(self.passed.any(axis=1).mean())


def ask(luck: float, seed: int = 0) -> Answers:
    """Sixteen answers to each of 2,000 questions, some of which are nearly never solved."""
    rng = np.random.default_rng(seed)
    skill = rng.beta(0.5, 0.5, size=QUESTIONS)
    solved = rng.random((QUESTIONS, ANSWERS)) < skill[:, None]
    guessed = rng.random((QUESTIONS, ANSWERS)) < luck
    return Answers(skill, solved, solved | guessed)
