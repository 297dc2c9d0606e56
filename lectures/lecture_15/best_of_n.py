"""Best of n and the exponential tilt: two policies that need no training, computed exactly."""

import math

import torch
from torch import Tensor


def best_of_n(log_p: Tensor, rewards: Tensor, n: int) -> Tensor:
    """(Q, A) log-probabilities of the best of n draws by `rewards`; ties go to either alike.

    With F(r) the probability that a draw scores at most r, the best scores at most r with F(r)^n.
    What the n draws give to a score is shared among its answers as the policy shares it.
    """
    found = []
    for row, reward in zip(log_p.double(), rewards.double(), strict=True):
        values, group = reward.unique(return_inverse=True)
        mass = torch.zeros(len(values), dtype=torch.float64).index_add(0, group, row.exp())
        below = mass.cumsum(0) - mass
        above = below + mass
        # F^n - F_^n by logarithms: differences of numbers near 1 would lose all digits.
        gained = torch.exp(n * above.clamp(max=1).log()) * -torch.expm1(
            n * (below.clamp(min=1e-300).log() - above.log())
        )
        found.append(row + (gained / mass).log()[group])
    return torch.stack(found)


def best_of_n_kl(n: int) -> float:
    """log n - (n - 1) / n, in nats: the KL of best of n where no two answers tie."""
    return math.log(n) - (n - 1) / n


def tilted(log_p: Tensor, rewards: Tensor, beta: float) -> Tensor:
    """(Q, A) log-probabilities of p exp(r / beta) / Z: the optimum of E[r] - beta KL."""
    return (log_p.double() + rewards.double() / beta).log_softmax(1)
