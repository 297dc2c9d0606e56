"""The networks that lecture 6 times."""

from collections.abc import Callable
from typing import Any

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


MLP_BASE: dict[str, int] = {"dim": 64, "layers": 2, "batch": 16, "steps": 1}


def training_steps(
    dim: int, layers: int, batch: int, steps: int, device: Any = "cpu"
) -> Callable[[], None]:
    """A function that runs forward and backward `steps` times, without an optimizer."""
    model, x = MLP(dim, layers).to(device), torch.randn(batch, dim, device=device)

    def run() -> None:
        for _ in range(steps):
            loss = model(x).mean()
            loss.backward()

    return run


def transformer_forward(context: int, *, compiled: bool) -> Callable[[], object]:
    """The forward pass of the small Transformer in bfloat16, 4 sequences, made at the first call.

    So nothing is built where a record is shown. It runs on a GPU.
    """
    made: list[Callable[[], object]] = []

    def make() -> Callable[[], object]:
        device = torch.device("cuda")
        model = build_model("small", context, device)
        call = torch.compile(model) if compiled else model
        inputs, _ = random_batch(4, context, device, seed=0)

        def forward() -> object:
            with torch.autocast("cuda", dtype=torch.bfloat16):
                return call(inputs)

        return forward

    def work() -> object:
        if not made:
            made.append(make())
        return made[0]()

    return work
