"""The passage of a text that a rule's decision rests on, to show beside the reason."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from cs336_data.decision import Decision
from cs336_data.rules import c4, fineweb, gopher_quality, gopher_repetition
from cs336_data.rules.gopher_quality import BULLETS
from cs336_data.text.view import View

from lectures.lecture_13.documents import Document

WIDTH = 60  # characters of a passage that are shown
RULES: dict[str, Callable[[str], Decision]] = {
    "Gopher": gopher_quality.decide,
    "repetition": gopher_repetition.decide,
    "C4": lambda text: c4.decide(text).decision,
    "FineWeb": fineweb.decide,
}


@dataclass(frozen=True)
class Verdict:
    """What one rule said about one document, and the passage behind it."""

    document: str
    rule: str
    decision: Decision
    passage: str


def verdicts(documents: list[Document]) -> list[Verdict]:
    """Every rule on every document."""
    return [
        Verdict(document.name, rule, decision, passage(decision, document.text))
        for document in documents
        for rule, decide in RULES.items()
        for decision in [decide(document.text)]
    ]


def passage(decision: Decision, text: str) -> str:
    """The words, or the line, that made a rule reject; empty if it did not."""
    if decision.keep:
        return ""
    finders = {
        "gopher_quality": _of_gopher,
        "gopher_repetition": _of_repetition,
        "c4": _of_c4,
        "fineweb": _of_fineweb,
    }
    found = finders[decision.rule](decision.reason, View(text))
    return found if len(found) <= WIDTH else found[: WIDTH - 1] + "…"


def _of_gopher(reason: str, view: View) -> str:
    if reason.startswith("mean word length"):
        return max(view.words, key=len)
    if reason.startswith("share of words with a letter"):
        return " ".join(word for word in view.words if not re.search(r"[^\W\d_]", word))
    if reason.startswith("symbols"):
        return max(view.lines, key=lambda line: line.count("#") + line.count("..."))
    if reason.startswith("share of lines with a bullet"):
        return next(line for line in view.lines if line.startswith(BULLETS))
    if reason.startswith("share of lines that end"):
        return next(line for line in view.lines if line.endswith(("...", "…")))
    return " / ".join(view.lines)


def _of_repetition(reason: str, view: View) -> str:
    gram = re.search(r"(\d+)-gram", reason)
    if not gram:
        return Counter(view.lines).most_common(1)[0][0]
    n = int(gram[1])
    grams = Counter(zip(*(view.words[i:] for i in range(n)), strict=False))
    return " ".join(grams.most_common(1)[0][0])


def _of_c4(reason: str, view: View) -> str:
    if reason.startswith("a brace"):
        return next(line for line in view.lines if "{" in line)
    if reason == "lorem ipsum":
        return next(line for line in view.lines if "lorem ipsum" in line.lower())
    return next((line for line in view.lines if c4.fault(line, c4.Limits())), view.lines[0])


def _of_fineweb(reason: str, view: View) -> str:
    if reason.startswith("share of lines with punctuation"):
        return next(line for line in view.lines if not line.endswith(fineweb.TERMINAL))
    if reason.startswith("characters of repeated"):
        return Counter(view.lines).most_common(1)[0][0]
    return next((line for line in view.lines if len(line) < fineweb.SHORT), "")


def lines_with_faults(text: str) -> list[list[str]]:
    """Each line with C4's reason to remove it; the citation marks of C4 aside."""
    return [[line, c4.fault(line, c4.Limits()) or "stays"] for line in text.splitlines() if line]


def tally(found: list[Verdict], documents: list[Document]) -> dict[str, int]:
    """Documents by whether all rules keep them and whether a person would."""
    counts = Counter[str]()
    for document in documents:
        keep = all(v.decision.keep for v in found if v.document == document.name)
        counts[f"{'kept' if keep else 'rejected'}, {'worth it' if document.worth else 'junk'}"] += 1
    return dict(sorted(counts.items()))


def letter_shares(documents: list[Document]) -> dict[str, float]:
    """Share of words with a letter in them, which Gopher's rule limits, for each document."""
    shares = {}
    for document in documents:
        words = document.text.split()
        shares[document.name] = sum(any(map(str.isalpha, word)) for word in words) / len(words)
    return shares
