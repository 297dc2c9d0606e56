"""Which problems the rewards are for: a frontier that moves, or the hard ones from the start.

The model, its demonstrations and the rest are assignment 5's `configs/sort_cpu.toml`; only the
sizes that get rewards differ, and all arms get the same number of rollouts.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.files import read_log
from cs336_alignment.training.run_stage import run_stage
from cs336_basics.training.config_file import load_config_as

CONFIG = Path(__file__).parents[2] / "assignments/assignment5-alignment/configs/sort_cpu.toml"
ARMS: Mapping[str, tuple[int, int, int]] = {
    "frontier, 5 to 8": (2, 5, 8),
    "8 digits alone": (8, 8, 8),
    "12 digits alone": (12, 12, 12),
}
"""Smallest size that gets rewards, where the frontier starts, and where it ends."""
STEPS = 300
Row = dict[str, Any]


def trained_by(seed: int, steps: int = STEPS) -> dict[str, list[Row]]:
    """GRPO on each choice of problems, from the same demonstrations.

    Rows hold the rollouts, and the accuracies on the largest size of the arm and on size 5.
    """
    with tempfile.TemporaryDirectory() as folder:
        run_stage("sft", _config(folder, seed, ["sft.steps=10"] if steps < 50 else []))
        return {name: _rows(folder, seed, name, steps) for name in ARMS}


def _rows(folder: str, seed: int, name: str, steps: int) -> list[Row]:
    smallest, start, largest = ARMS[name]
    changes = [
        f"limits.steps={steps}", "limits.seconds=0", "limits.evaluations=5",
        f"task.rl_smallest={smallest}", f"task.rl_start={start}", f"task.rl_largest={largest}",
    ]  # fmt: skip
    summary = run_stage("grpo", _config(folder, seed, changes), name=name.replace(" ", "_"))
    log = read_log(Path(summary["folder"]) / "log.jsonl")
    return [
        {"rollouts": row["rollouts"], "accuracy": row["accuracy"][str(largest)],
         "five": row["accuracy"]["5"]}
        for row in log if "accuracy" in row
    ]  # fmt: skip


def _config(folder: str, seed: int, changes: list[str]) -> AlignmentConfig:
    fixed = ["threads=1", "task.evaluate_sizes=[5, 8, 12]", "evaluation.pass_problems=8"]
    common = [f'run_dir="{folder}"', f"seed={seed}", *fixed]
    return load_config_as(AlignmentConfig, CONFIG, [*common, *changes])
