"""`predict` and `reveal`: what is asked, what is answered, and what the author is told."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from lecture_tracer import predict, reveal
from lecture_tracer.trace.questions import asked
from lecture_tracer.trace.schema import AnswerRendering, QuestionRendering, Trace
from tests.conftest import Record


def outputs(trace: Trace) -> list[Any]:
    kinds = (QuestionRendering, AnswerRendering)
    return [o for step in trace.steps for o in step.outputs or () if isinstance(o, kinds)]


def lecture(*lines: str) -> str:
    """A lecture whose main() is `lines`."""
    head = "from lecture_tracer import predict, reveal, text, table\n\ndef main():\n"
    return head + "".join(f"    {line}\n" for line in lines)


def test_a_number_is_asked_and_revealed(record: Record) -> None:
    trace = record(
        lecture(
            'predict("How many *merges*?", name="merges", unit="merges", hint="Count.")',
            "merges = 12 + 24",
            'reveal("merges", merges, "One a round.")',
        )
    )
    assert outputs(trace) == [
        QuestionRendering(
            name="merges", text="How many *merges*?", answer_kind="number", unit="merges",
            hint="Count.",
        ),
        AnswerRendering(name="merges", answer=36, text="One a round."),
    ]  # fmt: skip
    assert (trace.ended, trace.warnings) == ("completed", [])


def test_a_choice_a_text_and_an_answer_known_already(record: Record) -> None:
    trace = record(
        lecture(
            'q = predict("Which is faster?", choices=["eager", "compiled", 3])',
            'r = predict("Why?", kind="text")',
            'predict("And the next?", name="next", answer=0.25, tolerance=0.1)',
            'predict("Who?", answer="Euclid")',
            'reveal(q, "compiled")',
            "reveal(r, 'one kernel')",
        )
    )
    first, second, third, fourth, *answers = outputs(trace)
    assert (first.answer_kind, first.choices, first.name) == (
        "choice", ["eager", "compiled", "3"], "which-is-faster",
    )  # fmt: skip
    assert (second.answer_kind, second.name) == ("text", "why")
    assert (third.answer_kind, third.answer, third.tolerance) == ("number", 0.25, 0.1)
    assert (fourth.answer_kind, fourth.answer) == ("text", "Euclid")
    assert [(a.name, a.answer) for a in answers] == [
        ("which-is-faster", "compiled"), ("why", "one kernel"),
    ]  # fmt: skip
    assert trace.warnings == []


def test_questions_of_one_text_get_names_of_their_own(record: Record) -> None:
    trace = record(lecture(*['predict("And now?", answer=1)'] * 3, 'predict("?", answer=2)'))
    assert [q.name for q in outputs(trace)] == ["and-now", "and-now-2", "and-now-3", "question"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (['predict("", name="a")'], "needs the text"),
        (['predict("a?", kind="numbr")'], "kind='numbr': give one of number, choice, text"),
        (['predict("a?", kind="text", choices=["b", "c"])'], "takes no choices"),
        (['predict("a?", choices=["b", "b"])'], "at least two different choices"),
        (['predict("a?", tolerance=-1)'], "tolerance=-1 is no share"),
        (['predict("a?", name="a")', 'predict("b?", name="a")'], "'a' is asked already"),
        (['reveal("a", 1)'], "reveal('a'): no such question; asked: none"),
        (['predict("a?", name="merges")', 'reveal("merge", 1)'], "did you mean 'merges'?"),
        (['predict("a?", name="a")', 'reveal("a", "seven")'], "no finite number; give"),
        (['predict("a?", name="a")', 'reveal("a", float("nan"))'], "no finite number"),
        (['predict("a?", name="a")', 'reveal("a", True)'], "no finite number"),
        (
            ['q = predict("a?", name="a", choices=["b", "c"])', 'reveal(q, "d")'],
            "the answer to 'a' is 'd', none of its choices: b, c",
        ),
    ],
)
def test_a_mistake_fails_on_its_own_line(record: Record, lines: list[str], message: str) -> None:
    trace = record(lecture(*lines))
    assert trace.failure is not None
    assert message in trace.failure.message
    assert (trace.failure.traceback[-1].path, trace.failure.traceback[-1].line) == (
        "lecture_99.py", 3 + len(lines),
    )  # fmt: skip


@pytest.mark.parametrize("value", [7, 7.0, Decimal(7), Fraction(7)])
def test_a_number_of_any_type_is_one(value: object, capsys: pytest.CaptureFixture[str]) -> None:
    reveal(predict("How many?", name="n", unit="m"), value)
    assert capsys.readouterr().out.splitlines()[1] in ("Answer (n): 7", "Answer (n): 7.0")


def test_numbers_of_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    numpy, torch = pytest.importorskip("numpy"), pytest.importorskip("torch")
    for value in (numpy.int64(7), numpy.array([7]), torch.tensor(7), torch.tensor([7])):
        reveal(predict("How many?", name="n"), value)
        assert "Answer (n): 7\n" in capsys.readouterr().out
    with pytest.raises(ValueError, match="no finite number"):
        reveal("n", torch.tensor([7, 8]))


def test_a_plain_run_prints_both_and_does_not_wait(capsys: pytest.CaptureFixture[str]) -> None:
    q = predict("Which?", name="w", choices=["a", "b"], hint="Look.")
    reveal(q, "b", "Because.")
    predict("How far?", name="far", unit="km", answer=3)
    assert capsys.readouterr().out.splitlines() == [
        "Question (w): Which?", "  - a", "  - b", "  Hint: Look.", "Answer (w): b", "Because.",
        "Question (far): How far? [km]", "Answer (far): 3 [km]",
    ]  # fmt: skip


def test_a_question_never_revealed_or_twice_is_a_warning(record: Record) -> None:
    trace = record(
        lecture(
            'predict("a?", name="a")',
            'b = predict("b?", name="b", answer=1)',
            "reveal(b, 1)",
        )
    )
    assert trace.warnings == [
        "lecture_99.py:4: question 'a' is never revealed; call reveal('a', value) after the run "
        "(question)",
        "lecture_99.py:5: question 'b' is revealed 2 times; once is enough (question)",
    ]
    assert [len(one.answers) for one in asked(trace)] == [0, 2]


def test_a_lecture_that_failed_is_not_blamed_for_open_questions(record: Record) -> None:
    assert record(lecture('predict("a?", name="a")', "1 / 0")).warnings == []


@pytest.mark.parametrize(
    ("before", "answer", "where"),
    [
        (['text("It learns 1,257 merges.")'], "1257", "in this section's text"),
        (['text("About 0.14 of them.")'], "0.1372", "in this section's text"),
        (['table([["merges", 1257]])'], "1257", "in this section's text"),
        (['print("merges: 1257")'], "1257", "in this section's text"),
        (["merges = 1257  # @inspect merges"], "1257", "in the panel, as 'merges'"),
        (['text("About 0.14 of them.")'], "0.15", ""),
        (['text("It learns 1,2578 merges in v1257.")'], "1257", ""),
        (['text("It learns 12570 merges, or 1257.5.")'], "1257", ""),
        (['text("# Before\\nIt learns 1257.")', 'text("# Now")'], "1257", ""),
        (["merges = 1257  # @inspect merges", "x = 1  # @clear merges"], "1257", ""),
        (['text("There are 7.")'], "7", ""),
    ],
)
def test_an_answer_that_stands_on_the_page_is_a_warning(
    record: Record, before: list[str], answer: str, where: str
) -> None:
    trace = record(
        lecture(*before, 'q = predict("How many?", unit="merges")', f"reveal(q, {answer})")
    )
    assert [one.stands for one in asked(trace)] == [where]
    assert len(trace.warnings) == bool(where)


def test_an_answer_in_the_question_itself(record: Record) -> None:
    trace = record(lecture('predict("Is it 1257 or more?", unit="m", answer=1257)'))
    assert (
        "lecture_99.py:4: question 'is-it-1257-or-more': its answer already stands in the "
        in (trace.warnings[0])
    )


def test_a_text_that_stands_before(record: Record) -> None:
    trace = record(
        lecture(
            'text("It is slow: memory is read twice.")',
            'predict("Why?", name="why", kind="text", answer="Memory is read twice")',
        )
    )
    assert [one.stands for one in asked(trace)] == ["in this section's text"]
