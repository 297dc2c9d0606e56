"""The answer in a model's free text: a letter for MMLU, a number for GSM8K."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# "answer is B", "Answer: (B)"; not the first letter of a longer word.
_STATED = re.compile(r"\banswer\s*(?:is|:)?\s*:?\s*[(\[*]*([A-D])(?![A-Za-z0-9'])", re.IGNORECASE)
# A reply that is a letter, or begins with one that is set off by punctuation.
_LEADING = re.compile(r"^\W*([A-D])(?:\s*$|\s*[).:,\]*]|\s*\n)")
# Thousands may be grouped by commas; a minus counts unless it stands between two operands.
_NUMBER = re.compile(r"(?:(?<![\w)\].])-)?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")


def parse_mmlu_response(mmlu_example: Mapping[str, Any], model_output: str) -> str | None:
    """ "A".."D", or None if the text commits itself to no letter.

    The last "answer is X" counts; without one, a letter that the reply begins with. A letter that
    the question has no option for is no answer.
    """
    stated = [
        letter for letter in _STATED.findall(model_output) if letter.isupper()
    ] or _LEADING.findall(model_output)
    if not stated:
        return None
    options = mmlu_example.get("options") or "ABCD"
    letter = str(stated[-1])
    return letter if "ABCD".index(letter) < len(options) else None


def parse_gsm8k_response(model_output: str) -> str | None:
    """The last number in the text without its commas, or None; "$1,234.50." gives "1234.50"."""
    numbers = _NUMBER.findall(model_output)
    return numbers[-1].replace(",", "") if numbers else None
