"""Assignment 1 trains with what this assignment hands in, by name and by the entry point."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cs336_basics.config import ConfigError, RunConfig
from cs336_basics.fast.attention import attention_backend
from cs336_basics.fast.graphed_stepping import GraphedStepper
from cs336_basics.optimizer import AdamW
from cs336_basics.providers import ENTRY_POINTS, Provider, load_provider
from cs336_basics.serialization import read_checkpoint
from cs336_basics.train import main
from cs336_basics.training.config_file import config_from_dict, load_config
from cs336_basics.training.sampler import WindowSampler
from cs336_basics.training.speed import apply_speed_settings
from cs336_basics.training.stepping import StepRecords
from cs336_systems import provider
from cs336_systems.kernels import rows

TOKENS = np.random.default_rng(0).integers(0, 50, 2000).astype(np.uint16)
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
KERNELS: dict[str, Any] = {"attention": "rotary", "loss": "fused", "norms": "fused"}
runs_here = pytest.mark.skipif(
    DEVICE == "cpu" and not rows.INTERPRETED,
    reason="no GPU, and the kernels were imported without TRITON_INTERPRET=1",
)
needs_gpu = pytest.mark.skipif(DEVICE == "cpu", reason="needs a CUDA device")


def tiny_config(folder: Path | None = None, **training: Any) -> RunConfig:
    data = "unused" if folder is None else str(folder / "tokens.bin")
    return config_from_dict(
        {
            "run_dir": str((folder or Path()) / "run"),
            "model": {
                "vocab_size": 50, "context_length": 16, "d_model": 32, "num_layers": 2,
                "num_heads": 2, "d_ff": 64,
            },
            "data": {"train": data, "valid": data},
            "optimizer": {"max_learning_rate": 1e-2, "warmup_iters": 3, "max_l2_norm": 0.5},
            "training": {"iterations": 40, "batch_size": 8, "provider": "cs336_systems.provider",
                         **training},
        }
    )  # fmt: skip


def run(config: RunConfig, parts: tuple[int, ...]) -> StepRecords:
    """Iterations of assignment 1's graphed stepper on DEVICE."""
    device = torch.device(DEVICE)
    torch.manual_seed(0)
    model = config.model.build().to(device)
    apply_speed_settings(model, config.training, device)
    optimizer = AdamW(model.parameters(), 1.0, (0.9, 0.95), weight_decay=0.1)
    sampler = WindowSampler(TOKENS, 8, 16, seed=1)
    losses: list[float] = []
    norms: list[float] = []
    with attention_backend(config.training.attention):
        stepper = GraphedStepper(model, optimizer, sampler, config, device)
        stepper.prepare(0)
        for count in parts:
            records = stepper.run(len(losses), count)
            losses += records.losses
            norms += records.gradient_norms
    return StepRecords(losses, norms)


def test_the_module_is_a_provider_and_is_registered() -> None:
    checked: Provider = provider  # mypy holds every signature against the protocol
    assert load_provider("cs336_systems.provider") is checked
    registered = {point.value for point in entry_points(group=ENTRY_POINTS)}
    if not registered:
        pytest.skip("cs336-systems is not installed here; `make setup` does that")
    assert registered == {"cs336_systems.provider"}
    assert load_provider() is provider


def test_the_gpu_configuration_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a checkout without installed packages trains, too."""
    basics = Path(__file__).resolve().parents[2] / "assignment1-basics"
    config = load_config(basics / "configs" / "gpu_28m.toml")
    assert config.training.provider == "cs336_systems.provider"
    assert [getattr(config.training, name) for name in KERNELS] == list(KERNELS.values())


@runs_here
def test_the_kernels_do_the_same_iterations() -> None:
    plain = run(tiny_config(), (1,))
    fast = run(tiny_config(**KERNELS), (1,))
    np.testing.assert_allclose(fast.losses, plain.losses, rtol=1e-5)
    np.testing.assert_allclose(fast.gradient_norms, plain.gradient_norms, rtol=1e-4)


@pytest.mark.gpu
@needs_gpu
def test_the_kernels_inside_the_captured_graph() -> None:
    settings: dict[str, Any] = {"cuda_graph": True, "compile": True, "precision": "bfloat16"}
    plain = run(tiny_config(**settings), (12,))
    fast = run(tiny_config(**settings, **KERNELS), (5, 7))
    np.testing.assert_allclose(fast.losses, plain.losses, rtol=1e-2)


@pytest.mark.parametrize("kernel", KERNELS.items(), ids=KERNELS)
def test_a_kernel_that_cannot_run_is_a_configuration_error(
    kernel: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, cpu = tiny_config(**dict([kernel])), torch.device("cpu")
    model = config.model.build()
    monkeypatch.setattr(rows, "INTERPRETED", False)
    with pytest.raises(ConfigError, match=r"training: .* needs a CUDA device, not cpu"):
        apply_speed_settings(model, config.training, cpu)
    for name in ("rotary_attention", "cross_entropy", "norm_backward"):
        monkeypatch.setitem(sys.modules, f"cs336_systems.kernels.{name}", None)
    with pytest.raises(ConfigError, match=r"needs Triton, which cannot be imported"):
        apply_speed_settings(model, config.training, cpu)


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path: Path) -> None:
    weights: list[dict[str, Any]] = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        folder.mkdir()
        TOKENS.tofile(folder / "tokens.bin")
        file = folder / "config.toml"
        settings = ["iterations=20", f"accumulation_steps={processes}", "device=cpu"]
        config = tiny_config(folder).to_dict()
        lines = [f'run_dir = "{config["run_dir"]}"']
        for table in ("model", "data", "optimizer", "training"):
            lines.append(f"[{table}]")
            for key, value in config[table].items():
                lines.append(f"{key} = {_toml(value)}")
        file.write_text("\n".join(lines), encoding="utf-8")
        arguments = ["--config", str(file)]
        for setting in settings:
            arguments += ["--set", f"training.{setting}"]
        if processes == 1:
            assert main(arguments) == 0
        else:
            command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
                       "--nproc-per-node=2", "-m", "cs336_basics.train", *arguments]  # fmt: skip
            environment = os.environ | {
                "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1",
            }  # fmt: skip
            subprocess.run(command, env=environment, check=True, timeout=200, capture_output=True)
        weights.append(read_checkpoint(folder / "run" / "checkpoint.pt")["model"])
    assert weights[0].keys() == weights[1].keys()
    for name, weight in weights[0].items():
        torch.testing.assert_close(weight, weights[1][name], rtol=1e-4, atol=1e-5)


def _toml(value: object) -> str:
    """A scalar or a list as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)
