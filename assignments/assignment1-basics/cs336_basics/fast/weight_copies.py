"""bf16 copies of the weights of all matrix products, kept beside the float32 weights.

A copy is a leaf of its own that `torch.func.functional_call` puts in the weight's place, so that
products read half the bytes and nothing is converted. Weights that are multiplied jointly share one
leaf, stacked; otherwise every iteration would stack them again.
"""

from __future__ import annotations

import torch
from torch import Tensor

from cs336_basics.fast.layers import stacked_weights
from cs336_basics.model import TransformerLM


class WeightCopies:
    """The leaves by the name they take in the model, and each parameter's rows in them."""

    def __init__(self, model: TransformerLM) -> None:
        self.leaves: dict[str, Tensor] = {}
        self._places: dict[str, tuple[str, slice]] = {}
        for leaf, names in stacked_weights(model).items():
            self._add(leaf, {name: model.get_parameter(name) for name in names})
        embedding = model.token_embeddings.weight
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2 and parameter is not embedding and name not in self._places:
                self._add(name, {name: parameter})

    def _add(self, leaf: str, parameters: dict[str, Tensor]) -> None:
        first = 0
        for name, parameter in parameters.items():
            self._places[name] = leaf, slice(first, first + parameter.shape[0])
            first += parameter.shape[0]
        stacked = torch.cat([parameter.detach() for parameter in parameters.values()])
        self.leaves[leaf] = stacked.to(torch.bfloat16).requires_grad_()

    @property
    def names(self) -> list[str]:
        """The parameters that have a copy."""
        return list(self._places)

    def copy_of(self, name: str) -> Tensor:
        """The copy of one parameter, to be written."""
        leaf, rows = self._places[name]
        return self.leaves[leaf].detach()[rows]

    def gradient_of(self, name: str) -> Tensor | None:
        """The gradient that one parameter's copy has got."""
        leaf, rows = self._places[name]
        gradient = self.leaves[leaf].grad
        return None if gradient is None else gradient[rows]
