"""What a number of tokens amounts to: books, shelves, disks, years of reading."""

from dataclasses import dataclass

WORDS_PER_TOKEN = 0.75  # of English, a rule of thumb of tokenizers' makers
CHARACTERS_PER_TOKEN = 4
NOVEL = 90_000  # words
SPINE = 2.5e-2  # metres of shelf
WORDS_A_MINUTE = 250
BOOKS_IN_THE_WORLD = 129_864_880  # Google's count of August 2010
STOCK = 300e12  # tokens of public text by people, Villalobos et al. 2024; 90 % interval:
STOCK_LOW, STOCK_HIGH = 100e12, 1000e12
HEARD_BY_THIRTEEN = 1e8  # words, at most (Warstadt et al. 2023)


@dataclass(frozen=True)
class Amount:
    """The same amount of text in several units."""

    words: float
    novels: float
    shelf_km: float
    terabytes: float
    reading_years: float
    childhoods: float


def amount(tokens: float) -> Amount:
    """Convert; reading goes on day and night, and a character is a byte."""
    words = tokens * WORDS_PER_TOKEN
    novels = words / NOVEL
    return Amount(
        words=words,
        novels=novels,
        shelf_km=novels * SPINE / 1000,
        terabytes=tokens * CHARACTERS_PER_TOKEN / 1e12,
        reading_years=words / WORDS_A_MINUTE / (60 * 24 * 365.25),
        childhoods=words / HEARD_BY_THIRTEEN,
    )


READ = {
    "GPT-3, 2020": 0.3e12,
    "LLaMA-65B, 2023": 1.4e12,
    "Llama 3.1, 2024": 15.6e12,
    "Qwen3, 2025": 36e12,
    "DeepSeek-V4, 2026": 32e12,
}
"""Tokens that models read in pre-training, by their reports."""

REPORTS = ["2005.14165", "2302.13971", "2407.21783", "2505.09388", "2606.19348"]
"""arXiv numbers of these reports, in the same order."""


def hosts_needed(pages: float, days: float, seconds_a_page: float) -> float:
    """How many hosts have to be crawled side by side at one page in so many seconds each."""
    return pages * seconds_a_page / (days * 86_400)
