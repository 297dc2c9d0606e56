"""Problems of likeness: signatures of sets of word runs, and the bands in which they meet."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from judge.checks import Draw, Wrong, holds, problem, same
from judge.copies import Hashes, numbers
from judge.reference import Reference

from tests import adapters


def overlapping(draw: Draw, both: int, each: int) -> tuple[Hashes, Hashes, float]:
    """Two sorted sets of hashes, and their Jaccard similarity."""
    many = numbers(draw, both + 2 * each)
    one, two = np.sort(many[: both + each]), np.sort(np.append(many[:both], many[both + each :]))
    return one, two, both / len(many)


@problem("minhash", 3, "dedup.minhash.MinHasher")
@pytest.mark.parametrize("similarity", [0.2, 0.5, 0.8])
def test_signatures_agree_as_often_as_sets(draw: Draw, similarity: float) -> None:
    count, both = 600, round(100 * similarity)
    one, two, right = overlapping(draw, 3 * both, 3 * (100 - both) // 2)
    first, second = (np.asarray(adapters.run_signature(count, s)) for s in (one, two))
    holds(
        first.shape == (count,), f"signature(…) has shape {first.shape}, where ({count},) is right."
    )
    found = float((first == second).mean())
    spread = 4 * math.sqrt(right * (1 - right) / count)
    union = len(np.union1d(one, two))
    advice = ""
    if found in (0.0, 1.0):
        advice = " All numbers agree or none does: each needs a hash function of its own."
    elif first.tolist() == sorted(first.tolist()):
        advice = " Not the smallest hashes of one function are asked for, but the smallest of each."
    elif len(np.unique(first)) < count // 20:
        advice = " Nearly all numbers of a signature are equal: the hash functions are alike."
    holds(abs(found - right) <= spread,
          f"signatures of two sets agree in {found:.3f} of {count} numbers, where the Jaccard "
          f"similarity {right:.3f}, give or take {spread:.3f}, is right.{advice} Case: {union} "
          f"hashes in both together.")  # fmt: skip


@problem("minhash", 3, "dedup.minhash.MinHasher")
def test_a_signature_is_that_of_a_set(draw: Draw, reference: Reference) -> None:
    hashes = numbers(draw, 50)
    first = np.asarray(adapters.run_signature(16, hashes)).tolist()
    again = np.asarray(adapters.run_signature(16, hashes[::-1].copy())).tolist()
    same("signature(hashes)", again, first, case="the same hashes in another order")
    part = np.asarray(adapters.run_signature(16, hashes[:25])).tolist()
    greater = [at for at in range(16) if first[at] > part[at]]
    holds(not greater, f"signature(…)[{greater[0] if greater else 0}] grows when hashes are "
          f"added to the set, where it can only fall: it is the smallest hash, not the "
          "greatest.")  # fmt: skip
    other = reference.student()
    try:
        elsewhere = np.asarray(other.call("run_signature", 16, hashes)).tolist()
    finally:
        other.close()
    same("signature(hashes)", elsewhere, first, case="in another process: Python's hash of a "
         "text is another one there, and random numbers need a fixed seed")  # fmt: skip


def runs(text: str, n: int) -> set[tuple[str, ...]]:
    """Word n-grams of a text that is in its normal form."""
    said = text.split()
    return {tuple(said[at : at + n]) for at in range(max(1, len(said) - n + 1))}


@problem("minhash", 3, "dedup.minhash.shingle_hashes, jaccard")
@pytest.mark.parametrize("n", [1, 2, 3])
def test_similarity_of_texts(draw: Draw, n: int) -> None:
    letters = [letter * 2 for letter in "abcdefg"]
    plain = [" ".join(draw.random.choices(letters, k=draw.between(14, 20))) for _ in range(2)]
    sets = [np.asarray(adapters.run_shingle_hashes(text, n)) for text in plain]
    one, two = (runs(text, n) for text in plain)
    for text, found, right in zip(plain, sets, (one, two), strict=True):
        every = len(text.split()) - n + 1
        same("len(shingle_hashes(text, n))", len(found), len(right), case=f"n={n}, text {text!r}",
             suspects={"a run that occurs twice is counted twice": every,
                       "the last run is left out": len(runs(" ".join(text.split()[:-1]), n)),
                       "runs are one word longer": len(runs(text, n + 1))})  # fmt: skip
    both, together = len(one & two), len(one | two)
    same("jaccard(one, two)", float(adapters.run_jaccard(*sets)), both / together,
         case=f"{len(one)} and {len(two)} shingles, {both} of them in both",
         suspects={"divided by the sum of both sizes": both / (len(one) + len(two)),
                   "divided by the smaller set": both / min(len(one), len(two)),
                   "divided by the larger set": both / max(len(one), len(two)),
                   "the distance and not the similarity": 1 - both / together})  # fmt: skip


@problem("minhash", 3, "dedup.minhash.shingle_hashes")
@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("THE Old Mill by the river stands", "capitals do not count"),
        ("the old mill, by the river: stands!", "punctuation does not count"),
        ("the  old\n\tmill by the river stands ", "white space does not count"),
        ("thé old mill by thë river stands", "accents do not count"),
    ],
)
def test_the_form_in_which_texts_are_compared(other: str, why: str) -> None:
    plain = "the old mill by the river stands"
    one, two = (sorted(map(int, adapters.run_shingle_hashes(text, 3))) for text in (plain, other))
    holds(one == two, f"shingle_hashes(text, 3) differ for {plain!r} and {other!r}, where the same "
          f"hashes are right: {why}.")  # fmt: skip


@problem("bands", 2, "dedup.minhash.band_keys")
@pytest.mark.parametrize(("count", "num_bands"), [(12, 4), (12, 3), (6, 6)])
def test_keys_are_equal_where_bands_are(draw: Draw, count: int, num_bands: int) -> None:
    rows = count // num_bands
    signatures = np.array(
        [[draw.between(1, 2) for _ in range(count)] for _ in range(12)], np.uint32
    )
    signatures[1] = signatures[0]
    signatures[2] = signatures[0].reshape(num_bands, rows)[:, ::-1].reshape(-1)
    keys = np.asarray(adapters.run_band_keys(signatures, num_bands))
    holds(keys.shape == (12, num_bands),
          f"band_keys(signatures, {num_bands}) has shape {keys.shape}, where (12, {num_bands}) is "
          "right.")  # fmt: skip
    cut = signatures.reshape(12, num_bands, rows)
    spread = signatures.reshape(12, rows, num_bands).swapaxes(1, 2)

    def equal(parts: Any, i: int, k: int, band: int) -> bool:
        return bool(np.all(parts[i, band] == parts[k, band]))

    places = [(i, k, band) for i in range(12) for k in range(i) for band in range(num_bands)]
    found = [bool(keys[place[0], place[2]] == keys[place[1], place[2]]) for place in places]
    right = [equal(cut, *place) for place in places]
    at = next(
        (n for n, (one, two) in enumerate(zip(found, right, strict=True)) if one != two), None
    )
    if at is None:
        return
    i, k, band = places[at]
    advice = ""
    if found == [equal(spread, *place) for place in places]:
        advice = f" A band is {rows} successive numbers, not every {num_bands}-th one."
    elif found[at] and sorted(cut[i, band]) == sorted(cut[k, band]):
        advice = " The order of the numbers counts."
    raise Wrong(f"band_keys(…)[{i}, {band}] and [{k}, {band}] are "
                f"{'' if found[at] else 'not '}equal, "
                f"where their bands are {cut[i, band].tolist()} and "
                f"{cut[k, band].tolist()}.{advice} "
                f"Case: {count} numbers, {num_bands} bands.")  # fmt: skip


@problem("bands", 2, "dedup.minhash.match_probability, bands_for")
def test_the_probability_to_meet(draw: Draw) -> None:
    similarity = draw.between(50, 90) / 100
    count, num_bands = draw.random.choice(((128, 16), (100, 20), (96, 32)))
    rows = count // num_bands
    same("match_probability(s, k, b)",
         adapters.run_match_probability(similarity, count, num_bands),
         1 - (1 - similarity**rows) ** num_bands, case=f"s={similarity}, k={count}, b={num_bands}",
         suspects={"bands and rows are exchanged": 1 - (1 - similarity**num_bands) ** rows,
                   "the probability of one band": similarity**rows,
                   "the probability that they do not meet": (1 - similarity**rows) ** num_bands,
                   "rows are not divided by the bands":
                       1 - (1 - similarity**count) ** num_bands})  # fmt: skip


@problem("bands", 2, "dedup.minhash.match_probability, bands_for")
def test_the_fewest_bands_that_do(draw: Draw) -> None:
    count, similarity = draw.random.choice((96, 112, 128)), draw.between(70, 90) / 100
    recall = draw.between(80, 98) / 100
    enough = [b for b in range(1, count + 1) if count % b == 0
              and 1 - (1 - similarity ** (count // b)) ** b >= recall]  # fmt: skip
    every = [b for b in range(1, count + 1)
             if 1 - (1 - similarity ** (count / b)) ** b >= recall]  # fmt: skip
    same("bands_for(k, s, recall)", adapters.run_bands_for(count, similarity, recall), enough[0],
         case=f"k={count}, s={similarity}, recall {recall}; bands have to divide k",
         suspects={"the most bands and not the fewest": enough[-1],
                   "bands that do not divide the signature": every[0],
                   "rows and not bands": count // enough[0]})  # fmt: skip


@problem("bands", 2, "dedup.minhash.band_keys")
def test_bands_have_to_divide_the_signature() -> None:
    try:
        adapters.run_band_keys(np.ones((2, 10), dtype=np.uint32), 3)
    except ValueError:
        return
    raise Wrong(
        "band_keys(…) of 10 numbers in 3 bands gives a result, where a ValueError is right."
    )
