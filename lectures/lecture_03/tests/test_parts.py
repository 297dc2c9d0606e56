"""The parts of lecture 3: variants, training, the table, the algebra, the cache."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import sympy
import torch
import torch.nn.functional as F
from cs336_basics.layers import RotaryPositionalEmbedding
from cs336_basics.model import MultiHeadSelfAttention
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_03 import drift, experiments, latent, models, records, rotation
from lectures.lecture_03.figures import choices, curves
from lectures.lecture_03.studies import STUDIES
from lectures.lecture_03.training import Recipe, largest_scores, losses_by_place, train
from lectures.lecture_03.variants import (
    LocalAttention,
    QKNormAttention,
    Shape,
    build,
    local_mask,
)
from lectures.shared.story_words import END, RARE, batches, corpus

ROOT = Path(__file__).resolve().parents[3]
TINY = Recipe(steps=4, batch=2, length=8)
DATA = corpus(200, 40, 64)


# The corpus


def test_rare_words_are_one_token_and_stories_are_closed() -> None:
    assert DATA.words[0] == RARE
    assert END in DATA.words
    assert int(DATA.train.max()) < len(DATA.words) == 64
    assert len(batches(DATA.train, 3, 2, 8, seed=1)) == 3


def test_windows_end_within_the_data() -> None:
    starts = batches(torch.arange(10), steps=200, batch=4, length=8, seed=0)
    assert int(starts.max()) + 8 <= 9


# Variants of assignment 1's model


def count(shape: Shape) -> int:
    return sum(p.numel() for p in build(shape, 64).parameters())


def test_gated_and_plain_feed_forwards_have_the_same_number_of_parameters() -> None:
    sizes = {kind: count(Shape(d_model=96, feed_forward=kind)) for kind in ("relu", "silu")}
    sizes |= {kind: count(Shape(d_model=96, feed_forward=kind)) for kind in ("reglu", "swiglu")}
    assert len(set(sizes.values())) == 1, sizes


@pytest.mark.parametrize("positions", ["rope", "none", "interleaved"])
def test_no_variant_sees_the_future(positions: str) -> None:
    torch.manual_seed(0)
    model = build(Shape(positions=positions, layers=4), 64)  # type: ignore[arg-type]
    ids = torch.randint(64, (1, 40))
    changed = ids.clone()
    changed[0, 30] = (ids[0, 30] + 1) % 64
    before, after = model(ids), model(changed)
    assert torch.allclose(before[:, :30], after[:, :30], atol=1e-5)
    assert not torch.allclose(before[:, 30:], after[:, 30:], atol=1e-5)


def test_local_attention_with_a_wide_window_is_plain_attention() -> None:
    torch.manual_seed(0)
    local, plain = LocalAttention(16, 2, 8, 1e4), MultiHeadSelfAttention(16, 2, 8, 1e4)
    plain.load_state_dict(local.state_dict())
    local.window = 8
    x = torch.randn(1, 8, 16)
    assert torch.allclose(local(x), plain(x), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(length=st.integers(1, 12), window=st.integers(1, 12))
def test_a_local_mask_lets_through_the_last_keys(length: int, window: int) -> None:
    mask = local_mask(length, window)
    for query in range(length):
        seen = [key for key in range(length) if mask[query, key]]
        assert seen == list(range(max(0, query - window + 1), query + 1))


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(0.1, 1e3))
def test_normed_scores_are_bounded_whatever_the_input(scale: float) -> None:
    torch.manual_seed(0)
    attention = QKNormAttention(16, 2, 8, None)
    q, k, _ = (p.view(8, 2, 8) for p in attention.project(scale * torch.randn(1, 8, 16)))
    scores = torch.einsum("qhd,khd->hqk", q, k) / math.sqrt(8)
    assert scores.abs().max() <= math.sqrt(8) + 1e-3


# Training


def test_the_same_seed_gives_the_same_run_and_another_another() -> None:
    runs = [train(Shape(d_model=16), TINY, DATA, seed) for seed in (0, 0, 1)]
    assert runs[0].losses == runs[1].losses != runs[2].losses
    assert len(runs[0].losses) == len(runs[0].log_z) == len(runs[0].norms) == 4


def test_training_learns_the_frequencies_of_words() -> None:
    run = train(Shape(d_model=16), Recipe(steps=60, batch=8, length=16, rate=1e-2), DATA)
    assert run.final() < math.log(64) - 0.5


def test_a_schedule_warms_up_and_falls_to_a_tenth() -> None:
    recipe = Recipe(steps=100, warmup=10, rate=1.0)
    assert recipe.rate_at(0) == 0.1
    assert recipe.rate_at(9) == recipe.rate_at(10) == 1.0
    assert recipe.rate_at(99) == pytest.approx(0.11)


def test_the_loss_by_place_is_the_loss() -> None:
    run = train(Shape(d_model=16), TINY, DATA)
    by_place = losses_by_place(run.model, DATA.held_out, 8, 16)
    starts = torch.linspace(0, len(DATA.held_out) - 9, 16).long()
    rows = DATA.held_out[starts[:, None] + torch.arange(9)]
    logits = run.model(rows[:, :-1]).flatten(0, 1)
    whole = F.cross_entropy(logits, rows[:, 1:].flatten())
    assert by_place.mean().item() == pytest.approx(whole.item(), abs=1e-4)
    assert len(largest_scores(run.model, rows[:, :-1])) == 2


def test_z_loss_pulls_log_z_towards_zero() -> None:
    def last(z_loss: float) -> float:
        recipe = Recipe(steps=40, batch=4, length=8, rate=1e-2, z_loss=z_loss)
        return abs(train(Shape(d_model=16), recipe, DATA).log_z[-1])

    assert last(0.3) < last(0.0)


# The table


def test_the_table_has_its_rows_in_order_with_sources() -> None:
    rows = models.models()
    assert len(rows) >= 25
    assert len({row.model for row in rows}) == len(rows)
    assert [row.released for row in rows] == sorted(row.released for row in rows)
    assert all(row.source and row.norm and row.placement and row.positions for row in rows)
    kinds = {(row.placement, row.gated, row.norm) for row in rows}
    assert {p for p, _, _ in kinds} == {"post", "pre", "both", "after"}
    assert {g for _, g, _ in kinds} == {"yes", "no"}


@pytest.mark.parametrize(
    ("name", "width", "layers", "d_ff", "billions"),
    [
        ("Gemma-7B", 3072, 28, 24576, 8.54),
        ("LLaMA-7B", 4096, 32, 11008, 6.74),
        ("Llama-3.1-8B", 4096, 32, 14336, 8.03),
        ("Qwen3-32B", 5120, 64, 25600, 32.8),
        ("OLMo-2-13B", 5120, 40, 13824, 13.7),
        ("GPT-3 175B", 12288, 96, 49152, 175),
    ],
)
def test_shapes_give_the_published_number_of_parameters(
    name: str, width: int, layers: int, d_ff: int, billions: float
) -> None:
    row = models.model(name)
    assert (row.d_model, row.layers, row.d_ff) == (width, layers, d_ff)
    assert row.kv_heads is not None
    assert row.head_dim is not None
    attention = 2 * width * row.head_dim * (row.heads + row.kv_heads)
    feed_forward = (3 if row.gated == "yes" else 2) * width * d_ff
    embeddings = row.vocabulary * width * (1 if name.startswith(("Gemma", "GPT")) else 2)
    assert (layers * (attention + feed_forward) + embeddings) / 1e9 == pytest.approx(
        billions, rel=0.01
    )


def test_bytes_of_a_token() -> None:
    known = {"Llama-3.1-8B": 131_072, "Llama-2-70B": 327_680, "Llama-3.1-405B": 516_096}
    known |= {"OLMo-2-13B": 819_200, "DeepSeek-V3": 61 * 576 * 2}
    assert {name: models.model(name).cache_per_token for name in known} == known
    assert models.model("Qwen3.5-397B-A17B").cache_per_token is None


def test_a_cache_of_several_kinds_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Gemma-4-31B has no cache of one kind"):
        models.cache_bytes(models.model("Gemma-4-31B"), 10)
    with pytest.raises(KeyError, match="no model 'GPT-9'"):
        models.model("GPT-9")


def test_windows_bound_the_cache_of_local_layers() -> None:
    gemma = models.model("Gemma-3-27B")
    assert models.cache_bytes(gemma, 512, 1024, 6) == models.cache_bytes(gemma, 512)
    layer = 2 * 2 * 16 * 128
    assert models.cache_bytes(gemma, 2048, 1024, 6) == layer * (10 * 2048 + 52 * 1024)


def test_the_cache_of_assignment_1_holds_what_the_formula_says() -> None:
    assert experiments.stored_bytes(2) == 2 * 2 * 2 * 8 * 4 * 32


# Positions


def test_the_rotated_score_holds_places_as_a_difference_only() -> None:
    score, simplified, derivative = rotation.score_of_rotated()
    assert derivative == 0
    assert sympy.simplify(score - simplified) == 0


@settings(max_examples=30, deadline=None)
@given(m=st.integers(0, 900), n=st.integers(0, 900), shift=st.integers(0, 100))
def test_a_common_shift_changes_no_score(m: int, n: int, shift: int) -> None:
    torch.manual_seed(0)
    rope = RotaryPositionalEmbedding(1e4, 16, 1001)
    q, k = torch.randn(1, 16), torch.randn(1, 16)

    def score(a: int, b: int) -> float:
        return float((rope(q, torch.tensor([a])) * rope(k, torch.tensor([b]))).sum())

    assert score(m, n) == pytest.approx(score(m + shift, n + shift), abs=1e-3)


def test_the_two_layouts_differ_by_a_permutation() -> None:
    torch.manual_seed(0)
    q, width = torch.randn(1, 8), 8
    rates = 1e4 ** (-torch.arange(0, width, 2) / width)
    cos, sin = (7 * rates).cos(), (7 * rates).sin()
    first, second = q[0, :4], q[0, 4:]
    halves = torch.cat((first * cos - second * sin, first * sin + second * cos))
    order = rotation.half_split(width)
    rope = RotaryPositionalEmbedding(1e4, width, 8)
    assert torch.allclose(rope(q[:, order], torch.tensor([7]))[0], halves[order], atol=1e-5)


def test_absorbed_and_expanded_latent_attention_agree() -> None:
    torch.manual_seed(0)
    layer = latent.random_latent(d_model=24, heads=3, d_k=4, latent=5, rotated=2)
    x = torch.randn(9, 24, dtype=torch.float64)
    kept = layer.cached(x)
    outputs = layer.attend_expanded(x[-1], *kept), layer.attend_absorbed(x[-1], *kept)
    assert torch.allclose(*outputs, atol=1e-12)
    assert outputs[0].shape == (3, 4)


# Drift and decay


def test_cross_entropy_does_not_hold_log_z_and_z_loss_does() -> None:
    free, held = (drift.drifted_bigrams(DATA, z, steps=60) for z in (0.0, 1e-2))
    assert free.log_z[-1] > free.log_z[0] - 1
    assert held.log_z[-1] < free.log_z[-1] - 3


def test_rounding_grows_with_the_shift() -> None:
    errors = [drift.rounding_error(shift) for shift in (0, 30, 300)]
    assert errors == sorted(errors)


@pytest.mark.parametrize(("rate", "decay"), [(1e-2, 1.0), (2e-2, 1.0), (2e-2, 0.5)])
def test_relative_steps_settle_where_rate_decay_and_momentum_say(rate: float, decay: float) -> None:
    steps = experiments.relative_steps(rate, decay, 1500)
    expected = math.sqrt(2 * rate * decay * (1 - 0.9) / (1 + 0.9))
    assert sum(steps[-200:]) / 200 == pytest.approx(expected, rel=0.05)


# Records and figures


@pytest.mark.parametrize("study", list(STUDIES))
def test_a_small_record_is_of_the_settings_that_the_lecture_runs(study: str) -> None:
    content = records.load(study, "small")
    assert content is not None
    arms = STUDIES[study]("small")
    assert {run["name"] for run in content["runs"]} == set(arms)
    assert len(content["runs"]) == content["seeds"] * len(arms) >= 3 * len(arms)
    for run in content["runs"]:
        setting = arms[run["name"]]
        points = -(-setting.recipe.steps // -(-setting.recipe.steps // records.POINTS))
        assert len(run["losses"]) == points
    assert {"device", "date", "versions", "command"} <= set(content["provenance"])


@pytest.mark.parametrize("study", list(STUDIES))
def test_a_large_record_is_of_the_large_settings(study: str) -> None:
    content = records.load(study, "large")
    if content is None:
        pytest.skip("not measured yet")
    assert {run["name"] for run in content["runs"]} == set(STUDIES[study]("large"))
    assert "H100" in content["provenance"]["device"]


def test_a_study_that_nobody_measured_is_none() -> None:
    assert records.load("nothing", "large") is None
    assert records.spread("nothing", "large") == {}


def test_the_tool_measures_a_study_and_writes_it(tmp_path: Path) -> None:
    tool = ROOT / "lectures/lecture_03/tools/measure.py"
    done = subprocess.run(
        [sys.executable, tool, "--output", tmp_path, "--only", "norm", "--small"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "large/norm.json").read_text(encoding="utf-8"))
    assert [run["seed"] for run in content["runs"]] == [0, 1, 2, 0, 1, 2]


def test_the_tool_names_the_studies_when_one_is_unknown(tmp_path: Path) -> None:
    tool = ROOT / "lectures/lecture_03/tools/measure.py"
    command = [
        sys.executable,
        str(tool),
        "--output",
        str(tmp_path),
        "--size",
        "small",
        "--only",
        "norms",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no study norms; there are context, placement" in done.stderr


def test_the_matrix_colours_every_choice_of_the_table() -> None:
    spec = choices.matrix(models.models())
    cells = spec["data"]["values"]
    assert {cell["part"] for cell in cells} == set(choices.COLUMNS)
    assert {cell["kind"] for cell in cells} == set(choices.COLOURS)


def test_close_lines_are_named_above_and_below() -> None:
    spec = curves.losses({"a": [5.0, 1.0], "b": [4.9, 1.0], "c": [2.0, 1.0]}, "t")
    above = {label["name"]: label["dy"] < 0 for label in spec["layer"][1]["data"]["values"]}
    assert above == {"a": True, "b": False, "c": True}


def test_curves_are_thinned_and_named() -> None:
    spec = curves.losses({"a": [float(i) for i in range(100)]}, "t")
    points = spec["layer"][0]["data"]["values"]
    assert len(points) <= records.POINTS
    assert spec["layer"][1]["data"]["values"][0]["name"] == "a"
