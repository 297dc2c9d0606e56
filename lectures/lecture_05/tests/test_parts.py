"""The parts of lecture 5: models of the machine beside what the machine said, and the formats."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from cs336_basics.attention import scaled_dot_product_attention
from cs336_systems.flash_attention import tiled_backward, tiled_forward
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_05 import (
    access,
    attention,
    chips,
    memory,
    probes,
    quantisation,
    records,
    residency,
    saw,
    simt,
)
from lectures.lecture_05.systolic import systolic_product

LECTURE = Path(__file__).parents[1]
ROOT = LECTURE.parents[1]


@pytest.mark.parametrize("shape", records.rows("occupancy"), ids=str)
def test_the_driver_counts_resident_blocks_as_we_do(shape: list[int]) -> None:
    registers, threads, shared, blocks = shape
    assert residency.blocks_per_sm(registers, threads, shared) == blocks


@given(st.integers(1, 254), st.integers(1, 1024), st.integers(0, 200_000))
def test_asking_for_more_never_admits_more(registers: int, threads: int, shared: int) -> None:
    fit = residency.blocks_per_sm(registers, threads, shared)
    assert residency.blocks_per_sm(registers + 1, threads, shared) <= fit
    assert residency.blocks_per_sm(registers, threads, shared + 128) <= fit
    assert fit * -(-threads // 32) <= residency.WARPS


def test_occupancy_of_the_exercise() -> None:
    assert residency.occupancy(168, 128) == 0.1875
    assert residency.blocks_per_sm(32, 64, residency.LARGEST_BLOCK + 1) == 0


@given(st.integers(1, 300))
def test_banks_by_definition_and_in_closed_form(stride: int) -> None:
    words = [stride * lane for lane in access.WARP]
    assert access.rounds(words) == access.rounds_by_stride(stride)


def test_lanes_that_want_the_same_word_share_it() -> None:
    assert access.rounds([7] * 32) == 1


def test_shared_memory_took_what_the_banks_predict() -> None:
    for stride, _, cycles in records.rows("banks"):
        assert cycles == pytest.approx(32 * access.rounds_by_stride(stride), rel=0.035)


def test_lines_and_sectors_of_a_warp() -> None:
    assert access.touched(access.addresses(1), access.LINE) == 1
    assert access.touched(access.addresses(1, offset=1), access.LINE) == 2
    assert [access.waste(s) for s in (1, 2, 8, 32)] == [1, 2, 8, 8]


def test_64_bytes_explain_the_strides_and_32_do_not() -> None:
    took, copy = records.strides(), records.bandwidth()
    for stride in (4, 8, 16, 32):
        pair = saw.strided_ms(stride, 64, copy, took[1])
        assert took[stride] == pytest.approx(pair, rel=0.08)
    assert took[16] > 1.8 * saw.strided_ms(16, 32, copy, took[1])


@given(st.integers(0, 200), st.integers(1, 64))
def test_a_launch_visits_every_element_once(elements: int, block: int) -> None:
    started = simt.launch(elements, block)
    assert [i for _, _, i, in_range in started if in_range] == list(range(elements))
    assert len(started) - elements < block


def test_a_warp_that_agrees_issues_one_side_only() -> None:
    agreed = simt.Warp([{"n": 2}, {"n": 4}])
    agreed.branch(simt.is_even, simt.halve, simt.triple)
    assert (agreed.issued, [lane["n"] for lane in agreed.lanes]) == (2, [1, 2])
    torn = simt.Warp([{"n": 2}, {"n": 3}])
    torn.branch(simt.is_even, simt.halve, simt.triple)
    assert (torn.issued, torn.active) == (4, [True, True])


def test_torn_warps_took_the_sum_of_their_branches() -> None:
    (_, alone, _), *rest = records.rows("divergence")
    for branches, by_lane, by_warp in rest:
        assert by_lane / alone == pytest.approx(branches, rel=0.01)
        assert by_warp / alone < 1.2


@pytest.mark.parametrize(
    ("kernels", "names", "moved"),
    [
        (memory.sin2_cos2_in_five, ["x"], 11),
        (memory.sin2_cos2_in_one, ["x"], 2),
        (memory.sigmoids_stored, ["x", "dy"], 9),
        (memory.sigmoids_recomputed, ["x", "dy"], 5),
    ],
)
def test_what_kernels_move(kernels, names, moved) -> None:  # type: ignore[no-untyped-def]
    counted = memory.fresh(names, size=10)
    kernels(counted)
    assert counted.moved == 10 * moved == 10 * len(counted.log)


def test_both_gradients_of_the_sigmoids_are_autograd_s() -> None:
    for kernels in (memory.sigmoids_stored, memory.sigmoids_recomputed):
        counted = memory.fresh(["x", "dy"], size=20)
        x = counted.tensors["x"].clone().requires_grad_()
        y = torch.sigmoid(torch.sigmoid(torch.sigmoid(x)))
        (wanted,) = torch.autograd.grad(y, x, counted.tensors["dy"])
        kernels(counted)
        torch.testing.assert_close(counted.tensors["dx"], wanted)
        torch.testing.assert_close(counted.tensors["y"], y.detach())


@given(st.sampled_from([1, 2, 3]), st.sampled_from([1, 2, 4]))
def test_tiles_divide_the_reads_by_their_side(tiles: int, tile: int) -> None:
    n = tiles * tile
    assert memory.reads_by_tile(n, [tile]) == {tile: memory.tiled_reads(n, tile)}


@given(st.lists(st.floats(-600, 600, width=32), min_size=1, max_size=50))
def test_our_e4m3_rounds_like_pytorch_s(numbers: list[float]) -> None:
    x = torch.tensor(numbers).clamp(-448, 448)
    assert torch.equal(
        quantisation.nearest(x, quantisation.E4M3), x.to(torch.float8_e4m3fn).float()
    )


def test_four_bits_are_fifteen_numbers() -> None:
    assert quantisation.E2M1 == [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    ties = torch.tensor([0.25, 0.75, 1.25, 2.5, 5.0, 9.0])
    assert quantisation.nearest(ties, quantisation.E2M1).tolist() == [0, 1, 1, 2, 4, 6]


@settings(deadline=None)
@given(st.integers(0, 1000), st.sampled_from([quantisation.MXFP4, quantisation.MXFP8]))
def test_a_block_of_mx_shares_a_power_of_two(seed: int, form: quantisation.BlockFormat) -> None:
    x = torch.randn(4, 64, generator=torch.Generator().manual_seed(seed))
    scales = form.scales(x.reshape(4, 2, 32))
    assert torch.equal(scales.log2().round(), scales.log2())
    once = form.quantise(x)
    assert torch.equal(form.quantise(once * 2), form.quantise(once) * 2)
    assert quantisation.relative_error(once, x) < (0.08 if form.element_bits == 8 else 0.25)


def test_an_outlier_spoils_its_own_block_alone() -> None:
    x = torch.randn(1, 64, generator=torch.Generator().manual_seed(1))
    spoiled = x.clone()
    spoiled[0, 3] = 1e4
    for form in (quantisation.MXFP4, quantisation.MXFP8):
        assert torch.equal(form.quantise(x)[0, 32:], form.quantise(spoiled)[0, 32:])
    assert (quantisation.MXFP4.quantise(spoiled)[0, 4:32] == 0).all()
    assert (quantisation.one_scale(quantisation.E2M1, spoiled)[0, 4:] == 0).all()


def test_bits_of_an_element_with_its_share_of_the_scale() -> None:
    forms = (quantisation.MXFP8, quantisation.MXFP4, quantisation.NVFP4)
    assert [form.bits for form in forms] == [8.25, 4.25, 4.5]


def test_the_format_of_the_exercise() -> None:
    grid = tuple(quantisation.values(3, 2, bias=3, largest=28.0))
    mxfp6 = quantisation.BlockFormat("MXFP6", grid, 32, True, 6)
    x = torch.randn(64, 1024, generator=torch.Generator().manual_seed(0))
    assert quantisation.relative_error(mxfp6.quantise(x), x) == pytest.approx(0.054, abs=0.002)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 5))
def test_a_systolic_array_multiplies(m: int, k: int, n: int) -> None:
    x, w = torch.randn(m, k), torch.randn(k, n)
    product, array = systolic_product(x, w)
    torch.testing.assert_close(product, x @ w, atol=1e-5, rtol=1e-5)
    assert array.cycle == m + k + n - 1
    assert sum(array.busy) == m * k * n


def test_tiled_attention_is_attention_forward_and_backward() -> None:
    torch.manual_seed(0)
    q, k, v, d_output = (torch.randn(1, t, 8) for t in (4, 128, 128, 4))
    output, logsumexp = tiled_forward(q, k, v, 8**-0.5, False)
    torch.testing.assert_close(output, scaled_dot_product_attention(q, k, v))
    grads = tiled_backward(q, k, v, output, logsumexp, d_output, 8**-0.5, False)
    for ours, wanted in zip(grads, attention.gradients(q, k, v, d_output), strict=True):
        torch.testing.assert_close(ours, wanted, atol=1e-5, rtol=1e-4)


def test_traffic_of_attention() -> None:
    moved = attention.traffic(tokens=256, width=64, rows=128)
    assert moved == {
        "plain": 4 * 256 * 64 + 4 * 256**2,
        "tiled": 2 * 256 * 64 * 3,
        "tiled, L2": 4 * 256 * 64,
    }


def test_accelerators() -> None:
    factors = [chips.growth_in_two_years(column) for column in range(3)]
    assert factors == sorted(factors, reverse=True)
    assert [round(chip.ridge) for chip in chips.CHIPS[:3]] == [153, 295, 281]
    assert all(chip.fp8 is None or chip.fp8 >= 2 * chip.bf16 for chip in chips.CHIPS)


def test_three_bands_of_the_saw_tooth() -> None:
    rates = records.saw_tooth()
    assert list(rates) == list(range(1024, 3073)), "every n"
    assert saw.seconds(rates, 2049) / saw.seconds(rates, 2048) == pytest.approx(6.8, abs=0.05)
    families = {(band, year) for band, _, _, year in saw.kernel_families()}
    assert families == {
        ("odd", "Turing, 2018"),
        ("even, not by 8", "Ampere, 2020"),
        ("multiple of 8", "Hopper, 2022"),
    }


def test_steps_of_a_made_up_staircase() -> None:
    rows = [[tiles, tiles, tiles * (1 + (tiles > 132))] for tiles in range(1, 800)]
    assert saw.steps(rows)[132] == 2
    assert saw.steps(rows)[264] == 1


def test_every_record_says_where_it_comes_from() -> None:
    for path in sorted((LECTURE / "records").glob("*.json")):
        where = records.load(path.stem)["provenance"]
        assert where["device"] == "NVIDIA H100 80GB HBM3"
        assert where["command"].endswith(f"measure.py --only {path.stem}")
        assert path.stat().st_size < 100_000
        assert records.recorded_on(path.stem).startswith("recorded on NVIDIA H100")


def test_quartiles_of_timings_are_close() -> None:
    for name in ("ceilings", "strides", "skinny", "fusion", "vocabulary"):
        for row in records.rows(name):
            assert row["q3"] / row["q1"] < 1.5, f"{name}: {row['label']}"


def test_every_kernel_that_is_launched_is_in_the_source() -> None:
    program = (LECTURE / "tools/probing.py").read_text(encoding="utf-8")
    launched = set(re.findall(r'(?:module\(\)|kernels)\["(\w+)"\]|launch\("(\w+)"', program))
    names = {first or second for first, second in launched}
    assert len(names) >= 10
    for name in names:
        assert f"__global__ void {name}(" in probes.excerpt(name)
    with pytest.raises(ValueError, match="no kernel 'nothing'"):
        probes.excerpt("nothing")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_fixed_tile_multiplies_in_the_interpreter() -> None:
    code = """
import torch
from lectures.lecture_05.fixed_tile import fixed_tile_product
a, b, c = torch.randn(64, 64), torch.randn(64, 64), torch.empty(64, 64)
fixed_tile_product(a, b, c, tile=32, depth=16)
torch.testing.assert_close(c, a @ b, atol=1e-4, rtol=1e-4)
try:
    fixed_tile_product(a, b, c, tile=48)
except ValueError as error:
    print(error)
"""
    done = run("-c", code, TRITON_INTERPRET="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "fixed_tile_product: 64 is no multiple of 48 and 64\n"


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens without a GPU")
def test_measuring_without_a_gpu(tmp_path: Path) -> None:
    program = str(LECTURE / "tools/measure.py")
    refused = run(program, "--output", str(tmp_path))
    assert refused.returncode == 2
    assert refused.stderr == "measure.py: no GPU that torch can use; try --small\n"
    done = run(program, "--small", "--only", "errors", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["errors.json"]
