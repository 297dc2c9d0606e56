"""Results as JSON: what was run on which machine, written whole after every step of a stage."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from cs336_basics.support.whole_file import whole_file

SAME = ("weights_sha256", "dtype", "size")


class Record:
    """A dictionary that lies in `folder/smollm2_STAGE.json` as it stands after each `add`.

    `complete` is false in the file until `finish`, so a stage that was cut short is seen to be.
    With `resume` the facts of such a stage are taken up, if it was of the same weights, dtype and
    size; `seconds` then counts on.
    """

    def __init__(self, folder: Path, stage: str, *, resume: bool = False, **facts: Any) -> None:
        self.path = folder / f"smollm2_{stage}.json"
        begun = _read_incomplete(self.path, facts) if resume else {}
        self.content: dict[str, Any] = {**begun, "stage": stage, "complete": False, **facts}
        self._started = time.monotonic() - begun.get("seconds", 0.0)
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, **facts: Any) -> None:
        """Take facts in and write the file."""
        self.content |= facts
        self.content["seconds"] = round(time.monotonic() - self._started, 1)
        with whole_file(self.path) as file:
            text = json.dumps(self.content, indent=1, ensure_ascii=False, allow_nan=False)
            file.write((text + "\n").encode())

    def finish(self, **facts: Any) -> None:
        """`add`, and say that nothing is missing."""
        self.add(complete=True, **facts)


def _read_incomplete(path: Path, facts: dict[str, Any]) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    same = all(content.get(name) == facts.get(name) for name in SAME)
    return content if same and not content.get("complete") else {}


def machine(device: torch.device, command: str) -> dict[str, Any]:
    """Device, versions, date and command, which every figure needs beside it."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
    else:
        name = f"{cpu_name()}, {torch.get_num_threads()} threads"
    return {
        "device": name,
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
        "command": shlex.join(["python", command, *sys.argv[1:]]),
    }


def cpu_name() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def hash_of_ids(ids: Sequence[int]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of token ids written with commas."""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:16]
