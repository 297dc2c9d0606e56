"""What every text command does at its end: one clear line and the right exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable

FAILED = 1
INTERRUPTED = 130  # as a shell reports a program that Ctrl-C ended


def exit_status(run: Callable[[], None]) -> int:
    """Run a command; print an expected failure as one line and return the exit status."""
    try:
        run()
    except KeyboardInterrupt:
        print("interrupted; no unfinished file is left under its name", file=sys.stderr)
        return INTERRUPTED
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    return 0
