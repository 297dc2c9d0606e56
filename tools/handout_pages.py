"""Looks at the pages of printed handouts for what a program can see.

python -m tools.handout_pages nonexecutable/*.pdf

Each fault is a line `FILE, page N: what`; exit code 1 if there is one. Pages are counted as the
file counts them, the contents included. Text is compared with the picture of its page, so that
what a box cuts off is found, too: its letters are in the file and leave no ink.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pikepdf
import pypdfium2

from lecture_tracer.publish.pdf import letters_without_font

POINTS_A_MM = 72 / 25.4
SIDE_MARGIN = 16 * POINTS_A_MM
"""Left and right of what is printed (`@page` in trace-viewer/src/styles/print.css)."""
FOOT = 15 * POINTS_A_MM
"""The page's number stands in it; what is printed ends above."""
HEAD = 14 * POINTS_A_MM
TOLERANCE = 3.0
"""Points that a letter may hang over an edge."""
LEAST_FILLED = 0.4
"""Of a page between its margins; the last page may be emptier."""
PIXELS_A_POINT = 2.0
MOST_INK = 250
"""Brightness of 255 from which on a pixel is bare paper."""
A_LINE = 5.0
"""Points: letters that stand less apart in height are of one line (descenders hang lower)."""
LEAST_OF_A_LETTER = 0.6
"""Share of a tall letter's height through which its ink has to reach."""
TALL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZbdfhkl0123456789")
CUT_LETTERS = 3
"""As many letters are a cut; fewer are an odd letter's shape."""
FULL_SIZE = 0.75
"""Points a CSS pixel. Chromium prints all pages smaller where something is too wide for one."""
SCHEMES = ("https:", "http:", "mailto:")


_SCALE = re.compile(rb"([\d.]+) 0 0 -?[\d.]+ [-\d.]+ [-\d.]+ cm")


class Fault(NamedTuple):
    """What is wrong with a page."""

    page: int
    """From 1; 0 for the document."""
    what: str


class Letter(NamedTuple):
    """A letter and its box in points from the lower left corner of the page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def faults(path: Path) -> Iterator[Fault]:
    """Every fault of a handout."""
    with pikepdf.open(path) as pdf:
        yield from link_faults(pdf, path)
        yield from shrunk_pages(pdf)
        headings = heading_places(pdf)
        boxes = letters_without_font(pdf)
    document = pypdfium2.PdfDocument(path)
    try:
        for number, page in enumerate(document, 1):
            brightness = picture(page)
            letters = list(page_letters(page))
            last = number == len(document)
            found = [
                *cut_text(letters, brightness, page.get_width()),
                *([] if last or number == 1 else empty_page(brightness)),
                *lone_headings(letters, headings.get(number, [])),
                *([f"{boxes[number]} letters that no font here has"] if number in boxes else []),
            ]
            yield from (Fault(number, what) for what in found)
    finally:
        document.close()


def picture(page: Any) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Brightness of the page, (pixels down, pixels across), 255 for paper."""
    drawn = page.render(scale=PIXELS_A_POINT, grayscale=True).to_numpy()
    return np.asarray(drawn.reshape(drawn.shape[:2]), dtype=np.uint8)


def page_letters(page: Any) -> Iterator[Letter]:
    """Visible letters with their boxes."""
    text = page.get_textpage()
    for at in range(text.count_chars()):
        letter = text.get_text_range(at, 1)
        if letter.strip() and letter.isprintable():
            yield Letter(letter, *text.get_charbox(at))


def cut_text(
    letters: list[Letter], brightness: np.ndarray[Any, np.dtype[np.uint8]], width: float
) -> Iterator[str]:
    """Text in a side margin, and text of which a part left no ink: cut off for the reader."""
    outside = [
        letter
        for letter in letters
        if letter.right > width - SIDE_MARGIN + TOLERANCE or letter.left < SIDE_MARGIN - TOLERANCE
    ]
    if outside:
        yield f"text in a side margin: {_words(outside)}"
    height = brightness.shape[0]
    bare = [letter for letter in letters if not _is_whole(letter, brightness, height)]
    if len(bare) >= CUT_LETTERS:
        yield f"text that is cut off: {_words(bare)}"


def _is_whole(letter: Letter, brightness: np.ndarray[Any, Any], height: int) -> bool:
    """Whether there is ink, and of a tall letter through most of its box, which may be loose."""
    left, right = int(letter.left * PIXELS_A_POINT), int(letter.right * PIXELS_A_POINT) + 1
    top = height - int(letter.top * PIXELS_A_POINT) - 1
    bottom = height - int(letter.bottom * PIXELS_A_POINT)
    box = brightness[max(0, top) : bottom + 1, max(0, left) : right + 1]
    if not box.size:
        return False
    ink = box < int(box.max()) - (255 - MOST_INK)
    rows = np.flatnonzero(ink.any(axis=1))
    least = LEAST_OF_A_LETTER * box.shape[0] - 2 if letter.text in TALL else 1
    return rows.size > 0 and bool(rows[-1] - rows[0] + 1 >= least)


def _words(letters: list[Letter]) -> str:
    return repr("".join(letter.text for letter in letters[:40]))


def empty_page(brightness: np.ndarray[Any, np.dtype[np.uint8]]) -> Iterator[str]:
    """How full a page is that should be fuller: down to its lowest ink."""
    height = brightness.shape[0]
    first, last = int(HEAD * PIXELS_A_POINT), height - int(FOOT * PIXELS_A_POINT)
    inked = np.flatnonzero((brightness[first:last] < MOST_INK).any(axis=1))
    filled = (inked[-1] + 1) / (last - first) if inked.size else 0.0
    if filled < LEAST_FILLED:
        yield f"only {filled:.0%} of the page is filled"


def heading_places(pdf: pikepdf.Pdf) -> dict[int, list[tuple[str, float]]]:
    """By page from 1: (title, height of its top in points) of each heading with a bookmark."""
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    places: dict[int, list[tuple[str, float]]] = {}

    def collect(items: Any) -> None:
        for item in items:
            target = item.destination
            if target is not None and target[0].objgen in numbers and len(target) > 3:
                place = (str(item.title), float(target[3]))
                places.setdefault(numbers[target[0].objgen], []).append(place)
            collect(item.children)

    with pdf.open_outline() as outline:
        collect(outline.root)
    return places


def lone_headings(letters: list[Letter], headings: list[tuple[str, float]]) -> Iterator[str]:
    """Headings with no line below them on their page but what stands beside them."""
    lines = text_lines(letters)
    for title, top in headings:
        below = [line for line in lines if line[0].bottom < top - TOLERANCE]
        letters_left = len("".join(title.split()))
        while below and letters_left > 0:
            letters_left -= len(below.pop(0))
        if not below:
            yield f"a heading ends the page: {title!r}"


def text_lines(letters: list[Letter]) -> list[list[Letter]]:
    """The lines of a page above its foot, from the top down, whatever order they are drawn in."""
    lines: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda letter: -letter.bottom):
        if letter.bottom <= FOOT:
            continue
        if lines and lines[-1][0].bottom - letter.bottom < A_LINE:
            lines[-1].append(letter)
        else:
            lines.append([letter])
    return lines


def shrunk_pages(pdf: pikepdf.Pdf) -> Iterator[Fault]:
    """Pages that are smaller than they were made."""
    for number, page in enumerate(pdf.pages, 1):
        page.contents_coalesce()
        scales = [float(scale) for scale in _SCALE.findall(page.Contents.read_bytes()[:600])[:2]]
        share = scales[0] * scales[1] / FULL_SIZE if len(scales) == 2 else 1.0
        if share < 0.99:
            yield Fault(number, f"printed at {share:.0%} of its size: something is too wide")


def link_faults(pdf: pikepdf.Pdf, path: Path) -> Iterator[Fault]:
    """Links that lead nowhere, and links that lead to this machine."""
    pages = {page.obj.objgen for page in pdf.pages}
    names = set(pdf.Root.get("/Dests", {}).keys())
    for number, page in enumerate(pdf.pages, 1):
        for link in page.obj.get("/Annots", []):
            what = _link_fault(link, pages, names, path.parent)
            if what:
                yield Fault(number, what)


def _link_fault(link: Any, pages: set[Any], names: set[str], folder: Path) -> str:
    target, action = link.get("/Dest"), link.get("/A")
    if action is not None and action.get("/S") == "/GoTo":
        target = action.get("/D")
    if target is not None:
        if isinstance(target, pikepdf.Array):
            return "" if target[0].objgen in pages else "a link to a page that is not there"
        return "" if str(target) in names else f"a link to {str(target)!r}, which is not there"
    if action is None:
        return "a link without a target"
    if action.get("/S") == "/GoToR":
        file = str(action.get("/F"))
        return "" if (folder / file).is_file() else f"a link to {file!r}, which is not beside it"
    address = str(action.get("/URI", ""))
    if not address.startswith(SCHEMES) or "//127.0.0.1" in address or "//localhost" in address:
        return f"a link that works on no other machine: {address!r}"
    return ""


def main(arguments: list[str] | None = None) -> int:
    """Print the faults; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.handout_pages", description=__doc__)
    parser.add_argument("handouts", nargs="+", type=Path, metavar="FILE")
    found = 0
    for path in parser.parse_args(arguments).handouts:
        for fault in faults(path):
            found += 1
            print(f"{path}, page {fault.page}: {fault.what}")
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
