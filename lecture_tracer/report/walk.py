"""The steps of a trace: of what kind each is, and what each section holds."""

import re
from collections.abc import Iterable
from itertools import groupby

from msgspec.structs import replace

from lecture_tracer.report.figures import SectionFigures, Steps
from lecture_tracer.report.prose import sentences
from lecture_tracer.trace.outline import headings
from lecture_tracer.trace.schema import (
    AnswerRendering,
    BenchmarkRendering,
    CodeRendering,
    CommandRendering,
    GraphRendering,
    ImageRendering,
    PlotRendering,
    QuestionRendering,
    RanksRendering,
    Rendering,
    Step,
    TableRendering,
    TextRendering,
    Trace,
    VideoRendering,
)

KINDS = ("question", "figure", "value", "print", "prose", "dry")
FRESH = ("question", "figure", "value")
FIGURES = (
    ImageRendering,
    VideoRendering,
    PlotRendering,
    TableRendering,
    GraphRendering,
    CodeRendering,
    BenchmarkRendering,
    RanksRendering,
)
WORDS_A_MINUTE = 130
"""Prose read aloud."""
SECONDS_A_STEP = 4
"""A step without prose, looked at."""
SECONDS_A_QUESTION = 30
_RECAP = re.compile(r"\b(?:recap|summary|take home|what to keep|take away|takeaways)\b", re.I)


def kind(step: Step) -> str:
    """The first of `KINDS` that the step is."""
    outputs = step.outputs or ()
    if any(isinstance(o, QuestionRendering | AnswerRendering) for o in outputs):
        return "question"
    if any(isinstance(o, FIGURES) for o in outputs):
        return "figure"
    if step.changes:
        return "value"
    if step.stdout or step.stderr or any(isinstance(o, CommandRendering) for o in outputs):
        return "print"
    if any(isinstance(o, TextRendering) for o in outputs):
        return "prose"
    return "dry"


def steps(trace: Trace) -> Steps:
    """The figures of the walk."""
    kinds = [kind(step) for step in trace.steps]
    total = len(kinds)
    longest, place, at = 0, "", 0
    for name, run in groupby(kinds):
        count = len(list(run))
        if name == "dry" and count > longest:
            longest, place = count, place_of(trace, at)
        at += count
    return Steps(
        total=total,
        kinds={name: kinds.count(name) for name in KINDS},
        dry_share=_share(kinds.count("dry"), total),
        longest_dry_run=longest,
        longest_dry_place=place,
        fresh_share=_share(sum(map(kinds.count, FRESH)), total),
    )


def sections(trace: Trace, minutes: int | None) -> list[SectionFigures]:
    """What stands between one heading and the next.

    Minutes are estimated: prose is read aloud, a step without is looked at, a question is thought
    about. Where the lecture's header says how long it takes, they are scaled to that.
    """
    begun: list[tuple[int, str, int]] = []
    for number, step in enumerate(trace.steps):
        for output in step.outputs or ():
            if isinstance(output, TextRendering) and not output.verbatim:
                begun += [(level, title, number) for level, title in headings(output.text)][:1]
    ends = [*(number for _, _, number in begun[1:]), len(trace.steps)]
    found = [
        _section(title, level, first, trace.steps[first:end])
        for (level, title, first), end in zip(begun, ends, strict=False)
    ]
    estimated = sum(section.minutes for section in found)
    scale = minutes / estimated if minutes and estimated else 1.0
    return [_scaled(section, scale) for section in found]


def minutes_between_recaps(found: Iterable[SectionFigures]) -> list[float]:
    """Minutes up to the end of each recap, and from the last one to the end."""
    gaps = [0.0]
    for section in found:
        gaps[-1] += section.minutes
        if section.recap:
            gaps.append(0.0)
    if len(gaps) > 1 and not gaps[-1]:
        gaps.pop()
    return [round(gap, 1) for gap in gaps]


def place_of(trace: Trace, index: int) -> str:
    """`lecture_01.py:41` of a step."""
    step = trace.steps[index]
    return f"{trace.frames[step.frame].path}:{step.line}"


def _section(title: str, level: int, first: int, part: list[Step]) -> SectionFigures:
    shown = [output for step in part for output in step.outputs or ()]
    questions = [o for o in shown if isinstance(o, QuestionRendering)]
    silent = sum(kind(step) != "prose" for step in part)
    seconds = (
        60 * sum(map(_words, shown)) / WORDS_A_MINUTE
        + SECONDS_A_STEP * silent
        + SECONDS_A_QUESTION * len(questions)
    )
    return SectionFigures(
        title=title,
        level=level,
        step=first,
        steps=len(part),
        figures=sum(isinstance(o, FIGURES) for o in shown),
        questions=len(questions),
        minutes=seconds / 60,
        recap=bool(_RECAP.search(title)),
    )


def _words(output: Rendering) -> int:
    if isinstance(output, TextRendering | AnswerRendering | QuestionRendering):
        return sum(map(len, sentences(output.text)))
    return 0


def _scaled(section: SectionFigures, scale: float) -> SectionFigures:
    return replace(section, minutes=round(section.minutes * scale, 1))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0
