"""The rows of the table: what is compared with what."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from cs336_alignment.losses.recipes import RECIPES, Recipe
from torch import Tensor

from lectures.lecture_17.advantages import best_only
from lectures.lecture_17.training import Curve, Setting, train

SEEDS = 20
NAIVE = Recipe("standardized", "naive", "sequence")
GRPO = Setting("GRPO, clip 0.2", RECIPES["grpo"])
FLATTER = replace(GRPO, name="flatter start", spread=0.5)

METHODS = (
    Setting("raw rewards", RECIPES["no_baseline"]),
    Setting("best of the group only", RECIPES["no_baseline"], advantages=best_only),
    Setting("centred", RECIPES["baseline"]),
    Setting("standardized", NAIVE),
    Setting("standardized, ratio, no clip", replace(NAIVE, token_loss="no_clip")),
    GRPO,
    Setting("GRPO, clip 0.01", replace(GRPO.recipe, clip_low=0.01, clip_high=0.01)),
    Setting("GSPO", RECIPES["gspo"]),
    Setting("MaxRL", RECIPES["maxrl"]),
    Setting("RFT", RECIPES["rft"]),
)
LEVERS = (
    replace(GRPO, name="KL to the start, 0.05", kl=0.05),
    replace(GRPO, name="64 answers", samples=64),
    replace(GRPO, name="exact gradient", enumerated=True),
    replace(GRPO, name="entropy 0.05", entropy=0.05),
    replace(GRPO, name="entropy 0.2", entropy=0.2),
    replace(GRPO, name="exact gradient, entropy 0.2", enumerated=True, entropy=0.2),
    FLATTER,
    replace(GRPO, name="raw rewards, flatter start", recipe=RECIPES["no_baseline"], spread=0.5),
    replace(GRPO, name="flatter start, entropy 0.2", entropy=0.2, spread=0.5),
    replace(
        GRPO, name="entropy 0.2, 64 answers, 300 epochs", entropy=0.2, samples=64,
        epochs=300,
    ),
)  # fmt: skip
REWARDS = (
    Setting("places: standardized", NAIVE, "places"),
    replace(
        GRPO, name="places: entropy 0.05, 300 epochs", reward="places", entropy=0.05,
        epochs=300,
    ),
    Setting("exact: standardized", NAIVE, "exact"),
    Setting("exact: standardized, flatter start", NAIVE, "exact", spread=0.5),
    Setting("exact: RFT", RECIPES["rft"], "exact"),
    Setting("exact: MaxRL", RECIPES["maxrl"], "exact"),
    replace(
        GRPO, name="exact: entropy 0.05, 64 answers, 300 epochs", reward="exact",
        entropy=0.05, samples=64, epochs=300,
    ),
    replace(
        GRPO, name="exact: entropy 0.2, 64 answers, 300 epochs", reward="exact",
        entropy=0.2, samples=64, epochs=300,
    ),
)  # fmt: skip

LAST = "entropy 0.2, 64 answers, 300 epochs"
FILMS = ("raw rewards", GRPO.name, "flatter start, entropy 0.2")
PATHS = (
    "raw rewards", GRPO.name, "KL to the start, 0.05", "entropy 0.2", FLATTER.name,
)  # fmt: skip


@cache
def trained(rows: Sequence[Setting], seeds: int = SEEDS) -> dict[str, Curve]:
    """All rows trained side by side, by name."""
    return {curve.setting.name: curve for curve in train(rows, seeds)}


def everything() -> dict[str, Curve]:
    """The curves of the whole table."""
    return trained(METHODS + LEVERS + REWARDS)


def start_entropies(curves: dict[str, Curve]) -> tuple[float, float]:
    """Nats a token before training, of the usual start and of the flatter one."""
    usual, flatter = (float(curves[s.name].entropy(0).mean()) for s in (GRPO, FLATTER))
    return usual, flatter


def decided(curve: Curve, epoch: int, least: float = 0.95) -> Tensor:
    """Whether one token has at least that probability at every position, (seeds, P)."""
    log_p = curve.policies[curve.epochs.index(epoch)].log_probs(curve.prompts)
    return (log_p.exp().amax(dim=-1) >= least).all(dim=-1)


def two_rewards(curves: dict[str, Curve]) -> dict[str, Curve]:
    """Those that differ in the reward, by short names."""
    return {
        "items": curves["standardized"],
        "exact": curves["exact: standardized"],
        "exact, flatter start": curves["exact: standardized, flatter start"],
        "items, 64 + entropy": curves[LAST],
        "exact, 64 + entropy": curves[f"exact: {LAST}"],
    }


def rows_of(curves: dict[str, Curve], settings: Sequence[Setting]) -> list[list[object]]:
    """Name, E[R] with its spread over seeds, P(sorted) and entropy, after the last epoch."""
    made: list[list[object]] = []
    for curve in (curves[setting.name] for setting in settings):
        reward, right = curve.reward(), curve.reward(name="exact")
        cell = f"{float(reward.mean()):.2f} ± {float(reward.std()):.2f}"
        numbers = [round(float(right.mean()), 2), round(float(curve.entropy().mean()), 3)]
        made.append([curve.setting.name, cell, *numbers])
    return made


COLUMNS = ["method", "E[R], mean ± sd of 20 seeds", "P(sorted)", "entropy of a token, nats"]
