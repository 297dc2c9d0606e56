"""A task small enough to be learned by reinforcement in seconds: write six digits in order.

A prompt is six digits and `=`, `310240=`; the right answer is `001234`. Two thousand prompts are
held out. The policy is a recurrent network of letters with a random start.
"""

from __future__ import annotations

import itertools
import random
from types import SimpleNamespace

import torch
from torch import Tensor, nn

DIGITS = "01234567"
WIDTH = 6
HELD_OUT = 2_000
EQUALS = len(DIGITS)
VOCABULARY = len(DIGITS) + 1


class Policy(nn.Module):
    """ids (B, T) -> `.logits` (B, T, V) of the next token."""

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.rows = nn.Embedding(VOCABULARY, width)
        self.memory = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, VOCABULARY)

    def forward(self, ids: Tensor) -> SimpleNamespace:
        """Logits behind `.logits`, as language models give them."""
        hidden, _ = self.memory(self.rows(ids))
        return SimpleNamespace(logits=self.head(hidden))


class Task:
    """Prompts, right answers and the reward."""

    def __init__(self, seed: int) -> None:
        every = ["".join(digits) for digits in itertools.product(DIGITS, repeat=WIDTH)]
        self._random = random.Random(seed)
        self._random.shuffle(every)
        border = HELD_OUT
        self.held_out, self.training = every[:border], every[border:]

    def prompts(self, number: int) -> list[str]:
        """Prompts to learn from, drawn anew at each call."""
        return self._random.sample(self.training, number)

    @staticmethod
    def truth(prompt: str) -> str:
        """The right answer."""
        return "".join(sorted(prompt))

    @staticmethod
    def reward(response: str, truth: str) -> dict[str, float]:
        """The share of places that are right."""
        right = sum(a == b for a, b in zip(response, truth, strict=False)) / WIDTH
        return {"reward": right, "format_reward": 1.0}


def prompt_ids(prompts: list[str]) -> Tensor:
    """(B, 7): the digits and `=`."""
    return torch.tensor([[*(int(digit) for digit in prompt), EQUALS] for prompt in prompts])


@torch.no_grad()
def answered(policy: nn.Module, prompts: Tensor, *, greedy: bool = False) -> Tensor:
    """(B, 13): the prompts with six tokens that the policy draws, or finds most probable."""
    ids = prompts
    for _ in range(WIDTH):
        logits = policy(ids).logits[:, -1]
        new = logits.argmax(-1, keepdim=True)
        if not greedy:
            new = torch.multinomial(logits.softmax(-1), 1)
        ids = torch.cat([ids, new], dim=1)
    return ids


def responses(ids: Tensor) -> list[str]:
    """The text of the last six tokens of each row."""
    return ["".join((DIGITS + "=")[i] for i in row) for row in ids[:, -WIDTH:].tolist()]


def mean_reward(policy: nn.Module, task: Task) -> float:
    """Of the most probable answers to the held-out prompts."""
    found = responses(answered(policy, prompt_ids(task.held_out), greedy=True))
    rewards = [task.reward(r, task.truth(p))["reward"]
               for r, p in zip(found, task.held_out, strict=True)]  # fmt: skip
    return sum(rewards) / len(rewards)
