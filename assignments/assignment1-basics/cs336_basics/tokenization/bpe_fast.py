"""Byte-pair encoding, fast: the merges of `bpe.py` at a cost that follows the changes.

What makes it fast, in the order of the code:

* distinct pre-tokens are counted first, in parallel (`pretokenization.py`), and laid out once in
  one array of symbols with links to both neighbours, so that a merge is two assignments;
* every pair knows its positions, so a merge visits only those. Positions can go stale when a
  neighbouring merge takes one of their symbols; a visit checks for that instead of a search
  taking them out;
* pair counts change by the neighbours of what was merged and are never recounted;
* the best pair comes from a heap with lazy deletion. After its creation the count of a pair can
  only fall, so an entry is either right or too high; one that is too high goes back corrected.
"""

from __future__ import annotations

import heapq
import os
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from tqdm import tqdm

from cs336_basics.pretokenization import count_pretokens_in_file
from cs336_basics.split import GPT2_PATTERN
from cs336_basics.tokenization.vocabulary import Merges, Vocabulary, initial_vocabulary

Pair = tuple[int, int]
HeapEntry = tuple[int, str, Pair]

BOUNDARY = -1  # stands between two pre-tokens
MERGED = -2  # was the right half of a merge


def train_bpe(
    input_path: str | os.PathLike[str],
    vocab_size: int,
    special_tokens: Iterable[str],
    *,
    split_pattern: str = GPT2_PATTERN,
    workers: int | None = None,
    progress: bool | None = None,
    **unknown: object,
) -> tuple[Vocabulary, Merges]:
    """Train byte-level BPE (Sennrich et al. 2016, algorithm 1) on a UTF-8 file.

    Merges the most frequent pair, the lexicographically greatest (as bytes) among equals, until
    the vocabulary has `vocab_size` entries (256 bytes, special tokens, merges, in this order of
    ids) or no pair is left. No merge crosses a pre-token or a special token.

    Args:
        split_pattern: regular expression of the pre-tokens (`cs336_basics.split`).
        workers: processes that count pre-tokens; None for one a core.
        progress: show bars on the terminal; None for only where there is one.
        unknown: settings of other implementations; they have no effect, and a warning names them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: vocab_size below 256 + special tokens; an empty or repeated special token; a
            file that is empty or not UTF-8; a split pattern that is no regular expression or
            leaves text out.
    """
    if unknown:
        warnings.warn(f"train_bpe has no setting {', '.join(unknown)}: ignored", stacklevel=2)
    special_tokens = list(special_tokens)
    vocabulary = initial_vocabulary(vocab_size, special_tokens)
    counts = count_pretokens_in_file(
        input_path, special_tokens, workers, progress, pattern=split_pattern
    )
    merges: Merges = []
    state = _PairIndex({word.encode("utf-8"): n for word, n in counts.items()}, vocabulary)
    wanted = vocab_size - len(vocabulary)
    disable = None if progress is None else not progress
    with tqdm(total=wanted, desc="merges", disable=disable, mininterval=0.5) as bar:
        while len(merges) < wanted and (pair := state.pop_best()) is not None:
            merged_id = len(vocabulary)
            left, right = vocabulary[pair[0]], vocabulary[pair[1]]
            vocabulary[merged_id] = left + right
            merges.append((left, right))
            state.merge(pair, merged_id)
            bar.update()
    return vocabulary, merges


class _PairIndex:
    """All pre-tokens as one linked list of symbols, with the counts and positions of each pair.

    `symbols[p]` is a token id, BOUNDARY or MERGED; `following[p]` and `preceding[p]` are the
    positions of the neighbours; `weights[p]` is how often p's pre-token occurs. A pair is known
    by the position of its left half.
    """

    def __init__(self, words: Mapping[bytes, int], vocabulary: Vocabulary) -> None:
        self.symbols: list[int] = [BOUNDARY]
        self.weights: list[int] = [0]
        for word, weight in words.items():
            self.symbols += word
            self.symbols.append(BOUNDARY)
            self.weights += [weight] * (len(word) + 1)
        size = len(self.symbols)
        self.following = list(range(1, size + 1))
        self.preceding = list(range(-1, size - 1))
        self.vocabulary = vocabulary
        self.positions: defaultdict[Pair, list[int]] = defaultdict(list)
        for position, pair in enumerate(pairwise(self.symbols)):
            self.positions[pair].append(position)
        for pair in [pair for pair in self.positions if BOUNDARY in pair]:
            del self.positions[pair]
        weigh = self.weights.__getitem__
        self.counts = {pair: sum(map(weigh, at)) for pair, at in self.positions.items()}
        self.rank_keys = {i: _descending_key(token) for i, token in vocabulary.items()}
        self.heap = [self._entry(pair) for pair in self.counts]
        heapq.heapify(self.heap)

    def _entry(self, pair: Pair) -> HeapEntry:
        """Order pairs by falling count, then by falling bytes of the left and the right half."""
        keys = self.rank_keys
        return (-self.counts[pair], keys[pair[0]] + keys[pair[1]], pair)

    def pop_best(self) -> Pair | None:
        """Take the best pair off the heap; None when no pair occurs any more."""
        while self.heap:
            negative_count, _, pair = self.heap[0]
            actual = self.counts[pair]
            if actual == -negative_count and actual:
                heapq.heappop(self.heap)
                return pair
            if actual:
                heapq.heapreplace(self.heap, self._entry(pair))
            else:
                heapq.heappop(self.heap)
        return None

    def merge(self, pair: Pair, merged: int) -> None:
        """Replace every occurrence of `pair` by the token `merged`, left to right."""
        first, second = pair
        symbols, following, preceding = self.symbols, self.following, self.preceding
        before: defaultdict[int, list[int]] = defaultdict(list)
        after: defaultdict[int, list[int]] = defaultdict(list)
        for here in self.positions.pop(pair):
            if symbols[here] != first:
                continue
            there = following[here]
            if symbols[there] != second:
                continue
            left, right = preceding[here], following[there]
            symbols[here], symbols[there] = merged, MERGED
            following[here], preceding[right] = right, here
            before[symbols[left]].append(left)
            after[symbols[right]].append(here)
        self.rank_keys[merged] = _descending_key(self.vocabulary[merged])
        self._recount(pair, merged, before, after)

    def _recount(
        self,
        pair: Pair,
        merged: int,
        before: dict[int, list[int]],
        after: dict[int, list[int]],
    ) -> None:
        """Move the counts of the pairs around each merge to the pairs that took their place.

        Right-hand pairs go first: in `abab` the first merge makes (ab, a), which the second one
        replaces by (ab, ab).
        """
        first, second = pair
        weigh, counts = self.weights.__getitem__, self.counts
        before.pop(BOUNDARY, None)
        after.pop(BOUNDARY, None)
        for symbol, positions in after.items():
            weight = sum(map(weigh, positions))
            counts[second, symbol] -= weight
            counts[merged, symbol] = weight
            self.positions[merged, symbol] = positions
        for symbol, positions in before.items():
            weight = sum(map(weigh, positions))
            counts[symbol, first] -= weight
            counts[symbol, merged] = weight
            self.positions[symbol, merged] = positions
        del counts[pair]
        heap = self.heap
        for symbol in after:
            heapq.heappush(heap, self._entry((merged, symbol)))
        for symbol in before:
            heapq.heappush(heap, self._entry((symbol, merged)))


def _descending_key(token: bytes) -> str:
    """Return a string that sorts before the key of every smaller token.

    Bytes are inverted and an end mark follows that is greater than all of them, so that `b"ab"`
    comes after `b"abc"`. Keys can be joined: the order is then that of the tuples of tokens.
    """
    return bytes(255 - byte for byte in token).decode("latin-1") + "\u0100"
