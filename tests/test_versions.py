"""Traces of older versions are read as what they say."""

import json
from typing import Any

import pytest

from lecture_tracer.errors import TraceFormatError
from lecture_tracer.trace import codec
from lecture_tracer.trace.schema import BenchmarkRendering, SourceFile

HERE = {"device": "CPU", "date": "2026-01-01", "versions": {}}
THERE = {"device": "GPU", "date": "2026-01-01", "versions": {}}


def row(label: str) -> dict[str, Any]:
    return {"label": label, "median": 0.5, "q1": 0.25, "q3": 0.75, "repeats": 20}


def benchmark(rows: str, provenance: dict[str, Any] = HERE, name: str = "b") -> dict[str, Any]:
    return {
        "kind": "benchmark", "name": name, "rows": [row(label) for label in rows],
        "provenance": provenance, "note": "recorded",
    }  # fmt: skip


def version_1(*outputs: dict[str, Any]) -> bytes:
    return json.dumps(
        {
            "schema": 1, "lecture": "lecture_99", "main": "lecture_99.py",
            "files": {"lecture_99.py": {"text": "def main():\n    assert True\n"}},
            "frames": [{"path": "lecture_99.py", "function": "main"}],
            "steps": [
                {"frame": 0, "line": 2},
                *({"frame": 0, "line": 2, "outputs": [output]} for output in outputs),
            ],
        }
    ).encode()  # fmt: skip


def test_a_trace_of_version_1_is_read() -> None:
    trace = codec.decode(version_1({"kind": "text", "text": "# Title"}))
    assert trace.schema == 2
    assert trace.files == {"lecture_99.py": SourceFile(text="def main():\n    assert True\n")}
    assert [step.line for step in trace.steps] == [2, 2]
    assert codec.decode(codec.encode(trace)) == trace


def test_histories_of_benchmarks_are_folded() -> None:
    history = [
        benchmark("a"), benchmark("ab"), benchmark("x", name="c"), benchmark("abc"),
        benchmark("d", THERE), benchmark("de", THERE),
    ]  # fmt: skip
    trace = codec.decode(version_1(*history))
    found = [o for step in trace.steps for o in step.outputs or ()]
    shown = [
        ("".join(r.label for r in o.rows), o.provenance and o.provenance.device)
        for o in found
        if isinstance(o, BenchmarkRendering)
    ]
    assert shown == [
        ("a", "CPU"), ("b", None), ("x", "CPU"), ("c", None), ("d", "GPU"), ("e", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "spoilt",
    [
        {"steps": 7}, {"steps": None}, {"steps": [7]}, {"surprise": 1}, {"frames": {}},
        {"steps": [{"frame": 0, "line": 1, "outputs": [{"kind": "benchmark", "name": "b"}]}]},
        {"steps": [{"frame": 0, "line": 1, "outputs": [7]}]},
    ],
)  # fmt: skip
def test_what_is_no_trace_is_refused(spoilt: dict[str, Any]) -> None:
    with pytest.raises(TraceFormatError, match="not a trace of version 1: "):
        codec.decode(json.dumps({**json.loads(version_1()), **spoilt}).encode())
