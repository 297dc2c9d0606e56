"""Sequences, sets, mappings and records: ends shown, true length kept, nothing consumed."""

import collections
import dataclasses
import sys
import time
from collections import OrderedDict, UserDict, UserList, deque, namedtuple
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

from lecture_tracer.trace.schema import Elided, Failed, Mapping, Number, Object, Record, Sequence
from lecture_tracer.values import Budget, serialize

FIVE = Budget(items=5)

Point = namedtuple("Point", "x y")


def test_a_whole_list_is_plain_and_a_tuple_says_what_it_is() -> None:
    assert serialize([1, [2, "x"], None]) == [1, [2, "x"], None]
    assert serialize((1, 2)) == Sequence(type="tuple", items=[1, 2])


@pytest.mark.parametrize(
    "obj", [list(range(9)), tuple(range(9)), range(9), deque(range(9)), UserList(range(9))]
)
def test_a_long_sequence_shows_first_and_last_items(obj: Any) -> None:
    value = serialize(obj, FIVE)
    assert isinstance(value, Sequence)
    assert (value.items, value.tail, value.length) == ([0, 1, 2, 3], [8], 9)


def test_a_range_may_be_longer_than_memory() -> None:
    long = serialize(range(10**15), FIVE)
    assert long == Sequence(type="range", items=[0, 1, 2, 3], tail=[10**15 - 1], length=10**15)
    assert serialize(range(10**30)) == Object(type="range", text=f"range(0, {10**30})")
    assert serialize(range(5, 0, -2)) == Sequence(type="range", items=[5, 3, 1])


def test_sets_are_sorted_whatever_their_items() -> None:
    assert serialize({"b", "a", 2, 10}) == Sequence(type="set", items=[2, 10, "a", "b"])
    pairs = frozenset({(10, "a"), (9, "b")})
    value = serialize(pairs)
    assert isinstance(value, Sequence)
    assert value.items == [serialize((9, "b")), serialize((10, "a"))]


def test_a_huge_set_shows_only_its_size() -> None:
    assert serialize(set(range(100_001))) == Sequence(type="set", items=[], length=100_001)


def test_keys_of_a_dict_may_be_anything_and_order_is_its_own() -> None:
    value = serialize({"b": 1, (1, 2): [2], None: 3})
    assert value == Mapping(
        entries=[("b", 1), (Sequence(type="tuple", items=[1, 2]), [2]), (None, 3)]
    )
    moved = OrderedDict(a=1, b=2)
    moved.move_to_end("a")
    assert serialize(moved) == Mapping(type="collections.OrderedDict", entries=[("b", 2), ("a", 1)])


def test_a_long_dict_says_how_long() -> None:
    value = serialize(dict.fromkeys(range(100)), Budget(items=2))
    assert value == Mapping(entries=[(0, None), (1, None)], length=100)


@pytest.mark.parametrize("wrap", [MappingProxyType, UserDict, collections.ChainMap])
def test_other_mappings(wrap: Any) -> None:
    value = serialize(wrap({"a": 1}))
    assert isinstance(value, Mapping)
    assert value.entries == [("a", 1)]


def test_views_of_a_dict() -> None:
    assert serialize({"a": 1}.keys()) == Sequence(type="dict_keys", items=["a"])


def test_named_fields_make_a_record() -> None:
    value = serialize(Point(1, 2))
    assert isinstance(value, Record)
    assert value.fields == {"x": 1, "y": 2}
    moment = serialize(time.gmtime(0))
    assert isinstance(moment, Record)
    assert moment.fields["tm_year"] == 1970


def test_a_dataclass_shows_the_fields_of_its_repr() -> None:
    @dataclasses.dataclass
    class Model:
        name: str
        layers: list[int]
        secret: str = dataclasses.field(default="", repr=False)

    value = serialize(Model("tiny", [4, 4]))
    assert isinstance(value, Record)
    assert value.fields == {"name": "tiny", "layers": [4, 4]}


def test_a_field_that_raises_spoils_only_itself() -> None:
    @dataclasses.dataclass
    class Half:
        good: int
        bad: int = dataclasses.field(init=False)

    value = serialize(Half(1))
    assert isinstance(value, Record)
    assert value.fields["good"] == 1
    assert isinstance(value.fields["bad"], Failed)


def test_a_list_that_contains_itself() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    assert serialize(loop) == [1, Elided(type="list", reason="cycle")]


def test_the_same_item_twice_is_no_cycle() -> None:
    item = [1]
    assert serialize([item, item]) == [[1], [1]]


def test_deep_nesting_ends_at_the_budget() -> None:
    assert serialize([[[[1, 2]]]], Budget(depth=3)) == [
        [[Elided(type="list", reason="depth", length=2)]]
    ]


def test_a_spent_budget_shows_how_much_there_was() -> None:
    value = serialize([["word"] * 50] * 50, Budget(total=300))
    assert isinstance(value, Sequence)
    assert value.length == 50
    assert 0 < len(value.items) < 50


def test_iterators_are_not_consumed() -> None:
    numbers = iter([1, 2])
    squares = (n * n for n in [1, 2])
    serialize([numbers, squares, zip(numbers), map(str, numbers)])
    assert (list(numbers), list(squares)) == ([1, 2], [1, 4])


def test_a_subclass_is_read_past_its_own_methods() -> None:
    class Odd(list[int]):
        def __len__(self) -> int:
            raise ValueError("no length")

        def __iter__(self) -> Any:
            while True:
                yield 0

    value = serialize(Odd([1, 2]))
    assert isinstance(value, Sequence)
    assert (value.items, value.length) == ([1, 2], None)


def test_a_sequence_whose_length_lies_fails_visibly() -> None:
    class Liar(collections.abc.Sequence[int]):
        def __len__(self) -> int:
            return sys.maxsize

        def __getitem__(self, index: Any) -> Any:
            raise IndexError("nothing here")

    assert serialize([Liar(), 1]) == [Failed(type="IndexError", text="nothing here"), 1]


def test_whole_numbers_among_floats() -> None:
    assert serialize([0.5, 2.0]) == [0.5, Number(type="float", text="2.0")]


@pytest.mark.parametrize("obj", [b"a", {"a": 1}, "x" * 2000, {b"k": {}}])
def test_the_usual_type_is_not_written(obj: object) -> None:
    assert b'"type"' not in msgspec.json.encode(serialize(obj))
