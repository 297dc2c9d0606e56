"""The 4-D calculator against numbers worked out by hand, and its properties."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import pytest
import torch
from cs336_basics.model import TransformerLM
from cs336_systems.model_sizes import ModelSize
from cs336_systems.parallelism import report
from cs336_systems.parallelism.calculator import (
    Hardware,
    Job,
    Mesh,
    Recompute,
    activation_bytes_per_layer,
    bubble_fraction,
    communication_per_device,
    estimate,
    memory_per_device,
    micro_batches_in_flight,
    min_tokens_to_hide_fsdp,
)
from cs336_systems.parallelism.planner import meshes, rank_meshes
from cs336_systems.parallelism.zero import STAGES
from hypothesis import given
from hypothesis import strategies as st

MODEL = ModelSize(d_model=8, d_ff=16, num_layers=4, num_heads=4)
VOCAB = 10
WEIGHTS = 2 * VOCAB * 8 + 4 * (4 * 64 + 3 * 128 + 16) + 8  # 2792
JOB = Job(MODEL, VOCAB, context=16, batch_tokens=512)


def test_parameter_count_is_that_of_the_real_model() -> None:
    with torch.device("meta"):
        model = TransformerLM(VOCAB, 16, 8, 4, 4, 16)
    assert sum(p.numel() for p in model.parameters()) == MODEL.num_parameters(VOCAB) == WEIGHTS


def test_one_device_sends_nothing_and_holds_18_bytes_per_weight() -> None:
    memory = memory_per_device(JOB, Mesh())
    assert memory.weights + memory.gradients + memory.optimizer == 18 * WEIGHTS
    assert memory.gathered_layers == 0
    assert memory.activations == 4 * 512 * (16 * 8 + 8 * 16)
    assert communication_per_device(JOB, Mesh()).total == 0


def test_by_hand_on_a_mesh_with_all_four_axes() -> None:
    job = Job(MODEL, VOCAB, context=16, batch_tokens=512, micro_batches=2)
    mesh = Mesh(pipeline=2, data=2, fsdp=4, tensor=2)
    tokens = 512 / (2 * 4 * 2)  # 32 per pipeline and micro-batch
    local = WEIGHTS / 4
    memory = memory_per_device(job, mesh)
    assert memory.optimizer == 12 * local / 4
    assert memory.activations == 2 * 2 * tokens * 256 / 2  # 2 layers, 2 micro-batches in flight
    sent = communication_per_device(job, mesh)
    assert sent.tensor == 2 * 2 * 10 * (2 * tokens * 8) * 1 / 2
    assert sent.fsdp == 2 * 8 * local * 3 / 4
    assert sent.data == 2 * 4 * (local / 4) * 1 / 2
    assert sent.pipeline == 2 * 2 * (2 * tokens * 8) / 2


def test_recomputation_trades_activations_for_operations() -> None:
    repeated = Job(MODEL, VOCAB, context=16, batch_tokens=512, recompute="block")
    plain, with_recompute = (estimate(job, Mesh(), Hardware()) for job in (JOB, repeated))
    assert with_recompute.memory.activations < plain.memory.activations
    assert with_recompute.compute_s == pytest.approx(plain.compute_s * 4 / 3)


def test_what_is_elementwise_is_the_cheaper_half_to_repeat() -> None:
    kept = [
        activation_bytes_per_layer(replace(JOB, recompute=what), Mesh())
        for what in get_args(Recompute)
    ]
    assert kept == [512 * 2 * (8 * 8 + 4 * 16), 512 * 2 * (6 * 8 + 2 * 16), 512 * 2 * 8]
    repeated = estimate(replace(JOB, recompute="elementwise"), Mesh(), Hardware())
    assert repeated.compute_s == estimate(JOB, Mesh(), Hardware()).compute_s


def test_grouped_queries_have_fewer_weights_and_keep_less() -> None:
    grouped = replace(MODEL, num_kv_heads=1)
    assert MODEL.layer_weights - grouped.layer_weights == 2 * 8 * 6
    with torch.device("meta"):
        model = TransformerLM(VOCAB, 16, 8, 4, 4, 16, num_kv_heads=1)
    assert sum(p.numel() for p in model.parameters()) == grouped.num_parameters(VOCAB)
    job = replace(JOB, model=grouped)
    saved = activation_bytes_per_layer(JOB, Mesh()) - activation_bytes_per_layer(job, Mesh())
    assert saved == 512 * 2 * 2 * 6


def test_stages_of_zero_shard_the_replicas_as_fsdp_shards_its_axis() -> None:
    by_stage = [memory_per_device(replace(JOB, zero=z), Mesh(data=4)) for z in STAGES]
    bytes_per_weight = [(m.weights + m.gradients + m.optimizer) / WEIGHTS for m in by_stage]
    assert bytes_per_weight == [18, 2 + 4 + 3, 2 + 1 + 3, 4.5]
    assert by_stage[3] == memory_per_device(JOB, Mesh(fsdp=4))
    as_stage_3 = communication_per_device(replace(JOB, zero=3), Mesh(data=4)).data
    assert as_stage_3 == communication_per_device(JOB, Mesh(fsdp=4)).fsdp


def test_interleaving_divides_the_bubble_and_keeps_more() -> None:
    mesh = Mesh(pipeline=2)
    job = Job(MODEL, VOCAB, context=16, batch_tokens=512, micro_batches=8)
    twice = replace(job, interleave=2)
    assert bubble_fraction(2, 8, interleave=2) == 1 / 17
    assert micro_batches_in_flight(job, mesh) == 2
    assert micro_batches_in_flight(twice, mesh) == 2.5
    sent = communication_per_device(twice, mesh).pipeline
    assert sent == 2 * communication_per_device(job, mesh).pipeline
    with pytest.raises(ValueError, match="4 layers cannot be divided by pipeline = 8"):
        memory_per_device(replace(job, interleave=4), mesh)


def test_bubble_of_four_stages_and_four_micro_batches() -> None:
    assert bubble_fraction(4, 4) == 3 / 7
    assert bubble_fraction(1, 1) == 0


def test_fsdp_traffic_equals_compute_at_the_derived_number_of_tokens() -> None:
    hardware = Hardware(devices_per_node=1)  # all traffic over the network
    tokens = min_tokens_to_hide_fsdp(hardware, hardware.network_bytes_per_s)
    seconds_of_traffic = 8 / hardware.network_bytes_per_s
    assert seconds_of_traffic == pytest.approx(6 * tokens / (989e12 * 0.5))


def test_groups_wider_than_a_node_use_the_network() -> None:
    hardware = Hardware(devices_per_node=2)
    inside = estimate(JOB, Mesh(fsdp=2), hardware)
    across = estimate(JOB, Mesh(fsdp=2, tensor=2), hardware)
    assert inside.communication_s["fsdp"] == inside.communication.fsdp / 450e9
    assert across.communication_s["fsdp"] == across.communication.fsdp / 50e9
    assert across.communication_s["tensor"] == across.communication.tensor / 450e9


@pytest.mark.parametrize(
    ("mesh", "message"),
    [
        (Mesh(pipeline=3), "4 layers cannot be divided by pipeline = 3"),
        (Mesh(tensor=8), "4 heads cannot be divided by tensor = 8"),
        (Mesh(data=3), "32 sequences per step cannot be divided by data × fsdp × micro-batches"),
    ],
)
def test_a_mesh_that_does_not_divide_the_job_is_refused(mesh: Mesh, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        memory_per_device(JOB, mesh)


def test_an_axis_needs_at_least_one_device() -> None:
    with pytest.raises(ValueError, match="mesh axis fsdp is 0"):
        Mesh(fsdp=0)


@given(st.integers(min_value=1, max_value=64))
def test_meshes_are_all_factorizations_once(num_devices: int) -> None:
    found = list(meshes(num_devices))
    assert all(mesh.num_devices == num_devices for mesh in found)
    assert len(set(found)) == len(found)
    exponents = _prime_exponents(num_devices)
    assert len(found) == math.prod(math.comb(e + 3, 3) for e in exponents)


@given(st.sampled_from([1, 2, 4]), st.sampled_from([1, 2, 4]), st.sampled_from([1, 2, 4]))
def test_sharding_never_needs_more_memory_for_state(pipe: int, fsdp: int, tensor: int) -> None:
    small = memory_per_device(JOB, Mesh(pipe, 1, fsdp, tensor))
    assert small.optimizer == 12 * WEIGHTS / (pipe * fsdp * tensor)
    assert small.total > 0


def test_ranking_holds_only_layouts_that_fit_fastest_first() -> None:
    hardware = Hardware(memory_bytes=80_000)
    ranked = rank_meshes(JOB, 8, hardware)
    assert ranked
    assert all(e.memory.total <= 80_000 for e in ranked)
    times = [e.overlapped_s for e in ranked]
    assert times == sorted(times)
    assert all(e.overlapped_s <= e.serial_s for e in ranked)


def test_report_prints_layouts_or_says_what_to_change(capsys: pytest.CaptureFixture[str]) -> None:
    fitting = "--model small --devices 4 --batch-tokens 32768 --context 1024 --micro-batches 2"
    assert report.main(fitting.split()) == 0
    assert "overlapped s" in capsys.readouterr().out
    assert report.main(["--devices", "3"]) == 1
    assert "no layout fits: use more devices" in capsys.readouterr().out


def _prime_exponents(number: int) -> list[int]:
    exponents = []
    divisor = 2
    while number > 1:
        count = 0
        while number % divisor == 0:
            number //= divisor
            count += 1
        if count:
            exponents.append(count)
        divisor += 1
    return exponents
