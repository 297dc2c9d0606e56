"""Confines lookups: a request path to a real file inside a folder, or nothing."""

from pathlib import Path

from lecture_tracer.service.referred import ReferredFiles

PICTURES = frozenset(
    {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".mp4", ".webm", ".pdf"}
)


def confined(folder: Path, path: str) -> Path | None:
    """The file at `path` below `folder`; None for dot files, `..`, and links that lead out."""
    parts = [part for part in path.split("/") if part]
    if not parts or any(part.startswith(".") or "\\" in part or "\0" in part for part in parts):
        return None
    base = folder.resolve()
    try:
        file = base.joinpath(*parts).resolve()
        return file if file.is_relative_to(base) and file.is_file() else None
    except OSError:
        return None


def trace_file(traces: Path, path: str) -> Path | None:
    """The trace, or the index of all, at `var/traces/NAME.json`, wherever the traces lie."""
    folder, _, name = path.rpartition("/")
    wanted = folder == "var/traces" and name.endswith(".json")
    return confined(traces, name) if wanted else None


def shown_file(root: Path, path: str, referred: ReferredFiles) -> Path | None:
    """A picture or a film that a stored trace shows."""
    wanted = Path(path).suffix.lower() in PICTURES and referred.holds(path)
    return confined(root, path) if wanted else None
