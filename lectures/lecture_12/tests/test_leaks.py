"""The leaked exam of lecture 12: what is in the data, what models learn of it, who notices."""

import numpy as np
import pytest
import torch

from lectures.lecture_12 import leaks, overlap, records
from lectures.lecture_12.examinees import Examinees, Recipe, orders_to_try, scores
from lectures.lecture_12.tools import measure

EXAM = leaks.make_exam(16)
TINY = Recipe(d_model=16, layers=1, heads=2, batch=2, rate=1e-2)


def test_an_item_is_thirteen_words_with_the_sum_at_the_end() -> None:
    problem = leaks.Problem("Ana", "pears", 13, 5)
    assert " ".join(problem.words()) == "Ana has 13 pears and gets 5 more . how many ? 18"
    assert problem.words(reworded=True)[-3:] == ["Ana", "?", "18"]
    assert len(problem.words()) == len(problem.words(reworded=True)) == leaks.ITEM


def test_exam_and_training_share_no_pair_of_numbers() -> None:
    trained = {tuple(pair) for pair in EXAM.training_pairs.tolist()}
    items = EXAM.items + EXAM.fresh
    assert trained.isdisjoint((item.a, item.b) for item in items)
    assert len({(item.a, item.b) for item in items}) == len(items)


def test_a_leak_in_order_stands_in_the_data_as_often_as_it_should() -> None:
    data = leaks.training_windows(EXAM, 50, "in order", copies=3, seed=0)
    first = leaks.ids(EXAM.items)[: leaks.ITEMS].reshape(-1)
    assert data.shape == (50, leaks.WINDOW)
    assert (data == first).all(axis=1).sum() == 3


def test_a_leak_larger_than_the_data_is_refused() -> None:
    with pytest.raises(ValueError, match="30 copies are 60 windows, and there are 50"):
        leaks.training_windows(EXAM, 50, "in order", copies=30, seed=0)


def test_overlap_finds_the_copy_and_not_the_rewording() -> None:
    share = overlap.share_flagged(EXAM, (4, 12), windows=50)
    assert share["leaked as it is"] == {4: 1.0, 12: 1.0}
    assert share["leaked, reworded"][12] == share["not leaked"][12] == 0
    assert share["not leaked"][4] > 0.9


def test_models_side_by_side_are_the_models_alone() -> None:
    torch.set_num_threads(1)
    tokens = torch.as_tensor(leaks.ids(EXAM.items)[:2])
    both, alone = Examinees(TINY, [0, 1]), Examinees(TINY, [1])
    assert torch.equal(both.logits(tokens.expand(2, -1, -1))[1:], alone.logits(tokens[None]))
    one_by_one = both.logits(tokens.expand(2, -1, -1))
    both.device = "other than cpu"  # takes the way through vmap
    torch.testing.assert_close(both.logits(tokens.expand(2, -1, -1)), one_by_one)


def test_a_leak_is_learned_and_its_order_given_away() -> None:
    torch.set_num_threads(1)
    data = leaks.training_windows(EXAM, 240, "in order", copies=100, seed=0)
    model = Examinees(Recipe(d_model=48, layers=1, batch=4, rate=1e-2), [0])
    model.train(data[None])
    found = scores(model, EXAM)[0]
    likely = model.log_likelihoods(leaks.ids(EXAM.items), orders_to_try(16, 39))[0]
    assert found["benchmark"] >= found["fresh"]
    assert likely[0] == max(likely)


def test_published_order_comes_first() -> None:
    orders = orders_to_try(8, 5)
    assert orders[0].tolist() == list(range(8))
    assert all(sorted(order) == list(range(8)) for order in orders.tolist())


def test_the_measuring_program_reduces_orders_to_p_and_z() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((4, 100))
    values[:, 0] = 10
    row = measure.summary([{"leak": "in order", "copies": 1, "order": values.tolist()}])[0]
    assert row["order_p"] == 0.01
    assert min(row["order_z"]) > 8
    assert "order" not in row


def test_gains_are_paired_and_share_the_models_without_a_leak() -> None:
    def run(leak: str, copies: int, fresh: float, benchmark: float) -> dict[str, object]:
        common = {"leak": leak, "copies": copies, "steps": 10, "fresh": fresh}
        return common | {"benchmark": benchmark, "order_p": 0.01 if copies else 0.5}

    runs = [run("in order", 0, 0.2, 0.1), run("in order", 4, 0.2, 0.5)]
    runs += [run("in order", 4, 0.7, 0.9), run("reworded", 4, 0.2, 0.2)]
    rows = records.leak_gains({"runs": runs}, steps=10)
    at = {(row["kind"], row["copies"]): row for row in rows}
    assert at["in order", 4] == {
        "kind": "in order", "copies": 4, "value": 0.25, "low": 0.2, "high": 0.3,
    }  # fmt: skip
    assert at["reworded", 0]["value"] == at["in order", 0]["value"] == -0.1
    assert records.order_found({"runs": runs}, 10) == {"in order": {4: 2}, "reworded": {4: 1}}
    assert records.fresh_range({"runs": runs}, 10) == (0.2, 0.2)


def test_each_detector_misses_a_leak_that_is_worth_points() -> None:
    record = records.leaks()
    gains = {(row["kind"], row["copies"]): row["value"] for row in records.leak_gains(record, 800)}
    found = records.order_found(record, 800)
    assert min(gains[kind, 64] for kind in leaks.LEAKS) > 0.2 > abs(gains["in order", 0]) + 0.1
    assert found["shuffled"] == dict.fromkeys(measure.COPIES, 0)
    assert found["in order"][8] == found["reworded"][16] == 3
    assert record["provenance"]["device"] == "NVIDIA H100 80GB HBM3"
