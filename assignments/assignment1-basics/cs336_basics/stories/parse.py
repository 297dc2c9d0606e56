"""The exact probability of a given text under a grammar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import exp, inf, log

from cs336_basics.stories.grammar import Choice, Grammar, Mention

Items = tuple[str | Mention | Choice, ...]
Candidate = tuple[str, int, float]  # text, record, log probability of drawing it
CandidateTable = dict[str, list[Candidate]]  # by their first characters


class GrammarReader:
    """Reads texts of one grammar; keeps tables of what each mention can write."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._candidates: dict[tuple[Mention, int | None], tuple[int, CandidateTable]] = {}

    def log_probability(self, text: str) -> float:
        """Return ln P(text), -inf for a text that the grammar cannot write.

        The sum goes over all derivations of `text`; an unambiguous grammar has at most one.
        """
        found = list(self.derivations(text))
        if len(found) == 1:
            return found[0]
        return log(sum(map(exp, found))) if found else -inf

    def derivations(self, text: str) -> Iterator[float]:
        """Yield the log probability of each derivation of `text`, found by backtracking."""
        waiting: list[tuple[Items, int, dict[str, int], float]] = [
            ((self.grammar.start,), 0, {}, 0.0)
        ]
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
                for written, record, share in self._writable(item, text, position, bound):
                    if text.startswith(written, position):
                        now = {**bound, item.variable: record}
                        waiting.append((rest, position + len(written), now, log_p + share))

    def _writable(
        self, mention: Mention, text: str, position: int, bound: Mapping[str, int]
    ) -> list[Candidate]:
        """Return what `mention` can write among texts that begin as `text` does at `position`."""
        variable = self.grammar.variables[mention.variable]
        known = bound.get(mention.variable)
        if known is not None:
            return [(mention.prefix + variable.records[known][mention.field], known, 0.0)]
        key = (mention, None if variable.parent is None else bound[variable.parent])
        if key not in self._candidates:
            self._candidates[key] = self._tabulate(mention, bound)
        length, table = self._candidates[key]
        return table.get(text[position : position + length], [])

    def _tabulate(self, mention: Mention, bound: Mapping[str, int]) -> tuple[int, CandidateTable]:
        """Sort what a first mention can write by the first characters, as many as all have."""
        records = self.grammar.variables[mention.variable].records
        candidates = [
            (mention.prefix + records[record][mention.field], record, share)
            for record, share in dict(self.grammar.draws(mention.variable, bound)).items()
        ]
        length = min(len(written) for written, _, _ in candidates)
        table: defaultdict[str, list[Candidate]] = defaultdict(list)
        for candidate in candidates:
            table[candidate[0][:length]].append(candidate)
        return length, dict(table)
