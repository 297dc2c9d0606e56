"""Record lectures: `python execute.py -m lecture_01`. All of it is in `lecture_tracer`.

Started with a Python that lacks the packages, it goes on with the one in `.venv` beside it, where
`make setup` installed them. With -v it says so. Only the standard library is needed to find out.
"""

import os
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
RESTARTED = "LECTURE_TRACER_RESTARTED"
"""Set for the second start, so that there is never a third; set it yourself to keep your Python."""


def missing_packages() -> list[str]:
    """Distributions that the lock names for every platform and that this Python lacks."""
    try:
        lines = LOCK.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = ["msgspec==", "rich=="]  # what the engine itself cannot do without
    pins = (re.match(r"([A-Za-z0-9._-]+)==[^;]*$", line) for line in lines)
    return [pin[1] for pin in pins if pin and not _is_installed(pin[1])]


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def go_on_with_own_environment(arguments: list[str]) -> None:
    """Start again with the Python of `.venv` if this one lacks packages. Returns if it does not."""
    restarted = os.environ.pop(RESTARTED, None)
    if restarted or Path(sys.prefix).resolve() == ENVIRONMENT.resolve():
        return
    missing = missing_packages()
    if not missing:
        return
    python = ENVIRONMENT / "bin/python"
    lacks = f"{sys.executable} lacks {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}"
    if os.access(python, os.X_OK):
        if {"-v", "--verbose"} & set(arguments):
            print(f"execute: {lacks}; going on with {python}", file=sys.stderr, flush=True)
        command = [str(python), *sys.orig_argv[1:]]
        os.execve(python, command, os.environ | {RESTARTED: "1"})
    if {"msgspec", "rich"} & set(missing):
        sys.exit(f"execute: {lacks}, and there is no {python}; run `make setup` (environment)")


if __name__ == "__main__":
    go_on_with_own_environment(sys.argv[1:])
    from lecture_tracer.command.cli import main

    sys.exit(main())
