"""A mixture of experts' router, in a page: who works for which token, and what keeps it fair.

Shape letters: T tokens, E experts, k experts for each token.
"""

from dataclasses import dataclass

import torch
from cs336_basics.nn_utils import softmax
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Routing:
    """What the router decided for a batch of tokens."""

    experts: Int[Tensor, "T k"]
    """The chosen experts of each token, best first."""
    gates: Float[Tensor, "T k"]
    """The weights of their outputs."""
    probabilities: Float[Tensor, "T E"]
    """Softmax over all experts, in float32: the only differentiable trace of the choice."""


def route(
    logits: Float[Tensor, "T E"],
    k: int,
    bias: Float[Tensor, "*E"] | None = None,
    renormalise: bool = True,
) -> Routing:
    """The top k experts of each token; `bias` (E,) moves the choice and never the gates.

    `renormalise` makes the k gates sum to one (Mixtral); without it they are the probabilities
    themselves (Switch; DeepSeek-V2).
    """
    if not 1 <= k <= logits.shape[-1]:
        raise ValueError(f"k = {k}: choose between 1 and all {logits.shape[-1]} experts")
    probabilities = softmax(logits.float(), dim=-1)
    ranked = probabilities if bias is None else probabilities + bias
    experts = ranked.topk(k, dim=-1).indices
    gates = probabilities.gather(-1, experts)
    if renormalise:
        gates = gates / gates.sum(dim=-1, keepdim=True)
    return Routing(experts, gates, probabilities)


def load(experts: Int[Tensor, "T k"], num_experts: int) -> Float[Tensor, " E"]:
    """The share of all assignments that goes to each expert; sums to one."""
    ones = torch.ones(experts.numel(), device=experts.device)
    counts = torch.zeros(num_experts, device=experts.device)
    return counts.index_add(0, experts.flatten(), ones) / experts.numel()


def balance_loss(routing: Routing) -> Float[Tensor, ""]:
    """E · Σ f_i P_i (Fedus et al. 2021, eq. 4): f the load, P the mean probability; 1 if uniform.

    Only P has a gradient, and that of P_i is f_i: the busiest expert is pushed down hardest.
    """
    mean_probability = routing.probabilities.mean(dim=0)
    num_experts = mean_probability.shape[0]
    return num_experts * (load(routing.experts, num_experts) * mean_probability).sum()


def z_loss(logits: Float[Tensor, "T E"]) -> Float[Tensor, ""]:
    """Mean of logsumexp(logits)² (Zoph et al. 2022, eq. 5): keeps the router's logits small."""
    level = torch.logsumexp(logits.float(), dim=-1)
    return level.square().mean()


def moved_bias(
    bias: Float[Tensor, " E"], shares: Float[Tensor, " E"], step: float
) -> Float[Tensor, " E"]:
    """The bias after a batch with load `shares` (Wang et al. 2024): up where idle, else down."""
    return bias + step * torch.sign(1 / len(shares) - shares)


def places(experts: Int[Tensor, "T k"], num_experts: int) -> Int[Tensor, "T k"]:
    """The place of each assignment in its expert's queue, in the order of the tokens, from 0.

    By a stable sort: a running count in a table of tokens and experts is easier to read, and was
    most of the time of a training step on a GPU.
    """
    flat = experts.flatten()
    by_expert, order = flat.sort(stable=True)
    arrivals = torch.arange(len(flat), device=flat.device)
    first = torch.searchsorted(by_expert, torch.arange(num_experts, device=flat.device))
    return torch.empty_like(flat).scatter(0, order, arrivals - first[by_expert]).view_as(experts)


def admitted(experts: Int[Tensor, "T k"], num_experts: int, capacity: int) -> Bool[Tensor, "T k"]:
    """Which assignments find one of the `capacity` places of their expert: in order."""
    return places(experts, num_experts) < capacity


def capacity_of(tokens: int, k: int, num_experts: int, factor: float) -> int:
    """Places of each expert: `factor` times its fair share of the assignments, rounded up."""
    return min(tokens, -(-round(factor * tokens * k) // num_experts))
