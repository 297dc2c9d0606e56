"""The tasks' characters as tokens: no merges, no BOS, one id for padding and one for the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

CHARACTERS = "0123456789+-*()>=,;:abcdefghijklmnop"


class CharacterTokenizer:
    """One token for each character of the tasks; shaped like any other tokenizer."""

    bos_token_id: int | None = None
    pad_token_id = 0
    eos_token_id = 1

    def __init__(self, characters: str = CHARACTERS) -> None:
        self._ids = {character: index for index, character in enumerate(characters, start=2)}
        self._characters = ["", "", *characters]

    @property
    def vocab_size(self) -> int:
        """Characters, padding and the end."""
        return len(self._characters)

    def encode(self, text: str) -> list[int]:
        """The ids of `text`; ValueError names a character that the tasks do not have."""
        try:
            return [self._ids[character] for character in text]
        except KeyError as error:
            raise ValueError(f"{error.args[0]!r} is no character of the tasks") from error

    def decode(self, ids: Iterable[int]) -> str:
        """The characters before the first end; padding is nothing."""
        characters = []
        for token in ids:
            if token == self.eos_token_id:
                break
            characters.append(self._characters[token])
        return "".join(characters)

    def decode_batch(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """`decode` of every row."""
        return [self.decode(row) for row in rows]
