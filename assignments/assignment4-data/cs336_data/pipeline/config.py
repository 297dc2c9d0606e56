"""What a run does, from a TOML file: checked before anything is read.

Two runs with the same `digest` and the same inputs write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal


class ConfigError(ValueError):
    """A wrong value: which, where, and what is allowed."""


VERSION = 1  # of the output: raise it when the same configuration gives other bytes
RULES = (
    "url", "language", "gopher_quality", "gopher_repetition", "c4", "fineweb", "toxic", "nsfw",
    "spam", "quality", "contaminated",
)  # fmt: skip
DEFAULT_RULES = ("url", "language", "gopher_quality", "gopher_repetition", "fineweb", "nsfw")


@dataclass(frozen=True)
class Filters:
    """Which rules a page has to pass, in which order, and their limits.

    `overrule` is the quality (`quality.quality_score`) from which a page is forgiven for breaking
    a rule of thumb by little; 1 forgives none, which is how the rules were published.
    """

    rules: tuple[str, ...] = DEFAULT_RULES
    languages: tuple[str, ...] = ("en",)
    min_language_score: float = 0.65
    min_quality: float = 0.5
    overrule: float = 1.0
    max_spam: float = 0.5
    max_toxic: float = 0.9
    max_nsfw: float = 0.9
    url_hosts: tuple[str, ...] = ()
    url_words: tuple[str, ...] = ()
    test_sets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = [rule for rule in self.rules if rule not in RULES]
        if unknown:
            raise ConfigError(f"unknown rule {unknown[0]!r} in filters.rules; known: {RULES}")
        if len(set(self.rules)) < len(self.rules):
            raise ConfigError("filters.rules names a rule twice")
        if "contaminated" in self.rules and not self.test_sets:
            raise ConfigError("the rule 'contaminated' needs filters.test_sets: files of texts")


@dataclass(frozen=True)
class Text:
    """How a page becomes text."""

    mode: Literal["main", "all"] = "main"
    mask_personal_data: bool = True
    normal_form: Literal["NFC", "none"] = "NFC"
    max_page_bytes: int = 10_000_000


@dataclass(frozen=True)
class Duplicates:
    """Near duplicates by MinHash, and paragraphs by a Bloom filter."""

    documents: bool = True
    num_hashes: int = 128
    num_bands: int = 16
    ngrams: int = 5
    threshold: float = 0.8
    keep: Literal["first", "longest"] = "first"
    paragraphs: bool = False
    expected_paragraphs: int = 10_000_000

    def __post_init__(self) -> None:
        if self.num_bands < 1 or self.num_hashes % self.num_bands:
            raise ConfigError(
                f"duplicates.num_bands {self.num_bands} does not divide {self.num_hashes} hashes"
            )
        if not 0 < self.threshold <= 1:
            raise ConfigError(f"duplicates.threshold must be in (0, 1], got {self.threshold}")


@dataclass(frozen=True)
class Output:
    """What is written."""

    format: Literal["jsonl.zst", "parquet"] = "jsonl.zst"
    rows_per_file: int = 50_000
    tag: bool = False
    rejected_samples: int = 25
    vocab: str = ""
    merges: str = ""
    valid_share: float = 0.01

    def __post_init__(self) -> None:
        if bool(self.vocab) != bool(self.merges):
            raise ConfigError("output.vocab and output.merges belong together")
        if not 0 <= self.valid_share < 1:
            raise ConfigError(f"output.valid_share must be in [0, 1), got {self.valid_share}")


@dataclass(frozen=True)
class PipelineConfig:
    """A whole run, but for its inputs, its place and the number of workers."""

    text: Text = field(default_factory=Text)
    filters: Filters = field(default_factory=Filters)
    duplicates: Duplicates = field(default_factory=Duplicates)
    output: Output = field(default_factory=Output)

    def to_dict(self) -> dict[str, Any]:
        """All values, as JSON can hold them."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return values

    @cached_property
    def digest(self) -> str:
        """Twelve characters that stand for every value, the version and the lists that are read."""
        filters, output = self.filters, self.output
        files = (*filters.url_hosts, *filters.url_words, *filters.test_sets)
        sums = [_file_digest(name) for name in (*files, output.vocab, output.merges) if name]
        text = json.dumps([VERSION, self.to_dict(), sums], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def load(path: Path | None, overrides: Sequence[str] = ()) -> PipelineConfig:
    """Read a file, or take the defaults; "filters.min_quality=0.6" overrides one value.

    Raises:
        ConfigError: what, where and what is allowed.
    """
    if path is None and not overrides:
        return PipelineConfig()
    # Imported here, since it imports torch: workers need neither its time nor its memory.
    from cs336_basics.config import ConfigError as BasicsConfigError
    from cs336_basics.training.config_file import load_config_as

    if path is None:
        raise ConfigError("--set needs --config")
    try:
        return load_config_as(PipelineConfig, path, overrides)
    except BasicsConfigError as error:
        raise ConfigError(str(error)) from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _file_digest(name: str) -> str:
    try:
        return hashlib.sha256(Path(name).read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"cannot read {name}: {error.strerror}") from error
