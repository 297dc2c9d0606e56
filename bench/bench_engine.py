"""The engine beside its peers, in one run: `python bench/bench_engine.py [--runs 3] [--json FILE]`.

Times are CPU seconds (user + system) of the whole command with its children, the least of several
runs; the table gives them and their ratio to the same program run without any engine.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from peers import ROOT, Engine, edtrace, lectrace, other_python, ours

TENSOR = """
import torch
def main():
    x = torch.zeros(100, 100)
    for i in range({turns}):
        x[i % 100] += 1.0  # @inspect x
"""
LIBRARY = "def f(x):\n    return x\n\ndef many(n):\n    for i in range(n):\n        f(i)\n"
CALLS = """
import library, time
from pathlib import Path
def main():
    start = time.process_time()
    library.many({turns})
    Path("seconds.txt").write_text(str(time.process_time() - start))
"""
LINES = "def main():\n    x = 0\n    for i in range({turns}):\n        x = x + i\n"
RECURSION = """
def down(n):
    if n == 0:
        return 0
    return down(n - 1) + 1
def main():
    down({turns})
"""
PROSE = 'def main():\n    for i in range({turns}):\n        text(f"Paragraph {{i}}: $x^2$.")\n'
RAISES = 'def main():\n    text("before")\n    x = 1\n    raise ValueError("half way")\n'


@dataclass(frozen=True, slots=True)
class Result:
    """One engine on one program; the least over the runs."""

    case: str
    engine: str
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    trace_bytes: int | None
    steps: int | None
    exit_code: int
    inner_seconds: float | None
    """CPU seconds that the program read on its own clock, where it does."""


def measure(case: str, engine: Engine, source: str, runs: int) -> Result:
    """Run the command `runs` times in a fresh folder each."""
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            (work / "library.py").write_text(LIBRARY)
            (work / "lesson.py").write_text(f"{engine.imports}\n{source}")
            found.append(_once(case, engine, work))
    return min(found, key=lambda result: result.inner_seconds or result.cpu_seconds)


def _once(case: str, engine: Engine, work: Path) -> Result:
    command = [part.format(name="lesson") for part in engine.command]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "0"},
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    trace = work / engine.trace.format(name="lesson")
    there = trace.exists()
    return Result(
        case=case,
        engine=engine.name,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        wall_seconds=wall,
        peak_mb=usage.ru_maxrss / 1024,
        trace_bytes=trace.stat().st_size if there else None,
        # A large trace is not read: what this process holds counts as its children's memory.
        steps=_count_steps(trace) if there and trace.stat().st_size < 10_000_000 else None,
        exit_code=os.waitstatus_to_exitcode(status),
        inner_seconds=float(inner.read_text())
        if (inner := work / "seconds.txt").exists()
        else None,
    )


def _count_steps(trace: Path) -> int:
    return len(json.loads(trace.read_bytes())["steps"])


def plain(python: str = sys.executable) -> Engine:
    """No engine: the lecture's main() called as it is."""
    program = "import {name}; {name}.main()"
    return Engine("plain Python", (python, "-c", program), "none.json",
                  f"import sys; sys.path.insert(0, {str(ROOT)!r})")  # fmt: skip


def bare_settrace() -> Engine:
    """The floor of `sys.settrace`: a trace function that declines everything."""
    program = "import sys, {name}; sys.settrace(lambda f, e, a: None); {name}.main()"
    return Engine("bare settrace", (sys.executable, "-c", program), "none.json", "")


def main() -> None:
    """Measure every case and print one table a case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--ours-only", action="store_true")
    options = parser.parse_args()
    engines = [ours()]
    for version in ("3.12", "3.13"):
        if python := other_python(version):
            engines.append(ours(python))
    slow = [] if options.ours_only else [edtrace(), lectrace()]
    results: list[Result] = []

    def run(case: str, engine: Engine, source: str, runs: int = options.runs) -> Result:
        result = measure(case, engine, source, runs)
        results.append(result)
        return result

    _library_calls(run, engines, slow)
    _lines(run, engines, slow)
    _sizes(run, engines, slow)
    _prose(run, engines, slow)
    _raising(run, engines, slow)
    if options.json:
        about = {
            "date": datetime.now(UTC).date().isoformat(),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "command": "python bench/bench_engine.py",
        }
        options.json.write_text(
            json.dumps({"about": about, "results": [asdict(r) for r in results]}, indent=1)
        )


Run = Callable[..., Result]


def _library_calls(run: Run, engines: list[Engine], slow: list[Engine]) -> None:
    turns = 5_000_000
    source = CALLS.format(turns=turns)
    _title(f"{turns:,} calls inside library code from one line (CPU s there; traced ÷ plain)")
    for engine in [bare_settrace(), *engines, *slow]:
        without = run("calls", plain(engine.python), source, 5).inner_seconds or 0.0
        traced = run("calls", engine, source, 1 if engine in slow else 5).inner_seconds or 0.0
        _row(engine, f"{traced:8.3f} s", f"{without:8.3f} s plain", f"{traced / without:6.2f} ×")


def _lines(run: Run, engines: list[Engine], slow: list[Engine]) -> None:
    turns = 50_000
    _title(f"{2 * turns:,} executed lines, nothing inspected (CPU over an empty lecture)")
    for engine in [*engines, *slow]:
        idle = run("lines, none", engine, LINES.format(turns=1)).cpu_seconds
        traced = run("lines", engine, LINES.format(turns=turns), 1 if engine in slow else 3)
        spent = traced.cpu_seconds - idle
        _row(engine, f"{spent:8.3f} s", f"{spent / (2 * turns) * 1e6:6.2f} µs a line",
             _mb(traced.trace_bytes))  # fmt: skip


def _sizes(run: Run, engines: list[Engine], slow: list[Engine]) -> None:
    for title, source, turns in (
        ("200-level recursion, every line shown", RECURSION, 200),
        ("400-level recursion, every line shown", RECURSION, 400),
        ("2,000 steps inspecting a changing 100×100 tensor", TENSOR, 2000),
    ):
        _title(title)
        for engine in [*(e for e in engines if source is not TENSOR or e is engines[0]), *slow]:
            idle = run(f"{title}, none", engine, source.format(turns=1)).cpu_seconds
            runs = 1 if engine in slow and source is TENSOR else 3
            one = run(title, engine, source.format(turns=turns), runs)
            _row(engine, f"{one.cpu_seconds - idle:8.3f} s", _mb(one.trace_bytes),
                 f"{one.peak_mb:7.0f} MB memory")  # fmt: skip


def _prose(run: Run, engines: list[Engine], slow: list[Engine]) -> None:
    _title("a lecture of 100 paragraphs, whole command (wall)")
    for engine in [*engines, *slow]:
        one = run("prose", engine, PROSE.format(turns=100), 5)
        _row(engine, f"{one.wall_seconds:8.3f} s", f"{one.cpu_seconds:6.3f} s CPU",
             _mb(one.trace_bytes))  # fmt: skip


def _raising(run: Run, engines: list[Engine], slow: list[Engine]) -> None:
    _title("a lecture that raises at its fourth line")
    for engine in [*engines, *slow]:
        one = run("raising", engine, RAISES, 1)
        kept = "no trace" if one.steps is None else f"{one.steps} steps kept"
        _row(engine, kept, f"exit code {one.exit_code}")


def _title(text: str) -> None:
    print(f"\n{text}", flush=True)


def _row(engine: Engine, *cells: str) -> None:
    print(f"  {engine.name:<24}" + "  ".join(f"{cell:>16}" for cell in cells), flush=True)


def _mb(count: int | None) -> str:
    return "no trace" if count is None else f"{count / 1e6:9.3f} MB"


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
