"""An n-gram language model with interpolated Kneser-Ney smoothing (Kneser and Ney 1995).

    model = KneserNey.fit([words of a text, ...], order=3)
    model.perplexity("a text of some words".split())

For a word w after a context c, with h(c) the context without its first word and d a discount,

    p(w | c) = max(count(c w) - d, 0) / count(c)  +  d types(c) / count(c)  p(w | h(c)),

where types(c) is the number of different words seen after c. At the highest order counts are of
n-grams. Below it they are *continuation counts*: in how many different places an n-gram began, not
how often. Below single words everything is equally probable, 1 / vocabulary.

KenLM (Heafield 2011) is the fast program for this; CCNet (Wenzek et al. 2019) sorts web pages by
its perplexity. This is the version to read: dictionaries of dictionaries.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

UNKNOWN = "<unk>"
START = "<s>"
Context = tuple[str, ...]


@dataclass(frozen=True)
class KneserNey:
    """`levels[k]` has the counts of words after contexts of k words; `vocabulary` has `<unk>`."""

    levels: list[dict[Context, Counter[str]]]
    vocabulary: frozenset[str]
    discount: float

    @classmethod
    def fit(
        cls,
        texts: Iterable[Sequence[str]],
        order: int = 3,
        discount: float = 0.75,
        vocabulary: Collection[str] | None = None,
    ) -> KneserNey:
        """Count n-grams up to `order`; words outside of `vocabulary` become `<unk>`.

        Without a vocabulary every word of the texts is known.

        Raises:
            ValueError: no words, an order below 1, or a discount outside (0, 1).
        """
        if order < 1 or not 0 < discount < 1:
            raise ValueError(f"order >= 1 and a discount in (0, 1), not {order} and {discount}")
        texts = list(texts)
        if not any(texts):
            raise ValueError("an n-gram model needs words to count")
        words_known = vocabulary or (word for text in texts for word in text)
        known = frozenset(words_known) | {UNKNOWN}
        grams: Counter[Context] = Counter()
        for text in texts:
            words = [START] * (order - 1) + [w if w in known else UNKNOWN for w in text]
            grams.update(tuple(words[i : i + order]) for i in range(len(words) - order + 1))
        levels = [_by_context(grams)]
        for _ in range(order - 1):
            grams = Counter(gram[1:] for gram in grams)  # each longer n-gram counts once
            levels.insert(0, _by_context(grams))
        return cls(levels, known, discount)

    @property
    def order(self) -> int:
        """Words of the longest n-gram."""
        return len(self.levels)

    def probability(self, word: str, context: Context) -> float:
        """p(word | context), above 0 for every word of the vocabulary.

        A context has at most `order - 1` words, of the vocabulary or `<s>`.
        """
        lower = self.probability(word, context[1:]) if context else 1 / len(self.vocabulary)
        after = self.levels[len(context)].get(context)
        if after is None:
            return lower
        total = after.total()
        own = max(after[word] - self.discount, 0) / total
        return own + self.discount * len(after) / total * lower

    def log_probability(self, words: Sequence[str]) -> float:
        """Natural logarithm of the probability of a text."""
        known = [START] * (self.order - 1)
        known += [word if word in self.vocabulary else UNKNOWN for word in words]
        n = self.order
        return sum(
            math.log(self.probability(known[i], tuple(known[i - n + 1 : i])))
            for i in range(n - 1, len(known))
        )

    def perplexity(self, words: Sequence[str]) -> float:
        """exp of the mean negative log probability of a word.

        Raises:
            ValueError: a text without words has none.
        """
        if not words:
            raise ValueError("a text without words has no perplexity")
        return math.exp(-self.log_probability(words) / len(words))


def _by_context(grams: Counter[Context]) -> dict[Context, Counter[str]]:
    table: dict[Context, Counter[str]] = defaultdict(Counter)
    for gram, count in grams.items():
        table[gram[:-1]][gram[-1]] = count
    return dict(table)
