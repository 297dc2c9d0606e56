"""C4's rules: Raffel et al. 2020, JMLR 21(140), section 2.2. They edit lines, then judge the page.

The final paper keeps lines of at least five words and pages of at least three sentences (the first
version on arXiv: three words, five sentences; the published code: five of each). The rule that
every line must end in punctuation costs 30 % of the tokens (FineWeb, section 3.5), so it can be
switched off. The list of bad words is not part of this file: `cs336_data.toxicity` judges that.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from cs336_data.decision import Decision, below, kept

RULE = "c4"
POLICIES = (
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)
_TERMINAL = (".", "!", "?", '"', "”", "…", "。", "！", "？")
_SENTENCE = re.compile(r"[.!?。！？]+(?=[\s\"”')\]]|$)")
_CITATION = re.compile(r"\[(?:\d+|edit|citation needed)\]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked of lines and pages."""

    min_words_per_line: int = 5
    min_sentences: int = 3
    terminal_punctuation: bool = True


@dataclass(frozen=True, slots=True)
class Edited:
    """The decision, the text that is left and how many lines went under which name."""

    decision: Decision
    text: str
    removed: Counter[str]


def decide(text: str, limits: Limits = Limits()) -> Edited:
    """Remove lines that are no prose; reject pages with a brace, lorem ipsum or little left."""
    removed: Counter[str] = Counter()
    lines = []
    for line in text.split("\n"):
        why = fault(line, limits)
        if why:
            removed[why] += 1
        elif line.strip():
            lines.append(_CITATION.sub("", line).strip())
    left = "\n".join(lines)
    return Edited(_judge(text, left, limits), left, removed)


def fault(line: str, limits: Limits) -> str:
    """Why a line goes, or an empty string."""
    stripped = line.strip()
    if not stripped:
        return ""
    if limits.terminal_punctuation and (
        not stripped.endswith(_TERMINAL) or stripped.endswith("...")
    ):
        return "no punctuation at the end"
    if len(stripped.split()) < limits.min_words_per_line:
        return "few words"
    lower = stripped.lower()
    if "javascript" in lower:
        return "javascript"
    if any(policy in lower for policy in POLICIES):
        return "policy"
    return ""


def count_sentences(text: str) -> int:
    """Ends of sentences: punctuation before white space, a quote or the end."""
    return len(_SENTENCE.findall(text))


def _judge(before: str, left: str, limits: Limits) -> Decision:
    if "lorem ipsum" in before.lower():
        return Decision(False, RULE, "lorem ipsum")
    if "{" in left:
        return Decision(False, RULE, "a brace, as in code")
    sentences = count_sentences(left)
    if sentences < limits.min_sentences:
        return below(RULE, "sentences", sentences, limits.min_sentences)
    return kept(RULE)
