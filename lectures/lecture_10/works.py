"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "h100": SHARED["h100"],
    "a100": SHARED["a100"],
    "b200": SHARED["b200"],
    "scaling book": SHARED["scaling book"],
    "orca": Reference(
        title="Orca: A Distributed Serving System for Transformer-Based Generative Models",
        authors=["Gyeong-In Yu", "et al."],
        organization="OSDI",
        date="2022-07",
        url="https://www.usenix.org/conference/osdi22/presentation/yu",
        notes="schedules by iteration; up to 36.9 times the throughput of what came before, at 175"
        " billion parameters",
    ),
    "character": Reference(
        title="Optimizing AI Inference at Character.AI",
        organization="Character.AI",
        date="2024-06",
        url="https://research.character.ai/optimizing-inference/",
        notes="one layer in six global, keys and values shared across layers, one head of keys,"
        " int8: a cache more than 20 times smaller",
    ),
    "flash decoding": Reference(
        title="Flash-Decoding for long-context inference",
        authors=["Tri Dao", "Daniel Haziza", "Francisco Massa", "Grigory Sizov"],
        date="2023-10",
        url="https://crfm.stanford.edu/2023/10/12/flashdecoding.html",
        notes="splits the cache of one sequence over the GPU, since one new token has no rows to"
        " divide",
    ),
}
