"""Which problems a step of reinforcement learning gets, and when they become larger."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from cs336_alignment.tasks.problem import Problem, Task, draw_problem
from cs336_alignment.training.config import SamplingConfig, TaskConfig


class Curriculum:
    """A frontier that grows by one size as soon as its mean reward is high enough."""

    def __init__(self, task: Task, sizes: TaskConfig, sampling: SamplingConfig, seed: int) -> None:
        self._task, self._sizes, self._sampling, self._seed = task, sizes, sampling, seed
        self.frontier = sizes.rl_start
        self._mean = 0.0  # of the frontier's rewards, exponentially smoothed from 0

    def problems(self, draw: int) -> list[Problem]:
        """The problems of the draw with this number: the same for the same seed and frontier."""
        rng = Random(f"{self._seed}/curriculum/{draw}")
        sizes = self._choose_sizes(rng)
        return [draw_problem(self._task, rng, size, "train") for size in sizes]

    def observe(self, problems: Sequence[Problem], rewards: Sequence[float]) -> None:
        """Take the mean reward of each problem into account, and raise the frontier or not."""
        here = [r for p, r in zip(problems, rewards, strict=True) if p.size == self.frontier]
        if not here:
            return
        keep = self._sampling.smoothing
        self._mean = keep * self._mean + (1 - keep) * sum(here) / len(here)
        if self._mean > self._sampling.raise_above and self.frontier < self._sizes.rl_largest:
            self.frontier += 1
            self._mean = 0.0

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {"frontier": self.frontier, "mean": self._mean}

    def restore(self, state: dict[str, Any]) -> None:
        """Inverse of `state`."""
        self.frontier, self._mean = int(state["frontier"]), float(state["mean"])

    def _choose_sizes(self, rng: Random) -> list[int]:
        count, smallest = self._sampling.prompts, self._sizes.rl_smallest
        at_frontier = round(count * self._sampling.frontier_share)
        if smallest == self.frontier:
            at_frontier = count
        below = [rng.randint(smallest, self.frontier - 1) for _ in range(count - at_frontier)]
        return [self.frontier] * at_frontier + below
