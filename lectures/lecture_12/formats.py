"""Ways to put one multiple-choice question to a language model.

A format says what the model reads and which continuations are compared. With options shown, it can
be scored by their label; in any case by their text, as a sum of log probabilities or divided by the
text's length in bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cs336_alignment.text.questions import Question

Labels = Literal["", "ABCD", "1234"]

EXAMPLES = (
    Question("", "What color is a ripe banana?", ("blue", "yellow", "black", "pink"), 1),
    Question("", "What is 5 + 4?", ("9", "8", "10", "7"), 0),
    Question("", "Which animal barks?", ("a cat", "a cow", "a hen", "a dog"), 3),
    Question("", "What is the opposite of big?", ("tall", "heavy", "small", "round"), 2),
)
"""For prompts with examples: not among the questions, and each letter is right once."""


@dataclass(frozen=True)
class Format:
    """How a question is asked.

    Attributes:
        chat: in the model's chat template, else as plain text that ends in "Answer:".
        labels: of the options that are shown; "" shows none.
        scored: compare the labels or the options' texts.
        examples: how many solved questions stand before it (plain text only).
    """

    name: str
    chat: bool
    labels: Labels
    scored: Literal["label", "text"]
    examples: int = 0

    def prompt(self, question: Question) -> str:
        """What the model reads, without its chat template."""
        if self.chat:
            return self._asked(question)
        shown = [
            f"{self._plain(example)}{self.answers(example)[example.right]}"
            for example in EXAMPLES[: self.examples]
        ]
        return "\n\n".join([*shown, self._plain(question)])

    def answers(self, question: Question) -> list[str]:
        """The continuations that are compared."""
        texts = list(self.labels) if self.scored == "label" else list(question.options)
        return texts if self.chat else [f" {text}" for text in texts]

    def _asked(self, question: Question) -> str:
        lines = [question.text, *self._options(question)]
        if self.labels:
            lines.append(
                "Answer with one letter: A, B, C or D."
                if self.labels == "ABCD" and self.scored == "label"
                else "Answer with one number: 1, 2, 3 or 4."
                if self.scored == "label"
                else "Answer with one of these."
            )
        return "\n".join(lines)

    def _plain(self, question: Question) -> str:
        return "\n".join([f"Question: {question.text}", *self._options(question), "Answer:"])

    def _options(self, question: Question) -> list[str]:
        pairs = zip(self.labels, question.options, strict=False)
        return [f"{label}. {text}" for label, text in pairs]


FORMATS = (
    Format("chat, letter", True, "ABCD", "label"),
    Format("chat, number", True, "1234", "label"),
    Format("plain, letter", False, "ABCD", "label"),
    Format("plain, letter, 4 examples", False, "ABCD", "label", 4),
    Format("chat, text", True, "", "text"),
    Format("chat, text, options shown", True, "ABCD", "text"),
    Format("plain, text", False, "", "text"),
    Format("plain, text, 4 examples", False, "", "text", 4),
    Format("plain, text, options shown", False, "ABCD", "text"),
)


def choice(scores: Sequence[float]) -> int:
    """The place of the highest score; the first among equals."""
    return max(range(len(scores)), key=lambda place: scores[place])


def by_bytes(scores: Sequence[float], texts: Sequence[str]) -> list[float]:
    """Sums of log probabilities over the lengths of their texts in bytes."""
    return [score / len(text.encode()) for score, text in zip(scores, texts, strict=True)]
