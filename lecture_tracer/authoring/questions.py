"""`predict()` and `reveal()`: the reader commits to an answer before the run gives it.

    predict("How many merges does it learn?", name="merges", unit="merges")
    merges = train(words)
    reveal("merges", len(merges), "One a round, until no pair occurs twice.")

The answer is the run's own, so it cannot grow stale. Nothing waits: the page asks, a plain run
prints both.
"""

import difflib
import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lecture_tracer.authoring.arguments import number, string, strings
from lecture_tracer.authoring.renderings import emit
from lecture_tracer.authoring.sink import PerRun
from lecture_tracer.trace.schema import TOLERANCE, AnswerRendering, QuestionRendering, Value
from lecture_tracer.values import serialize

KINDS = ("number", "choice", "text")
_NOT_GIVEN: Any = object()


@dataclass(frozen=True, slots=True)
class Question:
    """What `predict` gives, for `reveal`."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()

    def __trace_value__(self) -> str:
        """Shown by its name."""
        return self.name


_asked: PerRun[dict[str, Question]] = PerRun(dict)


def predict(
    text: str,
    *,
    name: str = "",
    unit: str = "",
    hint: str = "",
    choices: Sequence[object] = (),
    kind: str = "",
    tolerance: float = TOLERANCE,
    answer: Any = _NOT_GIVEN,
) -> Question:
    """Ask the reader before the run shows it. Gives a handle for `reveal`.

    `kind` is `number` (right within `tolerance`, relative), `choice` (one of `choices`) or `text`
    (free; the expected one is shown beside it). Left out, it is `choice` where there are choices,
    that of `answer` where that is given, else `number`. `hint` is shown on request. `answer` is
    for a value that is known already and not yet shown: then no `reveal` follows. `name` tells the
    questions of a lecture apart; left out, it is made from the text.
    Raises ValueError or TypeError with what to write instead.
    """
    text = _markdown(text, "predict(text)")
    if not text:
        raise ValueError("predict() needs the text of the question")
    given = tuple(dict.fromkeys(strings(choices, "predict(choices=)")))
    name, kind = string(name, "predict(name=)"), string(kind, "predict(kind=)")
    question = Question(_new_name(name, text), _kind(kind, given, answer), given)
    if question.kind == "choice" and len(given) < 2:
        raise ValueError(f"question {question.name!r}: give at least two different choices=[…]")
    tolerance = number(tolerance, "predict(tolerance=)")
    if tolerance < 0:
        raise ValueError(f"question {question.name!r}: tolerance={tolerance} is no share, say 0.05")
    rendering = QuestionRendering(
        name=question.name,
        text=text,
        answer_kind=question.kind,
        unit=string(unit, "predict(unit=)"),
        hint=_markdown(hint, "predict(hint=)"),
        choices=list(given),
        tolerance=tolerance if isinstance(tolerance, float) else float(tolerance),
        answer=None if answer is _NOT_GIVEN else _answer(question, answer),
    )
    _asked.get()[question.name] = question
    emit(rendering)
    return question


def reveal(question: str | Question, value: Any, why: str = "") -> None:
    """Show the answer to a question that `predict` asked, and what to learn from it.

    `value` is a number, one of the choices, or a text, as the question's kind says.
    Raises ValueError for a name that was not asked, and for a value of another kind.
    """
    named = question.name if isinstance(question, Question) else question
    name = string(named, "reveal(question)")
    asked = _asked.get()
    found = question if isinstance(question, Question) else asked.get(name)
    if found is None:
        close = difflib.get_close_matches(name, asked, n=1)
        known = f"did you mean {close[0]!r}?" if close else f"asked: {', '.join(asked) or 'none'}"
        raise ValueError(f"reveal({name!r}): no such question; {known}")
    answer = _answer(found, value)
    emit(AnswerRendering(name=name, answer=answer, text=_markdown(why, "reveal(why)")))


def _new_name(name: str, text: str) -> str:
    """A name that was not yet used. Raises ValueError if a given one was."""
    asked = _asked.get()
    if name:
        if name in asked and _asked.is_recording():
            raise ValueError(f"question {name!r} is asked already; give it another name")
        return name
    words = re.sub(r"[\W_]+", "-", text.lower()).strip("-")
    base = words[:40].rpartition("-")[0] if len(words) > 40 and "-" in words[:40] else words[:40]
    base = base or "question"
    numbered = (base if n == 1 else f"{base}-{n}" for n in range(1, len(asked) + 2))
    return next(found for found in numbered if found not in asked)


def _kind(kind: str, choices: tuple[str, ...], answer: Any) -> str:
    if kind:
        if kind not in KINDS:
            raise ValueError(f"kind={kind!r}: give one of {', '.join(KINDS)}")
        if choices and kind != "choice":
            raise ValueError(f"kind={kind!r} takes no choices; leave one of the two out")
        return kind
    if choices:
        return "choice"
    if answer is not _NOT_GIVEN and _number(answer) is None:
        return "text"
    return "number"


def _answer(question: Question, value: Any) -> Value:
    """The answer as the page compares it. Raises ValueError for one of another kind."""
    where = f"the answer to {question.name!r}"
    if question.kind == "number":
        found = _number(value)
        if found is None:
            shown = value if isinstance(value, str | bool | int | float) else type(value).__name__
            raise ValueError(
                f"{where} is {shown!r}, no finite number; give the question kind='text' "
                "or choices=[…]"
            )
        return serialize(found)
    text = string(value, where)
    if question.kind == "choice" and text not in question.choices:
        raise ValueError(f"{where} is {text!r}, none of its choices: {', '.join(question.choices)}")
    if not text.strip():
        raise ValueError(f"{where} is empty")
    return text


def _number(value: Any) -> int | float | None:
    """A finite number of Python from one of any library, or from an array of one element."""
    try:
        if getattr(value, "shape", None) and callable(getattr(value, "item", None)):
            value = value.item()
        return number(value, "the answer")
    except Exception:  # whatever an object of the lecture may raise
        return None


def _markdown(value: object, what: str) -> str:
    return inspect.cleandoc(string(value, what))
