"""Four tokenizers, from characters to byte-pair encoding, written to be read.

All of them turn a string into a list of integers and back. They keep no caches and take no short
cuts; `cs336_basics.tokenizer` holds the one to use on real text. The comments that begin with an
at sign tell the recorder what to show when the lecture steps in here.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from cs336_basics.split import split_pretokens

Pair = tuple[int, int]
TieRule = Callable[[Counter[Pair], dict[int, bytes]], Pair]

UNKNOWN = 0
"""Index of the token that stands for every word which the training text did not have."""


class CharacterTokenizer:
    """One index a character: its Unicode code point."""

    def encode(self, string: str) -> list[int]:
        """`"ab"` gives `[97, 98]`."""
        return [ord(character) for character in string]

    def decode(self, indices: Iterable[int]) -> str:
        """`[97, 98]` gives `"ab"`."""
        return "".join(chr(index) for index in indices)


class ByteTokenizer:
    """One index a byte of the text in UTF-8, 0 to 255."""

    def encode(self, string: str) -> list[int]:
        """`"é"` gives `[195, 169]`."""
        return list(string.encode("utf-8"))

    def decode(self, indices: Iterable[int]) -> str:
        """Raise UnicodeDecodeError where the bytes are not UTF-8."""
        return bytes(indices).decode("utf-8")


class WordTokenizer:
    """One index a pre-token that the training text has; every other one becomes `UNKNOWN`."""

    def __init__(self, training_text: str) -> None:
        words = dict.fromkeys(split_pretokens(training_text))
        self.vocabulary = ["<unk>", *words]
        self._indices = {word: index for index, word in enumerate(self.vocabulary) if index}

    def encode(self, string: str) -> list[int]:
        """Look every word up; the ones that are not there are lost."""
        return [self._indices.get(word, UNKNOWN) for word in split_pretokens(string)]

    def decode(self, indices: Iterable[int]) -> str:
        """Join the words; what was unknown comes back as `<unk>`."""
        return "".join(self.vocabulary[index] for index in indices)


@dataclass(frozen=True)
class BPEParameters:
    """What training finds: all that encoding and decoding need."""

    vocabulary: dict[int, bytes]
    """The bytes of each index."""
    merges: dict[Pair, int]
    """The index that each pair becomes, in the order in which the pairs were merged."""


class BPETokenizer:
    """Byte-pair encoding: start from bytes and replay the merges of the training."""

    def __init__(self, parameters: BPEParameters) -> None:
        self.vocabulary = parameters.vocabulary
        self.merges = parameters.merges

    def encode(self, string: str) -> list[int]:
        """Apply every merge, in order, whether it occurs or not: simple, and slow."""
        indices = list(string.encode("utf-8"))  # @inspect indices
        for pair, new_index in self.merges.items():  # @inspect pair
            indices = merge(indices, pair, new_index)  # @inspect indices @stepover
        return indices

    def decode(self, indices: Iterable[int]) -> str:
        """Join the bytes of the tokens; raise UnicodeDecodeError where they are not UTF-8."""
        return b"".join(self.vocabulary[index] for index in indices).decode("utf-8")


def compression_ratio(string: str, indices: list[int]) -> float:
    """Bytes of the text for each token: higher is shorter sequences."""
    return len(string.encode("utf-8")) / len(indices)


def count_pairs(indices: list[int]) -> Counter[Pair]:
    """How often each pair of neighbours occurs, in the order in which they first occur."""
    return Counter(pairwise(indices))


def merge(indices: list[int], pair: Pair, new_index: int) -> list[int]:
    """Replace each occurrence of `pair`, from left to right, by `new_index`."""
    merged: list[int] = []
    place = 0
    while place < len(indices):
        if tuple(indices[place : place + 2]) == pair:
            merged.append(new_index)
            place += 2
        else:
            merged.append(indices[place])
            place += 1
    return merged


def first_seen(counts: Counter[Pair], vocabulary: dict[int, bytes]) -> Pair:
    """Of the most frequent pairs, the one that occurs first in the text."""
    return max(counts, key=lambda pair: counts[pair])


def greatest(counts: Counter[Pair], vocabulary: dict[int, bytes]) -> Pair:
    """Of the most frequent pairs, the one whose bytes come last in the alphabet."""
    return max(counts, key=lambda pair: (counts[pair], vocabulary[pair[0]], vocabulary[pair[1]]))


def learn_merges(string: str, merges: int, choose: TieRule) -> BPEParameters:
    """Train on one string, without pre-tokens; `choose` is the rule for ties."""
    indices = list(string.encode("utf-8"))
    parameters = BPEParameters({byte: bytes([byte]) for byte in range(256)}, {})
    for new_index in range(256, 256 + merges):
        pair = choose(count_pairs(indices), parameters.vocabulary)
        left, right = pair
        parameters.vocabulary[new_index] = (
            parameters.vocabulary[left] + parameters.vocabulary[right]
        )
        parameters.merges[pair] = new_index
        indices = merge(indices, pair, new_index)
    return parameters


def spell(token: bytes) -> str:
    """A token in visible characters: `b" t"` gives `␣t`, bytes that are no text `⟨f0 9f⟩`."""
    try:
        return token.decode("utf-8").replace(" ", "␣").replace("\n", "⏎")
    except UnicodeDecodeError:
        return f"⟨{token.hex(' ')}⟩"


def spell_all(indices: list[int], vocabulary: dict[int, bytes]) -> str:
    """The tokens of a sequence, divided by bars: `t|i|c`."""
    return "|".join(spell(vocabulary[index]) for index in indices)


def spell_counts(counts: Counter[Pair], vocabulary: dict[int, bytes]) -> dict[str, int]:
    """Pairs as `t·i`, most frequent first, for reading only; pairs that occur once left out."""
    return {
        "·".join(spell(vocabulary[index]) for index in pair): count
        for pair, count in counts.most_common()
        if count > 1
    }
