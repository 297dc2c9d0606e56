"""Which files travel to the cluster: what git tracks, plus what is untracked and not ignored."""

from __future__ import annotations

import subprocess
from pathlib import Path

from lecture_tracer.remote.config import CONFIG_FILE
from lecture_tracer.remote.errors import RemoteError

LIST_FILES = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")


def files_to_send(root: Path) -> list[bytes]:
    """Paths relative to `root`, sorted, as bytes: a file name need not be text.

    Tracked files deleted from the working tree, submodule folders and `remote.toml` stay here.
    Raises `RemoteError` (`not-a-repository`) when git cannot list `root`.
    """
    done = subprocess.run(LIST_FILES, cwd=root, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise RemoteError("not-a-repository", f"git cannot list the files of {root}: {said}")
    names = sorted(set(done.stdout.split(b"\0")) - {b"", CONFIG_FILE.encode()})
    return [name for name in names if _travels(root, name)]


def _travels(root: Path, name: bytes) -> bool:
    path = Path(root, name.decode(errors="surrogateescape"))
    return path.is_symlink() or path.is_file()


def total_size(root: Path, names: list[bytes]) -> int:
    """Bytes that the files take, links not followed."""
    return sum(Path(root, name.decode(errors="surrogateescape")).lstat().st_size for name in names)


def send_arguments(host: str, run_folder: str, base: str) -> list[str]:
    """rsync's arguments for sending the checkout of a run.

    `base` is the identifier of an earlier run ("" for none): files equal to its copy are copied on
    the cluster instead of sent. Copied, not hard-linked: a lecture may write into its checkout.
    """
    earlier = [f"--copy-dest=../../{base}/checkout"] if base else []
    return [*earlier, "./", f"{host}:{run_folder}/checkout/"]
