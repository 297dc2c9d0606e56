"""What one run is asked to do: `RunConfig`, checked, and the search for the lecture's file."""

import difflib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lecture_tracer.course import find_lectures
from lecture_tracer.errors import LectureNotFound, UsageError

BACKENDS = ("auto", "monitoring", "settrace")
"""Sources of events that can be asked for."""
DEFAULT_MAX_STEPS = 1_000_000
DEFAULT_OUTPUT = Path("var/traces")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """Everything that recording one lecture needs."""

    path: Path
    """The lecture file, absolute."""
    root: Path
    """Root of the checkout, absolute: paths in the trace are relative to it."""
    backend: str = "auto"
    inspect_all: bool = False
    max_steps: int = DEFAULT_MAX_STEPS
    seed: int = 0
    timings: bool = False
    roots: Mapping[str, Path] = field(default_factory=dict)
    """Other folders of the project by name, absolute: `@name/…` in the trace. Modules are looked
    for there first."""
    measure: bool = False
    """Measure benchmarks again even where a record exists."""

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise UsageError(f"unknown backend {self.backend!r}; known: {', '.join(BACKENDS)}")
        for name, folder in self.roots.items():
            if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
                raise UsageError(f"root {name!r}: give a name of small letters, digits, - and _")
            if not folder.is_absolute() or not folder.is_dir():
                raise UsageError(f"root {name!r}: {str(folder)!r} is not an absolute folder")
            if self.root.is_relative_to(folder):
                raise UsageError(f"root {name!r}: {folder.name!r} holds the checkout itself")
        if self.max_steps < 1:
            raise UsageError(f"--max-steps {self.max_steps}: give at least 1")
        if not self.name.isidentifier():
            raise UsageError(
                f"{self.path.name}: not the name of a module; rename it to letters, digits and _"
            )
        if self.name in sys.stdlib_module_names:
            raise UsageError(f"{self.path.name} hides Python's module {self.name!r}; rename it")

    @property
    def name(self) -> str:
        """Module name of the lecture."""
        return self.path.stem


def find_lecture(name: str, root: Path) -> Path:
    """File of a lecture given as module name, name with `.py`, or path.

    Raises LectureNotFound with the nearest name that exists.
    """
    candidates = [root / name, root / f"{name}.py", root / (name.replace(".", "/") + ".py")]
    for path in candidates:
        if path.is_file() and path.suffix == ".py":
            # The name that was asked for, also where it is a link.
            return path.parent.resolve() / path.name
    known = [path.stem for path in find_lectures(root)]
    close = difflib.get_close_matches(Path(name).stem, known, n=1)
    advice = f"did you mean {close[0]!r}?" if close else f"here: {', '.join(known) or 'none'}"
    raise LectureNotFound(f"no lecture {name!r} in {root.name or root}; {advice}")
