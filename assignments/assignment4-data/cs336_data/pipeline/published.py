"""What published pipelines kept at each stage, to put a funnel beside. Shares of what was read.

FineWeb (arXiv:2406.17557) and its card: 36T tokens after URL lists, extraction, language and
Gopher's rules; 20T after MinHash (per crawl), 15T after C4's rules (but the one on punctuation) and
its own. RefinedWeb (arXiv:2306.01116): about 11 % of documents at the end. DCLM (arXiv:2406.11794):
240T tokens raw, 3.8T at the end, the last step keeping the best tenth. Stages in between that the
papers give in other units are left out rather than guessed.
"""

from __future__ import annotations

PUBLISHED: dict[str, list[tuple[str, float]]] = {
    "RefinedWeb, documents": [("read", 1.0), ("all rules and duplicates", 0.11)],
    "DCLM, tokens": [("read", 1.0), ("rules, duplicates, classifier", 3.8 / 240)],
    "FineWeb, tokens": [("language and Gopher", 1.0), ("all rules and duplicates", 15 / 36)],
}
