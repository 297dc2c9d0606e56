"""Keys and values of the tokens already processed, so that decoding costs one position per token.

Shape letters: B batch, H heads, T positions, d_k width of a head.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


class LayerCache:
    """One attention layer's keys and values, (B, H, capacity, d_k) each, filled from the left."""

    def __init__(self, capacity: int) -> None:  # @inspect capacity
        self.capacity = capacity
        self.length = 0
        self._keys: Tensor | None = None
        self._values: Tensor | None = None

    def append(
        self, keys: Float[Tensor, "... new d_k"], values: Float[Tensor, "... new d_k"]
    ) -> tuple[Float[Tensor, "... all d_k"], Float[Tensor, "... all d_k"]]:
        """Store the new positions and return all keys and values so far (views, not copies)."""
        end = self.length + keys.shape[-2]  # @inspect self.length end
        if end > self.capacity:
            raise ValueError(
                f"the cache holds {self.capacity} positions and cannot take {end}; "
                "call reset() and feed a shorter context"
            )
        if self._keys is None or self._values is None:
            shape = (*keys.shape[:-2], self.capacity, keys.shape[-1])
            self._keys = torch.empty(shape, dtype=keys.dtype, device=keys.device)
            self._values = torch.empty(shape, dtype=values.dtype, device=values.device)
        if self._keys.shape[:-2] != keys.shape[:-2]:
            raise ValueError(
                f"the cache was started with batch {tuple(self._keys.shape[:-2])}, "
                f"not {tuple(keys.shape[:-2])}; use a new cache for another batch"
            )
        self._keys[..., self.length : end, :] = keys  # @inspect self._keys.shape
        self._values[..., self.length : end, :] = values
        self.length = end  # @inspect self.length
        return self._keys[..., :end, :], self._values[..., :end, :]


class KVCache:
    """One LayerCache per layer; `length` is the number of positions processed so far."""

    def __init__(self, num_layers: int, capacity: int) -> None:
        self.capacity = capacity
        self.layers = [LayerCache(capacity) for _ in range(num_layers)]

    @property
    def length(self) -> int:
        return self.layers[0].length

    def reset(self) -> None:
        """Forget all positions; the memory is kept for the next sequence of the same batch."""
        for layer in self.layers:
            layer.length = 0
