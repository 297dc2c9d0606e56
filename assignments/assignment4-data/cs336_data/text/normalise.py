"""The form in which two texts are compared: no case, accents, punctuation or runs of white space.

Scripts that write no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) get one
around each character, so that n-grams of words exist there, too.
"""

from __future__ import annotations

import re
import unicodedata

_ASCII_PUNCTUATION = str.maketrans(dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", " "))
_UNSPACED = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff"  # Japanese syllables
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Chinese characters
    "\U00020000-\U0003134f"
    "]"
)


def normalise(text: str) -> str:
    """`text` in lower case, NFD, without accents and punctuation, with single spaces.

    Punctuation becomes a space ("well-known" is two words); an accent vanishes ("é" is "e").
    """
    return " ".join(normalised_words(text))


def normalised_words(text: str) -> list[str]:
    """The words of `normalise(text)`."""
    text = text.lower()
    if text.isascii():
        return text.translate(_ASCII_PUNCTUATION).split()
    decomposed = unicodedata.normalize("NFD", text).translate(_TABLE)
    if _UNSPACED.search(decomposed):
        decomposed = _UNSPACED.sub(r" \g<0> ", decomposed)
    return decomposed.split()


class _Table(dict[int, int | str | None]):
    """Code point -> what becomes of it, worked out when it first occurs."""

    def __missing__(self, point: int) -> int | str | None:
        category = unicodedata.category(chr(point))
        becomes: int | str | None = point
        if category in ("Mn", "Cf"):  # accents; soft hyphens and zero-width joiners
            becomes = None
        elif category[0] in "PSZC":  # S: $, +, ©
            becomes = " "
        self[point] = becomes
        return becomes


_TABLE = _Table()
