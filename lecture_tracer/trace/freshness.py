"""Whether a stored trace is still that of its sources, so that it need not be recorded again.

Beside the traces lies `.sources.json`: for each lecture the hash of its own file and of every
project file that it imported when it was recorded.
"""

import hashlib
import json
from pathlib import Path

from lecture_tracer.trace import store

_NAME = ".sources.json"


def remember(folder: Path, name: str, sources: list[str], root: Path, begun: float) -> None:
    """Keep the hashes of what a trace was recorded from. Raises OutputError.

    A file that was written since `begun` (seconds of `time.time()`), when recording began, may be
    another than the one that was read: nothing will equal it, and the lecture is recorded again.
    """
    known = _read(folder)
    files = [Path(source) for source in sources]
    known[name] = {
        file.relative_to(root).as_posix(): _hash(file) if file.stat().st_mtime < begun else ""
        for file in files
        if file.is_relative_to(root) and file.is_file()
    }
    content = json.dumps(known, indent=1, sort_keys=True).encode()
    store.write(folder / _NAME, content)


def is_current(folder: Path, name: str, root: Path) -> bool:
    """Whether the trace is there, went well, and none of its sources changed."""
    return bool(current_sources(folder, name, root))


def current_sources(folder: Path, name: str, root: Path) -> list[Path]:
    """What a trace that is current was recorded from; empty if it is not."""
    hashes = _read(folder).get(name)
    entries = {entry.name: entry for entry in store.read_index(folder).traces}
    entry = entries.get(name)
    if not hashes or entry is None or entry.error or not (folder / entry.file).is_file():
        return []
    sources = {root / path: before for path, before in hashes.items()}
    as_before = all(path.is_file() and _hash(path) == before for path, before in sources.items())
    return list(sources) if as_before else []


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _read(folder: Path) -> dict[str, dict[str, str]]:
    try:
        found = json.loads((folder / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
