"""The fast stepper does the plain stepper's iterations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from cs336_basics.config import ConfigError, RunConfig
from cs336_basics.fast.graphed_stepping import GraphedStepper
from cs336_basics.optimizer import AdamW
from cs336_basics.training.config_file import config_from_dict
from cs336_basics.training.sampler import WindowSampler
from cs336_basics.training.speed import apply_speed_settings
from cs336_basics.training.stepping import EagerStepper, StepRecords, make_loss

TOKENS = np.random.default_rng(0).integers(0, 50, 2000).astype(np.uint16)


def tiny_config(**training: object) -> RunConfig:
    return config_from_dict(
        {
            "model": {
                "vocab_size": 50, "context_length": 16, "d_model": 32, "num_layers": 2,
                "num_heads": 2, "d_ff": 64,
            },
            "data": {"train": "unused", "valid": "unused"},
            "optimizer": {"max_learning_rate": 1e-2, "warmup_iters": 3, "max_l2_norm": 0.5},
            "training": {"iterations": 40, "batch_size": 8, **training},
        }
    )  # fmt: skip


def run(
    stepper_class: type[EagerStepper] | type[GraphedStepper],
    config: RunConfig,
    device: str = "cpu",
    parts: tuple[int, ...] = (12,),
) -> tuple[StepRecords, list[torch.Tensor], AdamW]:
    torch.manual_seed(0)
    model = config.model.build().to(device)
    apply_speed_settings(model, config.training, torch.device(device))
    optimizer = AdamW(model.parameters(), 1.0, (0.9, 0.95), weight_decay=0.1)
    sampler = WindowSampler(TOKENS, 8, 16, seed=1, micro_batches=config.training.accumulation_steps)
    stepper = stepper_class(model, optimizer, sampler, config, torch.device(device))
    stepper.prepare(0)
    losses: list[float] = []
    norms: list[float] = []
    for count in parts:
        records = stepper.run(len(losses), count)
        losses += records.losses
        norms += records.gradient_norms
    return StepRecords(losses, norms), [p.detach().cpu() for p in model.parameters()], optimizer


@pytest.mark.parametrize("accumulation_steps", [1, 4])
def test_the_device_side_iteration_equals_the_plain_one(accumulation_steps: int) -> None:
    config = tiny_config(accumulation_steps=accumulation_steps)
    plain, plain_weights, plain_optimizer = run(EagerStepper, config)
    fast, fast_weights, fast_optimizer = run(GraphedStepper, config)
    np.testing.assert_allclose(fast.losses, plain.losses, rtol=1e-5)
    np.testing.assert_allclose(fast.gradient_norms, plain.gradient_norms, rtol=1e-4)
    for a, b in zip(plain_weights, fast_weights, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)
    steps = [s["step"] for s in fast_optimizer.state.values()]
    assert steps == [s["step"] for s in plain_optimizer.state.values()] == [12] * len(steps)


def test_accumulation_does_not_change_the_data_or_the_result() -> None:
    whole, whole_weights, _ = run(EagerStepper, tiny_config())
    split, split_weights, _ = run(EagerStepper, tiny_config(accumulation_steps=8))
    np.testing.assert_allclose(split.losses, whole.losses, rtol=1e-5)
    for a, b in zip(whole_weights, split_weights, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_iterations_may_be_run_in_several_calls() -> None:
    once, weights, _ = run(GraphedStepper, tiny_config())
    thrice, weights_again, _ = run(GraphedStepper, tiny_config(), parts=(5, 1, 6))
    assert thrice == once
    assert all(torch.equal(a, b) for a, b in zip(weights, weights_again, strict=True))


@pytest.mark.parametrize("jointly", [False, True])
def test_bf16_weight_copies_follow_the_float32_weights(jointly: bool) -> None:
    fast_settings = {
        "cuda_graph": True, "precision": "bfloat16", "joint_projections": jointly,
    }  # fmt: skip
    plain, _, _ = run(GraphedStepper, tiny_config(**fast_settings))
    copies, weights, _ = run(GraphedStepper, tiny_config(**fast_settings, bf16_weight_copies=True))
    np.testing.assert_allclose(copies.losses, plain.losses, rtol=5e-3)
    assert all(w.dtype == torch.float32 for w in weights)
    assert copies.losses[-1] < copies.losses[0]


def test_an_unknown_compiler_flag_is_a_configuration_error() -> None:
    config = tiny_config(compile=True, inductor_flags=["no_such_flag"])
    with pytest.raises(ConfigError, match=r"inductor_flags: .*no_such_flag"):
        make_loss(lambda x: x, config, torch.device("cpu"))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("compile_it", [False, True])
def test_captured_graph_equals_the_plain_steps_on_a_gpu(compile_it: bool) -> None:
    config = tiny_config(cuda_graph=True, compile=compile_it)
    plain_config = replace(config, training=replace(config.training, compile=False))
    plain, plain_weights, _ = run(EagerStepper, plain_config, "cuda")
    graphed, graphed_weights, _ = run(GraphedStepper, config, "cuda", parts=(5, 7))
    np.testing.assert_allclose(graphed.losses, plain.losses, rtol=1e-4)
    np.testing.assert_allclose(graphed.gradient_norms, plain.gradient_norms, rtol=1e-3)
    for a, b in zip(plain_weights, graphed_weights, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_no_host_synchronisation_between_replays() -> None:
    config = tiny_config(cuda_graph=True)
    torch.manual_seed(0)
    model = config.model.build().to("cuda")
    sampler = WindowSampler(TOKENS, 8, 16, seed=1)
    stepper = GraphedStepper(
        model, AdamW(model.parameters()), sampler, config, torch.device("cuda")
    )
    stepper.prepare(0)
    stepper._upload(stepper._tables(0, 10))
    torch.cuda.set_sync_debug_mode("error")
    try:
        assert stepper._iterate is not None
        for _ in range(10):
            stepper._iterate()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert torch.isfinite(stepper._losses[:10]).all()
