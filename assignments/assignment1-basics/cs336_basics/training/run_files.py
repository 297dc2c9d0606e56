"""The folder of a run: which files it holds and how a run starts, resumes and is read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch.optim import Optimizer

from cs336_basics.config import ConfigError, RunConfig
from cs336_basics.model import TransformerLM
from cs336_basics.serialization import (
    capture_rng,
    check_optimizer_state,
    load_model_state,
    read_checkpoint,
    restore_rng,
    save_checkpoint,
)
from cs336_basics.training.config_file import config_from_dict
from cs336_basics.training.evaluation import known_floor
from cs336_basics.training.plotting import plot_loss_curve
from cs336_basics.training.run_log import export_csv, read_log

# What may change between a run and its resumption: it does not touch the weights.
FREE_TRAINING_KEYS = (
    "device", "log_every", "eval_every", "checkpoint_every", "sample_every", "eval_batch_size",
    "eval_stride", "provider",
)  # fmt: skip


class RunFiles:
    """Paths inside the folder of one run."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.checkpoint = self.folder / "checkpoint.pt"
        self.config = self.folder / "config.json"
        self.log = self.folder / "log.jsonl"
        self.samples = self.folder / "samples.txt"
        self.summary = self.folder / "summary.json"

    def begin(self, config: RunConfig, *, resume: bool, overwrite: bool) -> None:
        """Create the folder for a new run, or check that it may be continued.

        Raises:
            ConfigError: the folder holds a run and neither flag is given, or the checkpoint was
                made with another configuration.
        """
        exists = self.checkpoint.exists() or self.log.exists()
        if exists and not (resume or overwrite):
            raise ConfigError(
                f"{self.folder} already holds a run; continue it with --resume, "
                "replace it with --overwrite, or set another run_dir"
            )
        if exists and resume and self.config.exists():
            _check_same_run(self.read_config(), config, self.folder)
        if exists and overwrite and not resume:
            for path in (self.checkpoint, self.log, self.samples, self.summary):
                path.unlink(missing_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(json.dumps(config.to_dict(), indent=1) + "\n", encoding="utf-8")

    def read_config(self) -> RunConfig:
        """The configuration that the run was started with."""
        try:
            return config_from_dict(json.loads(self.config.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise ConfigError(f"{self.folder} holds no run (no config.json)") from error
        except json.JSONDecodeError as error:
            raise ConfigError(f"{self.config} is damaged: {error}") from error

    def save(
        self, model: TransformerLM, optimizer: Optimizer, iteration: int, seconds: float
    ) -> None:
        """Replace the checkpoint: weights, moments, iteration (= data position), RNG states."""
        extra = {"rng": capture_rng(), "seconds": seconds}
        save_checkpoint(model, optimizer, iteration, self.checkpoint, extra)

    def restore(self, model: TransformerLM, optimizer: Optimizer) -> tuple[int, float]:
        """(iteration, training seconds) of the checkpoint, loaded into both; (0, 0) without one."""
        if not self.checkpoint.exists():
            return 0, 0.0
        state = read_checkpoint(self.checkpoint)
        check_optimizer_state(optimizer, state, str(self.checkpoint))
        load_model_state(model, state, str(self.checkpoint))
        optimizer.load_state_dict(state["optimizer"])
        restore_rng(state["extra"]["rng"])
        return int(state["iteration"]), float(state["extra"]["seconds"])

    def load_model(self, device: str = "cpu") -> tuple[TransformerLM, RunConfig]:
        """The trained model of the run and its configuration."""
        config = self.read_config()
        model = config.model.build(device)
        load_model_state(model, read_checkpoint(self.checkpoint), str(self.checkpoint))
        return model, config

    def add_samples(self, iteration: int, texts: list[str]) -> None:
        """Append texts to samples.txt under the iteration they were drawn at."""
        with self.samples.open("a", encoding="utf-8") as file:
            for text in texts:
                file.write(f"=== iteration {iteration}\n{text}\n")

    def write_reports(self, config: RunConfig, summary: dict[str, Any]) -> None:
        """summary.json, log.csv and the loss curve as curve.png and curve.svg."""
        self.summary.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
        export_csv(self.log, self.folder / "log.csv")
        for ending in ("png", "svg"):
            plot_loss_curve(
                read_log(self.log),
                self.folder / f"curve.{ending}",
                title=self.folder.name,
                floor=known_floor(config.data),
            )


def _check_same_run(before: RunConfig, now: RunConfig, folder: Path) -> None:
    """Raise ConfigError when a setting that shapes the weights differs."""
    old, new = before.to_dict(), now.to_dict()
    for table in ("model", "optimizer", "training"):
        for key, value in new[table].items():
            if table == "training" and key in FREE_TRAINING_KEYS:
                continue
            if old[table].get(key) != value:
                raise ConfigError(
                    f"{folder} was started with {table}.{key} = {old[table].get(key)!r}, not "
                    f"{value!r}; resume with the same value or choose another run_dir"
                )
