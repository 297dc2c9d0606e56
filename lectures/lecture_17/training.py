"""The experiments: every setting and every seed trained in one program.

All policies lie along one leading dimension. A setting's runs are a slice of it, and its loss is
the sum over its seeds, whose gradients do not mix, as each seed has its own parameters and Adam
works number by number. Advantages and losses are assignment 5's, as its own runs use them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import torch
from cs336_alignment.log_probs import compute_entropy
from cs336_alignment.losses.kl import k3
from cs336_alignment.losses.recipes import ADVANTAGES, BatchSize, Recipe, aggregate, batch_loss
from torch import Tensor

from lectures.lecture_17.policy import Policies, picked, probabilities, sample, start
from lectures.lecture_17.task import (
    HIGHEST,
    REWARDS,
    TRAINING_PROMPTS,
    RewardName,
    reward_table,
    traps,
)

INNER_STEPS, RATE, EVERY = 10, 1e-3, 10
TokenLoss = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Setting:
    """What tells one row of the table from another."""

    name: str
    recipe: Recipe
    reward: RewardName = "items"
    samples: int = 10
    epochs: int = 100
    entropy: float = 0.0
    """Weight of the mean entropy of a token, in nats, that is added to the objective."""
    kl: float = 0.0
    """Weight of the mean k3 of a token, against the policy at the start, that is taken off it."""
    enumerated: bool = False
    """All 125 answers weighed by their probability in place of a sample: the exact gradient."""
    advantages: Callable[[Tensor], Tensor] | None = None
    """In place of the recipe's: (groups, samples) to the same shape."""
    token_loss: TokenLoss | None = None
    """In place of the recipe's: advantages, log p and log q to the loss of every token."""
    spread: float = 1.0
    """Scale of the embedding at the start: at 0.5 the first distributions are flatter."""

    def loss_key(self) -> tuple[object, ...]:
        """Settings that agree in this can share one call of the loss.

        All answers are equally long, so the norms of lengths are the same number.
        """
        recipe = replace(self.recipe, advantage="raw", length_norm="sequence")
        return self.epochs, self.enumerated, self.samples, str(recipe), str(self.token_loss)


@dataclass(slots=True)
class Curve:
    """What one setting did: its policies at epoch 0 and then every so many epochs.

    Everything asked of them is computed by enumerating all answers, so no number here is sampled.
    """

    setting: Setting
    prompts: Tensor
    epochs: list[int] = field(default_factory=list)
    policies: list[Policies] = field(default_factory=list)
    silent: list[float] = field(default_factory=list)
    """Share of groups whose rewards were all equal, at every epoch."""

    def probabilities(self, at: int = -1, prompts: Tensor | None = None) -> Tensor:
        """p of all answers, (seeds, P, V^n); of the training prompts, if no others are given."""
        where = self.prompts if prompts is None else prompts
        return probabilities(self.policies[at].log_probs(where))

    def reward(
        self, at: int = -1, name: RewardName | None = None, prompts: Tensor | None = None
    ) -> Tensor:
        """E[R] of each seed, the mean over prompts: (seeds)."""
        where = self.prompts if prompts is None else prompts
        table = reward_table(where, name or self.setting.reward)
        return (self.probabilities(at, where) * table).sum(-1).mean(-1)

    def wrong_and_trapped(self, at: int = -1) -> tuple[int, int]:
        """Over seeds and prompts: how many most probable answers are wrong, and of them traps."""
        chosen, table = (
            self.probabilities(at).argmax(dim=-1),
            reward_table(self.prompts, self.setting.reward),
        )
        caught = torch.stack([traps(rewards) for rewards in table])
        rows = torch.arange(len(self.prompts)).expand_as(chosen)
        wrong = table[rows, chosen] < table.max()
        return int(wrong.sum()), int((wrong & caught[rows, chosen]).sum())

    def entropy(self, at: int = -1) -> Tensor:
        """Mean entropy of a token in nats, (seeds)."""
        return compute_entropy(self.policies[at].log_probs(self.prompts)).mean(dim=(-1, -2))


def train(
    settings: Sequence[Setting], seeds: int, prompts: Tensor | None = None, every: int = EVERY
) -> list[Curve]:
    """The curve of every setting, each from the same `seeds` starting points."""
    where = torch.tensor(TRAINING_PROMPTS) if prompts is None else prompts
    curves: dict[Setting, Curve] = {}
    for epochs in sorted({setting.epochs for setting in settings}):
        group = sorted((s for s in settings if s.epochs == epochs), key=lambda s: str(s.loss_key()))
        curves |= {curve.setting: curve for curve in _Group(group, seeds, where).run(epochs, every)}
    return [curves[setting] for setting in settings]


class _Group:
    """Settings that train for equally long, and so can share every step."""

    def __init__(self, settings: Sequence[Setting], seeds: int, prompts: Tensor) -> None:
        self.prompts, self.runs = prompts, [_Run(setting, prompts) for setting in settings]
        self.seeds, self.policies = seeds, start(seeds, [s.spread for s in settings])
        alike = groupby(self.runs, key=lambda run: run.setting.loss_key())
        self.batches = [_Batch(list(runs), seeds) for _, runs in alike]
        self.bonus = torch.tensor([s.entropy for s in settings]).repeat_interleave(seeds)
        self.adam = torch.optim.Adam(self.policies.parameters(), lr=RATE, fused=True)

    def run(self, epochs: int, every: int) -> list[Curve]:
        """Train, and return a curve a setting."""
        for run, log_p in self._each():
            run.reference = log_p
        self._note(0)
        for epoch in range(1, epochs + 1):
            for run, log_p in self._each():
                run.collect(log_p)
            for batch in self.batches:
                batch.gather()
            for _ in range(INNER_STEPS):
                self._step()
            if epoch % every == 0:
                self._note(epoch)
        return [run.curve for run in self.runs]

    def _step(self) -> None:
        log_p = self.policies.log_probs(self.prompts)
        parts = torch.split(log_p, [len(b.runs) * self.seeds for b in self.batches])
        losses = [batch.loss(part) for batch, part in zip(self.batches, parts, strict=True)]
        loss = torch.stack(losses).sum()
        if self.bonus.any():
            loss = loss - (self.bonus * compute_entropy(log_p).mean(dim=(-1, -2))).sum()
        self.adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.adam.step()

    def _note(self, epoch: int) -> None:
        copies = [
            torch.split(part.detach().clone(), self.seeds) for part in self.policies.parameters()
        ]
        for run, parts in zip(self.runs, zip(*copies, strict=True), strict=True):
            run.curve.epochs.append(epoch)
            run.curve.policies.append(Policies(*parts))

    @torch.no_grad()
    def _each(self) -> list[tuple["_Run", Tensor]]:
        log_p = self.policies.log_probs(self.prompts)
        return list(zip(self.runs, torch.split(log_p, self.seeds), strict=True))


class _Run:
    """One setting and its last batch. Distributions are log p, (seeds, P, n, V)."""

    def __init__(self, setting: Setting, prompts: Tensor) -> None:
        self.setting, self.prompts, self.curve = setting, prompts, Curve(setting, prompts)
        self.generator = torch.Generator().manual_seed(17)
        self.reference = torch.zeros(())
        self.advantage = setting.advantages or ADVANTAGES[setting.recipe.advantage]
        self.table = reward_table(prompts, setting.reward) / HIGHEST[setting.reward]

    def collect(self, log_p: Tensor) -> None:
        """Draw answers, reward them, and compare each with its group."""
        if self.setting.enumerated:
            return
        name = self.setting.reward
        self.answers = sample(log_p, self.setting.samples, self.generator)
        rewards = REWARDS[name](self.prompts[None, :, None], self.answers) / HIGHEST[name]
        groups = rewards.flatten(0, 1)
        self.curve.silent.append(float((groups == groups[:, :1]).all(dim=1).float().mean()))
        self.advantages = self.advantage(groups).reshape(-1, 1)
        self.old, self.anchor = (
            picked(log_q, self.answers).flatten(0, 2) for log_q in (log_p, self.reference)
        )


class _Batch:
    """Runs whose losses differ in their data only, side by side along the first dimension."""

    def __init__(self, runs: Sequence[_Run], seeds: int) -> None:
        self.runs, setting, prompts = runs, runs[0].setting, runs[0].prompts
        self.recipe, self.enumerated = setting.recipe, setting.enumerated
        self.token_loss = setting.token_loss
        rows, length = len(prompts) * setting.samples, prompts.shape[-1]
        self.size = BatchSize(rows, rows * length, length)
        self.mask = torch.ones(len(runs) * seeds * rows, length, dtype=torch.bool)
        weights = torch.tensor([run.setting.kl for run in runs])
        self.kl_weights = weights.repeat_interleave(seeds * rows).unsqueeze(1)
        self.table = torch.stack([run.table for run in runs]).repeat_interleave(seeds, dim=0)

    def gather(self) -> None:
        """Put the runs' new data together."""
        if not self.enumerated:
            self.answers = torch.cat([run.answers for run in self.runs])
            self.advantages = torch.cat([run.advantages for run in self.runs])
            self.old, self.anchor = (
                torch.cat([getattr(run, name) for run in self.runs]) for name in ("old", "anchor")
            )

    def loss(self, log_p: Tensor) -> Tensor:
        """The sum of the runs' and seeds' losses, but for the entropy bonus."""
        if self.enumerated:
            return -(probabilities(log_p) * self.table).sum(-1).mean(-1).sum()
        now = picked(log_p, self.answers).flatten(0, 2)
        if self.token_loss:
            per_token = self.token_loss(self.advantages, now, self.old)
            return aggregate(self.recipe.length_norm, per_token, self.mask, self.size)
        loss, _ = batch_loss(self.recipe, self.advantages, now, self.old, self.mask, self.size)
        if self.kl_weights.any():
            estimate = self.kl_weights * k3(now, self.anchor)
            loss = loss + aggregate(self.recipe.length_norm, estimate, self.mask, self.size)
        return loss
