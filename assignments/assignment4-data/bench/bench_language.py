"""Language identification on translated messages of this system's programs, beside its two parts.

Debian and its relatives keep them in /usr/share/locale/LANGUAGE/LC_MESSAGES/*.mo; here 24
languages, 150 strings each of at least three words and 20 to 300 characters. Catalogues of names
(countries, languages, media types) are left out. Labels are noisy: options and keywords stay
English in them.

    python bench/bench_language.py --output results/language.json
"""

from __future__ import annotations

import argparse
import gettext
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cs336_data import langid
from records import machine

LANGUAGES = [
    "ar",
    "bg",
    "cs",
    "da",
    "de",
    "el",
    "en",
    "es",
    "fi",
    "fr",
    "he",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "sv",
    "tr",
    "uk",
    "zh_CN",
]
LOCALES = Path("/usr/share/locale")
NAMES = re.compile(r"iso_|shared-mime-info|xkeyboard|gtk\d*-properties")
PLACEHOLDER = re.compile(r"%[-+#0-9.*]*[a-z]|%\w|<[^>]*>|_|\\.|--?\w[\w-]*|[\n\t]")


def strings(language: str, count: int, seed: int) -> list[str]:
    """`count` translated strings; English ones are the originals of the German catalogues."""
    found: set[str] = set()
    for file in sorted(LOCALES.glob(f"{'de' if language == 'en' else language}/LC_MESSAGES/*.mo")):
        if NAMES.match(file.name):
            continue
        try:
            with file.open("rb") as opened:
                catalogue = gettext.GNUTranslations(opened)
        except (OSError, UnicodeDecodeError, ValueError):
            continue
        found.update(translated(catalogue, original=language == "en"))
    chosen = sorted(found)
    random.Random(seed).shuffle(chosen)
    return chosen[:count]


def translated(catalogue: gettext.GNUTranslations, original: bool) -> Iterator[str]:
    """Messages that differ from their original, of some length, without placeholders."""
    entries: dict[object, str] = getattr(catalogue, "_catalog")  # noqa: B009 (no public way)
    for key, value in entries.items():
        source = key if isinstance(key, str) else ""
        text = source if original else value
        text = " ".join(PLACEHOLDER.sub(" ", text).split())
        if not source or source == value or not 20 <= len(text) <= 300:
            continue
        if len(source.split()) >= 3 and sum(map(str.isalpha, text)) > len(text) / 2:
            yield text


def measure(
    name: str, identify: Callable[[str], str], rows: list[tuple[str, str]]
) -> dict[str, object]:
    """Accuracy by length, precision and recall of English, CPU time."""
    identify(rows[0][1])
    begin = time.process_time()
    answers = [identify(text) for _, text in rows]
    seconds = time.process_time() - begin
    right = [answer == language for (language, _), answer in zip(rows, answers, strict=True)]
    long = [r for r, (_, text) in zip(right, rows, strict=True) if len(text) >= 100]
    english = [language == "en" for language, _ in rows]
    said = [answer == "en" for answer in answers]
    both = sum(a and b for a, b in zip(english, said, strict=True))
    return {
        "name": name,
        "strings_per_second": round(len(rows) / seconds),
        "accuracy": round(sum(right) / len(right), 4),
        "accuracy_from_100_characters": round(sum(long) / len(long), 4),
        "strings_from_100_characters": len(long),
        "english_precision": round(both / max(1, sum(said)), 4),
        "english_recall": round(both / max(1, sum(english)), 4),
    }


def first_label(text: str) -> str:
    """lid.176 alone."""
    (_, label), *_ = langid._fasttext(text, 1) or [(0.0, "unknown")]
    return langid._MERGED.get(label, label)


def second_label(text: str) -> str:
    """py3langid alone."""
    label = str(langid._second().classify(text)[0])
    return langid._MERGED.get(label, label)


def main() -> None:
    """Measure and print; write a record if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=150, help="strings a language")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    rows = [
        (language[:2], text)
        for language in LANGUAGES
        for text in strings(language, options.count, options.seed)
    ]
    results = [
        measure("lid.176", first_label, rows),
        measure("py3langid", second_label, rows),
        measure("identify_language", lambda text: langid.identify_language(text)[0], rows),
    ]
    record = {**machine(), "strings": len(rows), "seed": options.seed, "results": results}
    print(json.dumps(record, indent=1))
    if options.output:
        options.output.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
