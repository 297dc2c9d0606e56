"""What an author passes to the plain types that the trace can hold, or an error that says how.

Input: any object, and what it is (`image(width=)`). Output: a str that UTF-8 can encode, an int, a
bool, strict JSON. What has an obvious meaning is converted: scalars and arrays of numpy and torch,
dates, paths, one author for a list of them, None for "not given". Anything else raises TypeError or
ValueError here, inside the call that it was passed to, so that the lecture's own line is named.
"""

import math
import sys
from collections.abc import Iterable, Mapping, Set, ValuesView
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

from lecture_tracer.values import encodable

MAX_DEPTH = 60
"""Levels of lists and dicts in a chart; a Vega-Lite specification has about ten."""
MAX_PIXELS = 100_000
_JSON_INT = 2**63
_WORDS = str | int | float | complex | Decimal | PurePath | date | time | timedelta


def string(value: object, what: str) -> str:
    """Text as the trace keeps it: lone surrogates as `\\ud800`, None as no text.

    Numbers, dates, paths and whatever says itself in words (a class with `__str__`) are taken as
    `str` gives them. Raises TypeError for the rest: lists, dicts, bytes, functions.
    """
    if isinstance(value, str):
        return encodable(str.__str__(value))
    if value is None:
        return ""
    if not is_a(value, "fractions", "Fraction"):
        value = _scalar(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    speaks = type(value).__str__ is not object.__str__ and not isinstance(value, bytes | bytearray)
    if isinstance(value, _WORDS) or speaks:
        return encodable(str.__str__(str(value)))
    raise TypeError(f"{what} is {_kind(value)}; give a string")


def strings(value: object, what: str) -> list[str]:
    """A list of texts; one text is a list of one. Raises TypeError for what is neither."""
    if value is None:
        return []
    if isinstance(value, _WORDS):
        return [string(value, what)]
    if isinstance(value, Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{what} is {_kind(value)}; give a list of strings")
    return [string(item, f"{what}[{index}]") for index, item in enumerate(value)]


def boolean(value: object, what: str) -> bool:
    """True or False, also as 1 or 0 and as numpy and torch have them; None is False."""
    found = _scalar(value)
    if found is None or (isinstance(found, int | float) and found in (0, 1)):
        return bool(found)
    raise TypeError(f"{what} is {_kind(value)}; give True or False")


def pixels(value: object, what: str) -> int | None:
    """A width in CSS pixels: a number, or one in a string with or without `px`; None for none."""
    found = _scalar(value)
    if isinstance(found, str):
        digits = found.strip().removesuffix("px").strip()
        found = float(digits) if digits.replace(".", "", 1).isdecimal() else found
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float | Decimal):
        raise TypeError(f"{what} is {_kind(value)}; give a number of pixels, such as 400")
    if not 0.5 <= found <= MAX_PIXELS:  # nan too
        raise ValueError(f"{what} is {found}; give pixels from 1 to {MAX_PIXELS}")
    return round(found)


def number(value: object, what: str) -> float | int:
    """A finite number. Raises TypeError or ValueError for anything else."""
    found = _scalar(value)
    if isinstance(found, Decimal):
        found = float(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise TypeError(f"{what} is {_kind(value)}; give a number")
    if isinstance(found, float) and not math.isfinite(found):
        raise ValueError(f"{what} is {found}; give a finite number")
    return found


def json_object(value: object, what: str) -> dict[str, Any]:
    """A dict that strict JSON can say, to any depth. Raises with the place inside `value`."""
    found = json_value(value, what)
    if not isinstance(found, dict):
        raise TypeError(f"{what} is {_kind(value)}; give a dict")
    return found


def json_value(value: object, what: str, inside: tuple[int, ...] = ()) -> Any:
    """Strict JSON for `value`: nan and infinity are null, as charts read missing numbers.

    Raises TypeError for what is no data, ValueError for what contains itself or is too deep.
    """
    found = _scalar(value)
    if found is None or isinstance(found, bool | int | float):
        return _json_number(found, what)
    if isinstance(found, Decimal):
        return _json_number(float(found), what)
    if isinstance(found, Enum):
        return json_value(found.value, what, inside)
    if isinstance(found, _WORDS) and not isinstance(found, complex):
        return string(found, what)
    if is_a(found, "altair.utils.schemapi", "SchemaBase"):
        found = found.to_dict()  # type: ignore[attr-defined]
    if id(value) in inside:
        raise ValueError(f"{what} contains itself")
    if len(inside) >= MAX_DEPTH:
        raise ValueError(f"{what} lies more than {MAX_DEPTH} levels deep")
    inside = (*inside, id(value))
    if isinstance(found, Mapping):
        return {
            _json_key(key, what): json_value(item, f"{what}[{key!r}]", inside)
            for key, item in found.items()
        }
    items = _items(found)
    if items is None:
        raise TypeError(f"{what} is {_kind(value)}; give numbers, strings, lists or dicts of them")
    return [json_value(item, f"{what}[{index}]", inside) for index, item in enumerate(items)]


def _json_number(found: bool | float | None, what: str) -> bool | int | float | None:
    if found is None or isinstance(found, bool):
        return found
    if isinstance(found, int):
        whole = int(found)  # an IntEnum is one too
        if -_JSON_INT <= whole < _JSON_INT:
            return whole
        try:
            return float(whole)
        except OverflowError:
            raise ValueError(
                f"{what} has {whole.bit_length():,} bits; no chart can show it"
            ) from None
    real = float(found)
    return real if math.isfinite(real) else None


def _json_key(key: object, what: str) -> str:
    found = _scalar(key)
    if isinstance(found, str | int | float | date | PurePath | Enum):
        return string(found.value if isinstance(found, Enum) else found, f"a key of {what}")
    raise TypeError(f"a key of {what} is {_kind(key)}; give a string")


def _items(found: object) -> Iterable[object] | None:
    """Items of what is a collection of data; None for anything else, an iterator included."""
    if isinstance(found, list | tuple | range | Set | ValuesView):
        return found
    if is_a(found, "pandas", "DataFrame"):
        return found.to_dict("records")  # type: ignore[attr-defined, no-any-return]
    if is_a(found, "polars", "DataFrame"):
        return found.to_dicts()  # type: ignore[attr-defined, no-any-return]
    if is_a(found, "torch", "Tensor"):
        return found.detach().cpu().tolist()  # type: ignore[attr-defined, no-any-return]
    for module, name in (
        ("numpy", "ndarray"),
        ("pandas", "Series"),
        ("pandas", "Index"),
        ("polars", "Series"),
    ):
        if is_a(found, module, name):
            to_list: Any = getattr(found, "tolist", None) or found.to_list  # type: ignore[attr-defined]
            return list(to_list())
    return None


def _scalar(value: object) -> object:
    """A scalar of numpy or torch as Python's own; what means "missing" to pandas as None."""
    if is_a(value, "numpy", "generic"):
        found = value.item()  # type: ignore[attr-defined]
        # A date in nanoseconds comes out as an int, and a longdouble as itself.
        if (isinstance(found, int) and value.dtype.kind in "mM") or type(found) is type(value):  # type: ignore[attr-defined]
            return float(value) if value.dtype.kind == "f" else str(value)  # type: ignore[attr-defined, arg-type]
        return found
    if is_a(value, "numpy", "ndarray") and value.ndim == 0:  # type: ignore[attr-defined]
        return _scalar(value[()])  # type: ignore[index]
    if is_a(value, "torch", "Tensor") and value.ndim == 0:  # type: ignore[attr-defined]
        return value.item()  # type: ignore[attr-defined]
    if is_a(value, "fractions", "Fraction"):
        return float(value)  # type: ignore[arg-type]
    pandas = sys.modules.get("pandas")
    if pandas is not None and (
        value is getattr(pandas, "NaT", value is None) or value is getattr(pandas, "NA", None)
    ):
        return None
    return value


def _kind(value: object) -> str:
    """`a list`, `an Engine`, `None`: how an error names what it was given."""
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return encodable(repr(value[:60]))
    name = encodable(type(value).__name__)
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def is_a(thing: object, module: str, name: str) -> bool:
    """isinstance without importing: an object of a library exists only if that is loaded."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(thing, kind)
