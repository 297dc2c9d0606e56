"""The networks that lecture 6 times."""

from collections.abc import Callable

import torch
from cs336_systems.model_sizes import build_model, random_batch
from torch import Tensor, nn


class MLP(nn.Module):
    """Square linear layers, each followed by GeLU."""

    def __init__(self, dim: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(dim, dim) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, dim) -> (batch, dim)."""
        for layer in self.layers:
            x = nn.functional.gelu(layer(x))
        return x


def training_steps(dim: int, layers: int, batch: int, steps: int) -> Callable[[], None]:
    """A function that runs forward and backward `steps` times, without an optimizer."""
    model, x = MLP(dim, layers), torch.randn(batch, dim)

    def run() -> None:
        for _ in range(steps):
            loss = model(x).mean()
            loss.backward()

    return run


def transformer_forward(context: int, *, compiled: bool) -> Callable[[], Callable[[], object]]:
    """Makes the forward pass of the small Transformer in bfloat16, 4 sequences, on the GPU."""

    def make() -> Callable[[], object]:
        device = torch.device("cuda")
        model = build_model("small", context, device)
        call = torch.compile(model) if compiled else model
        inputs, _ = random_batch(4, context, device, seed=0)

        def forward() -> object:
            with torch.autocast("cuda", dtype=torch.bfloat16):
                return call(inputs)

        return forward

    return make
