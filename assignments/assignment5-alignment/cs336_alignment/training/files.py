"""The folder of a stage: config.json, log.jsonl, samples.txt, summary.json, checkpoint.pt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from cs336_basics.config import ConfigError
from cs336_basics.serialization import (
    capture_rng,
    load_model_state,
    read_checkpoint,
    restore_rng,
    save_checkpoint,
)
from cs336_basics.support.whole_file import whole_file
from cs336_basics.training.config_file import config_as
from torch import nn

from cs336_alignment.training.config import AlignmentConfig

# What may change between a run and its resumption: it does not touch the weights.
FREE_KEYS = frozenset({
    "run_dir", "device", "threads", "limits.log_every", "limits.evaluations",
    "limits.checkpoints", "limits.checkpoint_every", "limits.microbatch_rows",
    "evaluation.problems", "evaluation.pass_problems", "evaluation.pass_samples",
    "task.evaluate_sizes",
})  # fmt: skip
TABLES_OF_STAGE = {
    "sft": {"model", "task", "sft"},
    "grpo": {"model", "task", "sampling", "grpo", "limits"},
    "expert_iteration": {"model", "task", "sampling", "expert_iteration", "limits"},
    "dpo": {"model", "task", "sampling", "dpo", "limits"},
}


class StageFiles:
    """Paths inside the folder of one stage."""

    def __init__(self, folder: str | Path, stage: str) -> None:
        self.folder, self.stage = Path(folder), stage
        self.checkpoint = self.folder / "checkpoint.pt"
        self.config = self.folder / "config.json"
        self.log = self.folder / "log.jsonl"
        self.samples = self.folder / "samples.txt"
        self.summary = self.folder / "summary.json"

    def begin(self, config: AlignmentConfig, *, resume: bool, overwrite: bool) -> None:
        """Create the folder for a new run, or check that it may be continued.

        Raises:
            ConfigError: the folder holds a run and neither flag is given, or the run was started
                with another setting that its weights depend on.
        """
        exists = self.checkpoint.exists() or self.log.exists()
        if exists and not (resume or overwrite):
            raise ConfigError(
                f"{self.folder} already holds a run; continue it with --resume, "
                "replace it with --overwrite, or choose another --name"
            )
        if exists and resume and self.config.exists():
            self._check_same(config)
        elif exists and overwrite:
            for path in (self.checkpoint, self.log, self.samples, self.summary):
                path.unlink(missing_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        _write_json(self.config, config.to_dict())

    def read_config(self) -> AlignmentConfig:
        """The configuration that the stage was started with."""
        try:
            return config_as(AlignmentConfig, json.loads(self.config.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise ConfigError(f"{self.folder} holds no run (no config.json)") from error
        except json.JSONDecodeError as error:
            raise ConfigError(f"{self.config} is damaged: {error}") from error

    def save(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, step: int, state: dict[str, Any]
    ) -> None:
        """Replace the checkpoint: weights, moments, step, the stage's own state, RNG states."""
        extra = {"rng": capture_rng(), "stage": state}
        save_checkpoint(model, optimizer, step, self.checkpoint, extra)

    def restore(
        self, model: nn.Module, optimizer: torch.optim.Optimizer
    ) -> tuple[int, dict[str, Any]] | None:
        """(step, the stage's own state), model and optimizer loaded; None without a checkpoint."""
        if not self.checkpoint.exists():
            return None
        content = read_checkpoint(self.checkpoint)
        load_model_state(model, content, str(self.checkpoint))
        optimizer.load_state_dict(content["optimizer"])
        restore_rng(content["extra"]["rng"])
        return int(content["iteration"]), dict(content["extra"]["stage"])

    def load_weights(self, model: nn.Module) -> None:
        """Only the weights of the checkpoint, for a stage that starts from this one."""
        try:
            content = read_checkpoint(self.checkpoint)
        except FileNotFoundError as error:
            raise ConfigError(
                f"{self.folder} holds no checkpoint to start from; run that stage first"
            ) from error
        load_model_state(model, content, str(self.checkpoint))

    def append(self, row: dict[str, Any]) -> None:
        """One more line of the log; a crash loses no finished line."""
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def cut_log_after(self, step: int) -> None:
        """Drop rows that a resumed run is about to write again, and a torn last line."""
        if self.log.exists():
            kept = [row for row in read_log(self.log) if row["step"] <= step]
            with whole_file(self.log) as file:
                file.write("".join(json.dumps(row) + "\n" for row in kept).encode())

    def add_samples(self, title: str, lines: list[str]) -> None:
        """Append texts to samples.txt under a title."""
        with self.samples.open("a", encoding="utf-8") as file:
            file.write("\n".join([f"=== {title}", *lines]) + "\n")

    def write_summary(self, summary: dict[str, Any]) -> None:
        """summary.json, whole or not at all."""
        _write_json(self.summary, summary)

    def _check_same(self, config: AlignmentConfig) -> None:
        old, new = _flat(self.read_config().to_dict()), _flat(config.to_dict())
        tables = TABLES_OF_STAGE[self.stage] | {"seed"}
        for key, value in new.items():
            if key in FREE_KEYS or key.partition(".")[0] not in tables or old.get(key) == value:
                continue
            raise ConfigError(
                f"{self.folder} was started with {key} = {old.get(key)!r}, not {value!r}; "
                "resume with the same value or choose another --name"
            )


def read_log(path: str | Path) -> list[dict[str, Any]]:
    """All complete rows of a log; a line torn by a crash ends the list."""
    rows: list[dict[str, Any]] = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return rows


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _write_json(path: Path, value: dict[str, Any]) -> None:
    with whole_file(path) as file:
        file.write((json.dumps(value, indent=1) + "\n").encode())
