"""Experiments and figures of lecture 10 by themselves."""

import math

import pytest
import torch
from cs336_basics.model import TransformerLM
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_10 import beyond, caches, decoding, machines, pruning, quantisation, results
from lectures.lecture_10 import speculation as spec
from lectures.lecture_10.experiments import flops_of_generation, tiny
from lectures.lecture_10.training import Recipe, losses_by_place, train
from lectures.lecture_10.variants import (
    VARIANTS,
    Sizes,
    Variant,
    build,
    cached_numbers,
    local_mask,
    matched,
)
from lectures.shared.aside import aside

SMALL = Sizes(64, 2, 8, 64)


# Counting


def test_llama_13b_has_the_sizes_that_are_published() -> None:
    assert machines.LLAMA_13B.parameters == 13_015_449_600
    assert machines.LLAMA_13B.cache_bytes(1024) == 838_860_800
    grouped = decoding.ModelSizes(kv_heads=8)
    assert grouped.parameters == 11_337_728_000
    assert machines.largest_batch(grouped, machines.H100, 1024) == 341


def test_a_batch_of_64_takes_less_time_with_8_heads_than_with_40() -> None:
    rows = machines.step_rows(machines.H100, (40, 8), (64,))
    assert [row[3] for row in rows] == [23.8, 10.0]


def test_a_pass_waits_for_memory_first_and_for_arithmetic_then() -> None:
    times = [machines.pass_seconds(machines.LLAMA_13B, machines.H100, n) for n in (1, 64, 1024)]
    assert times[0] == times[1] < times[2]


def test_a_window_keeps_least_of_a_long_text_and_all_of_a_short_one() -> None:
    sizes = {design.label: design for design in caches.DESIGNS}
    local, grouped = sizes["8 heads, 5 of 6 layers local"], sizes["8 heads (GQA)"]
    assert local.bytes(1024) == pytest.approx(grouped.bytes(1024))
    assert local.bytes(131_072) < grouped.bytes(131_072) / 5


# Models with smaller caches


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.label)
def test_no_variant_looks_ahead(variant: Variant) -> None:
    model = build(variant, SMALL, 64).eval()
    ids = torch.randint(256, (1, 32), generator=torch.Generator().manual_seed(0))
    changed = ids.clone()
    changed[0, 20:] = 0
    with torch.no_grad():
        before, after = model(ids), model(changed)
    assert torch.equal(before[0, :20], after[0, :20])
    assert not torch.equal(before[0, 20:], after[0, 20:])


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.label)
def test_variants_have_about_as_many_parameters(variant: Variant) -> None:
    sizes = Sizes()
    wanted = sum(p.numel() for p in build(VARIANTS[0], sizes, 688).parameters())
    found = sum(
        p.numel() for p in build(variant, sizes, matched(variant, sizes, wanted)).parameters()
    )
    assert found == pytest.approx(wanted, rel=0.004)


def test_a_window_as_long_as_the_text_is_full_attention() -> None:
    torch.manual_seed(0)
    local = build(Variant("", "local", window=64), SMALL, 64)
    torch.manual_seed(0)
    whole = build(Variant("", "local", window=64, global_every=1), SMALL, 64)
    whole.load_state_dict(local.state_dict())
    ids = torch.arange(64)[None]
    with torch.no_grad():
        assert torch.allclose(local(ids), whole(ids), atol=1e-5)


def test_four_designs_keep_about_a_quarter() -> None:
    numbers = {v.label: cached_numbers(v, Sizes(), 512) for v in VARIANTS}
    whole = numbers["8 heads (MHA)"]
    shares = sorted(n / whole for n in numbers.values())
    assert shares[:2] == [1 / 16, 1 / 8]
    assert sum(0.24 < share < 0.28 for share in shares) == 4


def test_a_mask_of_a_window_holds_so_many_keys() -> None:
    assert local_mask(5, 2).sum(1).tolist() == [1, 2, 2, 2, 2]


# Decoding


def test_a_cache_saves_operations_and_changes_no_logit() -> None:
    model = tiny()
    assert flops_of_generation(model, 16, False) > 8 * flops_of_generation(model, 16, True)
    ids = torch.arange(10)[None]
    cache = model.new_cache()
    parts = [model(ids[:, :6], cache), *(model(ids[:, i : i + 1], cache) for i in range(6, 10))]
    assert torch.allclose(torch.cat(parts, 1), model(ids), atol=1e-5)


@pytest.mark.parametrize("kv_heads", [4, 2, 1])
def test_the_timed_step_is_the_models_own(kv_heads: int) -> None:
    sizes = decoding.ModelSizes(32, 64, 2, 4, kv_heads, 8, 64)
    torch.manual_seed(0)
    model = sizes.build(16, "cpu", torch.float32)
    assert sizes.parameters == sum(p.numel() for p in model.parameters() if p.ndim == 2)
    decoder = decoding.FixedDecoder(model, batch=3, context=9)
    cache = model.new_cache()
    for index, layer in enumerate(cache.layers):
        layer.append(decoder.cache[0, index, :, :, :8], decoder.cache[1, index, :, :, :8])
    with torch.no_grad():
        expected = model(decoder.tokens, cache)
    assert torch.allclose(decoder.step(), expected, atol=1e-5)


# Fewer bits


@given(st.integers(2, 8), st.integers(1, 50), st.integers(0, 40))
def test_rounding_moves_no_number_further_than_half_a_step(
    bits: int, columns: int, group: int
) -> None:
    weight = torch.randn(3, columns, generator=torch.Generator().manual_seed(columns))
    scale = quantisation.scales(weight, bits, group)
    step = scale.repeat_interleave(group or columns, dim=1)[:, :columns]
    kept = quantisation.rounded(weight, bits, group)
    assert kept.shape == weight.shape
    assert ((kept - weight).abs() <= step / 2 * 1.001).all()


@settings(max_examples=15)
@given(st.integers(0, 1000), st.sampled_from([0, 8, 32]), st.sampled_from([20, 400]))
def test_gptq_is_no_worse_on_its_inputs(seed: int, group: int, rows: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    inputs = torch.randn(rows, 60, generator=draw) @ torch.randn(60, 60, generator=draw)
    weight = torch.randn(16, 60, generator=draw)
    moment = inputs.T @ inputs / rows  # of rank 20 where there are 20 inputs
    errors = [
        quantisation.output_error(weight, kept, moment)
        for kept in (
            quantisation.gptq(weight, moment, 4, group),
            quantisation.rounded(weight, 4, group),
        )
    ]
    assert errors[0] < errors[1]


def test_a_moment_without_a_factor_is_damped_until_it_has_one() -> None:
    upper = quantisation.factor(torch.ones(3, 3), damp=0.0)
    assert upper.isfinite().all()
    assert quantisation.factor(torch.zeros(3, 3), damp=0.0).isfinite().all()


def test_an_outer_rounding_learns_and_passes_gradients_on() -> None:
    weight = torch.randn(4, 8, requires_grad=True)
    kept = quantisation.Rounded(3)(weight)
    assert torch.allclose(kept, quantisation.rounded(weight, 3))
    kept.sum().backward()
    assert torch.equal(weight.grad, torch.ones(4, 8))  # type: ignore[arg-type]


def test_moments_are_those_of_the_inputs() -> None:
    model = tiny()
    seen = quantisation.moments(model, lambda: model(torch.arange(20)[None]))
    assert set(seen) == set(quantisation.linears(model))
    assert all(torch.allclose(m, m.T) for m in seen.values())


# Fewer weights


def _tiny_trained() -> TransformerLM:
    torch.manual_seed(0)
    model = TransformerLM(64, 32, 32, 2, 4, 48)
    train(model, torch.arange(4000) % 64, Recipe(steps=30, batch=4, length=16, rate=5e-3), seed=0)
    return model


def test_training_learns_and_a_cut_of_nothing_changes_nothing() -> None:
    model = _tiny_trained()
    text = torch.arange(1000) % 64
    loss = losses_by_place(model, text, 16, 8).mean().item()
    assert loss < math.log(64) / 2
    order = pruning.by_activation(model, lambda: model(torch.arange(16)[None]))
    whole = pruning.cut(model, order, 4, 48)
    assert losses_by_place(whole, text, 16, 8).mean().item() == pytest.approx(loss, abs=1e-5)


def test_units_that_are_never_active_are_cut_first() -> None:
    model = _tiny_trained()
    with torch.no_grad():
        for layer in pruning.blocks(model):
            layer.ffn.w1.weight[10:] = 0
            layer.attn.v_proj.weight[8:16] = 0
    order = pruning.by_activation(model, lambda: model(torch.arange(16)[None]))
    cut = pruning.cut(model, order, 3, 10)
    ids = torch.arange(16)[None]
    with torch.no_grad():
        assert torch.allclose(cut(ids), model(ids), atol=1e-4)
    assert pruning.blocks(cut)[0].attn.num_heads == 3


# Speculation


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_one_token_is_distributed_as_the_target(seed: int, size: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    p, q = (torch.randn(size, generator=draw).softmax(-1) for _ in "pq")
    accepted = torch.minimum(p, q)
    out = accepted + (1 - accepted.sum()) * spec.residual(p, q)
    assert torch.allclose(out, q, atol=1e-5)


@pytest.mark.parametrize(("rule", "passes"), [("residual", True), ("target", False)])
def test_chi_square_tells_the_rule_from_the_mistake(rule: spec.Rule, passes: bool) -> None:
    chains = spec.random_chains(4, seed=1)
    _, chance = spec.chi_square(spec.sampled(chains, 2000, rule, seed=2), spec.exact(chains))
    assert (chance > 0.01) is passes


def test_a_draft_that_is_the_target_is_always_accepted() -> None:
    model = tiny()
    target = spec.CachedTarget(model)
    other = spec.CachedTarget(model)
    run = spec.speculate(
        target, lambda ids: other.distributions(ids, 1)[0], [1, 2, 3], 20, proposed=4, seed=0
    )
    assert run.tokens_a_pass == 5
    assert run.acceptance == pytest.approx(1, abs=1e-4)


def test_the_cache_of_a_target_forgets_refused_tokens() -> None:
    model = tiny()
    target = spec.CachedTarget(model)
    target.distributions([1, 2, 3, 9, 9], 3)
    with torch.no_grad():
        expected = model(torch.tensor([[1, 2, 3, 4]]))[0, -1].softmax(-1)
    assert torch.allclose(target.distributions([1, 2, 3, 4], 1)[0], expected, atol=1e-5)


def test_the_formula_of_speculation() -> None:
    assert spec.tokens_a_pass(0.8, 4) == pytest.approx(3.36, abs=0.01)
    assert spec.tokens_a_pass(1.0, 4) == 5
    assert spec.speed_up(0.8, 8, 0.05) == pytest.approx(3.09, abs=0.01)
    assert spec.best_number(0.0, 0.05) == 0


# Beyond


def test_steps_and_convolution_are_the_same_system() -> None:
    a, b, c = torch.tensor([0.9, -0.5, 0.99]), torch.ones(3), torch.tensor([1.0, 2.0, -1.0])
    u = torch.randn(100)
    assert torch.allclose(beyond.by_steps(a, b, c, u), beyond.by_convolution(a, b, c, u), atol=1e-4)


def test_marginals_of_a_chain_with_known_ends() -> None:
    chain = beyond.chain_matrix(4, stay=1.0)
    chances = beyond.marginals(chain, torch.tensor([[-1, -1, 2, -1]]))
    assert chances.argmax(-1).tolist() == [[0, 1, 2, 3]]
    assert torch.allclose(chances.amax(-1), torch.ones(1, 4))


def test_one_place_a_pass_is_the_chain_itself() -> None:
    chain = beyond.chain_matrix(8)
    tokens = beyond.unmasked(chain, 16, 16, 2000)
    assert (tokens >= 0).all()
    assert beyond.broken_links(chain, tokens) == pytest.approx(
        beyond.expected_broken(chain), abs=0.01
    )


def test_what_runs_aside_returns_and_raises_here() -> None:
    assert aside(lambda x: x + 1)(2) == 3
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 // 0)()


# Records


@pytest.mark.parametrize("name", results.NAMES)
def test_a_record_names_its_device_or_says_how_to_take_it(name: str) -> None:
    said = results.caption(name)
    assert "lectures/lecture_10/tools/measure.py" in said
    assert results.load(name) is None or "NVIDIA" in said


def test_decoding_on_record_grows_with_the_batch_as_its_caches_do() -> None:
    steps = {r["batch"]: r["ms"] for r in results.records("speed", what="step", kv_heads=40)}
    rate = 63 * machines.LLAMA_13B.cache_bytes(1024) / (steps[64] - steps[1]) * 1e3
    assert 0.75 < rate / machines.H100.bandwidth < 1
    assert steps[1] > 2e3 * machines.LLAMA_13B.parameters / machines.H100.bandwidth
