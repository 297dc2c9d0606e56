"""Reward of a response: 1 for exactly one final answer that is right, else 0."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

ANSWER_MARK = ">"
"""Stands before the final answer; what precedes it is the chain of thought."""

Verdict = Literal["right", "wrong", "no answer", "several answers", "truncated", "grader failed"]
Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Grade:
    """A reward in [0, 1] and why."""

    reward: float
    verdict: Verdict


class Grader:
    """Grades responses and counts the verdicts, from any thread.

    The reward is 1 for a right answer and 0 otherwise. A response that was cut off gets 0 whatever
    it holds: its end is not the model's. A check that raises is a reward of 0, is counted, and its
    last error is kept, so that a broken grader shows in the log and not as a hard task.
    """

    def __init__(self) -> None:
        self.counts: Counter[Verdict] = Counter()
        self.last_error: Exception | None = None
        self._lock = threading.Lock()

    def grade(self, response: str, check: Check, *, finished: bool = True) -> Grade:
        """Grade one response whose final answer `check` decides."""
        verdict = self._verdict(response, check, finished)
        with self._lock:
            self.counts[verdict] += 1
        return Grade(1.0 if verdict == "right" else 0.0, verdict)

    def take_counts(self) -> dict[str, int]:
        """The counts since the last call."""
        with self._lock:
            counts, self.counts = self.counts, Counter()
        return {str(verdict): count for verdict, count in counts.items()}

    def _verdict(self, response: str, check: Check, finished: bool) -> Verdict:
        if not finished:
            return "truncated"
        if response.count(ANSWER_MARK) > 1:
            return "several answers"
        answer = final_answer(response)
        if not answer:
            return "no answer"
        try:
            return "right" if check(answer) else "wrong"
        except Exception as error:  # any check, also one of a user
            self.last_error = error
            return "grader failed"


def final_answer(response: str) -> str | None:
    """What follows the mark; None unless there is exactly one mark."""
    _, mark, answer = response.partition(ANSWER_MARK)
    return answer if mark and ANSWER_MARK not in answer else None
