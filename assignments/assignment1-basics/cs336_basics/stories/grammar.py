"""A probabilistic grammar of finite texts with variables: definition and sampling.

A grammar is a tree of weighted choices between alternatives; an alternative is a sequence of
literal texts, further choices and mentions of variables. The first mention of a variable draws a
record from its table; every later mention writes a field of that same record, so a text stays
consistent with itself over any distance. `grammar_notation.py` reads grammars from text.

All weights are integers, so that every probability is an exact ratio.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from math import log
from typing import NamedTuple


class GrammarError(ValueError):
    """A grammar breaks one of the rules that make it unambiguous."""


class Mention(NamedTuple):
    """A place where a field of a variable's record is written, after a space or directly."""

    variable: str
    field: str
    prefix: str


@dataclass(frozen=True)
class Alternative:
    """One template of a rule: literal texts, mentions and other choices, in order."""

    weight: int
    items: tuple[str | Mention | Choice, ...]


@dataclass(frozen=True, eq=False)
class Choice:
    """A rule, compiled: probability of alternative i is its weight over `total`."""

    name: str
    alternatives: tuple[Alternative, ...]
    total: int = field(init=False)
    deal: tuple[tuple[tuple[str | Mention | Choice, ...], float], ...] = field(init=False)

    def __post_init__(self) -> None:
        total = sum(alternative.weight for alternative in self.alternatives)
        object.__setattr__(self, "total", total)
        # One entry a unit of weight: drawing one is an index, and its probability is exact.
        deal = (
            repeat((alternative.items, log(alternative.weight / total)), alternative.weight)
            for alternative in self.alternatives
        )
        object.__setattr__(self, "deal", tuple(chain.from_iterable(deal)))


@dataclass(frozen=True)
class Variable:
    """A table of records with integer weights, all with the same fields.

    With a `parent`, another variable that is drawn first, only those records can be drawn that
    `allows(parent's record, record)` accepts.
    """

    records: tuple[Mapping[str, str], ...]
    weights: tuple[int, ...]
    parent: str | None = None
    allows: Callable[[Mapping[str, str], Mapping[str, str]], bool] | None = None

    def allowed(self, parent_record: Mapping[str, str] | None) -> list[int]:
        """Return the weights with 0 for records that `parent_record` does not allow."""
        if parent_record is None or self.allows is None:
            return list(self.weights)
        return [
            weight if self.allows(parent_record, record) else 0
            for record, weight in zip(self.records, self.weights, strict=True)
        ]


@dataclass(frozen=True)
class Grammar:
    """A compiled grammar: the choice to begin with and the variables it mentions."""

    start: Choice
    variables: Mapping[str, Variable]
    _draws: dict[tuple[str, int | None], tuple[tuple[int, float], ...]] = field(
        init=False, repr=False, default_factory=dict
    )

    def sample(self, uniform: Callable[[], float]) -> tuple[str, float]:
        """Draw one text; return it with the natural logarithm of its derivation's probability.

        `uniform` gives numbers from [0, 1), such as `random.Random(0).random`.
        """
        pieces: list[str] = []
        log_probability = self._expand(self.start, {}, pieces.append, uniform)
        return "".join(pieces), log_probability

    def _expand(
        self,
        choice: Choice,
        bound: dict[str, int],
        write: Callable[[str], None],
        uniform: Callable[[], float],
    ) -> float:
        items, log_probability = choice.deal[int(uniform() * choice.total)]
        for item in items:
            if isinstance(item, str):
                write(item)
            elif isinstance(item, Choice):
                log_probability += self._expand(item, bound, write, uniform)
            else:
                name, field_name, prefix = item
                if name not in bound:
                    log_probability += self._draw(name, bound, uniform)
                write(prefix + self.variables[name].records[bound[name]][field_name])
        return log_probability

    def _draw(self, name: str, bound: dict[str, int], uniform: Callable[[], float]) -> float:
        deal = self.draws(name, bound)
        bound[name], log_probability = deal[int(uniform() * len(deal))]
        return log_probability

    def draws(self, name: str, bound: Mapping[str, int]) -> tuple[tuple[int, float], ...]:
        """Return one entry a unit of weight: a record that can be drawn, its log probability.

        `bound` holds the records of the variables drawn so far.
        """
        variable = self.variables[name]
        given = None if variable.parent is None else bound[variable.parent]
        if (name, given) not in self._draws:
            parent_record = None
            if variable.parent is not None and given is not None:
                parent_record = self.variables[variable.parent].records[given]
            weights = variable.allowed(parent_record)
            total = sum(weights)
            deal = (repeat((i, log(w / total)), w) for i, w in enumerate(weights) if w)
            self._draws[name, given] = tuple(chain.from_iterable(deal))
        return self._draws[name, given]
