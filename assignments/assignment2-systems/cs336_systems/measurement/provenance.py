"""Where a measurement comes from, and the one way results are written.

Every file is `{"provenance": {...}, "records": [...]}`, some with a `"note"` between the two.
"""

from __future__ import annotations

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True)
class Provenance:
    """What a reader needs in order to repeat a measurement."""

    device: str
    """Name of the GPU, or of the processor when there is none."""
    num_devices: int
    """GPUs this process can see; 0 on a CPU."""
    driver: str | None
    """NVIDIA driver version."""
    torch: str
    cuda: str | None
    nccl: str | None
    triton: str | None
    python: str
    date: str
    """UTC, ISO 8601."""
    command: str


def collect_provenance() -> Provenance:
    """Describe this process and its machine, without paths or host names."""
    has_gpu = torch.cuda.is_available()
    return Provenance(
        device=torch.cuda.get_device_name() if has_gpu else _processor_name(),
        num_devices=torch.cuda.device_count() if has_gpu else 0,
        driver=_driver_version() if has_gpu else None,
        torch=torch.__version__,
        cuda=torch.version.cuda,
        nccl=_nccl_version() if has_gpu else None,
        triton=_triton_version(),
        python=platform.python_version(),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        command=_command(),
    )


def write_results(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Write records with their provenance as JSON, atomically; the folder is created if needed.

    Raises:
        ValueError: a record holds NaN or infinity, which JSON cannot carry.
    """
    content = {"provenance": asdict(collect_provenance()), "records": list(records)}
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def read_results(path: Path) -> list[dict[str, Any]]:
    """The records of a file that `write_results` wrote."""
    records: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["records"]
    return records


def read_note(path: Path) -> str | None:
    """What a reader of the file must know about its records; added by hand where there is need."""
    note: str | None = json.loads(path.read_text(encoding="utf-8")).get("note")
    return note


def _command() -> str:
    """`python bench/name.py arguments`, or `-m package.module`; `torchrun` where it started us."""
    program = Path(sys.argv[0])
    script = [f"bench/{program.name}" if program.parent.name == "bench" else program.name]
    if "cs336_systems" in program.parts[:-1]:
        place = len(program.parts) - program.parts[::-1].index("cs336_systems") - 1
        script = ["-m", ".".join(program.with_suffix("").parts[place:])]
    processes = os.environ.get("WORLD_SIZE")
    start = ["python"] if processes is None else ["torchrun", f"--nproc-per-node={processes}"]
    arguments = [Path(a).name if Path(a).is_absolute() else a for a in sys.argv[1:]]
    return shlex.join([*start, *script, *arguments])


def _driver_version() -> str | None:
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None  # the tool is optional; the rest of the record still stands
    return done.stdout.split("\n")[0].strip()


def _nccl_version() -> str:
    return ".".join(map(str, torch.cuda.nccl.version()))  # type: ignore[no-untyped-call]


def _processor_name() -> str:
    return f"{os.cpu_count()} × {platform.machine()} CPU"


def _triton_version() -> str | None:
    try:
        import triton
    except ImportError:
        return None
    return str(triton.__version__)
