"""The benchmarks' arithmetic, their figures from the committed records, and their refusals."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
from benchmarks import load  # type: ignore[import-not-found, unused-ignore]
from cs336_systems.measurement.attention_shapes import LISTED_SHAPES, Shape
from cs336_systems.measurement.provenance import read_results
from cs336_systems.reports import plot_kernels

RESULTS = Path(__file__).resolve().parents[1] / "results"


def test_causal_attention_counts_half_the_operations() -> None:
    full, causal = (Shape(2, 3, 8, 4, is_causal) for is_causal in (False, True))
    assert full.forward_flop == 2 * (2 * 3) * 8 * 8 * (2 * 4)  # two products, two operations each
    assert causal.forward_flop == full.forward_flop / 2


def test_committed_rates_cover_the_listed_shapes() -> None:
    rates = [r for r in read_results(RESULTS / "attention.json") if r["kind"] == "rate"]
    measured = {(r["shape"], r["provider"]) for r in rates}
    assert {(s.label, p) for s in LISTED_SHAPES for p in ("cudnn", "ours_hopper")} <= measured


def test_committed_errors_are_within_the_tolerances() -> None:
    errors = [r for r in read_results(RESULTS / "attention.json") if r["kind"] == "error"]
    ours = [r for r in errors if r["provider"].startswith("ours")]
    assert ours
    assert all(r[name] <= 1e-2 for r in ours for name in ("output", "dq", "dk", "dv"))


def test_figures_are_drawn_from_the_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("attention.json", "kernels.json"):
        shutil.copy(RESULTS / name, tmp_path)
    monkeypatch.setattr(sys, "argv", ["plot_kernels", str(tmp_path)])
    plot_kernels.main()
    drawn = {path.name for path in tmp_path.glob("*.png")}
    assert drawn == {"attention.png", "kernels.png", "roofline.png"}


def test_missing_records_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "attention.json").write_text(json.dumps({"records": []}), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["plot_kernels", str(tmp_path)])
    with pytest.raises(SystemExit) as exit_info:
        plot_kernels.main()
    assert exit_info.value.code == 2
    assert "no kernels.json; run the benchmarks first" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU to measure")
@pytest.mark.parametrize("name", ["bench_attention", "bench_kernels"])
def test_without_a_gpu_a_benchmark_says_so(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench"])
    with pytest.raises(SystemExit) as exit_info:
        load(name).main()
    assert exit_info.value.code == 2
    assert "no CUDA device" in capsys.readouterr().err
