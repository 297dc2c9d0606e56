"""Checks of what a function must not answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from judge.checks import Wrong, shown


def refused(what: str, call: Callable[[], Any], why: str) -> ValueError:
    """The ValueError that `call` raises; Wrong with `why` where it gives a result instead."""
    try:
        result = call()
    except NotImplementedError:
        raise
    except ValueError as error:
        return error
    raise Wrong(f"{what} is {shown(result)}, where it has to raise ValueError: {why}.")


def with_warnings(call: Callable[[], Any]) -> tuple[Any, list[str]]:
    """A result, and what was warned of on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    return result, [str(warning.message) for warning in caught]
