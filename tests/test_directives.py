"""Comments to directives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer.reading.directives import (
    Directive,
    find_directives,
    nearest_name,
    parse_comment,
)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# @inspect x", [("inspect", ("x",))]),
        ("# @inspect a, b c", [("inspect", ("a", "b", "c"))]),
        ("# @inspect w.grad[0] len(x)", [("inspect", ("w.grad[0]", "len(x)"))]),
        ("# @inspect f(a, b) d['k, l']", [("inspect", ("f(a, b)", "d['k, l']"))]),
        ("# @inspect `x + y` z", [("inspect", ("x + y", "z"))]),
        ("# @inspect a@b", [("inspect", ("a@b",))]),
        ("# @inspect", [("inspect", ())]),
        ("# @inspect x @stepover", [("inspect", ("x",)), ("stepover", ())]),
        ("# see below. @clear x, y", [("clear", ("x", "y"))]),
        ("# @hide # @stepover", [("hide", ()), ("stepover", ())]),
        ("# write to a@b.org", []),
        ("# nothing here", []),
    ],
)
def test_parse_comment(comment: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(d.name, d.arguments) for d in parse_comment(comment)] == expected


def test_directives_stand_in_comments_only() -> None:
    text = 'x = "# @hide"\ny = "a#b"  # @inspect y\n'
    assert find_directives(text) == [Directive("inspect", ("y",), 2)]


def test_the_nearest_name_is_suggested() -> None:
    assert nearest_name("inspct") == "inspect"
    assert nearest_name("step_over") == "stepover"
    assert nearest_name("qqq") is None


@given(st.text(st.characters(exclude_characters="\r\n")))
def test_no_comment_crashes_the_parser(comment: str) -> None:
    for directive in parse_comment("# " + comment):
        assert directive.name
        assert all(directive.arguments)


@given(st.lists(st.sampled_from(["x", "w.grad[0]", "len(x)", "a@b", "d['k']"]), max_size=5))
def test_expressions_survive_as_written(expressions: list[str]) -> None:
    comment = "# @inspect " + ", ".join(expressions)
    (directive,) = parse_comment(comment)
    assert list(directive.arguments) == expressions


@pytest.mark.parametrize(
    ("comment", "names"),
    [
        ("# email me @home", []),
        ("# see @property and @staticmethod", []),
        ("# @home", ["home"]),
        ("# @inspect x @home", ["inspect", "home"]),
        ("# the sum @inspct x", ["inspct"]),
        ("# the sum @inspect x", ["inspect"]),
    ],
)
def test_a_sign_in_a_sentence_is_no_directive(comment: str, names: list[str]) -> None:
    assert [directive.name for directive in parse_comment(comment)] == names
