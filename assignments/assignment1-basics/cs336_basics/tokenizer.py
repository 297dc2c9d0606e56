"""Encoding text to token ids with a trained BPE vocabulary, and decoding ids back to text.

`encode_pretoken` is the definition of BPE encoding; everything else makes it cheap. Text repeats
its words, so each distinct unit (a word with the white space before it) is encoded once and then
looked up, and the loop over units runs inside `map` and `chain` rather than in Python.
"""

from __future__ import annotations

import heapq
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, repeat
from pathlib import Path
from typing import NamedTuple, Protocol, Self, runtime_checkable

from cs336_basics.split import (
    GPT2_PATTERN,
    check_special_tokens,
    special_token_pattern,
    split_units,
    splitter,
)
from cs336_basics.tokenization.vocabulary import (
    load_split_pattern,
    load_vocabulary,
    save_split_pattern,
    save_vocabulary,
)

STREAM_CHARACTERS = 1 << 13  # encode_iterable encodes this much at a time
MAX_REMEMBERED = 1 << 17  # units, and as many pre-tokens
MAX_REMEMBERED_CHARACTERS = 256  # a longer unit is hardly seen again
SHORT_WORD = 32  # up to this many bytes a plain scan is the faster

UNRANKED = sys.maxsize


@runtime_checkable
class _HasToList(Protocol):
    """Arrays of NumPy and tensors of PyTorch, neither of which this module imports."""

    def tolist(self) -> list[int]: ...


class MergeTable(NamedTuple):
    """The rank of each pair of ids that merges; the pair of each rank and the id it results in."""

    ranks: dict[tuple[int, int], int]
    pairs: list[tuple[int, int]]
    results: list[int]


class Tokenizer:
    """Byte-level BPE.

    Args:
        vocab: id to bytes.
        merges: pairs of bytes in the order they were learned.
        special_tokens: texts that are always one token; where several match, the longest wins.
            One that `vocab` lacks is added to it under the next free id.
        split_pattern: regular expression of the pre-tokens; `split` has GPT-2's, the default,
            GPT-4's and SmolLM2's.

    Raises:
        ValueError: an empty or repeated special token; a merge whose result or part is not in
            `vocab`; a split pattern that is no regular expression.
    """

    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Iterable[str] | None = None,
        split_pattern: str = GPT2_PATTERN,
    ) -> None:
        self.vocab = dict(vocab)
        self.merges = list(merges)
        self.split_pattern = split_pattern
        self.special_tokens = check_special_tokens(special_tokens or ())
        self._special_ids = {token: self._special_id(token) for token in self.special_tokens}
        self._special_pattern = special_token_pattern(self.special_tokens)
        self._longest_special = max(map(len, self.special_tokens), default=1)
        # Where two ids hold the same bytes, ordinary text gets the first.
        ids = {token: token_id for token_id, token in reversed(self.vocab.items())}
        self._byte_ids = [ids.get(bytes([byte]), -1) for byte in range(256)]
        self._table = _merge_table(self.merges, ids)
        self._splitter = splitter(split_pattern)
        self._pretokens = _Memo(self.encode_pretoken)
        self._units = _Memo(self._encode_unit)

    @classmethod
    def from_files(
        cls,
        vocab_filepath: str | os.PathLike[str],
        merges_filepath: str | os.PathLike[str],
        special_tokens: Iterable[str] | None = None,
        split_pattern: str | None = None,
    ) -> Self:
        """Read GPT-2's vocab.json and merges.txt; ValueError names a line that is wrong.

        Without `split_pattern` it is the one in split.json beside the vocabulary, GPT-2's if there
        is no such file.
        """
        vocab, merges = load_vocabulary(vocab_filepath, merges_filepath)
        if split_pattern is None:
            split_pattern = load_split_pattern(vocab_filepath)
        return cls(vocab, merges, special_tokens, split_pattern)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write vocab.json, merges.txt and split.json, which `from_files` reads, into `folder`."""
        vocab_path = Path(folder) / "vocab.json"
        vocab_path.parent.mkdir(parents=True, exist_ok=True)
        save_vocabulary(self.vocab, self.merges, vocab_path, vocab_path.with_name("merges.txt"))
        save_split_pattern(self.split_pattern, vocab_path)

    def __reduce__(self) -> tuple[type[Tokenizer], tuple[object, ...]]:
        """Pickle what defines the tokenizer; caches fill again in the other process."""
        return type(self), (self.vocab, self.merges, self.special_tokens, self.split_pattern)

    def _special_id(self, token: str) -> int:
        encoded = token.encode("utf-8")
        ids = [token_id for token_id, known in self.vocab.items() if known == encoded]
        if ids:
            return ids[-1]
        new_id = max(self.vocab, default=-1) + 1
        self.vocab[new_id] = encoded
        return new_id

    def encode(self, text: str) -> list[int]:
        """Return the token ids of `text`; the empty text has none.

        Raises:
            ValueError: a byte has no token in the vocabulary.
            UnicodeEncodeError: `text` has a lone surrogate, which no file in UTF-8 can hold.
        """
        try:
            return self._encode(text)
        except MemoryError:
            self._units.shrink()
            self._pretokens.shrink()
        return self._encode(text)

    def _encode(self, text: str) -> list[int]:
        if self._splitter.ends_before_white_space:
            cut, lookup = split_units, self._units.__getitem__
        else:
            cut, lookup = self._splitter.pretokens, self._pretokens.__getitem__
        if self._special_pattern is None:
            return list(chain.from_iterable(map(lookup, cut(text))))
        ids: list[int] = []
        for place, part in enumerate(self._special_pattern.split(text)):
            if place % 2:
                ids.append(self._special_ids[part])
            else:
                ids.extend(chain.from_iterable(map(lookup, cut(part))))
        return ids

    def _encode_unit(self, unit: str) -> tuple[int, ...]:
        pretokens = self._splitter.pretokens(unit)
        if len(pretokens) == 1:
            return self._pretokens[unit]
        return tuple(chain.from_iterable(map(self._pretokens.__getitem__, pretokens)))

    def encode_iterable(self, iterable: Iterable[str]) -> Iterator[int]:
        """Yield the ids of the joined strings, the same as `encode` gives for the whole text.

        Memory holds one string, STREAM_CHARACTERS more and whatever cannot be cut: the text
        between two places where white space follows a word, with a split pattern of which nothing
        is known the text between two special tokens.
        """
        waiting: list[str] = []
        length, enough = 0, STREAM_CHARACTERS
        for text in iterable:
            waiting.append(text)
            length += len(text)
            if length < enough:
                continue
            buffer = "".join(waiting)
            cut = self._settled(buffer)
            yield from self.encode(buffer[:cut])
            waiting, length = [buffer[cut:]], len(buffer) - cut
            enough = max(STREAM_CHARACTERS, 2 * length)  # nothing to cut: look again less often
        yield from self.encode("".join(waiting))

    def _settled(self, buffer: str) -> int:
        """Return how much of `buffer` can be encoded whatever text follows it."""
        limit = len(buffer) - self._longest_special  # a special token may begin after this
        start = 0
        if self._special_pattern is not None:
            for match in self._special_pattern.finditer(buffer):
                if match.start() > limit:
                    break
                start = match.end()
        if limit <= start:
            return start
        return start + self._splitter.last_safe_cut(buffer[start:], limit - start)

    def encode_pretoken(self, pretoken: str) -> list[int]:
        """Encode one pre-token: merge the pair of lowest rank, leftmost first, until none is left.

        Raises:
            ValueError: a byte has no token in the vocabulary.
        """
        data = pretoken.encode("utf-8")
        ids = list(map(self._byte_ids.__getitem__, data))
        if -1 in ids:
            byte = data[ids.index(-1)]
            raise ValueError(f"byte 0x{byte:02x} of {pretoken!r} is not in the vocabulary")
        merge = _merge_by_scan if len(ids) <= SHORT_WORD else _merge_by_rank
        return merge(ids, self._table)

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`; bytes that are not UTF-8 become U+FFFD.

        Raises:
            ValueError: an id is not in the vocabulary.
        """
        return self.decode_bytes(ids).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Return the bytes of `ids`, exactly those that were encoded."""
        if isinstance(ids, _HasToList):  # an array or a tensor, whose items are no ints
            ids = ids.tolist()
            if not isinstance(ids, list) or any(isinstance(i, list) for i in ids):
                raise ValueError("ids has more than one dimension: decode its rows one by one")
        try:
            return b"".join(map(self.vocab.__getitem__, ids))
        except KeyError as error:
            raise ValueError(
                f"token id {error.args[0]!r} is not in the vocabulary of {len(self.vocab)} tokens"
            ) from None


class _Memo(dict[str, tuple[int, ...]]):
    """Texts and their ids, filled on demand and emptied when full."""

    def __init__(self, encode: Callable[[str], Iterable[int]]) -> None:
        super().__init__()
        self._encode = encode
        self._limit = MAX_REMEMBERED

    def __missing__(self, text: str) -> tuple[int, ...]:
        ids = tuple(self._encode(text))
        if len(self) >= self._limit:
            self.clear()
        if len(text) <= MAX_REMEMBERED_CHARACTERS:
            self[text] = ids
        return ids

    def shrink(self) -> None:
        """Forget everything and remember half as much from now on: memory has run out."""
        self._limit = len(self) // 2
        self.clear()


def _merge_table(merges: Sequence[tuple[bytes, bytes]], ids: Mapping[bytes, int]) -> MergeTable:
    table = MergeTable({}, [], [])
    for rank, (left, right) in enumerate(merges):
        try:
            table.results.append(ids[left + right])
            table.pairs.append((ids[left], ids[right]))
            table.ranks.setdefault(table.pairs[-1], rank)
        except KeyError as error:
            raise ValueError(
                f"merge {rank}, {left!r} + {right!r}: {error.args[0]!r} is not in the vocabulary"
            ) from None
    return table


def _merge_by_scan(ids: list[int], table: MergeTable) -> list[int]:
    """Merge a short list of ids in place: find the lowest rank, leftmost first; O(n²)."""
    rank_of = table.ranks.get
    ranks = list(map(rank_of, pairwise(ids), repeat(UNRANKED)))  # of each id and the next one
    while ranks and (best := min(ranks)) != UNRANKED:
        here = ranks.index(best)
        ids[here] = merged = table.results[best]
        del ids[here + 1], ranks[here]
        if here:
            ranks[here - 1] = rank_of((ids[here - 1], merged), UNRANKED)
        if here < len(ranks):
            ranks[here] = rank_of((merged, ids[here + 1]), UNRANKED)
    return ids


def _merge_by_rank(ids: list[int], table: MergeTable) -> list[int]:
    """Merge as `_merge_by_scan` does, for long words: all places of the lowest rank in one sweep.

    Positions are linked, and those where a pair of some rank begins wait under that rank. A merge
    makes new pairs, nearly always of higher rank, as their token was learned later; where one is
    lower after all, the sweep stops for it. O(n log n), of which the sorting is the logarithm.
    """
    end = len(ids)
    symbols = [*ids, -1]
    following = list(range(1, end + 2))
    preceding = list(range(-1, end))
    waiting: defaultdict[int, list[int]] = defaultdict(list)
    rank_of = table.ranks.get
    for position, rank in enumerate(map(rank_of, pairwise(ids))):
        if rank is not None:
            waiting[rank].append(position)
    order = sorted(waiting)
    while order:
        rank = heapq.heappop(order)
        places = sorted(waiting.pop(rank, ()))
        (left, right), merged = table.pairs[rank], table.results[rank]
        for number, here in enumerate(places, start=1):
            there = following[here]
            if symbols[here] != left or symbols[there] != right:
                continue  # one of the two was merged meanwhile
            symbols[here], symbols[there] = merged, -1
            following[here] = after = following[there]
            preceding[after] = here
            before = preceding[here]
            made = [(rank_of((merged, symbols[after])), here)]
            if before >= 0:
                made.append((rank_of((symbols[before], merged)), before))
            lower = False
            for new, position in made:
                if new is not None:
                    if new not in waiting:
                        heapq.heappush(order, new)
                    waiting[new].append(position)
                    lower = lower or new < rank
            if lower and number < len(places):
                waiting[rank] = places[number:] + waiting[rank]
                heapq.heappush(order, rank)
                break
    return [symbol for symbol in symbols if symbol >= 0]
