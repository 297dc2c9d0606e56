"""Problems of the set as a whole: shares, the chain over archives, files of tokens."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from judge.archives import answer, broken, member, page, write
from judge.checks import Draw, Wrong, holds, problem, same
from judge.languages import STORIES
from judge.reference import Reference
from judge.texts import END, END_ID, letters, prose

from tests import adapters

MARKS = ("|||EMAIL_ADDRESS|||", "|||PHONE_NUMBER|||", "|||IP_ADDRESS|||")


def shared(sizes: dict[str, int], weights: dict[str, float], budget: float, cap: float) -> Any:
    """Tokens by weight with caps: the level at which the capped shares fill the budget."""
    low, high = 0.0, budget / min(w for w in weights.values() if w > 0) * 2
    for _ in range(200):
        level = (low + high) / 2
        filled = sum(min(cap * sizes[name], level * weights[name]) for name in sizes)
        low, high = (level, high) if filled < budget else (low, level)
    return {name: min(float(cap * sizes[name]), high * weights[name]) for name in sizes}


def check_mixture(
    sizes: dict[str, int], weights: dict[str, float], budget: int, cap: float, case: str
) -> None:
    total = sum(weights.values())
    free = {name: budget * weight / total for name, weight in weights.items()}
    cut = {name: min(float(cap * sizes[name]), free[name]) for name in sizes}
    left = budget - sum(cut.values())
    open_ = [name for name in sizes if cut[name] < cap * sizes[name] and weights[name] > 0]
    once = {n: cut[n] + (left * weights[n] / sum(weights[o] for o in open_) if n in open_ else 0)
            for n in sizes}  # fmt: skip
    alike = {n: cut[n] + (left / len(open_) if n in open_ else 0) for n in sizes}
    rest = (left + sum(cut[n] for n in open_)) / max(1, len(open_))
    flat = {n: rest if n in open_ else cut[n] for n in sizes}
    found = adapters.run_plan_mixture(sizes, weights, budget, cap).tokens
    for name, value in found.items():
        holds(isinstance(value, int),
              f"plan_mixture(…).tokens[{name!r}] is {value!r}, where a whole number (int) is "
              f"right. Case: {case}.")  # fmt: skip
    same("plan_mixture(…).tokens", {k: float(v) for k, v in found.items()},
         shared(sizes, weights, budget, cap),
         case=f"{case}: sizes {sizes}, weights {weights}, budget {budget}, at most {cap:g} epochs",
         suspects={
             "the cap on epochs is ignored": free,
             "what a cap takes away is not given to the others": cut,
             "what a cap takes away is given away once, and the others are not capped again": once,
             "what a cap takes away is given to the others in equal parts": alike,
             "the sources below their cap get what is left in equal parts and not by weight": flat,
         })  # fmt: skip
    same("sum of plan_mixture(…).tokens", sum(found.values()), budget, case=case)


@problem("plan_mixture", 3, "mixing.plan_mixture")
def test_shares_by_weight(draw: Draw) -> None:
    sizes = {"web": draw.between(4, 9) * 10**7, "books": draw.between(4, 9) * 10**6}
    weights = {"web": float(draw.between(4, 9)), "books": float(draw.between(1, 3))}
    check_mixture(sizes, weights, 3_000_001, 4, "no source reaches its cap")


@problem("plan_mixture", 3, "mixing.plan_mixture")
def test_a_source_that_reaches_its_cap(draw: Draw) -> None:
    sizes = {"web": 9 * 10**8, "code": 5 * 10**8, "books": draw.between(10, 20) * 10**5}
    weights = {"web": 6.0, "code": float(draw.between(2, 3)), "books": float(draw.between(3, 5))}
    check_mixture(sizes, weights, 10**8, draw.random.choice((2, 4)), "books reach their cap")


@problem("plan_mixture", 3, "mixing.plan_mixture")
def test_a_second_source_reaches_its_cap_then(draw: Draw) -> None:
    sizes = {
        "web": 9 * 10**8,
        "code": draw.between(115, 120) * 10**5,
        "books": 10**6,
        "none": 10**6,
    }
    weights = {"web": 1.0, "code": 1.0, "books": 1.0, "none": 0.0}
    check_mixture(sizes, weights, 10**8, 3, "books reach their cap, and what they leave fills code")


@problem("plan_mixture", 3, "mixing.plan_mixture")
def test_more_than_there_is() -> None:
    try:
        found = adapters.run_plan_mixture({"a": 1000, "b": 10}, {"a": 1.0, "b": 1.0}, 5000, 4.0)
    except ValueError:
        return
    raise Wrong(f"plan_mixture(…) is {found!r}, where a ValueError is right: four epochs of all "
                "sources are 4,040 tokens, and the budget is 5,000.")  # fmt: skip


def pages_to_filter(draw: Draw) -> tuple[list[bytes], dict[str, str], dict[str, int]]:
    """Members of an archive, the words that stay of each address, and the accounts."""
    good = [prose(draw.random, draw.between(9, 15)) for _ in range(4)]
    personal = (
        f"{good[3]}\nWrite to ada.{draw.between(1, 99)}@mail.example or call (283) 182-3829. "
    )
    personal += f"The server answers at 192.0.2.{draw.between(100, 255)} today."
    german = " ".join(STORIES["de"] * 4)
    short = prose(draw.random, 3)
    texts = {
        "first": good[0], "german": german, "second": good[1],
        "short": " ".join(short.split()[:45]),
        "third": good[2], "personal": personal, "blank": "",
    }  # fmt: skip
    members = [member("warcinfo", b"software: judge")]
    members += [answer(f"http://{name}.example/", page(text)) for name, text in texts.items()]
    members.append(answer("http://lost.example/", page(good[0]), status="500 Oops"))
    kept = {name: texts[name] for name in ("first", "second", "third", "personal")}
    kept["personal"] = (
        f"{good[3]}\nWrite to {MARKS[0]} or call {MARKS[1]}. The server answers at {MARKS[2]} "
        f"today."
    )
    accounts = {"kept": 4, "no page": 2, "no text": 1, "language": 1, "gopher_quality": 1}
    return members, {f"http://{n}.example/": text for n, text in kept.items()}, accounts


def rows_of(file: Path) -> list[tuple[str, list[str]]]:
    """(url, words) of each line."""
    if not file.is_file():
        raise Wrong(f"{file.name} is not there after filter_archives(archives, output).")
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found.append((str(row["url"]), str(row["text"]).split()))
        except (ValueError, KeyError, TypeError) as error:
            raise Wrong(f"line {number} of the output is {line[:60]!r}, where JSON with 'url' and "
                        f"'text' is right ({type(error).__name__}).") from error  # fmt: skip
    return found


CHAIN = (
    "an archive with four good pages, a German one, one of 45 words, an empty one, a status 500 "
    "and a warcinfo"
)


@problem("filter_archives", 6, "pipeline.plain.filter_archives")
def test_the_chain(draw: Draw, tmp_path: Path) -> None:
    members, kept, accounts = pages_to_filter(draw)
    source = write(tmp_path / "a.warc.gz", members)
    found = adapters.run_filter_archives([source], tmp_path / "kept.jsonl")
    rows = rows_of(tmp_path / "kept.jsonl")
    urls = list(kept)
    same("[row['url'], …]", [url for url, _ in rows], urls, case=CHAIN,
         suspects={"the page in German stays": [urls[0], "http://german.example/", *urls[1:]],
                   "the page of 45 words stays": [*urls[:2], "http://short.example/", *urls[2:]],
                   "nothing is written": []})  # fmt: skip
    for url, words in rows:
        same(f"row['text'].split() of {url}", words, kept[url].split(), case=CHAIN)
    same("filter_archives(…)", {key: int(found[key]) for key in found if found[key]}, accounts,
         case=f"{CHAIN}: 9 records, each counted once")  # fmt: skip


@problem("filter_archives", 6, "pipeline.plain.filter_archives")
def test_damage_and_several_archives(draw: Draw, tmp_path: Path) -> None:
    members, kept, _ = pages_to_filter(draw)
    one = write(tmp_path / "one.warc.gz", [members[0], broken(members[1]), *members[2:]])
    two = write(tmp_path / "two.warc.gz", [members[1]])
    found = adapters.run_filter_archives([one, two], tmp_path / "kept.jsonl")
    urls = list(kept)
    same("[row['url'], …]", [url for url, _ in rows_of(tmp_path / "kept.jsonl")],
         [*urls[1:], urls[0]], case="record 1 of the first archive is damaged, the second "
         "archive has a copy of it",
         suspects={"only the last archive is in the output": urls[:1],
                   "only the first archive is read": urls[1:],
                   "all that follows the damage is lost": urls[:1]})  # fmt: skip
    total = sum(int(found[key]) for key in found)
    same("sum of filter_archives(…)", total, 10, case="9 records in one archive, of which one is "
         "damaged, and 1 in the other: every record is counted, whatever became of it",
         suspects={"the damaged record is not counted": 9})  # fmt: skip


@problem("filter_archives", 6, "pipeline.plain.filter_archives")
def test_speed_beside_the_course(
    draw: Draw, tmp_path: Path, reference: Reference, measuring: list[str]
) -> None:
    members = [answer(f"http://h.example/{i}", page(prose(draw.random, draw.between(6, 60))))
               for i in range(600)]  # fmt: skip
    source = write(tmp_path / "a.warc.gz", members)
    results = []
    for at, caller in enumerate((reference.student(), reference.fresh())):
        try:
            out = tmp_path / f"kept{at}.jsonl"
            caller.call("run_identify_language", "a sentence, so that models are loaded")
            results.append(caller.timed("run_filter_archives", [source], out)[1:])
        finally:
            caller.close()
    (mine, memory), (ours, our_memory) = results
    measuring.append(
        f"filter_archives, {len(members)} pages: {len(members) / mine:.0f} pages/s, "
        f"{ours / mine:.2f} times the course's {len(members) / ours:.0f}; peak memory grew by "
        f"{memory / 2**20:.0f} MiB, the course's by {our_memory / 2**20:.0f} MiB"
    )


def pack(
    folder: Path, rows: list[dict[str, str]], share: float, encode: Callable[[str], list[int]]
) -> dict[str, list[int]]:
    """Ids of both files after packing."""
    adapters.run_pack_documents(rows, folder, encode, share)
    found = {}
    for name in ("train", "valid"):
        file = folder / f"{name}.bin"
        if not file.is_file():
            raise Wrong(f"{file.name} is not there after pack_documents(…).")
        data = file.read_bytes()
        holds(
            len(data) % 2 == 0, f"{file.name} has {len(data)} bytes: ids of 16 bits are two each."
        )
        found[name] = np.frombuffer(data, dtype="<u2").tolist()
    return found


def documents(draw: Draw, count: int) -> list[dict[str, str]]:
    """Rows with short texts."""
    return [{"url": f"http://h{draw.between(1, 99)}.example/{i}", "text": "abc é"[: 1 + i % 5] * 2}
            for i in range(count)]  # fmt: skip


@problem("pack_documents", 3, "pipeline.tokens.pack_documents")
def test_documents_in_a_row(draw: Draw, tmp_path: Path) -> None:
    rows = documents(draw, draw.between(4, 7))
    found = pack(tmp_path / "tokens", rows, 0.0, letters)
    encoded = [letters(row["text"]) for row in rows]
    right = [i for ids in encoded for i in [*ids, END_ID]]
    case = f"{len(rows)} documents, {END} is id {END_ID}"
    data = (tmp_path / "tokens" / "train.bin").read_bytes()
    same("ids of train.bin", found["train"], right, case=case,
         suspects={
             "nothing stands between documents": [i for ids in encoded for i in ids],
             f"{END} is missing after the last document": right[:-1],
             f"{END} stands in front of each document":
                 [i for ids in encoded for i in [END_ID, *ids]],
             "ids of 32 bits": np.array(right, dtype="<u4").view("<u2").tolist(),
             "the bytes of each id are exchanged (big-endian)": np.frombuffer(
                 np.array(right, dtype=">u2").tobytes(), "<u2").tolist(),
             "ids of one byte": [i % 256 for i in data],
         })  # fmt: skip
    same("ids of valid.bin", found["valid"], [], case="valid_share is 0")
    index = tmp_path / "tokens" / "train.index.npy"
    holds(index.is_file(), "train.index.npy is not there after pack_documents(…).")
    places = np.load(index).tolist()
    starts = [sum(len(ids) + 1 for ids in encoded[:k]) for k in range(len(encoded) + 1)]
    same("train.index.npy", places, starts, case=f"{case}; where each begins, and the end",
         suspects={"the end is missing": starts[:-1], "the first start, 0, is missing": starts[1:],
                   "bytes and not tokens": [2 * s for s in starts],
                   f"{END} is not counted": [s - k for k, s in enumerate(starts)]})  # fmt: skip


@problem("pack_documents", 3, "pipeline.tokens.pack_documents")
def test_a_page_cannot_end_a_document(tmp_path: Path) -> None:
    rows = [{"url": "http://a.example/", "text": f"one {END} two"}]
    ids = pack(tmp_path, rows, 0.0, letters)["train"]
    holds(ids.count(END_ID) == 1,
          f"train.bin has id {END_ID} {ids.count(END_ID)} times, where once is right: a page "
          f"that has {END} in its text must not end a document. Case: text "
          f"{rows[0]['text']!r}.")  # fmt: skip
    holds(ids[-1:] == [END_ID], f"the last id of train.bin is {ids[-1:]}, where {END_ID} is right.")


@problem("pack_documents", 3, "pipeline.tokens.pack_documents")
@pytest.mark.parametrize("share", [0.1, 0.4])
def test_what_is_held_out(draw: Draw, tmp_path: Path, reference: Reference, share: float) -> None:
    rows = [{"url": f"http://h.example/{draw.between(1, 10**9)}", "text": chr(1000 + i)}
            for i in range(400)]  # fmt: skip
    held_out = set(pack(tmp_path / "a", rows, share, letters)["valid"]) - {END_ID}
    spread = 4 * math.sqrt(400 * share * (1 - share))
    holds(abs(len(held_out) - 400 * share) < spread,
          f"valid.bin has {len(held_out)} of 400 documents, where about {400 * share:.0f} are "
          f"right: valid_share is {share}.")  # fmt: skip
    other = draw.random.sample(rows, 200)
    again = set(pack(tmp_path / "b", other, share, letters)["valid"]) - {END_ID}
    moved = (held_out & {ord(row["text"]) for row in other}) ^ again
    holds(not moved,
          f"{len(moved)} of 200 documents change between train.bin and valid.bin when the others "
          "are left out and the order is another, where none may: let the address decide, neither "
          "chance nor place.")  # fmt: skip
    worker = reference.student()
    try:
        worker.call("run_pack_documents", rows, tmp_path / "c", letters, share)
    finally:
        worker.close()
    starts = [np.load(tmp_path / f / "valid.index.npy") for f in ("a", "c")]
    holds(len(starts[0]) == len(starts[1]),
          f"valid.bin has {len(starts[1]) - 1} documents in another process and here "
          f"{len(starts[0]) - 1}: Python's hash of a text changes with the process, so take "
          "another hash.")  # fmt: skip
