"""The parts of lecture 7: simulated collectives, schedules, cuts and failures, beside theory."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_07 import activations, context, failures, pipeline, published, results, tensor
from lectures.lecture_07.collectives import (
    Link,
    all_gather,
    crossing,
    lazy_ring_all_reduce,
    reduce_scatter,
    ring_all_reduce,
    ring_seconds,
    simulated_seconds,
    summed,
    tree_all_reduce,
    tree_seconds,
)
from lectures.lecture_07.overlap import gather_ahead, total

LINK = Link(alpha=5e-6, beta=50e9)


def buffers_of(ranks: int) -> st.SearchStrategy[list[list[float]]]:
    row = st.lists(st.integers(-99, 99).map(float), min_size=ranks, max_size=ranks)
    return st.lists(row, min_size=ranks, max_size=ranks)


@given(st.integers(2, 7).flatmap(buffers_of))
def test_every_all_reduce_leaves_the_sum_everywhere(buffers: list[list[float]]) -> None:
    n = len(buffers)
    expected = [summed(buffers)] * n
    assert ring_all_reduce(buffers).result == expected
    assert lazy_ring_all_reduce(buffers).result == expected
    if n & (n - 1) == 0:
        assert tree_all_reduce(buffers).result == expected


@given(st.integers(2, 7).flatmap(buffers_of))
def test_an_all_reduce_is_a_reduce_scatter_and_an_all_gather(buffers: list[list[float]]) -> None:
    n = len(buffers)
    halves = reduce_scatter(buffers)
    finished = [halves.result[rank][(rank + 1) % n] for rank in range(n)]
    sums = summed(buffers)
    assert finished == [sums[(rank + 1) % n] for rank in range(n)]
    assert halves.then(all_gather).states == ring_all_reduce(buffers).states


@pytest.mark.parametrize("n", [2, 4, 8, 16])
def test_messages_and_bytes(n: int) -> None:
    buffers = [[1.0] * n for _ in range(n)]
    ring, tree, lazy = (
        f(buffers) for f in (ring_all_reduce, tree_all_reduce, lazy_ring_all_reduce)
    )
    assert (len(ring.steps), ring.messages()) == (2 * (n - 1), 2 * n * (n - 1))
    assert (len(tree.steps), tree.messages()) == (2 * math.log2(n), 2 * (n - 1))
    assert all(ring.sent_by(r) == pytest.approx(2 * (n - 1) / n) for r in range(n))
    assert all(lazy.sent_by(r) == n - 1 for r in range(n))
    for size in (2**10, 2**30):
        assert simulated_seconds(ring, size, LINK) == pytest.approx(ring_seconds(size, n, LINK))
        assert simulated_seconds(tree, size, LINK) == pytest.approx(tree_seconds(size, n, LINK))


@pytest.mark.parametrize("n", [8, 64, 512])
def test_ring_and_tree_cross_where_the_formula_says(n: int) -> None:
    size = crossing(n, LINK)
    assert ring_seconds(size, n, LINK) == pytest.approx(tree_seconds(size, n, LINK))
    assert tree_seconds(size / 2, n, LINK) < ring_seconds(size / 2, n, LINK)


def test_a_tree_of_three_is_refused() -> None:
    with pytest.raises(ValueError, match="3 ranks: the tree needs a power of two"):
        tree_all_reduce([[1.0]] * 3)


def test_the_fit_recovers_a_link_that_it_is_given() -> None:
    sizes = [2**k for k in range(20, 31, 2)]
    truth = Link(alpha=40e-6, beta=300e9)
    found = results.fit_link({s: truth.seconds(1.5 * s) for s in sizes}, ranks=4)
    assert (found.alpha, found.beta) == pytest.approx((truth.alpha, truth.beta))


def test_records_are_those_of_the_assignment() -> None:
    assert "4 × NVIDIA H100" in results.recorded_on("data_parallel_4")
    assert results.peak_gib("fsdp", 4) == pytest.approx(41.57, abs=0.01)
    assert results.parameters() == 969_411_840
    with pytest.raises(ValueError, match="no strategy 'zero2'"):
        results.strategy("zero2", 4)


@given(
    st.lists(st.floats(0.1, 9), min_size=1, max_size=8).flatmap(
        lambda gather: st.tuples(
            st.just(gather), st.lists(st.floats(0.1, 9), min_size=len(gather), max_size=len(gather))
        )
    ),
    st.integers(0, 8),
)
def test_no_prefetch_beats_the_longer_lane(
    lanes: tuple[list[float], list[float]], prefetch: int
) -> None:
    gather, compute = lanes
    took = total(gather_ahead(gather, compute, prefetch))
    assert took >= max(gather[0] + sum(compute), sum(gather) + compute[-1]) - 1e-9
    assert took <= sum(gather) + sum(compute) + 1e-9
    assert total(gather_ahead(gather, compute, 0)) == pytest.approx(sum(gather) + sum(compute))
    assert total(gather_ahead(gather, compute, prefetch + 1)) <= took + 1e-9


@settings(max_examples=30, deadline=None)
@given(stages=st.integers(2, 6), groups=st.integers(1, 4), runs=st.integers(2, 3))
def test_schedules_have_the_bubbles_of_their_papers(stages: int, groups: int, runs: int) -> None:
    p, m = stages, groups * stages
    fused = pipeline.run_order("", pipeline.one_forward_one_backward(p, m), m)
    assert fused.bubble == pytest.approx((p - 1) / (m + p - 1))
    assert [fused.stored(s) for s in range(p)] == [min(p - s, m) for s in range(p)]
    gpipe = pipeline.run_order("", pipeline.gpipe(p, m), m)
    assert gpipe.seconds == fused.seconds
    assert {gpipe.stored(s) for s in range(p)} == {m}
    woven = pipeline.run_order("", pipeline.interleaved(p, m, runs), m, runs)
    assert woven.bubble == pytest.approx((p - 1) / (runs * m + p - 1))


@pytest.mark.parametrize("p", [2, 4, 8])
def test_enough_memory_makes_the_bubble_zero(p: int) -> None:
    timeline = pipeline.zero_bubble(p, 4 * p, lambda _: 2 * p - 1)
    assert timeline.bubble == 0
    assert max(timeline.stored(s) for s in range(p)) == 2 * p - 1
    with_less = pipeline.zero_bubble(p, 4 * p, lambda _: p)
    assert 0 < with_less.bubble < (p - 1) / (5 * p - 1)
    assert max(with_less.stored(s) for s in range(p)) == p


@pytest.mark.parametrize("name", ["GPipe", "1F1B", "zero bubble, 7 kept"])
def test_no_stage_does_two_things_at_once_or_work_before_its_input(name: str) -> None:
    timeline = pipeline.five_schedules(4, 8)[name]
    ends = {(s.stage, s.operation): s.end for s in timeline.slots}
    for stage in range(4):
        slots = timeline.on(stage)
        assert all(a.end <= b.start for a, b in pairwise(slots))
        for slot in slots:
            kind, m = slot.operation.kind, slot.operation.micro_batch
            before = {"F": (stage - 1, "F"), "B": (stage + 1, "B"), "W": (stage, "B")}[kind]
            arrived = ends.get((before[0], pipeline.Operation(before[1], m)), 0.0)
            assert arrived <= slot.start


def test_interleaving_needs_whole_groups() -> None:
    with pytest.raises(ValueError, match="6 micro-batches do not make groups of 4"):
        pipeline.interleaved(4, 6, 2)


def test_an_order_that_waits_for_itself_is_named() -> None:
    backward_first = [[pipeline.Operation("B", 0), pipeline.Operation("F", 0)]]
    with pytest.raises(RuntimeError, match="bad: the stages wait for each other"):
        pipeline.run_order("bad", backward_first, 1)


@settings(max_examples=20, deadline=None)
@given(ranks=st.sampled_from([1, 2, 4, 8]))
def test_cuts_are_exact_and_sequence_parallelism_sends_as_much(ranks: int) -> None:
    x, up, down = tensor.toy()
    exact, wire, pieces = tensor.plain(x, up, down), tensor.Wire(ranks), tensor.Wire(ranks)
    assert tensor.error(tensor.column_then_row(x, up, down, wire), exact) < 1e-5
    assert tensor.error(tensor.row_then_column(x, up, down, tensor.Wire(ranks)), exact) < 1e-5
    normed = torch.nn.functional.layer_norm(x, x.shape[-1:])
    parts = tensor.sequence_parallel(x.chunk(ranks), up, down, pieces)
    assert tensor.error(torch.cat(parts), tensor.plain(normed, up, down)) < 1e-5
    assert wire.total == pieces.total == 2 * 16 * 64 * 4 * (ranks - 1) / ranks


def test_gelu_of_parts_is_not_gelu_of_the_sum() -> None:
    x, up, down = tensor.toy()
    wrong = tensor.row_without_sum(x, up, down, tensor.Wire(4))
    assert tensor.error(wrong, tensor.plain(x, up, down)) > 0.1


def test_what_a_block_keeps() -> None:
    assert activations.count_block(64, 256, 64, flash=True, recompute=True) == 64
    fused = [activations.count_block(64, 256, n, flash=True, recompute=False) for n in (64, 256)]
    plain = [activations.count_block(64, 256, n, flash=False, recompute=False) for n in (64, 256)]
    assert fused[0] == pytest.approx(fused[1], rel=0.02)
    assert plain[1] > 1.5 * plain[0]


def test_the_formula_of_the_paper() -> None:
    gib = [b / 2**30 for b in activations.paper_bytes(2048, 4, 6144, 64, 8).values()]
    assert gib == pytest.approx([6.59375, 1.234375, 0.82421875, 0.19921875, 0.09375])


@settings(max_examples=10, deadline=None)
@given(ranks=st.sampled_from([1, 2, 4, 8]), tokens=st.sampled_from([8, 32, 64]))
def test_ring_attention_is_exact(ranks: int, tokens: int) -> None:
    assert context.apart_from_exact(ranks, tokens) < 1e-5


@pytest.mark.parametrize("ranks", [2, 4, 8])
def test_the_zigzag_is_even_and_does_the_same_work(ranks: int) -> None:
    even, uneven = (context.work_by_step(f(ranks)) for f in (context.zigzag, context.contiguous))
    assert {share for step in even for share in step} == {2.0}
    assert sum(map(sum, even)) == sum(map(sum, uneven)) == 2 * ranks**2
    assert context.ring_time(context.contiguous(ranks)) == 4 * ranks - 2


def test_experts_send_what_their_tokens_visit() -> None:
    ratio = context.all_to_all_bytes(64, 8, 2, 16) / context.tensor_parallel_bytes(64, 8, 16)
    assert ratio == 2 / 16
    assert context.expert_loads(100, 8, 2, 0.0).sum() == 200


def test_the_best_interval_is_the_bottom_of_the_valley() -> None:
    c, m = (next(s for s in failures.best_interval().free_symbols if s.name == n) for n in "cM")
    best = float(failures.best_interval().subs({c: 2, m: 180}))
    assert best == pytest.approx(math.sqrt(2 * 2 * 180))
    around = [failures.lost_share(best * f, 2, 180) for f in (0.9, 1, 1.1)]
    assert min(around) == around[1]


def test_the_simulation_loses_what_the_formula_says_where_losses_are_small() -> None:
    lost = failures.simulate(20, 0.1, 2000, 0, failures=20_000)
    assert lost == pytest.approx(failures.lost_share(20, 0.1, 2000), rel=0.1)


def test_causes_are_counts_of_all_unexpected_interruptions() -> None:
    assert sum(failures.CAUSES.values()) < failures.UNEXPECTED == 466 - failures.PLANNED
    assert failures.mean_hours_between_failures() == pytest.approx(3.09, abs=0.01)


@pytest.mark.parametrize("run", published.ALL, ids=lambda run: run.name)
def test_published_layouts_use_their_clusters(run: published.Published) -> None:
    assert run.mesh.num_devices == run.cluster.num_devices
    plan = run.as_plan()
    assert plan.estimate.memory.total < 80e9
    assert abs(plan.mfu / run.reported_mfu - 1) < 0.12


@pytest.mark.parametrize(
    ("run", "billions"),
    [(published.LLAMA, 405), (published.MEGATRON, 1008), (published.BLOOM, 176)],
)
def test_published_models_have_their_size(run: published.Published, billions: float) -> None:
    """BLOOM ties its embeddings, which the calculator counts twice."""
    tied = run.job.vocab_size * run.job.model.d_model if run is published.BLOOM else 0
    assert (run.job.num_parameters - tied) / 1e9 == pytest.approx(billions, rel=0.005)


def test_a_layout_that_cannot_run_is_named() -> None:
    narrow = replace(published.LLAMA, micro_batch=3)
    with pytest.raises(ValueError, match=r"Llama 3 405B .*cannot run"):
        narrow.as_plan()
