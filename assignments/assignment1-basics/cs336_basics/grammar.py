"""A probabilistic grammar of finite texts with variables: definition and sampling.

A rule is a weighted choice between templates. A template is text that may name other rules
(`#rule#`) and variables (`{hero.name}`). The first mention of a variable draws a record from its
table; every later mention writes a field of that same record, so a text stays consistent with
itself over any distance. Rules do not recurse.

All weights are integers, so that every probability is an exact ratio.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from math import log
from typing import NamedTuple

_REFERENCE = re.compile(r"(?P<space> ?)(?:#(?P<rule>\w+)#|\{(?P<variable>\w+)\.(?P<field>\w+)\})")
_WEIGHT = re.compile(r"(\d+)\* ")


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


def parse_rules(text: str) -> dict[str, list[tuple[int, str]]]:
    r"""Read rules: a name at the start of a line, its templates on indented lines below it.

    `|` separates templates on one line, `3* ` before a template is its weight (otherwise 1), `\n`
    is a new line and `--` begins a comment line.
    """
    rules: dict[str, list[tuple[int, str]]] = {}
    templates: list[tuple[int, str]] | None = None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("--"):
            continue
        if not line[0].isspace():
            name = line.strip()
            if name in rules:
                raise GrammarError(f"rule {name!r} is defined twice")
            templates = rules[name] = []
            continue
        if templates is None:
            raise GrammarError(f"template before the first rule name: {line.strip()!r}")
        for part in line.split("|"):
            template = part.strip().replace("\\n", "\n")
            weight = _WEIGHT.match(template)
            if weight:
                template = template[weight.end() :]
            if not template:
                raise GrammarError(f"rule {name!r} has an empty template in {line.strip()!r}")
            templates.append((int(weight[1]) if weight else 1, template))
    return rules


def compile_grammar(
    rules: Mapping[str, Sequence[tuple[int, str]]],
    variables: Mapping[str, Variable],
    start: str = "story",
) -> Grammar:
    """Link templates to the rules and variables they name.

    A space before a reference moves into it, so that every piece of text is whole pre-tokens.

    Raises:
        GrammarError: an unknown rule, variable or field; a rule that leads back to itself.
    """
    compiled: dict[tuple[str, str], Choice] = {}

    def build(name: str, prefix: str, above: tuple[str, ...]) -> Choice:
        if name in above:
            raise GrammarError(f"rule {name!r} leads back to itself: {' > '.join(above)}")
        if name not in rules:
            raise GrammarError(
                f"no rule {name!r}, named in {above[-1] if above else 'the start'!r}"
            )
        if (name, prefix) not in compiled:
            compiled[name, prefix] = Choice(
                name,
                tuple(
                    Alternative(weight, tuple(items(template, prefix, (*above, name))))
                    for weight, template in rules[name]
                ),
            )
        return compiled[name, prefix]

    def items(template: str, prefix: str, above: tuple[str, ...]) -> list[str | Mention | Choice]:
        result: list[str | Mention | Choice] = []
        position = 0
        for match in _REFERENCE.finditer(template):
            if literal := template[position : match.start()]:
                result.append(prefix + literal)
                prefix = ""
            prefix += match["space"]
            if match["rule"]:
                result.append(build(match["rule"], prefix, above))
            else:
                check_field(match["variable"], match["field"], above[-1])
                result.append(Mention(match["variable"], match["field"], prefix))
            prefix = ""
            position = match.end()
        if literal := template[position:]:
            result.append(prefix + literal)
        return result

    def check_field(variable: str, field_name: str, rule: str) -> None:
        if variable not in variables:
            raise GrammarError(f"rule {rule!r}: no variable {variable!r}")
        if field_name not in variables[variable].records[0]:
            raise GrammarError(f"rule {rule!r}: variable {variable!r} has no field {field_name!r}")

    return Grammar(build(start, "", ()), variables)
