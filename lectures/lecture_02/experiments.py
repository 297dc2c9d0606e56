"""Experiments of the lecture that are too long to be watched line by line."""

import math
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from cs336_basics.config import ModelConfig
from cs336_basics.data import TokenArray, open_tokens
from cs336_basics.model import RMSNorm, TransformerLM
from cs336_basics.optimizer import AdamW
from cs336_basics.serialization import load_checkpoint, save_checkpoint
from cs336_basics.throughput import flops_per_token, matmul_parameters
from torch import Tensor, nn

from lectures.lecture_02 import recompute
from lectures.lecture_02.counting import (
    AllocatorLog,
    count_flops,
    gradient_bytes,
    log_training_step,
    saved_bytes,
    state_bytes,
    total_bytes,
)
from lectures.lecture_02.quantisation import relative_error
from lectures.lecture_02.training import MODEL, fresh_run, split_stories, tokens_of, train

GPT2_XL = ModelConfig(50_257, 1024, 1600, 48, 25, 6400)
"""The sizes of GPT-2 XL, with assignment 1's gated feed-forward."""


Shapes = dict[str, tuple[int, ...]]


def shapes_of(config: ModelConfig) -> tuple[Shapes, int]:
    """The shape of each tensor of a model, its first layer for all; and how many parameters."""
    model = config.build()
    shapes = {
        name.removesuffix(".weight"): tuple(tensor.shape)
        for name, tensor in model.state_dict().items()
        if ".0." in name or "layers" not in name
    }
    return shapes, sum(parameter.numel() for parameter in model.parameters())


def growth_with_width(config: ModelConfig = MODEL) -> dict[str, int]:
    """How many times as large each tensor is when the width and the feed-forward's are doubled."""
    double = replace(config, d_model=2 * config.d_model, d_ff=2 * config.d_ff)
    before, after = shapes_of(config)[0], shapes_of(double)[0]
    return {name: math.prod(after[name]) // math.prod(before[name]) for name in before}


def count_step(config: ModelConfig, batch: int) -> tuple[int, int]:
    """Operations of forward and backward on a batch, as PyTorch counts them; tokens in it."""
    model = config.build()
    ids = torch.zeros(batch, config.context_length, dtype=torch.long)
    return count_flops(lambda: model(ids).sum().backward()), ids.numel()


def count_forward(config: ModelConfig) -> tuple[int, int]:
    """Parameters, and operations of one sequence forward: shapes alone, without any numbers."""
    model = config.build("meta")
    ids = torch.zeros(1, config.context_length, dtype=torch.long, device="meta")
    return sum(parameter.numel() for parameter in model.parameters()), count_flops(
        lambda: model(ids)
    )


def mapped_tokens(tokens: Iterable[int]) -> TokenArray:
    """A memory map of raw 16-bit numbers in a file (no header: not .npy)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "tokens.bin")
        np.array([*tokens], dtype=np.uint16).tofile(path)
        return open_tokens(path)


@dataclass(frozen=True)
class LoggedStep:
    """Bytes of a training step by formula and by hooks, and what the allocator saw."""

    parameters: int
    gradients: int
    state: int
    saved: int
    """What autograd says that it keeps for the backward pass."""
    log: AllocatorLog


def logged_step(config: ModelConfig, batch: int) -> LoggedStep:
    """One step of AdamW on random tokens."""
    torch.manual_seed(0)
    model = config.build()
    optimizer = AdamW(model.parameters())
    ids = torch.randint(config.vocab_size, (batch, config.context_length))
    log = log_training_step(model, optimizer, ids)
    saved = saved_bytes(lambda: model(ids).logsumexp(-1).mean(), model, ids)
    parameters = total_bytes(model.parameters())
    return LoggedStep(parameters, gradient_bytes(model), state_bytes(optimizer), saved, log)


def over_six_n(context: int, model: ModelConfig = GPT2_XL) -> float:
    """Operations of training with this context, as multiples of 6 N a token."""
    longer = replace(model, context_length=context)
    return float(flops_per_token(longer) / (6 * matmul_parameters(model)))


def equal_at(model: ModelConfig = GPT2_XL) -> float:
    """The context at which attention costs as much as all the matrices: 6 N / (12 L d)."""
    return float(6 * matmul_parameters(model) / (12 * model.num_layers * model.d_model))


def outputs_of(fan_in: int, fan_out: int) -> tuple[float, float]:
    """Deviation of x W for normal W, and for normal W / sqrt(fan_in)."""
    x, w = torch.randn(64, fan_in), torch.randn(fan_in, fan_out)
    return float((x @ w).std()), float((x @ (w / math.sqrt(fan_in))).std())


def largest_weight(fan_in: int, bound_in_sigmas: float | None) -> float:
    """Largest of 32 * fan_in truncated normal weights, in deviations; None: bounds of -3 and 3."""
    sigma = 1 / math.sqrt(fan_in)
    bound = 3 if bound_in_sigmas is None else bound_in_sigmas * sigma
    weights = nn.init.trunc_normal_(torch.empty(fan_in, 32), std=sigma, a=-bound, b=bound)
    return float(weights.abs().max()) / sigma


def micro_batches(parts: int) -> tuple[int, list[Tensor]]:
    """Peak bytes, and gradients, of a batch of 16 sequences that is cut into `parts`."""
    torch.manual_seed(0)
    model = MODEL.build()
    ids = torch.randint(MODEL.vocab_size, (16, MODEL.context_length))
    peak = recompute.peak_bytes(lambda: recompute.accumulate(model, ids, parts))
    return peak, [p.grad.clone() for p in model.parameters() if p.grad is not None]


@dataclass(frozen=True)
class Recomputed:
    """What going backward through 16 layers cost."""

    gradients: list[Tensor]
    peak: int
    operations: float
    """In forward passes."""


def recomputed(strategy: recompute.Strategy) -> Recomputed:
    """One way to go backward, measured on 256 points of width 32."""
    layers = recompute.make_layers(16, 32)
    x = torch.randn(256, 32, generator=torch.Generator().manual_seed(1))
    forward = count_flops(lambda: recompute.run(list(layers), x))
    return Recomputed(
        recompute.backward(layers, x, strategy),
        recompute.peak_bytes(lambda: recompute.backward(layers, x, strategy)),
        count_flops(lambda: recompute.backward(layers, x, strategy)) / forward,
    )


def peak_by_distance() -> dict[int, int]:
    """Peak bytes of going backward through 16 layers, by the distance of the inputs kept."""
    layers = recompute.make_layers(16, 32)
    x = torch.randn(256, 32, generator=torch.Generator().manual_seed(1))
    return {
        distance: recompute.peak_bytes(
            partial(recompute.backward_keeping_every, distance, layers, x)
        )
        for distance in (1, 2, 4, 8, 16)
    }


@dataclass(frozen=True)
class Resumed:
    """Losses of eight steps without a break, and of the last three after a break."""

    whole: list[float]
    rest: list[float]
    without_state: list[float]
    bytes: int
    same_weights: bool


def resume() -> Resumed:
    """Train eight steps; train five, save, load into another model, and train three."""
    _, tokens, _ = tokens_of(split_stories(seed=0)[0][:20_000], "")
    model, optimizer = fresh_run()
    whole = train(model, optimizer, tokens, 0, 8, 8)
    half, half_optimizer = fresh_run()
    train(half, half_optimizer, tokens, 0, 5, 8)
    torch.manual_seed(99)
    other = MODEL.build()
    other_optimizer = AdamW(other.parameters(), weight_decay=0.1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "step5.pt")
        save_checkpoint(half, half_optimizer, 5, path)
        size = path.stat().st_size
        step = load_checkpoint(path, other, other_optimizer)
    rest = train(other, other_optimizer, tokens, step, 8, 8)
    forgetful = train(half, AdamW(half.parameters(), weight_decay=0.1), tokens, step, 8, 8)
    same = all(map(torch.equal, model.parameters(), other.parameters()))
    return Resumed(whole.losses, rest.losses, forgetful.losses, size, same)


def types_under_autocast() -> dict[str, str]:
    """The type of weights, product, softmax and gradient of a linear layer on a CPU."""
    layer, x = nn.Linear(4, 4), torch.randn(2, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = layer(x)
        probabilities = y.softmax(-1)
    probabilities.square().sum().backward()
    assert layer.weight.grad is not None
    types = {
        "weights": layer.weight,
        "product": y,
        "softmax": probabilities,
        "gradient": layer.weight.grad,
    }
    return {what: str(tensor.dtype).removeprefix("torch.") for what, tensor in types.items()}


def error_of_autocast() -> float:
    """How far the logits of a forward pass in bfloat16 are off, relative to their size."""
    torch.manual_seed(0)
    model: TransformerLM = MODEL.build()
    ids = torch.randint(MODEL.vocab_size, (2, MODEL.context_length))
    with torch.no_grad():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = model(ids).float()
        return relative_error(rough, model(ids))


def norm_of_large_numbers() -> tuple[Tensor, Tensor]:
    """Squares of 300 in float16, and RMSNorm of the same numbers."""
    x = torch.full((1, 4), 300.0, dtype=torch.float16)
    return x**2, RMSNorm(4)(x)
