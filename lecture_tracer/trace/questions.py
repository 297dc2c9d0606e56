"""Questions of a trace: when each was asked and answered, and whether its answer stood before.

Input: a trace. Output: `Asked` values, and warnings for the author. An answer stands on the page if
the prose, tables or prints since the last heading hold it, the question itself does, or a variable
that the panel shows then has it. Numbers up to ten and answers of one or two words are too common
to tell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lecture_tracer.trace.outline import headings
from lecture_tracer.trace.schema import (
    AnswerRendering,
    Number,
    QuestionRendering,
    Rendering,
    Step,
    TableRendering,
    TextRendering,
    Trace,
    Value,
)

_NUMBER = re.compile(
    r"(?<![\w.,^{])[-−+]?\d+(?:[,\u202f\u2009]\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?!\w|[.,]\d)"
)
_SMALL = 10
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: its step and place, and the answers to it with their steps."""

    question: QuestionRendering
    step: int
    place: str
    """Such as `lecture_01.py:41`."""
    answers: tuple[tuple[int, Value], ...]
    stands: str
    """Where its answer stood already when it was asked; empty if nowhere."""


def asked(trace: Trace) -> list[Asked]:
    """The questions of a trace in order."""
    answers: dict[str, list[tuple[int, Value]]] = {}
    shown = list(_outputs(trace))
    if not any(isinstance(output, QuestionRendering) for _, _, output in shown):
        return []
    for number, _, output in shown:
        if isinstance(output, AnswerRendering):
            answers.setdefault(output.name, []).append((number, output.answer))
    found = []
    page = _Page(trace)
    for number, step in enumerate(trace.steps):
        page.show(step)
        for output in step.outputs or ():
            if isinstance(output, QuestionRendering):
                known = [(number, output.answer)] if output.answer is not None else []
                all_answers = (*known, *answers.get(output.name, ()))
                stands = page.holds(output, all_answers[0][1], step) if all_answers else ""
                place = f"{trace.frames[step.frame].path}:{step.line}"
                found.append(Asked(output, number, place, all_answers, stands))
    return found


def question_warnings(trace: Trace) -> list[str]:
    """What the author should know of the lecture's questions."""
    warnings = []
    for one in asked(trace):
        start = f"{one.place}: question {one.question.name!r}"
        if not one.answers and trace.ended == "completed":
            call = f"reveal({one.question.name!r}, value)"
            warnings.append(f"{start} is never revealed; call {call} after the run (question)")
        if len(one.answers) > 1:
            warnings.append(
                f"{start} is revealed {len(one.answers)} times; once is enough (question)"
            )
        if one.stands:
            warnings.append(
                f"{start}: its answer already stands {one.stands}; "
                "ask before the lecture shows it (question)"
            )
    return warnings


class _Page:
    """What a reader has before them: text since the last heading, and the variables shown."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._texts: list[str] = []
        self._variables: dict[int, dict[str, Value]] = {}

    def show(self, step: Step) -> None:
        """Go on by one step."""
        for output in step.outputs or ():
            if isinstance(output, TextRendering) and any(headings(output.text)):
                self._texts.clear()
            self._texts.append(_words(output))
        self._texts.append(step.stdout)
        shown = self._variables.setdefault(step.frame, {})
        shown.update(step.changes or {})
        for name in step.cleared or ():
            shown.pop(name, None)

    def holds(self, question: QuestionRendering, answer: Value, step: Step) -> str:
        """Where the answer stands, in words; empty if nowhere."""
        if _is_in(answer, f"{question.text}\n{question.hint}"):
            return "in the question itself"
        if any(_is_in(answer, text) for text in self._texts):
            return "in this section's text"
        frame: int | None = step.frame
        while frame is not None:
            for name, value in self._variables.get(frame, {}).items():
                if _same_number(value, answer):
                    return f"in the panel, as {name!r}"
            frame = self._trace.frames[frame].parent
        return ""


def _outputs(trace: Trace) -> Iterator[tuple[int, Step, Rendering]]:
    for number, step in enumerate(trace.steps):
        if step.outputs:  # few steps have any
            for output in step.outputs:
                yield number, step, output


def _words(output: Rendering) -> str:
    if isinstance(output, TextRendering):
        return output.text
    if isinstance(output, TableRendering):
        return "\n".join(str(getattr(cell, "text", cell)) for row in output.rows for cell in row)
    return ""


def as_number(value: Value) -> float | None:
    """A value as a number, if it is one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, Number):
        try:
            return float(value.text)
        except ValueError:
            return None
    return None


def _telling(answer: Value) -> float | None:
    """The answer as a number that does not turn up by chance."""
    number = as_number(answer)
    if number is None or (number.is_integer() and abs(number) <= _SMALL):
        return None
    return number


def _same_number(value: Value, answer: Value) -> bool:
    number = _telling(answer)
    return number is not None and as_number(value) == number


def _is_in(answer: Value, text: str) -> bool:
    if isinstance(answer, str):
        words = " ".join(answer.casefold().split())
        return words.count(" ") >= _FEWEST_WORDS - 1 and words in " ".join(text.casefold().split())
    number = _telling(answer)
    return number is not None and any(_reads(token, number) for token in _NUMBER.findall(text))


def _reads(token: str, number: float) -> bool:
    """Whether a number in a text says `number`, to the digits it has (two or more)."""
    plain = re.sub(r"[,\u202f\u2009]", "", token).replace("−", "-")
    if float(plain) == number:
        return True
    digits = len(re.sub(r"e.*|\D", "", plain).lstrip("0"))
    return digits > 1 and "." in plain and float(f"{number:.{digits}g}") == float(plain)
