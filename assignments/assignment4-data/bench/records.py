"""What every record of a benchmark carries: machine, versions, date, command."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "numpy", "resiliparse", "fastwarc", "rensa", "xxhash", "zstandard", "fasttext-predict",
    "py3langid", "torch", "datatrove", "datasketch", "warcio", "trafilatura",
)  # fmt: skip


def machine() -> dict[str, object]:
    """The part of a record that is the same for all benchmarks."""
    return {
        "command": " ".join(["python", *sys.argv]),
        "date": datetime.date.today().isoformat(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def peers(python: str | None, part: str, *arguments: str) -> Any:
    """What `bench_peers.py` measures in the environment of another interpreter; None without one.

    Raises:
        RuntimeError: it failed; with the last line that it said.
    """
    if python is None:
        return None
    command = [python, str(Path(__file__).with_name("bench_peers.py")), part, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise RuntimeError(f"bench_peers.py {part}: {last}")
    return json.loads(done.stdout[done.stdout.index("{") :])


def keep(record: dict[str, Any], output: Path | None) -> None:
    """Print a record, and write it if a file is given."""
    text = json.dumps({**machine(), **record}, indent=1, ensure_ascii=False)
    print(text)
    if output:
        output.write_text(text + "\n", encoding="utf-8")


def parser(about: str | None) -> argparse.ArgumentParser:
    """Options that all benchmarks have."""
    made = argparse.ArgumentParser(description=(about or "").split("\n")[0])
    made.add_argument("--output", type=Path, help="write the record there, too")
    return made
