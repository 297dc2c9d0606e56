"""The parts of lecture 4: the router against loops, two forms of each mixer, the toys' signs."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from cs336_basics.layers import SwiGLU
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_04 import (
    byte_model,
    byte_training,
    dispatch,
    experiments,
    gpu_layers,
    indexer,
    mixers,
    models,
    recall,
    results,
    rules,
    toy,
    upcycling,
)
from lectures.lecture_04.moe import Mixture, StackedMixture, stacked_from
from lectures.lecture_04.router import (
    admitted,
    balance_loss,
    capacity_of,
    load,
    moved_bias,
    places,
    route,
    z_loss,
)
from lectures.lecture_04.tools.measure import shown_by_line

SPARSE = (16, 2, 8)


def test_the_gates_sum_to_one_or_are_the_probabilities() -> None:
    logits = torch.randn(50, 6)
    divided, plain = route(logits, 2), route(logits, 2, renormalise=False)
    assert torch.allclose(divided.gates.sum(dim=1), torch.ones(50))
    assert torch.equal(plain.gates, plain.probabilities.gather(1, plain.experts))
    after = torch.softmax(logits.gather(1, divided.experts), dim=1)
    assert torch.allclose(divided.gates, after, atol=1e-6), "softmax after the choice is the same"
    assert torch.allclose(route(logits, 6).gates.sum(dim=1), torch.ones(50)), "all experts"


@pytest.mark.parametrize("k", [0, 4])
def test_a_k_that_cannot_be_is_named(k: int) -> None:
    with pytest.raises(ValueError, match=f"k = {k}: choose between 1 and all 3 experts"):
        route(torch.zeros(2, 3), k)


def test_a_bias_moves_the_choice_and_not_the_gate() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0]])
    moved = route(logits, 1, bias=torch.tensor([0.0, 0.0, 9.0]), renormalise=False)
    assert moved.experts.tolist() == [[2]]
    assert torch.equal(moved.gates, moved.probabilities[:, 2:])
    shares = torch.tensor([0.6, 0.4, 0.0])
    steps = moved_bias(torch.zeros(3), shares, 0.01).tolist()
    assert steps == pytest.approx([-0.01, -0.01, 0.01])


@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=1, max_size=30))
def test_places_are_given_in_the_order_of_the_tokens(chosen: list[list[int]]) -> None:
    seen: dict[int, int] = {}
    expected = []
    for pair in chosen:
        row = []
        for expert in pair:
            row.append(seen.get(expert, 0))
            seen[expert] = row[-1] + 1
        expected.append(row)
    experts = torch.tensor(chosen)
    assert places(experts, 5).tolist() == expected
    fits = admitted(experts, 5, capacity=2)
    assert torch.equal(fits, places(experts, 5) < 2)
    assert int(fits.sum()) == sum(min(2, count) for count in seen.values())


def test_capacity_is_rounded_up_and_never_above_the_number_of_tokens() -> None:
    assert capacity_of(1024, 2, 16, 1.25) == 160
    assert capacity_of(1, 2, 16, 1.0) == 1
    assert capacity_of(10, 2, 4, 100.0) == 10


def test_the_balance_loss_is_one_when_uniform_and_may_be_less() -> None:
    uniform = route(torch.zeros(4, 2), k=2)
    assert balance_loss(uniform).item() == pytest.approx(1)
    below = torch.tensor([[0.51, 0.49], [0.51, 0.49], [0.01, 0.99]]).log()
    assert balance_loss(route(below, 1)).item() == pytest.approx(0.8956, abs=1e-3)
    crowded = torch.tensor([[5.0, 0.0]] * 4)
    assert balance_loss(route(crowded, 1)).item() > 1.9


def test_its_gradient_is_the_load() -> None:
    logits = torch.randn(32, 4)
    routing = route(logits, 2)
    probabilities = routing.probabilities.clone().requires_grad_()
    balance_loss(type(routing)(routing.experts, routing.gates, probabilities)).backward()  # type: ignore[no-untyped-call]
    assert probabilities.grad is not None
    expected = 4 * load(routing.experts, 4) / 32
    assert torch.allclose(probabilities.grad, expected.expand(32, 4), atol=1e-6)


def test_the_z_loss_sees_the_level_that_softmax_does_not() -> None:
    logits = torch.randn(10, 3)
    assert torch.allclose(route(logits, 2).gates, route(logits + 7, 2).gates, atol=1e-5)
    assert z_loss(logits + 7) > z_loss(logits)
    assert z_loss(torch.full((1, 8), -math.log(8))).item() == pytest.approx(0, abs=1e-10)


@settings(max_examples=20, deadline=None)
@given(tokens=st.integers(1, 30), experts=st.integers(2, 6), k=st.integers(1, 2))
def test_loop_masks_and_buffers_compute_the_same(tokens: int, experts: int, k: int) -> None:
    torch.manual_seed(tokens)
    mixture, x = Mixture(6, 5, experts, k), torch.randn(tokens, 6)
    routing = route(mixture.router(x), k)
    masks = torch.zeros(tokens, experts).scatter(1, routing.experts, routing.gates)
    everything = torch.stack([expert(x) for expert in mixture.experts], dim=1)
    by_masks = torch.einsum("te,ted->td", masks, everything)
    stacked = stacked_from(mixture)
    assert torch.allclose(mixture(x), by_masks, atol=1e-5)
    assert torch.allclose(stacked(x), by_masks, atol=1e-5)
    assert stacked.dropped.item() == 0


def test_all_experts_chosen_and_equal_make_one_dense_network() -> None:
    dense = SwiGLU(6, 5)
    mixture, x = upcycling.copies(dense, 4, k=4), torch.randn(9, 6)
    assert torch.allclose(mixture(x), dense(x), atol=1e-5)
    shared = Mixture(6, 5, 4, 2, shared=1)
    assert torch.allclose(
        shared(x) - shared.shared[0](x), stacked_from(shared)(x), atol=1e-5
    )  # fmt: skip


def test_a_token_without_a_place_gets_nothing_and_sends_no_gradient() -> None:
    torch.manual_seed(0)
    model = StackedMixture(4, 3, 2, 1, factor=1.0)
    with torch.no_grad():
        model.router.weight.copy_(torch.tensor([[1.0, 0, 0, 0], [-1.0, 0, 0, 0]]))
    x = torch.rand(6, 4).requires_grad_()  # all prefer expert 0, which has three places
    y = model(x)
    assert model.dropped.item() == 0.5
    assert (y[3:] == 0).all()
    assert (y[:3] != 0).any(dim=1).all()
    y.sum().backward()
    assert x.grad is not None
    assert (x.grad[3:] == 0).all()


def test_the_four_rules() -> None:
    torch.manual_seed(0)
    scores = torch.randn(64, 8)
    four = rules.four_ways(scores, rules.zipf_tokens(64))
    assert all(int(a.sum()) == 64 for a in four.values())
    assert four["expert chooses"].sum(dim=0).tolist() == [8] * 8
    assert four["assigned"].sum(dim=0).tolist() == [8] * 8
    assert (four["assigned"].sum(dim=1) == 1).all()
    best = float(scores.max(dim=1).values.sum())
    assert float((scores * four["assigned"]).sum()) > 0.9 * best, "nearly the best for everybody"
    same = rules.hashed(torch.tensor([5, 5]), 8)
    assert torch.equal(same[0], same[1]), "a word has one expert"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_signs_that_the_lecture_draws(seed: int) -> None:
    alone = toy.trained(*SPARSE, toy.Pressure(), seed)
    paid = toy.trained(*SPARSE, toy.Pressure(balance=0.1), seed)
    thermostat = toy.trained(*SPARSE, toy.Pressure(bias_step=0.01), seed)
    dense = toy.trained(1, 1, 16, toy.Pressure(), seed)
    one = toy.trained(8, 1, 16, toy.Pressure(balance=0.1), seed, renormalise=False)
    held = toy.trained(*SPARSE, toy.Pressure(balance=0.1, z=0.01), seed)
    clean = toy.trained(*SPARSE, toy.Pressure(), seed, common=0.0)
    assert alone.dead() >= 5
    assert paid.dead() <= 2
    assert thermostat.dead() == clean.dead() == 0
    assert paid.test_loss < alone.test_loss < dense.test_loss
    assert thermostat.test_loss < alone.test_loss
    assert paid.test_loss < one.test_loss
    assert held.level[-1] < 1 < 5 < paid.level[-1]


def test_one_expert_with_a_divided_gate_teaches_its_router_nothing() -> None:
    norms = experiments.router_gradients()
    assert norms["k = 1, divided"] == 0
    assert min(norms["k = 1, probability"], norms["k = 2, divided"]) > 0.01


def test_company_matters_only_where_places_are_few() -> None:
    model = toy.trained(*SPARSE, toy.Pressure()).model
    few, room = experiments.in_company(model, 1.0), experiments.in_company(model, None)
    assert few["alone"] == few["first"] != few["last"]
    assert room["alone"] == room["first"] == room["last"]
    assert model.factor is None, "left as it was"
    flipped = experiments.flipped(model, (0, 64))
    assert flipped[0] < flipped[64]


def test_upcycling_starts_where_the_dense_network_was() -> None:
    dense, x = SwiGLU(16, 8), torch.randn(40, 16)
    mixture = upcycling.copies(dense, 8, 2)
    assert torch.allclose(mixture(x), dense(x), atol=1e-5)
    assert upcycling.router_gradient(mixture, x, torch.randn(40, 16)) < 1e-5
    unequal = stacked_from(mixture)
    unequal.renormalise = False
    assert not torch.allclose(unequal(x), dense(x), atol=1e-2), "gates that sum to less than one"


def test_tokens_travel_and_come_back() -> None:
    assert dispatch.bytes_per_token(7168, 8) == 229_376
    assert dispatch.bytes_per_token(7168, 8, there=1) == 172_032
    assert dispatch.bytes_per_token(1024, 8) * 4 == dispatch.bytes_per_token(4096, 8)
    assert torch.equal(dispatch.tokens_of(2), dispatch.tokens_of(2))
    a, b = dispatch.same_mixture(), dispatch.same_mixture()
    assert torch.equal(a.router.weight, b.router.weight)


def test_parameters_are_counted_as_published() -> None:
    published = {m.name: m for m in models.MIXTURES}
    for name, shape in models.SHAPES.items():
        total, active = models.parameters(shape)
        assert total == pytest.approx(published[name].total, rel=0.01)
        assert active == pytest.approx(published[name].active, rel=0.02)
    recent = [h for h in models.HYBRIDS if "2025-09" <= h.released <= "2026-03"]
    assert sum(h.ratio == (3, 1) for h in recent) == 4
    assert models.cache_by_ratio(2**20)["0 : 1"] == pytest.approx(103.1, abs=0.1)
    assert [row for row in models.mixture_rows() if row[3] is None] == [
        ["Switch-C", "2021-01", 1571, None, None, 2048, 1, 0, 6144]
    ]


@settings(max_examples=20, deadline=None)
@given(tokens=st.integers(1, 80), seed=st.integers(0, 5))
def test_recurrence_and_parallel_form_agree(tokens: int, seed: int) -> None:
    assert mixers.largest_difference(tokens, gates=1.0, seed=seed) < 3e-6
    assert mixers.largest_difference(tokens, gates=None, seed=seed) < 3e-6
    assert mixers.largest_difference_delta(tokens, seed=seed) < 3e-6


def test_linear_attention_is_the_other_order_of_the_same_products() -> None:
    q, k, v = (torch.randn(7, 3) for _ in "qkv")
    by_masks = (q @ k.T).tril() @ v
    assert torch.allclose(mixers.parallel(q, k, v, torch.ones(7)), by_masks, atol=1e-5)
    state = torch.zeros(3, 3)
    for k_t, v_t in zip(k, v, strict=True):
        state = mixers.write_added(state, k_t, v_t)
    assert torch.allclose(state, k.T @ v, atol=1e-5)


def test_the_delta_rule_is_its_matrix_form_and_overwrites() -> None:
    state, k, v = torch.randn(4, 3), torch.randn(4), torch.randn(3)
    k = k / k.norm()
    by_matrix = (torch.eye(4) - 0.3 * torch.outer(k, k)) @ (0.9 * state) + 0.3 * torch.outer(k, v)
    assert torch.allclose(mixers.write_delta(state, k, v, 0.3, 0.9), by_matrix, atol=1e-6)
    assert torch.allclose(mixers.read(mixers.write_delta(state, k, v), k), v, atol=1e-5)
    other = torch.linalg.svd(k[None]).Vh[1]  # at right angles to k
    before, after = (mixers.read(s, other) for s in (state, mixers.write_delta(state, k, v)))
    assert torch.allclose(before, after, atol=1e-5)


def test_a_memory_of_three_sentences() -> None:
    ball, key, box, drawer, garden = *torch.eye(2), *torch.eye(3)
    told = recall.told([(ball, box), (key, drawer), (ball, garden)])
    assert told["delta"].tolist() == [[0, 0, 1], [0, 1, 0]]
    assert told["added"].tolist() == [[1, 0, 1], [0, 1, 0]]
    assert told["gated"].tolist() == [[0.25, 0, 1], [0, 0.5, 0]]


def test_recall_of_new_facts_and_of_changed_ones() -> None:
    assert recall.accuracy(32, 64, "added") > recall.accuracy(32, 64, "delta")
    changed = recall.overwritten_percent(32, 16, 8)
    assert changed["added"] < 30 < 90 < changed["delta"]
    assert recall.accuracy(32, 256, recall.RULES[3]) > 0.99
    assert recall.capacity(16, "added") < recall.capacity(32, "added")
    with pytest.raises(ValueError, match="rule 'sorted': choose one of added, gated, delta"):
        recall.accuracy(8, 4, "sorted")
    assert recall.sizes(10) == [4, 5, 6, 7, 8, 9, 10]


def test_the_indexer_learns_where_attention_looks() -> None:
    attention = indexer.random_attention()
    x = indexer.tokens(64, torch.Generator().manual_seed(0))
    weights = attention.weights(x)
    assert torch.allclose(weights.sum(dim=1), torch.ones(64), atol=1e-5)
    assert (weights.triu(1) == 0).all(), "causal"
    torch.manual_seed(0)
    scorer = indexer.Indexer()
    losses = indexer.fit(scorer, attention, steps=60)
    assert losses[-1] < losses[0]
    assert indexer.quality(weights, weights, 8) == pytest.approx(
        (1, indexer.quality(weights, weights, 8)[1])
    )
    kept = indexer.chosen(torch.randn(20, 20), 5)
    assert kept.sum(dim=1).tolist() == [min(i + 1, 5) for i in range(20)]
    assert (kept.triu(1) == 0).all()


def test_the_last_keys_are_what_a_window_keeps() -> None:
    kept = indexer.chosen(indexer.window(6), 2)
    assert kept[4].tolist() == [False, False, False, True, True, False]


def test_the_layers_on_a_gpu_have_the_work_of_the_dense_one() -> None:
    even, uneven = gpu_layers.counts(0.0), gpu_layers.counts(0.5)
    assert sum(even) == sum(uneven) == gpu_layers.TOKENS * gpu_layers.CHOSEN
    assert set(even) == {2048}
    assert max(uneven) <= gpu_layers.TOKENS
    assert max(uneven) * 64 / sum(uneven) == pytest.approx(4.38, abs=0.01)
    rows = gpu_layers.counts(0.5, tokens=64, experts=8, k=2)
    for form in (gpu_layers.loop, gpu_layers.padded, gpu_layers.grouped):
        out = form("cpu", rows, 64)()
        assert isinstance(out, torch.Tensor)
        assert out.shape[-1] == gpu_layers.WIDTH // 64


def test_a_byte_model_is_causal_and_its_batches_are_its_text() -> None:
    shape = byte_model.Shape(16, 1, 2, 8, 3, 2)
    model = byte_model.ByteModel(shape, byte_training.VARIANTS[1])
    ids = torch.randint(256, (2, 8))
    other = ids.clone()
    other[:, -1] = 0
    assert torch.allclose(model(ids)[:, :-1], model(other)[:, :-1], atol=1e-5)
    text = torch.arange(100, dtype=torch.uint8)
    windows = byte_model.batches(text, shape, seed=0, count=2)
    assert windows.shape == (2, 3, 9)
    assert (windows.diff(dim=-1) == 1).all()
    assert byte_model.learning_rate(0, byte_model.Shape()) < byte_model.Shape().lr


def test_a_run_says_what_came_of_it() -> None:
    shape = byte_model.Shape(16, 1, 2, 8, 4, 3)
    text = torch.randint(256, (400,), dtype=torch.uint8)
    record = byte_training.run(byte_training.VARIANTS[7], shape, 0, text, text)
    assert record["variant"].endswith("capacity 1")
    assert record["dropped"] > 0
    assert len(record["load_of_a_middle_block"]) == 3
    shown = shown_by_line({"provenance": {"device": "x"}, "records": [record, record]})
    assert json.loads(shown)["records"] == [record, record]


def test_records_name_what_was_measured() -> None:
    for name in ("layers", "decoding", "models"):
        content = results.load(name)
        assert content is not None
        where = content["provenance"]
        assert where["device"] == "NVIDIA H100 80GB HBM3"
        assert {"python", "torch", "cuda", "driver", "host"} <= set(where["versions"])
        assert where["date"] in results.recorded_on(name)
    for record in results.records("layers") + results.records("decoding"):
        assert record["captured"] is True
        assert record["q3"] / record["q1"] < 1.5
    assert results.load("nothing") is None
    assert "not measured yet" in results.recorded_on("nothing")


def test_the_language_models_say_what_the_lecture_says() -> None:
    losses = results.by_variant()
    by_seed = list(zip(losses["dense"], losses["16 experts, top 2"], strict=True))
    assert len(by_seed) == 3
    assert all(sparse < dense for dense, sparse in by_seed)
    for other in ("64 experts, top 8", "62 experts, top 6, 2 shared"):
        pairs = zip(losses["16 experts, top 2"], losses[other], strict=True)
        assert all(coarse < fine for coarse, fine in pairs)
    assert results.mean("16 experts, top 2, no pressure", "busiest") > 5
    for variant in set(losses) - {"16 experts, top 2, capacity 1"}:
        assert results.mean(variant, "answers_changed") == 0
    rows = results.variant_rows()
    assert [row[3] for row in rows] == sorted(row[3] for row in rows)  # type: ignore[type-var]


def test_without_a_gpu_nothing_is_measured(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    script = Path(results.__file__).with_name("tools") / "measure.py"
    command = [sys.executable, str(script), "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr == "measure.py: this machine has no GPU that torch can use\n"
