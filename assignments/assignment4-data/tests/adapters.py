"""The names that outside tests of this assignment call, each bound to where it is implemented."""

from __future__ import annotations

from pathlib import Path

from cs336_data.dedup.bloom import BloomFilter
from cs336_data.dedup.minhash import MinHasher
from cs336_data.dedup.minhash import band_keys as run_band_keys
from cs336_data.dedup.minhash import bands_for as run_bands_for
from cs336_data.dedup.minhash import jaccard as run_jaccard
from cs336_data.dedup.minhash import match_probability as run_match_probability
from cs336_data.dedup.minhash import shingle_hashes as run_shingle_hashes
from cs336_data.deduplication import exact_line_deduplication as run_exact_line_deduplication
from cs336_data.deduplication import minhash_deduplication as run_minhash_deduplication
from cs336_data.extract import extract_text_from_html_bytes as run_extract_text_from_html_bytes
from cs336_data.langid import identify_language as run_identify_language
from cs336_data.mixing import plan_mixture as run_plan_mixture
from cs336_data.models.linear import train as run_train
from cs336_data.pii import mask_emails as run_mask_emails
from cs336_data.pii import mask_ips as run_mask_ips
from cs336_data.pii import mask_phone_numbers as run_mask_phone_numbers
from cs336_data.pipeline.plain import filter_archives as run_filter_archives
from cs336_data.pipeline.tokens import pack_documents as run_pack_documents
from cs336_data.quality import classify_quality as run_classify_quality
from cs336_data.quality import gopher_quality_filter as run_gopher_quality_filter
from cs336_data.rules.plain_repetition import duplicate_characters as run_duplicate_characters
from cs336_data.rules.plain_repetition import top_ngram_characters as run_top_ngram_characters
from cs336_data.toxicity import classify_nsfw as run_classify_nsfw
from cs336_data.toxicity import classify_toxic_speech as run_classify_toxic_speech
from cs336_data.warc.http import unchunked as run_unchunked
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive

get_bloom_filter = BloomFilter
get_min_hasher = MinHasher


def run_read_archive(path: Path) -> list[tuple[str, str, bytes]]:
    """("page", url, body) or ("skipped", reason, b"") of every record, in order."""
    return [
        ("page", item.url, item.body) if isinstance(item, Page) else ("skipped", item.reason, b"")
        for item in read_archive(path)
    ]


def run_signature(num_hashes: int, shingles: object) -> object:
    """The signature of a set of hashes by a new MinHasher."""
    return MinHasher(num_hashes).signature(shingles)  # type: ignore[arg-type]


__all__ = [
    "get_bloom_filter",
    "get_min_hasher",
    "run_band_keys",
    "run_bands_for",
    "run_classify_nsfw",
    "run_classify_quality",
    "run_classify_toxic_speech",
    "run_duplicate_characters",
    "run_exact_line_deduplication",
    "run_extract_text_from_html_bytes",
    "run_filter_archives",
    "run_gopher_quality_filter",
    "run_identify_language",
    "run_jaccard",
    "run_mask_emails",
    "run_mask_ips",
    "run_mask_phone_numbers",
    "run_match_probability",
    "run_minhash_deduplication",
    "run_pack_documents",
    "run_plan_mixture",
    "run_read_archive",
    "run_shingle_hashes",
    "run_signature",
    "run_top_ngram_characters",
    "run_train",
    "run_unchunked",
]
