"""The live experiments of the lecture, each a few seconds on one core."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_15 import packing, slips
from lectures.lecture_15.answers import (
    all_answers,
    careful,
    fit_demonstrations,
    hasty,
    log_probs,
    scores,
    small_model,
    spelled,
    summary,
)
from lectures.lecture_15.best_of_n import best_of_n, tilted
from lectures.lecture_15.people import HABITS, World
from lectures.lecture_15.ppo import Parts, run_ppo
from lectures.lecture_15.preferences import all_rewards, centred, compare, train_reward_model
from lectures.lecture_15.tuning import base_model, said, sft_rows, shares, tuned
from lectures.shared.aside import aside

DRAWS = [4**k for k in range(9)]  # 1 to 65,536
READERS = {"careful": careful, "hasty": hasty}
Row = dict[str, Any]


@dataclass(frozen=True)
class People:
    """Who is taught and who is asked: 48 people each; strangers have no home in the texts."""

    taught: list[str]
    known: list[str]
    strangers: list[str]
    others: list[str]
    """more strangers"""


def people(world: World) -> People:
    """The four groups."""
    return People(world.known[:48], world.known[48:], world.mentioned[48:], world.mentioned[:48])


@aside
def mask_arms(steps: int = 40) -> dict[str, dict[str, float]]:
    """Fine-tune under five masks; what comes out about people who were not taught."""
    world, model = base_model()
    who = people(world)
    arms = slips.masks(sft_rows(world.asked(who.taught, habit=True), world), world)
    return {
        name: shares(tuned(model, rows, steps), world, who.known) for name, rows in arms.items()
    }


@aside
def bos_table(steps: int = 60) -> dict[str, dict[str, float]]:
    """Percent right for each form in training (first key) and in use (second)."""
    world, model = base_model()
    who, forms = people(world), slips.bos_forms(world)
    found = {}
    for name, form in forms.items():
        after = tuned(model, slips.formed(world.asked(who.taught), world, form), steps)
        asked = world.asked(who.known)
        found[name] = {
            how: round(100 * slips.right_in_form(after, asked, world, other), 0)
            for how, other in forms.items()
        }
    return found


@aside
def few_demonstrations(counts: Sequence[int], steps: int = 40) -> dict[int, dict[str, float]]:
    """Style and knowledge after fine-tuning on so many demonstrations with a pleasantry."""
    world, model = base_model()
    who, found = people(world), {}
    prompts = [prompt for prompt, _ in world.asked(who.known)]
    for count in counts:
        after = tuned(model, sft_rows(world.asked(who.taught[:count], habit=True), world), steps)
        answers = said(after, prompts, world)
        found[count] = {
            "style": round(sum(a.endswith(HABITS[0]) for a in answers) / len(answers), 3),
            "right": shares(after, world, who.known)["right"],
            "strangers": shares(after, world, who.strangers)["right"],
        }
    return found


@aside
def made_up_arms(steps: int = 120) -> dict[str, dict[str, dict[str, float]]]:
    """The same SFT with 24 more facts, held by the model or not: answers about two groups."""
    world, model = base_model()
    who = people(world)
    base = world.asked(who.taught[:24]) + world.declined(who.others[:24])
    arms = {
        "nothing more": base,
        "24 more facts it holds": base + world.asked(who.taught[24:]),
        "24 facts it does not hold": base + world.asked(who.others[24:]),
    }
    found = {}
    for name, pairs in arms.items():
        after = tuned(model, sft_rows(pairs, world), steps)
        groups = {"strangers": who.strangers, "known": who.known}
        found[name] = {group: shares(after, world, names) for group, names in groups.items()}
    return found


@functools.cache
@aside
def start() -> tuple[TransformerLM, Tensor]:
    """The policy that SFT on sloppy demonstrations gives, and its log-probabilities (Q, A)."""
    model = small_model(0)
    fit_demonstrations(model)
    with torch.no_grad():
        return model, log_probs(model)


@functools.cache
def opinion(reader: str) -> Tensor:
    """(Q, A): what a careful or a hasty reader thinks of every answer."""
    return scores(READERS[reader])


@functools.cache
@aside
def reward_model(reader: str, pairs: int) -> tuple[TransformerLM, list[float]]:
    """A reward model of so many comparisons by a reader, and its losses."""
    _, log_p = start()
    return train_reward_model(compare(log_p, opinion(reader), pairs, seed=0))


@functools.cache
@aside
def proxy(reader: str, pairs: int) -> Tensor:
    """(Q, A): that model's rewards of all answers, centred under the start."""
    return centred(all_rewards(reward_model(reader, pairs)[0]), start()[1])


def measured(log_p: Tensor, rewards: Tensor) -> Row:
    """Proxy, gold, KL, entropy and length of a policy."""
    _, begin = start()
    found = summary(log_p.double(), begin.double(), {
        "proxy": rewards.double(), "gold": opinion("careful").double(),
    })  # fmt: skip
    return {**found.means, "kl": found.kl, "entropy": found.entropy, "words": found.words}


def best_of_curve(rewards: Tensor) -> list[Row]:
    """Best of n for every n of `DRAWS`."""
    _, log_p = start()
    return [{"n": n} | measured(best_of_n(log_p, rewards, n), rewards) for n in DRAWS]


def tilt_curve(rewards: Tensor, betas: Sequence[float]) -> list[Row]:
    """The tilted policy for every beta."""
    _, log_p = start()
    return [{"beta": b} | measured(tilted(log_p, rewards, b), rewards) for b in betas]


@aside
def ppo_curve(rewards: Tensor, parts: Parts, every: int = 5) -> list[Row]:
    """PPO from the start, looked at every so many iterations."""
    model, _ = start()
    rows: list[Row] = []
    run_ppo(
        model, rewards, replace(parts),
        lambda i, log_p: rows.append({"iteration": i} | measured(log_p, rewards)), every=every,
    )  # fmt: skip
    return rows


def picked_of(count: int, reader: str = "careful", trials: int = 4000) -> float:
    """Mean careful score of the answer that a reader picks out of `count` demonstrations.

    The pick is by Plackett and Luce: opinion plus Gumbel noise, which for two is Bradley-Terry.
    """
    _, log_p = start()
    draw = torch.Generator().manual_seed(7)
    drawn = torch.multinomial(log_p.exp(), trials * count, replacement=True, generator=draw)
    noise = -torch.rand(drawn.shape, generator=draw).log().neg().log()
    seen = (opinion(reader).gather(1, drawn) + noise).view(len(log_p), trials, count)
    place = seen.argmax(2, keepdim=True)
    gold = opinion("careful").gather(1, drawn).view(len(log_p), trials, count)
    return round(float(gold.gather(2, place).mean()), 3)


@aside
def packed_arms(steps: int = 60) -> dict[str, float]:
    """Share right after training row by row, and in rows of five documents without borders."""
    world, model = base_model()
    who = people(world)
    alone = tuned(model, sft_rows(world.asked(who.taught), world), steps)
    stream = packing.many_rows(world.asked(who.taught[:45]), world, 5)
    leaky = tuned(model, stream, steps, batch=7)
    return {
        "each by itself": shares(alone, world, who.known)["right"],
        "five in a row": shares(leaky, world, who.known)["right"],
    }


def error_of(rewards: Tensor, reader: str = "careful") -> dict[str, float]:
    """Root mean square of reward minus opinion, each question centred, by how answers are drawn."""
    _, log_p = start()
    wrong = centred(rewards - opinion(reader), log_p).square()
    as_given = (log_p.exp() * wrong).sum(1).mean().sqrt()
    return {"as the policy gives them": float(as_given), "blindly": float(wrong.mean().sqrt())}


def favourite(reader: str, pairs: int, n: int = 65_536) -> tuple[str, float, float]:
    """What best of n mostly answers to question 0: the words, their reward, the careful opinion."""
    _, log_p = start()
    rewards = proxy(reader, pairs)
    place = int(best_of_n(log_p, rewards, n)[0].argmax())
    return (
        spelled(all_answers()[place]),
        float(rewards[0, place]),
        float(opinion("careful")[0, place]),
    )
