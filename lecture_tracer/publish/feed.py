"""The feed of a course (Atom, RFC 4287): a lecture an entry, dated by its last change.

The date is that of the last commit that touched the lecture, so that building the site again
changes nothing; outside a repository it is that of the newest file.
"""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from lecture_tracer.course import find_lectures, lecture_folder
from lecture_tracer.course_file import CourseFile
from lecture_tracer.trace.schema import IndexEntry

_GIT_SECONDS = 10
_EPOCH = datetime.fromtimestamp(0, UTC)


def feed(
    root: Path, entries: list[IndexEntry], course: CourseFile, summaries: Mapping[str, str]
) -> str:
    """The feed's text; `summaries` has a sentence for each lecture's name."""
    files = {path.stem: path for path in find_lectures(root)}
    dates = {e.name: changed(root, files[e.name]) for e in entries if e.name in files}
    newest = max(dates.values(), default=_EPOCH)
    address = course.address
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in course.authors)
    items = "".join(
        _entry(e, address, dates.get(e.name, newest), summaries.get(e.name, "")) for e in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{escape(address)}/</id><title>{escape(course.title or 'Lectures')}</title>"
        f"<updated>{newest.isoformat()}</updated>"
        f"{authors or '<author><name>the authors</name></author>'}"
        f'<link rel="self" href={quoteattr(f"{address}/feed.xml")} />'
        f"<link href={quoteattr(f'{address}/')} />{items}</feed>\n"
    )


def _entry(entry: IndexEntry, address: str, date: datetime, summary: str) -> str:
    page = f"{address}/?trace={entry.name}"
    said = f"<summary>{escape(summary)}</summary>" if summary else ""
    return (
        f"<entry><id>{escape(page)}</id><title>{escape(entry.title)}</title>"
        f"<updated>{date.isoformat()}</updated><link href={quoteattr(page)} />{said}</entry>"
    )


def changed(root: Path, lecture: Path) -> datetime:
    """When the lecture's file or folder changed last, in UTC."""
    folder = root / lecture_folder(lecture.stem)
    paths = [lecture, *([folder] if folder.is_dir() else [])]
    committed = _committed(root, paths)
    if committed is not None:
        return committed
    files = [lecture, *(f for f in folder.rglob("*") if f.is_file() and f.suffix != ".pyc")]
    newest = max(int(file.stat().st_mtime) for file in files)
    return datetime.fromtimestamp(newest, UTC)


def _committed(root: Path, paths: list[Path]) -> datetime | None:
    command = ["git", "log", "-1", "--format=%cI", "--", *map(str, paths)]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.strip()
    return datetime.fromisoformat(text).astimezone(UTC) if done.returncode == 0 and text else None
