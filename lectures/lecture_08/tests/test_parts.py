"""The parts of lecture 8: collectives on paper, orders of work, records, and real processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lecture_tracer import run_ranks
from lectures.lecture_08 import (
    data_parallel,
    failures,
    mesh,
    on_paper,
    orders,
    pipeline,
    results,
    sharded,
    tensor_parallel,
)
from lectures.lecture_08.figures.lanes import intervals
from lectures.lecture_08.model import furthest, train_alone
from lectures.lecture_08.orders import Slot

ROOT = Path(__file__).parents[3]


def rows_of(ranks: int) -> st.SearchStrategy[on_paper.Held]:
    row = st.lists(st.integers(-99, 99).map(float), min_size=2 * ranks, max_size=2 * ranks)
    return st.lists(row, min_size=ranks, max_size=ranks).map(list)


@given(st.integers(1, 5).flatmap(rows_of))
def test_identities_of_the_collectives(held: on_paper.Held) -> None:
    assert on_paper.all_gather(on_paper.reduce_scatter(held)) == on_paper.all_reduce(held)
    assert on_paper.all_to_all(on_paper.all_to_all(held)) == held
    gathered = on_paper.gather(held)
    assert on_paper.scatter(gathered) == held
    assert all(row is None for row in gathered[1:])


def test_a_rank_without_a_row_cannot_give_one() -> None:
    with pytest.raises(ValueError, match="has nothing to give"):
        on_paper.reduce([[1.0], None])
    with pytest.raises(ValueError, match="3 elements do not divide among 2 ranks"):
        on_paper.scatter([[1.0, 2.0, 3.0], None])


@given(stages=st.integers(1, 6), micro_batches=st.integers(1, 12))
def test_both_orders_do_all_work_once_and_backward_after_forward(
    stages: int, micro_batches: int
) -> None:
    for stage in range(stages):
        for make in orders.ORDERS.values():
            order = make(stage, stages, micro_batches)
            assert sorted(order) == sorted((k, m) for k in "FB" for m in range(micro_batches))
            assert all(order.index(("F", m)) < order.index(("B", m)) for m in range(micro_batches))
        woven = orders.one_forward_one_backward(stage, stages, micro_batches)
        assert orders.kept_at_once(woven) == min(stages - stage, micro_batches)


def ideal(name: str, stages: int, micro_batches: int) -> list[Slot]:
    """The slots of equal stages and free wires: forward 1, backward 2."""
    todo = [orders.ORDERS[name](s, stages, micro_batches) for s in range(stages)]
    ends: dict[tuple[int, str, int], float] = {}
    free, slots = [0.0] * stages, []
    while any(todo):
        for stage, order in enumerate(todo):
            if not order:
                continue
            kind, m = order[0]
            neighbour = stage - 1 if kind == "F" else stage + 1
            needs_none = not 0 <= neighbour < stages
            if not needs_none and (neighbour, kind, m) not in ends:
                continue
            start = max(free[stage], 0.0 if needs_none else ends[neighbour, kind, m])
            free[stage] = ends[stage, kind, m] = start + (1 if kind == "F" else 2)
            slots.append(Slot(stage, kind, m, start, free[stage]))
            order.pop(0)
    return slots


@pytest.mark.parametrize("name", orders.ORDERS)
@pytest.mark.parametrize(("stages", "micro_batches"), [(2, 4), (4, 8), (4, 16)])
def test_the_formula_holds_where_wires_are_free(name: str, stages: int, micro_batches: int) -> None:
    slots = ideal(name, stages, micro_batches)
    assert orders.bubble(slots) == pytest.approx(orders.formula(stages, micro_batches))


@pytest.mark.parametrize("name", orders.ORDERS)
@pytest.mark.parametrize("m", [4, 8, 16])
@pytest.mark.parametrize(("backend", "stages", "more"),
                         [("gloo", 4, 0.05), ("nccl", 4, 0.1), ("nccl", 2, 0.1)])  # fmt: skip
def test_recorded_timelines_keep_the_order_and_idle_more_than_the_formula(
    name: str, m: int, backend: str, stages: int, more: float
) -> None:
    slots = results.timeline(name, m, stages=stages, backend=backend)
    by_stage = [[s for s in slots if s.stage == stage] for stage in range(stages)]
    for stage, own in enumerate(by_stage):
        own.sort(key=lambda s: s.start)
        assert [(s.kind, s.micro_batch) for s in own] == orders.ORDERS[name](stage, stages, m)
    ends = {(s.stage, s.kind, s.micro_batch): s.end for s in slots}
    for s in slots:
        before = (s.stage - 1 if s.kind == "F" else s.stage + 1, s.kind, s.micro_batch)
        assert ends.get(before, 0.0) <= s.start
    promised = orders.formula(stages, m)
    assert promised < orders.bubble(slots) < promised + more


def test_a_timeline_that_was_not_recorded_is_named() -> None:
    with pytest.raises(ValueError, match="no record of GPipe with 5 micro-batches"):
        results.timeline("GPipe", 5)


def test_records_say_where_they_come_from() -> None:
    assert "4 × NVIDIA H100" in results.recorded_on("collectives_4")
    assert "gloo, 4 ranks" in results.own_recorded_on("pipelines_gloo_4")
    assert "NVIDIA H200" in results.own_recorded_on("pipelines_nccl_4")
    for path in results.OWN.glob("*.json"):
        where = json.loads(path.read_text(encoding="utf-8"))["provenance"]
        assert {"device", "date", "versions", "command", "backend", "ranks"} <= set(where)
        assert path.stat().st_size < 100_000


def test_small_messages_take_as_long_as_a_thousand_times_as_many_bytes() -> None:
    for ranks in (2, 4):
        took = results.own_seconds("all_reduce", ranks)
        assert set(took) == {2**k for k in range(10, 31, 2)}
        assert took[2**20] < 1.2 * took[2**10] < took[2**30] / 20


def test_bus_bandwidth_is_that_of_the_benchmark() -> None:
    for row in results.load(results.ASSIGNMENT / "collectives_4.json")["records"]:
        if row["operation"] in results.BUS_FACTOR:
            ours = results.bus(row["operation"], 4)[round(row["size_mb"] * results.MIB)]
            assert ours / 1e9 == pytest.approx(row["bus_gb_per_s"], rel=1e-6)


def test_shards_drawn_alike_are_no_matrix_of_full_rank() -> None:
    assert torch.linalg.matrix_rank(tensor_parallel.seeded_alike()) == 4
    assert torch.linalg.matrix_rank(tensor_parallel.seeded_alike(world_size=1)) == 16


@pytest.fixture(scope="module")
def alone() -> float:
    """The loss of the fifth step in one process."""
    return train_alone()[0][-1]


@pytest.mark.parametrize(
    "program",
    [data_parallel.by_hand, tensor_parallel.train, mesh.train],
    ids=["rows", "columns", "mesh"],
)
def test_divided_training_is_the_serial_one(
    program: Callable[[int, int], dict[str, float]], alone: float
) -> None:
    assert run_ranks(program, 4)["loss"] == pytest.approx(alone, abs=2e-6)


@pytest.mark.parametrize("order", orders.ORDERS)
def test_a_pipeline_has_the_serial_gradients(order: str) -> None:
    assert run_ranks(pipeline.train_step, 2, order, 4)["apart"] < 1e-6


def test_fsdp_trains_the_same_and_holds_two_layers_at_most(alone: float) -> None:
    found = run_ranks(sharded.train, 2)
    assert found["loss"] == pytest.approx(alone, abs=2e-6)
    assert furthest(found["weights"], list(train_alone()[1].weights)) < 1e-5
    ahead = found["events"][1]
    assert (sharded.whole_at_once(found["events"][0]), sharded.whole_at_once(ahead)) == (1, 2)
    assert sharded.gathered_again(ahead) == [3]
    kinds = [interval["state"] for interval in intervals(ahead)]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "under way": 8, "whole": 8, "gradients under way": 4,
    }  # fmt: skip


def test_mistakes_are_what_the_lecture_says() -> None:
    wrong = run_ranks(data_parallel.without_all_reduce, 2)
    assert wrong["spread"] == pytest.approx([0.02 * k for k in range(1, 6)], rel=0.02)
    assert wrong["apart"][0] < 1e-6 < 0.5 < wrong["apart"][1]
    broken = run_ranks(tensor_parallel.forgotten, 2)
    assert broken["right"] == [False, False, True, True]
    assert broken["losses"][-1] < broken["losses"][0]


def test_accidents_end() -> None:
    assert run_ranks(failures.three_accidents, 3) == {
        "swapped": "a = 102, b = 201",
        "late": "timed out",
        "dead": "the connection to a peer was lost",
    }


def test_errors_of_other_kinds_are_not_named_wrongly() -> None:
    assert failures.reason(RuntimeError("shape mismatch")) == "another error"


def measure(*arguments: str, torchrun: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the measuring program as its docstring says, on two processes."""
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    script = "lectures/lecture_08/tools/measure.py"
    return subprocess.run(
        [sys.executable, *(start if torchrun else []), script, *arguments],
        cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip


def test_the_measuring_program_writes_records(tmp_path: Path) -> None:
    ended = measure("--small", "--only", "slow_rank", "collectives", "--output", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    record = json.loads((tmp_path / "slow_rank_gloo_2.json").read_text(encoding="utf-8"))
    assert [row["rank"] for row in record["rows"]] == [0, 1] * 3
    assert record["provenance"]["ranks"] == 2
    assert len(json.loads((tmp_path / "collectives_gloo_2.json").read_bytes())["rows"]) == 21


def test_the_measuring_program_needs_torchrun(tmp_path: Path) -> None:
    ended = measure("--output", str(tmp_path), torchrun=False)
    assert ended.returncode == 2
    assert "start it with torchrun" in ended.stderr
