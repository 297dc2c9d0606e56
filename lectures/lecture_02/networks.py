"""The two networks of the lecture that assignment 1 has no use for."""

import math
from collections.abc import Iterable

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


def deviations_by_gain(
    gains: Iterable[float],
) -> tuple[dict[float, list[float]], dict[float, float]]:
    """`deviation_by_layer` of twenty layers of width 128, and the last of each, by gain."""
    by_gain = {gain: deviation_by_layer(gain, 128, 20) for gain in gains}
    return by_gain, {gain: round(values[-1], 3) for gain, values in by_gain.items()}


def two_layers(points: int, width: int, outputs: int) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs x, and the weights w1 and w2 of x w1 w2; the weights want a gradient."""
    w1, w2 = (torch.randn(width, n, requires_grad=True) for n in (width, outputs))
    return torch.ones(points, width), w1, w2


def gradients_are_products(x: Tensor, w1: Tensor, w2: Tensor) -> bool:
    """Whether autograd's gradients are h1^T grad(h2) for w2 and grad(h2) w2^T for h1 = x w1."""
    h1 = x @ w1
    h2 = h1 @ w2
    at_h1, at_h2, at_w2 = torch.autograd.grad((h2**2).mean(), [h1, h2, w2])
    return torch.allclose(at_w2, h1.T @ at_h2) and torch.allclose(at_h1, at_h2 @ w2.T)
