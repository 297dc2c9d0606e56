"""A report for people: what was counted, then what is outside of the rules."""

from collections.abc import Iterator

from lecture_tracer.report.alarms import alarms, implementations, section_level
from lecture_tracer.report.figures import Report


def words(report: Report) -> list[str]:
    """Lines for a terminal."""
    return [*_figures(report), "", *_sections(report), "", *_alarms(report)]


def _figures(report: Report) -> Iterator[str]:
    steps, prose, lines = report.steps, report.prose, report.lines
    kinds = ", ".join(f"{count} {name}" for name, count in steps.kinds.items())
    yield f"{report.lecture}: {steps.total} steps ({kinds})"
    yield (
        f"  dry {steps.dry_share:.0%}, longest run {steps.longest_dry_run} "
        f"{f'from {steps.longest_dry_place}' if steps.longest_dry_run else ''}".rstrip()
    )
    yield f"  new value, figure or question with {steps.fresh_share:.0%} of the steps"
    yield f"  {lines.outside_prose} lines outside prose, {lines.total} in all"
    yield (
        f"  {prose.words} words in {prose.sentences} sentences: mean {prose.mean:g}, median "
        f"{prose.median:g}, p90 {prose.p90:g}; {prose.short_share:.0%} have six words or fewer"
    )
    standing = sum(bool(one.stands) for one in report.questions)
    asked = len(report.questions)
    yield f"  {asked} questions, the answer to {standing} stands on the page already"
    done = implementations(report)
    yield f"  {len(done)} implementations stepped into{': ' if done else ''}{'; '.join(done)}"
    yield f"  {len(report.wrappers)} links that open a wrapper, a whole class or a whole module"
    yield f"  {len(report.spreads)} records with quartiles more than 1.5 times apart"
    seconds = "unknown" if report.seconds is None else f"{report.seconds:.1f}"
    yield f"  {seconds} s, {report.bytes / 1e3:,.0f} kB"


def _sections(report: Report) -> Iterator[str]:
    if not report.sections:
        yield "  no headings"
        return
    yield "  min  steps  figures  questions  section"
    for section in report.sections:
        indent = "  " * max(0, section.level - section_level(report))
        mark = "  (recap)" if section.recap else ""
        yield (
            f"{section.minutes:5.1f}  {section.steps:5}  {section.figures:7}  "
            f"{section.questions:9}  {indent}{section.title}{mark}"
        )
    gaps = ", ".join(f"{gap:.0f}" for gap in report.minutes_between_recaps)
    yield f"  {report.minutes:.0f} minutes, estimated for each section; up to each recap: {gaps}"


def _alarms(report: Report) -> Iterator[str]:
    found = alarms(report)
    yield from (f"! {line}" for line in found)
    yield "no alarms" if not found else f"{len(found)} alarms"
