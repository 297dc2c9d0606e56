"""Assignment 1's Transformer with smaller caches: what lecture 10 compares in bytes and in loss.

Shape letters: B batch, T sequence, D d_model, H heads, d_k width of a head, C latent, R rotated
width. All layers are for training, without a cache; what they would cache is `cached_numbers`.
"""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from cs336_basics.attention import causal_mask
from cs336_basics.kv_cache import LayerCache
from cs336_basics.layers import Linear, RMSNorm, RotaryPositionalEmbedding
from cs336_basics.model import MultiHeadSelfAttention, TransformerLM
from torch import Tensor, nn

BYTES = 256
Kind = Literal["heads", "latent", "shared", "local"]


@dataclass(frozen=True)
class Sizes:
    """What all variants share, apart from the width of the feed-forward layers."""

    d_model: int = 256
    layers: int = 6
    heads: int = 8
    context: int = 512

    @property
    def d_k(self) -> int:
        """Width of a head."""
        return self.d_model // self.heads


@dataclass(frozen=True)
class Variant:
    """One way to keep less.

    Attributes:
        kv_heads: heads of keys and values, of the layers that have them.
        latent, rotated: widths of the latent and of the rotated key (kind "latent").
        window: tokens that a local layer attends to; every `global_every`-th attends to all, and
            none does if that is 0 (kind "local").
    """

    label: str
    kind: Kind = "heads"
    kv_heads: int = 8
    latent: int = 0
    rotated: int = 0
    window: int = 0
    global_every: int = 0


VARIANTS = (
    Variant("8 heads (MHA)"),
    Variant("2 heads (GQA)", kv_heads=2),
    Variant("1 head (MQA)", kv_heads=1),
    Variant("latent 96 + 32 (MLA)", "latent", latent=96, rotated=32),
    Variant("4 heads, two layers share", "shared", kv_heads=4),
    Variant("1 head, two layers share", "shared", kv_heads=1),
    Variant("window 64, 1 layer in 6 global", "local", window=64, global_every=6),
    Variant("window 64 everywhere", "local", window=64),
)


class LatentAttention(nn.Module):
    """Keys and values from a normed latent of C numbers, and one rotated key for all heads.

    DeepSeek-V2 (2405.04434), section 2.1, without the compression of queries.
    """

    def __init__(self, sizes: Sizes, latent: int, rotated: int) -> None:
        super().__init__()
        d, inner = sizes.d_model, sizes.heads * sizes.d_k
        self.heads = sizes.heads
        self.query, self.rope_query = Linear(d, inner), Linear(d, sizes.heads * rotated)
        self.down, self.rope_key = Linear(d, latent), Linear(d, rotated)
        self.norm = RMSNorm(latent)
        self.key_up, self.value_up = Linear(latent, inner), Linear(latent, inner)
        self.output_proj = Linear(inner, d)
        self.rope = RotaryPositionalEmbedding(1e4, rotated, sizes.context)

    def forward(
        self, x: Tensor, token_positions: Tensor | None = None, cache: LayerCache | None = None
    ) -> Tensor:
        """(B, T, D) -> (B, T, D), causal, from position 0 on."""
        assert cache is None
        positions = torch.arange(x.shape[-2], device=x.device)
        latent = self.norm(self.down(x))
        q, k, v = (
            self._split(p) for p in (self.query(x), self.key_up(latent), self.value_up(latent))
        )
        q_rope = self.rope(self._split(self.rope_query(x)), positions)
        k_rope = self.rope(self.rope_key(x), positions)[:, None].expand_as(q_rope)
        heads = attend(torch.cat([q, q_rope], -1), torch.cat([k, k_rope], -1), v)
        output: Tensor = self.output_proj(heads.transpose(1, 2).flatten(2))
        return output

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


class LendingAttention(MultiHeadSelfAttention):
    """Assignment 1's attention through a fused kernel; what it attended to stays readable.

    With `window` a token attends to the last so many tokens only, its own included.
    """

    window: int = 0
    kept: tuple[Tensor, Tensor] | None = None

    def forward(
        self, x: Tensor, token_positions: Tensor | None = None, cache: LayerCache | None = None
    ) -> Tensor:
        """(B, T, D) -> (B, T, D), causal, from position 0 on."""
        assert cache is None
        assert self.rope is not None
        q, k, v = (self._split_heads(part) for part in self.project(x))
        positions = torch.arange(x.shape[-2], device=x.device)
        self.kept = (self.rope(k, positions), v)
        mask = local_mask(x.shape[-2], self.window, x.device) if self.window else None
        heads = attend(self.rope(q, positions), *self.kept, mask)
        output: Tensor = self.output_proj(heads.transpose(1, 2).flatten(2))
        return output


class BorrowingAttention(nn.Module):
    """Queries of its own, keys and values of the layer below (Brandon et al. 2024, 2405.12981)."""

    def __init__(self, sizes: Sizes, lender: LendingAttention) -> None:
        super().__init__()
        self.q_proj = Linear(sizes.d_model, sizes.d_model)
        self.output_proj = Linear(sizes.d_model, sizes.d_model)
        self.heads = sizes.heads
        self._lender = [lender]  # in a list: it is no part of this module

    def forward(
        self, x: Tensor, token_positions: Tensor | None = None, cache: LayerCache | None = None
    ) -> Tensor:
        """(B, T, D) -> (B, T, D); runs after its lender in the same pass."""
        lender = self._lender[0]
        assert cache is None
        assert lender.kept is not None
        assert lender.rope is not None
        q = self.q_proj(x).view(*x.shape[:2], self.heads, -1).transpose(1, 2)
        q = lender.rope(q, torch.arange(x.shape[-2], device=x.device))
        output: Tensor = self.output_proj(attend(q, *lender.kept).transpose(1, 2).flatten(2))
        return output


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """Causal attention of q (B, H, T, d) to fewer heads of keys and values, or within `mask`."""
    group = q.shape[1] // k.shape[1]
    if group > 1:
        k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
    q, k = q.to(v.dtype), k.to(v.dtype)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)


def local_mask(length: int, window: int, device: torch.device | None = None) -> Tensor:
    """(length, length) bool: True where the key is one of the `window` last up to the query."""
    return causal_mask(length, length, device).triu(1 - window)


def build(variant: Variant, sizes: Sizes, d_ff: int) -> TransformerLM:
    """The Transformer over bytes with this kind of attention in every layer."""
    model = TransformerLM(
        BYTES, sizes.context, sizes.d_model, sizes.layers, sizes.heads, d_ff,
        num_kv_heads=variant.kv_heads,
    )  # fmt: skip
    lender: LendingAttention | None = None
    for index, layer in enumerate(model.layers):
        if variant.kind == "latent":
            layer.attn = LatentAttention(sizes, variant.latent, variant.rotated)
        elif variant.kind == "heads":
            continue
        elif variant.kind == "shared" and index % 2:
            assert lender is not None
            layer.attn = BorrowingAttention(sizes, lender)
        else:
            lender = LendingAttention(
                sizes.d_model, sizes.heads, sizes.context, 1e4, num_kv_heads=variant.kv_heads
            )
            if variant.kind == "local" and not _is_global(variant, index):
                lender.window = variant.window
            layer.attn = lender
    return model


def matched(variant: Variant, sizes: Sizes, parameters: int) -> int:
    """The d_ff with which the variant has about so many parameters: a multiple of 8."""
    with torch.device("meta"):
        bare = sum(p.numel() for p in build(variant, sizes, 8).parameters())
    a_unit = 3 * sizes.d_model * sizes.layers
    return 8 * max(1, round((parameters - bare + 8 * a_unit) / a_unit / 8))


def cached_numbers(variant: Variant, sizes: Sizes, tokens: int) -> int:
    """Numbers that all layers keep of one sequence after `tokens` tokens."""
    if variant.kind == "latent":
        return sizes.layers * tokens * (variant.latent + variant.rotated)
    a_token = 2 * variant.kv_heads * sizes.d_k
    if variant.kind == "shared":
        return -(-sizes.layers // 2) * tokens * a_token
    if variant.kind == "heads":
        return sizes.layers * tokens * a_token
    kept = (
        tokens if _is_global(variant, index) else min(tokens, variant.window)
        for index in range(sizes.layers)
    )
    return a_token * sum(kept)


def _is_global(variant: Variant, layer: int) -> bool:
    return bool(variant.global_every) and (layer + 1) % variant.global_every == 0
