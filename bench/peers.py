"""The engines that the benchmark compares: how each is installed, run and found its trace.

Every peer lives in an environment of its own under `.venvs`, at a pinned version.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine: a command that records `NAME.py` of the working folder, and its output."""

    name: str
    command: tuple[str, ...]
    """With `{name}` for the lecture's module name."""
    trace: str
    """Path of the trace below the working folder, with `{name}`."""
    imports: str
    """First line of a lecture for it."""
    python: str = sys.executable
    """The interpreter that runs it, to compare with the same program unrecorded."""


def ours(python: str = sys.executable, backend: str = "auto") -> Engine:
    """This engine under an interpreter and with a backend."""
    # Else `execute.py` goes on with the Python of `.venv`, as this one lacks lectures' packages.
    keep = ("env", "LECTURE_TRACER_RESTARTED=1")
    execute = str(ROOT / "execute.py")
    command = (*keep, python, execute, "-q", "-m", "{name}", "--backend", backend)
    version = _output(python, "import sys; print('%d.%d' % sys.version_info[:2])")
    label = f"lecture_tracer {version}" + ("" if backend == "auto" else f" {backend}")
    return Engine(
        label, command, "var/traces/{name}.json", "from lecture_tracer import text", python
    )


def edtrace() -> Engine:
    """edtrace 0.1.20; it needs torch."""
    python = _environment("edtrace", "torch==2.13.0", "edtrace==0.1.20")
    command = (python, "-m", "edtrace.execute", "-m", "{name}")
    return Engine("edtrace 0.1.20", command, "var/traces/{name}.json", "from edtrace import text")


def lectrace() -> Engine:
    """lectrace 1.1.30."""
    python = _environment("lectrace", "torch==2.13.0", "lectrace==1.1.30")
    lectrace_command = str(Path(python).parent / "lectrace")
    command = (lectrace_command, "build", "--no-incremental", "{name}.py")
    return Engine("lectrace 1.1.30", command, "_site/traces/{name}.json",
                  "from lectrace import text")  # fmt: skip


def other_python(version: str) -> str | None:
    """The interpreter of an environment made by `tests/interpreters.py`, if there."""
    python = ROOT / ".venvs" / version / "bin/python"
    return str(python) if python.exists() else None


def _environment(name: str, *packages: str) -> str:
    folder = ROOT / ".venvs" / name
    python = folder / "bin/python"
    ready = folder / ".ready"
    if not ready.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for package in packages:
            subprocess.run([python, "-m", "pip", "install", "--quiet", package], check=True)
        ready.touch()
    return str(python)


def _output(python: str, program: str) -> str:
    return subprocess.run(
        [python, "-c", program], capture_output=True, text=True, check=True
    ).stdout.strip()
