"""Directives that did nothing: a hint for `@stepover`, a warning for `@stepinto`."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lecture_tracer.authoring import compat
from lecture_tracer.config import RunConfig
from lecture_tracer.recording.runner import RunResult, record

Run = Callable[..., RunResult]


@pytest.fixture
def run(checkout: Path, backend: str) -> Run:
    """Record a snippet beside `helpers.py`, with each backend."""

    def call(source: str, **options: Any) -> RunResult:
        (checkout / "helpers.py").write_text("def double(x):\n    return 2 * x\n", "utf-8")
        path = checkout / "lecture_99.py"
        path.write_text(textwrap.dedent(source).lstrip("\n"), encoding="utf-8")
        sys.modules.pop("helpers", None)
        return record(RunConfig(path=path, root=checkout, backend=backend, **options))

    return call


def lines_of(hints: list[str]) -> str:
    """The line numbers that the one hint names; empty where there is none."""
    assert len(hints) <= 1
    return hints[0].split(" on line")[1].split(":")[0].lstrip("s ") if hints else ""


def test_a_stepover_of_what_is_not_recorded_anyway_is_hinted_at_once(run: Run) -> None:
    result = run(
        """
        import helpers
        def own():
            return 1
        def main():
            a = own()  # @stepover
            b = helpers.double(1)  # @stepover
            c = len([1])  # @stepover
            d = (1 +
                 2)  # @stepover
        """
    )
    assert lines_of(result.hints) == "6, 7, 8"
    assert result.hints[0].startswith("lecture_99.py: '@stepover' does nothing on lines 6, 7, 8:")
    assert result.trace.warnings == []


@pytest.mark.parametrize(
    "line",
    [
        "own()  # @stepover",
        "helpers.double(own())  # @stepover",
        "sorted([2, 1], key=lambda n: own())  # @stepover",
        "helpers.double(1)  # @stepinto @stepover",
        "list(numbers())  # @stepover",
    ],
)
def test_a_stepover_that_keeps_a_call_out_is_of_use(run: Run, line: str) -> None:
    result = run(
        f"""
        import helpers
        def own():
            return 1
        def numbers():
            yield own()
        def main():
            {line}
        """
    )
    assert (result.hints, result.trace.warnings) == ([], [])
    assert [step.line for step in result.trace.steps] == [7]


def test_only_lines_that_ran_are_judged(run: Run) -> None:
    result = run(
        """
        def main():
            if False:
                x = 1  # @stepover
            try:
                y = 2  # @stepover
                raise ValueError
            except ValueError:
                z = 3
        """
    )
    assert lines_of(result.hints) == "5"


def test_the_line_of_a_def_is_about_its_calls(run: Run) -> None:
    source = """
        def main():
            def inner():  # @stepover
                return 1
            inner()
        """
    assert run(source).hints == []


def test_a_lecture_that_ended_early_is_not_judged(run: Run) -> None:
    source = "def main():\n    x = [][0].go()  # @stepover @stepinto\n"
    result = run(source)
    assert result.trace.ended == "failed"
    assert (result.hints, result.trace.warnings) == ([], [])


@pytest.mark.parametrize("importing", ["from edtrace import text", "import execute_util as u"])
def test_a_lecture_of_another_engine_is_left_alone(run: Run, importing: str) -> None:
    assert run(f"{importing}\ndef main():\n    x = len([])  # @stepover\n").hints == []


def test_what_another_engine_is() -> None:
    assert compat.is_written_for_another_engine("from edtrace.execute_util import text")
    assert not compat.is_written_for_another_engine("from .reference import x\nimport json")


def test_a_stepinto_that_recorded_nothing_is_a_warning(run: Run) -> None:
    result = run(
        """
        import json
        import helpers
        def twice(x):
            return helpers.double(x)
        def main():
            a = json.loads("[1]")  # @stepinto
            b = helpers.double(1)  # @stepinto
            c = twice(1)  # @stepinto
            if False:
                d = len([])  # @stepinto
        """
    )
    assert result.trace.warnings == [
        "lecture_99.py:6: '@stepinto' recorded no step: the line calls no function of another file "
        "of this checkout (stepinto-nothing)"
    ]


def test_a_stepinto_over_another_one_serves_as_well(run: Run) -> None:
    source = """
        import helpers
        def twice(x):
            return helpers.double(x)  # @stepinto
        def main():
            c = twice(1)  # @stepinto
        """
    assert run(source).trace.warnings == []


def test_all_variables_make_no_difference(run: Run) -> None:
    assert lines_of(run("def main():\n    x = 1  # @stepover\n", inspect_all=True).hints) == "2"
