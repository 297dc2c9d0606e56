"""Scores of the planner over the first hidden worlds, and of its rivals in one."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from cs336_scaling.config import CONTRACT_DOMAIN
from cs336_scaling.planner.ledger import Ledger
from cs336_scaling.scoring.__main__ import main, read_scores
from cs336_scaling.scoring.baselines import STRATEGIES
from cs336_scaling.scoring.score import BUDGET, Score, coverage_error, score_world, summarise
from cs336_scaling.simulator import TARGET_FLOPS, make_surface


@pytest.mark.parametrize(
    ("family", "loss", "size", "regret"), [("1", 0.4, 6, 0.2), ("2", 2, 30, 1)]
)
def test_twenty_worlds(family: str, loss: float, size: float, regret: float) -> None:
    """Medians in percent, with room for the chance in twenty worlds."""
    scores = [score_world(family, seed) for seed in range(20)]
    summary = summarise(scores)
    assert 100 * summary.loss_error[0] < loss
    assert 100 * summary.size_error[0] < size
    assert 100 * summary.regret[0] < regret
    assert summary.coverage >= 0.75
    assert min(score.regret for score in scores) >= 0


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_no_strategy_spends_more_than_the_budget(strategy: str) -> None:
    if strategy == "tpe":
        pytest.importorskip("optuna")
    ledger = Ledger(make_surface(1, 2).observe, BUDGET)
    STRATEGIES[strategy](ledger, CONTRACT_DOMAIN, TARGET_FLOPS, 1)
    assert 0.9 * BUDGET < ledger.spent <= BUDGET


def test_tpe_survives_budgets_at_which_all_trials_diverged() -> None:
    pytest.importorskip("optuna")
    ledger = Ledger(lambda config: math.nan, BUDGET)
    STRATEGIES["tpe"](ledger, CONTRACT_DOMAIN, TARGET_FLOPS, 0)
    assert ledger.usable() == []


def test_the_summary_of_two_worlds() -> None:
    scores = [Score(0, -0.01, 0.1, 0.0, True, 0.02), Score(1, 0.03, -0.3, 0.01, False, 0.04)]
    summary = summarise(scores)
    assert summary.loss_error[0] == pytest.approx(0.02)
    assert summary.loss_error[1] == pytest.approx(0.028)
    assert summary.coverage == 0.5
    assert summary.width == pytest.approx(0.03)
    assert coverage_error(0.95, 400) == pytest.approx(0.0214, abs=1e-3)


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "suite_family1_grid.jsonl"
    command = ["suite", "--output", str(tmp_path), "--families", "1", "--strategies", "grid",
               "--processes", "1"]  # fmt: skip
    assert main([*command, "--seconds", "0"]) == 0
    first = read_scores(path)
    assert len(first) == 1
    path.write_text(path.read_text() + "[7, 0.1")  # a line cut off
    assert main(command) == 0
    assert [score.seed for score in read_scores(path)] == list(range(20))
