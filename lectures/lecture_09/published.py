"""Published fits and models, each with its source."""

from dataclasses import dataclass

from cs336_scaling.chinchilla import ParametricLaw

HOFFMANN = ParametricLaw(1.69, 406.4, 410.7, 0.34, 0.28)
"""Approach 3 as printed (arXiv:2203.15556, equation 10)."""

CORRECTED = ParametricLaw(1.82, 482, 2085, 0.348, 0.366)
"""The same form fitted to data read off the paper's figure (arXiv:2404.10102v2), rounded."""

PUBLISHED = {"printed": HOFFMANN, "corrected": CORRECTED}

CHINCHILLA_FLOPS = 5.76e23
"""Budget of Gopher, and the one that Hoffmann et al. ask about."""

REPEAT_CONSTANT = 15.4
"""R* of Muennighoff et al. 2023 (arXiv:2305.16264)."""

EXPONENTS = {
    "speech": 0.30,
    "images": 0.31,
    "translation": 0.13,
    "words, LSTM": 0.07,
    "words, Transformer": 0.095,
}
"""Of error or loss against data: Hestness et al. 2017, the last Kaplan et al. 2020."""


@dataclass(frozen=True)
class Model:
    """A released model; parameters that act on a token and training tokens, both in billions."""

    name: str
    year: int
    active: float
    tokens: float
    source: str

    @property
    def ratio(self) -> float:
        """Training tokens for each active parameter."""
        return self.tokens / self.active


MODELS = [
    Model("GPT-3", 2020, 175, 300, "2005.14165"),
    Model("Gopher", 2021, 280, 300, "2112.11446"),
    Model("Chinchilla", 2022, 70, 1400, "2203.15556"),
    Model("LLaMA-65B", 2023, 65.2, 1400, "2302.13971"),
    Model("Llama-2-70B", 2023, 69, 2000, "2307.09288"),
    Model("Llama-3.1-405B", 2024, 405, 15_600, "2407.21783"),
    Model("Llama-3.1-8B", 2024, 8.03, 15_000, "2407.21783"),
    Model("Qwen3-8B", 2025, 8.19, 36_000, "2505.09388"),
    Model("GLM-5", 2026, 40, 28_500, "2602.15763"),
]
"""GLM-5 is a mixture of experts with 744 billion parameters in all; the others are dense."""
