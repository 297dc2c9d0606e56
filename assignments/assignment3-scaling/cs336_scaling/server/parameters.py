"""Text of a request to a RunConfig, strictly.

Python's own `float` and `int` take too much for a public interface: unicode digits, underscores,
surrounding space, "nan" and "infinity". Here a number is ASCII digits with an optional sign, point
and exponent; 1e-3 and 0.001 are the same configuration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cs336_scaling.config import RUN_FIELDS, ConfigError, Domain, RunConfig

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_MAX_CHARACTERS = 64


def from_query(values: Sequence[tuple[str, str]], domain: Domain) -> RunConfig:
    """The configuration of a query string's pairs; other names than the six are ignored.

    Raises:
        ConfigError: a value is missing, given twice, no number, or outside the domain.
    """
    found: dict[str, float] = {}
    for name, text in values:
        if name not in RUN_FIELDS:
            continue
        if name in found:
            raise ConfigError(name, f"{name} is given twice; give it once")
        found[name] = number(name, text)
    return from_numbers(found, domain)


def from_json(body: object, domain: Domain) -> RunConfig:
    """The configuration of a JSON object with the six fields as numbers.

    Raises:
        ConfigError: as `from_query`; a field that is none of the six is refused here.
    """
    if not isinstance(body, dict):
        raise ConfigError("body", "the body must be a JSON object with the six fields of a run")
    unknown = sorted(set(body) - set(RUN_FIELDS))
    if unknown:
        raise ConfigError(unknown[0], f"unknown field {unknown[0]!r}; a run has {_names()}")
    return from_numbers(body, domain)


def from_numbers(values: Mapping[str, Any], domain: Domain) -> RunConfig:
    """The configuration, once all six are there."""
    missing = [name for name in RUN_FIELDS if name not in values]
    if missing:
        raise ConfigError(missing[0], f"{missing[0]} is missing; a run has {_names()}")
    return RunConfig(**{name: values[name] for name in RUN_FIELDS}, domain=domain)


def number(name: str, text: str) -> float:
    """The number that `text` writes, a whole one as an int.

    >>> number("train_flops", "1e13")
    10000000000000
    """
    if len(text) > _MAX_CHARACTERS or not _NUMBER.fullmatch(text):
        raise ConfigError(name, f"{name} is {text[:_MAX_CHARACTERS]!r}; it must be a number")
    if text.lstrip("+-").isdigit():
        return int(text)
    value = float(text)
    return int(value) if value.is_integer() else value


def _names() -> str:
    return ", ".join(RUN_FIELDS)
