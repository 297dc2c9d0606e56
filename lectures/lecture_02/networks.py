"""The two networks of the lecture that assignment 1 has no use for."""

import math

import torch
from torch import Tensor, nn


class DeepLinear(nn.Module):
    """`layers` square matrices and a head: (B, D) -> (B,), without any non-linearity."""

    def __init__(self, dim: int, layers: int) -> None:
        super().__init__()
        scale = 1 / math.sqrt(dim)
        self.layers = nn.ParameterList(
            nn.Parameter(torch.randn(dim, dim) * scale) for _ in range(layers)
        )
        self.head = nn.Parameter(torch.randn(dim, 1) * scale)

    def forward(self, x: Tensor) -> Tensor:
        for weight in self.layers:
            x = x @ weight
        output: Tensor = (x @ self.head).squeeze(-1)
        return output


def deviation_by_layer(gain: float, dim: int, depth: int, batch: int = 64) -> list[float]:
    """Standard deviation of the activations after each of `depth` random layers.

    Weights are normal with deviation gain / sqrt(fan_in).
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(batch, dim, generator=generator)
    deviations = [float(x.std())]
    for _ in range(depth):
        x = x @ (torch.randn(dim, dim, generator=generator) * gain / math.sqrt(dim))
        deviations.append(float(x.std()))
    return deviations
