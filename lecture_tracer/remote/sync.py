"""What travels to the cluster, as trees that are kept there under a name made of their content.

The checkout is what git tracks, plus what is untracked and not ignored. A course that does not
carry the tracer, because it is installed here from a package, gets this machine's as a second tree.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lecture_tracer.remote.config import CONFIG_FILE
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.trace.assets import ADDRESSES, FOLDER

LIST_FILES = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
PACKAGE = Path(__file__).resolve().parents[1]
"""The tracer that runs here."""
_PACKAGE_FILES = (".py", ".sh", ".typed")


@dataclass(frozen=True, slots=True)
class Tree:
    """Files that are the same for every run with this key."""

    kind: str
    """The folder on the cluster that it lies in: "checkouts" or "tracers"."""
    root: Path
    names: tuple[bytes, ...]
    """Paths relative to `root`, sorted, as bytes: a file name need not be text."""
    key: str

    @property
    def place(self) -> str:
        """Where it lies in the remote folder."""
        return f"{self.kind}/{self.key}"

    @property
    def size(self) -> int:
        """Bytes that the files take, links not followed."""
        return sum(path.lstat().st_size for path in _paths(self.root, self.names))


def checkout_tree(root: Path) -> Tree:
    """The files of the course. The key is the commit and a hash of what is sent.

    Pictures and records that were fetched from an address go along: a compute node often has no
    internet, and would otherwise miss what this machine has. Tracked files deleted from the working
    tree, submodule folders and `remote.toml` stay here.

    Raises `RemoteError` (`not-a-repository`) when git cannot list `root`.
    """
    done = subprocess.run(LIST_FILES, cwd=root, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise RemoteError("not-a-repository", f"git cannot list the files of {root}: {said}")
    found = set(done.stdout.split(b"\0")) | cached_files(root)
    listed = sorted(found - {b"", CONFIG_FILE.encode()})
    names = tuple(name for name in listed if _travels(root, name))
    return Tree("checkouts", root, names, f"{_commit(root)}-{content_hash(root, names)}")


def cached_files(root: Path) -> set[bytes]:
    """What was fetched from an address and is kept in the course, which git ignores."""
    try:
        known = json.loads((root / ADDRESSES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    names = known.values() if isinstance(known, dict) else ()
    plain = [name for name in names if isinstance(name, str) and "/" not in name]
    return {os.fsencode(FOLDER / name) for name in plain} | {os.fsencode(ADDRESSES)}


def tracer_tree(checkout: Tree) -> Tree | None:
    """The tracer that is installed here, unless the checkout brings its own."""
    if b"lecture_tracer/__init__.py" in checkout.names:
        return None
    found = (path for path in PACKAGE.rglob("*") if path.suffix in _PACKAGE_FILES)
    root = PACKAGE.parent
    inside = (path.relative_to(root) for path in found)
    names = tuple(sorted(os.fsencode(path) for path in inside if "built_viewer" not in str(path)))
    return Tree("tracers", root, names, content_hash(root, names))


def tracer_needs() -> tuple[str, ...]:
    """What the tracer itself needs, as pip takes it; empty where it is not installed."""
    try:
        required = metadata.requires("lecture-tracer") or []
    except metadata.PackageNotFoundError:
        return ()
    return tuple(re.sub(r"\s", "", line) for line in required if ";" not in line)


def content_hash(root: Path, names: Iterable[bytes]) -> str:
    """A hash of names, contents and executable bits, as 16 hexadecimal digits."""
    names = tuple(names)
    whole = hashlib.sha256()
    for name, path in zip(names, _paths(root, names), strict=True):
        if path.is_symlink():
            kind, digest = b"link", hashlib.sha256(os.fsencode(path.readlink())).digest()
        else:
            with path.open("rb") as file:
                kind = b"%o" % (path.stat().st_mode & 0o100)
                digest = hashlib.file_digest(file, "sha256").digest()
        whole.update(b"%s\0%s\0%s" % (name, kind, digest))
    return whole.hexdigest()[:16]


def send_arguments(host: str, target: str, base: str) -> list[str]:
    """rsync's arguments for sending a tree to the absolute folder `target`.

    `base` is the key of an earlier tree ("" for none): files equal to its own become links to them.
    Nothing is ever written into a tree, so that links are safe: lectures run in copies.
    """
    earlier = [f"--link-dest=../{base}"] if base else []
    return [*earlier, "./", f"{host}:{target}/"]


def _commit(root: Path) -> str:
    command = ["git", "rev-parse", "--short=12", "--verify", "-q", "HEAD"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "uncommitted"


def _paths(root: Path, names: Iterable[bytes]) -> list[Path]:
    return [Path(root, os.fsdecode(name)) for name in names]


def _travels(root: Path, name: bytes) -> bool:
    path = Path(root, os.fsdecode(name))
    return path.is_symlink() or path.is_file()
