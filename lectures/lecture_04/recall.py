"""Associative recall: how many pairs can a memory of a given size give back?

Keys are random directions, values are random signs from a fixed vocabulary of 64. Pairs are
written one after another, then every key is asked for once. An answer is right when the value
nearest to what was read is the one that was written.
"""

import math

import torch
from cs336_basics.attention import scaled_dot_product_attention
from torch import Tensor

from lectures.lecture_04.mixers import State, read, write_added, write_delta, write_gated

VOCABULARY = 64
RULES = ("added", "gated", "delta", "softmax over a cache")


def pairs(width: int, count: int, trials: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Keys (trials, count, width) of length one, values (64, width) of length one, and labels."""
    generator = torch.Generator().manual_seed(seed)
    keys = torch.randn(trials, count, width, generator=generator)
    values = torch.randn(VOCABULARY, width, generator=generator).sign() / math.sqrt(width)
    labels = torch.randint(VOCABULARY, (trials, count), generator=generator)
    return keys / keys.norm(dim=-1, keepdim=True), values, labels


def written(keys: Tensor, values: Tensor, rule: str) -> State:
    """The state after all pairs, (trials, d_k, d_v)."""
    state = torch.zeros(keys.shape[0], keys.shape[-1], values.shape[-1])
    for place in range(keys.shape[1]):
        k, v = keys[:, place], values[:, place]
        if rule == "added":
            state = write_added(state, k, v)
        elif rule == "gated":
            state = write_gated(state, k, v, 0.95)
        elif rule == "delta":
            state = write_delta(state, k, v)
        else:
            raise ValueError(f"rule {rule!r}: choose one of {', '.join(RULES[:3])}")
    return state


def right(width: int, count: int, rule: str, trials: int = 16, seed: int = 0) -> Tensor:
    """Share of right answers for each pair in the order of writing, (count,)."""
    keys, vocabulary, labels = pairs(width, count, trials, seed)
    values = vocabulary[labels]
    if rule == RULES[3]:
        sharp = 8 * math.sqrt(width) * keys  # a model learns its scale; keys here have length one
        answers = scaled_dot_product_attention(sharp, keys, values)
    else:
        answers = read(written(keys, values, rule)[:, None], keys)
    return ((answers @ vocabulary.T).argmax(dim=-1) == labels).float().mean(dim=0)


def accuracy(width: int, count: int, rule: str) -> float:
    """Share of right answers over all pairs."""
    return right(width, count, rule).mean().item()


def capacity(width: int, rule: str, at_least: float = 0.9) -> int:
    """The largest number of pairs of 4, 5, 6, 7, 8, 10, … that is recalled at least so well."""
    best = 0
    for count in sizes(2048):
        if accuracy(width, count, rule) < at_least:
            break
        best = count
    return best


def overwritten(width: int, places: int, times: int, rule: str, trials: int = 16) -> float:
    """Share of right answers when each of `places` keys is written `times` times with new values.

    The keys take turns, and the value that was written last is the one that is asked for.
    """
    keys, vocabulary, labels = pairs(width, places * times, trials)
    keys = keys[:, :places].repeat(1, times, 1)
    answers = read(written(keys, vocabulary[labels], rule)[:, None], keys[:, -places:])
    found = (answers @ vocabulary.T).argmax(dim=-1)
    return (found == labels[:, -places:]).float().mean().item()


def sizes(largest: int) -> list[int]:
    """Eight sizes an octave from 4, rounded, up to `largest`."""
    grid = (round(4 * 2 ** (step / 8)) for step in range(100))
    return sorted({size for size in grid if size <= largest})


def told(story: list[tuple[Tensor, Tensor]]) -> dict[str, State]:
    """Three memories after some facts (key, value): added, faded by half, replaced."""
    added = faded = replaced = torch.zeros(len(story[0][0]), len(story[0][1]))
    for key, value in story:
        added = write_added(added, key, value)
        faded = write_gated(faded, key, value, 0.5)
        replaced = write_delta(replaced, key, value)
    return dict(zip(RULES[:3], (added, faded, replaced), strict=True))


def curves(width: int, counts: list[int]) -> dict[str, dict[int, float]]:
    """`accuracy` for every rule and every number of pairs."""
    return {rule: {n: accuracy(width, n, rule) for n in counts} for rule in RULES}


def overwritten_percent(width: int, places: int, times: int) -> dict[str, int]:
    """`overwritten` for every rule with a state, in percent."""
    return {r: round(100 * overwritten(width, places, times, r)) for r in RULES[:3]}
