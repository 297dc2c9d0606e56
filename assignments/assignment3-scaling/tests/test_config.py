"""A run is six numbers inside a domain."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from cs336_scaling.config import (
    CONTRACT_DOMAIN,
    ConfigError,
    Domain,
    RunConfig,
    count_non_embedding_params,
)
from hypothesis import given
from hypothesis import strategies as st

GOOD: dict[str, Any] = {
    "d_model": 256, "num_layers": 4, "num_heads": 4, "batch_size": 128, "learning_rate": 1e-3,
    "train_flops": 10**13,
}  # fmt: skip


def test_equal_numbers_are_one_run_however_they_are_written() -> None:
    other = GOOD | {"learning_rate": float("0.001"), "train_flops": 1e13, "d_model": 256.0}
    assert RunConfig(**other) == RunConfig(**GOOD)
    assert hash(RunConfig(**other)) == hash(RunConfig(**GOOD))
    assert type(RunConfig(**other).train_flops) is int


def test_numpy_numbers_are_numbers() -> None:
    assert RunConfig(**GOOD | {"d_model": np.int64(256)}) == RunConfig(**GOOD)


def test_the_domain_is_no_part_of_a_run() -> None:
    assert RunConfig(**GOOD, domain=CONTRACT_DOMAIN.with_budget(5)) == RunConfig(**GOOD)


def test_parameters_and_tokens() -> None:
    assert count_non_embedding_params(1024, 24) == 301_989_888
    run = RunConfig(**GOOD)
    assert run.tokens == pytest.approx(1e13 / (6 * run.parameters))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("d_model", 63), ("d_model", 1025), ("d_model", 100.5), ("d_model", True),
        ("num_layers", 1), ("num_layers", 25), ("num_heads", 17), ("batch_size", 64),
        ("learning_rate", 9.9e-5), ("learning_rate", math.nan), ("learning_rate", "1e-3"),
        ("train_flops", 2 * 10**13), ("train_flops", math.inf), ("train_flops", 10**400),
        ("train_flops", -0.0), ("learning_rate", None),
    ],
)  # fmt: skip
def test_what_lies_outside_is_named(name: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=name) as caught:
        RunConfig(**GOOD | {name: value})
    assert caught.value.field_name == name
    assert "\n" not in str(caught.value)


def test_a_domain_of_its_own() -> None:
    small = Domain(
        (8, 64), (1, 4), (1, 8), (8, 16), (1e-3, 1e-1), (10**9, 10**10), heads_divide_width=True
    )
    assert RunConfig(24, 1, 3, 8, 0.01, 10**9, small).parameters == 12 * 24**2
    with pytest.raises(ConfigError, match="must divide"):
        RunConfig(25, 1, 3, 8, 0.01, 10**9, small)
    assert Domain.from_dict(small.as_dict()) == small


def test_a_domain_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError, match="vocab"):
        Domain.from_dict({"vocab": 3})


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(sorted(GOOD)))
def test_any_number_is_a_run_or_a_config_error(value: float, name: str) -> None:
    try:
        run = RunConfig(**GOOD | {name: value})
    except ConfigError:
        return
    assert getattr(run, name) == value
