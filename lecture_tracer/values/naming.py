"""Names and texts that are the same at every run: no addresses, no private module paths.

Input: classes, strings, objects with a `repr`. Output: str that strict UTF-8 can encode.
"""

import re
import sys
from typing import Any
from weakref import WeakKeyDictionary

MAX_NAME = 120
"""Characters of a type name or field name; beyond it is no name but an accident."""

_CHANGING = re.compile(r" at 0x[0-9A-Fa-f]+|(?<=started) \d{6,}|(?<=daemon) \d{6,}| id='\d{6,}'")
_mro = type.__dict__["__mro__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_names: WeakKeyDictionary[type, str] = WeakKeyDictionary()


def mro(cls: type) -> tuple[type, ...]:
    """The classes that `cls` derives from, itself first, whatever its metaclass pretends."""
    found: tuple[type, ...] = _mro(cls)
    return found


def type_name(cls: type) -> str:
    """Public name of a class: `int`, `pathlib.PosixPath`, `torch.nn.Parameter`, `lecture_01.Pair`.

    Where a library defines a class in a private module and offers it higher up, the higher name is
    the one in its documentation, and it does not move between versions.
    """
    try:
        known = _names.get(cls)
        if known is None:
            # Interned: msgspec leaves a default out only where it is the very same string.
            known = _names[cls] = sys.intern(_find_name(cls))
        return known
    except Exception:  # a metaclass may refuse to be hashed
        return _find_name(cls)


def _find_name(cls: type) -> str:
    qualname: str = _qualname(cls)
    try:
        module = cls.__module__
    except Exception:
        module = ""
    if not isinstance(module, str) or module in ("builtins", "__main__", ""):
        return clip(qualname, MAX_NAME)
    packages = module.split(".")
    for count in range(1, len(packages)):
        package = sys.modules.get(".".join(packages[:count]))
        if getattr(package, "__dict__", {}).get(qualname) is cls:
            packages = packages[:count]
            break
    return clip(".".join([*packages, qualname]), MAX_NAME)


def encodable(text: str) -> str:
    r"""`text` with lone surrogates, which UTF-8 cannot say, written as `\ud800`."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def clip(text: str, limit: int) -> str:
    """`text` as encodable text of at most `limit` characters, `…` where it was cut."""
    if len(text) > limit:
        text = text[: max(limit - 1, 0)] + "…"
    return encodable(text)


def plain_text(text: str, limit: int) -> str:
    """The text of a `repr` or message without memory addresses and the like, cut to `limit`."""
    # Cut first: a repr may have a gigabyte. What the substitution takes away is short.
    return clip(_CHANGING.sub("", str.__str__(text[: 2 * limit + 200])), limit)


def repr_text(obj: Any, limit: int) -> str:
    """`repr(obj)`, cleaned. Raises what the object's `repr` raises."""
    return plain_text(repr(obj), limit)
