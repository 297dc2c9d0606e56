"""Names of the six training sets, and which differences are reported. Imports nothing."""

from __future__ import annotations

VARIANTS = {
    "a": "raw",
    "b": "English only",
    "c": "random, as large as e",
    "d": "filtered",
    "e": "filtered and deduplicated",
    "f": "as e, with the quality classifier",
}
PAIRS = (
    ("b", "a"),
    ("c", "a"),
    ("d", "b"),
    ("e", "a"),
    ("e", "b"),
    ("e", "c"),
    ("e", "d"),
    ("f", "e"),
)
"""Differences that are reported; the prediction is about (e) - (a)."""
