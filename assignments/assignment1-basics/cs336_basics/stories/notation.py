"""The notation of grammars: text with rules and templates, compiled to a `Grammar`.

A rule is a choice between templates. A template is text that may name other rules (`#rule#`) and
variables (`{hero.name}`). Rules do not recurse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cs336_basics.stories.grammar import (
    Alternative,
    Choice,
    Grammar,
    GrammarError,
    Mention,
    Variable,
)

Rules = Mapping[str, Sequence[tuple[int, str]]]  # templates with their weights

_REFERENCE = re.compile(r"(?P<space> ?)(?:#(?P<rule>\w+)#|\{(?P<variable>\w+)\.(?P<field>\w+)\})")
_WEIGHT = re.compile(r"(\d+)\* ")


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
    rules: Rules, variables: Mapping[str, Variable], start: str = "story"
) -> Grammar:
    """Link templates to the rules and variables they name.

    Raises:
        GrammarError: an unknown rule, variable or field; a rule that leads back to itself.
    """
    return Grammar(_Compiler(rules, variables).choice(start, "", ("the start",)), variables)


class _Compiler:
    """Builds each rule once for each text before it.

    A space before a reference moves into what is referred to, so that every piece of text is whole
    pre-tokens: `prefix` is that space or nothing, `above` are the rules on the way here.
    """

    def __init__(self, rules: Rules, variables: Mapping[str, Variable]) -> None:
        self.rules = rules
        self.variables = variables
        self.choices: dict[tuple[str, str], Choice] = {}

    def choice(self, name: str, prefix: str, above: tuple[str, ...]) -> Choice:
        if name in above:
            raise GrammarError(f"rule {name!r} leads back to itself: {' > '.join(above[1:])}")
        if name not in self.rules:
            raise GrammarError(f"no rule {name!r}, named in {above[-1]!r}")
        if (name, prefix) not in self.choices:
            alternatives = tuple(
                Alternative(weight, tuple(self.items(template, prefix, (*above, name))))
                for weight, template in self.rules[name]
            )
            self.choices[name, prefix] = Choice(name, alternatives)
        return self.choices[name, prefix]

    def items(
        self, template: str, prefix: str, above: tuple[str, ...]
    ) -> list[str | Mention | Choice]:
        result: list[str | Mention | Choice] = []
        position = 0
        for match in _REFERENCE.finditer(template):
            if literal := template[position : match.start()]:
                result.append(prefix + literal)
                prefix = ""
            prefix += match["space"]
            if match["rule"]:
                result.append(self.choice(match["rule"], prefix, above))
            else:
                self.check_field(match["variable"], match["field"], above[-1])
                result.append(Mention(match["variable"], match["field"], prefix))
            prefix = ""
            position = match.end()
        if literal := template[position:]:
            result.append(prefix + literal)
        return result

    def check_field(self, variable: str, field: str, rule: str) -> None:
        if variable not in self.variables:
            raise GrammarError(f"rule {rule!r}: no variable {variable!r}")
        if field not in self.variables[variable].records[0]:
            raise GrammarError(f"rule {rule!r}: variable {variable!r} has no field {field!r}")
