"""Proofs about a grammar: every text has one derivation, and pieces never join in a pre-token.

`check_unambiguous` proves for every rule that no text of one alternative begins with a text of
another one, taking a mention for any record (more texts than there are, so the proof covers those
there are), and for every first mention that no record's text begins with another record's. Reading
a text from the left, at most one alternative or record then fits at each choice, so a text has at
most one derivation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from cs336_basics.split import split_pretokens
from cs336_basics.stories.analysis import analyze, conditionals
from cs336_basics.stories.grammar import Alternative, Choice, Grammar, GrammarError, Mention

Items = tuple[str | Mention | Choice, ...]


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
    for _, probabilities in conditionals(grammar, mention.variable):
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
