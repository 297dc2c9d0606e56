"""Figures and tables are drawn from results, and only from those that exist."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cs336_systems.measurement.provenance import write_results
from cs336_systems.reports import plot_results, result_tables

RESULTS = Path(__file__).resolve().parents[1] / "results"


def model_record(size: str, context: int, out_of_memory: bool = False) -> dict[str, Any]:
    """What `bench_model` writes for one configuration."""
    record: dict[str, Any] = {"size": size, "context": context, "batch": 4, "precision": "bf16"}
    record |= {"mode": "eager", "out_of_memory": out_of_memory}
    if out_of_memory:
        return record
    for phase, milliseconds in (("forward", 10.0), ("backward", 20.0), ("optimizer", 5.0)):
        times = [4 * milliseconds, milliseconds, milliseconds]
        record[phase] = {"median_ms": milliseconds, "all_ms": times}
    record["step"] = {"median_ms": 35.0}
    record["peak_gb"] = {"inference": 1.0, "forward_backward": 3.5, "training_step": 5.25}
    return record | {"model_tflop_per_s": 123.4}


def scaling_record(strategy: str, world_size: int, step_ms: float) -> dict[str, Any]:
    """What `bench_data_parallel` writes for one strategy."""
    return {
        "strategy": strategy, "world_size": world_size, "size": "small", "batch_per_rank": 4,
        "context": 512, "step_ms": step_ms, "synchronize_ms": 7.5, "optimizer_ms": 1.0,
        "peak_gb": 9.0,
    }  # fmt: skip


def profile_record() -> dict[str, Any]:
    """What `profiling` writes."""
    phase = {"phase": "forward", "total_ms": 10.0, "by_category_ms": {"copies": 4.0, "other": 6.0}}
    memory = {
        "allocated_before_gb": 1.0, "peak_gb": 3.0, "held_at_peak_gb": {"model.py:1 f": 1.5},
        "timeline_ms_gb": [[0.0, 0.0], [1.0, 2.0], [2.0, 0.0]],
    }  # fmt: skip
    name = {"size": "small", "context": 512, "precision": "bf16"}
    return name | {"phases": [phase | {"attention_ranges_ms": {"scores": 1.25}}], "memory": memory}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder with one file of each kind."""
    collective = {
        "operation": "all_reduce", "backend": "nccl", "world_size": 4, "size_mb": 16.0,
        "median_ms": 0.125, "bus_gb_per_s": 201.5,
    }  # fmt: skip
    write_results(tmp_path / "model_bf16.json", [
        model_record("small", 512), model_record("large", 512), model_record("xl", 512, True),
    ])  # fmt: skip
    write_results(tmp_path / "profile_small.json", [profile_record()])
    write_results(tmp_path / "collectives_4.json", [collective])
    write_results(tmp_path / "data_parallel_1.json", [scaling_record("compute_only", 1, 80.0)])
    write_results(tmp_path / "data_parallel_4.json", [scaling_record("naive", 4, 100.0)])
    return tmp_path


def test_every_figure_is_drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert plot_results.main([str(folder)]) == 0
    drawn = {path.name for path in folder.glob("*.png")}
    assert drawn == set(plot_results.FIGURES)
    assert "7 figures" in capsys.readouterr().out


def test_tables_show_the_numbers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert result_tables.main([str(folder)]) == 0
    text = capsys.readouterr().out
    assert "| small | 512 | bf16 | eager | 10.0 | 20.0 | 5.0 | 123 | 1.0 / 3.5 / 5.2 |" in text
    assert "| xl | 512 | bf16 | eager | – | – | – | – | out of memory |" in text
    assert "| small, 512, bf16, eager | 140.0 | 35.0 | 35.0 | 35.0 |" in text
    assert "| `naive` | – | 100.0 | 7.5 | 1.0 | 80% | 9.0 |" in text
    assert "| all_reduce, 16 MiB | 0.125 | 201.5 |" in text
    assert "| small, 512, bf16 | forward | 10.0 | copies 40%, other 60% | 1.2 |" in text
    assert "| small, 512, bf16 | `model.py:1 f` | 1.50 |" in text


@pytest.mark.parametrize("main", [plot_results.main, result_tables.main])
def test_an_empty_folder_says_what_to_run(
    main: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "run scripts/measure_four_gpus.sh" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_committed_results_name_their_origin_and_fill_every_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    patterns = ("model_*.json", "profile_*.json", "data_parallel_*.json", "collectives_*.json")
    for path in (path for pattern in patterns for path in RESULTS.glob(pattern)):
        provenance = json.loads(path.read_text(encoding="utf-8"))["provenance"]
        assert {"device", "torch", "date", "command"} <= provenance.keys(), path.name
        assert provenance["command"].split()[0] in ("python", "torchrun"), path.name
    assert result_tables.main([str(RESULTS)]) == 0
    assert capsys.readouterr().out.count("### ") == 6
