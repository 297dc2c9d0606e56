"""Confines lookups: a request path to a real file inside a folder, or nothing."""

from pathlib import Path

PICTURES = frozenset(
    {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".mp4", ".webm", ".pdf"}
)
_NEVER = frozenset({"node_modules", "trace-viewer", "tests", "bench", ".venv"})


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


def checkout_file(root: Path, path: str) -> Path | None:
    """A trace, a file under `var/files`, or a picture elsewhere in the checkout."""
    parts = [part for part in path.split("/") if part]
    suffix = Path(path).suffix.lower()
    if parts[:2] == ["var", "traces"]:
        wanted = suffix == ".json" and len(parts) == 3
    elif parts[:1] == ["var"]:
        wanted = parts[1:2] == ["files"] and suffix in PICTURES
    else:
        wanted = suffix in PICTURES and not _NEVER.intersection(parts[:1])
    return confined(root, path) if wanted else None
