"""How far a run that was killed and resumed ends from one that was not.

    python scripts/resume_tolerance.py --device cuda --output results/resume_cuda.json

Each stage runs three times from the same start: whole, whole again, and killed (kill -9) after a
checkpoint and resumed. On a CPU all three end with the same bits. On a GPU sums of floats come in
any order, so two whole runs differ, too; the resumed one should differ by no more. After sampling
one token differently two runs see different data, so the rewards say more than the weights.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from cs336_alignment.text.records import machine
from cs336_alignment.training.files import read_log
from cs336_basics.serialization import read_checkpoint
from cs336_basics.support.whole_file import whole_file

FOLDER = Path(__file__).resolve().parent.parent
STAGES = ("sft", "grpo", "dpo")
CHECKPOINT_EVERY = 10
COMPARED = ("loss", "reward", "gradient_norm", "margin")
LONGEST = 180.0  # seconds that one run may take


def command(stage: str, name: str, options: argparse.Namespace, runs: Path) -> list[str]:
    """The command line of a run that is limited by steps and keeps frequent checkpoints."""
    settings = {
        "run_dir": runs, "device": options.device, "sft.steps": options.steps,
        "sft.stop_size": 0, "limits.steps": options.steps, "limits.seconds": 0,
        "limits.log_every": 1, "limits.evaluations": 0, "limits.checkpoints": 0,
        "limits.checkpoint_every": CHECKPOINT_EVERY, "dpo.pairs": 512, "dpo.held_out_pairs": 64,
        "evaluation.problems": 32, "evaluation.pass_problems": 8,
    }  # fmt: skip
    parts = [f"{key}={value}" for key, value in settings.items()] + options.set
    return [
        sys.executable, "-m", f"cs336_alignment.{stage}", options.config, "--name", name,
        *(word for part in parts for word in ("--set", part)),
    ]  # fmt: skip


def start(arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    """The command as a process with its output in a file."""
    with log.open("ab") as file:
        return subprocess.Popen(arguments, cwd=FOLDER, stdout=file, stderr=subprocess.STDOUT)


def finish(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a process; RuntimeError with the end of its output if it failed."""
    if process.wait(timeout=LONGEST):
        raise RuntimeError(f"{log.stem} failed:\n{log.read_text(errors='replace')[-1500:]}")


def kill_after_checkpoint(process: subprocess.Popen[bytes], folder: Path) -> int:
    """kill -9 some steps after the first checkpoint; the step of the last line of the log."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline and process.poll() is None:
        steps = _steps_logged(folder)
        if (folder / "checkpoint.pt").exists() and steps > CHECKPOINT_EVERY + 2:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            return _steps_logged(folder)
        time.sleep(0.005)
    raise RuntimeError(f"{folder.name} ended before it could be killed; give it more --steps")


def _steps_logged(folder: Path) -> int:
    log = folder / "log.jsonl"
    return max((row["step"] for row in read_log(log)), default=0) if log.exists() else 0


def measure(stage: str, options: argparse.Namespace, runs: Path) -> dict[str, Any]:
    """Whole, again and killed side by side; the killed one resumed; how they differ."""
    names = {name: f"{stage}_{name}" for name in ("again", "killed")} | {"whole": stage}
    logs = {name: runs / f"{full}.txt" for name, full in names.items()}
    running = {
        name: start(command(stage, names[name], options, runs), logs[name])
        for name in ("killed", "whole", "again")
    }
    killed_at = kill_after_checkpoint(running["killed"], runs / names["killed"])
    kept = int(read_checkpoint(runs / names["killed"] / "checkpoint.pt")["iteration"])
    resumed = [*command(stage, names["killed"], options, runs), "--resume"]
    running["killed"] = start(resumed, logs["killed"])
    for name, process in running.items():
        finish(process, logs[name])
    whole = runs / names["whole"]
    return {
        "steps": options.steps,
        "killed_at_step": killed_at,
        "resumed_from_step": kept,
        "resumed_and_whole": difference(whole, runs / names["killed"]),
        "whole_twice": difference(whole, runs / names["again"]),
    }


def difference(first: Path, second: Path) -> dict[str, Any]:
    """Of the final weights, relative and at most; of what was logged, at most over the steps."""
    ours, theirs = (weights(folder) for folder in (first, second))
    gap = ours - theirs
    logs = [{row["step"]: row for row in read_log(f / "log.jsonl") if "loss" in row}
            for f in (first, second)]  # fmt: skip
    shared = sorted(set(logs[0]) & set(logs[1]))
    return {
        "weights_relative": float(f"{gap.norm() / ours.norm():.3g}"),
        "weights_largest": float(f"{gap.abs().max():.3g}"),
        "steps_compared": len(shared),
        **{
            name: float(f"{max(abs(logs[0][s][name] - logs[1][s][name]) for s in shared):.3g}")
            for name in COMPARED
            if name in logs[0][shared[0]]
        },
    }


def weights(folder: Path) -> torch.Tensor:
    """All weights of a checkpoint in one row, float64."""
    model = read_checkpoint(folder / "checkpoint.pt")["model"]
    return torch.cat([tensor.cpu().double().flatten() for tensor in model.values()])


def main() -> int:
    """Measure the stages one after the other; the record is whole after each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, required=True, help="a JSON file")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--config", default="configs/sort_gpu.toml")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    device = torch.device(options.device)
    record = machine(device, "scripts/resume_tolerance.py") | {"config": options.config}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    stages: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for stage in STAGES:
            stages[stage] = measure(stage, options, Path(folder))
            with whole_file(options.output) as file:
                file.write((json.dumps(record | {"stages": stages}, indent=1) + "\n").encode())
            print(stage, json.dumps(stages[stage]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
