"""Measured rates of assignment 4, carried to a trillion tokens.

The records are those of the assignment's `results/`, taken on two cores (AMD EPYC); each row says
which. Nothing here is timed while the lecture runs.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "assignments" / "assignment4-data" / "results"
GOAL = 1e12  # tokens that are left at the end
POOL = {"documents": 19_318, "kept": 4_925, "filtered": 8_767, "kept tokens": 6_452_186}
"""The study's pool of assignment 4: its documents, what deduplication and filters left of them."""
COMPARISONS = 1e6  # pairs a second, a generous guess for comparing everything with everything


@cache
def record(name: str) -> dict[str, Any]:
    """A record of the assignment."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def accuracies_of_language() -> list[float]:
    """Shares of short strings whose language is found: by lid.176, by py3langid, by both."""
    return [float(result["accuracy"]) for result in record("language")["results"]]


@dataclass(frozen=True)
class Plan:
    """Documents at each stage for the goal."""

    pages: float
    filtered: float
    kept: float
    html_bytes: float


def plan(goal: float = GOAL) -> Plan:
    """How many pages have to be read for so many tokens, by the yields of the study's pool."""
    kept = goal / (POOL["kept tokens"] / POOL["kept"])
    pages = kept * POOL["documents"] / POOL["kept"]
    chain = record("chain")
    page_bytes = chain["MB_of_html"] * 1e6 / chain["pages"]
    return Plan(pages, kept * POOL["filtered"] / POOL["kept"], kept, pages * page_bytes)


def rate() -> float:
    """Pages a second and core through the whole chain."""
    chain = record("chain")["results"]["ours with all default rules, masks, signatures"]
    return float(chain["docs_per_second"])


def core_days() -> dict[str, float]:
    """Processor time of each stage, in days of one core."""
    planned = plan()
    million = record("million")
    return {
        "extract, identify, filter, sign": planned.pages / rate() / 86_400,
        "find near duplicates": planned.filtered
        / million["docs_per_second_of_the_search"]
        / 86_400,
    }


def memory_bytes(num_hashes: int = 128, bands: int = 16) -> dict[str, float]:
    """Bytes that structures for all documents, or all paragraphs, need."""
    planned = plan()
    paragraphs = 10 * planned.filtered
    return {
        "signatures, 128 × 4 bytes": planned.filtered * num_hashes * 4,
        "keys of one band, 16 bytes": planned.filtered * 16,
        "keys of all bands": planned.filtered * 16 * bands,
        "Bloom filter, 10 paragraphs each, 1e-6": paragraphs * bloom_bits(1e-6) / 8,
        "Bloom filter, 10 paragraphs each, 1e-15": paragraphs * bloom_bits(1e-15) / 8,
    }


def bloom_bits(rate: float) -> float:
    """Bits an item of the best filter with that rate of false positives."""
    return -math.log(rate) / math.log(2) ** 2


def years_of_all_pairs() -> float:
    """Years of one core to compare all pairs of filtered documents."""
    filtered = plan().filtered
    return filtered * (filtered - 1) / 2 / COMPARISONS / (365.25 * 86_400)
