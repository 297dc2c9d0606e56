"""Problems of byte-pair encoding: by hand, and beside the course's own result."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from judge.checks import Draw, holds, problem, same
from judge.measuring import beside
from judge.reference import Reference

from tests import adapters

END = "<|endoftext|>"
Merges = list[tuple[bytes, bytes]]


def write(folder: Path, text: str) -> Path:
    """A text file with the line ends that the text has."""
    path = folder / "text.txt"
    path.write_bytes(text.encode())
    return path


def made_up(draw: Draw, words: int, lexicon_size: int = 60) -> str:
    """Words of few letters, some in other writings, some frequent: many ties, many pairs."""
    letters = "abcdefgh", "αβγ", "один", "🌊é"
    lexicon = [
        "".join(draw.random.choices(alphabet, k=draw.between(1, 8)))
        for alphabet in draw.random.choices(letters, (8, 1, 1, 1), k=lexicon_size)
    ]
    glue = [" "] * 9 + ["\n", ", ", "  ", ". 7 ", "'s "]
    picked = draw.random.choices(lexicon, [1 / (i + 1) for i in range(lexicon_size)], k=words)
    return "".join(word + draw.random.choice(glue) for word in picked)


@problem("bpe_by_hand", 2, "bpe.count_pairs, bpe.merge_pair")
def test_pairs_are_counted() -> None:
    words = {(b"a", b"b", b"a"): 2, (b"b", b"a"): 3, (b"x",): 5}
    same("count_pairs(words)", adapters.run_count_pairs(words),
         {(b"a", b"b"): 2, (b"b", b"a"): 5}, case=f"words {words}",
         suspects={"a word counts once, however often it occurs":
                   {(b"a", b"b"): 1, (b"b", b"a"): 2}})  # fmt: skip


@problem("bpe_by_hand", 2, "bpe.count_pairs, bpe.merge_pair")
def test_a_pair_is_merged_from_the_left() -> None:
    for word, right in (
        ((b"a", b"a", b"a"), (b"aa", b"a")),
        ((b"b", b"a", b"a", b"b", b"a", b"a"), (b"b", b"aa", b"b", b"aa")),
        ((b"b",), (b"b",)),
    ):
        same("merge_pair(word, (b'a', b'a'))", adapters.run_merge_pair(word, (b"a", b"a")),
             right, case=f"word {word}")  # fmt: skip


@problem("train_bpe", 8, "bpe.train_bpe")
def test_ties_go_to_the_greatest_pair(draw: Draw, tmp_path: Path) -> None:
    low, high = sorted(draw.random.sample("bcdfghkmnprstvw", 2))
    path = write(tmp_path, f"{low}{low} {high}{high} " * 3)
    vocab, merges = adapters.run_train_bpe(path, 258, [])
    twice_high, twice_low = (2 * (c.encode(),) for c in (high, low))
    same("merges", merges[:1], [twice_high],
         case=f"text {path.read_text()!r}; equal counts go to the greater pair of bytes",
         suspects={"the smaller pair wins a tie": [(b" ", high.encode())],
                   "the pair that is seen first wins a tie": [twice_low]})  # fmt: skip
    same("vocab", {k: vocab[k] for k in (0, 255, 256)},
         {0: b"\x00", 255: b"\xff", 256: (high + high).encode()},
         case="without special tokens the ids are the 256 bytes, then the merges")  # fmt: skip


@problem("train_bpe", 8, "bpe.train_bpe")
def test_training_stops_when_no_pair_is_left(tmp_path: Path) -> None:
    vocab, merges = adapters.run_train_bpe(write(tmp_path, "abc"), 300, [])
    same("len(merges)", len(merges), 2, case="text 'abc', vocab_size 300: three bytes, two merges")
    same("len(vocab)", len(vocab), 258, case="256 bytes and two merges")


@problem("train_bpe", 8, "bpe.train_bpe")
def test_special_tokens_are_no_text(draw: Draw, tmp_path: Path, reference: Reference) -> None:
    text = END.join(made_up(draw, 12) for _ in range(40))  # often enough to be merged as text
    path = write(tmp_path, text)
    vocab, merges = adapters.run_train_bpe(path, 300, [END])
    inside = [(a, b) for a, b in merges if a + b in (b"<|", b"|>")]
    holds(
        not inside,
        f"merges has {inside[:1]}, which lies in {END}: cut the text at special tokens before "
        "anything is counted.",
    )
    right_vocab, right = reference.call("run_train_bpe", path, 300, [END])
    same(
        "merges", merges, right, case=f"a text of {len(text)} characters with {END}, vocab_size 300"
    )
    same("vocab", vocab, right_vocab, case=f"{END} has id 256, the first merge 257")


@problem("train_bpe", 8, "bpe.train_bpe")
def test_merges_of_a_longer_text(draw: Draw, tmp_path: Path, reference: Reference) -> None:
    path = write(tmp_path, made_up(draw, 3000))
    vocab, merges = adapters.run_train_bpe(path, 500, [])
    right_vocab, right = reference.call("run_train_bpe", path, 500, [])
    same("merges", merges, right, case="3,000 made-up words in several writings, vocab_size 500")
    same("vocab", vocab, right_vocab, case="the same")


def trained(draw: Draw, folder: Path, reference: Reference, special: list[str]) -> tuple[
    dict[int, bytes], Merges
]:  # fmt: skip
    """A vocabulary from the course's implementation, so that encoding is judged by itself."""
    path = write(folder, made_up(draw, 800))
    vocab, merges = reference.call("run_train_bpe", path, 380, special)
    return vocab, merges


@problem("tokenizer", 6, "tokenizer.Tokenizer")
def test_merges_are_applied_in_the_order_they_were_learned() -> None:
    vocab = {i: bytes([i]) for i in range(256)} | {256: b"bc", 257: b"ab", 258: b"abc"}
    merges = [(b"b", b"c"), (b"a", b"b"), (b"ab", b"c")]
    same("encode('abc ab')", adapters.get_tokenizer(vocab, merges).encode("abc ab"),
         [97, 256, 32, 257], case=f"merges {merges}: (b, c) was learned first",
         suspects={"the longest token wins": [258, 32, 257],
                   "the first pair from the left is merged": [258, 32, 257]})  # fmt: skip


@problem("tokenizer", 6, "tokenizer.Tokenizer")
def test_encoding(draw: Draw, tmp_path: Path, reference: Reference) -> None:
    vocab, merges = trained(draw, tmp_path, reference, [])
    text = made_up(draw, 200) + "\r\n  don't 123 \t世界"
    ids = adapters.get_tokenizer(vocab, merges).encode(text)
    right = reference.call("get_tokenizer", vocab, merges, then=("encode", (text,)))
    same("encode(text)", list(ids), right, case=f"text of {len(text)} characters, 124 merges")
    same("decode(encode(text))", adapters.get_tokenizer(vocab, merges).decode(ids), text)


@problem("tokenizer", 6, "tokenizer.Tokenizer")
def test_special_tokens(draw: Draw, tmp_path: Path, reference: Reference) -> None:
    special = [END, END * 2, "<|x|>"]
    vocab, merges = trained(draw, tmp_path, reference, special)
    text = f"a{END}{END} b<|x|>{END}{made_up(draw, 5)}{END}"
    ids = adapters.get_tokenizer(vocab, merges, special).encode(text)
    right = reference.call("get_tokenizer", vocab, merges, special, then=("encode", (text,)))
    same("encode(text)", list(ids), right,
         case=f"text {text!r}; of several special tokens the longest wins")  # fmt: skip


@problem("tokenizer", 6, "tokenizer.Tokenizer")
def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    vocab = {i: bytes([i]) for i in range(256)}
    text = adapters.get_tokenizer(vocab, []).decode([97, 240, 98])
    same("decode([97, 240, 98])", text, "a\ufffdb",
         case="byte 240 begins a character that does not follow")  # fmt: skip


@problem("tokenizer", 6, "tokenizer.Tokenizer")
def test_a_stream_gives_the_ids_of_the_whole(
    draw: Draw, tmp_path: Path, reference: Reference
) -> None:
    vocab, merges = trained(draw, tmp_path, reference, [END])
    text = END.join(made_up(draw, 150) for _ in range(3))
    cut, parts = 0, []
    while cut < len(text):
        size = draw.between(1, 30)
        parts.append(text[cut : cut + size])
        cut += size
    ids = list(adapters.get_tokenizer(vocab, merges, [END]).encode_iterable(parts))
    right = reference.call("get_tokenizer", vocab, merges, [END], then=("encode", (text,)))
    same("list(encode_iterable(parts))", ids, right,
         case=f"{len(parts)} pieces that cut words and special tokens anywhere")  # fmt: skip


@problem("tokenizer", 6, "tokenizer.Tokenizer")
def test_a_stream_is_read_as_it_is_needed() -> None:
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for _ in range(100_000):
            read += 1
            yield "some words of one line\n"

    vocab = {i: bytes([i]) for i in range(256)}
    next(iter(adapters.get_tokenizer(vocab, []).encode_iterable(lines())))
    holds(read < 50_000, f"the first id comes after {read} of 100,000 lines were read, where a few "
          "are right: do not join the whole text in encode_iterable.")  # fmt: skip


@problem("train_bpe", 8, "bpe.train_bpe")
def test_speed_beside_the_course(
    draw: Draw, tmp_path: Path, reference: Reference, measuring: list[str]
) -> None:
    path = write(tmp_path, made_up(draw, 200_000, 20_000))
    text = path.read_text()
    size = f"{len(text) / 1e6:.2f} MB"
    measuring.append(
        beside(reference, f"train_bpe, {size}", "run_train_bpe", path, 1000, [], repeats=3)
    )
    vocab, merges = reference.call("run_train_bpe", path, 1000, [])
    measuring.append(
        beside(reference, f"encode, {size}", "get_tokenizer", vocab, merges,
               then=("encode", (text,)), repeats=3)
    )  # fmt: skip
