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


COMPARED = ["method", "advantage", "of these rewards (RFT: of 5)", "where it fails"]


def comparison(rewards: Tensor) -> list[list[str]]:
    """What each method makes of one group of rewards (1, samples), out of 5."""
    values: dict[str, tuple[str, Tensor, str]] = {
        "raw": ("r", rewards, "pushes up everything that is drawn"),
        "best only": ("r if the best, else 0", best_only(rewards), "the best of a bad group, too"),
        "centred (Dr. GRPO)": ("r − mean", ADVANTAGES["centred"](rewards), "depends on units"),
        "standardized (GRPO)": (
            "(r − mean) / std", ADVANTAGES["standardized"](rewards), "blows up tiny differences",
        ),
        "MaxRL": ("(r − mean) / mean", ADVANTAGES["mean"](rewards), "rewards have to be ≥ 0"),
        "RFT": ("1 if full, else 0", ADVANTAGES["kept"](rewards / 5), "blind to partial credit"),
    }  # fmt: skip
    return [
        [name, formula, ", ".join(f"{float(v):.3g}" for v in made[0]), fails]
        for name, (formula, made, fails) in values.items()
    ]
