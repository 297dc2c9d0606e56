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


@dataclass(frozen=True)
class Claim:
    """What somebody said about a model or a cluster that no paper describes."""

    what: str
    reported_by: str
    url: str


FRONTIER = [
    Claim(
        "GPT-4 is assumed to have 1.8 trillion parameters, as a vendor's keynote showed it",
        "A Silicon Valley Insider, 19 March 2024",
        "https://asiliconvalleyinsider.com/2024/03/19/key-takeaways-from-jensen-huangs-nvidia-gtc-keynote/",
    ),
    Claim(
        "Training GPT-4 cost more than 100 million dollars",
        "Wired, 17 April 2023",
        "https://www.wired.com/story/openai-ceo-sam-altman-the-age-of-giant-ai-models-is-already-over/",
    ),
    Claim(
        "The cluster of xAI in Memphis grows from 100,000 to 200,000 H100 and H200",
        "Data Center Dynamics, October 2024",
        "https://www.datacenterdynamics.com/en/news/xai-to-double-colossus-compute-capacity-reveals-cluster-uses-nvidia-spectrum-x-ethernet/",
    ),
    Claim(
        "Stargate announces 500 billion dollars over four years",
        "OpenAI, 21 January 2025",
        "https://openai.com/index/announcing-the-stargate-project/",
    ),
]


def frontier_claims() -> str:
    """The claims as a Markdown list, each with the page that reports it."""
    return "\n".join(f"- {c.what} ([{c.reported_by}]({c.url}))" for c in FRONTIER)


@dataclass(frozen=True)
class Utilization:
    """The share of the chips' peak that a large training run is reported to have used."""

    run: str
    chips: str
    percent: float
    counts_recomputation: bool
    """Whether operations done twice to save memory count: then the figure is the hardware's."""
    source: str
    """arXiv id."""

    @property
    def model_percent(self) -> float:
        """Model FLOPs utilization: what the model needs, over what the chips could do.

        Recomputing every activation adds one forward pass to a forward and a backward of twice
        its cost, 4 where 3 are needed.
        """
        return self.percent * 3 / 4 if self.counts_recomputation else self.percent


UTILIZATIONS = [
    Utilization("Megatron, 1 trillion (2021)", "3,072 A100", 52.0, True, "2104.04473"),
    Utilization("PaLM, 540 billion (2022)", "6,144 TPU v4", 46.2, False, "2204.02311"),
    Utilization("MegaScale, 175 billion (2024)", "12,288 GPUs", 55.2, False, "2402.15627"),
]

UTILIZATION_COLUMNS = ["run", "chips", "reported, %", "model FLOPs utilization, %"]


def utilizations() -> list[list[str | float]]:
    """Rows for a table under `UTILIZATION_COLUMNS`."""
    return [[u.run, u.chips, u.percent, round(u.model_percent, 1)] for u in UTILIZATIONS]


GPT_J = "https://arankomatsuzaki.wordpress.com/2021/06/04/gpt-j/"
OLMO_3 = "https://huggingface.co/allenai/Olmo-3-1125-32B"
DEEPSEEK_V4 = "2606.19348"

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
    Model("OLMo 3 32B", 2025, 32e9, 5.5e12, "open source", OLMO_3),
    Model("DeepSeek-V4-Pro", 2026, 49e9, 33e12, "open weight", DEEPSEEK_V4),
]

MILESTONES = [
    (1951, "entropy of English", "before neural networks"),
    (1976, "n-grams in speech recognition", "before neural networks"),
    (1990, "statistical translation", "before neural networks"),
    (2007, "5-grams on 2T tokens", "before neural networks"),
    (1997, "LSTM", "ingredients"),
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
    (2024, "Llama 3, Mixtral, DeepSeek-V3, OLMo", "open models"),
    (2025, "DeepSeek-R1, Qwen3, Kimi K2, OLMo 3", "open models"),
    (2026, "GLM-5, DeepSeek-V4", "open models"),
]
"""Year, what, era."""
