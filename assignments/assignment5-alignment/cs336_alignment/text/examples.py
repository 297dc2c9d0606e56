"""Instructions with answers, made from the topics: a two-line format, and brief against wordy.

The same seed gives the same examples. Evaluation is disjoint from training in its items, and a
third of it asks in a way that was not trained; a second evaluation set holds topics of which
nothing was trained.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Literal

from cs336_alignment.text.topics import TOPICS, Topic

Split = Literal["train", "items", "topics"]
"""Trained on; new items of trained topics; topics not trained on."""

FORMAT_REQUEST = (
    'Reply in exactly two lines: the first starts with "Answer:", the second with "Because:".'
)
MOST_WORDS = 12
HELD_OUT_SHARE = 5  # every fifth item of a topic is kept for evaluation
_FORMAT = re.compile(r"Answer: \S[^\n]*\nBecause: \S[^\n]*")

OPENINGS = (
    "That is a great question, and I am happy to help you with it.",
    "Thank you for asking; let me think about this carefully.",
    "There are many things that one could say about this topic.",
    "Of course! Let us look at this step by step.",
    "This is something that many people wonder about.",
)
CLOSINGS = (
    "I hope that this explanation is useful, and please feel free to ask me more questions.",
    "It is always good to learn new things, since knowledge helps us in our daily lives.",
    "If you would like to know more, there are many books and other sources about this subject.",
    "As you can see, the matter is simple once all the details have been considered.",
    "Please let me know if there is anything else that I can do for you today.",
)
HELD_OUT_OPENINGS = (
    "I would be glad to tell you everything that I know about this.",
    "Before I answer, it is worth saying a few words about the question itself.",
)
HELD_OUT_CLOSINGS = (
    "In summary, this is what is generally known, although more could certainly be added.",
    "Do not hesitate to come back to me whenever you need more help with such matters.",
)


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its answers."""

    topic: str
    item: str
    question: str
    key: str
    """What a right answer contains."""
    brief: str
    """One sentence."""
    wordy: str
    """The same between sentences that say nothing."""
    formatted: str
    """Two lines, as FORMAT_REQUEST asks."""

    @property
    def format_question(self) -> str:
        """The question with the request for the format."""
        return f"{self.question}\n{FORMAT_REQUEST}"


def make_examples(split: Split, seed: int = 0) -> list[Example]:
    """All examples of a split, in an order drawn from the seed."""
    draw = random.Random(f"{split} {seed}")
    examples = [
        _example(topic, way, item, split, draw)
        for topic in TOPICS
        if topic.held_out == (split == "topics")
        for index, item in enumerate(topic.items)
        if split == "topics" or (index % HELD_OUT_SHARE == 0) == (split == "items")
        for way in (topic.ways[:-1] if split == "train" else topic.ways)
    ]
    draw.shuffle(examples)
    return examples


def _example(topic: Topic, way: str, item: str, split: Split, draw: random.Random) -> Example:
    key = topic.items[item]
    brief = _fill(topic.sentence, item, key)
    reason = _fill(topic.reason, item, key)
    train = split == "train"
    opening = draw.choice(OPENINGS if train else HELD_OUT_OPENINGS)
    closing = draw.choice(CLOSINGS if train else HELD_OUT_CLOSINGS)
    return Example(
        topic=topic.name,
        item=item,
        question=_fill(way, item, key),
        key=key,
        brief=brief,
        wordy=f"{opening} {brief} {reason} {closing}",
        formatted=f"Answer: {key}\nBecause: {reason}",
    )


def _fill(template: str, item: str, key: str) -> str:
    if item[0] in "aeiou":
        template = re.sub(r"\b([Aa]) \{x\}", r"\1n {x}", template)
    sentence = template.format(x=item, y=key)
    return sentence[:1].upper() + sentence[1:]


def follows_format(text: str) -> bool:
    """Exactly two lines, `Answer: ...` and `Because: ...`, and nothing else but white space."""
    return _FORMAT.fullmatch(text.strip()) is not None


def is_brief(text: str) -> bool:
    """One to MOST_WORDS words, one line, ended by a full stop, question or exclamation mark."""
    text = text.strip()
    return 1 <= len(text.split()) <= MOST_WORDS and "\n" not in text and text[-1] in ".!?"


def contains_key(text: str, key: str) -> bool:
    """Whether the answer names the key as words of its own, upper case or not."""
    return re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text, re.IGNORECASE) is not None
