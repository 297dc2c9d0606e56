"""One page through all rules: the pure core of the pipeline.

    judge = Chain(config)
    judge(page)     # Outcome: kept with its text, or rejected by one rule for one reason

Order matters for speed only: cheap rules and those that reject much come first.
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import zstandard
from numpy.typing import NDArray

from cs336_data.decision import Decision, above, below, kept
from cs336_data.dedup.decontamination import TestSet
from cs336_data.dedup.fast_minhash import shingle_stream, signatures
from cs336_data.extract import NestingError, decode_html, extract
from cs336_data.langid import SHORT, identify_language
from cs336_data.pii import mask_all
from cs336_data.pipeline.config import PipelineConfig
from cs336_data.quality import quality_score
from cs336_data.rules import c4, fineweb, gopher_quality, gopher_repetition, language, urls
from cs336_data.spam import spam_score
from cs336_data.text.view import View
from cs336_data.toxicity import classify_nsfw, classify_toxic_speech
from cs336_data.warc.items import Page

_NOINDEX = re.compile(rb"<meta[^>]{0,100}name=[\"']?robots[^>]{0,100}noindex", re.I)
_LICENCE = re.compile(rb"<(?:a|link)\b[^>]{0,200}rel=[\"']?license[^>]{0,200}", re.I)
_HREF = re.compile(rb"href=[\"']?([^\"'\s>]{1,300})", re.I)
_HEAD = 20_000  # bytes of a page where such marks are looked for
LONG_LINE = 60  # characters
SLACK = 4.0  # how many times as wide limits are for pages that the quality classifier calls prose


@dataclass(slots=True)
class Outcome:
    """What became of a page. `rule` and `reason` are empty for a page that is kept."""

    rule: str = ""
    reason: str = ""
    text: str = ""
    facts: dict[str, object] = field(default_factory=dict)  # fields of the row
    signature: NDArray[np.uint32] | None = None

    @property
    def keep(self) -> bool:
        """Whether nothing rejected the page."""
        return not self.rule


class Chain:
    """All rules of a configuration, with what they need to know, read once."""

    def __init__(self, config: PipelineConfig) -> None:
        self._config = config
        filters = config.filters
        if "language" in filters.rules:
            identify_language("a short text")  # loads both models: if that fails, then at once
        self._urls = urls.UrlList.read(map(Path, filters.url_hosts), map(Path, filters.url_words))
        self._tests = TestSet.of(
            text for name in filters.test_sets for text in read_texts(Path(name))
        )
        self._rules: dict[str, Callable[[View, dict[str, object]], Decision]] = {
            "language": self._language,
            "gopher_quality": lambda view, _: gopher_quality.decide(view),
            "gopher_repetition": lambda view, _: gopher_repetition.decide(view),
            "fineweb": lambda view, _: fineweb.decide(view),
            "toxic": self._toxic,
            "nsfw": self._nsfw,
            "spam": self._spam,
            "quality": self._quality,
            "contaminated": lambda view, _: self._tests.decide(view.text),
        }

    def __call__(self, page: Page) -> Outcome:
        """Judge a page; never raises for what a page contains."""
        facts: dict[str, object] = {}
        tags: dict[str, str] = {}
        tag = self._config.output.tag
        if "url" in self._config.filters.rules:
            decision = self._urls.decide(page.url)
            if not decision.keep and not tag:
                return Outcome(decision.rule, decision.reason)
            _note(tags, decision)
        try:
            text = self._text(page, facts)
        except NestingError as error:
            return Outcome("nested too deep", str(error))
        except (ValueError, RecursionError, MemoryError) as error:
            return Outcome("extraction failed", f"{type(error).__name__}: {error}"[:200])
        if not text:
            return Outcome("no text", "nothing is left of the page")
        outcome = self._judge(text, facts, tags)
        if outcome.keep:
            self._finish(outcome, tags)
        return outcome

    def _text(self, page: Page, facts: dict[str, object]) -> str:
        if page.kind == "text":
            text = page.body.decode("utf-8", "replace").replace("\x00", "")
        else:
            text = extract(decode_html(page.body, page.charset), self._config.text.mode)
            facts.update(marks(page.body[:_HEAD]))
        if self._config.text.normal_form == "NFC" and not text.isascii():
            text = unicodedata.normalize("NFC", text)
        return text.encode("utf-8", "replace").decode("utf-8").strip()  # no lone surrogates

    def _judge(self, text: str, facts: dict[str, object], tags: dict[str, str]) -> Outcome:
        view = View(text)
        overruled: dict[str, str] = {}
        for name in self._config.filters.rules:
            if name == "url":
                continue
            if name == "c4":
                edited = c4.decide(view.text)
                decision = edited.decision
                if decision.keep and not self._config.output.tag:
                    view = View(edited.text)
            else:
                decision = self._rules[name](view, facts)
            if not decision.keep and not self._config.output.tag:
                if not self._overruled(name, view, facts):
                    return Outcome(decision.rule, decision.reason, view.text, facts)
                overruled[name] = decision.reason
            _note(tags, decision)
        if overruled:
            facts["overruled"] = overruled
        return Outcome("", "", view.text, facts)

    def _overruled(self, name: str, view: View, facts: dict[str, object]) -> bool:
        """Whether a page breaks a rule of thumb by little and the classifier says it is prose.

        Code, tables and lists of options on a page of a manual break the rules on the shape of
        lines, on repetition and on how sure the language is; so does junk, but by more.
        """
        if self._config.filters.overrule >= 1:
            return False
        if name == "language":
            within = self._prose_is_wanted(view.text)
        elif name == "gopher_quality":
            within = gopher_quality.decide(view, gopher_quality.WIDE).keep
        elif name == "gopher_repetition":
            within = gopher_repetition.decide(view, SLACK).keep
        elif name == "fineweb":
            within = fineweb.decide(view, SLACK).keep
        else:
            return False
        return within and self._score(view, facts) >= self._config.filters.overrule

    def _prose_is_wanted(self, text: str) -> bool:
        """Whether the long lines alone are in a wanted language: code makes the model unsure.

        Half-translated pages have English commands between sentences in another script; so at
        most one letter in fifty may be outside of ASCII.
        """
        letters = [letter for letter in text if letter.isalpha()]
        if sum(not letter.isascii() for letter in letters) * 50 > len(letters):
            return False
        prose = " ".join(line for line in text.split("\n") if len(line) >= LONG_LINE)
        code, score = identify_language(prose if len(prose) >= SHORT else text)
        return code in self._config.filters.languages and score >= 0.5

    def _finish(self, outcome: Outcome, tags: dict[str, str]) -> None:
        """Mask, sign, note the tags."""
        if self._config.text.mask_personal_data:
            outcome.text, masked = mask_all(outcome.text)
            found = {name: count for name, count in masked.items() if count}
            if found:
                outcome.facts["masked"] = found
        if self._config.output.tag:
            outcome.facts["tags"] = tags
        duplicates = self._config.duplicates
        if duplicates.documents:
            shingles = shingle_stream(outcome.text, duplicates.ngrams)
            outcome.signature = signatures([shingles], duplicates.num_hashes)[0]

    def _language(self, view: View, facts: dict[str, object]) -> Decision:
        code, score = identify_language(view.text)
        facts["language"], facts["language_score"] = code, round(score, 4)
        filters = self._config.filters
        return language.judge(code, score, filters.languages, filters.min_language_score)

    def _toxic(self, view: View, facts: dict[str, object]) -> Decision:
        return _limited("toxic", classify_toxic_speech(view.text), self._config.filters.max_toxic)

    def _nsfw(self, view: View, facts: dict[str, object]) -> Decision:
        return _limited("nsfw", classify_nsfw(view.text), self._config.filters.max_nsfw)

    def _spam(self, view: View, facts: dict[str, object]) -> Decision:
        score, limit = spam_score(view), self._config.filters.max_spam
        return above("spam", "probability", score, limit) if score > limit else kept("spam")

    def _score(self, view: View, facts: dict[str, object]) -> float:
        """The page's quality, worked out once."""
        if "quality" not in facts:
            facts["quality"] = round(quality_score(view), 4)
        return float(str(facts["quality"]))

    def _quality(self, view: View, facts: dict[str, object]) -> Decision:
        score = self._score(view, facts)
        limit = self._config.filters.min_quality
        return below("quality", "quality", score, limit) if score < limit else kept("quality")


def marks(head: bytes) -> Iterator[tuple[str, object]]:
    """What a page says about its use: a licence, and that it should not be indexed."""
    if _NOINDEX.search(head):
        yield "noindex", True
    found = _LICENCE.search(head)
    address = _HREF.search(found[0]) if found else None
    if address:
        yield "licence", address[1].decode("utf-8", "replace")


def read_texts(path: Path) -> Iterator[str]:
    """Texts of a file: the field `text` of .jsonl (.gz, .zst too), else the file as one text."""
    name = path.name
    data = path.read_bytes()
    if name.endswith(".zst"):
        reader = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True)
        data, name = reader.read(), name.removesuffix(".zst")
    elif name.endswith(".gz"):
        data, name = gzip.decompress(data), name.removesuffix(".gz")
    if not name.endswith(".jsonl"):
        yield data.decode("utf-8", "replace")
        return
    for line in data.decode("utf-8").split("\n"):
        if line.strip():
            yield str(json.loads(line)["text"])


def _limited(name: str, answer: tuple[str, float], limit: float) -> Decision:
    label, score = answer
    probability = score if label == name else 1 - score
    return above(name, "probability", probability, limit) if probability > limit else kept(name)


def _note(tags: dict[str, str], decision: Decision) -> None:
    """Keep what a rule said against a page, for tag mode."""
    if not decision.keep:
        tags[decision.rule] = decision.reason
