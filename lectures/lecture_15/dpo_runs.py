"""DPO on comparisons, beside SFT on the chosen answers, with every probability known exactly."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from cs336_alignment.dpo import dpo_loss
from cs336_alignment.log_probs import token_log_probs
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_15.answers import Summary, log_probs, rows_of, summary
from lectures.lecture_15.preferences import Pairs

Objective = Literal["dpo", "sft", "dpo + nll"]


@dataclass(frozen=True)
class Look:
    """Where the probability is after so many steps.

    Attributes:
        chosen, rejected: mean log-probability of the training pairs' answers, in nats.
        in_chosen, in_rejected, elsewhere: probability of answers that are chosen somewhere (more
            often than rejected), rejected, or in no pair of their question; they sum to 1.
        preferred: share of held-out pairs whose chosen answer gained more than the rejected one.
    """

    step: int
    chosen: float
    rejected: float
    in_chosen: float
    in_rejected: float
    elsewhere: float
    preferred: float
    all: Summary


def standing(pairs: Pairs, shape: torch.Size) -> Tensor:
    """(Q, A): 1 for answers chosen at least as often as rejected, -1 for others, 0 if unseen."""
    balance = torch.zeros(shape)
    seen = torch.zeros(shape, dtype=torch.bool)
    ones = torch.ones(len(pairs))
    for answers, sign in ((pairs.chosen, 1.0), (pairs.rejected, -1.0)):
        balance.index_put_((pairs.questions, answers), sign * ones, accumulate=True)
        seen[pairs.questions, answers] = True
    return torch.where(seen, torch.where(balance >= 0, 1, -1), 0)


def train_on_pairs(
    reference: TransformerLM,
    pairs: Pairs,
    held_out: Pairs,
    asked: Mapping[str, Tensor],
    objective: Objective = "dpo",
    beta: float = 0.1,
    steps: int = 200,
    every: int = 25,
    rate: float = 1e-3,
    batch: int = 64,
    seed: int = 0,
) -> tuple[TransformerLM, list[Look]]:
    """Train a copy of the reference on pairs, and look at it every so many steps."""
    model = copy.deepcopy(reference)
    device = next(model.parameters()).device
    with torch.no_grad():
        start = log_probs(reference)
    where, looks = standing(pairs, start.shape).to(device), []
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    draw = torch.Generator().manual_seed(seed)
    for step in range(steps + 1):
        if step % every == 0:
            with torch.no_grad():
                looks.append(_look(step, log_probs(model), start, where, pairs, held_out, asked))
        if step == steps:
            break
        picked = torch.randint(len(pairs), (batch,), generator=draw)
        questions, chosen, rejected = (
            part[picked].to(device) for part in (pairs.questions, pairs.chosen, pairs.rejected)
        )
        ours, worse = _sums(model, questions.repeat(2), torch.cat([chosen, rejected])).chunk(2)
        loss = torch.zeros((), device=device)
        if objective != "sft":
            theirs = start[questions, chosen], start[questions, rejected]
            loss = dpo_loss(ours, worse, *theirs, beta=beta)[0].mean()
        if objective != "dpo":
            loss = loss - ours.mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model, looks


def _sums(model: TransformerLM, questions: Tensor, answers: Tensor) -> Tensor:
    rows = rows_of(questions, answers)
    found = token_log_probs(model(rows["input_ids"]), rows["labels"])
    return found.masked_fill(~rows["response_mask"], 0.0).sum(1)


def _look(
    step: int, log_p: Tensor, start: Tensor, where: Tensor, pairs: Pairs, held_out: Pairs,
    asked: Mapping[str, Tensor],
) -> Look:  # fmt: skip
    p = log_p.exp()
    gained = (log_p - start).cpu()
    margin = gained[held_out.questions, held_out.chosen]
    margin = margin - gained[held_out.questions, held_out.rejected]
    table = log_p.cpu()
    chosen, rejected = (
        float(table[pairs.questions, part].mean()) for part in (pairs.chosen, pairs.rejected)
    )
    good, bad, unseen = (
        round(float((p * (where == sign)).sum(1).mean()), 4) for sign in (1, -1, 0)
    )
    return Look(
        step=step,
        chosen=round(chosen, 3),
        rejected=round(rejected, 3),
        in_chosen=good,
        in_rejected=bad,
        elsewhere=unseen,
        preferred=round(float((margin > 0).float().mean()), 4),
        all=summary(log_p, start, asked),
    )
