"""Exact entropy and expected token counts of a grammar, and the proof that it is unambiguous.

**Entropy.** A derivation is the list of all choices made: alternatives of rules, and records of
variables at their first mention. If no two derivations give the same text, the entropy of the text
is that of the derivation, and by the chain rule that is a sum over all places where a choice is
made,

    H(text) = H(derivation) = sum over places of P(the place is reached) · H(choice at that place).

`analyze` walks the grammar once with the probability of each set of variables already drawn (that
set decides which mentions draw), so P and with it H are exact up to floating point. A variable
with a parent contributes its conditional entropy.

**Tokens.** The number of BPE tokens of a text is the sum over its pre-tokens of the tokens of each
(no merge crosses a pre-token). Expectation is linear, so `analyze` also adds up the expected count
of every pre-token; with a tokenizer's length for each the expected number of tokens of a text is
exact as well. This needs the seams between pieces to be seams between pre-tokens, which
`check_seams` proves.

**Unambiguous.** `check_unambiguous` proves for every rule that no text of one alternative begins
with a text of another one, taking a mention for any record (more texts than there are, so the
proof covers those there are), and for every first mention that no record's text begins with
another record's. Reading a text from the left, at most one alternative or record then fits at each
choice, so a text has at most one derivation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log

from cs336_basics.grammar import Alternative, Choice, Grammar, GrammarError, Mention
from cs336_basics.split import split_pretokens

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


def _conditionals(grammar: Grammar, name: str) -> Iterator[tuple[float, list[float]]]:
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
    return sum(share * entropy_of(p) for share, p in _conditionals(grammar, name))


def _marginal(grammar: Grammar, name: str) -> list[float]:
    """Return the probability of each record; draws do not depend on the choices of rules."""
    marginal = [0.0] * len(grammar.variables[name].records)
    for share, probabilities in _conditionals(grammar, name):
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


def choices_of(grammar: Grammar) -> list[Choice]:
    """Return every compiled rule of the grammar once, outer ones first."""
    found: dict[Choice, None] = {}

    def visit(choice: Choice) -> None:
        if choice not in found:
            found[choice] = None
            for alternative in choice.alternatives:
                for item in alternative.items:
                    if isinstance(item, Choice):
                        visit(item)

    visit(grammar.start)
    return list(found)


def check_unambiguous(grammar: Grammar) -> None:
    """Raise GrammarError unless every text has exactly one derivation (see the module's proof)."""
    for choice in choices_of(grammar):
        _check_prefix_free(grammar, choice)
    for mention in analyze(grammar).drawing:
        _check_identifies(grammar, mention)


def _check_identifies(grammar: Grammar, mention: Mention) -> None:
    """Raise GrammarError unless the text of a first mention tells which record was drawn."""
    records = grammar.variables[mention.variable].records
    texts = [tuple(split_pretokens(mention.prefix + r[mention.field])) for r in records]
    for _, probabilities in _conditionals(grammar, mention.variable):
        possible = sorted(text for text, p in zip(texts, probabilities, strict=True) if p)
        for shorter, longer in pairwise(possible):
            if longer[: len(shorter)] == shorter:
                raise GrammarError(
                    f"{{{mention.variable}.{mention.field}}} draws {''.join(shorter)!r}, with "
                    f"which {''.join(longer)!r} begins"
                )


def _check_prefix_free(grammar: Grammar, choice: Choice) -> None:
    """Follow all alternatives in step, word by word, for as long as two of them agree."""
    readings = frozenset((i, a.items) for i, a in enumerate(choice.alternatives))
    waiting, seen = [(readings, "")], {readings}
    while waiting:
        readings, text = waiting.pop()
        by_word: defaultdict[str, set[tuple[int, Items]]] = defaultdict(set)
        for alternative, items in readings:
            for word, rest in _first_words(grammar, items):
                by_word[word].add((alternative, rest))
        for word, group in by_word.items():
            if len({alternative for alternative, _ in group}) < 2:
                continue
            if any(not rest for _, rest in group):
                raise GrammarError(
                    f"rule {choice.name!r}: after {text + word!r} one alternative is complete "
                    f"and another one goes on or is complete too"
                )
            frozen = frozenset(group)
            if frozen not in seen:
                seen.add(frozen)
                waiting.append((frozen, text + word))


def _first_words(grammar: Grammar, items: Items) -> Iterator[tuple[str, Items]]:
    """Yield each pre-token that may come first, with what is left to read after it."""
    first, rest = items[0], items[1:]
    if isinstance(first, Choice):
        for alternative in first.alternatives:
            yield from _first_words(grammar, alternative.items + rest)
        return
    for text in _texts(grammar, first):
        word, *words = split_pretokens(text)
        yield word, ((("".join(words)),) if words else ()) + rest


def _texts(grammar: Grammar, item: str | Mention) -> list[str]:
    if isinstance(item, str):
        return [item]
    records = grammar.variables[item.variable].records
    return [item.prefix + record[item.field] for record in records]


def check_seams(grammar: Grammar) -> None:
    """Raise GrammarError where two pieces could meet inside one pre-token."""

    @cache
    def edge_words(item: str | Mention | Choice, edge: int) -> frozenset[str]:
        if isinstance(item, Choice):
            ends = [edge_words(a.items[edge], edge) for a in item.alternatives]
            return frozenset().union(*ends)
        return frozenset(split_pretokens(text)[edge] for text in _texts(grammar, item))

    for choice in choices_of(grammar):
        for alternative in choice.alternatives:
            for before, after in pairwise(alternative.items):
                _check_seam(choice, alternative, edge_words(before, -1), edge_words(after, 0))


def _check_seam(
    choice: Choice, alternative: Alternative, lasts: frozenset[str], firsts: frozenset[str]
) -> None:
    for first in firsts:
        if first[0] == " " and first.strip():
            continue  # a pre-token always begins here
        for last in lasts:
            if split_pretokens(last + first) != [last, first]:
                raise GrammarError(
                    f"rule {choice.name!r}: {last!r} and {first!r} would join in one pre-token"
                )
