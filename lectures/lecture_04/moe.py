"""A mixture of experts twice: written to be read, and written to be trained.

`Mixture` sends each expert its tokens in a loop, and its experts are assignment 1's SwiGLU.
`StackedMixture` holds the same weights in three tensors and moves tokens through buffers of a fixed
size, so that a training step is a handful of kernels and can be captured as a CUDA graph.

Shape letters: T tokens, D width, E experts, F width of an expert, C capacity of an expert.
"""

from __future__ import annotations

import math

import torch
from cs336_basics.layers import Linear, SwiGLU
from jaxtyping import Float
from torch import Tensor, nn

from lectures.lecture_04.router import Routing, capacity_of, places, route


class Mixture(nn.Module):
    """y = Σ g_i SwiGLU_i(x) over the k experts of each token, plus experts shared by all tokens."""

    def __init__(self, d_model: int, d_ff: int, num_experts: int, k: int, shared: int = 0) -> None:
        super().__init__()
        self.k = k
        self.router = Linear(d_model, num_experts)
        self.experts = nn.ModuleList(SwiGLU(d_model, d_ff) for _ in range(num_experts))
        self.shared = nn.ModuleList(SwiGLU(d_model, d_ff) for _ in range(shared))

    def forward(self, x: Float[Tensor, "T D"]) -> Float[Tensor, "T D"]:
        """The output; each expert sees only the tokens that chose it."""
        routing = route(self.router(x), self.k)
        y = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            tokens, choice = torch.where(routing.experts == number)
            if len(tokens):
                gate = routing.gates[tokens, choice, None]
                y = y.index_add(0, tokens, gate * expert(x[tokens]))
        for expert in self.shared:
            y = y + expert(x)
        return y


class StackedMixture(nn.Module):
    """The same function with E × C places: `factor` None gives every expert room for all tokens.

    After a forward pass `routing`, `logits` and `dropped` (the share of assignments without a
    place) tell what happened. `bias` moves the choice, see `router.route`.
    """

    bias: Tensor

    def __init__(
        self, d_model: int, d_ff: int, num_experts: int, k: int, *, factor: float | None = None,
        renormalise: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.k, self.factor, self.renormalise = k, factor, renormalise
        self.router = Linear(d_model, num_experts)
        spread = math.sqrt(2 / (d_model + d_ff))
        self.w1 = nn.Parameter(torch.randn(num_experts, d_model, d_ff) * spread)
        self.w3 = nn.Parameter(torch.randn(num_experts, d_model, d_ff) * spread)
        self.w2 = nn.Parameter(torch.randn(num_experts, d_ff, d_model) * spread)
        self.register_buffer("bias", torch.zeros(num_experts))
        self.routing: Routing | None = None
        self.logits: Tensor | None = None
        self.dropped = torch.zeros(())

    def forward(self, x: Float[Tensor, "T D"]) -> Float[Tensor, "T D"]:
        """The output, zero for tokens that found no place."""
        num_experts, k = len(self.w1), self.k
        with torch.autocast(x.device.type, enabled=False):  # the router stays in float32
            self.logits = x.float() @ self.router.weight.float().T
        routing = route(self.logits, k, self.bias, self.renormalise)
        factor = num_experts if self.factor is None else self.factor
        capacity = capacity_of(len(x), k, num_experts, factor)
        at = places(routing.experts, num_experts)
        fits = at < capacity
        self.routing, self.dropped = routing, 1 - fits.float().mean()
        nowhere = num_experts * capacity  # a row behind the buffers that nobody reads
        slots = torch.where(fits, routing.experts * capacity + at, nowhere).flatten()
        kind = x.device.type
        narrow = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype
        buffer = x.new_zeros(nowhere + 1, x.shape[-1], dtype=narrow)
        buffer = buffer.index_copy(0, slots, x.to(narrow).repeat_interleave(k, dim=0))
        rows = buffer[:-1].view(num_experts, capacity, -1)
        hidden = torch.nn.functional.silu(rows @ self.w1) * (rows @ self.w3)
        back = torch.cat([(hidden @ self.w2).flatten(0, 1), buffer[-1:] * 0])
        gates = (routing.gates * fits).to(x.dtype)
        # Not back[slots]: its backward sorts, and this one adds.
        found = back.index_select(0, slots)
        return (found.view(len(x), k, -1) * gates[..., None]).sum(dim=1)


def stacked_from(mixture: Mixture) -> StackedMixture:
    """The stacked form of a mixture without shared experts, with copies of its weights."""
    first = mixture.experts[0]
    assert isinstance(first, SwiGLU)
    d_ff, d_model = first.w1.weight.shape
    stacked = StackedMixture(d_model, d_ff, len(mixture.experts), mixture.k)
    with torch.no_grad():
        stacked.router.weight.copy_(mixture.router.weight)
        for name in ("w1", "w2", "w3"):
            weights = [getattr(expert, name).weight.T for expert in mixture.experts]
            getattr(stacked, name).copy_(torch.stack(weights))
    return stacked
