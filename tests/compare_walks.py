"""Compare two recordings of a lecture by what they show, not by where it stands.

    python tests/compare_walks.py BEFORE.json AFTER.json

A recording is walked as a sequence of (function, changed values, outputs, printed text). Line
numbers, paths of moved files and the way prose is wrapped do not count: Markdown is compared as the
HTML that it renders to, white space collapsed outside code. Says the first difference, with the
line of each lecture, and exits with 1; exits with 0 when the walks are equal.

It reads the JSON itself and not through `lecture_tracer`, so that a recording of an older schema
can be compared with one of today.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import Any

from markdown_it import MarkdownIt

_PLACES = frozenset({"path", "line", "first", "last"})
"""Keys of an output that say where something stands."""
_MARKDOWN = MarkdownIt("commonmark").enable("table")
_OPENS_FORMULA = re.compile(r"^[ ]*\$\$[^$]*$", re.MULTILINE)
"""`$$` that begins a line and is not closed on it opens a block; elsewhere it is within a line."""
_PREFORMATTED = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a walk. `place` is for the reader and does not count."""

    place: str
    shown: dict[str, Any]


def walk(trace: dict[str, Any], *, without: frozenset[str] = frozenset()) -> list[Entry]:
    """What a recording shows, step by step; keys of a step named in `without` are left out."""
    frames = trace["frames"]
    kept = [key for key in ("resumed", "animate", "changes", "cleared") if key not in without]
    entries = []
    for step in trace["steps"]:
        frame = frames[step["frame"]]
        shown: dict[str, Any] = {"function": frame["function"], "depth": _depth(frames, frame)}
        shown |= {key: step[key] for key in kept if step.get(key)}
        if "outputs" not in without:
            shown["outputs"] = [_output(output) for output in step.get("outputs") or ()]
        for stream in ("stdout", "stderr"):
            if step.get(stream) and stream not in without:
                shown[stream] = step[stream]
        entries.append(Entry(f"{frame['path']}:{step['line']}", shown))
    return entries


def walk_of(path: Path, *, without: frozenset[str] = frozenset()) -> list[Entry]:
    """The walk of a trace file."""
    return walk(json.loads(path.read_text(encoding="utf-8")), without=without)


def first_difference(before: list[Entry], after: list[Entry]) -> str | None:
    """Where two walks part, in three lines, or None where they are equal."""
    for number, (old, new) in enumerate(zip_longest(before, after), start=1):
        if old is None or new is None or old.shown != new.shown:
            return "\n".join([f"step {number}:", *_excerpts(old, new)])
    return None


def rendered(markdown: str) -> str:
    """The HTML of a text, white space collapsed where a browser collapses it."""
    parts = _PREFORMATTED.split(_MARKDOWN.render(markdown))
    html = "".join(part if i % 2 else " ".join(part.split()) for i, part in enumerate(parts))
    blocks = len(_OPENS_FORMULA.findall(markdown))
    return f"{html}<!-- {blocks} lines of $$ -->" if blocks else html


def _depth(frames: list[dict[str, Any]], frame: dict[str, Any]) -> int:
    depth = 0
    while (parent := frame.get("parent")) is not None:
        frame, depth = frames[parent], depth + 1
    return depth


def _output(output: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in output.items() if key not in _PLACES}
    if output["kind"] in ("text", "note") and not output.get("verbatim"):
        shown["text"] = rendered(output["text"])
    if isinstance(output.get("src"), str):
        shown["src"] = PurePosixPath(output["src"]).name
    return shown


def _excerpts(old: Entry | None, new: Entry | None) -> list[str]:
    """Each side's place, function and the text around the first character that differs."""
    texts = [json.dumps(e.shown if e else None, ensure_ascii=False) for e in (old, new)]
    same = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), 0)
    begin = max(0, same - 60)
    cut = ["…" * (begin > 0) + text[begin : begin + 240] for text in texts]
    return [
        f"  {e.place} in {e.shown['function']}: {text}" if e else "  (has ended)"
        for e, text in zip((old, new), cut, strict=True)
    ]


def main(arguments: list[str] | None = None) -> int:
    """Compare two files; gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="KEY",
        help="leave out a key of a step, such as changes, outputs, stdout",
    )
    options = parser.parse_args(arguments)
    without = frozenset(options.without)
    before, after = (walk_of(path, without=without) for path in (options.before, options.after))
    difference = first_difference(before, after)
    if difference is None:
        print(f"{options.after}: {len(after)} steps, the same walk as {options.before}")
        return 0
    print(f"{options.before} and {options.after} part at {difference}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
