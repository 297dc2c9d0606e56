"""Policy gradients on choices that fit on one line, where everything can be summed exactly.

For a softmax over K actions, grad log pi(a) by the logits is onehot(a) - pi: `scores` holds these
rows. An estimate of the gradient from one action is scores[a] (R(a) - b).
"""

from collections.abc import Sequence
from math import comb

import torch
from torch import Tensor


def scores(logits: Tensor) -> Tensor:
    """grad log pi(a) by the logits, a row for each action: (K, K)."""
    return torch.eye(len(logits), dtype=logits.dtype) - logits.softmax(dim=-1)


def exact_gradient(logits: Tensor, rewards: Tensor) -> Tensor:
    """E[grad log pi(a) R(a)], summed over the actions: (K)."""
    return (logits.softmax(dim=-1) * rewards) @ scores(logits)


def sampled_gradient(
    logits: Tensor, rewards: Tensor, samples: int, generator: torch.Generator
) -> Tensor:
    """The mean of grad log pi(a) R(a) over drawn actions: (K)."""
    drawn = torch.multinomial(
        logits.softmax(dim=-1), samples, replacement=True, generator=generator
    )
    return (scores(logits)[drawn] * rewards[drawn].unsqueeze(1)).mean(dim=0)


def sampled_errors(
    logits: Tensor, rewards: Tensor, samples: Sequence[int], repeats: int = 50
) -> list[float]:
    """Root mean square distance of the estimate to the exact gradient, for each sample size."""
    generator, exact = torch.Generator().manual_seed(3), exact_gradient(logits, rewards)
    errors = []
    for n in samples:
        drawn = [sampled_gradient(logits, rewards, n, generator) for _ in range(repeats)]
        squares = (torch.stack(drawn) - exact).square().sum(dim=1)
        errors.append(float(squares.mean().sqrt()))
    return errors


def variance(logits: Tensor, rewards: Tensor, baseline: float | Tensor) -> float:
    """Total variance over the logits of the estimate from one action, exactly."""
    p, estimates = (
        logits.softmax(dim=-1),
        scores(logits) * (rewards - baseline).unsqueeze(1),
    )
    mean = p @ estimates
    return float(p @ estimates.square().sum(dim=1) - mean.square().sum())


def best_baseline(logits: Tensor, rewards: Tensor) -> float:
    """b* = E[|grad log pi|^2 R] / E[|grad log pi|^2], the least variance of any constant b."""
    weights = logits.softmax(dim=-1) * scores(logits).square().sum(dim=1)
    return float((weights * rewards).sum() / weights.sum())


TWO_STATES = torch.tensor([[11.0, 9.0], [0.0, 2.0]])
"""Rewards of two actions (columns) in two states (rows), which come equally often."""


def two_state_variance(baselines: Tensor) -> tuple[float, list[float]]:
    """(total variance, mean gradient of the four logits) of a uniform policy, exactly.

    `baselines` has one value for each state. The logits of the two states are separate.
    """
    estimates = torch.zeros(2, 2, 4)
    for state in range(2):
        advantage = TWO_STATES[state] - baselines[state]
        part = scores(torch.zeros(2)) * advantage.unsqueeze(1)
        estimates[state, :, 2 * state : 2 * state + 2] = part
    every = estimates.reshape(4, 4)
    mean = every.mean(dim=0)
    return float((every - mean).square().sum(dim=1).mean()), mean.tolist()


def coin_variance(p: float, baseline: float) -> float:
    """Variance of (x - p)(x - b), x = 1 with probability p: one answer, right or wrong, by w.

    The policy is sigmoid(w) = p, the reward is x, and grad log pi = x - p. The mean is p (1 - p)
    whatever b is.
    """
    right, wrong = (1 - p) * (1 - baseline), p * baseline
    return p * right**2 + (1 - p) * wrong**2 - (p * (1 - p)) ** 2


def group_variance(p: float, size: int, *, leave_one_out: bool) -> float:
    """Variance of the mean of (x_i - p) A_i over a group, relative to the squared mean gradient.

    A_i = x_i, or x_i minus the mean of the others; the number of right answers is enumerated.
    """
    first = second = 0.0
    for right in range(size + 1):
        chance = comb(size, right) * p**right * (1 - p) ** (size - right)
        of_right = 1 - (right - 1) / (size - 1) if leave_one_out else 1.0
        of_wrong = -right / (size - 1) if leave_one_out else 0.0
        value = (right * (1 - p) * of_right - (size - right) * p * of_wrong) / size
        first, second = first + chance * value, second + chance * value**2
    return (second - first**2) / first**2


def one_right(p: float, answers: int = 125) -> tuple[Tensor, Tensor]:
    """(logits, rewards) of a softmax that is right with probability p, wrong in all other ways."""
    logits = torch.full((answers,), (1 - p) / (answers - 1)).log()
    logits[0] = torch.tensor(p).log()
    rewards = torch.zeros(answers)
    rewards[0] = 1.0
    return logits, rewards


def three_variances(p: float, answers: int = 125) -> list[float]:
    """Variance of one answer's gradient with no baseline, with the mean, with the best constant."""
    logits, rewards = one_right(p, answers)
    found = [variance(logits, rewards, b) for b in (0.0, p, best_baseline(logits, rewards))]
    return [float(f"{v:.3g}") for v in found]
