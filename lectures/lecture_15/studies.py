"""What is measured with several seeds: each study gives rows of numbers for one seed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor

from lectures.lecture_15 import slips
from lectures.lecture_15.answers import (
    careful,
    fit_demonstrations,
    hasty,
    log_probs,
    scores,
    small_model,
    summary,
)
from lectures.lecture_15.best_of_n import best_of_n
from lectures.lecture_15.dpo_runs import Objective, train_on_pairs
from lectures.lecture_15.people import World, make_world
from lectures.lecture_15.ppo import Parts, run_ppo
from lectures.lecture_15.preferences import (
    agreement,
    all_rewards,
    centred,
    compare,
    train_reward_model,
    words_more,
)
from lectures.lecture_15.tuning import Shape, pretrained, sft_rows, shares, tuned

Row = dict[str, Any]
DRAWS = [4**k for k in range(9)]  # the n of best of n
READERS = {"careful": careful, "hasty": hasty}
PPO_ARMS = {
    "all parts": Parts(),
    "no critic": Parts(critic=False),
    "no penalty": Parts(beta=0.0),
    "one step a batch": Parts(epochs=1),
    "no clip": Parts(clip=None),
    "16 steps a batch": Parts(epochs=16),
    "16 steps, no clip": Parts(epochs=16, clip=None),
}
OBJECTIVES: dict[str, tuple[Objective, float]] = {
    "SFT on the chosen": ("sft", 0.1),
    "DPO, β = 0.1": ("dpo", 0.1),
    "DPO, β = 0.5": ("dpo", 0.5),
    "DPO + NLL, β = 0.1": ("dpo + nll", 0.1),
}


LARGE = Shape(d_model=128, layers=3, steps=1500, batch=256, rate=2e-3)


@dataclass(frozen=True)
class Scale:
    """How large a study is."""

    people: int = 1024
    cities: int = 64
    shape: Shape = LARGE
    batch: int = 64
    steps: int = 200
    doses: tuple[int, ...] = (0, 48, 96, 192)
    pair_counts: tuple[int, ...] = (300, 1000, 5000, 20_000)
    iterations: int = 40
    pair_steps: int = 300


SMALL = Scale(64, 8, Shape(32, 1, 5, 16), 8, 3, (0, 4), (40,), 2, 4)


def study_people(seed: int, scale: Scale, device: str) -> dict[str, list[Row]]:
    """Pretrain once; then what answers without knowledge teach, and what slips cost."""
    world = make_world(scale.people, scale.cities, seed)
    model = pretrained(world, scale.shape, seed, device)
    part = max(scale.doses)
    first, most = part * 2 // 3, max(scale.doses)
    known, mentioned = world.known[:first], world.mentioned[:first]
    more = {"known": world.known[first : first + most],
            "unknown": world.mentioned[first : first + most]}  # fmt: skip
    asked = {"known": world.known[-part:], "unknown": world.mentioned[-part:]}
    base = world.asked(known) + world.declined(mentioned)
    made_up: list[Row] = []
    plans = [(kind, dose, scale.steps) for kind in more for dose in scale.doses if dose]
    plans += [(kind, most, steps) for kind in more for steps in (25, 50, 100, 400)]
    for kind, dose, steps in [("none", 0, scale.steps), *plans]:
        taught = more[kind][:dose] if dose else []
        rows = sft_rows(base + world.asked(taught), world)
        after = tuned(model, rows, min(steps, 2 * scale.steps), scale.batch, seed=seed)
        made_up.append(
            {"seed": seed, "more": kind, "dose": dose, "steps": steps}
            | {f"about the {who}": shares(after, world, names) for who, names in asked.items()}
            | {"fitted": shares(after, world, taught)["right"] if taught else None}
        )
    return {"made_up": made_up, "slips": study_slips(seed, scale, world, model, asked["known"])}


def study_slips(seed: int, scale: Scale, world: World, model: Any, asked: list[str]) -> list[Row]:
    """Masks and beginnings of sequence, each wrong in turn."""
    taught = world.known[: len(asked)]
    habit, plain = world.asked(taught, habit=True), world.asked(taught)
    found = []
    for name, rows in slips.masks(sft_rows(habit, world), world).items():
        after = tuned(model, rows, scale.steps // 2, scale.batch, seed=seed)
        found.append({"seed": seed, "slip": "mask", "trained": name}
                     | shares(after, world, asked))  # fmt: skip
    forms = slips.bos_forms(world)
    for name, form in forms.items():
        rows = slips.formed(plain, world, form)
        after = tuned(model, rows, scale.steps // 2, scale.batch, seed=seed)
        right = {
            how: round(slips.right_in_form(after, world.asked(asked), world, other), 3)
            for how, other in forms.items()
        }
        found.append({"seed": seed, "slip": "bos", "trained": name, "asked": right})
    return found


def _start(seed: int) -> tuple[Any, Tensor]:
    model = small_model(seed)
    fit_demonstrations(model, seed=seed)
    with torch.no_grad():
        return model, log_probs(model)


def study_rewards(seed: int, scale: Scale, device: str) -> dict[str, list[Row]]:
    """Reward models of more and more pairs, pushed by best of n and by PPO."""
    model, start = _start(seed)
    gold, found = scores(careful), []
    for reader, score in READERS.items():
        test = compare(start, scores(score), 4000, seed + 900)
        for count in scale.pair_counts:
            pairs = compare(start, scores(score), count, seed)
            reward_model, _ = train_reward_model(pairs, seed=seed)
            proxy = centred(all_rewards(reward_model), start)
            proxy = proxy / (start.exp() * proxy.square()).sum(1).mean().sqrt()
            asked = {"proxy": proxy, "gold": gold}
            curve = [
                _flat(summary(best_of_n(start, proxy, n), start, asked)) | {"n": n} for n in DRAWS
            ]
            pushed: list[Row] = []
            if count in scale.pair_counts[:3]:
                run_ppo(
                    model, proxy, Parts(beta=0.02, iterations=2 * scale.iterations),
                    _keep(pushed, start, asked), seed,
                )  # fmt: skip
            found.append({
                "seed": seed, "reader": reader, "pairs": count, "longer": words_more(pairs),
                "agreement": agreement(proxy, test), "best": agreement(scores(score), test),
                "best_of_n": curve, "ppo": pushed,
            })  # fmt: skip
    return {"rewards": found}


def study_ppo(seed: int, scale: Scale, device: str) -> dict[str, list[Row]]:
    """PPO with one part changed at a time, on the reward model of a thousand careful pairs."""
    model, start = _start(seed)
    gold, found = scores(careful), []
    proxy = all_rewards(train_reward_model(compare(start, gold, 1000, seed), seed=seed)[0])
    proxy = centred(proxy, start)
    asked = {"proxy": proxy, "gold": gold}
    for name, parts in PPO_ARMS.items():
        looks: list[Row] = []
        keep = _keep(looks, start, asked)
        run_ppo(model, proxy, replace(parts, iterations=scale.iterations), keep, seed, every=5)
        found.append({"seed": seed, "parts": name, "looks": looks})
    return {"ppo": found}


def study_dpo(seed: int, scale: Scale, device: str) -> dict[str, list[Row]]:
    """DPO and SFT on the same thousand comparisons."""
    model, start = _start(seed)
    gold, found = scores(careful), []
    for reader, score in READERS.items():
        opinion = scores(score)
        pairs = compare(start, opinion, 1000, seed)
        held_out = compare(start, opinion, 2000, seed + 900)
        for name, (objective, beta) in OBJECTIVES.items():
            _, looks = train_on_pairs(
                model, pairs, held_out, {"gold": gold}, objective, beta,
                steps=scale.pair_steps, every=50, seed=seed,
            )  # fmt: skip
            rows = [{k: v for k, v in asdict(look).items() if k != "all"} | _flat(look.all)
                    for look in looks]  # fmt: skip
            found.append({"seed": seed, "reader": reader, "objective": name, "looks": rows})
    return {"dpo": found}


def _flat(found: Any) -> Row:
    return {**found.means, "kl": found.kl, "entropy": found.entropy, "words": found.words}


def _keep(rows: list[Row], start: Tensor, asked: dict[str, Tensor]) -> Callable[..., None]:
    def look(iteration: int, log_p: Tensor) -> None:
        rows.append({"iteration": iteration} | _flat(summary(log_p, start, asked)))

    return look


STUDIES = {
    "people": study_people,
    "rewards": study_rewards,
    "ppo": study_ppo,
    "dpo": study_dpo,
}
SEEDS = {"people": 3, "rewards": 5, "ppo": 5, "dpo": 5}
ON_GPU = {"people"}
