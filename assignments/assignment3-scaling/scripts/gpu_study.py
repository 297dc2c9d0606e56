"""Train the runs of the real study on every device of this machine; fits and plots come later.

    python scripts/gpu_study.py --source zipf --output results/zipf --seconds 420
    python scripts/gpu_study.py --source zipf --small --output results/zipf_small

Works from a fresh checkout. Each run's record is appended to OUTPUT/records.jsonl as it ends; the
same command goes on where the last one stopped. `python -m cs336_scaling.real_study.report` reads
the records.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ASSIGNMENTS = Path(__file__).resolve().parents[2]
PACKAGES = [str(ASSIGNMENTS / name) for name in ("assignment3-scaling", "assignment1-basics")]
sys.path[:0] = PACKAGES  # this process
os.environ["PYTHONPATH"] = os.pathsep.join(  # its workers
    [*PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])]
)

import torch  # noqa: E402
from cs336_scaling.real_study import specs  # noqa: E402
from cs336_scaling.real_study.story_source import prepare_stories  # noqa: E402
from cs336_scaling.real_study.workers import train_all  # noqa: E402

STUDIES = {
    ("zipf", False): specs.zipf_gpu_study,
    ("zipf", True): specs.zipf_small_study,
    ("stories", False): specs.story_gpu_study,
    ("stories", True): specs.story_small_study,
}


def main() -> int:
    """Parse the command line, train, say where the records are; returns the exit status."""
    options = _parser().parse_args()
    started = time.monotonic()
    options.output.mkdir(parents=True, exist_ok=True)
    devices = options.devices or default_devices()
    folder = None
    if options.source == "stories":
        folder = options.data or Path(tempfile.gettempdir()) / "cs336_scaling_stories"
        prepare_stories(folder, 2_000_000 if options.small else options.story_bytes)
        print(f"stories ready after {time.monotonic() - started:.0f} s", flush=True)
    path = options.output / "records.jsonl"
    left = options.seconds - (time.monotonic() - started)
    runs = STUDIES[options.source, options.small]()
    records = train_all(runs, path, devices, left, at_once=options.at_once, story_folder=folder)
    missing = {run.key for run in runs} - {record["key"] for record in records}
    print(f"{path}: {len(records)} records, {len(missing)} runs missing, "
          f"{time.monotonic() - started:.0f} s")  # fmt: skip
    return 0 if not missing else 3


def default_devices() -> list[str]:
    """Every GPU, or two CPU processes."""
    if torch.cuda.is_available():
        return [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    return ["cpu"] * min(2, os.cpu_count() or 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", choices=("zipf", "stories"), required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder for records.jsonl")
    parser.add_argument("--seconds", type=float, default=600, help="time limit (default 600)")
    parser.add_argument("--small", action="store_true", help="the version for two CPU cores")
    parser.add_argument("--devices", nargs="+", help="such as cuda:0 cpu (default: every GPU)")
    parser.add_argument("--at-once", type=int, default=6, help="runs sharing a GPU (default 6)")
    parser.add_argument("--data", type=Path, help="folder for the stories (default: temporary)")
    parser.add_argument("--story-bytes", type=int, default=400_000_000)
    return parser


if __name__ == "__main__":
    sys.exit(main())
