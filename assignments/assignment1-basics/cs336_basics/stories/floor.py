"""How low the loss on stories can be: the exact floor, and how to hold a model against it.

**The floor of the loss.** The file is a sequence of independent stories, each followed by
`SEPARATOR`. Let H be the entropy of a story in nats and L the expected number of tokens of a story
and its separator under a tokenizer. For any model q of the token sequence the expected loss of one
story, summed over its tokens, is -E log q(tokens) = H + KL(p ‖ q) ≥ H: the tokens of a text are a
function of the text and the text of the tokens, and the separator is certain. A loss averaged over
the tokens of N stories is a ratio of two sums over stories, which tends to

    floor = H / L    nats a token.

H and L are both exact (`grammar_analysis.py`: H(text) = H(derivation) because the grammar is
proved unambiguous; L by linearity over pre-tokens). Only the average over a given set of stories
varies; for that set, `score_stories` gives -Σ ln p(story) / Σ tokens exactly, and the difference
between it and a model's loss on the same stories estimates the gap with far less noise.

The floor is that of a reader who sees each story from its start. A window that begins inside a
story hides who and what it is about, and no model can know: to compare a model with the floor,
evaluate it on rows that begin at a story (`story_rows`), which fit in 256 tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from cs336_basics.stories.analysis import analyze, longest
from cs336_basics.stories.parse import GrammarReader
from cs336_basics.stories.sampling import SEPARATOR, load_grammar
from cs336_basics.tokenizer import Tokenizer


@dataclass(frozen=True)
class Floor:
    """The least possible loss under a tokenizer; all values are exact.

    Attributes:
        story_entropy: nats a story.
        story_tokens: expected tokens of a story with its separator.
        longest_story: no story with its separator has more tokens.
    """

    story_entropy: float
    story_tokens: float
    longest_story: int

    @property
    def nats_per_token(self) -> float:
        """Entropy over expected length, the limit of the loss of the perfect model."""
        return self.story_entropy / self.story_tokens


@dataclass(frozen=True)
class Score:
    """Stories of a file held against the grammar.

    Attributes:
        stories: read from the file.
        outside: how many of them the grammar cannot write.
        tokens: of the others, with separators.
        nats_per_token: Σ -ln p / tokens over the others.
        standard_error: of nats_per_token as an estimate of the floor.
    """

    stories: int
    outside: int
    tokens: int
    nats_per_token: float
    standard_error: float


def entropy_floor(tokenizer: Tokenizer) -> Floor:
    """Return the exact floor of the loss per token (derivation in the module's docstring)."""
    analysis = analyze(load_grammar())
    lengths = {word: len(tokenizer.encode(word)) for word in analysis.pretokens}
    separator = len(tokenizer.encode(SEPARATOR))
    return Floor(
        analysis.entropy,
        analysis.expected(lengths) + separator,
        longest(load_grammar(), lengths) + separator,
    )


def score_stories(texts: list[str], tokenizer: Tokenizer) -> Score:
    """Hold stories, given without separators, against the grammar."""
    reader = GrammarReader(load_grammar())
    surprises, lengths = [], []
    for text in texts:
        log_p = reader.log_probability(text)
        if log_p != -inf:
            surprises.append(-log_p)
            lengths.append(len(tokenizer.encode(text + SEPARATOR)))
    if not surprises:
        return Score(len(texts), len(texts), 0, inf, inf)
    ratio = sum(surprises) / sum(lengths)
    # Standard error of a ratio of means (delta method).
    residuals = [s - ratio * n for s, n in zip(surprises, lengths, strict=True)]
    error = sqrt(sum(r * r for r in residuals)) / sum(lengths)
    return Score(len(texts), len(texts) - len(surprises), sum(lengths), ratio, error)


def story_rows(ids: NDArray[np.integer], end_id: int, length: int = 256) -> NDArray[np.int64]:
    """Cut token ids into one row a story, for an evaluation that can reach the floor.

    Args:
        ids: (n,) ids of a story file; `end_id` is that of the end-of-text token.
        length: tokens to predict in a row.

    Returns:
        (stories, length + 1): the end token before a story, the story, its end token, and -1
        beyond. Inputs are `row[:-1]`, targets `row[1:]`; targets of -1 do not count.

    Raises:
        ValueError: a story is longer than `length`.
    """
    ends = np.flatnonzero(np.asarray(ids) == end_id)
    rows = np.full((max(0, len(ends) - 1), length + 1), -1, dtype=np.int64)
    for row, first, last in zip(rows, ends[:-1], ends[1:], strict=True):
        if last - first > length:
            raise ValueError(f"the story at token {first} has {last - first} tokens, over {length}")
        row[: last - first + 1] = ids[first : last + 1]
    return rows
