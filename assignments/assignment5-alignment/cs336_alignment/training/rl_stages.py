"""The stages that learn from rewards: GRPO with its relatives, and expert iteration."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from cs336_alignment.losses.recipes import ADVANTAGES
from cs336_alignment.losses.shaping import informative_groups, overlong_penalty
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.problem import Problem
from cs336_alignment.training.batches import TrainingRows, training_rows
from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.curriculum import Curriculum
from cs336_alignment.training.demonstrations import answer_loss, demonstration_rows
from cs336_alignment.training.evaluation import Evaluator, ProblemSolver, Sampled
from cs336_alignment.training.loop import Metrics, apply_gradients, rounded
from cs336_alignment.training.policy_update import PolicyUpdater


class RolloutSource:
    """Problems of the curriculum with graded answers; counts what was sampled."""

    def __init__(self, config: AlignmentConfig, solver: ProblemSolver) -> None:
        self._config, self._solver = config, solver
        self.curriculum = Curriculum(solver.task, config.task, config.sampling, config.seed)
        self.draws = 0
        self.rollouts = 0
        self._by_size: dict[int, list[float]] = defaultdict(list)

    def draw(self) -> tuple[list[Problem], Sampled]:
        """The next batch of problems, answered and graded; the curriculum takes note."""
        sampling = self._config.sampling
        problems = self.curriculum.problems(self.draws)
        sampled = self._solver.solve(
            problems, samples=sampling.samples, temperature=sampling.temperature,
            top_p=sampling.top_p, seed=self.seed(),
        )  # fmt: skip
        self.draws += 1
        self.rollouts += len(sampled.rewards)
        count = sampling.samples
        means = [
            sum(sampled.rewards[i : i + count]) / count
            for i in range(0, len(sampled.rewards), count)
        ]
        self.curriculum.observe(problems, means)
        for problem, mean in zip(problems, means, strict=True):
            self._by_size[problem.size].append(mean)
        return problems, sampled

    def seed(self) -> int:
        """A number for the draw at hand, different for all seeds and draws of an experiment."""
        return self._config.seed * 10_000_019 + self.draws

    def report(self) -> dict[str, Any]:
        """Since the last report: the mean reward of each size, the verdicts; and the totals."""
        sizes = {s: rounded(sum(r) / len(r)) for s, r in sorted(self._by_size.items())}
        self._by_size.clear()
        return {
            "frontier": self.curriculum.frontier,
            "rollouts": self.rollouts,
            "reward_by_size": sizes,
            "verdicts": self._solver.grader.take_counts(),
        }

    def state(self) -> dict[str, Any]:
        return {
            "draws": self.draws, "rollouts": self.rollouts, "curriculum": self.curriculum.state()
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        self.draws, self.rollouts = int(state["draws"]), int(state["rollouts"])
        self.curriculum.restore(state["curriculum"])


class RewardStage:
    """What GRPO and expert iteration have in common."""

    finished = False

    def __init__(self, source: RolloutSource, evaluator: Evaluator) -> None:
        self._source, self._evaluator = source, evaluator
        self.updates = 0

    def report(self) -> dict[str, Any]:
        return self._source.report() | {"updates": self.updates}

    def evaluate(self) -> dict[str, Any]:
        return {
            "accuracy": {size: rounded(a) for size, a in self._evaluator.accuracy().items()},
            "rollouts": self._source.rollouts,
            "updates": self.updates,
        }

    def state(self) -> dict[str, Any]:
        return {"source": self._source.state(), "updates": self.updates}

    def restore(self, state: dict[str, Any]) -> None:
        self._source.restore(state["source"])
        self.updates = int(state["updates"])


class GrpoStage(RewardStage):
    """One batch of rollouts and the updates of the configured recipe on it."""

    def __init__(
        self, config: AlignmentConfig, source: RolloutSource, evaluator: Evaluator,
        updater: PolicyUpdater,
    ) -> None:  # fmt: skip
        super().__init__(source, evaluator)
        self._config, self._updater = config, updater

    def step(self, index: int, learning_rate: float) -> Metrics:
        source, recipe = self._source, self._updater.recipe
        shuffle = torch.Generator().manual_seed(source.seed())
        batches = [self._batch()]
        rounds = self._config.grpo.sampling_rounds if recipe.drop_equal_groups else 1
        wanted = self._config.sampling.prompts
        while len(batches) < rounds and sum(batch.informative for batch in batches) < wanted:
            batches.append(self._batch())
        rows, advantages = _joined(batches, wanted if recipe.drop_equal_groups else None)
        metrics = self._updater.update(
            rows, advantages, learning_rate, shuffle, max(batch.limit for batch in batches)
        )
        self.updates += int(metrics.pop("updates"))
        groups = self._config.sampling.prompts * len(batches)
        lengths = torch.cat([batch.lengths for batch in batches]).float()
        return metrics | {
            "reward": sum(batch.reward for batch in batches) / len(batches),
            "mixed_groups": sum(batch.informative for batch in batches) / groups,
            "length": lengths.mean(),
            "entropy": sum((batch.entropy for batch in batches), torch.zeros(())) / len(batches),
        }

    def _batch(self) -> GradedBatch:
        problems, sampled = self._source.draw()
        rows = training_rows(sampled.rollouts)
        device = rows.input_ids.device
        lengths = sampled.rollouts.response_mask.sum(dim=1)
        limit = max(self._source._solver.task.max_response(p.size) for p in problems)
        rewards = torch.tensor(sampled.rewards).view(len(problems), -1)
        mixed = informative_groups(rewards)
        if self._updater.recipe.overlong:
            penalty = overlong_penalty(lengths.cpu(), limit, self._config.grpo.overlong_buffer)
            rewards = rewards + penalty.view_as(rewards)
        advantages = ADVANTAGES[self._updater.recipe.advantage](rewards).to(device)
        sampled_nll = -sampled.rollouts.log_probs.sum() / sampled.rollouts.response_mask.sum()
        return GradedBatch(
            rows, advantages, mixed.to(device), int(mixed.sum()), float(sum(sampled.rewards))
            / len(sampled.rewards), lengths, limit, sampled_nll.cpu(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GradedBatch:
    """One draw, ready for the update."""

    rows: TrainingRows
    advantages: Tensor
    """(prompts, samples)."""
    mixed: Tensor
    """(prompts,): True where right and wrong answers were drawn."""
    informative: int
    reward: float
    lengths: Tensor
    limit: int
    entropy: Tensor
    """-log p of the drawn tokens, mean: an unbiased estimate of the policy's entropy."""


def _joined(batches: list[GradedBatch], keep_groups: int | None) -> tuple[TrainingRows, Tensor]:
    """Rows and advantages of all batches, or of their first informative groups alone."""
    if keep_groups is None:
        (batch,) = batches
        return batch.rows, batch.advantages.flatten()
    width = max(batch.rows.input_ids.shape[1] for batch in batches)
    rows = TrainingRows(
        *(
            torch.cat([_widened(getattr(batch.rows, name), width) for batch in batches])
            for name in ("input_ids", "labels", "mask", "sampled_log_probs")
        )
    )
    advantages = torch.cat([batch.advantages for batch in batches])
    groups = torch.cat([batch.mixed for batch in batches]).nonzero().squeeze(1)[:keep_groups]
    samples = advantages.shape[1]
    indices = (groups[:, None] * samples + torch.arange(samples, device=groups.device)).flatten()
    if not len(indices):
        indices = torch.arange(samples, device=groups.device)
    return rows.select(indices), advantages.flatten()[indices]


def _widened(tensor: Tensor, width: int) -> Tensor:
    return torch.nn.functional.pad(tensor, (0, width - tensor.shape[1]))


class ExpertIterationStage(RewardStage):
    """Sample, keep different right answers, fit them together with demonstrations."""

    def __init__(
        self, config: AlignmentConfig, source: RolloutSource, evaluator: Evaluator,
        model: nn.Module, optimizer: torch.optim.Optimizer, device: torch.device,
    ) -> None:  # fmt: skip
        super().__init__(source, evaluator)
        self._config, self._model, self._optimizer = config, model, optimizer
        self._device, self._tokenizer = device, CharacterTokenizer()

    def step(self, index: int, learning_rate: float) -> Metrics:
        expert = self._config.expert_iteration
        shuffle = torch.Generator().manual_seed(self._source.seed())
        kept: list[tuple[str, str]] = []
        rewards: list[float] = []
        for _ in range(expert.rounds_of_sampling):
            problems, sampled = self._source.draw()
            kept += kept_answers(problems, sampled, expert.max_per_prompt)
            rewards += sampled.rewards
        metrics: Metrics = {"reward": sum(rewards) / len(rewards), "kept": float(len(kept))}
        order = torch.randperm(len(kept), generator=shuffle)
        for number, part in enumerate(order.tensor_split(expert.updates_per_round)):
            pairs = [kept[i] for i in part.tolist()]
            pairs += demonstration_rows(
                self._config, f"expert/{index}/{number}", expert.demonstrations
            )
            if pairs:
                metrics |= self._fit(pairs, learning_rate)
        return metrics

    def _fit(self, pairs: Sequence[tuple[str, str]], learning_rate: float) -> Metrics:
        loss = answer_loss(self._model, self._tokenizer, pairs, self._device)
        loss.backward()  # type: ignore[no-untyped-call]
        self.updates += 1
        norm = apply_gradients(
            self._model, self._optimizer, learning_rate, self._config.limits.max_l2_norm
        )
        return {"loss": loss.detach(), "gradient_norm": norm}


def kept_answers(
    problems: Sequence[Problem], sampled: Sampled, max_per_prompt: int
) -> list[tuple[str, str]]:
    """(prompt, response) of the different right answers, at most so many of each prompt."""
    samples = len(sampled.texts) // len(problems)
    counts: Counter[int] = Counter()
    kept: dict[tuple[int, str], tuple[str, str]] = {}
    for row, (text, reward) in enumerate(zip(sampled.texts, sampled.rewards, strict=True)):
        prompt = row // samples
        if reward < 1 or (prompt, text) in kept or counts[prompt] == max_per_prompt:
            continue
        counts[prompt] += 1
        kept[prompt, text] = (problems[prompt].prompt, text)
    return list(kept.values())
