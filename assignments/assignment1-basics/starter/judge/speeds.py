"""What `--measure` times of the model, in a process of each implementation."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from judge.train import prepared, step
from torch import nn

SIZES = {"vocab_size": 512, "context_length": 128, "d_model": 128, "num_layers": 2, "num_heads": 4,
         "d_ff": 352}  # fmt: skip


@cache
def _model(adapters: Any) -> nn.Module:
    torch.manual_seed(0)
    model: nn.Module = adapters.get_transformer_lm(SIZES)
    return model


def attention(adapters: Any) -> None:
    """`scaled_dot_product_attention` with a causal mask, forward and backward."""
    torch.manual_seed(0)
    q, k, v = (torch.randn(4, 8, 256, 32, requires_grad=True) for _ in range(3))
    mask = torch.ones(256, 256, dtype=torch.bool).tril()
    adapters.run_scaled_dot_product_attention(q, k, v, mask).sum().backward()


def forward_backward(adapters: Any) -> None:
    """Logits and their gradients."""
    ids = torch.arange(16 * 128).view(16, 128) % 512
    _model(adapters)(ids).logsumexp(-1).mean().backward()


def training_step(adapters: Any) -> None:
    """Ten steps of the small model of `train`."""
    torch.manual_seed(0)
    model, optimizer = prepared(adapters)
    tokens = np.arange(10_000).astype(np.uint16) % 256
    for at in range(10):
        step(adapters, model, optimizer, tokens, at)


def generation(adapters: Any) -> None:
    """`generate` with the whole context."""
    weights = _model(adapters).state_dict()
    adapters.run_generate(SIZES, weights, [1, 2, 3], 64, 1.0, 0.9)
