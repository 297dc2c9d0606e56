"""Any Python object to a Value: chooses what handles it, and answers for whatever it raises.

Input: an object of the lecture. Output: a Value within budget, encodable as strict JSON. Libraries
are recognised by the names of their classes, so that none is imported here: an object of numpy
exists only where numpy is imported already.
"""

import os
from collections import abc
from collections.abc import Hashable
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType, NoneType
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from lecture_tracer.trace import schema
from lecture_tracer.trace.schema import Value
from lecture_tracer.values import (
    arrays,
    containers,
    modules,
    objects,
    plain,
    symbolic,
    tables,
    tensors,
)
from lecture_tracer.values.budget import DEFAULT_BUDGET, Budget, Handler, Named, Writer
from lecture_tracer.values.naming import mro, type_name


def serialize(
    obj: Any,
    budget: Budget = DEFAULT_BUDGET,
    root: str | os.PathLike[str] = "",
    named: Named = (),
) -> Value:
    """The value of `obj` now. Raises nothing of the object, changes nothing, consumes no iterator.

    `root`: folder of the project, absolute; functions and classes below it are given with their
    file and line, and a path below it is shown from there. `named`: other such folders.

    >>> serialize([1, "two", 0.5])
    [1, 'two', 0.5]
    >>> serialize((1, 2))
    Sequence(type='tuple', items=[1, 2], tail=[], length=None)
    """
    cls = type(obj)
    if cls is int:
        if -plain.SAFE_INT < obj < plain.SAFE_INT:
            return obj  # type: ignore[no-any-return]
    elif cls is bool or obj is None:
        return obj  # type: ignore[no-any-return]
    elif cls is str:
        plain_path = not root or not (named or str(root) in obj)
        if len(obj) <= budget.characters and obj.isascii() and plain_path:
            return obj  # type: ignore[no-any-return]
    elif cls is float and plain.is_plain_float(obj):
        return obj  # type: ignore[no-any-return]
    return _write(obj, Writer(budget, os.fspath(root), _write, named))


def failed_value(error: BaseException) -> schema.Failed:
    """What is shown for an expression that raised. Ctrl-C and the step limit are raised on."""
    return Writer(DEFAULT_BUDGET, "", _write).failed(error)


def is_stable(obj: Any) -> bool:
    """Whether this very object serialises alike for ever, so that the same `is` the same."""
    return type(obj) in _STABLE


def storage_key(obj: Any) -> Hashable | None:
    """Equal for arrays and tensors that look into the same memory now; None for anything else."""
    try:
        handler = _handler(type(obj))
        if handler is tensors.tensor:
            return tensors.tensor_storage_key(obj)
        if handler is arrays.array:
            return arrays.array_storage_key(obj)
    except Exception:  # a tensor without storage: sparse, fake, a wrapper
        return None
    return None


def with_shares(value: schema.Tensor, names: list[str]) -> schema.Tensor:
    """The tensor, with the names of the inspected variables that share its storage."""
    return msgspec.structs.replace(value, shares=list(names))


def _write(obj: Any, writer: Writer) -> Value:
    try:
        handler = _handler(type(obj))
        if handler in _LEAVES:
            return handler(obj, writer)
        return writer.nested(obj, type_name(type(obj)), handler)
    except BaseException as error:
        return writer.failed(error)


def _own_value(obj: Any, writer: Writer) -> Value:
    """`__trace_value__()` of the object's class: a dict of fields, or any other object."""
    return _fields(obj, obj.__trace_value__(), writer)


def _asdict(obj: Any, writer: Writer) -> Value:
    """`asdict()` of the object's class."""
    return _fields(obj, obj.asdict(), writer)


def _fields(obj: Any, found: Any, writer: Writer) -> Value:
    if isinstance(found, dict):
        return containers.record(type_name(type(obj)), found.items(), len(found), writer)
    return writer.value(found)


def _as_it_is(obj: schema.Failed, writer: Writer) -> Value:
    """A part that could not be read, where a container put the reason in its place."""
    return obj


_handlers: WeakKeyDictionary[type, Handler] = WeakKeyDictionary()


def _handler(cls: type) -> Handler:
    exact = _EXACT.get(cls)
    if exact is not None:
        return exact
    try:
        found = _handlers.get(cls)
        if found is None:
            found = _handlers[cls] = _find_handler(cls)
        return found
    except Exception:  # a metaclass may refuse to be hashed
        return _find_handler(cls)


def _find_handler(cls: type) -> Handler:
    """What the class says itself, then the nearest base class that we know, then its interface."""
    bases = mro(cls)
    for name, own in _PROTOCOLS:
        if any(callable(base.__dict__.get(name)) for base in bases):
            return own
    if any(type_name(base) == "enum.Enum" for base in bases):
        return objects.by_repr  # before int and str, which a member may be too
    for base in bases:
        known = _EXACT.get(base) or _BY_NAME.get(type_name(base))
        if known is not None:
            return known
    if any("__dataclass_fields__" in base.__dict__ for base in bases):
        return containers.dataclass
    for interface, handler in _BY_INTERFACE:
        if issubclass(cls, interface):
            return handler
    return objects.by_repr


_PROTOCOLS: tuple[tuple[str, Handler], ...] = (
    ("__trace_value__", _own_value),
    ("asdict", _asdict),
)

_EXACT: dict[type, Handler] = {
    NoneType: plain.none,
    bool: plain.boolean,
    int: plain.integer,
    float: plain.floating,
    complex: plain.other_number,
    str: plain.string,
    bytes: plain.byte_string,
    bytearray: plain.byte_string,
    memoryview: plain.byte_string,
    list: containers.listing,
    tuple: containers.tupling,
    dict: containers.mapping,
    set: containers.setting,
    frozenset: containers.setting,
    range: containers.ranging,
    FunctionType: objects.function,
    MethodType: objects.method,
    BuiltinFunctionType: objects.by_repr,
    ModuleType: objects.module,
    type: objects.class_,
    BaseException: objects.by_repr,
    schema.Failed: _as_it_is,
}

_BY_NAME: dict[str, Handler] = {
    "decimal.Decimal": plain.other_number,
    "fractions.Fraction": plain.other_number,
    "datetime.date": objects.by_str,
    "datetime.time": objects.by_str,
    "datetime.timedelta": objects.by_str,
    "pathlib.PurePath": objects.by_str,
    "numpy.ndarray": arrays.array,
    "numpy.generic": arrays.scalar,
    "torch.Tensor": tensors.tensor,
    "torch.UntypedStorage": tensors.storage,
    "torch.TypedStorage": tensors.storage,
    "torch.nn.Module": modules.torch_module,
    "torch.optim.Optimizer": modules.torch_optimizer,
    "sympy.Basic": symbolic.formula,
    "sympy.MatrixBase": symbolic.formula,
    "pandas.DataFrame": tables.pandas_table,
    "pandas.Series": tables.pandas_table,
    "polars.DataFrame": tables.polars_table,
    "polars.Series": tables.polars_table,
}
"""By public name of a base class, see `type_name`."""

_BY_INTERFACE: tuple[tuple[type, Handler], ...] = (
    (abc.Mapping, containers.mapping),
    (abc.MappingView, containers.iterated),
    (abc.Sequence, containers.indexed),
)

_LEAVES = frozenset(
    handler
    for handler in (*_EXACT.values(), *_BY_NAME.values())
    if handler.__module__ not in (containers.__name__, arrays.__name__, tables.__name__)
)
"""Handlers that write no other object inside their value."""

_STABLE = frozenset({NoneType, bool, int, float, complex, str, bytes})
