"""What a policy is, and how the project's Transformer reads rows of unequal length.

A policy is any callable `model(input_ids) -> logits`, or one whose result has `.logits`, as the
Hugging Face models have. Rows of a batch are padded on the right for training (a causal model never
looks at what follows, so nothing else is needed) and on the left for generating, where all rows
grow at the same end. On the left two things must be said: which positions are padding, and that a
row's first real token has position 0. `padded_logits` takes both from a mask, so that the same
tokens give the same logits wherever the padding lies.

Shape letters: R rows, T positions, H heads, d_k width of a head, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, cast

import torch
from cs336_basics.model import MultiHeadSelfAttention, TransformerBlock, TransformerLM
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F


class HasLogits(Protocol):
    """What Hugging Face's models return."""

    @property
    def logits(self) -> Tensor:
        """(R, T, V)."""


Policy = Callable[[Tensor], "Tensor | HasLogits"]
# (layer's number, Q, K, V) -> the heads' outputs, (R, H, T, d_k)
Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]


def logits_of(output: Tensor | HasLogits) -> Float[Tensor, "rows seq vocab"]:
    """The logits in what a policy returned."""
    return output if isinstance(output, Tensor) else output.logits


def pad_left(
    rows: Sequence[Sequence[int]], pad_id: int, device: torch.device | str | None = None
) -> tuple[Int[Tensor, "rows seq"], Bool[Tensor, "rows seq"]]:
    """`rows` as one int64 array with padding before the shorter ones, and True where they are."""
    width = max(map(len, rows))
    ids = [[pad_id] * (width - len(row)) + list(row) for row in rows]
    mask = [[False] * (width - len(row)) + [True] * len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def positions_of(mask: Bool[Tensor, "rows seq"]) -> Int[Tensor, "rows seq"]:
    """0, 1, 2, ... over the real tokens of each row, wherever its padding is (there 0 or more)."""
    return (mask.long().cumsum(dim=-1) - 1).clamp(min=0)


def visible_keys(mask: Bool[Tensor, "rows seq"]) -> Bool[Tensor, "rows 1 seq seq"]:
    """Which keys each query may attend to: real ones, none later than itself.

    Every position sees itself, padding too: a softmax over nothing would be NaN, and a NaN in a
    padded key would reach the real queries as 0 * NaN.
    """
    length = mask.shape[-1]
    causal = torch.ones(length, length, dtype=torch.bool, device=mask.device).tril()
    itself = torch.eye(length, dtype=torch.bool, device=mask.device)
    return ((causal & mask[:, None, :]) | itself)[:, None]


def grouped_attention(
    Q: Float[Tensor, "rows heads q d_k"],
    K: Float[Tensor, "rows kv_heads k d_k"],
    V: Float[Tensor, "rows kv_heads k d_k"],
    mask: Bool[Tensor, "rows 1 q k"],
) -> Float[Tensor, "rows heads q d_k"]:
    """softmax(Q K^T / sqrt(d_k)) V where each key head serves `heads / kv_heads` query heads.

    Queries that share a key head (Ainslie et al. 2023, grouped-query attention) are laid one after
    the other, as if they were further positions, so that keys and values need no copies.
    """
    rows, heads, length, width = Q.shape
    group = heads // K.shape[1]
    if group > 1:
        Q = Q.reshape(rows, -1, group * length, width)
        mask = mask.repeat(1, 1, group, 1)
    return F.scaled_dot_product_attention(Q, K, V, attn_mask=mask).reshape(
        rows, heads, length, width
    )


def hidden_states(
    model: TransformerLM,
    ids: Int[Tensor, "rows seq"],
    positions: Int[Tensor, "rows seq"],
    attend: Attend,
) -> Float[Tensor, "rows seq d_model"]:
    """What the head of `model` reads, with the attention itself left to `attend`.

    This is the model's own forward with its own layers; only where keys and values are kept and
    which of them count is decided outside.
    """
    x: Tensor = model.token_embeddings(ids)
    for index, module in enumerate(model.layers):
        layer = cast(TransformerBlock, module)
        x = x + _attention(layer.attn, layer.ln1(x), positions, partial(attend, index))
        x = x + layer.ffn(layer.ln2(x))
    hidden: Tensor = model.ln_final(x)
    return hidden


def _attention(
    layer: MultiHeadSelfAttention,
    x: Tensor,
    positions: Tensor,
    attend: Callable[[Tensor, Tensor, Tensor], Tensor],
) -> Tensor:
    split = (*x.shape[:2], -1, layer.d_k)
    # Q (R, H, T, d_k), K and V (R, KV heads, T, d_k)
    Q, K, V = (part.reshape(split).transpose(1, 2) for part in layer.project(x))
    if layer.rope is not None:
        rotated = layer.rope(torch.cat((Q, K), dim=1), positions)  # one look-up for both
        Q, K = rotated.split((Q.shape[1], K.shape[1]), dim=1)
    output: Tensor = layer.output_proj(attend(Q, K, V).transpose(1, 2).flatten(-2))
    return output


def check_pre_norm(model: TransformerLM) -> None:
    """Raise ValueError unless the blocks are x + f(norm(x)), the order that this module follows."""
    placements = {cast(TransformerBlock, layer).norm_placement for layer in model.layers}
    if placements != {"pre"}:
        raise ValueError(
            f"padded rows need a model with norms before each branch, not {sorted(placements)}; "
            "build the TransformerLM with norm='pre'"
        )


def padded_logits(
    model: TransformerLM, ids: Int[Tensor, "rows seq"], mask: Bool[Tensor, "rows seq"]
) -> Float[Tensor, "rows seq vocab"]:
    """Logits of rows padded on either side; those at padding mean nothing.

    Raises:
        ValueError: a row longer than the model's context, or norms in another place than "pre".
    """
    check_pre_norm(model)
    if ids.shape[-1] > model.context_length:
        raise ValueError(
            f"{ids.shape[-1]} positions exceed the model's context length {model.context_length}"
        )
    visible = visible_keys(mask)
    hidden = hidden_states(
        model,
        ids,
        positions_of(mask),
        lambda _, Q, K, V: grouped_attention(Q, K, V, visible),
    )
    logits: Tensor = model.lm_head(hidden)
    return logits
