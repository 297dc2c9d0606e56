"""The closed forms against numbers: both sides are evaluated, and meshes are tried one by one."""

from __future__ import annotations

import pytest
import sympy as sp
from cs336_systems.parallelism.crossovers import (
    B,
    C,
    D,
    F,
    N,
    Pass,
    V,
    W,
    X,
    best_fsdp_axis,
    data_parallel,
    data_parallel_whole_tensors,
    evaluate,
    fully_sharded,
    fully_sharded_and_tensor,
    max_tensor_devices,
    min_tokens_per_device,
    tensor_parallel,
)

H100 = {C: 989e12, W: 50e9, V: 450e9, D: 16384, F: 53248}


def test_the_closed_forms() -> None:
    assert sp.simplify(data_parallel().crossover(B) - (N - 1) * C / W) == 0
    assert sp.simplify(data_parallel_whole_tensors().crossover(B) - N * (N - 1) * C / (2 * W)) == 0
    assert sp.simplify(max_tensor_devices() - (1 + sp.Rational(3, 2) * F * W / C)) == 0
    tokens = min_tokens_per_device()
    assert tokens["DP"] == tokens["FSDP"] == C / W
    assert sp.simplify(tokens["FSDP + TP"] - sp.Rational(8, 3) * C**2 / (F * V * W)) == 0


@pytest.mark.parametrize(
    ("balance", "unknown"),
    [
        (data_parallel(), B),
        (data_parallel_whole_tensors(), B),
        (data_parallel_whole_tensors(), N),
        (fully_sharded(), B),
        (fully_sharded(backward=True), B),
        (tensor_parallel(), N),
        (tensor_parallel(backward=True), F),
    ],
)
def test_at_the_crossover_both_take_equally_long(balance: Pass, unknown: sp.Symbol) -> None:
    values = H100 | {N: 64, B: 2**20}
    values[unknown] = evaluate(balance.crossover(unknown), values)
    assert values[unknown] > 0
    seconds = [evaluate(part, values) for part in (balance.compute, balance.communication)]
    assert seconds[0] == pytest.approx(seconds[1])


@pytest.mark.parametrize("passes", [fully_sharded, tensor_parallel])
def test_backward_is_as_well_balanced_as_forward_or_better(passes: object) -> None:
    ratios = [
        evaluate(p.communication / p.compute, H100 | {N: 64, B: 2**20})
        for p in (passes(), passes(backward=True))  # type: ignore[operator]
    ]
    assert ratios[1] <= ratios[0] * (1 + 1e-12)


def test_no_batch_helps_tensor_parallelism() -> None:
    with pytest.raises(ValueError, match="B does not change the balance"):
        tensor_parallel().crossover(B)


def test_the_best_mesh_is_the_best_of_all_meshes() -> None:
    values = H100 | {N: 4096, B: 2**22}
    traffic = fully_sharded_and_tensor().communication
    tried = {x: evaluate(traffic, values | {X: x}) for x in range(64, 4097)}
    assert min(tried, key=lambda x: tried[x]) == pytest.approx(
        evaluate(best_fsdp_axis(), values), abs=1
    )


def test_fewer_tokens_suffice_where_the_tensor_axis_is_fast() -> None:
    tokens = {name: evaluate(e, H100) for name, e in min_tokens_per_device().items()}
    assert tokens["FSDP + TP"] < tokens["FSDP"] / 9
    slow = {name: evaluate(e, H100 | {V: 50e9}) for name, e in min_tokens_per_device().items()}
    assert slow["FSDP + TP"] == pytest.approx(9 * tokens["FSDP + TP"])


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ValueError, match="no value for C, W"):
        evaluate(C / W, {B: 1})
