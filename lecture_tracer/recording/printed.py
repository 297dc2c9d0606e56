"""What a program printed, as it stands in the end and on every machine.

Input: text of a stream, and the root of the checkout. Output: the text without what was drawn over,
clocks of progress bars and absolute paths, so that two runs of a lecture give the same bytes.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

_CLOCK = re.compile(r" ?\[(?:\d+:)?\d+:\d\d(?:<[^\]]*|, [^\]]*)\]")
"""Of a progress bar by tqdm: `[00:01<00:02, 3.21it/s]`, `[00:01, 3.21it/s]`."""
_ERASE = re.compile(r"\x1b\[[012]?K")
_LIBRARY = re.compile(r"/(?:[^\s:'\"<>|]*/)?(?:site|dist)-packages/")
_STANDARD_LIBRARY = f"{Path(os.__file__).parent}/"


Named = Sequence[tuple[str, str]]
"""Other folders of the project, absolute, and what stands for them: `@mine`."""


def settled(text: str, root: str, named: Named = ()) -> str:
    """The last state of each line that was redrawn, and paths relative to `root`.

    >>> settled("50%\\r100%\\nat /course/a.py", "/course")
    '100%\\nat a.py'
    """
    if "\r" in text:
        text = "\n".join(_last_state(line) for line in text.split("\n"))
    return relative_paths(text, root, named)


def relative_paths(text: str, root: str, named: Named = ()) -> str:
    """`text` with paths of the checkout from its root, and those of libraries from theirs."""
    if "/" not in text:
        return text
    for folder, name in named:
        text = re.sub(re.escape(folder) + r"(?![\w.-])", name, text)
    if root and root in text:
        text = text.replace(f"{root}/", "")
        text = re.sub(re.escape(root) + r"(?![\w.-])", ".", text)
    return _LIBRARY.sub("", text).replace(_STANDARD_LIBRARY, "")


def _last_state(line: str) -> str:
    r"""What a terminal shows of a line with `\r`, which writes over the line from its start."""
    if "\r" not in line:
        return line
    shown = ""
    for part in line.split("\r"):
        written = _ERASE.sub("", part)
        shown = written if written != part else written + shown[len(written) :]
    return _CLOCK.sub("", shown).rstrip()
