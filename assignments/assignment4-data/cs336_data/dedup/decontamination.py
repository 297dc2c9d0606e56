"""Finds what a model will be tested on inside the training set, by 13-grams of words.

Brown et al. 2020 (GPT-3, appendix C) take 13-grams; a document goes, or loses the passage, if one
of them occurs in a test set. Here the document goes: what stands around a leak often explains it.

    test = TestSet.of(["text of a held-out document", ...])
    test.decide(text)    # Decision(keep=False, rule='contaminated', reason='3 of 40 13-grams …')
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cs336_data.decision import Decision, kept
from cs336_data.text.hashing import Hashes, hash_words, ngram_hashes
from cs336_data.text.normalise import normalised_words

RULE = "contaminated"
NGRAMS = 13


@dataclass(frozen=True)
class TestSet:
    """Sorted hashes of all n-grams of the texts that a model is tested on."""

    __test__ = False  # not a class of tests, whatever its name

    hashes: Hashes
    n: int = NGRAMS

    @classmethod
    def of(cls, texts: Iterable[str], n: int = NGRAMS, max_texts: int = 10) -> TestSet:
        """All n-grams that occur in at most `max_texts` of the texts; a shorter text is one n-gram.

        What occurs in many test documents is a licence or a menu, not an answer (GPT-3: 10 too).
        """
        counts: dict[int, int] = {}
        for text in texts:
            for value in np.unique(_ngrams(text, n)):
                counts[int(value)] = counts.get(int(value), 0) + 1
        few = [value for value, count in counts.items() if count <= max_texts]
        return cls(np.sort(np.array(few, dtype=np.uint64)), n)

    def decide(self, text: str, max_shared: int = 0) -> Decision:
        """Reject a text that shares more than `max_shared` different n-grams with the test set."""
        own = np.unique(_ngrams(text, self.n))
        if not len(own) or not len(self.hashes):
            return kept(RULE)
        at = np.minimum(np.searchsorted(self.hashes, own), len(self.hashes) - 1)
        shared = int((self.hashes[at] == own).sum())
        if shared > max_shared:
            return Decision(
                False, RULE, f"{shared} of {len(own)} {self.n}-grams are in the test set"
            )
        return kept(RULE)


def _ngrams(text: str, n: int) -> Hashes:
    words = hash_words(normalised_words(text))
    return ngram_hashes(words, min(n, len(words))) if len(words) else words
