"""Writes a new course into an empty folder: `lecture-tracer init my-course`.

The files lie in `template/` as they will be, but for names that begin with a dot (`dot-` there, so
that they mean nothing where they lie) and for two words between double braces.
"""

import re
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from lecture_tracer.errors import OutputError, UsageError

_SKIPPED = {"__pycache__", "__init__.py"}


def start_course(folder: Path) -> list[PurePosixPath]:
    """Write the course; gives the paths of its files, relative to `folder`.

    Raises UsageError for a folder that holds something, OutputError where it cannot be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{str(folder)!r} is not an empty folder; give another name")
        texts = dict(_texts(files("lecture_tracer.starter") / "template", PurePosixPath()))
        words = {"title": title_of(folder.absolute().name), "version": _version()}
        for path, text in texts.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            filled = re.sub(r"\{\{(title|version)\}\}", lambda word: words[word[1]], text)
            target.write_text(filled, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {str(folder)!r}: {error.strerror}") from error
    return list(texts)


def title_of(name: str) -> str:
    """A folder's name as a title: `my-course` is "My course"."""
    words = re.sub(r"[^\w]+|_", " ", name).strip()
    return f"{words[:1].upper()}{words[1:]}" or "A course"


def _version() -> str:
    try:
        return metadata.version("lecture-tracer")
    except metadata.PackageNotFoundError:
        return "1.0.0"


def _texts(folder: Traversable, path: PurePosixPath) -> list[tuple[PurePosixPath, str]]:
    """(path in the course, text) of every file below a folder of the template, in order."""
    found: list[tuple[PurePosixPath, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name in _SKIPPED:
            continue
        below = path / re.sub("^dot-", ".", entry.name)
        if entry.is_dir():
            found += _texts(entry, below)
        else:
            found.append((below, entry.read_text(encoding="utf-8")))
    return found
