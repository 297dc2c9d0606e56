"""Many small Transformers of one shape as one: every weight has a first dimension for the runs.

Runs differ in seed and learning rate. A GPU is filled by them together where one alone would leave
it waiting, and a CPU calls a tenth of the functions. Pre-norm without gains, learned positions,
GELU, untied head, no biases; heads are `HEAD` wide, so that width means more heads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lectures.lecture_11.parametrization import Role, Rule, scale

HEAD = 16
Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Shape:
    """What the runs of a stack have in common.

    Attributes:
        width, layers: of each model; the feed-forward layer is four times as wide.
        rule: parametrization.
        vocabulary, context: tokens that exist, tokens that are read.
    """

    width: int
    layers: int = 2
    rule: Rule = "mup"
    vocabulary: int = 84
    context: int = 64

    @property
    def heads(self) -> int:
        """Attention heads of a layer."""
        return max(1, self.width // HEAD)

    @property
    def parameters(self) -> int:
        """N: weights of all matrix products, the head included."""
        return 12 * self.layers * self.width**2 + self.vocabulary * self.width

    def matrices(self) -> dict[str, tuple[Role, int, int]]:
        """Role, rows (inputs) and columns (outputs) of each matrix by its name."""
        w = self.width
        found: dict[str, tuple[Role, int, int]] = {
            "embedding": ("input", self.vocabulary, w),
            "places": ("input", self.context, w),
        }
        for i in range(self.layers):
            found |= {
                f"{i}.qkv": ("hidden", w, 3 * w),
                f"{i}.mix": ("hidden", w, w),
                f"{i}.up": ("hidden", w, 4 * w),
                f"{i}.down": ("hidden", 4 * w, w),
            }
        return found | {"head": ("output", w, self.vocabulary)}


def draw_weights(shape: Shape, seeds: Sequence[int], each: int, device: torch.device) -> Weights:
    """Weights of `each` runs of every seed, equal within a seed: (seeds * each, rows, columns)."""
    drawn: Weights = {}
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    for name, (role, rows, columns) in shape.matrices().items():
        deviation = scale(shape.rule, role, rows, shape.width).deviation
        parts = [torch.randn(rows, columns, generator=g) * deviation for g in generators]
        drawn[name] = torch.stack(parts).to(device).repeat_interleave(each, dim=0)
    return drawn


def rate_factors(shape: Shape) -> dict[str, float]:
    """Factor on Adam's rate of each matrix."""
    return {
        name: scale(shape.rule, role, rows, shape.width).rate
        for name, (role, rows, _) in shape.matrices().items()
    }


def forward(weights: Weights, shape: Shape, ids: Tensor, seen: Weights | None = None) -> Tensor:
    """Logits of the next token.

    Args:
        ids: (runs, batch, T) int64, T up to the context.
        seen: if given, gets the inputs of the last block and the logits, for a look at them.

    Returns:
        (runs, batch * T, vocabulary).
    """
    runs, batch, length = ids.shape
    offsets = torch.arange(runs, device=ids.device).view(-1, 1, 1) * shape.vocabulary
    x = F.embedding(ids + offsets, weights["embedding"].flatten(0, 1))
    x = (x + weights["places"][:, None, :length]).flatten(1, 2)  # (runs, tokens, width)
    for i in range(shape.layers):
        if seen is not None:
            seen[f"block {i}"] = x
        qkv = torch.bmm(_norm(x), weights[f"{i}.qkv"])
        x = x + torch.bmm(_attend(qkv, runs * batch, shape), weights[f"{i}.mix"])
        hidden = F.gelu(torch.bmm(_norm(x), weights[f"{i}.up"]))
        x = x + torch.bmm(hidden, weights[f"{i}.down"])
    logits = torch.bmm(_norm(x), weights["head"])
    if seen is not None:
        seen |= {"last hidden": x, "logits": logits}
    return logits


def losses(weights: Weights, shape: Shape, tokens: Tensor) -> Tensor:
    """Mean cross-entropy of each run, (runs,), on tokens (runs, batch, T + 1)."""
    logits = forward(weights, shape, tokens[..., :-1])
    target = tokens[..., 1:].flatten(1)
    each = F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="none")
    return each.view(len(tokens), -1).mean(dim=1)


def _norm(x: Tensor) -> Tensor:
    return F.rms_norm(x, (x.shape[-1],), eps=1e-6)


def _attend(qkv: Tensor, sequences: int, shape: Shape) -> Tensor:
    """Causal attention; as heads keep their width, its scale is the same constant in all models."""
    runs, tokens, _ = qkv.shape
    heads = qkv.view(sequences, -1, 3, shape.heads, shape.width // shape.heads)
    query, key, value = heads.permute(2, 0, 3, 1, 4)
    mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
    return mixed.transpose(1, 2).reshape(runs, tokens, shape.width)
