"""What lecture 2 is made of: number formats, counters, optimizers, and its data."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from cs336_basics.data import cut_windows, open_tokens
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_02 import (
    cost_figures,
    experiments,
    networks,
    quantisation,
    recompute,
    roofline,
    runs,
    tensor_figures,
    update_rules,
)
from lectures.lecture_02.counting import (
    activation_bytes,
    count_flops,
    log_allocator,
    multiply_by_hand,
    nearly_equal,
    saved_tensors,
    state_bytes,
)
from lectures.lecture_02.formats import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FORMATS,
    Format,
    bit_fields,
    from_fields,
    running_sums,
    spacing,
    stored,
)
from lectures.lecture_02.networks import DeepLinear
from lectures.lecture_02.optimizers import (
    SGD,
    AdaGrad,
    OptimizerMaker,
    agree_with_pytorch,
    descend,
)
from lectures.lecture_02.runs import measured_utilization
from lectures.lecture_02.tools import measure
from lectures.lecture_02.training import (
    read_stories,
    regress,
    regression_points,
    split_stories,
    train_tokenizer,
    write_tokens,
)


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
@settings(deadline=None)
@given(number=st.floats(-400, 400))
def test_the_fields_of_a_number_give_it_back(format: Format, number: float) -> None:
    fields = bit_fields(number, format)
    assert [len(field) for field in fields] == [1, format.exponent, format.mantissa]
    assert from_fields(*fields, format) == stored(number, format)


@pytest.mark.parametrize("format", [FLOAT32, FLOAT16, BFLOAT16], ids=lambda format: format.name)
def test_the_spacing_is_the_distance_to_the_next_number(format: Format) -> None:
    for value, gap in spacing(format, range(-20, 15)):
        here = torch.tensor(value, dtype=format.dtype)
        above = torch.nextafter(here, torch.tensor(math.inf, dtype=format.dtype))
        assert above.double() - here.double() == gap


def test_a_format_ends_at_its_largest_number() -> None:
    values = [value for value, _ in spacing(FLOAT16, range(10, 30))]
    assert values[-1] == 2.0**15


def test_a_sum_in_bfloat16_stalls_at_four() -> None:
    assert running_sums(0.01, 2000, BFLOAT16, 1000) == [(0, 0.0), (1000, 4.0), (2000, 4.0)]


@settings(deadline=None)  # the counter imports for seconds when it is first used
@given(b=st.integers(1, 3), d=st.integers(1, 4), k=st.integers(1, 3))
def test_three_ways_to_count_a_product_agree(b: int, d: int, k: int) -> None:
    x, w = torch.randn(b, d), torch.randn(d, k)
    product, operations = multiply_by_hand(x, w)
    assert operations == count_flops(lambda: x @ w) == 2 * b * d * k
    assert torch.allclose(product, x @ w, atol=1e-5)


def test_nothing_is_counted_where_nothing_is_multiplied() -> None:
    assert count_flops(lambda: torch.ones(3) + 1) == 0


def test_autograd_keeps_the_input_of_each_layer() -> None:
    model, x = DeepLinear(4, layers=3), torch.ones(2, 4)
    kept = saved_tensors(lambda: model(x), model.parameters(), [x])
    assert [tuple(tensor.shape) for tensor in kept] == [(2, 4)] * 3
    with torch.no_grad():
        assert saved_tensors(lambda: model(x), model.parameters(), [x]) == []


def test_the_allocator_is_seen_to_give_and_to_take_back() -> None:
    held: list[torch.Tensor] = []
    log = log_allocator(
        {
            "take": lambda: held.append(torch.zeros(1000)),
            "give back": lambda: held.clear(),
            "keep": lambda: held.append(torch.zeros(10)),
        }
    )
    assert [log.after(phase) for phase in ("take", "give back", "keep")] == [4000, 0, 40]
    assert max(total for _, total in log.thinned(2)) == 4000


def test_our_optimizers_take_the_steps_of_pytorch() -> None:
    sgd = descend(lambda p: SGD(p, lr=0.05), 10)
    assert np.allclose(sgd, descend(lambda p: torch.optim.SGD(p, lr=0.05), 10), atol=1e-6)
    assert agree_with_pytorch()


def test_an_optimizer_leaves_a_parameter_without_gradient_alone() -> None:
    model = DeepLinear(2, layers=1)
    optimizer = AdaGrad(model.parameters(), lr=1.0)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer.step()
    assert all(map(torch.equal, before, model.parameters()))
    assert state_bytes(optimizer) == 0


def test_a_rate_that_is_too_high_diverges() -> None:
    train, held_out = regression_points(64), regression_points(64, seed=1)
    assert regress(0.1, 200, train, held_out).held_out[-1] < 1e-3
    assert not math.isfinite(regress(0.5, 200, train, held_out).held_out[-1])


def test_too_few_points_are_learnt_and_nothing_else() -> None:
    losses = regress(0.03, 200, regression_points(8), regression_points(64, seed=1))
    assert losses.train[-1] < 1e-3
    assert losses.held_out[-1] > 500


def test_points_and_stories_are_held_out() -> None:
    rows = {tuple(row) for row in regression_points(64).x.tolist()}
    assert rows.isdisjoint(tuple(row) for row in regression_points(64, seed=1).x.tolist())
    train, held_out = (set(text.split("\n\n")) for text in split_stories(seed=0))
    assert train
    assert held_out
    assert train.isdisjoint(held_out)


@given(starts=st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_a_batch_is_a_copy_and_windows_at_regular_places_are_a_view(starts: list[int]) -> None:
    tokens = np.arange(10)
    batch, _ = cut_windows(tokens, np.array(starts), 4)
    tokens[:] = -1
    assert (batch >= 0).all()
    memory = torch.arange(10)
    windows = memory.unfold(0, 5, 1)
    memory[:] = -1
    assert (windows == -1).all()


@pytest.mark.parametrize("factor", [2, 3])
def test_activations_grow_with_batch_width_and_depth(factor: int) -> None:
    def kept(batch: int, dim: int, layers: int) -> int:
        return activation_bytes(DeepLinear(dim, layers), torch.ones(batch, dim))

    once = kept(2, 4, 3)
    assert kept(2 * factor, 4, 3) == kept(2, 4 * factor, 3) == kept(2, 4, 3 * factor)
    assert kept(2 * factor, 4, 3) == factor * once == factor * 4 * 2 * 4 * 3


def test_tokens_on_disk_are_the_stories(tmp_path: Path) -> None:
    stories = read_stories(seed=0)[0]
    tokenizer = train_tokenizer(stories, tmp_path)
    tokens = open_tokens(write_tokens(tokenizer, stories, tmp_path / "train.bin"))
    assert tokens.dtype == np.uint16
    assert tokenizer.decode(tokens.tolist()) == stories


def test_addresses_are_offset_and_strides() -> None:
    x = torch.arange(6).view(2, 3)
    assert tensor_figures.addresses(x.T) == [0, 3, 1, 4, 2, 5]
    assert tensor_figures.addresses(x[:, 1]) == [1, 4]
    assert tensor_figures.addresses(x[0, 0].expand(3)) == [0, 0, 0]


def test_fp8_ends_at_448_or_at_240() -> None:
    ends = [torch.finfo(t).max for t in (torch.float8_e4m3fn, torch.float8_e4m3fnuz)]
    assert ends == [448, 240]


def test_twice_the_width_is_four_times_the_matrices_and_twice_the_embedding() -> None:
    growth = experiments.growth_with_width()
    assert growth["layers.0.ffn.w1"] == growth["layers.0.attn.q_proj"] == 4
    assert growth["token_embeddings"] == growth["lm_head"] == growth["ln_final"] == 2


def test_gradients_of_two_layers_are_products() -> None:
    assert networks.gradients_are_products(*networks.two_layers(3, 4, 2))


def test_a_memory_map_holds_the_tokens_and_nothing_else() -> None:
    tokens = experiments.mapped_tokens(range(100, 110))
    assert (tokens.nbytes, tokens.tolist()) == (20, [*range(100, 110)])


def test_products_are_recorded_for_every_format_and_size() -> None:
    products = runs.gpu_products()
    assert list(products) == [2**k for k in range(7, 15)]
    assert all(set(cost_figures.PROMISED) <= set(rows) for rows in products.values())
    shares = cost_figures.best_shares(products)
    assert all(0.7 < share < 1 for share in shares.values())
    assert "NVIDIA H100" in runs.recorded_on("matrix-products-gpu")


def test_pinned_memory_is_near_the_promise_and_pageable_far_below() -> None:
    rates = runs.transfer_rates()
    assert rates["pageable"] < 10 < 50 < rates["pinned"] < 64


def test_no_measured_work_beats_the_roof() -> None:
    measured = runs.under_the_roof()
    for work in (roofline.relu(2**28), roofline.gelu(2**28), roofline.matrix_vector(2**14)):
        name = work.name.replace(" times ", " × ")
        assert 1e-3 * measured[name] > roofline.H100.seconds(work)


def test_the_training_steps_are_one_run_with_its_command() -> None:
    record = json.loads((runs.FOLDER / "records/step_times.json").read_text(encoding="utf-8"))
    assert record["command"].startswith("python bench/bench_step.py --config ")
    assert set(record["versions"]) == {"python", "torch", "cuda", "driver", "host"}
    assert "note" not in record
    stages = [row["variant"] for row in record["results"]]
    assert stages == [*measure.STAGES, "matrix products alone"]


@pytest.mark.parametrize(
    "path", sorted(runs.FOLDER.glob("benchmarks/*.json")), ids=lambda p: p.stem
)
def test_a_record_names_device_cores_and_command_and_scatters_little(path: Path) -> None:
    for record in json.loads(path.read_text(encoding="utf-8")):
        row, where = record["row"], record["provenance"]
        host = where["versions"].get("host", where["device"])
        assert host.endswith("cores")
        assert "driver" in where["versions"] or "NVIDIA" not in where["device"]
        assert where["command"].startswith("python ")
        assert row["q3"] <= 1.5 * row["q1"], row["label"]


def test_measuring_needs_a_gpu_or_says_that_it_is_a_trial(tmp_path: Path) -> None:
    script = Path(measure.__file__)
    refused = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert refused.stderr == "measure.py: this machine has no GPU that torch can use; try --small\n"
    command = [sys.executable, str(script), "--small", "--output", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "benchmarks/matrix-products-gpu.json").read_text("utf-8"))
    assert {row["row"]["label"] for row in rows} == {"float32", "bfloat16"}


def test_measured_utilizations_are_shares_and_name_their_device() -> None:
    rows = measured_utilization()
    assert all(0 < row["MFU"] < 1 for row in rows)
    assert any("H100" in row["kind"] for row in rows)
    assert sum(row["kind"] == "published" for row in rows) == 3


def test_the_rules_are_those_of_pytorch() -> None:
    makers: dict[str, OptimizerMaker] = {
        "SGD": lambda p: torch.optim.SGD(p, lr=0.01),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
        "AdaGrad": lambda p: torch.optim.Adagrad(p, lr=0.01),
        "RMSProp": lambda p: torch.optim.RMSprop(p, lr=0.01),
        "Adam": lambda p: torch.optim.Adam(p, lr=0.01),
    }
    assert makers.keys() == update_rules.RULES.keys()
    gradients = [0.3, -1.0, 2.0, 0.1]
    for name, rule in update_rules.RULES.items():
        weight = torch.zeros(1, requires_grad=True)
        optimizer = makers[name]([weight])
        for g in gradients:
            weight.grad = torch.tensor([g])
            optimizer.step()
        assert math.isclose(
            weight.item(), sum(update_rules.changes(rule, gradients)), rel_tol=1e-4
        ), name


@pytest.mark.parametrize("strategy", recompute.STRATEGIES)
def test_recomputing_changes_no_gradient(strategy: recompute.Strategy) -> None:
    layers, x = recompute.make_layers(9, 8), torch.randn(5, 8)
    expected = torch.autograd.grad(recompute.run(list(layers), x).sum(), list(layers))
    assert nearly_equal(recompute.backward(layers, x, strategy), expected)


@pytest.mark.parametrize("distance", [1, 2, 4, 5, 9])
def test_any_distance_of_kept_inputs_gives_the_gradients(distance: int) -> None:
    layers, x = recompute.make_layers(9, 8), torch.randn(5, 8)
    expected = torch.autograd.grad(recompute.run(list(layers), x).sum(), list(layers))
    assert nearly_equal(recompute.backward_keeping_every(distance, layers, x), expected)


def test_the_lowest_peak_is_near_the_root_of_the_depth() -> None:
    peaks = experiments.peak_by_distance()
    assert min(peaks, key=lambda distance: peaks[distance]) == 4
    assert peaks[2] < 1.05 * peaks[4]


def test_memory_is_bought_with_operations() -> None:
    everything, some, nothing = map(experiments.recomputed, recompute.STRATEGIES)
    assert everything.peak > some.peak > nothing.peak
    assert 2.9 < everything.operations < 3.1
    assert 3.9 < some.operations < 4.1
    assert nothing.operations > 10


def test_accumulated_gradients_are_those_of_the_batch() -> None:
    (whole_peak, whole), (parts_peak, parts) = map(experiments.micro_batches, (1, 4))
    assert nearly_equal(whole, parts)
    assert parts_peak < whole_peak / 2


@given(numbers=st.lists(st.floats(-1e3, 1e3, width=32), min_size=16, max_size=16))
def test_nvfp4_is_off_by_at_most_half_a_step_of_its_block(numbers: list[float]) -> None:
    x = torch.tensor(numbers)
    error = (quantisation.nvfp4(x) - x).abs().max()
    assert error <= x.abs().max() / 6 * 1.2 + 1e-20


def test_the_numbers_of_four_bits_are_kept() -> None:
    grid = torch.tensor(quantisation.E2M1)
    assert torch.equal(quantisation.to_e2m1(torch.cat([grid, -grid])), torch.cat([grid, -grid]))
    assert quantisation.to_e2m1(torch.tensor(100.0)) == 6
    assert quantisation.bits_a_number(16) == 4.5


def test_no_program_passes_the_roof() -> None:
    for work in (roofline.relu(8), roofline.gelu(8), roofline.dot(8), roofline.matmul(4096)):
        share = work.flops / roofline.H100.seconds(work) / roofline.H100.flops
        assert math.isclose(share, roofline.H100.highest_mfu(work))
    ridges = [round(m.ridge) for m in (roofline.A100, roofline.H100, roofline.B200)]
    assert ridges == [153, 295, 281]
