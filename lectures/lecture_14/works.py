"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference

WORKS = {
    "kneser": Reference(
        title="Improved backing-off for m-gram language modeling",
        authors=["Reinhard Kneser", "Hermann Ney"],
        date="1995",
        url="https://doi.org/10.1109/ICASSP.1995.479394",
        notes="counts in how many places a word was seen, not how often",
    ),
    "kenlm": Reference(
        title="KenLM: Faster and Smaller Language Model Queries",
        authors=["Kenneth Heafield"],
        date="2011",
        url="https://kheafield.com/code/kenlm/",
        notes="the program that pipelines use; its scores are logarithms to base 10",
    ),
    "bloom": Reference(
        title="Space/Time Trade-offs in Hash Coding with Allowable Errors",
        authors=["Burton H. Bloom"],
        date="1970",
        url="https://doi.org/10.1145/362686.362692",
        notes="sets that never forget and sometimes invent",
    ),
    "broder": Reference(
        title="On the resemblance and containment of documents",
        authors=["Andrei Z. Broder"],
        date="1997",
        url="https://doi.org/10.1109/SEQUEN.1997.666900",
        notes="shingles, and the smallest of their hashes",
    ),
    "sap": Reference(
        title="The Risk of Racial Bias in Hate Speech Detection",
        authors=["Maarten Sap", "Dallas Card", "Saadia Gabriel", "Yejin Choi", "Noah A. Smith"],
        date="2019",
        url="https://aclanthology.org/P19-1163",
        notes="tweets in African American English are up to twice as likely to be called offensive",
    ),
    "marin clusters": Reference(
        title="datakit: dedup removes near-all of many sources",
        organization="Marin, issue 6854",
        date="2026-07",
        url="https://github.com/marin-community/marin/issues/6854",
        notes="one false cluster held 51,160 unrelated books",
    ),
    "loopholes": Reference(
        title="Repo State Loopholes During Agentic Evaluation",
        organization="SWE-bench, issue 465",
        date="2025-09",
        url="https://github.com/SWE-bench/SWE-bench/issues/465",
        notes="agents read the fix in future commits that the images still contained",
    ),
    "fineweb": Reference(
        title="Simple exact deduplication removes 2/3 of data",
        organization="FineWeb, discussion 49",
        date="2024",
        url="https://huggingface.co/datasets/HuggingFaceFW/fineweb/discussions/49",
        notes="its authors: repeating a deduplicated set does worse than copies across crawls",
    ),
    "fineweb-edu": Reference(
        title="Most of the data is duplicated?",
        organization="FineWeb-Edu, discussion 7",
        date="2024",
        url="https://huggingface.co/datasets/HuggingFaceFW/fineweb-edu/discussions/7",
        notes="its authors: removing copies across crawls neither helped nor harmed",
    ),
}
