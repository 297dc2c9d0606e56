"""Perplexity's units and two ways to cheat with it."""

import math
from collections import Counter
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from cs336_basics.stories import stories
from cs336_basics.stories.sampling import END_OF_TEXT
from cs336_basics.tokenization.bpe_fast import train_bpe
from cs336_basics.tokenizer import Tokenizer

UNKNOWN = "<unk>"


def some_stories(count: int, seed: int = 0) -> list[str]:
    """Stories of assignment 1's grammar."""
    return list(islice(stories(seed), count))


def story_tokenizer(texts: list[str], size: int) -> Tokenizer:
    """Assignment 1's BPE with a vocabulary of this size, trained on these stories."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stories.txt"
        path.write_text(END_OF_TEXT.join(texts), encoding="utf-8")
        vocabulary, merges = train_bpe(path, size, [END_OF_TEXT])
    return Tokenizer(vocabulary, merges, [END_OF_TEXT])


def word_perplexity(train: list[str], test: list[str], kept: int) -> float:
    """Of word frequencies (one added to each), where all but the `kept` commonest are one word."""
    common = {word for word, _ in Counter(train).most_common(kept)}
    counts = Counter(word if word in common else UNKNOWN for word in train)
    total = len(train) + len(common) + 1
    nats = [-math.log((counts[word if word in common else UNKNOWN] + 1) / total) for word in test]
    return math.exp(math.fsum(nats) / len(nats))


def bits_per_byte(nats: float, size: int) -> float:
    """Nats of a whole text over its bytes, in bits."""
    return nats / math.log(2) / size


def by_unit(nats: float, text: str, tokens: int) -> list[tuple[str, int, float]]:
    """One text's perplexity a token, a word and a byte: unit, how many, perplexity."""
    sizes = {"token": tokens, "word": len(text.split()), "byte": len(text.encode())}
    return [(unit, size, round(math.exp(nats / size), 1)) for unit, size in sizes.items()]
