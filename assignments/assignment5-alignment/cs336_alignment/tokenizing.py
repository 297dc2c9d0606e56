"""What is asked of a tokenizer, ours or one of Hugging Face, and its two traps.

The traps: a tokenizer that adds its beginning-of-sequence token by itself, so that a template
which already holds one gets two; and prompt and answer tokenised together, where the boundary may
fall inside a token.
"""

from __future__ import annotations

import inspect
from typing import Any, Protocol


class TextTokenizer(Protocol):
    """Text to ids; `bos_token_id`, `eos_token_id`, `pad_token_id` may be missing or None."""

    def encode(self, text: str) -> list[int]: ...


class DoubleBosError(ValueError):
    """A sequence begins with the beginning-of-sequence token twice."""


def encode_plain(tokenizer: Any, text: str) -> list[int]:
    """The ids of `text` and of nothing else: no special token is added."""
    parameters = inspect.signature(tokenizer.encode).parameters
    takes_flag = "add_special_tokens" in parameters or any(
        p.kind is p.VAR_KEYWORD for p in parameters.values()
    )
    ids = tokenizer.encode(text, add_special_tokens=False) if takes_flag else tokenizer.encode(text)
    return list(ids)


def special_id(tokenizer: Any, name: str) -> int | None:
    """The id of the "bos", "eos" or "pad" token, None without one."""
    value = getattr(tokenizer, f"{name}_token_id", None)
    return None if value is None else int(value)


def padding_id(tokenizer: Any) -> int:
    """An id to fill rows with; masks tell padding from text, so EOS (or 0) will do as well."""
    for name in ("pad", "eos"):
        value = special_id(tokenizer, name)
        if value is not None:
            return value
    return 0


def check_bos(ids: list[int], tokenizer: Any, what: str) -> None:
    """Raise DoubleBosError when `ids` begin with two BOS tokens.

    A tokenizer whose BOS and EOS are one token (GPT-2) is not checked: there two in a row may be
    an empty text.
    """
    bos = special_id(tokenizer, "bos")
    if bos is None or bos == special_id(tokenizer, "eos"):
        return
    if ids[:2] == [bos, bos]:
        raise DoubleBosError(
            f"{what} begins with the beginning-of-sequence token twice (id {bos}); "
            "the template already holds one, so tokenise it without special tokens"
        )
