"""Muon (Jordan et al. 2024): the momentum of a matrix, made orthogonal, is its update.

Newton–Schulz iterations use products of matrices only, so a GPU is good at them: with the singular
values of X at most 1, X <- aX + b(XXᵀ)X + c(XXᵀ)²X changes each singular value s by the polynomial
as + bs³ + cs⁵ and leaves the singular vectors alone.
"""

from math import sqrt

import torch
from torch import Tensor

FAST = (3.4445, -4.7750, 2.0315)  # Jordan's: near 1 after five steps, and not nearer after more
CLASSICAL = (15 / 8, -10 / 8, 3 / 8)  # converges to 1 for every s in (0, 1]
STEPS = 5


def orthogonalized(
    matrices: Tensor, steps: int = STEPS, coefficients: tuple[float, float, float] = FAST
) -> Tensor:
    """Matrices (..., rows, columns) with their singular values moved towards 1.

    A matrix of zeros stays one.
    """
    a, b, c = coefficients
    tall = matrices.shape[-2] > matrices.shape[-1]
    x: Tensor = matrices.mT if tall else matrices
    x = x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-7)  # Frobenius: at least the largest s
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


def muon_update(gradient: Tensor, momentum: Tensor, beta: float = 0.95) -> Tensor:
    """The direction of a step for weights (..., inputs, outputs); changes `momentum` in place.

    Its operator norm is about sqrt(outputs / inputs), what the spectral condition of μP asks for,
    so a learning rate needs no factor for the width.
    """
    momentum.lerp_(gradient, 1 - beta)
    ahead = gradient.lerp(momentum, beta)  # Nesterov
    inputs, outputs = gradient.shape[-2:]
    return orthogonalized(ahead) * sqrt(outputs / inputs)


def polynomial(values: Tensor, steps: int, coefficients: tuple[float, float, float]) -> Tensor:
    """What the iterations do to singular values, in numbers alone."""
    a, b, c = coefficients
    for _ in range(steps):
        values = a * values + b * values**3 + c * values**5
    return values
