"""The project's Transformer one token at a time, with keys and values in memory kept for it.

All rows write to the same slot of the cache, the one that follows their prompts, because prompts
are padded on the left. How far the rows have come is a number on the device: a step does device
work only, at fixed addresses, so that a CUDA graph can replay it.

Shape letters: N prompts, R rows (samples of prompts), P positions of the prompts, C slots.
"""

from __future__ import annotations

from typing import Protocol, cast

import torch
from cs336_basics.model import TransformerBlock, TransformerLM
from jaxtyping import Bool, Float, Int
from torch import Tensor

from cs336_alignment.models.policy import (
    check_pre_norm,
    grouped_attention,
    hidden_states,
    positions_of,
    visible_keys,
)


class Decoder(Protocol):
    """Prompts once, then a token per row and step."""

    def prefill(
        self,
        ids: Int[Tensor, "prompts positions"],
        mask: Bool[Tensor, "prompts positions"],
        owners: Int[Tensor, " rows"],
    ) -> Float[Tensor, "rows vocab"]:
        """Read left-padded prompts; row r continues prompt `owners[r]`. Logits of first tokens."""

    def step(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows vocab"]:
        """Append a token to each row; logits of the next ones."""


class TransformerDecoder:
    """A `Decoder` of a TransformerLM; the weights are the model's own, as they are at each call.

    Keys and values take 2 x layers x max_batch x KV heads x max_length x d_k numbers.
    """

    def __init__(self, model: TransformerLM, max_batch: int, max_length: int) -> None:
        check_pre_norm(model)
        if max_length > model.context_length:
            raise ValueError(
                f"max_length {max_length} exceeds the model's context length "
                f"{model.context_length}; rows cannot grow that long"
            )
        self.model = model
        self.max_length = max_length
        attention = cast(TransformerBlock, model.layers[0]).attn
        weight, heads = attention.k_proj.weight, attention.num_kv_heads
        width = weight.shape[0] // heads
        shape = (2, len(model.layers), max_batch, heads, max_length, width)
        self._cache = torch.zeros(shape, dtype=weight.dtype, device=weight.device)
        self._slot = torch.zeros(1, dtype=torch.int64, device=weight.device)
        self._first = torch.zeros(max_batch, dtype=torch.int64, device=weight.device)
        self._slots = torch.arange(max_length, device=weight.device)
        self.length = 0  # the same number as in _slot, on the host

    @torch.no_grad()
    def prefill(
        self,
        ids: Int[Tensor, "prompts positions"],
        mask: Bool[Tensor, "prompts positions"],
        owners: Int[Tensor, " rows"],
    ) -> Float[Tensor, "rows vocab"]:
        """Read left-padded prompts; row r continues prompt `owners[r]`. Logits of first tokens."""
        rows, self.length = len(owners), ids.shape[-1]
        self._slot.fill_(self.length)
        self._first.zero_()
        self._first[:rows] = (self.length - mask.sum(dim=-1))[owners]
        # A step looks at all slots and gives those not yet written a weight of 0; a NaN left there
        # by a model that diverged would survive the product.
        self._cache[..., self.length :, :].zero_()
        visible = visible_keys(mask)

        def attend(layer: int, Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
            self._cache[0, layer, :rows, :, : self.length] = K[owners]
            self._cache[1, layer, :rows, :, : self.length] = V[owners]
            return grouped_attention(Q, K, V, visible)

        hidden = hidden_states(self.model, ids, positions_of(mask), attend)
        logits: Tensor = self.model.lm_head(hidden[:, -1])
        return logits[owners]

    def progress(self) -> list[Tensor]:
        """What a step changes and a repetition of it would change again."""
        return [self._slot]

    @torch.no_grad()
    def step(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows vocab"]:
        """Append a token to each row; logits of the next ones."""
        logits = self.step_within(tokens, self.length + 1)
        self.length += 1
        return logits

    @torch.no_grad()
    def step_within(self, tokens: Int[Tensor, " rows"], span: int) -> Float[Tensor, "rows vocab"]:
        """`step`, reading the first `span` slots only, without counting on the host."""
        rows = len(tokens)
        first = self._first[:rows, None]
        slots = self._slots[:span]
        visible = ((slots >= first) & (slots <= self._slot))[:, None, None]

        def attend(layer: int, Q: Tensor, K: Tensor, V: Tensor) -> Tensor:
            keys, values = self._cache[0, layer, :rows], self._cache[1, layer, :rows]
            keys.index_copy_(2, self._slot, K)
            values.index_copy_(2, self._slot, V)
            return grouped_attention(Q, keys[:, :, :span], values[:, :, :span], visible)

        hidden = hidden_states(self.model, tokens[:, None], self._slot - first, attend)
        logits: Tensor = self.model.lm_head(hidden[:, -1])
        self._slot += 1
        return logits
