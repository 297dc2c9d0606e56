"""The measurement of resumed runs: what it compares, and one measurement on a CPU."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from cs336_alignment.training.config import AlignmentConfig
from cs336_alignment.training.run_stage import run_stage

SCRIPT = Path(__file__).parents[1] / "scripts" / "resume_tolerance.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("resume_tolerance", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_differences_of_weights_and_of_what_was_logged(
    script: ModuleType, make_config: Callable[..., AlignmentConfig]
) -> None:
    config = make_config(sft={"steps": 4}, limits={"log_every": 1})
    for name in ("one", "same"):
        run_stage("sft", config, name=name)
    other = make_config(sft={"steps": 4, "learning_rate": 1e-3}, limits={"log_every": 1})
    run_stage("sft", other, name="other")
    folder = Path(config.run_dir)
    same = script.difference(folder / "one", folder / "same")
    assert same == {"weights_relative": 0, "weights_largest": 0, "steps_compared": 4, "loss": 0,
                    "gradient_norm": 0}  # fmt: skip
    apart = script.difference(folder / "one", folder / "other")
    assert apart["weights_relative"] > 0
    assert apart["loss"] > 0


@pytest.mark.slow
def test_on_a_cpu_a_killed_run_ends_with_the_same_bits(tmp_path: Path) -> None:
    out = tmp_path / "resume.json"
    settings = ("threads=1", "sampling.prompts=4", "dpo.pairs=64", "model.num_layers=1")
    command = [sys.executable, str(SCRIPT), "--device", "cpu", "--output", str(out)]
    command += ["--steps", "20", "--config", "configs/sort_cpu.toml"]
    command += [part for setting in settings for part in ("--set", setting)]
    subprocess.run(command, check=True, timeout=300)
    for stage in json.loads(out.read_text())["stages"].values():
        assert 10 <= stage["resumed_from_step"] < 20
        assert stage["resumed_and_whole"]["weights_largest"] == 0
        assert stage["whole_twice"]["weights_largest"] == 0
