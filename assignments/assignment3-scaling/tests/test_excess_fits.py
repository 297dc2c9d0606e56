"""Predictions of the excess over a known entropy, on laws that are known."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cs336_scaling.chinchilla import FitError, ParametricLaw
from cs336_scaling.real_study.excess_fits import (
    ExcessRun,
    excess_interval,
    excess_runs,
    parabolas_free,
    parabolas_known,
    parabolas_without,
    parametric_free,
    parametric_known,
    predict_all,
    valleys,
)
from cs336_scaling.real_study.report import seed_spread, windows, write_reports
from cs336_scaling.record_file import append_record

LAW = ParametricLaw(0.0, 12.0, 20.0, 0.5, 0.36)
ENTROPY = 0.46
BUDGETS = (1e12, 3e12, 1e13)


def make_runs(budgets: tuple[float, ...] = BUDGETS, noise: float = 0.0) -> list[ExcessRun]:
    rng = np.random.default_rng(0)
    runs = []
    for c in budgets:
        for factor in (0.3, 0.6, 1.2, 2.4):
            n = round(LAW.optimum(c)[0] * factor)
            d = c / (6 * n)
            x = float(LAW.predict(n, d)) * math.exp(noise * rng.standard_normal())
            runs.append(ExcessRun(n, d, c, x))
    return runs


@pytest.mark.parametrize(
    ("method", "tolerance"), [(parametric_known, 0.001), (parabolas_known, 0.02),
                              (parametric_free, 0.01), (parabolas_free, 0.15)],
)  # fmt: skip
def test_an_exact_law_is_predicted(method: Callable[..., object], tolerance: float) -> None:
    truth = LAW.optimal_loss(1e14)
    answer = method(make_runs(), ENTROPY, 1e14)
    assert answer.excess == pytest.approx(truth, rel=tolerance)  # type: ignore[attr-defined]


def test_without_an_entropy_the_excess_is_far_too_low() -> None:
    assert parabolas_without(make_runs(), ENTROPY, 1e14).excess < 0.75 * LAW.optimal_loss(1e14)


def test_the_valley_and_how_flat_it_is() -> None:
    valley = valleys(make_runs((1e13,)))[0]
    assert valley.parameters == pytest.approx(LAW.optimum(1e13)[0], rel=0.1)
    assert valley.low < valley.parameters < valley.high
    edge = float(LAW.predict(valley.high, 1e13 / (6 * valley.high)))
    assert edge / valley.excess == pytest.approx(1.03, abs=0.02)


def test_the_interval_holds_the_truth_and_grows_with_distance() -> None:
    runs = make_runs(noise=0.03)
    near, far = (excess_interval(runs, c, draws=30) for c in (3e13, 3e14))
    assert near.low < LAW.optimal_loss(3e13) < near.high
    assert far.high / far.low > near.high / near.low


def test_a_budget_with_one_size_has_no_parabola() -> None:
    valley = valleys([ExcessRun(100, 1.0, 1e9, 0.5)])[0]
    assert (valley.low, valley.parameters, valley.high) == (100, 100, 100)


def test_what_cannot_be_fitted_says_so() -> None:
    runs = [ExcessRun(100, 1e6, c, 0.5) for c in (1e9, 1e10)]
    assert any(isinstance(answer, FitError) for answer in predict_all(runs, 0.4, 1e11))


def record(flops: float, run: ExcessRun, seed: int, factor: float = 1.0) -> dict[str, object]:
    return {
        "source": "zipf", "alpha": 0.5, "noise": 0.0, "train_flops": flops, "seed": seed,
        "parameters": run.parameters, "tokens": run.tokens, "excess": run.excess * factor,
        "entropy": ENTROPY, "seconds": 1.0, "device": "CPU", "torch": "2", "date": "2026-11-27",
    }  # fmt: skip


def test_seeds_are_averaged_and_diverged_runs_left_out() -> None:
    run = make_runs()[0]
    records = [record(1e12, run, 0), record(1e12, run, 1, 1.21), record(1e12, run, 2)]
    records[2]["excess"] = None
    assert excess_runs(records)[0].excess == pytest.approx(1.1 * run.excess)
    assert seed_spread(records) == pytest.approx(math.log(1.21) / math.sqrt(2))


def test_windows_are_three_budgets_and_ten_times_the_last() -> None:
    runs = make_runs((1e12, 3e12, 1e13, 3e13, 1e14))
    assert windows(runs, 1e14) == [
        ((1e12, 3e12, 1e13, 3e13), 1e14), ((1e12, 3e12, 1e13), 1e14),
    ]  # fmt: skip


def test_a_report_is_written(tmp_path: Path) -> None:
    for run in make_runs((1e12, 3e12, 1e13, 1e14), noise=0.01):
        append_record(tmp_path / "records.jsonl", record(run.compute_budget, run, 0))
    write_reports(tmp_path, 1e14)
    text = (tmp_path / "report.md").read_text()
    assert "parametric, E known" in text
    assert "holds the truth" in text
    assert (tmp_path / "isoflop_alpha0.5_noise0.png").stat().st_size > 5000


def test_stories_get_their_curves_drawn(tmp_path: Path) -> None:
    for run in make_runs((1e12, 3e12, 1e13, 1e14)):
        row = record(run.compute_budget, run, 0)
        curve = {"source": "stories", "curve": [[32, 5.0], [320, 2.0]], "steps": 320}
        append_record(tmp_path / "records.jsonl", row | curve)
    write_reports(tmp_path, 1e14)
    assert (tmp_path / "curves.png").stat().st_size > 5000
    assert "curves.png" in (tmp_path / "report.md").read_text()


def test_a_folder_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no records"):
        write_reports(tmp_path, 1e14)
