"""The grader: what is right gets 1, and no trick does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from cs336_alignment.grading.expressions import (
    ExpressionError,
    Limits,
    parse_expression,
    parse_integer,
    uses_exactly,
)
from cs336_alignment.grading.rewards import Grader, final_answer
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.countdown import CountdownTask
from cs336_alignment.tasks.problem import Problem
from hypothesis import given
from hypothesis import strategies as st

COUNTDOWN = Problem("1,2,3=7:", ">1+(2*3)", "7", 3, "key")


def check_countdown(answer: str) -> bool:
    return CountdownTask().check(COUNTDOWN, answer)


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("1+2*3", 7), ("(1+2)*3", 9), ("9-4-3", 2), ("2*(3-(4-5))", 8), ("0", 0)],
)
def test_expressions_have_the_values_of_arithmetic(text: str, value: int) -> None:
    assert parse_expression(text).value == value


@given(st.recursive(
    st.integers(0, 99).map(str),
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({''.join(t)})"),
    max_leaves=8,
))  # fmt: skip
def test_values_agree_with_python(text: str) -> None:
    limits = Limits(max_length=10_000, max_depth=100, max_magnitude=10**20)
    assert parse_expression(text, limits).value == eval(text)


@given(st.text(alphabet="0123456789+-*()>= e_.\n,²٣x", max_size=80))
def test_any_text_is_a_value_or_one_error(text: str) -> None:
    try:
        value = parse_expression(text).value
    except ExpressionError:
        return
    assert abs(value) <= Limits().max_magnitude


ATTACKS = {
    "empty": "",
    "a power tower": "9**9**9",
    "code": "__import__('os').getpid()",
    "attributes": "().__class__",
    "a factorial": "factorial(10**7)",
    "deep nesting": "(" * 10_000 + "7" + ")" * 10_000,
    "deep nesting within the length": "(" * 20 + "7" + ")" * 20,
    "a number of very many digits": "9" * 10_000,
    "a number of 5000 digits, which int() refuses": "9" * 5_000,
    "an unclosed parenthesis": "(1+2*3",
    "one closed too often": "1+2*3)",
    "a leading operator": "+7",
    "a sign": "-7+14",
    "a double operator": "1+-2",
    "a trailing operator": "1+2*",
    "a leading zero": "007",
    "a decimal": "7.0",
    "an exponent": "7e0",
    "an underscore": "0_7",
    "a separator": "7,000",
    "a space": "1 + 2*3",
    "superscript digits": "1+2*³",
    "digits of another script": "١+٢*٣",
    "full-width digits": "１+2*3",
    "division": "6/2",
    "division by zero": "1/0",
    "not a number": "nan",
    "infinity": "inf",
    "a control character": "1+2*3\x00",
    "a line break": "1+2*3\n",
    "implicit multiplication": "(1+2)(3)",
    "an equation": "1+2*3=7",
    "a huge product": "*".join(["999999"] * 9),
}


@pytest.mark.parametrize("answer", ATTACKS.values(), ids=ATTACKS.keys())
def test_attacks_are_no_expressions(answer: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(answer)
    assert not check_countdown(answer)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("1+(2*3)", True),
        ("1+2*3", True),
        ("2*3+1", True),
        ("7", False),  # the target itself
        ("1+2*3+0", False),  # a number too many
        ("2*3", False),  # one too few, and 6
        ("1*2*3+1", False),  # one used twice
        ("12-3", False),  # digits put together: 9 anyway
        ("12-3-2", False),  # 7, but from other numbers
        ("1,2,3=7:", False),  # the prompt
    ],
)
def test_countdown_wants_every_number_once(answer: str, right: bool) -> None:
    assert check_countdown(answer) is right


def test_numbers_are_counted_with_repetitions() -> None:
    assert uses_exactly(parse_expression("2*2+3"), [3, 2, 2])
    assert not uses_exactly(parse_expression("2+3"), [3, 2, 2])


@pytest.mark.parametrize("text", ["7", "-7", "0", "10", "7" * 18])
def test_one_way_to_write_an_integer(text: str) -> None:
    assert parse_integer(text) == int(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "+7",
        "007",
        "-0",
        "7.0",
        "7,000",
        "1e3",
        " 7",
        "7 ",
        "7\n",
        "7" * 19,
        "³",
        "١",
        "--7",
    ],
)
def test_other_ways_are_refused(text: str) -> None:
    assert parse_integer(text) is None


@pytest.mark.parametrize(
    ("response", "reward", "verdict"),
    [
        (">7", 1.0, "right"),
        ("thinking>7", 1.0, "right"),
        (">8", 0.0, "wrong"),
        ("7", 0.0, "no answer"),
        ("", 0.0, "no answer"),
        (">", 0.0, "no answer"),
        (">8>7", 0.0, "several answers"),
        (">7>7", 0.0, "several answers"),
        (">6 7", 0.0, "wrong"),  # listing candidates does not help
        ("7>", 0.0, "no answer"),
        (">>7", 0.0, "several answers"),  # one mark inside the other
        (">(>7)", 0.0, "several answers"),
        ("I mean >7, so>7", 0.0, "several answers"),  # the mark in the chain of thought
    ],
)
def test_exactly_one_final_answer(response: str, reward: float, verdict: str) -> None:
    grade = Grader().grade(response, lambda answer: answer == "7")
    assert (grade.reward, grade.verdict) == (reward, verdict)


def test_a_truncated_response_gets_nothing_even_if_right() -> None:
    grade = Grader().grade(">7", lambda answer: True, finished=False)
    assert (grade.reward, grade.verdict) == (0.0, "truncated")


def test_an_answer_after_the_end_does_not_count() -> None:
    tokenizer = CharacterTokenizer()
    end = tokenizer.eos_token_id
    ids = [*tokenizer.encode("1+2"), end, *tokenizer.encode(">7")]
    grade = Grader().grade(tokenizer.decode(ids), lambda answer: answer == "7")
    assert (grade.reward, grade.verdict) == (0.0, "no answer")
    ids = [*tokenizer.encode(">8"), end, *tokenizer.encode(">7")]
    assert Grader().grade(tokenizer.decode(ids), lambda answer: answer == "7").verdict == "wrong"


def test_a_text_beyond_the_length_is_refused_unread() -> None:
    """What would need a time-out elsewhere: nothing is done whose cost is not limited before."""

    class Unread(str):
        def __getitem__(self, key: object) -> str:
            raise AssertionError("read")

    for text in ("9" * 10_000_000, "(" * 10_000_000):
        with pytest.raises(ExpressionError, match="longer than 64 characters"):
            parse_expression(Unread(text))
        assert parse_integer(text) is None


def test_a_check_that_raises_is_counted_and_kept() -> None:
    grader = Grader()

    def broken(answer: str) -> bool:
        raise ZeroDivisionError(answer)

    assert grader.grade(">7", broken).reward == 0.0
    assert isinstance(grader.last_error, ZeroDivisionError)
    assert grader.take_counts() == {"grader failed": 1}
    assert grader.take_counts() == {}


def test_threads_grade_alike_and_lose_no_count() -> None:
    grader = Grader()
    answers = [">1+(2*3)", ">7", ">9**9**9", "none"] * 250
    with ThreadPoolExecutor(8) as pool:
        rewards = list(pool.map(lambda text: grader.grade(text, check_countdown).reward, answers))
    assert rewards == [1.0, 0.0, 0.0, 0.0] * 250
    assert grader.take_counts() == {"right": 250, "wrong": 500, "no answer": 250}


def test_final_answer() -> None:
    assert final_answer("a>b") == "b"
    assert final_answer("a>b>c") is None
    assert final_answer("ab") is None
