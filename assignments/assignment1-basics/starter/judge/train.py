"""A training loop that uses a solution's parts, for the contest of loss and to measure a step."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

SIZES = {"vocab_size": 256, "context_length": 64, "d_model": 64, "num_layers": 2, "num_heads": 4,
         "d_ff": 176}  # fmt: skip
BATCH = 32
RATE = 4e-3
SCHEDULE = 1000
"""Steps of the schedule; it follows the share of the time that is over, not the steps done."""


def train(adapters: Any, tokens: NDArray[np.uint16], seconds: float) -> nn.Module:
    """A small Transformer of bytes, trained on `tokens` until the time is over."""
    started = time.perf_counter()
    model, optimizer = prepared(adapters)
    while (elapsed := time.perf_counter() - started) < seconds:
        at = int(SCHEDULE * elapsed / seconds)
        step(adapters, model, optimizer, tokens, at)
    return model


def prepared(adapters: Any) -> tuple[nn.Module, torch.optim.Optimizer]:
    """The model and its optimizer."""
    model: nn.Module = adapters.get_transformer_lm(SIZES)
    optimizer: torch.optim.Optimizer = adapters.get_adamw_cls()(
        model.parameters(), lr=RATE, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.01
    )
    return model, optimizer


def step(
    adapters: Any,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    tokens: NDArray[np.uint16],
    at: int,
) -> float:
    """One step at point `at` of the schedule; gives the loss."""
    rate = adapters.run_get_lr_cosine_schedule(at, RATE, RATE / 10, SCHEDULE // 20, SCHEDULE)
    for group in optimizer.param_groups:
        group["lr"] = rate
    x, y = adapters.run_get_batch(tokens, BATCH, SIZES["context_length"], "cpu")
    optimizer.zero_grad()
    loss = adapters.run_cross_entropy(model(x), y)
    loss.backward()
    adapters.run_gradient_clipping(model.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())
