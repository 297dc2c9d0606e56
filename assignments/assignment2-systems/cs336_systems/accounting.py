"""Parameters, memory and operations of a Transformer on paper, part by part.

    python -m cs336_systems.accounting                    # GPT-2 XL, with both widths
    python -m cs336_systems.accounting --context 16384

GPT-2's feed-forward network has two matrices of width 4 d_model; SwiGLU has three. With the same
width the gated network is half as large again (2.13 billion weights where GPT-2 XL has 1.56), with
two thirds of it, rounded up to a multiple of 64 (Shazeer 2020, arXiv:2002.05202; Touvron et al.
2023, arXiv:2302.13971), it is as large as the plain one: 4288 instead of 6400, 1.64 billion.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cs336_systems.measurement.arguments import positive_int
from cs336_systems.model_sizes import MODEL_SIZES, ModelSize

GPT2_VOCAB_SIZE = 50_257
ADAMW_BYTES = 16
"""Of a weight in float32: itself, its gradient, and two moments."""


@dataclass(frozen=True)
class Accounting:
    """Of one sequence's forward pass."""

    parameters: int
    flops: dict[str, float]
    """Part → operations; a product of (m, k) and (k, n) has 2 m k n."""

    @property
    def total_flops(self) -> float:
        """Of the forward pass."""
        return sum(self.flops.values())

    @property
    def state_bytes(self) -> int:
        """Weights, gradients and AdamW's moments in float32."""
        return ADAMW_BYTES * self.parameters


def gated_width(d_model: int, multiple: int = 64) -> int:
    """Two thirds of 4 d_model, rounded up: a gated network as large as a plain one."""
    return -(-8 * d_model // (3 * multiple)) * multiple


def with_gated_width(shape: ModelSize) -> ModelSize:
    """The same shape with a feed-forward width that gating does not make larger."""
    return replace(shape, d_ff=gated_width(shape.d_model))


def account(shape: ModelSize, context: int, vocab_size: int = GPT2_VOCAB_SIZE) -> Accounting:
    """Weights of the whole model, and operations of a forward pass over `context` tokens.

    Attention's two products count all pairs, the causal half included.
    """
    d, layers = shape.d_model, shape.num_layers
    keys = d * (shape.num_kv_heads or shape.num_heads) // shape.num_heads
    flops = {
        "projections of attention": 2.0 * context * layers * 2 * d * (d + keys),
        "scores and mixing": 2.0 * context * context * layers * 2 * d,
        "feed-forward": 2.0 * context * layers * 3 * d * shape.d_ff,
        "head": 2.0 * context * d * vocab_size,
    }
    return Accounting(shape.num_parameters(vocab_size), flops)


def as_markdown(shapes: dict[str, ModelSize], context: int) -> str:
    """A column for each shape."""
    found = {name: account(shape, context) for name, shape in shapes.items()}
    lines = ["| | " + " | ".join(found) + " |", "|---|" + "---:|" * len(found)]

    def row(label: str, cells: Sequence[str]) -> None:
        lines.append(f"| {label} | " + " | ".join(cells) + " |")

    row("d_ff", [f"{shape.d_ff:,}" for shape in shapes.values()])
    row("weights, billions", [f"{a.parameters / 1e9:.3f}" for a in found.values()])
    row("float32 weights, GB", [f"{4 * a.parameters / 1e9:.2f}" for a in found.values()])
    row("with gradients and AdamW, GB", [f"{a.state_bytes / 1e9:.1f}" for a in found.values()])
    row(
        f"forward of {context:,} tokens, TFLOP",
        [f"{a.total_flops / 1e12:.2f}" for a in found.values()],
    )
    for part in next(iter(found.values())).flops:
        row(f"{part}, %", [f"{100 * a.flops[part] / a.total_flops:.1f}" for a in found.values()])
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of one size with both widths."""
    parser = argparse.ArgumentParser(prog="python -m cs336_systems.accounting")
    parser.add_argument("--size", choices=MODEL_SIZES, default="xl")
    parser.add_argument("--context", type=positive_int, default=1024)
    options = parser.parse_args(arguments)
    shape = MODEL_SIZES[options.size]
    shapes = {f"{options.size}, gated": with_gated_width(shape), f"{options.size}, wide": shape}
    print(as_markdown(shapes, options.context))
    return 0


if __name__ == "__main__":
    sys.exit(main())
