"""Comparisons of answers, and a reward model that is trained on them (Bradley and Terry, 1952)."""

from dataclasses import dataclass

import torch
from cs336_basics.model import TransformerLM
from torch import Tensor
from torch.nn.functional import logsigmoid

from lectures.lecture_15.answers import (
    QUESTIONS,
    all_answers,
    lengths,
    rows_of,
    sample,
    small_model,
)


@dataclass(frozen=True)
class Pairs:
    """Comparisons; answers are places in the list of all of them.

    Attributes:
        questions, chosen, rejected: (N,) int64 each.
    """

    questions: Tensor
    chosen: Tensor
    rejected: Tensor

    def __len__(self) -> int:
        return len(self.questions)


def compare(log_p: Tensor, opinion: Tensor, count: int, seed: int) -> Pairs:
    """`count` pairs of answers drawn from a policy, each judged once.

    The first wins with probability sigmoid(opinion(first) - opinion(second)). `log_p` and
    `opinion` are (Q, A). A pair of equal answers is drawn again.
    """
    draw = torch.Generator().manual_seed(seed)
    each = 2 * count
    drawn = sample(log_p, 2 * each, draw).view(QUESTIONS, each, 2)
    questions = torch.arange(QUESTIONS).repeat_interleave(each)
    both = drawn.flatten(0, 1)
    keep = (both[:, 0] != both[:, 1]).nonzero().flatten()
    keep = keep[torch.randperm(len(keep), generator=draw)[:count]]
    questions, both = questions[keep], both[keep]
    apart = opinion[questions, both[:, 0]] - opinion[questions, both[:, 1]]
    first = torch.rand(len(keep), generator=draw) < torch.sigmoid(apart)
    chosen = torch.where(first, both[:, 0], both[:, 1])
    return Pairs(questions, chosen, torch.where(first, both[:, 1], both[:, 0]))


def reward_of(model: TransformerLM, questions: Tensor, answers: Tensor) -> Tensor:
    """(B,): the one number that the head gives at the last token of question and answer."""
    rows = rows_of(questions, answers)
    ids = torch.cat([rows["input_ids"], rows["labels"][:, -1:]], dim=1)  # question, then L words
    last = (rows["response_mask"].sum(1)).unsqueeze(1)
    outputs: Tensor = model(ids).squeeze(-1).gather(1, last).squeeze(1)
    return outputs


def bradley_terry_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """-log sigmoid(r(chosen) - r(rejected)), averaged over the pairs."""
    return -logsigmoid(chosen - rejected).mean()


def train_reward_model(
    pairs: Pairs, steps: int = 200, batch: int = 128, seed: int = 0, device: str = "cpu",
    d_model: int = 32, layers: int = 1,
) -> tuple[TransformerLM, list[float]]:  # fmt: skip
    """A Transformer whose head has one output, and its loss at every step."""
    model = small_model(seed + 1000, outputs=1, d_model=d_model, layers=layers).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
    draw, losses = torch.Generator().manual_seed(seed), []
    for step in range(steps):
        picked = torch.randint(len(pairs), (batch,), generator=draw)
        questions = pairs.questions[picked].to(device).repeat(2)
        both = torch.cat([pairs.chosen[picked], pairs.rejected[picked]]).to(device)
        loss = bradley_terry_loss(*reward_of(model, questions, both).chunk(2))
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * (1 - step / steps)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    return model, losses


@torch.no_grad()
def all_rewards(model: TransformerLM) -> Tensor:
    """(Q, A): the reward model's opinion of every answer."""
    device = next(model.parameters()).device
    answers = torch.arange(len(all_answers()), device=device)
    rows = [reward_of(model, torch.full_like(answers, q), answers) for q in range(QUESTIONS)]
    return torch.stack(rows)


def centred(rewards: Tensor, log_p: Tensor) -> Tensor:
    """Rewards (Q, A) minus their mean under a policy, question by question.

    A Bradley-Terry reward is defined up to a constant for each question; this picks one.
    """
    return rewards - (log_p.exp() * rewards).sum(1, keepdim=True)


def agreement(rewards: Tensor, pairs: Pairs) -> float:
    """The share of pairs whose chosen answer has the higher reward."""
    first = rewards[pairs.questions, pairs.chosen]
    return float((first > rewards[pairs.questions, pairs.rejected]).float().mean())


def words_more(pairs: Pairs) -> float:
    """How many words longer the chosen answers are than the rejected ones, on average."""
    return float((lengths()[pairs.chosen] - lengths()[pairs.rejected]).mean())


def two_readers_agree(pairs: Pairs, first: Tensor, second: Tensor) -> float:
    """How often two readers, each judging by Bradley and Terry, would choose the same answer.

    `first` and `second` are opinions (Q, A); the chance is exact for the given pairs.
    """
    a, b = (
        torch.sigmoid(o[pairs.questions, pairs.chosen] - o[pairs.questions, pairs.rejected])
        for o in (first, second)
    )
    return float((a * b + (1 - a) * (1 - b)).mean())
