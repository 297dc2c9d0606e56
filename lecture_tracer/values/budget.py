"""How much of one value may be written: the limits, and the account kept while writing.

Input: nothing but numbers. Output: `Budget`, frozen, shared by all values of a recording, and
`Writer`, made anew for each value. Invariant: a value's JSON stays within `Budget.total` bytes plus
one leaf (one string or one tensor).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from lecture_tracer.trace.schema import Elided, Failed, Value
from lecture_tracer.values.naming import plain_text, type_name
from lecture_tracer.values.raised import passes_through

Handler = Callable[[Any, "Writer"], Value]
"""Turns an object of the class it was found for into a Value; may raise anything."""

Named = Sequence[tuple[str, str]]
"""Folders, absolute, and what stands for each in a trace: `@mine`."""

NODE_COST = 40
"""Bytes of JSON around the content of a tagged value, such as `{"kind":"sequence","type":""},`."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits on one serialised value. What is left out is always visible in the result."""

    depth: int = 6
    """Containers within containers."""
    items: int = 64
    """Items of one container: a longer one shows its first and its last."""
    characters: int = 1000
    """Characters of one string or repr."""
    total: int = 20_000
    """Bytes of JSON for the whole value."""
    rows: int = 10
    """Rows of a data frame."""
    columns: int = 20
    """Columns of a data frame."""
    tensor_whole: int = 64
    """A tensor of up to this many elements shows them all."""
    tensor_elements: int = 6
    """A larger one shows this many of its first elements and as many of its last."""
    statistics_limit: int = 10**8
    """Elements above which statistics are sampled."""
    statistics_sample: int = 10**6
    """About how many elements a sample has."""
    heat_map: int = 32
    """Rows and columns of a heat map at most; 0 for none."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 0:
                raise ValueError(f"Budget.{name} is {getattr(self, name)!r}; it must not be < 0")


DEFAULT_BUDGET = Budget()


class Writer:
    """The state of writing one value: bytes left, and the containers we are inside of.

    Handlers write the parts of their object with `value`, which raises nothing of theirs.
    """

    __slots__ = ("_open", "_write", "budget", "left", "named", "root")

    def __init__(self, budget: Budget, root: str, write: Handler, named: Named = ()) -> None:
        self.budget = budget
        self.left = budget.total
        self.root = root
        """Folder of the project: only its functions and classes are given with their file, and
        paths below it are shown from there."""
        self.named = named
        """Other folders of the project, and what stands for each."""
        self._write = write
        self._open: set[int] = set()

    def value(self, obj: Any) -> Value:
        """Write a part of the object at hand."""
        return self._write(obj, self)

    def from_root(self, text: str) -> str:
        """`text` without the folder of the project: a trace is the same in every checkout."""
        for folder, name in self.named:
            text = text.replace(f"{folder}/", f"{name}/")
        return text.replace(f"{self.root}/", "") if self.root and self.root in text else text

    def spend(self, *texts: str) -> None:
        """Account for a tagged value that contains `texts`."""
        self.left -= NODE_COST + sum(map(json_size, texts))

    def nested(self, obj: Any, type_name: str, handler: Handler) -> Value:
        """Write a container, unless we are inside it already or too deep."""
        if id(obj) in self._open:
            return self._elide(type_name, "cycle")
        if len(self._open) >= self.budget.depth:
            return self._elide(type_name, "depth", _length(obj))
        if self.left <= 0:
            return self._elide(type_name, "budget", _length(obj))
        self._open.add(id(obj))
        try:
            return handler(obj, self)
        finally:
            self._open.discard(id(obj))

    def failed(self, error: BaseException) -> Failed:
        """What is written in place of something that raised. Ctrl-C and the like are raised on."""
        if passes_through(error):
            raise error
        name = type_name(type(error))
        try:
            text = plain_text(str(error), self.budget.characters)
        except BaseException as second:
            if passes_through(second):
                raise
            text = "its message cannot be read"
        self.spend(name, text)
        return Failed(type=name, text=text)

    def _elide(self, type_name: str, reason: str, length: int | None = None) -> Elided:
        self.spend(type_name, reason)
        return Elided(type=type_name, reason=reason, length=length)


def json_size(text: str) -> int:
    """Bytes of `text`, which has no lone surrogates, as a JSON string."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return len(text) + 2
    return len(_encode(text))


def _length(obj: Any) -> int | None:
    """Number of items where asking runs no code of the lecture."""
    if isinstance(obj, list | tuple | dict | set | frozenset):
        return len(obj) if type(obj).__len__ in _BUILTIN_LENGTHS else None
    return None


_BUILTIN_LENGTHS = frozenset(cls.__len__ for cls in (list, tuple, dict, set, frozenset))
