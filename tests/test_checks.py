"""Asserts are checks: they run, are marked, and are no step unless they fail."""

import pytest

from lecture_tracer.reading.source import read_source
from lecture_tracer.trace.schema import Trace
from tests.conftest import Record, needs_event_loop, shown


def marks(trace: Trace) -> dict[int, list[tuple[int, int]]]:
    """Checks that held, by the step that they are noted at."""
    return {n: s.checks for n, s in enumerate(trace.steps) if s.checks}


def checks(source: str) -> list[int]:
    return read_source("a.py", source).to_schema().checks


def test_a_check_that_holds_is_a_mark_and_no_step(record: Record) -> None:
    trace = record("""
        def main():
            x = 1  # @inspect x
            assert x == 1
            assert x < 2, "small"
            y = 2
            assert y == 2
    """)
    assert shown(trace) == ["main:2 x=1", "main:5"]
    assert marks(trace) == {0: [(0, 3), (0, 4)], 1: [(0, 6)]}
    assert trace.files["lecture_99.py"].checks == [3, 4, 6]


def test_a_check_that_fails_is_a_step_that_the_failure_names(record: Record) -> None:
    trace = record("""
        def main():
            x = 1
            assert x == 2, "not two"
    """)
    assert shown(trace) == ["main:2", "main:3"]
    assert (trace.ended, trace.failure and trace.failure.step) == ("failed", 1)
    assert marks(trace) == {}


@pytest.mark.parametrize(
    "handler",
    [
        "    except AssertionError:\n        y = 2\n",
        "    except:\n        y = 2\n",
        "    except* AssertionError:\n        y = 2\n",
    ],
)
def test_a_check_that_fails_and_is_caught_is_a_step(record: Record, handler: str) -> None:
    trace = record(f"def main():\n    try:\n        assert 1 == 2\n{handler}    assert y == 2\n")
    assert shown(trace)[:3] == ["main:2", "main:3", "main:4"]
    assert marks(trace) == {3: [(0, 6)]}


def test_a_failing_check_in_a_with_block_and_in_finally(record: Record) -> None:
    trace = record("""
        import contextlib

        def main():
            with contextlib.suppress(AssertionError):
                x = 1
                assert x == 2
            try:
                x = 2
                assert x == 2
            finally:
                while True:
                    assert x
                    x = 3
                    break
    """)
    assert shown(trace) == [
        "main:4", "main:5", "main:6", "main:4", "main:7", "main:8", "main:11", "main:13", "main:14",
    ]  # fmt: skip
    assert marks(trace) == {5: [(0, 9)], 6: [(0, 12)]}


def test_a_block_of_asserts_only_is_a_check(record: Record) -> None:
    trace = record("""
        def main():
            xs = [1, 2]
            for x in xs:
                if x > 1:
                    assert x == 2
                else:
                    assert x == 1
            done = True
    """)
    assert shown(trace) == ["main:2", "main:8"]
    assert marks(trace) == {0: [(0, 3), (0, 4), (0, 7), (0, 5)]}
    assert trace.files["lecture_99.py"].checks == [3, 4, 5, 7]


def test_a_failing_check_in_a_block_is_the_only_step_of_it(record: Record) -> None:
    trace = record("""
        def main():
            for x in [1, 2]:
                assert x == 1
    """)
    assert shown(trace) == ["main:3"]
    assert trace.failure is not None
    assert trace.failure.step == 0
    assert marks(trace) == {0: [(0, 2), (0, 3)]}, "those of the first turn"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("assert 1\n", [1]),
        ("assert 1; assert 2\n", [1]),
        ("x = 1; assert x\n", []),
        ("assert 1  # a comment\n", [1]),
        ("assert 1  # @inspect x\n", []),
        ("assert 1  # @hide\n", []),
        ("assert 1  # @inspekt x\n", [1]),
        ("assert (\n    1\n)\n", [1]),
        ("for x in y: assert x\n", [1]),
        ("for x in y:  # @inspect x\n    assert x\n", [2]),
        ("with a:\n    assert x\n    assert y  # @stepinto\n", [2]),
        ("if a:\n    assert x\nelse:\n    b\n", [2]),
        ("if a:\n    assert x\nelif b:\n    assert y\n", [1, 2, 3, 4]),
        ("try:\n    assert x\nexcept E:\n    pass\n", [2]),
        ("match a:\n    case 1:\n        assert x\n", [1, 2, 3]),
        ("def f():\n    assert x\n", [2]),
        ("if a:  # @hide\n    assert x\n", []),
    ],
)
def test_which_statements_are_checks(source: str, found: list[int]) -> None:
    assert checks(source) == found


def test_what_a_check_prints_goes_to_the_step_before_and_its_calls_are_not_recorded(
    record: Record,
) -> None:
    trace = record("""
        from lecture_tracer import text

        def twice(x):
            print("twice")
            text("shown")
            return 2 * x

        def main():
            a = twice(1)
            assert twice(2) == 4
            b = 1
    """)
    assert shown(trace) == [
        "main:9", "twice:4 out: twice", "twice:5 > shown", "twice:6 > shown out: twice", "main:11",
    ]  # fmt: skip
    assert marks(trace) == {3: [(0, 10)]}


def test_a_generator_that_a_check_resumes_is_not_recorded(record: Record) -> None:
    trace = record("""
        def numbers():
            n = 0  # @inspect n
            while True:
                n += 1  # @inspect n
                yield n

        def main():
            g = numbers()
            a = next(g)
            assert next(g) == 2
            b = next(g)
            g.close()
    """)
    assert shown(trace) == [
        "main:8", "main:9", "numbers:2 n=0", "numbers:3", "numbers:4 n=1", "numbers:5",
        "main:11", "numbers:3", "numbers:4 n=3", "numbers:5", "main:12",
    ]  # fmt: skip


def test_a_generator_that_is_closed_at_a_check_or_hidden_line_has_not_failed(
    record: Record,
) -> None:
    trace = record("""
        def f():
            x = 1
            assert (yield x) is None

        def h():
            y = 1
            yield y  # @hide

        def main():
            g = f()
            next(g)
            g.close()
            k = h()
            next(k)
            k.close()
    """)
    assert [line for line in shown(trace) if not line.startswith("main")] == ["f:2", "h:6"]
    assert marks(trace) == {}


@needs_event_loop
def test_an_awaited_check(record: Record) -> None:
    trace = record("""
        import asyncio

        async def double(x):
            await asyncio.sleep(0)
            return 2 * x

        async def main():
            a = 1
            assert await double(a) == 2
            assert await double(a) == 3
    """)
    assert shown(trace) == ["main:8", "main:10"]
    assert marks(trace) == {0: [(0, 9)]}
    assert trace.failure is not None
    assert trace.failure.step == 1


def test_a_check_before_the_first_step_is_marked_at_it(record: Record) -> None:
    trace = record("""
        def main():
            assert True
            x = 1
    """)
    assert shown(trace) == ["main:3"]
    assert marks(trace) == {0: [(0, 2)]}


def test_checks_of_a_file_that_is_stepped_into(record: Record) -> None:
    helper = "def f(x):\n    assert x > 0\n    y = x\n    assert y\n    return y\n"
    trace = record(
        """
        from helper import f

        def main():
            a = f(1)  # @stepinto
            b = f(0)  # @stepinto
        """,
        {"helper.py": helper},
    )
    assert shown(trace) == [
        "main:4", "f:3 x=1 y=1", "f:5", "main:5", "f:2",
    ]  # fmt: skip
    assert marks(trace) == {0: [(1, 2)], 1: [(1, 4)]}
    assert trace.files["helper.py"].checks == [2, 4]
    assert trace.failure is not None
    assert trace.failure.step == 4


def test_a_failure_in_a_hidden_statement_is_a_step_whose_line_is_shown(record: Record) -> None:
    trace = record("""
        def main():
            x = 1
            if x:  # @hide
                y = 2
                assert y == 3
                z = 4
    """)
    assert shown(trace) == ["main:2", "main:5"]
    assert trace.failure is not None
    assert trace.failure.step == 1
    assert trace.files["lecture_99.py"].hidden == [(3, 4), (6, 6)]


def test_a_hidden_failure_that_is_caught_stays_hidden(record: Record) -> None:
    trace = record("""
        def f():
            raise ValueError  # @hide

        def main():
            try:
                f()
            except ValueError:
                x = 1
            import sys
            sys.exit(0)  # @hide
    """)
    assert [line for line in shown(trace) if "f:" in line] == []
    assert (trace.ended, shown(trace)[-1]) == ("exited", "main:9")


def test_a_hidden_function_that_fails_is_shown_at_its_call(record: Record) -> None:
    trace = record("""
        def f(x):
            return 1 / x

        def main():
            f(1)
            f(0)  # @stepover
    """)
    assert shown(trace) == ["main:5", "f:2", "main:6"]
    assert trace.failure is not None
    assert trace.failure.step == 2


def test_with_all_variables_a_check_is_still_no_step(record: Record) -> None:
    trace = record(
        """
        def main():
            x = 1
            assert (y := x) == 1
            z = 3
        """,
        inspect_all=True,
    )
    assert shown(trace) == ["main:2 x=1", "main:4 x=1 y=1 z=3".replace("x=1 ", "")]
