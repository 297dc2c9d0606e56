"""Duplicates of every kind: lines, documents, paragraphs, and what a model is tested on."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from cs336_data.dedup.bloom import BloomFilter, remove_seen_paragraphs
from cs336_data.dedup.clusters import MAX_LEADERS, cluster
from cs336_data.dedup.decontamination import TestSet
from cs336_data.dedup.fast_minhash import text_signatures
from cs336_data.dedup.minhash import (
    MinHasher,
    band_keys,
    bands_for,
    jaccard,
    match_probability,
    shingle_hashes,
)
from cs336_data.text.hashing import hash_words, ngram_hashes, word_hash
from cs336_data.text.normalise import normalise
from hypothesis import given
from hypothesis import strategies as st

from .adapters import run_exact_line_deduplication, run_minhash_deduplication


def files_of(folder: Path, **texts: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
    return [folder / f"{name}.txt" for name in texts]


def read_all(folder: Path) -> dict[str, str]:
    return {p.stem: p.read_bytes().decode() for p in sorted(folder.glob("*.txt"))}


def test_every_copy_of_a_repeated_line_goes(tmp_path: Path) -> None:
    files = files_of(
        tmp_path / "in",
        a="menu\none\nfoot\n",
        b="menu\ntwo\ntwo\n",
        c="foot",
        d="",
        e="\r\nthree\n",
    )
    run_exact_line_deduplication(files, tmp_path / "out")
    assert read_all(tmp_path / "out") == {
        "a": "one\n",
        "b": "",
        "c": "",
        "d": "",
        "e": "\r\nthree\n",
    }


def test_lines_outside_of_unicode_and_odd_arguments(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"\xff\n\xfe\n")
    (folder / "b.txt").write_bytes(b"\xff\n")
    run_exact_line_deduplication([folder / "a.txt", str(folder / "b.txt")], str(tmp_path / "out"))
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"\xfe\n"
    with pytest.raises(FileNotFoundError, match=r"none\.txt"):
        run_exact_line_deduplication([folder / "none.txt"], tmp_path / "out")
    with pytest.raises(ValueError, match="two input files"):
        run_exact_line_deduplication([folder / "a.txt"] * 2, tmp_path / "out")
    with pytest.raises(ValueError, match="would be replaced"):
        run_exact_line_deduplication([folder / "a.txt"], folder)


def words(seed: int, count: int = 300) -> list[str]:
    return random.Random(seed).choices([f"w{i}" for i in range(5_000)], k=count)


def test_one_of_each_cluster_stays_untouched(tmp_path: Path) -> None:
    base = words(1)
    near = base.copy()
    near[7] = "changed"
    files = files_of(
        tmp_path / "in",
        a=" ".join(base), b="  ".join(base).upper() + "!", c=" ".join(near), d=" ".join(words(2)),
        e="", f="!!!",
    )  # fmt: skip
    run_minhash_deduplication(files, 128, 16, 5, 0.8, tmp_path / "out")
    out = read_all(tmp_path / "out")
    assert sorted(out) == ["a", "d", "e"]  # two texts without words are the same
    assert out["a"] == " ".join(base)


def test_below_the_threshold_nothing_is_joined(tmp_path: Path) -> None:
    one, two = words(1), words(1)
    two[::8] = words(3)[::8]  # an eighth of the words: Jaccard of 5-grams about 0.35
    files = files_of(tmp_path / "in", a=" ".join(one), b=" ".join(two))
    run_minhash_deduplication(files, 128, 64, 5, 0.8, tmp_path / "out")
    assert len(read_all(tmp_path / "out")) == 2
    run_minhash_deduplication(files, 128, 64, 5, 0.2, tmp_path / "low")
    assert len(read_all(tmp_path / "low")) == 1


def test_bad_arguments(tmp_path: Path) -> None:
    files = files_of(tmp_path / "in", a="x")
    with pytest.raises(ValueError, match="do not divide"):
        run_minhash_deduplication(files, 100, 16, 5, 0.8, tmp_path / "out")
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        run_minhash_deduplication(files, 128, 16, 5, 80, tmp_path / "out")


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("similarity", [0.3, 0.6, 0.8, 0.95])
def test_signatures_estimate_and_bands_follow_the_curve(fast: bool, similarity: float) -> None:
    """Within three standard errors over 400 pairs, of the agreement and of the S-curve."""
    pairs, size = 400, 200
    rng = random.Random(int(similarity * 100))
    texts, truth = [], []
    for i in range(pairs):
        shared = round(2 * size * similarity / (1 + similarity))
        common = [f"c{i}.{k}" for k in range(shared)]
        sides = [common + [f"{side}{i}.{k}" for k in range(size - shared)] for side in "ab"]
        for side in sides:
            rng.shuffle(side)
            texts.append(" ".join(side).replace(".", "x"))
        sets = [shingle_hashes(text, 1) for text in texts[-2:]]
        truth.append(jaccard(*sets))
    if fast:
        signatures = text_signatures(texts, 128, 1)
    else:
        hasher = MinHasher(128)
        signatures = np.array([hasher.signature(shingle_hashes(text, 1)) for text in texts])
    true = float(np.mean(truth))
    agreement = float((signatures[::2] == signatures[1::2]).mean())
    assert abs(agreement - true) < 3 * (true * (1 - true) / (pairs * 128)) ** 0.5 + 1e-3
    keys = band_keys(signatures, 16)
    shared_band = float((keys[::2] == keys[1::2]).any(axis=1).mean())
    expected = match_probability(true, 128, 16)
    error = max(1e-3, (expected * (1 - expected) / pairs) ** 0.5)
    assert abs(shared_band - expected) < 3 * error + 0.01


def test_texts_signed_together_are_signed_as_alone() -> None:
    texts = [" ".join(words(i, 20 + i)) for i in range(10)]
    together = text_signatures(texts, 64, 5)
    alone = np.concatenate([text_signatures([text], 64, 5) for text in texts])
    assert (together == alone).all()
    short = text_signatures([*texts, "two words", ""], 64, 5)
    assert (short[:10] == alone).all()
    assert text_signatures([], 64, 5).shape == (0, 64)


def test_a_bucket_of_copies_costs_one_comparison_each() -> None:
    asked = []

    def verify(one: int, another: int) -> float:
        asked.append((one, another))
        return 1.0

    keys = np.zeros((2, 1_000), dtype=np.uint64)
    clusters = cluster(1_000, keys, verify, 0.8)
    assert len(asked) == 999
    assert list(clusters.groups()) == [0]


def test_a_bucket_of_strangers_is_bounded() -> None:
    keys = np.zeros((1, 500), dtype=np.uint64)
    clusters = cluster(500, keys, lambda one, another: 0.0, 0.8)
    assert clusters.candidates <= 500 * MAX_LEADERS
    assert clusters.groups() == {}


def test_hashes_of_words() -> None:
    assert word_hash("a1") & 1
    assert not word_hash("11") & 1
    hashes = hash_words(["a", "rose", "is", "a", "rose"])
    pairs = ngram_hashes(hashes, 2)
    assert pairs[0] == pairs[3]
    assert len(set(pairs.tolist())) == 3
    assert len(ngram_hashes(hashes, 6)) == 0
    with pytest.raises(ValueError, match="at least 1"):
        ngram_hashes(hashes, 0)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("  Crème BRÛLÉE,  well-known!", "creme brulee well known"),
        ("日本語", "日 本 語"),
        ("soft\u00adhyphen", "softhyphen"),
        ("Ünïcödé", "unicode"),
        ("…", ""),
    ],
)
def test_normal_form(text: str, form: str) -> None:
    assert normalise(text) == form


@given(st.text())
def test_the_normal_form_is_one(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_a_bloom_filter_never_forgets_and_errs_as_computed(tmp_path: Path) -> None:
    seen = BloomFilter.sized(10_000, 0.01)
    rng = np.random.default_rng(0)
    inside = rng.integers(0, 1 << 63, 10_000, dtype=np.uint64)
    assert seen.add(inside[:5]).tolist() == [False] * 5
    assert seen.add(inside[:5]).all()
    assert seen.add(np.array([7, 7], dtype=np.uint64)).tolist() == [False, True]
    seen.add(inside)
    assert seen.contains(inside).all()
    outside = rng.integers(0, 1 << 63, 20_000, dtype=np.uint64)
    assert 0.005 < seen.contains(outside).mean() < 0.015
    assert seen.expected_false_positives(10_000) == pytest.approx(0.01, rel=0.05)
    seen.save(tmp_path / "seen.npz")
    assert BloomFilter.load(tmp_path / "seen.npz").contains(inside).all()
    with pytest.raises(ValueError, match="rate"):
        BloomFilter.sized(0, 0.1)


def test_paragraphs_seen_before_go() -> None:
    seen = BloomFilter.sized(1_000, 1e-6)
    long = "one two three four five six seven eight nine ten eleven twelve thirteen"
    first = remove_seen_paragraphs(f"{long}\nYes.", seen)
    second = remove_seen_paragraphs(f"Yes.\n{long.upper()}!\nnew", seen)
    assert (first.text, first.removed) == (f"{long}\nYes.", 0)
    assert (second.text, second.removed, second.paragraphs) == ("Yes.\nnew", 1, 1)


def test_what_is_tested_on_is_found() -> None:
    held = " ".join(words(5, 60))
    test = TestSet.of([held, "a short question"])
    assert not test.decide("before " + held.upper() + " after")
    assert not test.decide("a short, question")
    assert test.decide(" ".join(words(6, 60)))
    assert test.decide("")
    assert TestSet.of([]).decide(held)
    leak = " ".join(words(6, 30) + held.split()[:13] + words(7, 30))
    assert test.decide(leak).reason == "1 of 61 13-grams are in the test set"
    assert test.decide(leak, max_shared=1)


def test_what_many_tests_share_is_no_leak() -> None:
    licence = " ".join(words(8, 20))
    test = TestSet.of([f"{licence} {' '.join(words(i, 20))}" for i in range(20)], max_texts=10)
    assert test.decide(licence)


def test_the_fewest_bands_that_find_enough_pairs() -> None:
    assert bands_for(128, 0.8, 0.94) == 16
    assert match_probability(0.8, 128, 8) < 0.94 <= match_probability(0.8, 128, 16)
    with pytest.raises(ValueError, match=r"less than 0\.9"):
        bands_for(4, 0.1, 0.9)
