"""Four ways to say which expert works for which token, for comparison: (T, E) scores in, 0/1 out.

Shape letters: T tokens, E experts, C places of an expert.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

MULTIPLIER = 2654435761  # Knuth's multiplicative hash, modulo 2^32

Assignment = Bool[Tensor, "T E"]


def token_chooses(scores: Float[Tensor, "T E"], k: int) -> Assignment:
    """Each token takes its k best experts."""
    best = scores.topk(k, dim=1).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter(1, best, True)


def expert_chooses(scores: Float[Tensor, "T E"], places: int) -> Assignment:
    """Each expert takes its best tokens (Zhou et al. 2022): every load is `places`."""
    best = scores.topk(places, dim=0).indices
    return torch.zeros_like(scores, dtype=torch.bool).scatter(0, best, True)


def hashed(ids: Int[Tensor, " T"], num_experts: int) -> Assignment:
    """A fixed function of the token's number in the vocabulary (Roller et al. 2021)."""
    expert = (ids * MULTIPLIER % 2**32) // (2**32 // num_experts)
    return expert[:, None] == torch.arange(num_experts)


def auctioned(scores: Float[Tensor, "T E"], step: float = 0.02, rounds: int = 2000) -> Assignment:
    """One expert a token, equal loads, nearly the best total score (BASE, Lewis et al. 2021).

    An expert that is wanted by too many raises its price, the others lower theirs, until nobody has
    more than its share; at last the worst-paying surplus is moved.
    """
    tokens, num_experts = scores.shape
    share = -(-tokens // num_experts)
    prices = torch.zeros(num_experts)
    for _ in range(rounds):
        wanted = (scores - prices).argmax(dim=1)
        counts = torch.bincount(wanted, minlength=num_experts)
        if int(counts.max()) <= share:
            break
        prices += step * (counts - share).clamp(-share, share) / share
    return _fitted(scores - prices, share)


def _fitted(values: Float[Tensor, "T E"], share: int) -> Assignment:
    """Greedy: the most decided tokens first, each to its best expert that has a place left."""
    result = torch.zeros_like(values, dtype=torch.bool)
    left = [share] * values.shape[1]
    top = values.topk(2, dim=1).values
    for token in (top[:, 0] - top[:, 1]).argsort(descending=True).tolist():
        order = values[token].argsort(descending=True).tolist()
        expert = next(e for e in order if left[e])
        left[expert] -= 1
        result[token, expert] = True
    return result


def zipf_tokens(count: int, vocabulary: int = 5000, seed: int = 0) -> Int[Tensor, " T"]:
    """Numbers of words: the r-th most frequent comes with a probability like 1/r."""
    generator = torch.Generator().manual_seed(seed)
    weights = 1 / torch.arange(1.0, vocabulary + 1)
    return torch.multinomial(weights, count, replacement=True, generator=generator)


def busiest(assignment: Assignment) -> float:
    """Load of the busiest expert, in fair shares."""
    counts = assignment.sum(dim=0).float()
    return float(counts.max() / counts.mean())


def unserved(assignment: Assignment) -> float:
    """Share of tokens that no expert works for."""
    return float((~assignment.any(dim=1)).float().mean())


def four_ways(scores: Float[Tensor, "T E"], words: Int[Tensor, " T"]) -> dict[str, Assignment]:
    """One expert a token on average, by each of the rules."""
    tokens, num_experts = scores.shape
    return {
        "token chooses": token_chooses(scores, 1),
        "expert chooses": expert_chooses(scores, tokens // num_experts),
        "hash of the word": hashed(words, num_experts),
        "assigned": auctioned(scores),
    }


def displaced(scores: Float[Tensor, "T E"], by: float = 3.0) -> int:
    """Tokens before the last whose experts change when the last alone becomes more attractive."""
    later, places = scores.clone(), len(scores) // scores.shape[1]
    later[-1] += by
    assert torch.equal(token_chooses(later, 1)[:-1], token_chooses(scores, 1)[:-1])
    changed = expert_chooses(later, places) != expert_chooses(scores, places)
    return int(changed[:-1].any(dim=1).sum())
