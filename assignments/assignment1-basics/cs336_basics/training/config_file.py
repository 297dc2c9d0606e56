"""TOML file or plain dictionary -> configuration, with the place and the remedy in every error.

A configuration is any frozen dataclass whose fields are numbers, strings, choices (`Literal`),
tuples of one type, or such dataclasses: a field that is a dataclass is a table of the file.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from cs336_basics.config import ConfigError, RunConfig

Config = TypeVar("Config")


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> RunConfig:
    """Read a TOML file, apply overrides such as "training.iterations=100", and check everything.

    Relative data paths and `run_dir` mean what they mean for the process (its working directory).
    """
    return load_config_as(RunConfig, path, overrides)


def load_config_as(cls: type[Config], path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """`load_config` for any class of configuration."""
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"no configuration file {path}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    for override in overrides:
        _apply_override(values, override)
    try:
        return config_as(cls, values)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def config_from_dict(values: Mapping[str, Any]) -> RunConfig:
    """Build and check a RunConfig from nested mappings."""
    return config_as(RunConfig, values)


def config_as(cls: type[Config], values: Mapping[str, Any]) -> Config:
    """`config_from_dict` for any class of configuration."""
    config: Config = _build(cls, values, "")
    return config


def _build(cls: type[Any], values: Mapping[str, Any], prefix: str) -> Any:
    types = get_type_hints(cls)
    for name in values:
        if name not in types:
            close = difflib.get_close_matches(name, types, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(types)}"
            raise ConfigError(f"unknown key {prefix + name!r}{hint}")
    arguments = {
        name: _convert(types[name], value, prefix + name) for name, value in values.items()
    }
    for f in fields(cls):
        if f.name not in arguments and _is_required(f):
            raise ConfigError(f"missing key {prefix + f.name!r}")
    return cls(**arguments)


def _convert(expected: Any, value: Any, name: str) -> Any:
    """`value` as the annotated type, or ConfigError; an integer will do for a float."""
    if isinstance(expected, type) and hasattr(expected, "__dataclass_fields__"):
        if not isinstance(value, Mapping):
            raise ConfigError(f"{name!r} must be a table, got {value!r}")
        return _build(expected, value, f"{name}.")
    choices = get_args(expected)
    if get_origin(expected) is tuple:
        if isinstance(value, list | tuple):
            return tuple(_convert(choices[0], item, f"{name}[{i}]") for i, item in enumerate(value))
        kind = choices[0].__name__
        raise ConfigError(f"{name!r} must be a list of values of type {kind}, got {value!r}")
    if choices:
        if value not in choices:
            raise ConfigError(f"{name!r} must be one of {', '.join(choices)}, got {value!r}")
        return value
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not expected:
        raise ConfigError(f"{name!r} must be {expected.__name__}, got {value!r}")
    return value


def _apply_override(values: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator:
        raise ConfigError(f"override {override!r} must look like table.key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text  # a bare word is a string
    *tables, name = key.strip().split(".")
    target = values
    for table in tables:
        target = target.setdefault(table, {})
        if not isinstance(target, dict):
            raise ConfigError(f"override {override!r}: {table!r} is not a table")
    target[name] = value


def _is_required(f: Field[Any]) -> bool:
    return f.default is MISSING and f.default_factory is MISSING
