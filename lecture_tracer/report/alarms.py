"""Where a report is outside of what a lecture of a course should be."""

from collections import Counter
from collections.abc import Iterator

from lecture_tracer.report.figures import Report

DRY_SHARE, DRY_RUN, FRESH_SHARE = 0.20, 4, 0.55
MEAN_WORDS, SHORT_SHARE = 13, 0.15
LINES_OUTSIDE_PROSE, LINES = 450, 1000
MINUTES_WITHOUT_RECAP = 15
IMPLEMENTATIONS = 3
SECONDS, BYTES = 60, 1_500_000
_NAMED = 4


def alarms(report: Report) -> list[str]:
    """One line each, in the order of the report; none when all is well."""
    found = (_walk(report), _sections(report), _prose(report), _questions(report), _code(report))
    return [line for part in (*found, _cost(report)) for line in part]


def sections_without_question(report: Report) -> list[str]:
    """Titles of the sections in which nothing is asked; their subsections count as theirs.

    The sections are the headings of the highest level that has several. Recaps need no question.
    """
    level = section_level(report)
    questions: dict[str, int] = {}
    title = ""
    for section in report.sections:
        if section.level <= level:
            title = section.title
            questions[title] = int(section.recap)
        if title:
            questions[title] += section.questions
    return [title for title, count in questions.items() if not count]


def section_level(report: Report) -> int:
    """The highest level of headings that occurs more than once; 1 without any."""
    counts = Counter(section.level for section in report.sections)
    return next((level for level in sorted(counts) if counts[level] > 1), 1)


def implementations(report: Report) -> list[str]:
    """`path: function` of what was stepped into outside of the lectures' own folders."""
    return [
        f"{path}: {name}"
        for path, names in report.stepped_into.items()
        for name in names
        if not path.startswith("lectures/")
    ]


def _walk(report: Report) -> Iterator[str]:
    steps = report.steps
    if report.ended not in ("completed", "exited"):
        yield f"the lecture {report.ended}"
    if steps.dry_share > DRY_SHARE:
        yield f"dry steps {steps.dry_share:.0%} (at most {DRY_SHARE:.0%})"
    if steps.longest_dry_run > DRY_RUN:
        yield (
            f"{steps.longest_dry_run} dry steps in a row from {steps.longest_dry_place} "
            f"(at most {DRY_RUN})"
        )
    if steps.fresh_share < FRESH_SHARE:
        yield (
            f"a value, figure or question comes with {steps.fresh_share:.0%} of the steps "
            f"(at least {FRESH_SHARE:.0%})"
        )


def _sections(report: Report) -> Iterator[str]:
    if silent := sections_without_question(report):
        yield f"{len(silent)} sections without a question: {_some(silent)}"
    longest = max(report.minutes_between_recaps, default=0)
    if longest > MINUTES_WITHOUT_RECAP:
        yield f"{longest:.0f} minutes without a recap (at most {MINUTES_WITHOUT_RECAP})"


def _prose(report: Report) -> Iterator[str]:
    prose = report.prose
    if prose.mean < MEAN_WORDS:
        yield f"sentences of {prose.mean:g} words on average (at least {MEAN_WORDS})"
    if prose.short_share > SHORT_SHARE:
        yield (
            f"{prose.short_share:.0%} of the sentences have six words or fewer "
            f"(at most {SHORT_SHARE:.0%})"
        )


def _questions(report: Report) -> Iterator[str]:
    for one in report.questions:
        if one.stands:
            yield f"{one.place}: the answer to {one.name!r} already stands {one.stands}"
        if one.answers != 1:
            yield f"{one.place}: {one.name!r} is answered {one.answers} times"


def _code(report: Report) -> Iterator[str]:
    if report.lines.outside_prose > LINES_OUTSIDE_PROSE:
        yield f"{report.lines.outside_prose} lines outside prose (at most {LINES_OUTSIDE_PROSE})"
    if report.lines.total > LINES:
        yield f"{report.lines.total} lines (at most {LINES})"
    if (count := len(implementations(report))) < IMPLEMENTATIONS:
        yield f"{count} implementations stepped into (at least {IMPLEMENTATIONS})"
    for wrapper in report.wrappers:
        yield f"{wrapper.place}: link to {wrapper.name}: {wrapper.why}"


def _cost(report: Report) -> Iterator[str]:
    for spread in report.spreads:
        yield f"record {spread.name!r}, {spread.label!r}: quartiles {spread.ratio:g} times apart"
    for missing in report.missing:
        yield f"not shown: {missing}"
    if report.warnings:
        yield f"{len(report.warnings)} warnings: {_some(report.warnings)}"
    if report.seconds is not None and report.seconds > SECONDS:
        yield f"{report.seconds:.0f} s (at most {SECONDS})"
    if report.bytes > BYTES:
        yield f"{report.bytes / 1e6:.1f} MB (at most {BYTES / 1e6:g})"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return "; ".join(names[:_NAMED]) + more
