"""Problems of copies: lines, sets that forget nothing, signatures, bands, clusters."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judge.checks import Draw, Wrong, holds, problem, same
from judge.reference import Reference
from numpy.typing import NDArray

from tests import adapters

Hashes = NDArray[np.uint64]


def write(folder: Path, texts: dict[str, str]) -> list[Path]:
    """A file for each text."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return [folder / name for name in texts]


def read(folder: Path) -> dict[str, str]:
    """All files of a folder."""
    if not folder.is_dir():
        raise Wrong(f"{folder.name} is not there after the call: create the output folder.")
    return {file.name: file.read_bytes().decode() for file in sorted(folder.iterdir())}


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


def numbers(draw: Draw, count: int) -> Hashes:
    """Different 64-bit hashes."""
    found = {draw.random.getrandbits(64) for _ in range(count)}
    return np.array(sorted(found, key=lambda value: value % 9973), dtype=np.uint64)


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


def edited(draw: Draw, text: str, share: float) -> str:
    """The text with this share of its words replaced."""
    said = text.split()
    for at in draw.random.sample(range(len(said)), round(len(said) * share)):
        said[at] = "replaced" + said[at]
    return " ".join(said)


@problem("minhash_deduplication", 6, "deduplication.minhash_deduplication")
def test_one_document_of_each_cluster_stays(draw: Draw, tmp_path: Path) -> None:
    vocabulary = [f"{a}{b}" for a in ("ka", "lo", "mi", "pe", "tu") for b in "abcdefghijklm"]
    bases = [" ".join(draw.random.choices(vocabulary, k=300)) + ".\n" for _ in range(3)]
    loud = bases[1].upper().replace(" ", ", ", 20).replace("KAB", "KÁB")
    texts = {
        "a1.txt": bases[0], "a2.txt": bases[0], "a3.txt": edited(draw, bases[0], 0.01),
        "b1.txt": bases[1], "b2.txt": loud,
        "c1.txt": bases[2], "c2.txt": edited(draw, bases[2], 0.06),
    }  # fmt: skip
    _check_clusters(
        tmp_path, texts, {"a": ["a1", "a2", "a3"], "b": ["b1", "b2"], "c": ["c1"], "d": ["c2"]}
    )


def _check_clusters(folder: Path, texts: dict[str, str], clusters: dict[str, list[str]]) -> None:
    files = write(folder / "in", texts)
    adapters.run_minhash_deduplication(files, 100, 50, 5, 0.8, folder / "out")
    out = read(folder / "out")
    case = (
        "a1 and a2 are equal, a3 has 1 % other words, b2 is b1 in capitals with commas and "
        "accents, c2 has 6 % other words than c1 (similarity below 0.8); 5-grams, 50 bands of 2, "
        "threshold 0.8"
    )
    for documents in clusters.values():
        left = [name for name in documents if f"{name}.txt" in out]
        names = " and ".join(documents)
        advice = ""
        if len(documents) == 1:
            advice = " A pair that meets in a band is only a candidate: compare the two sets."
        elif not left:
            advice = " One of each cluster stays."
        elif "b2" in documents:
            advice = " Texts are compared in lower case, without accents and punctuation."
        elif len(left) == len(documents):
            advice = " Nothing is removed here."
        elif "a3" in left:
            advice = " With 1 % of other words the similarity is still above the threshold."
        holds(len(left) == 1,
              f"of {names} {len(left)} are written ({', '.join(left) or 'none'}), where one is "
              f"right.{advice} Case: {case}.")  # fmt: skip
    for name, text in out.items():
        holds(texts.get(name) == text, f"{name} is changed or new, where a document that stays is "
              "written as it was, under its name.")  # fmt: skip


@problem("minhash_deduplication", 6, "deduplication.minhash_deduplication")
def test_few_bands_find_what_is_equal_only(draw: Draw, tmp_path: Path) -> None:
    base = " ".join(f"{draw.random.choice('abcdefgh')}{draw.between(1, 40)}" for _ in range(200))
    half = " ".join(base.split()[:100]) + " " + " ".join(f"x{i}" for i in range(100))
    texts = {"one.txt": base, "two.txt": half, "three.txt": base}
    adapters.run_minhash_deduplication(
        write(tmp_path / "in", texts), 64, 1, 3, 0.2, tmp_path / "out"
    )
    out = read(tmp_path / "out")
    holds(("one.txt" in out) != ("three.txt" in out),
          f"of one.txt and three.txt, which are equal, "
          f"{len({'one.txt', 'three.txt'} & set(out))} are "
          "written, where one is right. Case: 64 numbers in one band.")  # fmt: skip
    holds(
        "two.txt" in out,
        "two.txt is gone, where it is right to keep it: with one band of 64 numbers "
        "a pair of similarity 0.33 does not meet. Documents that share no band are not compared.",
    )


@problem("minhash_deduplication", 6, "deduplication.minhash_deduplication")
def test_documents_without_words(tmp_path: Path) -> None:
    texts = {"a.txt": "only three words", "b.txt": "Only three words!", "c.txt": "other words here"}
    adapters.run_minhash_deduplication(
        write(tmp_path / "in", texts), 20, 10, 5, 0.8, tmp_path / "out"
    )
    out = read(tmp_path / "out")
    holds(len(out) == 2 and "c.txt" in out,
          f"{sorted(out)} are written, where c.txt and one of a.txt and b.txt are right: a text "
          f"with fewer words than n is one shingle.")  # fmt: skip


@problem("minhash_deduplication", 6, "deduplication.minhash_deduplication")
def test_speed_beside_the_course(
    draw: Draw, tmp_path: Path, reference: Reference, measuring: list[str]
) -> None:
    vocabulary = [f"w{i}" for i in range(5000)]
    texts = {f"{i}.txt": " ".join(draw.random.choices(vocabulary, k=300)) for i in range(400)}
    texts |= {f"copy{i}.txt": edited(draw, texts[f"{i}.txt"], 0.01) for i in range(100)}
    files = write(tmp_path / "in", texts)
    arguments = (files, 128, 16, 5, 0.8)
    results = []
    for at, caller in enumerate((reference.student(), reference.fresh())):
        try:
            out = tmp_path / f"out{at}"
            results.append(caller.timed("run_minhash_deduplication", *arguments, out)[1:])
        finally:
            caller.close()
    (mine, memory), (ours, our_memory) = results
    measuring.append(
        f"minhash_deduplication, {len(files)} documents of 300 words: {mine:.2f} s, "
        f"{mine / ours:.1f} times the course's {ours:.2f} s; peak memory grew by "
        f"{memory / 2**20:.0f} MiB, the course's by {our_memory / 2**20:.0f} MiB"
    )
