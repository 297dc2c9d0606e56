"""What several tests need: a tiny experiment, and a model whose every number is free."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from cs336_alignment.training.config import AlignmentConfig
from cs336_basics.training.config_file import config_as
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a loaded machine is no fault
settings.load_profile("untimed")

TINY: dict[str, Any] = {
    "device": "cpu",
    "threads": 1,
    "model": {"d_model": 32, "num_layers": 1, "num_heads": 2, "d_ff": 48, "context_length": 24},
    "task": {
        "name": "sort", "sft_sizes": [1, 2], "rl_smallest": 1, "rl_start": 2, "rl_largest": 3,
        "evaluate_sizes": [2, 3],
    },
    "sft": {"steps": 40, "batch_size": 16, "learning_rate": 3e-3},
    "sampling": {"prompts": 4, "samples": 4, "raise_above": 0.2, "smoothing": 0.5},
    "dpo": {"pairs": 16, "held_out_pairs": 4, "batch_size": 4, "sizes": [2], "learning_rate": 1e-3},
    "limits": {"steps": 8, "log_every": 2, "evaluations": 1, "checkpoints": 0},
    "evaluation": {"problems": 8, "pass_problems": 4, "pass_samples": 4},
}  # fmt: skip

ConfigMaker = Callable[..., AlignmentConfig]


@pytest.fixture
def make_config(tmp_path: Path) -> ConfigMaker:
    """A tiny experiment in the test's folder; tables given by keyword are merged in."""

    def make(**tables: Any) -> AlignmentConfig:
        values: dict[str, Any] = {"run_dir": str(tmp_path / "run"), **TINY}
        for name, change in tables.items():
            values[name] = (
                {**values.get(name, {}), **change} if isinstance(change, dict) else change
            )
        return config_as(AlignmentConfig, values)

    return make


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    """Tests that draw from torch's global generator draw the same each time."""
    torch.manual_seed(0)
