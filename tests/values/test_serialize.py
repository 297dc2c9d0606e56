"""`serialize`: the protocols of a class, and what holds for any object at all."""

import asyncio
import json
import signal
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lecture_tracer.errors import StepLimitReached
from lecture_tracer.trace.schema import Elided, Failed, Record, Value
from lecture_tracer.values import DEFAULT_BUDGET, Budget, is_stable, serialize, storage_key
from lecture_tracer.values.naming import type_name
from tests.conftest import needs_processes


def test_a_class_may_say_what_it_shows() -> None:
    class Tokenizer:
        def __trace_value__(self) -> dict[str, Any]:
            return {"vocabulary": 256, "merges": [(1, 2)]}

        def asdict(self) -> dict[str, Any]:
            raise AssertionError("__trace_value__ comes first")

    value = serialize(Tokenizer())
    assert isinstance(value, Record)
    assert value.fields == {"vocabulary": 256, "merges": serialize([(1, 2)])}


def test_asdict_is_honoured() -> None:
    class Config:
        def asdict(self) -> dict[str, int]:
            return OrderedDict(width=64)

    value = serialize(Config())
    assert isinstance(value, Record)
    assert value.fields == {"width": 64}


def test_a_trace_value_may_be_any_object_even_the_same() -> None:
    class Wrapper:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __trace_value__(self) -> Any:
            return self.inner

    assert serialize(Wrapper(3)) == 3
    loop = Wrapper(None)
    loop.inner = loop
    assert isinstance(serialize(loop), Elided)


def test_a_trace_value_that_raises() -> None:
    class Broken:
        def __trace_value__(self) -> Any:
            raise RuntimeError("not ready")

    assert serialize([Broken(), 1]) == [Failed(type="RuntimeError", text="not ready"), 1]


@pytest.mark.parametrize(
    "error",
    [SystemExit("bye"), KeyboardInterrupt("mine"), GeneratorExit(), asyncio.CancelledError()],
)
def test_an_object_may_raise_anything_at_all(error: BaseException) -> None:
    class Leaving:
        def __repr__(self) -> str:
            raise error

    @dataclass
    class Holder:
        name: str

        def __getattribute__(self, name: str) -> Any:
            if name == "name":
                raise error
            return super().__getattribute__(name)

    failed = Failed(type=type_name(type(error)), text=str(error))
    assert serialize([Leaving(), 1]) == [failed, 1]
    assert serialize(Holder("x")) == Record(type=type_name(Holder), fields={"name": failed})


def test_an_error_whose_message_leaves_python() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            sys.exit("no message")

    class Broken:
        def __repr__(self) -> str:
            raise Odd

    value = serialize(Broken())
    assert isinstance(value, Failed)
    assert value.text == "its message cannot be read"


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C interrupts, also where a shell started the tests in its background and ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "slow",
    [
        lambda: signal.raise_signal(signal.SIGINT),
        lambda: sum(1 for _ in iter(lambda: signal.raise_signal(signal.SIGINT), 1)),
    ],
)
@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_while_an_object_is_read_passes(slow: Callable[[], object]) -> None:
    class Slow:
        def __repr__(self) -> str:
            try:
                return str(slow())
            finally:
                self.left = True

    obj = Slow()
    with pytest.raises(KeyboardInterrupt):
        serialize([obj])
    assert obj.left


def test_the_step_limit_passes() -> None:
    class Long:
        def __repr__(self) -> str:
            raise StepLimitReached

    with pytest.raises(StepLimitReached):
        serialize([Long()])


def test_later_changes_do_not_reach_a_value() -> None:
    words = ["a"]
    value = serialize(words)
    words.append("b")
    assert value == ["a"]


def test_stable_objects_are_the_immutable_plain_ones() -> None:
    assert all(map(is_stable, [1, 0.5, "a", None, True, b"", 1j]))
    assert not any(map(is_stable, [[], (), object(), {}]))


def test_only_arrays_have_a_storage() -> None:
    assert storage_key([1]) is None


def test_a_budget_is_checked_when_made() -> None:
    with pytest.raises(ValueError, match=r"Budget.items is -1; it must not be < 0"):
        Budget(items=-1)


@needs_processes
def test_no_array_library_is_imported() -> None:
    code = """
import sys
from lecture_tracer.values import serialize
serialize([1, {"a": (2.0, "b")}, object(), print])
print(*{"numpy", "torch", "sympy", "pandas", "polars"} & set(sys.modules))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


# --- Any object -------------------------------------------------------------------------------


def _raise(*_: Any, **__: Any) -> NoReturn:
    raise ValueError("\ud800 odd")


def _odd_object(names: list[str], property_names: list[str]) -> Any:
    """An object whose named methods and properties all raise."""
    body: dict[str, Any] = {name: property(_raise) for name in property_names}
    return type("Odd", (), body | dict.fromkeys(names, _raise))()


ODD_METHODS = [
    *("__repr__", "__str__", "__len__", "__iter__", "__getattr__", "__getattribute__", "__hash__"),
    *("__eq__", "__bool__", "__trace_value__", "asdict", "__getitem__", "_fields"),
    *("__format__", "__sizeof__", "__index__", "__instancecheck__", "__subclasscheck__"),
]
ODD_PROPERTIES = ["__class__", "__dict__", "__dataclass_fields__", "__trace_value__", "shape"]
odd_objects = st.builds(
    _odd_object,
    st.lists(st.sampled_from(ODD_METHODS), unique=True),
    st.lists(st.sampled_from(ODD_PROPERTIES), unique=True),
)
texts = st.text(st.characters(codec=None), max_size=40)  # surrogates included
keys = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.binary(max_size=20)
leaves = (
    keys
    | st.complex_numbers()
    | st.integers(-(10**400), 10**400)
    | st.builds(lambda n, s: s * 10**n, st.integers(0, 6000), st.sampled_from([1, -1]))
    | st.builds(lambda text, n: text * n, texts, st.integers(0, 500))
    | st.builds(range, st.integers(), st.integers(), st.sampled_from([1, -3, 10**20]))
    | st.dates()
    | st.timedeltas()
    | st.decimals()
    | st.fractions()
    | st.sets(keys, max_size=5)
    | st.builds(lambda size: [0.1] * size, st.integers(0, 2000))
    | st.sampled_from([int, len, json, print, object(), Ellipsis, sys.flags, Exception("\udfff")])
    | odd_objects
)


def _with_itself(items: list[Any]) -> list[Any]:
    items.append(items)
    return items


def _extended(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=6)
    return (
        lists
        | lists.map(tuple)
        | lists.map(_with_itself)
        | st.dictionaries(keys, inner, max_size=6)
        | st.builds(lambda item, n: [item] * n, inner, st.integers(0, 200))
    )


any_object = st.recursive(leaves, _extended, max_leaves=12)


def _refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is not JSON")


def _json(value: Value) -> bytes:
    encoded = msgspec.json.encode(value)
    json.loads(encoded.decode("utf-8", "strict"), parse_constant=_refuse)
    return encoded


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(any_object)
def test_any_object_gives_strict_json_within_budget(obj: Any) -> None:
    encoded = _json(serialize(obj))
    # One leaf may pass the end of the budget: a string, each character of up to six bytes.
    assert len(encoded) <= DEFAULT_BUDGET.total + 7 * DEFAULT_BUDGET.characters
    msgspec.json.decode(encoded, type=Value)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(any_object, st.integers(0, 3), st.integers(0, 8), st.integers(0, 30), st.integers(0, 500))
def test_any_budget_holds(obj: Any, depth: int, items: int, characters: int, total: int) -> None:
    budget = Budget(depth=depth, items=items, characters=characters, total=total)
    # Beside the last leaf: closing what is open, and a name of up to 120 characters for each.
    assert len(_json(serialize(obj, budget))) <= total + 7 * characters + 1000 * (depth + 2)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(any_object)
def test_a_value_is_the_same_every_time(obj: Any) -> None:
    assert _json(serialize(obj)) == _json(serialize(obj))
