"""The excess of a model over the entropy of the Zipf source, with little noise.

Plain samples estimate it badly: the facts that are half learnt are rare. So every fact below a
rank is asked once and weighted with its probability, and the rarer levels are sampled evenly. Each
stands at a random place of a sequence whose other records are ordinary, and of each the surprise
that it has under the source itself is subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cs336_scaling.real_study.zipf_source import (
    DIGITS,
    LEVELS,
    RECORD,
    RECORDS,
    TAIL,
    Excess,
    LogitsFunction,
    ZipfSource,
    add_start,
)

EVALUATION_SEED = 1_000_003


@dataclass(frozen=True)
class Questions:
    """Evaluation sequences.

    Attributes:
        sequences: (n, 1 + T) int64 tokens.
        places: (n,) int64, the record of each sequence that counts.
        weights: (n,) float64, the probability that each stands for; they sum to 1.
        key_surprise, answer_surprise: (n,) float64, -ln P under the source, in nats.
    """

    sequences: Tensor
    places: Tensor
    weights: Tensor
    key_surprise: Tensor
    answer_surprise: Tensor


def make_questions(
    source: ZipfSource, table: Tensor, all_below_level: int = 13, per_level: int = 512
) -> Questions:
    """Ask every fact of the levels below one, and `per_level` of each level from it on.

    The same questions for the same arguments on the same kind of device.
    """
    device = table.device
    generator = torch.Generator(device).manual_seed(EVALUATION_SEED)
    ranks, weights = [torch.arange(1, 2**all_below_level, device=device)], []
    weights.append(source.probability(ranks[0]))
    for level in range(all_below_level, LEVELS):
        low, high = 2**level, 2 ** (level + 1)
        mass = low**-source.alpha - (high**-source.alpha if high <= TAIL else 0.0)
        drawn = torch.randint(low, high, (per_level,), generator=generator, device=device)
        share = torch.ones(per_level, dtype=torch.float64, device=device)
        if high <= TAIL:
            share = source.probability(drawn)
        ranks.append(drawn)
        weights.append(mass * share / share.sum())
    return _place(source, table, torch.cat(ranks), torch.cat(weights), generator)


def _place(
    source: ZipfSource, table: Tensor, ranks: Tensor, weights: Tensor, generator: torch.Generator
) -> Questions:
    n, device = len(ranks), table.device
    context = source.sample_ranks((n, RECORDS), generator)
    places = torch.randint(0, RECORDS, (n,), generator=generator, device=device)
    context[torch.arange(n, device=device), places] = ranks
    tokens = source.records(context, table, generator)
    asked = tokens[torch.arange(n, device=device), places]
    key, answer = source.surprise(ranks, asked, table)
    return Questions(add_start(tokens.flatten(-2)), places, weights / weights.sum(), key, answer)


@torch.no_grad()
def measure_excess(logits: LogitsFunction, questions: Questions, batch_size: int = 1024) -> Excess:
    """Loss minus entropy of a model that maps ids (B, T) to logits (B, T, V)."""
    keys, answers = [], []
    for first in range(0, len(questions.sequences), batch_size):
        part = slice(first, first + batch_size)
        x, y = questions.sequences[part, :-1], questions.sequences[part, 1:]
        losses = torch.nn.functional.cross_entropy(
            logits(x).flatten(0, 1).float(), y.flatten(), reduction="none"
        ).view(-1, RECORDS, RECORD)
        rows = torch.arange(len(losses), device=losses.device)
        asked = losses[rows, questions.places[part]].double()
        keys.append(asked[:, : 1 + DIGITS].sum(-1))
        answers.append(asked[:, 1 + DIGITS :].sum(-1))
    key_excess = questions.weights @ (torch.cat(keys) - questions.key_surprise)
    answer_excess = questions.weights @ (torch.cat(answers) - questions.answer_surprise)
    return Excess(float(key_excess + answer_excess) / RECORD, float(key_excess) / RECORD)
