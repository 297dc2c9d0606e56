"""Words of the story grammar as token ids: what small models that are trained live read."""

import functools
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

import torch
from cs336_basics.stories import stories
from torch import Tensor

TOKEN = re.compile(r"\w+|[^\w\s]|\n")
END, RARE = "<end>", "<rare>"


@dataclass(frozen=True)
class Corpus:
    """Stories one after another, each closed by `END`; words outside the vocabulary are `RARE`.

    Attributes:
        words: the vocabulary, the most frequent first; a token id is a place in it.
        train: (n,) int64 token ids.
        held_out: (m,) int64 ids of stories that are not in `train`.
    """

    words: list[str]
    train: Tensor
    held_out: Tensor


@functools.cache
def corpus(train_stories: int = 3000, held_out_stories: int = 300, vocabulary: int = 512) -> Corpus:
    """Stories of seed 0 in words and punctuation, the last ones held out."""
    texts = islice(stories(0), train_stories + held_out_stories)
    split = [[*TOKEN.findall(text), END] for text in texts]
    counts = Counter(word for story in split[:train_stories] for word in story)
    words = [RARE, *(word for word, _ in counts.most_common(vocabulary - 1))]
    ids = {word: place for place, word in enumerate(words)}
    train, held_out = (
        torch.tensor([ids.get(word, 0) for story in part for word in story])
        for part in (split[:train_stories], split[train_stories:])
    )
    return Corpus(words, train, held_out)


def batches(tokens: Tensor, steps: int, batch: int, length: int, seed: int) -> Tensor:
    """Starts of random windows of `length` + 1 tokens: (steps, batch) int64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(len(tokens) - length, (steps, batch), generator=generator)
