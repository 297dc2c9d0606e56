"""Exact entropy and expected token counts of a grammar, and the proof that it is unambiguous.

**Entropy.** A derivation is the list of all choices made: alternatives of rules, and records of
variables at their first mention. If no two derivations give the same text, which
`grammar_checks.py` proves, the entropy of the text is that of the derivation, and by the chain rule
that is a sum over all places where a choice is made,

    H(text) = H(derivation) = sum over places of P(the place is reached) · H(choice at that place).

`analyze` walks the grammar once with the probability of each set of variables already drawn (that
set decides which mentions draw), so P and with it H are exact up to floating point. A variable
with a parent contributes its conditional entropy.

**Tokens.** The number of BPE tokens of a text is the sum over its pre-tokens of the tokens of each
(no merge crosses a pre-token). Expectation is linear, so `analyze` also adds up the expected count
of every pre-token; with a tokenizer's length for each the expected number of tokens of a text is
exact as well. This needs the seams between pieces to be seams between pre-tokens, which
`grammar_checks.check_seams` proves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import log

from cs336_basics.split import split_pretokens
from cs336_basics.stories.grammar import Choice, Grammar, GrammarError, Mention

Items = tuple[str | Mention | Choice, ...]
States = dict[frozenset[str], float]  # variables drawn so far, with the probability of that set


@dataclass(frozen=True)
class Analysis:
    """What is exactly known of a grammar's texts.

    Attributes:
        entropy: of one text, nats.
        pretokens: expected number of occurrences of each pre-token in one text.
        drawing: mentions that may be a variable's first.
    """

    entropy: float
    pretokens: Mapping[str, float]
    drawing: frozenset[Mention]

    def expected(self, length: Mapping[str, int]) -> float:
        """Return the expected sum of `length` over the pre-tokens of a text."""
        return sum(count * length[pretoken] for pretoken, count in self.pretokens.items())


def entropy_of(probabilities: list[float]) -> float:
    """Return -Σ p log p in nats."""
    return -sum(p * log(p) for p in probabilities if p > 0)


def analyze(grammar: Grammar) -> Analysis:
    """Return the exact entropy and the expected pre-token counts of one text.

    Raises:
        GrammarError: a variable may be drawn before its parent.
    """
    walk = _Walk(grammar)
    walk.choice(grammar.start, {frozenset(): 1.0})
    pretokens: defaultdict[str, float] = defaultdict(float)
    for text, count in walk.literals.items():
        for pretoken in split_pretokens(text):
            pretokens[pretoken] += count
    for mention, count in walk.mentions.items():
        shares = _marginal(grammar, mention.variable)
        for record, share in zip(grammar.variables[mention.variable].records, shares, strict=True):
            for pretoken in split_pretokens(mention.prefix + record[mention.field]):
                pretokens[pretoken] += count * share
    return Analysis(walk.entropy, dict(pretokens), frozenset(walk.drawing))


class _Walk:
    """One pass over all places of a grammar, adding up expectations."""

    def __init__(self, grammar: Grammar) -> None:
        self.variables = grammar.variables
        self.draw_entropy = {name: _draw_entropy(grammar, name) for name in grammar.variables}
        self.choice_entropy: dict[Choice, float] = {}
        self.entropy = 0.0
        self.literals: defaultdict[str, float] = defaultdict(float)
        self.mentions: defaultdict[Mention, float] = defaultdict(float)
        self.drawing: set[Mention] = set()

    def choice(self, choice: Choice, states: States) -> States:
        if choice not in self.choice_entropy:
            shares = [a.weight / choice.total for a in choice.alternatives]
            self.choice_entropy[choice] = entropy_of(shares)
        self.entropy += sum(states.values()) * self.choice_entropy[choice]
        after: defaultdict[frozenset[str], float] = defaultdict(float)
        for alternative in choice.alternatives:
            share = alternative.weight / choice.total
            reached = {drawn: p * share for drawn, p in states.items()}
            for drawn, p in self.items(alternative.items, reached).items():
                after[drawn] += p
        return dict(after)

    def items(self, items: Items, states: States) -> States:
        for item in items:
            if isinstance(item, str):
                self.literals[item] += sum(states.values())
            elif isinstance(item, Choice):
                states = self.choice(item, states)
            else:
                states = self.mention(item, states)
        return states

    def mention(self, mention: Mention, states: States) -> States:
        name = mention.variable
        self.mentions[mention] += sum(states.values())
        after: defaultdict[frozenset[str], float] = defaultdict(float)
        for drawn, p in states.items():
            if name not in drawn:
                parent = self.variables[name].parent
                if parent is not None and parent not in drawn:
                    raise GrammarError(f"{name!r} may be drawn before its parent {parent!r}")
                self.entropy += p * self.draw_entropy[name]
                self.drawing.add(mention)
            after[drawn | {name}] += p
        return dict(after)


def conditionals(grammar: Grammar, name: str) -> Iterator[tuple[float, list[float]]]:
    """Yield each case of a variable's parent: its probability, and those of the records then."""
    variable = grammar.variables[name]
    if variable.parent is None:
        yield 1.0, _normalized(variable.allowed(None))
        return
    parents = grammar.variables[variable.parent].records
    for record, share in zip(parents, _marginal(grammar, variable.parent), strict=True):
        yield share, _normalized(variable.allowed(record))


def _normalized(weights: list[int]) -> list[float]:
    total = sum(weights)
    return [weight / total for weight in weights]


def _draw_entropy(grammar: Grammar, name: str) -> float:
    """Return the entropy of a draw given the parent's record, Σ p(parent) H(· | parent)."""
    return sum(share * entropy_of(p) for share, p in conditionals(grammar, name))


def _marginal(grammar: Grammar, name: str) -> list[float]:
    """Return the probability of each record; draws do not depend on the choices of rules."""
    marginal = [0.0] * len(grammar.variables[name].records)
    for share, probabilities in conditionals(grammar, name):
        for record, p in enumerate(probabilities):
            marginal[record] += share * p
    return marginal


def longest(grammar: Grammar, length: Mapping[str, int]) -> int:
    """Return a bound on the sum of `length` over the pre-tokens of any one text.

    The longest record is taken at each mention, so the bound may be above the longest text.
    """

    def of_words(text: str) -> int:
        return sum(length[pretoken] for pretoken in split_pretokens(text))

    @cache
    def of_item(item: str | Mention | Choice) -> int:
        if isinstance(item, str):
            return of_words(item)
        if isinstance(item, Choice):
            return max(sum(map(of_item, a.items)) for a in item.alternatives)
        records = grammar.variables[item.variable].records
        return max(of_words(item.prefix + record[item.field]) for record in records)

    return of_item(grammar.start)
