"""Problems of near duplicates: clusters of documents of which one stays."""

from __future__ import annotations

from pathlib import Path

from judge.checks import Draw, holds, problem
from judge.copies import read, write
from judge.reference import Reference

from tests import adapters


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
