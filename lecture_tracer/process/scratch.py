"""Temporary folders for what processes tell each other; those of killed commands are removed.

A command that is killed leaves its folder behind. The owner of a folder holds a lock on it, which
the system lets go however the owner ends: the next command finds such folders by that.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "lecture_tracer."
_LOCK = ".lock"
_YOUNG_SECONDS = 60.0
"""A folder without a lock may be about to get one; after this time it has none."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, and with it those that nobody holds any more."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or folder.lstat().st_uid != os.geteuid():
                continue
            if _abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return time.time() - folder.stat().st_mtime > _YOUNG_SECONDS
    return True
