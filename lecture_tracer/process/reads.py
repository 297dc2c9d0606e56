"""Which files of the project a lecture reads, so that a change in one of them is noticed.

Told by the interpreter's own audit events: whatever opens a file through Python is seen, a library
that opens it in C is not.
"""

import os
from pathlib import Path

from lecture_tracer.reading.roots import Roots

MOST = 1_000
"""Files that are kept; more than that are a data set, and not what a lecturer edits."""
_LEFT_OUT = frozenset({"var", "__pycache__"})
_PACKAGE_METADATA = (".egg-info", ".dist-info")
"""A build leaves them in the checkout, and libraries that look for entry points open them."""


class Reads:
    """An audit hook (`sys.addaudithook`): remembers what is opened below the checkout."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._checkout = f"{roots.checkout}{os.sep}"
        self._read: dict[str, None] = {}
        self._written: set[str] = set()

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Called by the interpreter for each audit event, so it has to be quick."""
        if event != "open" or len(arguments) != 3 or len(self._read) >= MOST:
            return
        path, mode, flags = arguments
        if not isinstance(path, (str, bytes)):
            return
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
        if not name.startswith(self._checkout):
            return
        writes = isinstance(flags, int) and flags & os.O_ACCMODE != os.O_RDONLY
        if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
            self._written.add(name)
        else:
            self._read[name] = None

    def files(self) -> list[str]:
        """Absolute paths, without what the lecture wrote itself, hidden and generated files."""
        return [
            name for name in self._read if name not in self._written and self._is_input(Path(name))
        ]

    def _is_input(self, path: Path) -> bool:
        parts = path.relative_to(self._roots.checkout).parts
        hidden = any(
            part.startswith(".") or part in _LEFT_OUT or part.endswith(_PACKAGE_METADATA)
            for part in parts
        )
        return not hidden and self._roots.holds(path)
