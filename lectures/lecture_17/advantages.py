"""Two things about advantages that assignment 5 does not need."""

import torch
from cs336_alignment.losses.recipes import ADVANTAGES, AdvantageName
from torch import Tensor

NAMES: dict[AdvantageName, str] = {
    "raw": "raw",
    "centred": "centred",
    "standardized": "standardized",
    "leave_one_out": "leave one out",
    "mean": "divided by the mean",
    "kept": "full rewards only",
}


def best_only(rewards: Tensor) -> Tensor:
    """A_i = r_i if it is the highest of its group (or equals it), else 0: (groups, samples)."""
    return torch.where(rewards == rewards.amax(dim=1, keepdim=True), rewards, 0.0)


def scaled_alike(rewards: Tensor, factor: float) -> dict[str, bool]:
    """Which advantages of one group stay the same when all rewards are multiplied."""
    return {
        label: torch.allclose(
            ADVANTAGES[name](rewards), ADVANTAGES[name](factor * rewards), atol=1e-4
        )
        for name, label in NAMES.items()
        if name != "kept"
    }
