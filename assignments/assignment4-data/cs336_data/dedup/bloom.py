"""A Bloom filter (Bloom 1970), and paragraphs that occurred before, as Dolma and DCLM remove them.

    seen = BloomFilter.sized(items=1_000_000, false_positives=1e-6)   # 3.6 MB
    seen.add(hashes)      # which of them were (probably) there already

A filter of m bits and k hash functions with n items says "was there" of a new item with probability
(1 - exp(-k n / m))**k; it never forgets. With m = -n ln p / (ln 2)**2 and k = m/n ln 2 that is p.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xxhash
from cs336_basics.support.whole_file import whole_file
from numpy.typing import NDArray

from cs336_data.text.hashing import Hashes, mix
from cs336_data.text.normalise import normalise

_SECOND = np.uint64(0xD6E8FEB86659FD93)


class BloomFilter:
    """Bits for sets of 64-bit hashes."""

    def __init__(self, num_bits: int, num_hashes: int) -> None:
        if num_bits < 8 or num_hashes < 1:
            raise ValueError(f"a filter needs 8 bits and one hash, got {num_bits}, {num_hashes}")
        self.num_bits, self.num_hashes = num_bits, num_hashes
        self._bits: NDArray[np.uint8] = np.zeros((num_bits + 7) // 8, dtype=np.uint8)

    @classmethod
    def sized(cls, items: int, false_positives: float) -> BloomFilter:
        """The smallest filter for that many items and that rate."""
        if items < 1 or not 0 < false_positives < 1:
            raise ValueError(f"items >= 1 and a rate in (0, 1), got {items}, {false_positives}")
        bits = math.ceil(-items * math.log(false_positives) / math.log(2) ** 2)
        return cls(max(8, bits), max(1, round(bits / items * math.log(2))))

    def contains(self, hashes: Hashes) -> NDArray[np.bool_]:
        """(n,) which are (probably) in the set."""
        places = self._places(hashes)
        bits = (self._bits[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8)) & 1
        present: NDArray[np.bool_] = bits.astype(bool).all(axis=1)
        return present

    def add(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Put hashes into the set; (n,) which were there before, or came earlier in `hashes`."""
        before = self.contains(hashes)
        _, first = np.unique(hashes, return_index=True)
        again = np.ones(len(hashes), dtype=bool)
        again[first] = False
        places = self._places(hashes).ravel()
        bits = np.uint8(1) << (places & np.uint64(7)).astype(np.uint8)
        np.bitwise_or.at(self._bits, places >> np.uint64(3), bits)
        return before | again

    def expected_false_positives(self, items: int) -> float:
        """Rate of wrong answers with so many items in the set."""
        return float((1 - math.exp(-self.num_hashes * items / self.num_bits)) ** self.num_hashes)

    def save(self, path: Path) -> None:
        """Write the filter; a later run goes on with it."""
        with whole_file(path) as file:
            np.savez(file, shape=np.array([self.num_bits, self.num_hashes]), bits=self._bits)

    @classmethod
    def load(cls, path: Path) -> BloomFilter:
        """Read a saved filter."""
        with np.load(path, allow_pickle=False) as file:
            loaded = cls(*map(int, file["shape"]))
            loaded._bits = file["bits"]
        return loaded

    def _places(self, hashes: Hashes) -> NDArray[np.uint64]:
        """(n, num_hashes) bits of each hash, by two hashes and their sums (Kirsch 2006)."""
        step = mix(hashes ^ _SECOND) | np.uint64(1)
        multiples = np.arange(self.num_hashes, dtype=np.uint64)
        return (hashes[:, None] + step[:, None] * multiples) % np.uint64(self.num_bits)


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """A text without paragraphs seen before, and how many of how many went."""

    text: str
    removed: int
    paragraphs: int


def remove_seen_paragraphs(text: str, seen: BloomFilter, min_words: int = 13) -> Deduplicated:
    """Leave out paragraphs (lines) of at least `min_words` that `seen` has; add the others to it.

    Shorter ones stay: "Yes." in two dialogues is no copy.
    """
    lines = text.split("\n")
    long = [i for i, line in enumerate(lines) if len(line.split()) >= min_words]
    hashes = np.array(
        [xxhash.xxh3_64_intdigest(normalise(lines[i]).encode()) for i in long], dtype=np.uint64
    )
    if not len(hashes):
        return Deduplicated(text, 0, 0)
    known = seen.add(hashes)
    gone = {i for i, was in zip(long, known, strict=True) if was}
    left = "\n".join(line for i, line in enumerate(lines) if i not in gone)
    return Deduplicated(left if gone else text, len(gone), len(long))
