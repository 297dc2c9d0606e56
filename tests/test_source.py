"""File text to statements, directives and hidden lines."""

import textwrap

import pytest

from lecture_tracer.reading.source import UNLIMITED, LectureSource, read_source


def read(text: str) -> LectureSource:
    return read_source("lecture_99.py", textwrap.dedent(text).lstrip("\n"))


def spans(source: LectureSource) -> list[tuple[int, int]]:
    return [(s.first, s.last) for s in source.statements]


def test_a_statement_may_take_several_lines() -> None:
    source = read(
        """
        x = [
            1,  # @inspect x
        ]
        y = 2
        """
    )
    assert spans(source) == [(1, 3), (4, 4)]
    assert [e.label for e in source.statements[0].inspects] == ["x"]
    assert source.to_schema().statements == [(1, 3)]


def test_headers_are_statements_of_their_own() -> None:
    source = read(
        """
        @decorate
        def f(
            a,
        ):
            if a:
                return 1
            elif (a and
                  a):
                return 2
            else:
                return 3
        """
    )
    assert spans(source) == [(1, 4), (5, 5), (6, 6), (7, 8), (9, 9), (11, 11)]


def test_handlers_and_cases_are_headers() -> None:
    source = read(
        """
        try:
            f()
        except ValueError:
            pass
        finally:
            g()
        match x:
            case [1,
                  2]:
                pass
        """
    )
    assert spans(source) == [
        (1, 1), (2, 2), (3, 3), (4, 4), (6, 6), (7, 7), (8, 9), (10, 10),
    ]  # fmt: skip


def test_statements_on_one_line_are_one() -> None:
    assert spans(read("a = 1; b = 2\nif a: b = 3\n")) == [(1, 1), (2, 2)]


def test_hide_on_a_header_hides_the_block() -> None:
    source = read(
        """
        def helper():  # @hide
            x = 1

            return x
        y = 2
        """
    )
    assert source.to_schema().hidden == [(1, 4)]


def test_stepinto_takes_a_number_of_levels() -> None:
    source = read("f()  # @stepinto\ng()  # @stepinto 2\n")
    assert [s.stepinto for s in source.statements] == [UNLIMITED, 2]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            "x = 1  # @inspct x",
            "lecture_99.py:1: unknown directive '@inspct'; did you mean '@inspect'? "
            "(unknown-directive)",
        ),
        (
            "# @inspect x\n",
            "lecture_99.py:1: '@inspect' belongs to no statement; "
            "put it at the end of a statement's line (stray-directive)",
        ),
        (
            "x = 1  # @inspect x+",
            "lecture_99.py:1: '@inspect x+' is not an expression; "
            "put an expression with spaces in backticks (bad-expression)",
        ),
    ],
)
def test_what_cannot_be_obeyed_is_said(text: str, warning: str) -> None:
    assert read(text).warnings == [warning]


def test_a_syntax_error_has_its_line() -> None:
    with pytest.raises(SyntaxError) as caught:
        read("x = 1\ny = = 2\n")
    assert caught.value.lineno == 2
