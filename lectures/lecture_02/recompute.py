"""Trading operations for memory: recomputed activations, and accumulated gradients.

Shape letters: B batch, D width, L layers.
"""

import math
from collections.abc import Callable
from typing import Literal

import torch
from cs336_basics.model import TransformerLM
from torch import Tensor, nn
from torch.nn.functional import gelu

from lectures.lecture_02.counting import AllocatorLog, log_allocator

Strategy = Literal["keep all", "keep every √L-th", "keep none"]
STRATEGIES: tuple[Strategy, ...] = ("keep all", "keep every √L-th", "keep none")


def make_layers(depth: int, dim: int) -> nn.ParameterList:
    """L matrices (D, D); each layer is h -> gelu(h W)."""
    generator = torch.Generator().manual_seed(0)
    scale = 1.4 / math.sqrt(dim)
    return nn.ParameterList(
        torch.randn(dim, dim, generator=generator) * scale for _ in range(depth)
    )


def run(weights: list[Tensor], h: Tensor) -> Tensor:
    """(B, D) through some layers."""
    for weight in weights:
        h = gelu(h @ weight)
    return h


def backward(layers: nn.ParameterList, x: Tensor, strategy: Strategy) -> list[Tensor]:
    """Gradients of sum(output) for every weight; what is kept of the forward pass is `strategy`."""
    weights = list(layers)
    if strategy == "keep all":
        return list(torch.autograd.grad(run(weights, x).sum(), weights))
    if strategy == "keep none":
        return _backward_by_parts(weights, {0: x}, range(len(weights)), 1)
    return backward_keeping_every(math.isqrt(len(weights)), layers, x)


def backward_keeping_every(distance: int, layers: nn.ParameterList, x: Tensor) -> list[Tensor]:
    """Gradients of sum(output); of the forward pass, every `distance`-th input is kept."""
    weights = list(layers)
    starts = range(0, len(weights), distance)
    inputs = {0: x}
    with torch.no_grad():
        for start in starts:  # the last part too: the loss needs the output
            inputs[start + distance] = run(weights[start : start + distance], inputs[start])
    return _backward_by_parts(weights, inputs, starts, distance)


def _backward_by_parts(
    weights: list[Tensor], inputs: dict[int, Tensor], starts: range, length: int
) -> list[Tensor]:
    """From the last part to the first: run it again with a graph, go back through it, forget it."""
    gradients: list[Tensor] = []
    from_above: Tensor | None = None
    for start in reversed(starts):
        with torch.no_grad():
            kept = max(place for place in inputs if place <= start)
            h = run(weights[kept:start], inputs[kept])
        part = weights[start : start + length]
        h.requires_grad_()
        output = run(part, h)
        if from_above is None:
            from_above = torch.ones_like(output)
        from_above, *mine = torch.autograd.grad(output, [h, *part], from_above)
        gradients = [*mine, *gradients]
    return gradients


def peak_bytes(function: Callable[[], object]) -> int:
    """The most that the CPU allocator held while `function()` ran, above what it held before."""
    log: AllocatorLog = log_allocator({"run": function})
    return max(total for _, total in log.totals)


def accumulate(model: TransformerLM, ids: Tensor, parts: int) -> None:
    """Gradients of the mean over the batch ids (B, T), computed from `parts` smaller batches."""
    model.zero_grad(set_to_none=True)
    for part in ids.chunk(parts):
        loss = model(part).logsumexp(-1).mean() / parts  # the mean of means of equal parts
        loss.backward()
