"""Generated tables between the marks of a README, so that no figure in them is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cs336_basics.config import ConfigError

BLOCK = re.compile(
    r"(?P<start><!-- table: (?P<name>\w+) -->\n)(?P<body>.*?)(?P<end><!-- end of table -->)", re.S
)


def fill(text: str, blocks: Mapping[str, str]) -> str:
    """The text with every `<!-- table: NAME -->` … `<!-- end of table -->` filled anew.

    Raises:
        ConfigError: a name that there is no block for, or a block without a place in the text.
    """
    asked = [match["name"] for match in BLOCK.finditer(text)]
    unknown, unused = set(asked) - set(blocks), set(blocks) - set(asked)
    if unknown or unused:
        raise ConfigError(
            f"tables of the text and generated ones differ: {', '.join(sorted(unknown | unused))}"
        )
    return BLOCK.sub(lambda m: f"{m['start']}\n{blocks[m['name']]}\n\n{m['end']}", text)
