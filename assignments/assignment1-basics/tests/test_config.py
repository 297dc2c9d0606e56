"""Configuration files: the shipped ones load, mistakes are named with their remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cs336_basics.config import ConfigError
from cs336_basics.training.config_file import config_from_dict, load_config

CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.toml"))


def minimal() -> dict[str, Any]:
    """The keys without a default, with tiny values."""
    return {
        "model": {"vocab_size": 30, "context_length": 8, "d_model": 16, "num_layers": 1,
                  "num_heads": 2, "d_ff": 24},
        "data": {"train": "train.bin", "valid": "valid.bin"},
        "optimizer": {"max_learning_rate": 1e-2},
        "training": {"iterations": 40, "batch_size": 4},
        "sample": {},
    }  # fmt: skip


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configurations_load_and_build(path: Path) -> None:
    config = load_config(path)
    assert config_from_dict(config.to_dict()) == config
    config.model.build("meta")


def test_reported_sizes() -> None:
    by_name = {path.stem: load_config(path).model.build("meta") for path in CONFIGS}
    assert sum(p.numel() for p in by_name["gpu_28m"].parameters()) == 28_924_416
    assert sum(p.numel() for p in by_name["tinystories"].parameters()) == 22_696_448


def test_overrides_have_toml_types() -> None:
    config = load_config(
        CONFIGS[0],
        ["optimizer.max_learning_rate=1e-2", "run_dir=runs/x",
         'sample.prompt="Two words"', "training.seed=7", "training.compile=true",
         'training.inductor_flags=["coordinate_descent_tuning"]'],
    )  # fmt: skip
    assert config.training.inductor_flags == ("coordinate_descent_tuning",)
    assert config.optimizer.max_learning_rate == 0.01
    assert config.training.compile is True
    assert config.run_dir == "runs/x"
    assert config.sample.prompt == "Two words"
    assert config.training.seed == 7


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        ("model", {"num_head": 2}, "unknown key 'model.num_head'; did you mean 'num_heads'"),
        ("model", {"num_heads": 3}, "model.num_heads must be a divisor of d_model 16, got 3"),
        ("model", {"num_heads": 16}, "d_model/num_heads is even for RoPE"),
        ("model", {"norm": "layer"}, "'model.norm' must be one of pre, post, none, got 'layer'"),
        ("model", {"d_ff": 2.5}, "'model.d_ff' must be int, got 2.5"),
        ("optimizer", {"max_learning_rate": -1}, "max_learning_rate must be > 0, got -1.0"),
        ("optimizer", {"warmup_iters": 99}, "warmup_iters must be <= the cycle's end 40"),
        ("training", {"accumulation_steps": 3}, "batch_size must be a multiple"),
        ("training", {"precision": "fp8"}, "precision must be float32 or bfloat16"),
        ("training", {"eval_stride": 9}, "eval_stride must be <= context_length 8"),
        ("training", {"bf16_weight_copies": True}, "false without cuda_graph"),
        ("training", {"attention": "flash"}, "must be one of reference, fused, rotary"),
        ("training", {"loss": "rotary"}, "'training.loss' must be one of reference, fused"),
        ("training", {"inductor_flags": ["x"]}, "inductor_flags must be empty without compile"),
        ("data", {"vocab": "v.json"}, "both given or both empty"),
        ("sample", {"top_p": 0.0}, r"top_p must be in \(0, 1\]"),
    ],
)
def test_mistakes_are_named(table: str, changes: dict[str, Any], message: str) -> None:
    values = minimal()
    values[table] |= changes
    with pytest.raises(ConfigError, match=message):
        config_from_dict(values)


def test_missing_parts_and_files(tmp_path: Path) -> None:
    values = minimal()
    del values["model"]["d_model"]
    with pytest.raises(ConfigError, match=r"missing key 'model\.d_model'"):
        config_from_dict(values)
    with pytest.raises(ConfigError, match="no configuration file"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("model = [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.toml is not valid TOML"):
        load_config(tmp_path / "bad.toml")
    with pytest.raises(ConfigError, match="must look like"):
        load_config(CONFIGS[0], ["training.seed"])
