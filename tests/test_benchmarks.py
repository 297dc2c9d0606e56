"""Measuring, recording, and showing what was recorded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer.authoring.benchmarks import benchmark
from lecture_tracer.errors import BenchmarkError
from lecture_tracer.trace.schema import BenchmarkRendering, MissingRendering, Trace
from tests.conftest import Record, needs_processes

SOURCE = """
from lecture_tracer import benchmark
def main():
    row = benchmark("sums", lambda: sum(range(1000)), label="built-in", flops=1000, bytes=8000)
    benchmark("sums", lambda: sum(range(2000)), label="built-in", parameters={"n": 2000})
"""


def renderings(trace: Trace) -> list[BenchmarkRendering]:
    found = [output for step in trace.steps for output in step.outputs or ()]
    assert all(isinstance(output, BenchmarkRendering) for output in found)
    return found  # type: ignore[return-value]


def test_rows_of_one_name_are_sent_once_and_so_is_their_provenance(
    record: Record, checkout: Path
) -> None:
    first, second = renderings(record(SOURCE))
    assert [len(first.rows), len(second.rows)] == [1, 1]
    assert first.rows != second.rows
    assert (first.provenance is None, second.provenance) == (False, None)
    row = first.rows[0]
    assert 0 < row.q1 <= row.median <= row.q3
    assert row.tflops == pytest.approx(1000 / row.median / 1e12, rel=1e-3)
    assert row.gbps == pytest.approx(8000 / row.median / 1e9, rel=1e-3)
    assert (first.recorded, first.note.startswith("measured in this run on ")) == (False, True)
    kept = json.loads((checkout / "lectures/lecture_99/benchmarks/sums.json").read_text())
    assert [entry["row"]["label"] for entry in kept] == ["built-in", "built-in"]
    assert kept[0]["provenance"]["versions"]["python"]


def test_a_record_is_shown_instead_of_measuring_again(record: Record) -> None:
    measured = renderings(record(SOURCE))
    again = record(SOURCE)
    recorded = renderings(again)
    assert [r.rows for r in recorded] == [r.rows for r in measured]
    assert all(r.recorded and r.note.startswith("recorded on ") for r in recorded)
    assert again == record(SOURCE)


@pytest.mark.parametrize(
    "arguments", [["lecture_99.py"], ["-c", "import lecture_99; lecture_99.main()"]]
)
@needs_processes
def test_a_plain_script_shows_the_record_too(
    record: Record, checkout: Path, arguments: list[str]
) -> None:
    record(SOURCE + "\nif __name__ == '__main__':\n    main()\n")
    kept = (checkout / "lectures/lecture_99/benchmarks/sums.json").read_text()
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=True
    )
    assert "sums" in done.stdout
    assert "recorded on" in done.stdout
    assert (checkout / "lectures/lecture_99/benchmarks/sums.json").read_text() == kept
    assert [path.name for path in (checkout / "lectures").iterdir()] == ["lecture_99"]


def test_a_record_that_cannot_be_written_is_shown_with_a_warning(record: Record) -> None:
    trace = record(SOURCE, {"lectures/lecture_99/benchmarks": "a file where the folder should be"})
    assert [len(shown.rows) for shown in renderings(trace)] == [1, 1]
    assert trace.warnings == [
        f"lecture_99.py:{line}: benchmark 'sums': sums.json is not written: File exists (benchmark)"
        for line in (3, 4)
    ]


def test_measure_measures_again(record: Record) -> None:
    record(SOURCE)
    assert not renderings(record(SOURCE, measure=True))[0].recorded


def test_a_missing_device_is_said_and_no_number_made_up(record: Record) -> None:
    source = """
        from lecture_tracer import benchmark
        def main():
            row = benchmark("kernel", lambda: 1 / 0, device="cuda")  # @inspect row
    """
    trace = record(source)
    (output,) = trace.steps[0].outputs or []
    if isinstance(output, MissingRendering):
        assert "needs cuda, which this machine lacks" in output.reason
        assert trace.steps[0].changes == {"row": None}
        assert trace.warnings


def test_a_recorded_device_is_shown_where_it_is_missing(record: Record, checkout: Path) -> None:
    kept = [
        {
            "row": {"label": "f", "median": 1e-3, "q1": 1e-3, "q3": 2e-3, "repeats": 9},
            "provenance": {"device": "NVIDIA H100", "date": "2026-01-02", "versions": {}},
        }
    ]
    source = """
        from lecture_tracer import benchmark
        def main():
            benchmark("kernel", lambda: 1 / 0, label="f", device="cuda")
    """
    files = {"lectures/lecture_99/benchmarks/kernel.json": json.dumps(kept)}
    (found,) = renderings(record(source, files))
    assert found.recorded
    assert found.note == "recorded on NVIDIA H100, 2026-01-02"


def test_the_measured_function_is_not_traced(record: Record) -> None:
    source = """
        from lecture_tracer import benchmark
        def work():
            return 1
        def main():
            benchmark("work", work)
            work()
    """
    trace = record(source)
    assert [trace.frames[s.frame].function for s in trace.steps] == ["main", "main", "work"]


def test_bad_arguments_and_records(checkout: Path) -> None:
    with pytest.raises(BenchmarkError, match="device 'tpu'; give 'cpu' or 'cuda'"):
        benchmark("x", lambda: None, device="tpu")
    with pytest.raises(BenchmarkError, match="cannot be called"):
        benchmark("x", 3)  # type: ignore[arg-type]


def test_a_broken_record_is_named(record: Record) -> None:
    trace = record(SOURCE, {"lectures/lecture_99/benchmarks/sums.json": "[{}]"})
    assert trace.failure is not None
    assert "sums.json: not a benchmark record" in trace.failure.message
