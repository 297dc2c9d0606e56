"""The network that is trained in every way: four layers x → GeLU(x W), mean squared error, AdamW.

One batch of 32 rows of width 16, in float32. Small enough for four processes on two cores; what is
proved on it, that a division of the work changes nothing, does not depend on the size.
"""

# mypy: disable-error-code="no-untyped-call"

from collections.abc import Sequence
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.functional import gelu, mse_loss

WIDTH, LAYERS, ROWS, STEPS = 16, 4, 32, 5
RATE = 1e-2


def initial_weights(layers: int = LAYERS, width: int = WIDTH) -> list[Tensor]:
    """The whole matrices (width, width), float32, the same in every process."""
    generator = torch.Generator().manual_seed(8)
    return [
        1.5 * torch.randn(width, width, generator=generator) / width**0.5 for _ in range(layers)
    ]


def batch(rows: int = ROWS, width: int = WIDTH) -> tuple[Tensor, Tensor]:
    """Inputs and targets (rows, width), float32, the same in every process."""
    generator = torch.Generator().manual_seed(9)
    x = torch.randn(rows, width, generator=generator)
    return x, torch.randn(rows, width, generator=generator)


class Stack(nn.Module):
    """Layers x → GeLU(x W) of the given matrices."""

    def __init__(self, weights: Sequence[Tensor]) -> None:
        super().__init__()
        self.weights = nn.ParameterList(nn.Parameter(w.clone()) for w in weights)

    def forward(self, x: Tensor) -> Tensor:
        """(rows, width) → (rows, width)."""
        for weight in self.weights:
            x = gelu(x @ weight)
        return x


def optimizer_of(parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
    """The optimizer that every version uses."""
    return torch.optim.AdamW(parameters, lr=RATE)


def train_alone(steps: int = STEPS) -> tuple[list[float], Stack]:
    """Losses before each step and the trained network, in this one process."""
    model = Stack(initial_weights())
    optimizer = optimizer_of(list(model.parameters()))
    x, y = batch()
    losses = []
    for _ in range(steps):
        loss = mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model


def fresh(weights: Sequence[Tensor]) -> tuple[Stack, torch.optim.Optimizer]:
    """A network of these matrices and its optimizer."""
    model = Stack(weights)
    return model, optimizer_of(list(model.parameters()))


def gradients_alone() -> list[Tensor]:
    """The gradients of the first step, in this one process."""
    model = Stack(initial_weights())
    x, y = batch()
    mse_loss(model(x), y).backward()
    return [parameter.grad for parameter in model.weights if parameter.grad is not None]


def first_three(tensor: Tensor | None) -> list[float]:
    """Three numbers of a matrix, rounded to be read in a table."""
    assert tensor is not None
    return [round(value, 4) for value in tensor.detach()[0, :3].tolist()]


def furthest(found: Sequence[Tensor], expected: Sequence[Tensor]) -> float:
    """Largest difference between two lists of tensors of equal shapes."""
    with torch.no_grad():
        return max((a - b).abs().max().item() for a, b in zip(found, expected, strict=True))


def join(rank: int, world_size: int) -> None:
    """Join the process group that `run_ranks` has prepared."""
    limit = timedelta(seconds=60)
    dist.init_process_group("gloo", rank=rank, world_size=world_size, timeout=limit)


def leave() -> None:
    """Leave it together: a process that ends early closes connections that others still use."""
    dist.barrier()
    dist.destroy_process_group()
