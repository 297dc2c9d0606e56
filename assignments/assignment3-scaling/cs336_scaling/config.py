"""What a training run is: six numbers, checked against a domain.

`Domain` says which numbers exist, `RunConfig` is one point of it. Both are plain values: equal
configurations are equal and hash alike however they were written (1e-3 and 0.001, 1e18 and 10**18).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any


class ConfigError(ValueError):
    """A value outside the domain; `field_name` says which of the six it is."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field_name = field_name


@dataclass(frozen=True)
class Domain:
    """The configurations that a back end can train. Ranges include both ends.

    Attributes:
        d_model, num_layers, num_heads: ranges of whole numbers.
        batch_sizes: allowed batch sizes, in sequences.
        learning_rate: range of the peak learning rate.
        train_flops: allowed budgets C = 6ND of one run, in FLOPs, ascending.
        heads_divide_width: whether num_heads has to divide d_model, as it must where the model
            is really built.
    """

    d_model: tuple[int, int] = (64, 1024)
    num_layers: tuple[int, int] = (2, 24)
    num_heads: tuple[int, int] = (2, 16)
    batch_sizes: tuple[int, ...] = (128, 256)
    learning_rate: tuple[float, float] = (1e-4, 1e-3)
    train_flops: tuple[int, ...] = (
        *(digit * 10**power for power in range(13, 18) for digit in (1, 3, 6)),
        10**18,
    )
    heads_divide_width: bool = False

    def with_budget(self, train_flops: int) -> Domain:
        """The same domain with one more budget, such as the one to predict."""
        return replace(self, train_flops=tuple(sorted({*self.train_flops, train_flops})))

    def as_dict(self) -> dict[str, Any]:
        """The fields as JSON values, in their order."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Domain:
        """The inverse of `as_dict`."""
        unknown = sorted(set(values) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"a domain has no field {unknown[0]!r}")
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
        }
        return cls(**fields)


CONTRACT_DOMAIN = Domain()
"""The domain of the training API: N from 98 thousand to 302 million, budgets 1e13 to 1e18."""

RUN_FIELDS = (
    "d_model", "num_layers", "num_heads", "batch_size", "learning_rate", "train_flops",
)  # fmt: skip
"""The six fields of a configuration, in the order of the HTTP contract."""


@dataclass(frozen=True)
class RunConfig:
    """One training run.

    Attributes:
        d_model, num_layers, num_heads: shape of the Transformer.
        batch_size: sequences a step.
        learning_rate: peak learning rate.
        train_flops: compute C = 6ND in FLOPs; with N it fixes the tokens.
        domain: what the numbers were checked against; no part of the identity of the run.

    Raises:
        ConfigError: a number is outside the domain or not a number of its kind.
    """

    d_model: int
    num_layers: int
    num_heads: int
    batch_size: int
    learning_rate: float
    train_flops: int
    domain: Domain = field(default=CONTRACT_DOMAIN, compare=False, repr=False)

    def __post_init__(self) -> None:
        domain = self.domain
        for name in ("d_model", "num_layers", "num_heads"):
            self._set(name, _whole_number(name, getattr(self, name)))
            _check_range(name, getattr(self, name), getattr(domain, name))
        for name, allowed in (
            ("batch_size", domain.batch_sizes), ("train_flops", domain.train_flops),
        ):  # fmt: skip
            self._set(name, _whole_number(name, getattr(self, name)))
            _check_choice(name, getattr(self, name), allowed)
        self._set("learning_rate", _real_number("learning_rate", self.learning_rate))
        _check_range("learning_rate", self.learning_rate, domain.learning_rate)
        if domain.heads_divide_width and self.d_model % self.num_heads:
            raise ConfigError(
                "num_heads",
                f"num_heads is {self.num_heads}; it must divide d_model {self.d_model}",
            )

    def _set(self, name: str, value: float) -> None:
        object.__setattr__(self, name, value)

    @property
    def parameters(self) -> int:
        """N, the non-embedding parameters."""
        return count_non_embedding_params(self.d_model, self.num_layers)

    @property
    def tokens(self) -> float:
        """D = C / (6N), the training tokens."""
        return self.train_flops / (6 * self.parameters)

    def as_dict(self) -> dict[str, int | float]:
        """The six fields by name."""
        return {name: getattr(self, name) for name in RUN_FIELDS}


def count_non_embedding_params(d_model: int, num_layers: int) -> int:
    """N = 12 L d²: per layer 4 d² for attention and 8 d² for the feed-forward network.

    >>> count_non_embedding_params(1024, 24)
    301989888
    """
    return 12 * num_layers * d_model**2


def _whole_number(name: str, value: Any) -> int:
    number = _real_number(name, value)
    if not number.is_integer():
        raise ConfigError(name, f"{name} is {value!r}; it must be a whole number")
    return int(value) if isinstance(value, Integral) else int(number)


def _real_number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise ConfigError(name, f"{name} is {value!r}; it must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ConfigError(name, f"{name} is {value!r}; it must be a finite number")
    return number


def _check_range(name: str, value: float, bounds: tuple[float, float]) -> None:
    low, high = bounds
    if not low <= value <= high:
        raise ConfigError(name, f"{name} is {value:g}; it must be from {low:g} to {high:g}")


def _check_choice(name: str, value: int, allowed: tuple[int, ...]) -> None:
    if value not in allowed:
        choices = ", ".join(f"{choice:g}" for choice in allowed)
        raise ConfigError(name, f"{name} is {value:g}; it must be one of {choices}")
