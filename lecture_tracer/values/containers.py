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

from lecture_tracer import schema
from lecture_tracer.schema import Value
from lecture_tracer.values.budget import Scope, json_size
from lecture_tracer.values.naming import MAX_NAME, clip, mro, repr_text, type_name
from lecture_tracer.values.plain import SAFE_INT

_SORTED_SETS = 100_000
"""A larger set shows its size only: finding its first items costs more than a look is worth."""


def listing(obj: list[Any], scope: Scope) -> Value:
    """A list or an instance of a subclass."""
    return _sequence(obj, list.__len__(obj), lambda part: list.__getitem__(obj, part), scope)


def tupling(obj: tuple[Any, ...], scope: Scope) -> Value:
    """A tuple, or a record where the tuple's class names its items (namedtuple, struct)."""
    length = tuple.__len__(obj)
    names = _item_names(type(obj))
    if names and len(names) == length:
        pairs = zip(names, tuple.__iter__(obj), strict=True)
        return record(type_name(type(obj)), pairs, length, scope)
    return _sequence(obj, length, lambda part: tuple.__getitem__(obj, part), scope)


def ranging(obj: range, scope: Scope) -> Value:
    """A range, however long."""
    length = max(0, -(-(obj.stop - obj.start) // obj.step))
    if length >= SAFE_INT:
        text = repr_text(obj, scope.budget.characters)
        scope.spend(text)
        return schema.Object(type="range", text=text)
    return _sequence(obj, length, lambda part: obj[part], scope)


def indexed(obj: Sequence[Any], scope: Scope) -> Value:
    """Any other sequence: deque, array, UserList, or one of the lecture's own."""

    def read(part: slice) -> list[Any]:
        if isinstance(obj, deque) and part.start is None:
            return list(islice(obj, part.stop))
        return [obj[i] for i in range(*part.indices(length))]

    length = len(obj)
    return _sequence(obj, length, read, scope)


def iterated(obj: Any, scope: Scope) -> Value:
    """A view of a dict, in its order."""
    first = list(islice(obj, scope.budget.items))
    return _first_of(type_name(type(obj)), first, len(obj), scope)


def setting(obj: Any, scope: Scope) -> Value:
    """A set or frozenset, smallest items first."""
    base = set if isinstance(obj, set) else frozenset
    length = base.__len__(obj)
    items: list[Any] = []
    if length <= _SORTED_SETS:
        items = heapq.nsmallest(scope.budget.items, base.__iter__(obj), key=_order)
    return _first_of(type_name(type(obj)), items, length, scope)


def mapping(obj: Mapping[Any, Any], scope: Scope) -> Value:
    """A dict or other mapping; the keys may be anything."""
    name, length = type_name(type(obj)), len(obj)
    scope.spend(name)
    entries: list[tuple[Value, Value]] = []
    for key, item in list(islice(obj.items(), scope.budget.items)):
        if scope.left <= 0:
            break
        scope.left -= 3
        entries.append((scope.value(key), scope.value(item)))
    whole = len(entries) == length
    return schema.Mapping(type=name, entries=entries, length=None if whole else length)


def dataclass(obj: Any, scope: Scope) -> Value:
    """A dataclass: the fields that its repr would show."""
    fields = [field for field in dataclasses.fields(obj) if field.repr]
    pairs = ((field.name, _read(obj, field.name, scope)) for field in fields)
    return record(type_name(type(obj)), pairs, len(fields), scope)


def record(
    name: str, fields: Iterable[tuple[Any, Any]], length: int, scope: Scope
) -> schema.Record:
    """Named fields, `length` of them."""
    scope.spend(name)
    written: dict[str, Value] = {}
    for key, item in islice(fields, scope.budget.items):
        if scope.left <= 0:
            break
        text = clip(key, MAX_NAME) if type(key) is str else repr_text(key, MAX_NAME)
        scope.left -= json_size(text) + 2
        written[text] = scope.value(item)
    whole = len(written) == length
    return schema.Record(type=name, fields=written, length=None if whole else length)


def _read(obj: Any, name: str, scope: Scope) -> Any:
    """An attribute; one that raises spoils only its own field."""
    try:
        return getattr(obj, name)
    except BaseException as error:
        return scope.failed(error)


def _sequence(obj: Any, length: int, read: Callable[[slice], Any], scope: Scope) -> Value:
    """The items that `read` finds, or the first and last of them when there are too many."""
    cls, limit = type(obj), scope.budget.items
    edge = limit // 5 if length > limit else 0
    scope.left -= 3
    if cls is not list or length > limit:
        scope.spend(type_name(cls))
    items = _written(read(slice(0, limit - edge if edge else limit)), scope)
    if len(items) == length:
        return items if cls is list else schema.Sequence(type=type_name(cls), items=items)
    tail = _written(read(slice(length - edge, length)), scope) if edge else []
    return schema.Sequence(type=type_name(cls), items=items, tail=tail, length=length)


def _first_of(name: str, objects: list[Any], length: int, scope: Scope) -> schema.Sequence:
    scope.spend(name)
    items = _written(objects, scope)
    return schema.Sequence(type=name, items=items, length=None if len(items) == length else length)


def _written(objects: Iterable[Any], scope: Scope) -> list[Value]:
    """The objects as values, as far as the budget goes."""
    items: list[Value] = []
    for item in objects:
        if scope.left <= 0:
            break
        cls = type(item)
        if (cls is int and -SAFE_INT < item < SAFE_INT) or cls is bool or item is None:
            # The common case, without a call.
            scope.left -= 8 if item is None or -1_000_000 < item < 1_000_000 else 18
            items.append(item)
        else:
            items.append(scope.value(item))
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
