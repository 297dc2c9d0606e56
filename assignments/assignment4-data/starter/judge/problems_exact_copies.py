"""Problems of what stands twice to the letter: lines, and sets that forget nothing."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judge.checks import Draw, holds, problem, same
from judge.copies import numbers, read, write

from tests import adapters


def unique_lines(texts: dict[str, str], keep_first: bool = False, apart: bool = False) -> Any:
    """What is left without repeated lines, by the rule or by one of two mistakes."""
    seen: set[str] = set()
    times = Counter(line.rstrip("\n") for text in texts.values() for line in text.splitlines(True))
    left = {}
    for name, text in texts.items():
        own = Counter(line.rstrip("\n") for line in text.splitlines(True))
        kept = []
        for line in text.splitlines(True):
            bare = line.rstrip("\n")
            alone = (own if apart else times)[bare] == 1
            if alone or (keep_first and bare not in seen):
                kept.append(line)
            seen.add(bare)
        left[name] = "".join(kept)
    return left


@problem("exact_line_deduplication", 3, "deduplication.exact_line_deduplication")
def test_repeated_lines(draw: Draw, tmp_path: Path) -> None:
    fresh = [f"line {number} of its own" for number in draw.random.sample(range(1000), 12)]
    menu, twice = "Home | About", "  said twice in one file"
    first = [menu, *fresh[:4], twice, fresh[4], twice]
    second = [*fresh[5:8], menu, "home | about", fresh[8]]
    texts = {
        "a.txt": "".join(f"{line}\n" for line in first),
        "b.txt": "\n".join(second),
        "c.txt": f"{menu}\n{menu}\n",
        "d.txt": f"{fresh[9]}\n\n{fresh[10]}\nsaid twice in one file\n{fresh[11]}\n\nend\n{menu}",
    }
    right = unique_lines(texts)
    adapters.run_exact_line_deduplication(write(tmp_path / "in", texts), tmp_path / "out")
    found = {name: text.split("\n") for name, text in read(tmp_path / "out").items()}

    def lines(left: dict[str, str]) -> dict[str, list[str]]:
        return {name: text.split("\n") for name, text in left.items()}

    same("out", found, lines(right),
         case="four files; the line 'Home | About' is in all, a line with two spaces in front is "
              "twice in a.txt, a blank line in d.txt; all copies go, nothing else is changed",
         suspects={
             "the first copy of a repeated line is kept": lines(unique_lines(texts, True)),
             "lines are counted in each file by itself": lines(unique_lines(texts, apart=True)),
             "a file of which nothing is left is not written":
                 {name: text for name, text in lines(right).items() if name != "c.txt"},
             "nothing is removed": lines(texts),
         })  # fmt: skip


def as_list(what: str, value: Any, count: int) -> list[bool]:
    """An answer as a list of booleans."""
    holds(
        np.shape(value) == (count,),
        f"{what} has shape {np.shape(value)}, where ({count},) is right.",
    )
    return [bool(one) for one in value]


@problem("bloom_filter", 3, "dedup.bloom.BloomFilter")
def test_what_was_added_is_known(draw: Draw) -> None:
    many = numbers(draw, 1500)
    inside, outside = many[:500], many[500:]
    seen = adapters.get_bloom_filter(10_000, 7)
    before = as_list("contains(hashes)", seen.contains(inside), 500)
    same("contains(hashes)", before, [False] * 500, case="an empty filter")
    seen.add(inside)
    after = as_list("contains(hashes)", seen.contains(inside), 500)
    same("contains(hashes)", after, [True] * 500, case="500 hashes that were added: there are no "
         "false negatives")  # fmt: skip
    unknown = sum(as_list("contains(hashes)", seen.contains(outside), len(outside)))
    holds(unknown < 200,
          f"contains(hashes) is True for {unknown} of 1,000 hashes that were not added, where "
          "hardly any is right: 20 bits an item, 7 places each. An item is known if all of its "
          "bits are set.")  # fmt: skip


@problem("bloom_filter", 3, "dedup.bloom.BloomFilter")
def test_adding_says_what_was_there(draw: Draw) -> None:
    a, b, c = numbers(draw, 3)
    seen = adapters.get_bloom_filter(1000, 5)
    first = as_list("add(hashes)", seen.add(np.array([a, b, a], dtype=np.uint64)), 3)
    same("add(hashes)", first, [False, False, True], case="an empty filter, hashes [a, b, a]: the "
         "second a came earlier in the same call",
         suspects={"what came earlier in the same call does not count": [False, False, False],
                   "it says what is there afterwards": [True, True, True]})  # fmt: skip
    second = as_list("add(hashes)", seen.add(np.array([c, a], dtype=np.uint64)), 2)
    same("add(hashes)", second, [False, True], case="then hashes [c, a]",
         suspects={"it says what is there afterwards": [True, True],
                   "it says what is new": [True, False]})  # fmt: skip


@problem("bloom_filter", 3, "dedup.bloom.BloomFilter")
@pytest.mark.parametrize(("bits", "places"), [(5, 3), (10, 7), (8, 2)])
def test_the_rate_of_false_positives(draw: Draw, bits: int, places: int) -> None:
    many = numbers(draw, 24_000)
    count = 2000
    seen = adapters.get_bloom_filter(bits * count, places)
    seen.add(many[:count])
    outside = many[count:]
    rate = sum(as_list("contains(hashes)", seen.contains(outside), len(outside))) / len(outside)
    expected = (1 - math.exp(-places / bits)) ** places
    spread = 4 * math.sqrt(expected / len(outside)) + 0.15 * expected
    one = 1 - math.exp(-1 / bits)
    advice = " That is the rate with one place an item: the places have to differ." if (
        abs(rate - one) < 0.1 * one) else ""  # fmt: skip
    holds(abs(rate - expected) <= spread,
          f"the rate of false positives is {rate:.4f}, where about {expected:.4f} is right: "
          f"{bits} bits an item, {places} places.{advice}")  # fmt: skip


@problem("bloom_filter", 3, "dedup.bloom.BloomFilter")
def test_the_size_for_a_rate(draw: Draw) -> None:
    items, rate = draw.between(900, 9000), draw.random.choice((0.1, 0.01, 1e-4, 1e-6))
    made = adapters.get_bloom_filter.sized(items, rate)
    bits = -items * math.log(rate) / math.log(2) ** 2
    case = f"{items} items, a rate of {rate:g}"
    holds(abs(made.num_bits - bits) <= 8,
          f"sized(…).num_bits is {made.num_bits}, where {math.ceil(bits)} is right: -n ln p / "
          f"(ln 2)².{_size_advice(made.num_bits, items, rate)} Case: {case}.")  # fmt: skip
    places = bits / items * math.log(2)
    holds(abs(made.num_hashes - places) <= 0.75,
          f"sized(…).num_hashes is {made.num_hashes}, where {round(places)} is right: m/n ln 2. "
          f"Case: {case}.")  # fmt: skip


def _size_advice(bits: int, items: int, rate: float) -> str:
    exact = -items * math.log(rate)
    for mistake, value in (("ln 2 is not squared", exact / math.log(2)),
                           ("bytes and not bits", exact / math.log(2) ** 2 / 8),
                           ("the factor 1 / (ln 2)² is missing", exact)):  # fmt: skip
        if abs(bits - value) < 0.01 * value:
            return f" This is what one gets with this mistake: {mistake}."
    return ""
