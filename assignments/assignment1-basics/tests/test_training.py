"""Whole runs: files, exact resumption after a crash, refusals, the command."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cs336_basics.config import ConfigError, RunConfig
from cs336_basics.serialization import read_checkpoint
from cs336_basics.train import main
from cs336_basics.training.config_file import config_from_dict
from cs336_basics.training.run_log import LogRow, RunLog, read_log
from cs336_basics.training.trainer import Trainer, TrainingDivergedError


def write_tokens(folder: Path, count: int = 4000, vocab_size: int = 30) -> None:
    """train.bin and valid.bin of a noisy staircase: learnable, but not at once."""
    rng = np.random.default_rng(0)
    tokens = (np.cumsum(rng.integers(0, 3, count)) % vocab_size).astype(np.uint16)
    tokens[: count * 3 // 4].tofile(folder / "train.bin")
    tokens[count * 3 // 4 :].tofile(folder / "valid.bin")


def tiny_values(folder: Path, **training: Any) -> dict[str, Any]:
    """Nested configuration values of a run in `folder`."""
    return {
        "run_dir": str(folder / "run"),
        "model": {"vocab_size": 30, "context_length": 8, "d_model": 16, "num_layers": 1,
                  "num_heads": 2, "d_ff": 24},
        "data": {"train": str(folder / "train.bin"), "valid": str(folder / "valid.bin")},
        "optimizer": {"max_learning_rate": 1e-2, "warmup_iters": 5},
        "training": {"iterations": 40, "batch_size": 4, "device": "cpu", "log_every": 10,
                     "eval_every": 20, "checkpoint_every": 10, "eval_batch_size": 8} | training,
        "sample": {"max_new_tokens": 5},
    }  # fmt: skip


def tiny_run(folder: Path, **training: Any) -> RunConfig:
    """Write the data and return the configuration."""
    write_tokens(folder)
    return config_from_dict(tiny_values(folder, **training))


def final_weights(config: RunConfig) -> dict[str, torch.Tensor]:
    state = read_checkpoint(Path(config.run_dir) / "checkpoint.pt")
    assert state["iteration"] == config.training.iterations
    weights: dict[str, torch.Tensor] = state["model"]
    return weights


def write_toml(folder: Path, **training: Any) -> Path:
    """The tiny configuration as a file (JSON scalars and lists are TOML)."""
    write_tokens(folder)
    values = tiny_values(folder, **training)
    lines = [f"run_dir = {json.dumps(values.pop('run_dir'))}"]
    for table, entries in values.items():
        lines += [f"[{table}]", *(f"{k} = {json.dumps(v)}" for k, v in entries.items())]
    path = folder / "config.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_run_learns_and_leaves_its_files(tmp_path: Path) -> None:
    config = tiny_run(tmp_path, sample_every=20, iterations=80)
    summary = Trainer(config).train()
    folder = Path(config.run_dir)
    rows = read_log(folder / "log.jsonl")
    valid = [row["valid_loss"] for row in rows if "valid_loss" in row]
    assert valid[-1] == summary["valid_loss"] < 2.5 < valid[0]  # ln 30 = 3.4, the data's is 1.1
    assert summary["mfu"] is None
    assert summary["tokens_per_second"] > 0
    with (folder / "log.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    assert (folder / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (folder / "curve.svg").read_text(encoding="utf-8")
    assert (folder / "samples.txt").read_text(encoding="utf-8").count("=== iteration") == 8
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == summary


class Crash(Exception):
    """Stands for a power cut in the middle of a run."""


@pytest.mark.parametrize(
    ("crash_at", "cuda_graph"),
    [(10, False), pytest.param(30, False, marks=pytest.mark.slow), (30, True)],
)
def test_a_crashed_run_resumes_bit_exactly(tmp_path: Path, crash_at: int, cuda_graph: bool) -> None:
    def crash(row: LogRow) -> None:
        if row["iteration"] == crash_at:
            raise Crash

    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    settings = {"cuda_graph": cuda_graph, "sample_every": 20}
    whole, parts = (
        tiny_run(tmp_path / "whole", **settings),
        tiny_run(tmp_path / "parts", **settings),
    )
    Trainer(whole).train()
    with pytest.raises(Crash):
        Trainer(parts, sinks=[crash]).train()
    Trainer(parts, resume=True).train()
    expected = final_weights(whole)
    for name, weight in final_weights(parts).items():
        assert torch.equal(weight, expected[name]), name

    def losses(config: RunConfig) -> list[tuple[int, float | None, float | None]]:
        rows = read_log(Path(config.run_dir) / "log.jsonl")
        return [(r["iteration"], r.get("train_loss"), r.get("valid_loss")) for r in rows]

    assert losses(parts) == losses(whole)


@pytest.mark.slow
def test_kill_9_and_resume_by_the_command(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = write_toml(tmp_path / "whole", iterations=400)
    parts = write_toml(tmp_path, iterations=400)
    assert main(["--config", str(whole)]) == 0
    command = [sys.executable, "-m", "cs336_basics.train", "--config", str(parts), "--resume"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    checkpoint = tmp_path / "run" / "checkpoint.pt"
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while not checkpoint.exists():
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert read_checkpoint(checkpoint)["iteration"] < 400
    assert main(command[3:]) == 0
    expected = read_checkpoint(tmp_path / "whole" / "run" / "checkpoint.pt")["model"]
    for name, weight in read_checkpoint(checkpoint)["model"].items():
        assert torch.equal(weight, expected[name])


def test_bf16_settings_train_evaluate_and_sample(tmp_path: Path) -> None:
    config = tiny_run(
        tmp_path, iterations=20, sample_every=20, precision="bfloat16", residual="bfloat16",
        attention="fused", joint_projections=True, cuda_graph=True, bf16_weight_copies=True,
    )  # fmt: skip
    summary = Trainer(config).train()
    assert np.isfinite(summary["valid_loss"])
    assert all(w.dtype == torch.float32 for w in final_weights(config).values())


def test_an_existing_run_is_neither_lost_nor_mixed_up(tmp_path: Path) -> None:
    config = tiny_run(tmp_path)
    Trainer(config).train()
    with pytest.raises(ConfigError, match="already holds a run; continue it with --resume"):
        Trainer(config)
    values = tiny_values(tmp_path)
    values["optimizer"]["weight_decay"] = 0.5
    other = config_from_dict(values)
    with pytest.raises(ConfigError, match=r"started with optimizer\.weight_decay = 0\.1, not 0\.5"):
        Trainer(other, resume=True)
    before = read_log(tmp_path / "run/log.jsonl")
    assert Trainer(config, resume=True).train()["iterations"] == 40  # nothing left to do
    assert read_log(tmp_path / "run/log.jsonl") == before
    assert Trainer(other, overwrite=True).train()["iterations"] == 40


def test_divergence_stops_the_run(tmp_path: Path) -> None:
    values = tiny_values(tmp_path) | {"optimizer": {"max_learning_rate": 1e30}}
    values["model"]["norm"] = "none"
    write_tokens(tmp_path)
    with pytest.raises(TrainingDivergedError, match="lower optimizer"):
        Trainer(config_from_dict(values)).train()
    (row,) = read_log(tmp_path / "run/log.jsonl")  # of what came before it
    assert row["iteration"] < values["training"]["log_every"]
    assert np.isfinite(row["train_loss"])


def test_the_floor_comes_with_the_data(tmp_path: Path) -> None:
    floor = tmp_path / "floor.json"
    values = tiny_values(tmp_path, iterations=10)
    values["data"]["floor_file"] = str(floor)
    write_tokens(tmp_path)
    with pytest.raises(ConfigError, match="write it with the data"):
        Trainer(config_from_dict(values))
    floor.write_text('{"nats_per_token": "none"}')
    with pytest.raises(ConfigError, match="holds no number"):
        Trainer(config_from_dict(values))
    floor.write_text('{"nats_per_token": 0.25}')
    summary = Trainer(config_from_dict(values)).train()
    assert summary["floor"] == 0.25
    assert summary["gap"] == summary["valid_loss"] - 0.25
    values["data"]["floor"] = 0.5  # said in the configuration itself
    assert Trainer(config_from_dict(values), overwrite=True).train()["floor"] == 0.5


def test_no_configuration_states_a_floor_of_data_that_is_written_anew() -> None:
    for path in sorted(Path(__file__).parents[1].glob("configs/*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))["data"]
        assert "floor" not in data, path.name


def test_command_prints_the_summary_and_one_line_per_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(write_toml(tmp_path, iterations=10))
    assert main(["--config", config]) == 0
    assert "validation loss" in capsys.readouterr().out
    small = ["--config", config, "--overwrite", "--set", "model.vocab_size=9"]
    for arguments, message in (
        (["--config", config], "already holds a run"),
        (["--config", str(tmp_path / "no.toml")], "no configuration file"),
        (["--config", config, "--set", "data.train=no.bin"], "no token file no.bin"),
        (["--config", config, "--set", "training.device=cuda:77"], "not available here"),
        (small, "outside the model's vocabulary of 9"),
    ):
        assert main(arguments) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("error: ")
        assert captured.err.count("\n") == 1
        assert message in captured.err


def test_a_damaged_checkpoint_is_reported_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(write_toml(tmp_path, iterations=10))
    assert main(["--config", config]) == 0
    (tmp_path / "run" / "checkpoint.pt").write_bytes(b"\0" * 100)
    assert main(["--config", config, "--resume"]) == 2
    assert "not a readable checkpoint" in capsys.readouterr().err


def test_log_drops_repeated_and_torn_rows(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = RunLog(path)
    for iteration in (10, 20, 30):
        log.append({"iteration": iteration, "train_loss": 1.0})
    with path.open("a", encoding="utf-8") as file:
        file.write('{"iteration": 40, "trai')
    log.cut_after(20)
    assert [row["iteration"] for row in read_log(path)] == [10, 20]
