"""The exact probability of a given text under a grammar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import exp, inf, log

from cs336_basics.grammar import Choice, Grammar, Mention

Items = tuple[str | Mention | Choice, ...]


def log_probability(grammar: Grammar, text: str) -> float:
    """Return ln P(text), -inf for a text that the grammar cannot write.

    The sum goes over all derivations of `text`; an unambiguous grammar has at most one.
    """
    found = list(derivations(grammar, text))
    return log(sum(map(exp, found))) if len(found) > 1 else (found[0] if found else -inf)


def derivations(grammar: Grammar, text: str) -> Iterator[float]:
    """Yield the log probability of each derivation of `text`, found by backtracking."""
    waiting: list[tuple[Items, int, Mapping[str, int], float]] = [((grammar.start,), 0, {}, 0.0)]
    while waiting:
        items, position, bound, log_p = waiting.pop()
        if not items:
            if position == len(text):
                yield log_p
            continue
        item, rest = items[0], items[1:]
        if isinstance(item, str):
            if text.startswith(item, position):
                waiting.append((rest, position + len(item), bound, log_p))
        elif isinstance(item, Choice):
            for alternative in item.alternatives:
                first = alternative.items[0]
                if not isinstance(first, str) or text.startswith(first, position):
                    share = log(alternative.weight / item.total)
                    waiting.append((alternative.items + rest, position, bound, log_p + share))
        else:
            records = grammar.variables[item.variable].records
            known = bound.get(item.variable)
            candidates = (
                dict(grammar.draws(item.variable, bound)) if known is None else {known: 0.0}
            )
            for record, share in candidates.items():
                written = item.prefix + records[record][item.field]
                if text.startswith(written, position):
                    now = {**bound, item.variable: record}
                    waiting.append((rest, position + len(written), now, log_p + share))
