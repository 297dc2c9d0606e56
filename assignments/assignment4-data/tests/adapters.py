"""The names that outside tests of this assignment call, each bound to where it is implemented."""

from __future__ import annotations

from cs336_data.deduplication import exact_line_deduplication as run_exact_line_deduplication
from cs336_data.deduplication import minhash_deduplication as run_minhash_deduplication
from cs336_data.extract import extract_text_from_html_bytes as run_extract_text_from_html_bytes
from cs336_data.langid import identify_language as run_identify_language
from cs336_data.pii import mask_emails as run_mask_emails
from cs336_data.pii import mask_ips as run_mask_ips
from cs336_data.pii import mask_phone_numbers as run_mask_phone_numbers
from cs336_data.quality import classify_quality as run_classify_quality
from cs336_data.quality import gopher_quality_filter as run_gopher_quality_filter
from cs336_data.toxicity import classify_nsfw as run_classify_nsfw
from cs336_data.toxicity import classify_toxic_speech as run_classify_toxic_speech

__all__ = [
    "run_classify_nsfw",
    "run_classify_quality",
    "run_classify_toxic_speech",
    "run_exact_line_deduplication",
    "run_extract_text_from_html_bytes",
    "run_gopher_quality_filter",
    "run_identify_language",
    "run_mask_emails",
    "run_mask_ips",
    "run_mask_phone_numbers",
    "run_minhash_deduplication",
]
