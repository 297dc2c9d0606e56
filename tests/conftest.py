"""Fixtures for the engine's tests: a snippet in, a short list of what was shown out."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lecture_tracer.config import RunConfig
from lecture_tracer.recording.runner import record as record_lecture
from lecture_tracer.trace.schema import Step, TextRendering, Trace
from tests.lecture_recordings import record_once, run, shared_folder, whole_course

__all__ = ["record_once", "run", "shared_folder", "whole_course"]

BACKENDS = ["settrace", "monitoring"] if sys.version_info >= (3, 12) else ["settrace"]

Record = Callable[..., Trace]

IN_WASM = sys.platform == "emscripten"
needs_processes = pytest.mark.skipif(IN_WASM, reason="WebAssembly has no processes")
needs_threads = pytest.mark.skipif(IN_WASM, reason="WebAssembly has no threads")
needs_event_loop = pytest.mark.skipif(IN_WASM, reason="asyncio.run cannot wait in WebAssembly")
needs_network = pytest.mark.skipif(IN_WASM, reason="WebAssembly has no sockets")


def pytest_report_header() -> str:
    """Say which backends the suite runs over."""
    return f"event backends: {', '.join(BACKENDS)}"


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Every event backend of this interpreter, in turn."""
    return str(request.param)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder that is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def record(checkout: Path, backend: str) -> Record:
    """Record a snippet as `lecture_99.py`; more files by keyword `files={path: text}`."""

    def run(source: str, files: dict[str, str] | None = None, **options: Any) -> Trace:
        for path, text in {"lecture_99.py": source, **(files or {})}.items():
            target = checkout / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        for name in {path.removesuffix(".py").replace("/", ".") for path in files or {}}:
            sys.modules.pop(name.removesuffix(".__init__"), None)
        config = RunConfig(
            path=checkout / "lecture_99.py", root=checkout, backend=backend, **options
        )
        return record_lecture(config).trace

    return run


def shown(trace: Trace) -> list[str]:
    """Each step as `function:line name=value …`, `+` for resumed, then `> text` and `out: …`."""
    return [_line(trace, step) for step in trace.steps]


def _line(trace: Trace, step: Step) -> str:
    parts = [f"{trace.frames[step.frame].function}:{step.line}{'+' if step.resumed else ''}"]
    parts += [f"{name}={_short(value)}" for name, value in (step.changes or {}).items()]
    parts += [f"-{name}" for name in step.cleared or ()]
    parts += [
        f"> {output.text}" for output in step.outputs or () if isinstance(output, TextRendering)
    ]
    if step.stdout:
        parts.append(f"out: {step.stdout.rstrip()}")
    return " ".join(parts)


def _short(value: object) -> str:
    text = getattr(value, "text", None)
    return str(text) if text is not None else repr(value).replace(" ", "")
