"""The model sizes that are measured, and how each is built for a measurement."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch
from cs336_basics.model import TransformerLM
from torch import Tensor

VOCAB_SIZE = 10_000

Precision = Literal["fp32", "tf32", "bf16"]
"""fp32: IEEE products; tf32: products of 10-bit mantissas; bf16: autocast over float32 weights."""


@dataclass(frozen=True)
class ModelSize:
    """Shape of a Transformer; the names up to 2.7B follow Brown et al. 2020, table 2.1."""

    d_model: int
    d_ff: int
    num_layers: int
    num_heads: int
    num_kv_heads: int | None = None
    """Heads of keys and values with grouped queries; None: as many as of queries."""

    @property
    def layer_weights(self) -> int:
        """Matrices of one layer: four of attention, three of SwiGLU."""
        d, f = self.d_model, self.d_ff
        keys = d * (self.num_kv_heads or self.num_heads) // self.num_heads
        return 2 * d * (d + keys) + 3 * d * f

    def num_parameters(self, vocab_size: int = VOCAB_SIZE) -> int:
        """All weights: two embedding matrices, and per layer attention, SwiGLU and two norms."""
        d = self.d_model
        return 2 * vocab_size * d + self.num_layers * (self.layer_weights + 2 * d) + d

    def step_flops(self, tokens: int, context: int, vocab_size: int = VOCAB_SIZE) -> float:
        """Operations of forward and backward: 6 per weight and token, and attention's products.

        Attention multiplies all pairs (the causal half included), so per token and layer
        2·2·context·d_model forward and twice that backward.
        """
        weights = self.num_parameters(vocab_size) - vocab_size * self.d_model  # no lookup
        return tokens * (6.0 * weights + 12.0 * self.num_layers * context * self.d_model)


MODEL_SIZES = {
    "tiny": ModelSize(d_model=64, d_ff=256, num_layers=2, num_heads=2),
    "small": ModelSize(d_model=768, d_ff=3072, num_layers=12, num_heads=12),
    "medium": ModelSize(d_model=1024, d_ff=4096, num_layers=24, num_heads=16),
    "large": ModelSize(d_model=1280, d_ff=5120, num_layers=36, num_heads=20),
    "xl": ModelSize(d_model=1600, d_ff=6400, num_layers=48, num_heads=25),
    "2.7B": ModelSize(d_model=2560, d_ff=10240, num_layers=32, num_heads=32),
}
"""`tiny` is for tests; the rest is the sequence that the tables show."""


def build_model(size: str, context: int, device: torch.device, seed: int = 0) -> TransformerLM:
    """A float32 model of the named size with reproducible weights.

    Raises:
        ValueError: `size` is not in `MODEL_SIZES`.
    """
    if size not in MODEL_SIZES:
        raise ValueError(f"unknown model size {size!r}; choose from {', '.join(MODEL_SIZES)}")
    shape = MODEL_SIZES[size]
    torch.manual_seed(seed)
    return TransformerLM(
        VOCAB_SIZE,
        context,
        shape.d_model,
        shape.num_layers,
        shape.num_heads,
        shape.d_ff,
        device=device,
    )


def random_batch(
    batch: int, context: int, device: torch.device, seed: int
) -> tuple[Tensor, Tensor]:
    """Random inputs and targets, each (batch, context) int64."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(VOCAB_SIZE, (2, batch, context), generator=generator).to(device)
    return ids[0], ids[1]


def precision_context(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Autocast for bf16, nothing otherwise; also sets how float32 products are computed."""
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()
