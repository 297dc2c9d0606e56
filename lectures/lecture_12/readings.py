"""What SmolLM2's replies say: by parsers of three kinds, and as a person reads them."""

import re
from collections.abc import Callable

from cs336_alignment.parsing import parse_gsm8k_response, parse_mmlu_response
from cs336_alignment.text.questions import all_questions

from lectures.lecture_12.records import read
from lectures.lecture_12.word_problems import WORD_PROBLEMS

# The letter that each recorded reply commits itself to, read by hand: "-" where it names all
# letters, repeats the options, contradicts itself, or says something else.
_BY_HAND = "AAA-A-AAA-A--AAA---D-DAA-AAAA-AAAA-AA---"

TRAPS = [
    "The answer is not B. It is C.",
    "I would say (C).",
    "A is the only correct answer.",
    "Answer: B, or perhaps D",
    "The answer is a bit ambiguous.",
]
"""Replies that parsers stumble on."""

Parser = Callable[[str], str | None]


def replies() -> list[str]:
    """What it said to the forty lettered questions."""
    return [entry["output"] for entry in read("replies")["letters"]]


def first_capital(reply: str) -> str | None:
    """The first of A, B, C, D that stands alone, as many a script does it."""
    found = re.search(r"\b[A-D]\b", reply)
    return found[0] if found else None


def assignment(reply: str) -> str | None:
    """Assignment 5's parser, for four options."""
    return parse_mmlu_response({}, reply)


def letter_scores() -> dict[str, int]:
    """How many of the forty are right, by who reads them."""
    said, right = replies(), ["ABCD"[question.right] for question in all_questions()]
    read_by = {
        "first capital letter": [first_capital(reply) for reply in said],
        "assignment 5": [assignment(reply) for reply in said],
        "a person": [None if letter == "-" else letter for letter in _BY_HAND],
    }
    return {
        name: sum(a == b for a, b in zip(letters, right, strict=True))
        for name, letters in read_by.items()
    }


def unearned() -> list[str]:
    """Replies that the assignment's parser counts as right, and a person does not."""
    rows = zip(replies(), _BY_HAND, all_questions(), strict=True)
    return [
        reply
        for reply, by_hand, question in rows
        if assignment(reply) == "ABCD"[question.right] != by_hand
    ]


def number_scores() -> dict[str, int]:
    """How many of the word problems are right, by which number of the reply counts."""
    rows = [
        (entry["output"], entry["finished"], problem.answer)
        for entry, problem in zip(read("replies")["numbers"], WORD_PROBLEMS, strict=True)
    ]
    return {
        "any number": sum(_anywhere(text, answer) for text, _, answer in rows),
        "the last number": sum(parse_gsm8k_response(text) == answer for text, _, answer in rows),
        "the last number, if the reply has ended": sum(
            ended and parse_gsm8k_response(text) == answer for text, ended, answer in rows
        ),
    }


def _anywhere(text: str, answer: str) -> bool:
    return answer in re.findall(r"\d+", text.replace(",", ""))


def right_samples() -> list[int]:
    """How many of each word problem's samples end in the right number."""
    return [
        sum(parse_gsm8k_response(text) == problem.answer for text in texts)
        for texts, problem in zip(read("samples")["samples"], WORD_PROBLEMS, strict=True)
    ]
