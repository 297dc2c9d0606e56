"""What the command and the process that records a lecture tell each other."""

import msgspec

from lecture_tracer.trace.schema import IndexEntry

STATUS_BYTES = 16
NO_OUTCOME = 74
"""Exit code of a recording that is over, but whose outcome could not be written (EX_IOERR)."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to record and where to put it."""

    path: str
    root: str
    output: str
    result: str
    """File for the `Outcome`."""
    lifeline: int
    """Descriptor of a pipe whose other end the command holds: see `lifeline`."""
    status: str
    """File of STATUS_BYTES bytes: two signed 64-bit numbers, steps and line."""
    backend: str
    inspect_all: bool
    max_steps: int
    seed: int
    timings: bool
    measure: bool
    roots: dict[str, str]
    """Other folders of the project by name, absolute."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How it went, for the command to report."""

    name: str
    ended: str
    """As in the trace; `invalid` when no trace could be made."""
    steps: int = 0
    seconds: float = 0.0
    bytes: int = 0
    file: str = ""
    error: str = ""
    """One line: what, where."""
    slug: str = ""
    exit_code: int = 0
    warnings: list[str] = []
    hints: list[str] = []
    """For the author; not in the trace, and no error under `--strict`."""
    backend: str = ""
    reason: str = ""
    sources: list[str] = []
    """Absolute paths of the lecture and of every project file that it imported or read."""
    entries: list[IndexEntry] = []
    """The trace as the index lists it; empty where none was saved."""

    @property
    def ok(self) -> bool:
        """Whether the lecture ran to its end."""
        return self.exit_code == 0
