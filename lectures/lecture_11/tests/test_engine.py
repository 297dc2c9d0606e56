"""The engine that takes the records: stacks, rates, Muon, branches and the forecast."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_11 import forecast, muon, schedules, studies
from lectures.lecture_11.facts import Facts
from lectures.lecture_11.parametrization import BASE_WIDTH, scale
from lectures.lecture_11.stacked import Shape, draw_weights, forward, losses, rate_factors
from lectures.lecture_11.training import Runs, Trainer, trained

CPU = torch.device("cpu")
TINY = Shape(16, layers=1)


@pytest.fixture(scope="module")
def facts() -> Facts:
    """The source with few questions."""
    return Facts.on(CPU, 4, 4)


def test_the_rules_agree_at_the_base_width_and_differ_at_sixteen_times() -> None:
    for role in ("input", "hidden", "output"):
        assert scale("mup", role, 64, BASE_WIDTH) == scale("standard", role, 64, BASE_WIDTH)
    hidden = scale("mup", "hidden", 1024, 1024)
    assert (hidden.deviation, hidden.rate) == (1 / 32, 1 / 16)
    assert scale("mup", "output", 1024, 1024).deviation == pytest.approx(1 / 32 / 4)
    assert scale("mup", "input", 84, 1024) == scale("standard", "input", 84, 64)


def test_a_stack_computes_what_its_runs_compute_alone() -> None:
    weights = draw_weights(TINY, [0, 1], 2, CPU)
    tokens = torch.randint(0, 84, (4, 3, 65), generator=torch.Generator().manual_seed(0))
    together = losses(weights, TINY, tokens)
    for run in range(4):
        alone = {name: w[run : run + 1] for name, w in weights.items()}
        torch.testing.assert_close(losses(alone, TINY, tokens[run : run + 1])[0], together[run])
    assert together[0] != together[2]


def test_a_model_does_not_see_what_comes_later() -> None:
    weights = draw_weights(TINY, [0], 1, CPU)
    ids = torch.randint(0, 84, (1, 1, 64), generator=torch.Generator().manual_seed(0))
    changed = ids.clone()
    changed[..., 40:] = 0
    before, after = forward(weights, TINY, ids), forward(weights, TINY, changed)
    torch.testing.assert_close(before[:, :40], after[:, :40])


def test_all_rates_of_a_seed_start_alike_and_end_apart(facts: Facts) -> None:
    end = trained(Runs(TINY, [1e-3, 1e-2], [0, 1], batch=2), 4, lambda _: 1.0, facts)
    first, last = end.state.curve[0], end.state.curve[-1]
    assert first[0] == first[1] != first[2]
    assert last[0] != last[1]


def test_our_adam_is_torchs(facts: Facts) -> None:
    run = Trainer(Runs(TINY, [1e-2], [3], batch=2), facts, CPU)
    copies = {k: w.clone().requires_grad_() for k, w in run.state.weights.items()}
    factors = rate_factors(TINY)
    groups = [{"params": [copies[k]], "lr": 1e-2 * factors[k]} for k in copies]
    adam = torch.optim.Adam(groups, betas=(0.9, 0.99), eps=1e-12)
    for step in range(3):
        run.train(step + 1, lambda _: 1.0)
        adam.zero_grad()
        losses(copies, TINY, run._tokens).sum().backward()  # type: ignore[no-untyped-call]
        adam.step()
    for name, weight in run.state.weights.items():
        torch.testing.assert_close(weight, copies[name].detach(), rtol=2e-4, atol=1e-5)


def test_branches_end_where_whole_runs_end(facts: Facts) -> None:
    runs = Runs(TINY, [1e-2], [0], batch=2)
    branches = Trainer(runs, facts, CPU).branches([10], warmup=2, decay=0.2)
    whole = trained(runs, 10, schedules.wsd(10, 2, 0.2), facts)
    torch.testing.assert_close(branches[10], whole.excess())


def test_a_branch_leaves_the_trunk_where_it_was(facts: Facts) -> None:
    run = Trainer(Runs(TINY, [1e-2], [0], batch=2), facts, CPU)
    run.branches([5, 10], warmup=1, decay=0.2)
    assert run.state.step == 8
    assert len(run.state.curve) == 8


@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_the_classical_iteration_makes_orthogonal(rows: int, columns: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    matrix = torch.randn(rows, columns, generator=draw, dtype=torch.float64)
    values = torch.linalg.svdvals(muon.orthogonalized(matrix, 40, muon.CLASSICAL))
    torch.testing.assert_close(values, torch.ones_like(values), atol=1e-6, rtol=0)


def test_five_fast_steps_bring_singular_values_near_one() -> None:
    matrix = torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    fast, classical = (
        torch.linalg.svdvals(muon.orthogonalized(matrix, 5, c)) for c in (muon.FAST, muon.CLASSICAL)
    )
    assert fast[fast > 0.3].min() > 0.65
    assert fast.max() < 1.25
    assert fast.kthvalue(4).values > 1.5 * classical.kthvalue(4).values
    assert muon.orthogonalized(torch.zeros(3, 4)).abs().max() == 0


def test_the_iteration_keeps_singular_vectors() -> None:
    matrix = torch.randn(8, 20, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    scaled = s / torch.linalg.matrix_norm(matrix)
    expected = u @ torch.diag(muon.polynomial(scaled, 5, muon.FAST)) @ vh
    torch.testing.assert_close(muon.orthogonalized(matrix), expected, atol=1e-5, rtol=1e-5)


def test_a_muon_step_has_the_norm_that_mup_asks_for(facts: Facts) -> None:
    gradient = torch.randn(2, 32, 128, generator=torch.Generator().manual_seed(2))
    update = muon.muon_update(gradient, torch.zeros_like(gradient))
    norms = torch.linalg.matrix_norm(update, ord=2)
    assert norms.tolist() == pytest.approx([2.0, 2.0], rel=0.25)
    end = trained(Runs(TINY, [0.05], [0], batch=2, adam_rate=0.01), 30, lambda _: 1.0, facts)
    assert end.state.curve[-1] < end.state.curve[0] - 0.5


def test_schedules_start_low_peak_and_end_at_nothing() -> None:
    for make in (schedules.cosine, schedules.linear_to_zero, schedules.wsd):
        factors = [make(100, 10)(step) for step in range(100)]
        assert factors[0] == pytest.approx(0.1)
        assert max(factors) == pytest.approx(1.0, abs=0.02)
        assert factors[-1] < 0.06
    assert schedules.wsd(100, 10)(79) == 1.0
    assert schedules.steps_saved([250, 500, 1000, 2000]) == (3750, 2350)


def test_the_fit_finds_the_law_it_was_given() -> None:
    n, d = np.repeat([7e3, 3e4, 1e5], 4), np.tile([5e5, 1e6, 2e6, 4e6], 3)
    law = forecast.fit(n, d, forecast.Law(0.05, 0.5, 0.1, 0.34).predict(n, d))
    assert (law.alpha, law.beta) == pytest.approx((0.5, 0.34))
    assert (law.a, law.b) == pytest.approx((0.05, 0.1), rel=1e-6)


def test_a_forecast_holds_the_truth_it_was_made_from() -> None:
    law, rng = forecast.Law(0.05, 0.5, 0.1, 0.34), np.random.default_rng(0)
    rows = [
        {"parameters": n, "tokens": d, "excess": x * float(np.exp(0.02 * rng.standard_normal()))}
        for n in (7_000, 27_000, 59_000, 104_000)
        for d in (500_000, 1_000_000, 2_000_000, 4_000_000)
        for x in [float(law.predict(np.array([n * 1.0]), np.array([d * 1.0]))[0])]
    ]
    said = forecast.forecast(rows, [(6_000_000, 32_000_000)], draws=40)["goals"][0]
    truth = float(law.predict(np.array([6e6]), np.array([32e6]))[0])
    assert said["low"] < truth < said["high"]
    assert said["low"] < said["excess"] < said["high"]


def test_a_try_of_a_study_gives_its_rows() -> None:
    rows = list(studies.ladder(studies.place("cpu", small=True)))
    assert {row["width"] for row in rows} == {16, 32}
    assert all(row["excess"] > 0 for row in rows)
