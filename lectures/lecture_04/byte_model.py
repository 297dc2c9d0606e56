"""A small byte-level Transformer with a mixture of experts in every block, for records on a GPU.

The text is Python's own standard library, which every machine with Python has. Layers are those of
assignment 1; the experts are `StackedMixture`, whose shapes are fixed, so that a whole training
step can be captured as one CUDA graph. All variants read the same batches.

Shape letters: B batch, S sequence, D width, E experts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from cs336_basics.layers import Embedding, Linear, RMSNorm, SwiGLU
from cs336_basics.nn_utils import cross_entropy
from jaxtyping import Float, Int
from torch import Tensor, nn

from lectures.lecture_04.moe import StackedMixture

BYTES = 256


@dataclass(frozen=True)
class Variant:
    """The feed-forward part of every block, and what keeps its experts balanced."""

    label: str
    d_ff: int
    experts: int = 1
    k: int = 1
    shared: int = 0
    factor: float | None = None
    """Capacity in fair shares; None: nothing is dropped."""
    balance: float = 0.0
    z: float = 0.0
    bias_step: float = 0.0
    renormalise: bool = True


@dataclass(frozen=True)
class Shape:
    """Everything that all variants share."""

    d_model: int = 192
    layers: int = 4
    heads: int = 6
    sequence: int = 128
    batch: int = 64
    steps: int = 500
    lr: float = 2e-3


class FeedForward(nn.Module):
    """Dense SwiGLU, or experts with shared ones beside them."""

    def __init__(self, d_model: int, variant: Variant) -> None:
        super().__init__()
        self.experts: StackedMixture | None = None
        if variant.experts > 1:
            self.experts = StackedMixture(
                d_model, variant.d_ff, variant.experts, variant.k,
                factor=variant.factor, renormalise=variant.renormalise,
            )  # fmt: skip
        width = variant.d_ff * (variant.shared if variant.experts > 1 else 1)
        self.dense = SwiGLU(d_model, width) if width else None

    def forward(self, x: Float[Tensor, "B S D"]) -> Float[Tensor, "B S D"]:
        """The output."""
        y = torch.zeros_like(x) if self.dense is None else self.dense(x)
        if self.experts is not None:
            y = y + self.experts(x.flatten(0, 1)).view_as(x)
        return y


class Block(nn.Module):
    """Causal attention and the feed-forward part, each behind an RMSNorm."""

    def __init__(self, shape: Shape, variant: Variant) -> None:
        super().__init__()
        d = shape.d_model
        self.heads = shape.heads
        self.norm1, self.norm2 = RMSNorm(d), RMSNorm(d)
        self.qkv, self.out = Linear(d, 3 * d), Linear(d, d)
        self.feed_forward = FeedForward(d, variant)

    def forward(self, x: Float[Tensor, "B S D"]) -> Float[Tensor, "B S D"]:
        """One residual block."""
        b, s, d = x.shape
        split = self.qkv(self.norm1(x)).view(b, s, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(
            split[0], split[1], split[2], is_causal=True
        )
        x = x + self.out(mixed.transpose(1, 2).reshape(b, s, d))
        y: Tensor = x + self.feed_forward(self.norm2(x))
        return y


class ByteModel(nn.Module):
    """Bytes in, logits of the next byte out."""

    def __init__(self, shape: Shape, variant: Variant) -> None:
        super().__init__()
        self.embedding = Embedding(BYTES, shape.d_model, std=0.02)
        self.positions = nn.Parameter(torch.randn(shape.sequence, shape.d_model) * 0.02)
        self.blocks = nn.ModuleList(Block(shape, variant) for _ in range(shape.layers))
        self.norm, self.head = RMSNorm(shape.d_model), Linear(shape.d_model, BYTES)

    def forward(self, ids: Int[Tensor, "B S"]) -> Float[Tensor, "B S V"]:
        """Logits."""
        # Not self.embedding(ids): the backward of plain indexing sorts, this one adds.
        x = nn.functional.embedding(ids, self.embedding.weight) + self.positions[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(self.norm(x))
        return logits

    def mixtures(self) -> Iterator[StackedMixture]:
        """The mixtures of all blocks."""
        for module in self.modules():
            if isinstance(module, StackedMixture):
                yield module


def batches(text: Tensor, shape: Shape, seed: int, count: int) -> Int[Tensor, "n B S+1"]:
    """`count` random batches of windows, one byte longer than the sequence."""
    generator = torch.Generator().manual_seed(seed)
    starts = torch.randint(
        len(text) - shape.sequence - 1, (count, shape.batch, 1), generator=generator
    )
    return text[starts + torch.arange(shape.sequence + 1)].long()


def next_byte_loss(model: ByteModel, windows: Int[Tensor, "B S+1"]) -> Float[Tensor, ""]:
    """Mean cross-entropy of the next byte, nats."""
    return cross_entropy(model(windows[:, :-1]), windows[:, 1:])


def learning_rate(step: int, shape: Shape) -> float:
    """Warm-up over 5 % of the steps, then a cosine to a tenth."""
    warm = max(1, shape.steps // 20)
    if step < warm:
        return shape.lr * (step + 1) / warm
    progress = (step - warm) / max(1, shape.steps - warm)
    return shape.lr * (0.55 + 0.45 * math.cos(math.pi * progress))
