"""Training: hand-worked merges, the fast trainer equal to the simple one, bad input."""

from __future__ import annotations

import json
from functools import partial
from itertools import islice
from pathlib import Path

import pytest
import tokenizers
import tokenizers.models
import tokenizers.pre_tokenizers
import tokenizers.trainers
from cs336_basics import bpe
from cs336_basics.bpe import count_pairs, count_words, merge_pair, train_bpe, train_bpe_naive
from cs336_basics.split import GPT2_PATTERN, NAMED_PATTERNS, SMOLLM2_PATTERN, split_pretokens
from cs336_basics.stories import stories
from cs336_basics.tokenization.vocabulary import from_printable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

END = "<|endoftext|>"
WORDS = (
    "low low low low low\nlower lower widest widest widest\n"
    "newest newest newest newest newest newest"
)


def write(folder: Path, text: str) -> Path:
    path = folder / "text.txt"
    path.write_bytes(text.encode())
    return path


def test_merges_worked_by_hand(tmp_path: Path) -> None:
    """The example of Sennrich et al.; of equal counts the greatest pair of bytes wins."""
    vocabulary, merges = train_bpe(write(tmp_path, WORDS), 256 + 6, [])
    assert merges[:3] == [(b"s", b"t"), (b"e", b"st"), (b"o", b"w")]
    assert [vocabulary[256 + i] for i in range(3)] == [b"st", b"est", b"ow"]
    assert len(vocabulary) == 262


@pytest.mark.parametrize("train", [train_bpe_naive, train_bpe])
def test_ties_go_to_the_greatest_pair(tmp_path: Path, train) -> None:  # type: ignore[no-untyped-def]
    _, merges = train(write(tmp_path, "ab,ba,abc,a\u00ff"), 258, [])
    assert merges == [(b"a", b"b"), (b"\xc3", b"\xbf")]


def test_merge_pair_joins_from_the_left() -> None:
    a, aa = b"a", b"aa"
    assert merge_pair((a, a, a), (a, a)) == (aa, a)
    assert count_pairs({(a, b"b", a): 2}) == {(a, b"b"): 2, (b"b", a): 2}


def test_special_tokens_take_ids_and_no_part_in_merges(tmp_path: Path) -> None:
    text = f"aa{END}aa{END}" * 5
    vocabulary, merges = train_bpe(write(tmp_path, text), 300, [END, "<pad>"])
    assert vocabulary[256] == END.encode()
    assert vocabulary[257] == b"<pad>"
    assert merges == [(b"a", b"a")]
    assert count_words(text, [END]) == {(b"a", b"a"): 10}


def test_training_stops_when_no_pair_is_left(tmp_path: Path) -> None:
    vocabulary, merges = train_bpe(write(tmp_path, "abc abc"), 1000, [])
    assert len(merges) == len(vocabulary) - 256 == 3
    assert train_bpe(write(tmp_path, "a b"), 1000, [])[1] == [(b" ", b"b")]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text("ab é'1\n<>", min_size=1, max_size=120),
    st.integers(0, 40),
    st.lists(st.sampled_from(["<>", "<", "a<", "ab ", "é"]), max_size=3, unique=True),
)
def test_fast_equals_naive(tmp_path: Path, text: str, merges: int, specials: list[str]) -> None:
    path = write(tmp_path, text)
    size = 256 + len(specials) + merges
    fast = train_bpe(path, size, specials, workers=1, progress=False)
    assert fast == train_bpe_naive(path, size, specials)


def test_fast_equals_naive_on_prose(tmp_path: Path) -> None:
    text = Path(__file__).read_text(encoding="utf-8") * 2
    path = write(tmp_path, text)
    assert train_bpe(path, 700, [END], progress=False) == train_bpe_naive(path, 700, [END])


def test_merges_are_those_of_huggingface_where_no_counts_are_equal(tmp_path: Path) -> None:
    """Its ties go another way, but the first merges of a longer text have none."""
    path = write(tmp_path, "\n".join(islice(stories(0), 900)))
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=257 + 80, special_tokens=[END], initial_alphabet=alphabet, show_progress=False
    )
    theirs.train([str(path)], trainer)
    merges = json.loads(theirs.to_str())["model"]["merges"]
    expected = [(from_printable(left), from_printable(right)) for left, right in merges]
    assert train_bpe(path, 257 + 80, [END])[1] == expected


def test_the_result_does_not_depend_on_workers(tmp_path: Path) -> None:
    path = write(tmp_path, f"{WORDS}\r\n{END}" * 50)
    assert train_bpe(path, 290, [END], workers=2) == train_bpe(path, 290, [END], workers=1)


@pytest.mark.parametrize("train", [train_bpe_naive, train_bpe])
def test_bad_input_is_refused(tmp_path: Path, train) -> None:  # type: ignore[no-untyped-def]
    path = write(tmp_path, "text")
    with pytest.raises(ValueError, match="vocab_size 256 is too small"):
        train(path, 256, [END])
    with pytest.raises(ValueError, match="special token 0 is empty"):
        train(path, 300, [""])
    with pytest.raises(ValueError, match="given twice"):
        train(path, 300, [END, END])
    empty, latin = tmp_path / "empty.txt", tmp_path / "latin.txt"
    empty.touch()
    latin.write_bytes(b"caf\xe9")
    with pytest.raises(ValueError, match=r"empty\.txt: the file is empty"):
        train(empty, 300, [])
    with pytest.raises(ValueError, match=r"latin\.txt: byte 3 is not UTF-8"):
        train(latin, 300, [])
    with pytest.raises(FileNotFoundError):
        train(tmp_path / "missing.txt", 300, [])


@pytest.mark.parametrize("pattern", [*NAMED_PATTERNS.values(), r"[^,]+|,"])
def test_the_split_pattern_decides_what_may_merge(
    tmp_path: Path, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = r"[^,]+|,"
    path = write(tmp_path, f"in 1969, 1968 and 1967{END}the 3 years 1967, 1968, 1969\n" * 20)
    vocabulary, merges = train_bpe(path, 300, [END], split_pattern=pattern)
    monkeypatch.setattr(bpe, "split_pretokens", partial(split_pretokens, pattern=pattern))
    assert (vocabulary, merges) == train_bpe_naive(path, 300, [END])
    tokens = {left + right for left, right in merges}
    assert (b" 1968" in tokens) == (pattern in (GPT2_PATTERN, own))
    assert any(any(48 <= byte < 58 for byte in token) for token in tokens) == (
        pattern != SMOLLM2_PATTERN
    )
