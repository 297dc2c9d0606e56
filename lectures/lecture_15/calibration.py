"""Questions with a known chance of each answer: what reinforcement does to stated confidence.

Shape letters: N questions, K options.
"""

import torch
from torch import Tensor


def calibrated_beliefs(count: int = 4000, options: int = 4, seed: int = 0) -> Tensor:
    """(N, K) probabilities, from unsure to sure; they are also the chances of being right."""
    draw = torch.Generator().manual_seed(seed)
    logits = torch.randn(count, options, generator=draw)
    return (logits * torch.rand(count, 1, generator=draw) * 4).softmax(1)


def rewarded(beliefs: Tensor, beta: float) -> Tensor:
    """(N, K): the optimum of E[right] - beta KL from the beliefs, p exp(p / beta) / Z.

    The expected reward of an option is its chance of being right, which is p itself.
    """
    return (beliefs.log() + beliefs / beta).softmax(1)


def reliability(stated: Tensor, chance: Tensor, bins: int = 10) -> list[dict[str, float]]:
    """For each bin of the highest stated probability: its mean, the share right, and the count."""
    confidence, picked = stated.max(1)
    right = chance.gather(1, picked[:, None]).squeeze(1)
    place = (confidence * bins).long().clamp(max=bins - 1)
    rows = []
    for b in range(bins):
        inside = place == b
        if inside.any():
            rows.append({
                "stated": float(confidence[inside].mean()),
                "right": float(right[inside].mean()),
                "count": int(inside.sum()),
            })  # fmt: skip
    return rows


def calibration_error(stated: Tensor, chance: Tensor, bins: int = 10) -> float:
    """The expected calibration error: |stated - right| averaged over the questions, by bins."""
    rows = reliability(stated, chance, bins)
    return sum(r["count"] * abs(r["stated"] - r["right"]) for r in rows) / len(stated)


def accuracy(stated: Tensor, chance: Tensor) -> float:
    """How often the most probable answer is right, in expectation."""
    return float(chance.gather(1, stated.argmax(1, keepdim=True)).mean())


def sampled_accuracy(stated: Tensor, chance: Tensor) -> float:
    """How often an answer drawn from the stated probabilities is right, in expectation."""
    return float((stated * chance).sum(1).mean())
