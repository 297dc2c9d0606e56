"""Functions, classes, modules, dates: one line of text, the same at every run."""

import datetime
import enum
import json
import os
import pathlib
import sys
from pathlib import Path
from typing import Any

import pytest

from lecture_tracer.trace import schema
from lecture_tracer.trace.schema import Failed, Object
from lecture_tracer.values import Budget, serialize
from lecture_tracer.values.naming import MAX_NAME, type_name

ROOT = Path(schema.__file__).parents[2]


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


class Unprintable:
    def __repr__(self) -> str:
        raise ValueError("no repr")


def train(data: list[int], /, *extra: int, rate: float = 0.1, **options: int) -> None:
    """An example of every sort of parameter."""


def test_a_function_shows_its_parameters_and_where_it_is() -> None:
    value = serialize(train, root=ROOT)
    assert isinstance(value, Object)
    assert value.text == "train(data, /, *extra, rate, **options)"
    assert value.path == "tests/values/test_objects.py"
    assert (ROOT / value.path).read_text().splitlines()[value.line - 1 : value.line] == [  # type: ignore[operator]
        "def train(data: list[int], /, *extra: int, rate: float = 0.1, **options: int) -> None:"
    ]


def test_a_class_shows_where_it_is() -> None:
    value = serialize(schema.Step, root=ROOT)
    assert isinstance(value, Object)
    assert (value.text, value.path) == (
        "lecture_tracer.trace.schema.Step",
        "lecture_tracer/trace/schema.py",
    )
    assert (
        (ROOT / value.path)
        .read_text()
        .splitlines()[(value.line or 0) - 1]
        .startswith("class Step(")
    )


@pytest.mark.parametrize("obj", [json.dumps, json.JSONDecoder, pytest.fixture, json, len])
def test_what_is_not_of_the_project_has_no_path(obj: Any) -> None:
    value = serialize(obj, root=ROOT)
    assert isinstance(value, Object)
    assert value.path == ""
    assert str(ROOT) not in value.text


def test_without_a_root_nothing_has_a_path() -> None:
    value = serialize(train)
    assert isinstance(value, Object)
    assert (value.path, value.line) == ("", None)


def test_a_bound_method_is_shown_as_its_function() -> None:
    value = serialize(Unprintable().__repr__, root=ROOT)
    assert isinstance(value, Object)
    assert (value.type, value.text) == ("method", "Unprintable.__repr__(self)")
    assert value.path == "tests/values/test_objects.py"


@pytest.mark.parametrize(
    ("obj", "type_", "text"),
    [
        (Colour.RED, "Colour", "<Colour.RED: 1>"),
        (Level.HIGH, "Level", "<Level.HIGH: 3>"),
        (datetime.date(2026, 1, 2), "datetime.date", "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3), "datetime.datetime", "2026-01-02 03:00:00"),
        (datetime.timedelta(hours=1), "datetime.timedelta", "1:00:00"),
        (pathlib.PurePosixPath("a/b"), "pathlib.PurePosixPath", "a/b"),
        (ValueError("bad"), "ValueError", "ValueError('bad')"),
        (sys, "module", "sys"),
        (int, "type", "int"),
        (list[int], "types.GenericAlias", "list[int]"),
        (..., "ellipsis", "Ellipsis"),
    ],
)
def test_objects_by_their_text(obj: object, type_: str, text: str) -> None:
    value = serialize(obj)
    assert isinstance(value, Object)
    assert (value.type.removeprefix(f"{__name__}."), value.text) == (type_, text)


def test_memory_addresses_are_left_out() -> None:
    assert serialize(object()) == Object(type="object", text="<object object>")
    assert serialize(iter([])) == Object(type="list_iterator", text="<list_iterator object>")
    value = serialize([].append)
    assert isinstance(value, Object)
    assert value.text == "<built-in method append of list object>"


def test_long_text_is_cut() -> None:
    class Wordy:
        def __repr__(self) -> str:
            return "word " * 10_000

    value = serialize(Wordy(), Budget(characters=20))
    assert isinstance(value, Object)
    assert value.text == "word word word word…"


def test_a_failing_repr_says_why() -> None:
    assert serialize(Unprintable()) == Failed(type="ValueError", text="no repr")


def test_an_error_whose_message_fails_too() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise ValueError("no message")

    class Odd:
        def __repr__(self) -> str:
            raise Silent

    value = serialize(Odd())
    assert isinstance(value, Failed)
    assert value.text == "its message cannot be read"


def test_public_names_do_not_depend_on_private_modules() -> None:
    assert type_name(pathlib.PosixPath) == "pathlib.PosixPath"
    assert type_name(json.JSONDecoder) == "json.JSONDecoder"
    assert type_name(os.PathLike) == "os.PathLike"
    assert type_name(type("x" * 1000, (), {})) != ""
    assert len(type_name(type("x" * 1000, (), {}))) <= MAX_NAME


def test_a_metaclass_may_refuse_everything() -> None:
    class Meta(type):
        def __hash__(cls) -> int:
            raise TypeError("unhashable class")

        def __getattribute__(cls, name: str) -> Any:
            raise AttributeError(name)

    class Strange(metaclass=Meta):
        pass

    assert isinstance(serialize(Strange()), Object | Failed)
    assert isinstance(serialize(Strange), Object | Failed)


def test_a_path_below_the_project_is_shown_from_there(tmp_path: Path) -> None:
    file = tmp_path / "data" / "a.txt"
    assert serialize(str(file), root=tmp_path) == "data/a.txt"
    shown = serialize(file, root=tmp_path)
    assert isinstance(shown, Object)
    assert shown.text == "data/a.txt"
    assert serialize("/elsewhere/a.txt", root=tmp_path) == "/elsewhere/a.txt"
