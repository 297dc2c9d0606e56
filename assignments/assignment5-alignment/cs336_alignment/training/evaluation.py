"""Accuracy on held-out problems by size, pass@k, and the level of chance beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from cs336_alignment.grading.rewards import Grader
from cs336_alignment.rollouts.protocol import Generator, Rollouts
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.pass_at_k import pass_at_k
from cs336_alignment.tasks.problem import Problem, Task, distinct_problems
from cs336_alignment.training.config import EvaluationConfig

EVALUATION_SEED = 336  # of the held-out problems, the same for all seeds of training


@dataclass(frozen=True, slots=True)
class Sampled:
    """Rollouts of problems with their texts and rewards, row by row."""

    rollouts: Rollouts
    texts: list[str]
    rewards: list[float]


class ProblemSolver:
    """Lets a policy answer problems and grades what it says."""

    def __init__(self, task: Task, generator: Generator, device: torch.device) -> None:
        self.task, self.grader = task, Grader()
        self._generator, self._tokenizer = generator, CharacterTokenizer()
        self._random = torch.Generator(device)

    def solve(
        self, problems: Sequence[Problem], *, samples: int, temperature: float, top_p: float,
        seed: int, grader: Grader | None = None,
    ) -> Sampled:  # fmt: skip
        """`samples` graded answers to each problem; the same `seed` gives the same answers."""
        rollouts = self._generator.sample(
            [self._tokenizer.encode(problem.prompt) for problem in problems],
            samples=samples,
            max_new_tokens=max(self.task.max_response(problem.size) for problem in problems),
            temperature=temperature,
            top_p=top_p,
            generator=self._random.manual_seed(seed),
        )
        texts = self._tokenizer.decode_batch(rollouts.response_ids.tolist())
        finished = rollouts.finished.tolist()
        rewards = [
            self._grade(problems[row // samples], text, finished[row], grader or self.grader)
            for row, text in enumerate(texts)
        ]
        return Sampled(rollouts, texts, rewards)

    def _grade(self, problem: Problem, text: str, finished: bool, grader: Grader) -> float:
        def check(answer: str) -> bool:
            return self.task.check(problem, answer)

        return grader.grade(text, check, finished=finished).reward


class Evaluator:
    """The held-out problems of an experiment, the same at every call."""

    def __init__(
        self, solver: ProblemSolver, config: EvaluationConfig, sizes: Sequence[int]
    ) -> None:
        self._solver, self._config = solver, config
        self._problems = {
            size: distinct_problems(solver.task, EVALUATION_SEED, size, config.problems)
            for size in sizes
        }

    @property
    def counts(self) -> dict[int, int]:
        """How many problems of each size there are."""
        return {size: len(problems) for size, problems in self._problems.items()}

    def accuracy(self) -> dict[int, float]:
        """Share of right greedy answers of each size."""
        problems = [problem for group in self._problems.values() for problem in group]
        sampled = self._solver.solve(
            problems, samples=1, temperature=0.0, top_p=1.0, seed=0, grader=Grader()
        )
        rewards = iter(sampled.rewards)
        return {
            size: sum(next(rewards) for _ in group) / len(group)
            for size, group in self._problems.items()
        }

    def pass_at(self, ks: Sequence[int]) -> dict[int, dict[int, float]]:
        """{size: {k: pass@k}} at temperature 1; k up to the configured samples."""
        samples = self._config.pass_samples
        result = {}
        for size, group in self._problems.items():
            problems = group[: self._config.pass_problems]
            sampled = self._solver.solve(
                problems, samples=samples, temperature=1.0, top_p=1.0, seed=size, grader=Grader()
            )
            right = [
                round(sum(sampled.rewards[start : start + samples]))
                for start in range(0, len(sampled.rewards), samples)
            ]
            result[size] = {
                k: sum(pass_at_k(samples, c, k) for c in right) / len(right)
                for k in ks
                if k <= samples
            }
        return result

    def chance(self) -> dict[int, float]:
        """The level of chance of each size."""
        return {size: self._solver.task.chance(size) for size in self._problems}

    def examples(self, per_size: int = 2) -> list[str]:
        """Greedy answers to the first problems of each size, one a line, marked right or wrong."""
        problems = [p for group in self._problems.values() for p in group[:per_size]]
        sampled = self._solver.solve(
            problems, samples=1, temperature=0.0, top_p=1.0, seed=0, grader=Grader()
        )
        return [
            f"{'right' if reward == 1 else 'wrong'}  {problem.prompt} {text}"
            for problem, text, reward in zip(problems, sampled.texts, sampled.rewards, strict=True)
        ]
