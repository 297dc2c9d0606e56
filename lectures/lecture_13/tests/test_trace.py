"""What the trace of lecture 13 shows, beyond what holds for every lecture."""

import re
from pathlib import Path

from lecture_tracer.trace.schema import (
    CodeRendering,
    QuestionRendering,
    TableRendering,
    TextRendering,
    Trace,
)
from tests import lecture_checks as checks


def text_of(trace: Trace) -> str:
    texts = [o.text for o in checks.outputs(trace) if isinstance(o, TextRendering)]
    return " ".join(" ".join(texts).split())


def tables(trace: Trace) -> list[TableRendering]:
    return [o for o in checks.outputs(trace) if isinstance(o, TableRendering)]


def test_it_has_so_many_sections_and_steps(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 19
    assert 260 <= len(trace.steps) <= 400


def test_the_code_of_the_assignment_is_walked(trace: Trace) -> None:
    walked = {trace.frames[step.frame].function.split(".")[-1] for step in trace.steps}
    assert {
        "links",
        "normalise_url",
        "unchunked",
        "find_record",
        "marks",
        "paired_interval",
    } <= walked


def test_it_draws_and_cites(trace: Trace, recorded: Path) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 9
    assert kinds["graphs"] == 2
    assert checks.check_citations(trace) >= 35
    checks.check_size(recorded, bytes_a_step=900)


def test_most_questions_are_about_behaviour(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    assert len(asked) >= 18
    assert sum(o.answer_kind != "number" for o in asked) >= len(asked) / 2


def test_a_record_is_shown_byte_by_byte(trace: Trace) -> None:
    dumps = [o.text for o in checks.outputs(trace) if isinstance(o, CodeRendering)]
    dump = next(text for text in dumps if "WARC headers" in text)
    assert len(re.findall(r"\b[0-9a-f]{2}(?= )", dump)) > 350


def test_every_card_and_every_ruling_is_shown(trace: Trace) -> None:
    from lectures.lecture_13 import catalogue, rulings

    cells = {str(row[0]) for shown in tables(trace) for row in shown.rows}
    for card in catalogue.ALL:
        assert any(cell.startswith(f"{card.name}, ") for cell in cells), card.name
    names = {str(row[1]) for shown in tables(trace) for row in shown.rows}
    assert {ruling.name for ruling in rulings.RULINGS} <= names


def test_what_others_got_wrong_is_corrected(trace: Trace) -> None:
    said = text_of(trace)
    assert "the 1.2 trillion that are often quoted are its public copy" in said
    assert "806 GB is what they occupy when a library has unpacked them" in said
    assert "(75, as one often hears, it does not)" in said
    assert "Whether that is an infringement is the question and not the premise" in said
    assert "Lecture notes sometimes have it the other way round" in said


def test_no_port_and_no_path_of_this_machine_is_in_the_trace(recorded: Path) -> None:
    stored = recorded.read_text(encoding="utf-8")
    assert not re.search(r"127\.0\.0\.1:\d", stored)
    assert str(Path(__file__).parents[3]) not in stored
