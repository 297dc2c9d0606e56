"""Right values for attention and the model, from PyTorch's fused functions and complex numbers."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor


def rotated(x: Tensor, positions: Tensor, theta: float, sign: int = 1) -> Tensor:
    """Rotary positions as a product of complex numbers, for positions that broadcast over x."""
    width = x.shape[-1]
    frequencies = theta ** -(torch.arange(0, width, 2).double() / width)
    turn = torch.polar(torch.ones(()).double(), sign * positions[..., None] * frequencies)
    pairs = torch.view_as_complex(x.double().reshape((*x.shape[:-1], width // 2, 2)))
    return torch.view_as_real(pairs * turn).flatten(-2).to(x.dtype)


def attention_layer(
    x: Tensor,
    weights: Mapping[str, Tensor],
    num_heads: int,
    theta: float | None = None,
    positions: Tensor | None = None,
    *,
    causal: bool = True,
) -> Tensor:
    """Multi-head self-attention with weights named as in the contract."""
    q, k, v = (
        torch.stack(F.linear(x, weights[f"{name}_proj.weight"]).chunk(num_heads, -1), dim=-3)
        for name in "qkv"
    )
    if theta is not None:
        at = torch.arange(x.shape[-2]) if positions is None else positions
        q, k = rotated(q, at, theta), rotated(k, at, theta)
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    joined = torch.cat(mixed.unbind(-3), dim=-1)
    return F.linear(joined, weights["output_proj.weight"])


def block(
    x: Tensor, weights: Mapping[str, Tensor], num_heads: int, theta: float, *, order: str = "pre"
) -> Tensor:
    """A Transformer block; `order` "post" and "none" are the mistakes that the judge names."""

    def norm(name: str, y: Tensor) -> Tensor:
        return F.rms_norm(y, y.shape[-1:], weights[f"{name}.weight"], 1e-5)

    def attend(y: Tensor) -> Tensor:
        return attention_layer(y, part(weights, "attn."), num_heads, theta)

    def feed(y: Tensor) -> Tensor:
        w1, w2, w3 = (weights[f"ffn.w{i}.weight"] for i in (1, 2, 3))
        return F.linear(F.silu(F.linear(y, w1)) * F.linear(y, w3), w2)

    if order == "post":
        x = norm("ln1", x + attend(x))
        return norm("ln2", x + feed(x))
    if order == "no residual":
        return feed(norm("ln2", attend(norm("ln1", x))))
    x = x + attend(norm("ln1", x))
    return x + feed(norm("ln2", x))


def language_model(
    ids: Tensor, weights: Mapping[str, Tensor], num_layers: int, num_heads: int, theta: float,
    *, final_norm: bool = True,
) -> Tensor:  # fmt: skip
    """Logits of a Transformer language model."""
    x = F.embedding(ids, weights["token_embeddings.weight"])
    for index in range(num_layers):
        x = block(x, part(weights, f"layers.{index}."), num_heads, theta)
    if final_norm:
        x = F.rms_norm(x, x.shape[-1:], weights["ln_final.weight"], 1e-5)
    return F.linear(x, weights["lm_head.weight"])


def part(weights: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The weights below a prefix, without it."""
    return {k.removeprefix(prefix): w for k, w in weights.items() if k.startswith(prefix)}


def block_shapes(d_model: int, d_ff: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a block's weights."""
    square = {f"attn.{name}_proj.weight": (d_model, d_model) for name in ("q", "k", "v", "output")}
    return {
        "ln1.weight": (d_model,), **square, "ln2.weight": (d_model,),
        "ffn.w1.weight": (d_ff, d_model), "ffn.w2.weight": (d_model, d_ff),
        "ffn.w3.weight": (d_ff, d_model),
    }  # fmt: skip


def model_shapes(vocab: int, d_model: int, layers: int, d_ff: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a language model's weights."""
    shapes: dict[str, tuple[int, ...]] = {"token_embeddings.weight": (vocab, d_model)}
    for index in range(layers):
        for name, shape in block_shapes(d_model, d_ff).items():
            shapes[f"layers.{index}.{name}"] = shape
    return shapes | {"ln_final.weight": (d_model,), "lm_head.weight": (vocab, d_model)}
