"""A trace to its `Report`. Pure: nothing is run, read or printed."""

from lecture_tracer.report import prose, text, walk
from lecture_tracer.report.figures import QuestionFigures, Report, Spread
from lecture_tracer.trace.compact import benchmarks
from lecture_tracer.trace.questions import asked
from lecture_tracer.trace.schema import MissingRendering, TextRendering, Trace

QUARTILE_RATIO = 1.5
"""Above it a measurement is made again or discussed."""


def measure(trace: Trace, size: int, seconds: float | None = None) -> Report:
    """Count what the lecture is made of.

    `size`: bytes of the trace's file. `seconds`: what recording it took; otherwise what the trace
    itself says, if it does.
    """
    shown = [output for step in trace.steps for output in step.outputs or ()]
    header = trace.lecture_info
    found = walk.sections(trace, header.minutes if header else None)
    if seconds is None and trace.timings is not None:
        seconds = trace.timings.total_seconds
    return Report(
        lecture=trace.lecture,
        ended=trace.ended,
        steps=walk.steps(trace),
        sections=found,
        minutes=round(sum(section.minutes for section in found), 1),
        minutes_between_recaps=walk.minutes_between_recaps(found),
        prose=prose.measure(
            o.text for o in shown if isinstance(o, TextRendering) and not o.verbatim
        ),
        lines=text.lines(trace),
        questions=[
            QuestionFigures(
                name=one.question.name,
                place=one.place,
                kind=one.question.answer_kind,
                answers=len(one.answers),
                stands=one.stands,
            )
            for one in asked(trace)
        ],
        stepped_into=text.stepped_into(trace),
        wrappers=text.wrappers(trace),
        spreads=[
            Spread(name=shown.name, label=row.label, ratio=round(row.q3 / row.q1, 2))
            for shown in benchmarks(trace.steps)
            for row in shown.rows
            if row.q1 and row.q3 / row.q1 > QUARTILE_RATIO
        ],
        missing=[f"{o.what}: {o.reason}" for o in shown if isinstance(o, MissingRendering)],
        warnings=trace.warnings,
        bytes=size,
        seconds=seconds,
    )
