"""Proximal policy optimisation on the three questions, with each part a switch.

Shape letters: B rows (sampled answers), L tokens of an answer.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from cs336_alignment.log_probs import token_log_probs
from cs336_alignment.losses.policy_gradient import clipped_loss, naive_loss
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_15.answers import QUESTIONS, log_probs, rows_of, sample, small_model


@dataclass(frozen=True)
class Parts:
    """Which parts of PPO are in use.

    Attributes:
        critic: advantages over a learned value instead of the whole return.
        epochs: gradient steps on the same samples.
        clip: of the ratio; None for none, with the plain policy gradient in its place.
        beta: weight of the penalty -log(policy / reference) on every token.
        decay: the lambda of generalised advantages.
    """

    critic: bool = True
    epochs: int = 4
    clip: float | None = 0.2
    beta: float = 0.1
    decay: float = 0.95
    rate: float = 2e-3
    iterations: int = 40
    samples: int = 64
    """answers to each question in an iteration"""


def generalized_advantages(rewards: Tensor, values: Tensor, mask: Tensor, decay: float) -> Tensor:
    """(B, L): sum over k of decay^k (r + V' - V) at t + k, undiscounted (Schulman et al. 2015).

    `values` are those before each token; behind the last one the value is 0.
    """
    following = torch.cat([values[:, 1:], torch.zeros_like(values[:, :1])], dim=1)
    going_on = torch.cat([mask[:, 1:], torch.zeros_like(mask[:, :1])], dim=1).float()
    surprise = (rewards + going_on * following - values) * mask
    advantages = torch.zeros_like(rewards)
    carried = torch.zeros_like(rewards[:, 0])
    for t in reversed(range(rewards.shape[1])):
        carried = surprise[:, t] + decay * going_on[:, t] * carried
        advantages[:, t] = carried
    return advantages


@dataclass
class Ppo:
    """A policy, its critic and the frozen reference, improving on a table of rewards (Q, A)."""

    policy: TransformerLM
    reference: TransformerLM
    rewards: Tensor
    parts: Parts
    seed: int = 0

    def __post_init__(self) -> None:
        self.critic = small_model(self.seed + 500, outputs=1).to(self.rewards.device)
        self._optimizers = [
            torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
            for model, rate in ((self.policy, self.parts.rate), (self.critic, 5e-3))
        ]
        self._draw = torch.Generator(self.rewards.device).manual_seed(self.seed)

    def iterate(self) -> dict[str, float]:
        """Sample answers, score them, and take the gradient steps; the share that was clipped."""
        with torch.no_grad():
            answers = sample(log_probs(self.policy), self.parts.samples, self._draw).flatten()
        questions = torch.arange(QUESTIONS, device=answers.device)
        questions = questions.repeat_interleave(self.parts.samples)
        rows = rows_of(questions, answers)
        mask = rows["response_mask"]
        with torch.no_grad():
            old = self._of_tokens(self.policy, rows)
            penalty = self.parts.beta * (old - self._of_tokens(self.reference, rows))
            rewards = -penalty * mask
            last = mask.sum(1, keepdim=True) - 1
            scored = self.rewards[questions, answers].unsqueeze(1)
            rewards = rewards.scatter_add(1, last, scored)
            returns = _to_come(rewards)
            advantages = returns
            if self.parts.critic:
                values = self._values(rows)
                advantages = generalized_advantages(rewards, values, mask, self.parts.decay)
                returns = advantages + values
        clipped = 0.0
        for _ in range(self.parts.epochs):
            new = self._of_tokens(self.policy, rows)
            if self.parts.clip is None:
                losses = naive_loss(advantages, new)
            else:
                losses, found = clipped_loss(advantages, new, old, self.parts.clip, self.parts.clip)
                clipped = float(found["clipped"][mask].float().mean())
            total = (losses * mask).sum() / mask.sum()
            if self.parts.critic:
                error = (self._values(rows) - returns).square()
                total = total + (error * mask).sum() / mask.sum()
            self._step(total)
        return {"clipped": clipped}

    def _of_tokens(self, model: TransformerLM, rows: dict[str, Tensor]) -> Tensor:
        return token_log_probs(model(rows["input_ids"]), rows["labels"])

    def _values(self, rows: dict[str, Tensor]) -> Tensor:
        found: Tensor = self.critic(rows["input_ids"]).squeeze(-1)
        return found

    def _step(self, loss: Tensor) -> None:
        for optimizer in self._optimizers:
            optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), 1.0)
        for optimizer in self._optimizers:
            optimizer.step()


def _to_come(rewards: Tensor) -> Tensor:
    """(B, L): the sum of rewards from each token on."""
    return rewards.flip(1).cumsum(1).flip(1)


def run_ppo(
    reference: TransformerLM,
    rewards: Tensor,
    parts: Parts,
    look: Callable[[int, Tensor], None],
    seed: int = 0,
    every: int = 10,
) -> TransformerLM:
    """Train a copy of the reference; `look(iteration, log_p)` at the start and every so often."""
    trainer = Ppo(copy.deepcopy(reference), reference, rewards, parts, seed)
    for iteration in range(parts.iterations + 1):
        if iteration % every == 0:
            with torch.no_grad():
                look(iteration, log_probs(trainer.policy))
        if iteration < parts.iterations:
            trainer.iterate()
    return trainer.policy
