"""The sorting toy: prompts of three numbers, answers of three numbers, three ways to reward them.

V is the number of tokens (5, the numbers 0 to 4), n the length (3). Every function takes any
leading dimensions, so that it grades one answer as well as all of an experiment.
"""

from collections.abc import Callable, Sequence
from itertools import permutations, product
from typing import Literal

import torch
from torch import Tensor

VOCABULARY, LENGTH = 5, 3
RewardName = Literal["items", "places", "exact"]
Reward = Callable[[Tensor, Tensor], Tensor]

TRAINING_PROMPTS = ((1, 0, 2), (3, 2, 4), (1, 2, 3))
"""The three prompts of every experiment but the held-out one."""


def places(prompts: Tensor, answers: Tensor) -> Tensor:
    """How many positions (… n) of the answer hold what the sorted prompt has there: 0 to n."""
    return (answers == prompts.sort(dim=-1).values).sum(dim=-1).float()


def items(prompts: Tensor, answers: Tensor) -> Tensor:
    """Prompt's numbers that occur in the answer, plus neighbours in order: 0 to 2n - 1.

    Occurring counts once for each number of the prompt, however often the answer repeats it.
    """
    found = (prompts.unsqueeze(-1) == answers.unsqueeze(-2)).any(dim=-1).sum(dim=-1)
    in_order = (answers[..., 1:] >= answers[..., :-1]).sum(dim=-1)
    return (found + in_order).float()


def exact(prompts: Tensor, answers: Tensor) -> Tensor:
    """1 for the sorted prompt, else 0."""
    return (answers == prompts.sort(dim=-1).values).all(dim=-1).float()


REWARDS: dict[RewardName, Reward] = {"items": items, "places": places, "exact": exact}
HIGHEST: dict[RewardName, float] = {"items": 2.0 * LENGTH - 1, "places": LENGTH, "exact": 1.0}


def all_answers() -> Tensor:
    """Every answer there is, (V^n, n), the last position changing fastest."""
    return torch.tensor(list(product(range(VOCABULARY), repeat=LENGTH)))


def reward_table(prompts: Tensor, reward: RewardName) -> Tensor:
    """The reward of every answer to every prompt, (prompts, V^n)."""
    return REWARDS[reward](prompts.unsqueeze(1), all_answers().unsqueeze(0))


def traps(rewards: Tensor) -> Tensor:
    """Which of the V^n answers, rewarded (V^n), no change of one position can improve, nor is best.

    An answer whose neighbours are all worth as little is none: nothing pulls a policy to it.
    """
    answers = all_answers()
    near = (answers.unsqueeze(1) != answers.unsqueeze(0)).sum(dim=-1) == 1
    best_near = torch.where(near, rewards, -torch.inf).amax(dim=1)
    worst_near = torch.where(near, rewards, torch.inf).amin(dim=1)
    stuck = (rewards >= best_near) & (rewards > worst_near)
    return stuck & (rewards < rewards.max())


def reward_rows() -> list[list[object]]:
    """What the three training prompts offer under each reward, as rows of a table."""
    rows: list[list[object]] = []
    for name in REWARDS:
        found = reward_table(torch.tensor(TRAINING_PROMPTS), name)
        best = int((found == HIGHEST[name]).sum(dim=1).max())
        caught = [int(traps(rewards).sum()) for rewards in found]
        mean = round(float(found.mean()), 3)
        rows.append([name, int(HIGHEST[name]), best, mean, " / ".join(map(str, caught))])
    return rows


def every_order() -> Tensor:
    """All orders of three distinct numbers: 60 prompts."""
    return torch.tensor(list(permutations(range(VOCABULARY), LENGTH)))


def held_out_orders(seed: int = 0, held_out: int = 20) -> tuple[Tensor, Tensor]:
    """(training, held-out): orders at random, so that nearly all sets of numbers are in both."""
    every = every_order()
    order = torch.randperm(len(every), generator=torch.Generator().manual_seed(seed))
    return every[order[held_out:]], every[order[:held_out]]


def held_out_sets(sets: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """(training, held-out): every order of these sets of numbers is held out."""
    every, wanted = every_order(), {tuple(sorted(numbers)) for numbers in sets}
    out = torch.tensor([tuple(sorted(row)) in wanted for row in every.tolist()])
    return every[~out], every[out]
