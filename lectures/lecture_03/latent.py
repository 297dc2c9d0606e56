"""Multi-head latent attention for one sequence: what is cached, and the two ways to use it.

Shape letters: T sequence, D d_model, H heads, d_k width of a head, C latent, R rotated width.
Queries are not compressed here, and the value's head is as wide as the key's.
"""

import math
from dataclasses import dataclass

import torch
from cs336_basics.layers import RotaryPositionalEmbedding
from torch import Tensor


@dataclass(frozen=True)
class Latent:
    """Weights of one layer (DeepSeek-V2, section 2.1; float64 so that both ways can be compared).

    Attributes:
        down: (C, D) to the latent. rope_key: (R, D) to the one rotated key that all heads share.
        key_up, value_up: (H, d_k, C) from the latent. query: (H, d_k, D). rope_query: (H, R, D).
    """

    down: Tensor
    rope_key: Tensor
    key_up: Tensor
    value_up: Tensor
    query: Tensor
    rope_query: Tensor
    rope: RotaryPositionalEmbedding

    @property
    def scale(self) -> float:
        """One over the root of the width of a whole key."""
        return float((self.key_up.shape[1] + self.rope_key.shape[0]) ** -0.5)

    def cached(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """All that is kept of the tokens x (T, D): latents (T, C) and rotated keys (T, R)."""
        places = torch.arange(x.shape[0])
        return x @ self.down.T, self.rope(x @ self.rope_key.T, places)

    def queries(self, x: Tensor, place: int) -> tuple[Tensor, Tensor]:
        """Queries of one token x (D,): plain (H, d_k) and rotated (H, R)."""
        rotated = self.rope((self.rope_query @ x)[:, None], torch.tensor([place]))[:, 0]
        return self.query @ x, rotated

    def attend_expanded(self, x: Tensor, latents: Tensor, rope_keys: Tensor) -> Tensor:
        """Output (H, d_k) of the last token: keys and values are computed from the cache first."""
        q, q_rope = self.queries(x, len(latents) - 1)
        keys = torch.einsum("hkc,tc->htk", self.key_up, latents)
        values = torch.einsum("hkc,tc->htk", self.value_up, latents)
        scores = torch.einsum("hk,htk->ht", q, keys) + q_rope @ rope_keys.T
        weights = torch.softmax(scores * self.scale, dim=-1)
        return torch.einsum("ht,htk->hk", weights, values)

    def attend_absorbed(self, x: Tensor, latents: Tensor, rope_keys: Tensor) -> Tensor:
        """The same, with the up-projections moved to the query and the output.

        No key or value is ever made: all heads read the same latents, as with a single head.
        """
        q, q_rope = self.queries(x, len(latents) - 1)
        q_latent = torch.einsum("hk,hkc->hc", q, self.key_up)
        scores = q_latent @ latents.T + q_rope @ rope_keys.T
        weights = torch.softmax(scores * self.scale, dim=-1)
        return torch.einsum("hc,hkc->hk", weights @ latents, self.value_up)


def random_latent(d_model: int, heads: int, d_k: int, latent: int, rotated: int) -> Latent:
    """A layer with random weights."""

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, dtype=torch.float64) * math.sqrt(1 / shape[-1])

    return Latent(
        down=draw(latent, d_model),
        rope_key=draw(rotated, d_model),
        key_up=draw(heads, d_k, latent),
        value_up=draw(heads, d_k, latent),
        query=draw(heads, d_k, d_model),
        rope_query=draw(heads, rotated, d_model),
        rope=RotaryPositionalEmbedding(1e4, rotated, 64),
    )
