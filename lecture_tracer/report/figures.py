"""The figures of a report: plain numbers and places, no judgement.

All shares are between 0 and 1. A place is `path:line`.
"""

from msgspec import Struct


class Part(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base: written to JSON whole."""


class Steps(Part, frozen=True, kw_only=True):
    """The walk. A step counts once, as the first of these kinds that it is."""

    total: int
    kinds: dict[str, int]
    """`question`, `figure`, `value`, `print`, `prose`, `dry`, in this order."""
    dry_share: float
    longest_dry_run: int
    """Dry steps in a row."""
    longest_dry_place: str
    fresh_share: float
    """Steps with a new value, a figure or a question."""


class SectionFigures(Part, frozen=True, kw_only=True):
    """From one heading to the next of any level."""

    title: str
    level: int
    step: int
    steps: int
    figures: int
    questions: int
    minutes: float
    """Estimated, see `sections`."""
    recap: bool


class Prose(Part, frozen=True, kw_only=True):
    """Sentences of `text()`: no headings, lists, tables, formulas, code."""

    words: int
    sentences: int
    mean: float
    """Words of a sentence."""
    median: float
    p90: float
    short_share: float
    """Sentences of six words or fewer."""


class Lines(Part, frozen=True, kw_only=True):
    """Of the lecture's file."""

    total: int
    outside_prose: int
    """Not blank, and not part of a call of text, note, predict or reveal."""


class QuestionFigures(Part, frozen=True, kw_only=True):
    """One question."""

    name: str
    place: str
    kind: str
    answers: int
    stands: str
    """Where its answer stood already when it was asked."""


class Wrapper(Part, frozen=True, kw_only=True):
    """A link that does not open the lines that do the work."""

    place: str
    name: str
    why: str


class Spread(Part, frozen=True, kw_only=True):
    """A benchmark row whose quartiles lie far apart."""

    name: str
    label: str
    ratio: float
    """Third quartile by first."""


class Report(Part, frozen=True, kw_only=True):
    """Everything that is counted of one lecture."""

    lecture: str
    ended: str
    steps: Steps
    sections: list[SectionFigures]
    minutes: float
    """What the lecture's header says, else estimated."""
    minutes_between_recaps: list[float]
    """From the start to the first recap, to the next…, to the end."""
    prose: Prose
    lines: Lines
    questions: list[QuestionFigures]
    stepped_into: dict[str, list[str]]
    """Functions of other files that were walked, by file."""
    wrappers: list[Wrapper]
    spreads: list[Spread]
    missing: list[str]
    """What could not be shown."""
    warnings: list[str]
    bytes: int
    seconds: float | None = None
    """Time that recording took, where it is known."""
