"""Objects that hold others: sequences, sets, mappings, records.

Input: a container. Output: `Sequence`, `Mapping`, `Record`, or a plain list. Nothing here reads
more of a container than it shows, sets apart (their order must be found), and no iterator is
consumed: only things that can be read again come here.
"""

import dataclasses
import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from lecture_tracer.trace import schema
from lecture_tracer.trace.schema import Value
from lecture_tracer.values.budget import Writer, json_size
from lecture_tracer.values.naming import MAX_NAME, clip, mro, repr_text, type_name
from lecture_tracer.values.plain import SAFE_INT

_SORTED_SETS = 100_000
"""A larger set shows its size only: finding its first items costs more than a look is worth."""


def listing(obj: list[Any], writer: Writer) -> Value:
    """A list or an instance of a subclass."""
    return _sequence(obj, list.__len__(obj), lambda part: list.__getitem__(obj, part), writer)


def tupling(obj: tuple[Any, ...], writer: Writer) -> Value:
    """A tuple, or a record where the tuple's class names its items (namedtuple, struct)."""
    length = tuple.__len__(obj)
    names = _item_names(type(obj))
    if names and len(names) == length:
        pairs = zip(names, tuple.__iter__(obj), strict=True)
        return record(type_name(type(obj)), pairs, length, writer)
    return _sequence(obj, length, lambda part: tuple.__getitem__(obj, part), writer)


def ranging(obj: range, writer: Writer) -> Value:
    """A range, however long."""
    length = max(0, -(-(obj.stop - obj.start) // obj.step))
    if length >= SAFE_INT:
        text = repr_text(obj, writer.budget.characters)
        writer.spend(text)
        return schema.Object(type="range", text=text)
    return _sequence(obj, length, lambda part: obj[part], writer)


def indexed(obj: Sequence[Any], writer: Writer) -> Value:
    """Any other sequence: deque, array, UserList, or one of the lecture's own."""

    def read(part: slice) -> list[Any]:
        if isinstance(obj, deque) and part.start is None:
            return list(islice(obj, part.stop))
        return [obj[i] for i in range(*part.indices(length))]

    length = len(obj)
    return _sequence(obj, length, read, writer)


def iterated(obj: Any, writer: Writer) -> Value:
    """A view of a dict, in its order."""
    first = list(islice(obj, writer.budget.items))
    return _first_of(type_name(type(obj)), first, len(obj), writer)


def setting(obj: Any, writer: Writer) -> Value:
    """A set or frozenset, smallest items first."""
    base = set if isinstance(obj, set) else frozenset
    length = base.__len__(obj)
    items: list[Any] = []
    if length <= _SORTED_SETS:
        items = heapq.nsmallest(writer.budget.items, base.__iter__(obj), key=_order)
    return _first_of(type_name(type(obj)), items, length, writer)


def mapping(obj: Mapping[Any, Any], writer: Writer) -> Value:
    """A dict or other mapping; the keys may be anything."""
    name, length = type_name(type(obj)), len(obj)
    writer.spend(name)
    entries: list[tuple[Value, Value]] = []
    for key, item in list(islice(obj.items(), writer.budget.items)):
        if writer.left <= 0:
            break
        writer.left -= 3
        entries.append((writer.value(key), writer.value(item)))
    whole = len(entries) == length
    return schema.Mapping(type=name, entries=entries, length=None if whole else length)


def dataclass(obj: Any, writer: Writer) -> Value:
    """A dataclass: the fields that its repr would show."""
    fields = [field for field in dataclasses.fields(obj) if field.repr]
    pairs = ((field.name, _read(obj, field.name, writer)) for field in fields)
    return record(type_name(type(obj)), pairs, len(fields), writer)


def record(
    name: str, fields: Iterable[tuple[Any, Any]], length: int, writer: Writer
) -> schema.Record:
    """Named fields, `length` of them."""
    writer.spend(name)
    written: dict[str, Value] = {}
    for key, item in islice(fields, writer.budget.items):
        if writer.left <= 0:
            break
        text = clip(key, MAX_NAME) if type(key) is str else repr_text(key, MAX_NAME)
        writer.left -= json_size(text) + 2
        written[text] = writer.value(item)
    whole = len(written) == length
    return schema.Record(type=name, fields=written, length=None if whole else length)


def _read(obj: Any, name: str, writer: Writer) -> Any:
    """An attribute; one that raises spoils only its own field."""
    try:
        return getattr(obj, name)
    except BaseException as error:
        return writer.failed(error)


def _sequence(obj: Any, length: int, read: Callable[[slice], Any], writer: Writer) -> Value:
    """The items that `read` finds, or the first and last of them when there are too many."""
    cls, limit = type(obj), writer.budget.items
    edge = limit // 5 if length > limit else 0
    writer.left -= 3
    if cls is not list or length > limit:
        writer.spend(type_name(cls))
    items = _written(read(slice(0, limit - edge if edge else limit)), writer)
    if len(items) == length:
        return items if cls is list else schema.Sequence(type=type_name(cls), items=items)
    tail = _written(read(slice(length - edge, length)), writer) if edge else []
    return schema.Sequence(type=type_name(cls), items=items, tail=tail, length=length)


def _first_of(name: str, objects: list[Any], length: int, writer: Writer) -> schema.Sequence:
    writer.spend(name)
    items = _written(objects, writer)
    return schema.Sequence(type=name, items=items, length=None if len(items) == length else length)


def _written(objects: Iterable[Any], writer: Writer) -> list[Value]:
    """The objects as values, as far as the budget goes."""
    items: list[Value] = []
    for item in objects:
        if writer.left <= 0:
            break
        cls = type(item)
        if (cls is int and -SAFE_INT < item < SAFE_INT) or cls is bool or item is None:
            # The common case, without a call.
            writer.left -= 8 if item is None or -1_000_000 < item < 1_000_000 else 18
            items.append(item)
        else:
            items.append(writer.value(item))
    return items


def _item_names(cls: type) -> tuple[str, ...]:
    """Names of a tuple's items: of a namedtuple, or of a struct like torch's (values, indices)."""
    for name in ("_fields", "__match_args__"):
        for base in mro(cls):
            names = base.__dict__.get(name)
            if type(names) is tuple and all(type(each) is str for each in names):
                return names
    return ()


def _order(item: Any) -> tuple[Any, ...]:
    """Sort key that puts any objects in one order, the same at every run."""
    cls = type(item)
    if cls in (bool, int, float) and item == item:
        return (0, item)
    if cls is str or cls is bytes:
        return (1 if cls is str else 2, item)
    if cls is tuple:
        return (3, tuple(map(_order, item)))
    return (4, type_name(cls), repr_text(item, 200))
