"""Text with a true power law: facts whose frequencies follow Zipf's law, and an exact entropy.

A record states one fact in 8 tokens: `level, 3 digits, 4 answers`. The rank r of the fact is drawn
with P(R >= r) = r^-alpha (Zipf's law with exponent 1 + alpha); its key is its level
floor(log2 r) and the digits of r - 2^level in base 64; its answers are row r of a fixed random
table. A model learns the frequent facts first, with D tokens those seen often enough and with N
parameters those it has room for, so theory expects (see the README)

    loss - entropy ~ D^-(alpha/(1+alpha)),  ~ N^-alpha,  ~ C^-(alpha/(2+alpha)) at the best N.

Ranks from TAIL on are drawn again, uniformly from [TAIL, 2 TAIL): so rare that hardly any is ever
learnt, they keep the finite table from bending the law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import log

import torch
from torch import Tensor

BASE = 64  # digits and answers are tokens 0..63
DIGITS = 3
ANSWERS = 4
LEVELS = 19
TAIL = 2 ** (LEVELS - 1)
RECORD = 1 + DIGITS + ANSWERS
RECORDS = 8  # in a sequence
START = BASE + LEVELS  # the token before a sequence
TABLE_SEED = 336

LogitsFunction = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Excess:
    """How far a model is above the entropy, in nats per token of the source.

    Attributes:
        total: loss minus entropy, over all tokens.
        keys: the part of it in levels and digits; the rest is in the answers.
    """

    total: float
    keys: float


@dataclass(frozen=True)
class ZipfSource:
    """The source with exponent 1 + alpha; an answer token is uniform with probability `noise`."""

    alpha: float = 0.5
    noise: float = 0.0

    name = "zipf"
    vocab_size = START + 1
    context_length = RECORD * RECORDS

    @cached_property
    def entropy(self) -> float:
        """Exact, in nats per token: the key's and the noise of the answers, over 8 tokens."""
        ranks = torch.arange(1, TAIL, dtype=torch.float64)
        p = self.probability(ranks)
        tail = float(TAIL**-self.alpha)
        key = -float((p * p.log()).sum()) - tail * log(tail / TAIL)
        return (key + ANSWERS * self.answer_entropy) / RECORD

    @property
    def answer_entropy(self) -> float:
        """Nats of one answer token, given its fact."""
        wrong = self.noise / BASE
        right = 1 - self.noise + wrong
        return -right * log(right) - ((BASE - 1) * wrong * log(wrong) if wrong else 0.0)

    def probability(self, ranks: Tensor) -> Tensor:
        """P of ranks below TAIL, float64."""
        ranks = ranks.double()
        return ranks**-self.alpha - (ranks + 1) ** -self.alpha

    def sample_ranks(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        """Ranks in [1, 2 TAIL), int64, by inverting the distribution function."""
        device = generator.device
        # float64: at rank 2^18 the steps of float32 numbers would skip most ranks.
        u = 1 - torch.rand(shape, dtype=torch.float64, generator=generator, device=device)
        ranks = u ** (-1 / self.alpha)
        redrawn = torch.randint(TAIL, 2 * TAIL, shape, generator=generator, device=device)
        return torch.where(ranks >= TAIL, redrawn, ranks.clamp(max=TAIL).long())

    def records(self, ranks: Tensor, table: Tensor, generator: torch.Generator) -> Tensor:
        """Tokens (..., 8) int64 of facts (...); `table` is `answer_table()` on their device."""
        answers = table[ranks].long()
        if self.noise:
            device = generator.device
            wild = torch.rand(answers.shape, generator=generator, device=device) < self.noise
            uniform = torch.randint(0, BASE, answers.shape, generator=generator, device=device)
            answers = torch.where(wild, uniform, answers)
        return torch.cat((record_keys(ranks), answers), dim=-1)

    def batches(self, steps: int, batch: int, table: Tensor, generator: torch.Generator) -> Tensor:
        """Sequences (steps, batch, 1 + 64) int64: the start token, then 8 whole records."""
        ranks = self.sample_ranks((steps, batch, RECORDS), generator)
        return add_start(self.records(ranks, table, generator).flatten(-2))

    def surprise(self, ranks: Tensor, tokens: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
        """-ln P of the keys and of the answers of records, each (...) float64."""
        p = self._rank_probability(ranks)
        right = tokens[..., 1 + DIGITS :] == table[ranks].long()
        wrong = self.noise / BASE
        likelihood = torch.where(right, 1 - self.noise + wrong, wrong)
        return -p.log(), -likelihood.double().log().sum(-1)

    def _rank_probability(self, ranks: Tensor) -> Tensor:
        """P of any rank, float64; those of the tail share its mass evenly."""
        in_tail = torch.full_like(ranks, TAIL ** -(self.alpha + 1), dtype=torch.float64)
        return torch.where(ranks < TAIL, self.probability(ranks), in_tail)


def answer_table() -> Tensor:
    """(2 TAIL, 4) uint8 answers of every rank: the same random table for every source."""
    generator = torch.Generator().manual_seed(TABLE_SEED)
    return torch.randint(0, BASE, (2 * TAIL, ANSWERS), generator=generator).to(torch.uint8)


def record_keys(ranks: Tensor) -> Tensor:
    """Level token and three digits, high first, of ranks (...): (..., 4) int64.

    >>> record_keys(torch.tensor([1, 70])).tolist()
    [[64, 0, 0, 0], [70, 0, 0, 6]]
    """
    levels = torch.frexp(ranks.double()).exponent.long() - 1
    rest = ranks - 2**levels
    digits = [rest // BASE**place % BASE for place in reversed(range(DIGITS))]
    return torch.stack([BASE + levels, *digits], dim=-1)


def add_start(sequences: Tensor) -> Tensor:
    """Put the start token before each sequence (..., T) -> (..., 1 + T)."""
    return torch.nn.functional.pad(sequences, (1, 0), value=START)
