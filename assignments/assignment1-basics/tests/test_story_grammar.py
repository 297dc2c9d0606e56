"""The story grammar: unambiguous, exact against its own samples, reproducible, readable."""

from __future__ import annotations

import re
from itertools import islice
from math import isclose, sqrt
from pathlib import Path
from statistics import mean, stdev

import numpy as np
import pytest
from cs336_basics.stories import (
    END_OF_TEXT,
    SEPARATOR,
    load_grammar,
    sample_block,
    stories,
    write_stories,
)
from cs336_basics.stories import __main__ as story_grammar
from cs336_basics.stories.__main__ import parse_size
from cs336_basics.stories.analysis import analyze
from cs336_basics.stories.checks import check_seams, check_unambiguous
from cs336_basics.stories.floor import entropy_floor, score_stories, story_rows
from cs336_basics.stories.lexicon import NUMBERS, plural, with_article
from cs336_basics.stories.parse import GrammarReader
from cs336_basics.tokenizer import Tokenizer


def test_no_story_has_two_derivations() -> None:
    check_unambiguous(load_grammar())
    check_seams(load_grammar())


def test_the_exact_entropy_is_that_of_samples() -> None:
    surprises = [-log_p for block in range(5) for _, log_p in sample_block(0, block)]
    error = stdev(surprises) / sqrt(len(surprises))
    assert abs(mean(surprises) - analyze(load_grammar()).entropy) < 4 * error
    assert error < 0.2  # nats of about 69


def test_the_reader_finds_one_derivation_with_the_samplers_probability() -> None:
    reader = GrammarReader(load_grammar())
    for story, log_p in sample_block(3, 0)[:200]:
        found = list(reader.derivations(story))
        assert len(found) == 1
        assert isclose(found[0], log_p, rel_tol=1e-9)


def test_a_changed_story_is_outside_the_grammar(gpt2: Tokenizer) -> None:
    texts = list(islice(stories(1), 3))
    score = score_stories([*texts, texts[0] + " And so on.", texts[1].replace(" ", "  ")], gpt2)
    assert (score.stories, score.outside) == (5, 2)
    assert score.tokens == sum(len(gpt2.encode(text + SEPARATOR)) for text in texts)
    nothing = score_stories(["Call me Ishmael."], gpt2)
    assert (nothing.outside, nothing.nats_per_token) == (1, float("inf"))


def test_the_exact_length_is_that_of_samples(gpt2: Tokenizer) -> None:
    floor = entropy_floor(gpt2)
    lengths = [len(gpt2.encode(story + SEPARATOR)) for story in islice(stories(0), 3000)]
    error = stdev(lengths) / sqrt(len(lengths))
    assert abs(mean(lengths) - floor.story_tokens) < 4 * error
    assert max(lengths) <= floor.longest_story
    assert floor.nats_per_token == floor.story_entropy / floor.story_tokens


def test_the_score_of_samples_is_near_the_floor(gpt2: Tokenizer) -> None:
    score = score_stories(list(islice(stories(2), 500)), gpt2)
    assert score.outside == 0
    assert abs(score.nats_per_token - entropy_floor(gpt2).nats_per_token) < 4 * score.standard_error


def test_sums_in_a_story_are_right() -> None:
    text = " ".join(islice(stories(4), 3000))
    sums = re.findall(r"(\w+) take away (\w+) is (\w+), so s?he still had (\w+)", text)
    assert len(sums) > 10
    for start, given, left, still in sums:
        assert NUMBERS.index(start.lower()) - NUMBERS.index(given) == NUMBERS.index(left)
        assert left == still


def test_a_story_keeps_its_names() -> None:
    lost = [s for s in islice(stories(4), 3000) if "You are a good friend" in s]
    assert len(lost) > 10
    for story in lost:
        found = re.search(r'friend," (\w+) told (\w+)\.', story)
        assert found is not None
        hero, friend = found.groups()
        assert hero != friend
        assert story.count(hero) > 1
        assert story.count(friend) > 1


def test_a_file_depends_on_the_seed_only(tmp_path: Path) -> None:
    alone = write_stories(tmp_path / "a.txt", 1_500_000, seed=5, workers=1)
    shared = write_stories(tmp_path / "b.txt", 1_500_000, seed=5, workers=2)
    other = write_stories(tmp_path / "c.txt", 10_000, seed=6)
    text = (tmp_path / "a.txt").read_text(encoding="utf-8")
    assert (tmp_path / "b.txt").read_text(encoding="utf-8") == text
    assert shared == alone
    assert alone.stories == text.count(END_OF_TEXT)
    assert 1_500_000 <= alone.size == len(text.encode()) < 1_501_000
    assert text.endswith(SEPARATOR)
    assert (tmp_path / "c.txt").read_text(encoding="utf-8")[:200] != text[:200]
    assert other.stories > 1
    assert len(list(tmp_path.iterdir())) == 3


def test_rows_begin_at_stories() -> None:
    ids = np.array([9, 0, 1, 2, 0, 3, 0, 4], dtype=np.uint16)  # the end token is 0
    rows = story_rows(ids, end_id=0, length=4)
    assert rows.tolist() == [[0, 1, 2, 0, -1], [0, 3, 0, -1, -1]]
    assert story_rows(ids[:1], end_id=0, length=4).shape == (0, 5)
    with pytest.raises(ValueError, match="the story at token 1 has 3 tokens, over 2"):
        story_rows(ids, end_id=0, length=2)


@pytest.mark.parametrize(
    ("text", "size"), [("400MB", 400_000_000), ("1.5g", 1_500_000_000), ("20 kB", 20_000), ("7", 7)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


def test_english() -> None:
    assert [with_article(n) for n in ("owl", "kite")] == ["an owl", "a kite"]
    assert [plural(n) for n in ("cherry", "peach", "tomato", "key")] == [
        "cherries", "peaches", "tomatoes", "keys",
    ]  # fmt: skip


def test_the_command(
    tmp_path: Path, gpt2_files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "stories.txt")
    files = ["--vocab", str(gpt2_files[0]), "--merges", str(gpt2_files[1])]
    assert story_grammar.main(["write", path, "--size", "20kB", "--seed", "1"]) == 0
    assert story_grammar.main(["score", path, *files]) == 0
    assert story_grammar.main(["floor", *files]) == 0
    output = capsys.readouterr().out
    assert " 0 outside the grammar" in output
    assert "nats a token (all exact)" in output
    assert story_grammar.main(["score", path + ".no", *files]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    with pytest.raises(SystemExit):
        story_grammar.main(["write", path, "--size", "many"])
    assert "'many' is not a size" in capsys.readouterr().err
