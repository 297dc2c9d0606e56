"""Works that the lecture cites and that have no arXiv number (those are in bibliography.json)."""

from lecture_tracer import Reference
from lectures.shared.works import SHARED

WORKS = {
    "m2 report": Reference(
        title="MiniMax-M2: what the technical report says",
        authors=["Sebastian Raschka"],
        date="2026",
        url="https://sebastianraschka.com/blog/2026/minimax-m2-technical-report.html",
        notes="full attention kept on purpose; 32 experts with 2 chosen against 128 with 8",
    ),
    "deepep": SHARED["deepep"],
    "latent": Reference(
        title="Latent MoE",
        authors=["Sebastian Raschka"],
        date="2026",
        url="https://sebastianraschka.com/llm-architecture-gallery/latent-moe/",
        notes="Nemotron 3 Super: experts work at width 1024 instead of 4096",
    ),
    "transformers": Reference(
        title="Transformers: configurations of released models",
        organization="Hugging Face",
        date="2026-11",
        url="https://huggingface.co/docs/transformers",
        notes="shapes of the models in both tables, as read in November 2026",
    ),
}
