"""What a handout was printed from: hashes of its sources, kept in the document itself.

The bytes of a PDF depend on the browser, and a trace on the machine; the sources do not. So a clone
without a browser can tell which handouts are out of date.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

KEY = "/LectureSources"
"""Entry of the document's information: JSON, path relative to the root -> SHA-256."""
GENERATED = PurePosixPath("var")
"""Nothing below it is a source: a clone does not have it."""
_GIT_SECONDS = 10


def source_hashes(root: Path, files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of each file below `root`, by its path; the others are no sources of the course.

    What git ignores is none either: another clone does not have it.
    """
    inside = [file for file in files if file.is_relative_to(root) and file.is_file()]
    paths = {PurePosixPath(file.relative_to(root).as_posix()) for file in inside}
    kept = {str(path) for path in paths if not path.is_relative_to(GENERATED)}
    return {
        path: hashlib.sha256((root / path).read_bytes()).hexdigest()
        for path in sorted(kept - _ignored(root, kept))
    }


def read_hashes(document: Path) -> dict[str, str]:
    """What a handout was printed from; empty if it does not say, or is no PDF."""
    from pikepdf import PdfError, open

    try:
        with open(document) as pdf:
            found = json.loads(str(pdf.docinfo.get(KEY, "{}")))
    except (OSError, PdfError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def why_stale(document: Path, root: Path) -> str:
    """Why a handout has to be printed again, such as `lecture_03.py changed`; empty if it need not.

    A file that a lecture has come to use is found through the file that now uses it.
    """
    if not document.is_file():
        return "not printed yet"
    before = read_hashes(document)
    if not before:
        return "it does not say what it was printed from"
    now = source_hashes(root, (root / path for path in before))
    changed = [path for path in before if now.get(path) != before[path]]
    if not changed:
        return ""
    others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    verb = "changed" if changed[0] in now else "is gone"
    return f"{changed[0]} {verb}{others}"


def _ignored(root: Path, paths: Iterable[str]) -> set[str]:
    """Those of `paths` that git ignores; none where there is no git, or it ignores the root."""
    try:
        done = subprocess.run(
            ["git", "check-ignore", "-z", "--stdin"],
            cwd=root,
            input=b"\0".join(map(os.fsencode, [".", *paths])),
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    ignored = {os.fsdecode(path) for path in done.stdout.split(b"\0")} - {""}
    return set() if "." in ignored else ignored
