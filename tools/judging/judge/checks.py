"""What the cases of the judge are written with: problems, drawn inputs, and comparisons that teach.

A comparison that fails says which value differs, where it stands, what it is and what it should
be; where the result is what a well-known mistake gives, it names the mistake.
"""

from __future__ import annotations

import math
import random
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:  # loaded where a case makes a tensor: not every assignment needs torch
    from torch import Tensor

LONGEST = 120  # characters of a value in a message


class Wrong(AssertionError):
    """A value that is not what the problem asks for; the message teaches."""


class NotJudged(Exception):
    """This machine lacks what the judge needs for a problem; the message says what."""


def problem(name: str, points: int, code: str) -> pytest.MarkDecorator:
    """Marks the tests of one problem; `code` is the place that is judged, `nn_utils.softmax`."""
    return pytest.mark.problem(name=name, points=points, code=code)


class Draw:
    """Inputs of one test, from the judge's seed and the test's name."""

    def __init__(self, seed: int, name: str) -> None:
        self.seed = seed
        self.number = zlib.crc32(f"{seed}:{name}".encode())
        """Seeds what a case draws by other means."""
        self.random = random.Random(self.number)

    @cached_property
    def _torch(self) -> Any:
        import torch

        return torch.Generator().manual_seed(self.number)

    def tensor(self, *shape: int, scale: float = 1.0) -> Tensor:
        """Normal float32 numbers."""
        import torch

        return torch.randn(*shape, generator=self._torch) * scale

    def ids(self, below: int, *shape: int) -> Tensor:
        """Integers in [0, below), int64."""
        import torch

        return torch.randint(below, shape, generator=self._torch)

    def between(self, low: int, high: int) -> int:
        """A size, both ends included."""
        return self.random.randint(low, high)

    def weights(self, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
        """A state dictionary; matrices are scaled so that activations keep their size."""
        made = {}
        for name, shape in shapes.items():
            if len(shape) == 1:
                made[name] = 1 + self.tensor(*shape, scale=0.3)
            else:
                made[name] = self.tensor(*shape, scale=shape[-1] ** -0.5)
        return made


def same(
    what: str,
    actual: Any,
    expected: Any,
    *,
    case: str = "",
    tolerance: float = 1e-4,
    suspects: Mapping[str, Any | Callable[[], Any]] | None = None,
) -> None:
    """Compare a result with the right one.

    `what` is how the value is written in the handout, such as `softmax(x, dim=1)`; `case` says what
    went in; `suspects` are mistakes with the results that they would give.

    Raises:
        Wrong: type, shape or a value differs.
    """
    difference = _difference(what, actual, expected, tolerance)
    if difference is None:
        return
    advice = ""
    for mistake, wrong in (suspects or {}).items():
        value = wrong() if callable(wrong) else wrong
        if _difference(what, actual, value, tolerance) is None:
            advice = f" This is what one gets with this mistake: {mistake}."
            break
    raise Wrong(f"{difference}.{advice}{f' Case: {case}.' if case else ''}")


def holds(condition: bool, message: str) -> None:
    """Raise Wrong with `message`, which names value and place, unless the condition holds."""
    if not condition:
        raise Wrong(message)


def shown(value: Any) -> str:
    """A value in a message, cut where it is long."""
    text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _difference(what: str, actual: Any, expected: Any, tolerance: float) -> str | None:
    if _is_array(expected):
        return _array_difference(what, actual, expected, tolerance)
    if isinstance(expected, float):
        if not isinstance(actual, float | int) or isinstance(actual, bool):
            return f"{what} is {shown(actual)}, where the number {shown(expected)} is right"
        if math.isclose(actual, expected, rel_tol=tolerance, abs_tol=tolerance * 1e-3):
            return None
        return f"{what} is {shown(float(actual))}, where {shown(expected)} is right"
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return _mapping_difference(what, actual, expected, tolerance)
    if _is_sequence(expected) and _is_sequence(actual):
        return _sequence_difference(what, actual, expected, tolerance)
    if type(actual) is not type(expected) or actual != expected:
        if isinstance(expected, str | bytes) and isinstance(actual, type(expected)):
            return _text_difference(what, actual, expected)
        return f"{what} is {shown(actual)}, where {shown(expected)} is right"
    return None


def _text_difference(what: str, actual: str | bytes, expected: str | bytes) -> str:
    """Where two texts part, and what stands there; short ones are shown whole."""
    if max(len(repr(actual)), len(repr(expected))) <= LONGEST:
        return f"{what} is {shown(actual)}, where {shown(expected)} is right"
    pairs = enumerate(zip(actual, expected, strict=False))
    at = next((i for i, (one, two) in pairs if one != two), min(len(actual), len(expected)))
    mine, good = (shown(text[at : at + LONGEST // 2]) for text in (actual, expected))
    return f"{what} from place {at} on is {mine}, where {good} is right"


def _array_difference(what: str, actual: Any, expected: Any, tolerance: float) -> str | None:
    import torch

    expected = torch.as_tensor(expected)
    if not isinstance(actual, torch.Tensor):
        return f"{what} is of type {type(actual).__name__}, where a tensor is right"
    if actual.shape != expected.shape:
        return f"{what} has shape {tuple(actual.shape)}, where {tuple(expected.shape)} is right"
    if actual.dtype != expected.dtype:
        return f"{what} has dtype {actual.dtype}, where {expected.dtype} is right"
    got, right = actual.detach().cpu(), expected.detach()
    if right.is_floating_point():
        scale = float(right[right.isfinite()].abs().max()) if right.isfinite().any() else 1.0
        close = torch.isclose(
            got.double(), right.double(), rtol=tolerance, atol=tolerance * max(scale, 1e-6),
            equal_nan=True,
        )  # fmt: skip
    else:
        close = got == right
    if bool(close.all()):
        return None
    place = tuple(int(i) for i in (~close).nonzero()[0])
    where = f"{what}{list(place) if place else ''}"
    number = int((~close).sum())
    of_all = f" ({number} of {close.numel()} values differ)" if close.numel() > 1 else ""
    mine, good = shown(got[place].item()), shown(right[place].item())
    return f"{where} is {mine}, where {good} is right{of_all}"


def _mapping_difference(
    what: str, actual: Mapping[Any, Any], expected: Mapping[Any, Any], tolerance: float
) -> str | None:
    for key, value in expected.items():
        if key not in actual:
            return f"{what} lacks {shown(key)}, which is {shown(value)}"
        found = _difference(f"{what}[{key!r}]", actual[key], value, tolerance)
        if found is not None:
            return found
    extra = next((key for key in actual if key not in expected), None)
    return None if extra is None else f"{what} has {shown(extra)}, which does not belong there"


def _sequence_difference(
    what: str, actual: Sequence[Any], expected: Sequence[Any], tolerance: float
) -> str | None:
    for index, (got, right) in enumerate(zip(actual, expected, strict=False)):
        found = _difference(f"{what}[{index}]", got, right, tolerance)
        if found is not None:
            return found
    if len(actual) != len(expected):
        return f"{what} has length {len(actual)}, where {len(expected)} is right"
    return None


def _is_array(value: Any) -> bool:
    """Whether it is a numpy array or a tensor; without torch nothing is a tensor."""
    torch = sys.modules.get("torch")
    return isinstance(value, np.ndarray) or (torch is not None and isinstance(value, torch.Tensor))


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list | tuple)
