"""Whole runs in this process: failures, endings, and a world left as it was."""

import os
import sys
from pathlib import Path

import pytest

from lecture_tracer.errors import LectureInvalid
from lecture_tracer.trace.schema import LectureInfo, Object
from tests.conftest import Record, shown


def test_a_raising_lecture_is_complete_up_to_the_failing_step(record: Record) -> None:
    trace = record(
        """
        def read(path):
            try:
                return open(path).read()
            except OSError as error:
                raise ValueError("no settings") from error
        def main():
            x = 1  # @inspect x
            read("/nowhere")
            y = 2
        """
    )
    assert trace.ended == "failed"
    failure = trace.failure
    assert failure is not None
    assert (failure.type, failure.message, failure.explicit) == ("ValueError", "no settings", True)
    assert [(e.function, e.line) for e in failure.traceback] == [("main", 8), ("read", 5)]
    assert failure.step == len(trace.steps) - 1
    assert failure.locals["path"] == "/nowhere"
    assert failure.cause is not None
    assert failure.cause.type == "FileNotFoundError"
    assert shown(trace)[-1] == "read:5"


def test_an_error_in_a_library_points_at_the_lectures_line(record: Record) -> None:
    trace = record("import json\ndef main():\n    x = 1\n    json.loads('{')\n")
    assert trace.failure is not None
    assert [e.line for e in trace.failure.traceback] == [4]
    assert trace.failure.step == 1


@pytest.mark.parametrize(
    ("statement", "ended"),
    [
        ("sys.exit(0)", "exited"),
        ("sys.exit()", "exited"),
        ("sys.exit(3)", "failed"),
        ("raise KeyboardInterrupt", "interrupted"),
    ],
)
def test_leaving_early_loses_nothing(record: Record, statement: str, ended: str) -> None:
    trace = record(f"import sys\ndef main():\n    x = 1  # @inspect x\n    {statement}\n")
    assert trace.ended == ended
    assert shown(trace) == ["main:3 x=1", "main:4"]


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_an_object_that_wants_to_leave_does_not_end_the_recording(
    record: Record, error: str
) -> None:
    trace = record(
        f"""
        class Leaving:
            def __repr__(self):
                raise {error}("now")
            @property
            def size(self):
                raise {error}("size")
        def main():
            x = Leaving()  # @inspect x x.size
            y = 1  # @inspect y
        """
    )
    assert trace.ended == "completed"
    assert shown(trace)[-2:] == ["main:8 x=now x.size=size", "main:9 y=1"]


def test_the_step_limit_holds_inside_a_repr(record: Record) -> None:
    trace = record(
        """
        from lecture_tracer import table
        class Slow:
            def __repr__(self):
                while True:
                    x = 1
        def main():
            table([[Slow()]])
        """,
        max_steps=50,
    )
    assert trace.ended == "max-steps"


def test_a_lecture_without_end_is_stopped(record: Record) -> None:
    trace = record("def main():\n    while True:\n        x = 1\n", max_steps=50)
    assert trace.ended == "max-steps"
    assert len(trace.steps) == 50
    assert "stopped after 50 steps" in trace.warnings[-1]


def test_catching_everything_does_not_escape_the_limit(record: Record) -> None:
    trace = record(
        """
        def main():
            while True:
                try:
                    x = 1
                except Exception:
                    pass
        """,
        max_steps=50,
    )
    assert trace.ended == "max-steps"


def test_everything_is_put_back(record: Record, checkout: Path) -> None:
    before = (
        Path.cwd(), sys.path[:], dict(os.environ), sys.stdout, sys.stderr, sys.argv[:],
        sys.gettrace(),
    )  # fmt: skip
    trace = record(
        """
        import io, os, sys
        def main():
            os.chdir("/")
            sys.path.append("/x")
            os.environ["LECTURE"] = "1"
            sys.settrace(None)
            sys.stdout = io.StringIO()
            print("gone")
            sys.argv = []
            x = 1  # @inspect x
            raise ValueError
        """
    )
    after = (
        Path.cwd(), sys.path, dict(os.environ), sys.stdout, sys.stderr, sys.argv, sys.gettrace(),
    )  # fmt: skip
    assert after == before
    assert "lecture_99" not in sys.modules
    assert shown(trace)[-2:] == ["main:10 x=1", "main:11"]


def test_editing_its_own_source_does_not_matter(record: Record) -> None:
    trace = record(
        """
        from pathlib import Path
        def main():
            Path(__file__).write_text("nothing")
            x = 1  # @inspect x
        """
    )
    assert shown(trace) == ["main:3", "main:4 x=1"]
    assert "x = 1" in trace.files["lecture_99.py"].text


def test_prints_belong_to_their_line(record: Record) -> None:
    trace = record(
        """
        import sys
        def main():
            print("a", end="")
            sys.stdout.buffer.write("é".encode())
            print("b", file=sys.stderr)
        """
    )
    assert [(s.stdout, s.stderr) for s in trace.steps] == [("a", ""), ("é", ""), ("", "b\n")]


def test_a_lecture_may_replace_the_streams_and_put_them_back(record: Record) -> None:
    trace = record("""
        import io, sys
        def main():
            sys.stdout = io.StringIO()
            print("kept by the lecture")
            sys.stdout = sys.__stdout__
            print("seen")
    """)
    assert shown(trace) == ["main:3", "main:4", "main:5", "main:6 out: seen"]


def test_a_run_is_repeatable_without_a_seed_in_the_lecture(record: Record) -> None:
    source = "import random\ndef main():\n    x = random.random()  # @inspect x\n"
    assert record(source) == record(source)
    assert record(source, seed=1) != record(source, seed=2)


def test_timings_are_written_on_request_only(record: Record) -> None:
    source = "def main():\n    x = 1\n    y = 2\n"
    assert record(source).timings is None
    timings = record(source, timings=True).timings
    assert timings is not None
    assert len(timings.step_seconds) == 2
    assert timings.step_seconds == sorted(timings.step_seconds)


def test_no_path_of_this_machine_gets_into_the_trace(record: Record, checkout: Path) -> None:
    trace = record(
        """
        from pathlib import Path
        def f(): pass
        def main():
            g = f  # @inspect g
        """
    )
    value = (trace.steps[0].changes or {})["g"]
    assert isinstance(value, Object)
    assert str(checkout) not in repr(trace)


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(record: Record) -> None:
    source = "def main():\n    x = 1  # @inspect x\n"
    plain = record(source)
    assert record("\ufeff" + source.replace("\n", "\r\n")) == plain


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = = 1\n", r"lecture_99\.py:1: syntax error: .*x = = 1"),
        ("x = 1\n", r"lecture_99\.py: no function main\(\)"),
        ("main = 3\n", r"lecture_99\.py: no function main\(\)"),
        ("import nothing_here\n", r"lecture_99\.py:1: import fails: ModuleNotFoundError: .*"),
        ("def f():\n    1 / 0\nf()\n", r"lecture_99\.py:2: import fails: ZeroDivisionError.*"),
        ("import sys\nsys.exit(0)\n", r"lecture_99\.py:2: import fails: SystemExit.*"),
        ("x = '\0'\n", r"lecture_99\.py:?1?: .*null bytes$"),
        ("def main():\n    yield 1\n", r"lecture_99\.py:1: main\(\) is a generator"),
        ("async def main():\n    yield 1\n", r"lecture_99\.py:1: main\(\) is a generator"),
        ("\ndef main(n):\n    pass\n", r"lecture_99\.py:\d: main\(\) .* argument: 'n'"),
    ],
)
def test_a_lecture_that_cannot_start_is_told_in_one_line(
    record: Record, source: str, message: str
) -> None:
    with pytest.raises(LectureInvalid, match=message) as caught:
        record(source)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("first", "warned"), [("", True), ("import edtrace\n", False)])
def test_a_header_that_cannot_be_understood_is_a_warning(
    record: Record, first: str, warned: bool
) -> None:
    trace = record(f'"""Lecture.\n\nTitle: T\nMinuts: 3\n"""\n{first}def main():\n    x = 1\n')
    assert trace.ended == "completed"
    advice = "lecture_99.py:4: no field of a header: 'Minuts: 3'; did you mean 'Minutes'? (header)"
    assert trace.warnings == ([advice] if warned else [])


def test_the_header_goes_into_the_trace(record: Record) -> None:
    trace = record(
        '''
        """Lecture 99: twice.

        Unit: systems
        Minutes: 80
        Prerequisites: lecture_98
        Assignments: assignment2-systems
        """

        def main():
            pass
        '''
    )
    assert trace.lecture_info == LectureInfo(
        unit="systems", minutes=80, prerequisites=["lecture_98"], assignments=[2]
    )
    assert record("def main():\n    pass\n").lecture_info is None
