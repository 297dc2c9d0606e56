"""Speculative sampling: a draft proposes, the target checks all proposals in one pass.

Leviathan et al. 2022 (2211.17192), algorithm 1; Chen et al. 2023 (2302.01318). Written p is the
draft's distribution and q the target's, as in the lecture.

Shape letters: V vocabulary, g tokens proposed at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_10.decoding import rewind

Rule = Literal["residual", "target"]
Next = Callable[[list[int]], Tensor]  # tokens so far -> (V,) distribution of the next one


def residual(p: Tensor, q: Tensor) -> Tensor:
    """What the draft gives too seldom, (q - p) where positive, as a distribution."""
    missing = (q - p).clamp(min=0)
    return missing / missing.sum()


def check(
    proposed: list[int], p: Tensor, q: Tensor, draw: torch.Generator, rule: Rule = "residual"
) -> list[int]:
    """Tokens that are kept: accepted proposals, and one that the target gives.

    Args:
        p: (g, V), what the proposals were drawn from.
        q: (g + 1, V), the target's distributions at the same places and one after.
        rule: where the replacement is drawn from; "target", q itself, is the common mistake.
    """
    kept: list[int] = []
    for place, token in enumerate(proposed):
        ratio = float(q[place, token] / p[place, token])
        if float(torch.rand((), generator=draw)) >= ratio:
            instead = residual(p[place], q[place]) if rule == "residual" else q[place]
            return [*kept, pick(instead, draw)]
        kept.append(token)
    return [*kept, pick(q[-1], draw)]


def pick(distribution: Tensor, draw: torch.Generator) -> int:
    """One token."""
    return int(torch.multinomial(distribution, 1, generator=draw))


def tokens_a_pass(acceptance: float, proposed: int) -> float:
    """Expected tokens of a target's pass if each proposal is accepted with the same chance."""
    if acceptance == 1:
        return proposed + 1
    return float((1 - acceptance ** (proposed + 1)) / (1 - acceptance))


def speed_up(acceptance: float, proposed: int, draft_cost: float, check_cost: float = 1) -> float:
    """Time of plain sampling over that of speculation (theorem 3.8).

    `draft_cost` is a draft's pass, `check_cost` the target's pass over g + 1 tokens, both in passes
    of the target over one token.
    """
    return tokens_a_pass(acceptance, proposed) / (proposed * draft_cost + check_cost)


def best_number(acceptance: float, draft_cost: float, most: int = 32) -> int:
    """How many tokens to propose."""
    return max(range(most + 1), key=lambda g: speed_up(acceptance, g, draft_cost))


@dataclass
class Outcome:
    """What a run of speculation gave: tokens, passes of the target, and chances of acceptance.

    `chances` are sum(min(p, q)) at each place that was checked.
    """

    tokens: list[int] = field(default_factory=list)
    passes: int = 0
    chances: list[float] = field(default_factory=list)

    @property
    def tokens_a_pass(self) -> float:
        """Tokens made by a pass, on average."""
        return len(self.tokens) / self.passes

    @property
    def acceptance(self) -> float:
        """Mean chance that a proposal is accepted."""
        return sum(self.chances) / len(self.chances)


class CachedTarget:
    """A Transformer over assignment 1's cache that answers several places at once."""

    def __init__(self, model: TransformerLM) -> None:
        self.model, self.cache = model, model.new_cache()

    @torch.no_grad()
    def distributions(self, tokens: list[int], last: int) -> Tensor:
        """(last, V): distributions after each of the `last` longest beginnings of the tokens.

        The cache is cut back to what it surely holds: it may hold proposals that were refused.
        """
        known = min(self.cache.length, len(tokens) - last)
        rewind(self.cache, known)
        logits: Tensor = self.model(torch.tensor([tokens[known:]]), self.cache)[0, -last:]
        return logits.softmax(-1)


@torch.no_grad()
def speculate(
    target: CachedTarget, draft: Next, prompt: list[int], new: int, proposed: int, seed: int
) -> Outcome:
    """At least `new` tokens after the prompt, `proposed` proposals a pass."""
    draw, outcome = torch.Generator().manual_seed(seed), Outcome()
    while len(outcome.tokens) < new:
        so_far = prompt + outcome.tokens
        guesses: list[int] = []
        p = []
        for _ in range(proposed):
            p.append(draft(so_far + guesses))
            guesses.append(pick(p[-1], draw))
        q = target.distributions(so_far + guesses, proposed + 1)
        for ours, theirs in zip(p, q, strict=False):
            outcome.chances.append(float(torch.minimum(ours, theirs).sum()))
        drafts = torch.stack(p) if p else q[:0]
        outcome.tokens += check(guesses, drafts, q, draw)
        outcome.passes += 1
    return outcome


@dataclass(frozen=True)
class Chains:
    """Two Markov chains over V tokens, which stand for draft and target: (V, V) each."""

    p: Tensor
    q: Tensor


def random_chains(vocabulary: int, seed: int = 0) -> Chains:
    """Chains that agree about half of the time."""
    draw = torch.Generator().manual_seed(seed)
    p, q = (torch.randn(vocabulary, vocabulary, generator=draw).softmax(-1) for _ in "pq")
    return Chains(p, q)


def exact(chains: Chains) -> Tensor:
    """(V, V): the target's probability of the two tokens after token 0."""
    return chains.q[0][:, None] * chains.q


def sampled(chains: Chains, runs: int, rule: Rule, seed: int = 0) -> Tensor:
    """(V, V): how often `check` gives each pair of tokens after token 0, two proposals a pass."""
    draw = torch.Generator().manual_seed(seed)
    size = len(chains.q)
    counts = torch.zeros(size, size)
    for _ in range(runs):
        tokens = [0]
        while len(tokens) < 3:
            first = pick(chains.p[tokens[-1]], draw)
            guesses = [first, pick(chains.p[first], draw)]
            places = torch.tensor([tokens[-1], *guesses])
            tokens += check(guesses, chains.p[places[:2]], chains.q[places], draw, rule)
        counts[tokens[1], tokens[2]] += 1
    return counts


def chi_square(counts: Tensor, expected: Tensor) -> tuple[float, float]:
    """Pearson's statistic of counts against probabilities, and the chance of a larger one."""
    from scipy.stats import chi2

    wanted = expected * counts.sum()
    statistic = float(((counts - wanted) ** 2 / wanted).sum())
    return statistic, float(chi2.sf(statistic, counts.numel() - 1))
