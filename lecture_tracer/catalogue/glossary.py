"""The terms of a course, each with the sentence that defines it first.

Input: traces in the order of the course. Output: `Glossary`.

A lecture marks a term where it defines it, in its own prose: Markdown has two signs for emphasis,
and `_underscores_` (or `__two__`, for bold) are the sign of a definition, `*asterisks*` of stress.
Both look alike to the reader. What is shown is the sentence around the mark, and the one before it
where the sentence points back (`This is called _fusion_.`). An abbreviation or its long form in
parentheses behind the mark is another name of the same term: `_byte-pair encoding_ (BPE)`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from lecture_tracer.catalogue.passages import texts
from lecture_tracer.catalogue.sources import Course
from lecture_tracer.trace.schema import Node, Trace
from lecture_tracer.trace.sentences import blocks, split, without_code

_MARK = re.compile(r"(?<!\w)(?P<sign>__?)(?![\s_])(?P<term>.+?)(?<![\s_])(?P=sign)(?!\w)", re.S)
_BOLD = re.compile(r"(?<!\*)\*\*(?!\*)")
_BRACKET = re.compile(r"\s*\(([^()]+)\)")
_WORD = re.compile(r"[^\W\d_](?:[\w'’/-]*\w)?")
_POINTS_BACK = frozenset({"it", "its", "such", "that", "their", "these", "they", "this", "those"})
"""First words of sentences that say little without the one before."""
_PLURALS = (("ies", "y"), ("s", ""), ("es", ""))
_NO_PLURAL = ("ss", "us", "is")
_LINKING = frozenset({"between", "for", "of", "per", "the", "to"})
"""Words after which a plural is meant: `time between tokens`."""


class Term(Node, frozen=True, kw_only=True):
    """A term and where it is defined first."""

    name: str
    aliases: list[str] = []
    """Other names: `BPE` of byte-pair encoding."""
    definition: str
    """A sentence or two of the lecture, Markdown; the term is marked in it."""
    lecture: str
    step: int
    section: str = ""
    """The heading above it, Markdown."""


class Glossary(Node, frozen=True, kw_only=True):
    """`glossary.json`."""

    terms: list[Term]
    """By name, without regard to case."""


def glossary(course: Course) -> Glossary:
    """Every term of the course, once."""
    return Glossary(terms=terms(course.traces.values()))


def terms(traces: Iterable[Trace]) -> list[Term]:
    """The terms of traces in the order of the course, since the first definition counts; sorted."""
    course = list(traces)
    words = _words(course)
    found: dict[str, Term] = {}
    for trace in course:
        for place, text in texts(trace):
            for names, definition in _defined(text, words):
                keys = [key_of(name) for name in names]
                if any(key in found for key in keys):
                    continue
                term = Term(
                    name=names[0],
                    aliases=names[1:],
                    definition=definition,
                    lecture=trace.lecture,
                    step=place.step,
                    section=place.section,
                )
                found |= dict.fromkeys(keys, term)
    unique = {id(term): term for term in found.values()}.values()
    return sorted(unique, key=lambda term: (key_of(term.name), term.name))


def key_of(name: str) -> str:
    """What spellings of one term have in common: case, hyphens and spaces do not count.

    >>> key_of("Pre-training") == key_of("pretraining")
    True
    """
    return re.sub(r"[\s‐‑–-]+", "", name).casefold()


def _words(course: Iterable[Trace]) -> Counter[str]:
    """How often each word stands inside a sentence, where only a name has a capital."""
    return Counter(
        word
        for trace in course
        for _, text in texts(trace)
        for block in blocks(text)
        for sentence in split(block)
        for written in _WORD.findall(without_code(sentence).replace("_", " "))[1:]
        for word in {written, *written.split("-")}
    )


def _defined(text: str, words: Counter[str]) -> Iterator[tuple[list[str], str]]:
    """(names, definition) of every marked term of a text."""
    for block in blocks(text):
        before = ""
        for sentence in split(block):
            plain = without_code(sentence)
            for mark in _MARK.finditer(plain):
                written = " ".join(sentence[mark.start("term") : mark.end("term")].split())
                first = not _WORD.search(plain[: mark.start()])
                names = [_headword(written, words, first=first)]
                bracket = _BRACKET.match(sentence, mark.end())
                if bracket and (other := _other_name(names[0], bracket[1])):
                    names.append(other)
                yield names, _whole(before, sentence)
            before = sentence


def _whole(before: str, sentence: str) -> str:
    """The sentence, and the one before where it points back; no bold is left half open, and none
    that is around all of it."""
    first = _WORD.search(sentence)
    if first and first[0].lower() in _POINTS_BACK and before:
        sentence = f"{before} {sentence}"
    bold = [match.span() for match in _BOLD.finditer(sentence)]
    around = len(bold) == 2 and (bold[0][0], bold[1][1]) == (0, len(sentence))
    return _BOLD.sub("", sentence) if around or len(bold) % 2 else sentence


def _headword(written: str, words: Counter[str], *, first: bool) -> str:
    """The term as a dictionary has it: singular, and small where only a sentence began with it."""
    head = _WORD.match(written)
    if first and head and head[0][1:].islower() and not _is_name(head[0], words):
        written = written[0].lower() + written[1:]
    *others, last = re.split(r"(?<=[\s-])", written)
    if not last.islower() or last.endswith(_NO_PLURAL) or _LINKING & {w.strip() for w in others}:
        return written
    for ending, instead in _PLURALS:
        one = last.removesuffix(ending) + instead
        if last.endswith(ending) and one in words:
            return "".join([*others, one])
    return written


def _is_name(word: str, words: Counter[str]) -> bool:
    """Whether a word with a capital keeps it: `Muon`, and whoever a law is named after."""
    return words[word] > words[word.lower()] or word.endswith(("'s", "’s"))


def _other_name(term: str, bracket: str) -> str:
    """An abbreviation of the term or its long form at the beginning of a bracket; else nothing."""
    name = re.sub(r"(?<=[A-Z])s$", "", re.split(r"[,;]", bracket)[0].strip())
    letters = [re.sub(r"[^A-Za-z]", "", text).upper() for text in _initials(term, name)]
    if min(map(len, letters)) < 2:
        return ""
    short, long = sorted(letters, key=len)
    rest = iter(long)
    follows = all(letter in rest for letter in short)
    return name if follows and (_is_short(term) or _is_short(name)) else ""


def _initials(*names: str) -> list[str]:
    """The letters that an abbreviation is made of: its capitals, or the first of each word."""
    return [
        "".join(c for c in name if c.isupper())
        if _is_short(name)
        else "".join(word[0] for word in re.split(r"[\s-]+", name) if word)
        for name in names
    ]


def _is_short(name: str) -> bool:
    """Whether a name is an abbreviation: one word with two capitals."""
    return " " not in name and sum(c.isupper() for c in name) >= 2
