"""The contests of assignment 4: speed of the chain, and how well care is told from junk."""

from __future__ import annotations

import math
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from judge.archives import answer, page, write
from judge.contest import Settings, contest
from judge.texts import junk, prose

PAGES = 400
TEXTS = 300
SURE = 0.999
"""Nobody gains by saying more than this, and nobody loses everything by one text."""


@contest("chain", unit="pages/s", better="higher", seconds=10,
         needs=["filter_archives", "gopher_quality_filter", "identify_language"])  # fmt: skip
def chain(adapters: Any, settings: Settings) -> float:
    """Pages a second through `filter_archives`, models loaded, archive after archive."""
    draw = random.Random(f"chain {settings.seed}")
    members = [answer(f"http://h.example/{i}", page(prose(draw, draw.randint(6, 60))))
               for i in range(PAGES)]  # fmt: skip
    adapters.run_identify_language("a sentence, so that models are loaded")
    with tempfile.TemporaryDirectory() as folder:
        source = write(Path(folder) / "a.warc.gz", members)
        pages, started = 0, time.perf_counter()
        while time.perf_counter() - started < settings.seconds:
            adapters.run_filter_archives([source], Path(folder) / f"kept{pages}.jsonl")
            pages += PAGES
        return pages / (time.perf_counter() - started)


@contest("quality", unit="nats", better="lower", seconds=0, needs=["classify_quality"])
def quality(adapters: Any, settings: Settings) -> float:
    """Surprise of the right answer to `classify_quality`, over 300 texts from other frames."""
    draw = random.Random(f"quality {settings.seed}")
    total = 0.0
    for i in range(TEXTS):
        right = ("wiki", "cc")[i % 2]
        text = prose(draw, draw.randint(4, 12)) if right == "wiki" else junk(draw, 20)
        label, probability = adapters.run_classify_quality(text)
        chance = probability if label == right else 1 - probability
        total -= math.log(min(SURE, max(1 - SURE, chance)))
    return total / TEXTS
