"""Models and works of the history that lecture 1 tells, with what their authors published."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """A language model whose authors say both its size and its training tokens."""

    name: str
    year: int
    parameters: float
    """Those that one token uses: of a mixture of experts, the active ones."""
    tokens: float
    openness: str
    """`closed` (at most an API), `open weight`, or `open source` (data and recipe too)."""
    source: str
    """arXiv id or address; the tokens of GPT-J are in its model card."""

    @property
    def flops(self) -> float:
        """6 N D: 2 for the forward pass and 4 for the backward pass, a parameter and token."""
        return 6 * self.parameters * self.tokens


FRONTIER = [
    ["GPT-4", "1.8 trillion parameters (as shown in a vendor's keynote)", "HPCwire, 2024"],
    ["GPT-4", "more than 100 million dollars to train", "Wired, 2023"],
    ["xAI", "a cluster of 200,000 H100", "Tom's Hardware, 2024"],
    ["Stargate", "500 billion dollars over four years, announced", "OpenAI, January 2025"],
]
"""Who, what, reported by."""

GPT_J = "https://arankomatsuzaki.wordpress.com/2021/06/04/gpt-j/"

MODELS = [
    Model("GPT-3", 2020, 175e9, 300e9, "closed", "2005.14165"),
    Model("GPT-J", 2021, 6.05e9, 402e9, "open source", GPT_J),
    Model("PaLM", 2022, 540e9, 780e9, "closed", "2204.02311"),
    Model("Chinchilla", 2022, 70e9, 1.4e12, "closed", "2203.15556"),
    Model("BLOOM", 2022, 176e9, 366e9, "open source", "2211.05100"),
    Model("LLaMA 65B", 2023, 65e9, 1.4e12, "open weight", "2302.13971"),
    Model("Llama 2 70B", 2023, 70e9, 2e12, "open weight", "2307.09288"),
    Model("DeepSeek 67B", 2024, 67e9, 2e12, "open weight", "2401.02954"),
    Model("OLMo 7B", 2024, 7e9, 2.46e12, "open source", "2402.00838"),
    Model("Llama 3 405B", 2024, 405e9, 15.6e12, "open weight", "2407.21783"),
    Model("Qwen2.5 72B", 2024, 72e9, 18e12, "open weight", "2412.15115"),
    Model("DeepSeek-V3", 2024, 37e9, 14.8e12, "open weight", "2412.19437"),
    Model("OLMo 2 13B", 2024, 13e9, 5e12, "open source", "2501.00656"),
]

MILESTONES = [
    (1951, "entropy of English", "before neural networks"),
    (2007, "5-grams on 2T tokens", "before neural networks"),
    (2003, "neural language model", "ingredients"),
    (2014, "sequence to sequence", "ingredients"),
    (2014, "attention", "ingredients"),
    (2014, "Adam", "ingredients"),
    (2017, "Transformer", "ingredients"),
    (2017, "mixture of experts", "ingredients"),
    (2018, "pipeline parallelism", "ingredients"),
    (2019, "ZeRO, tensor parallelism", "ingredients"),
    (2018, "ELMo, BERT", "first foundation models"),
    (2019, "T5, GPT-2", "first foundation models"),
    (2020, "scaling laws, GPT-3", "scale"),
    (2022, "PaLM, Chinchilla", "scale"),
    (2023, "GPT-4", "scale"),
    (2021, "The Pile, GPT-J", "open models"),
    (2022, "OPT, BLOOM", "open models"),
    (2023, "LLaMA, Llama 2", "open models"),
    (2024, "Llama 3, Qwen 2.5, DeepSeek-V3, OLMo", "open models"),
    (2025, "DeepSeek-R1", "open models"),
]
"""Year, what, era."""
