"""Published mixtures and hybrids, and their parameters counted from their shapes.

Figures are those of reports, model cards and released configurations, as read in November 2026; an
unknown cell is None. The counts leave out norms and biases.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A mixture as its authors describe it; parameters in billions."""

    name: str
    released: str
    total: float
    active: float | None
    experts: int
    k: int
    shared: int
    width: int | None
    """Hidden width of one expert."""


MIXTURES = (
    Published("Switch-C", "2021-01", 1571, None, 2048, 1, 0, 6144),
    Published("Mixtral 8x7B", "2023-12", 46.7, 12.9, 8, 2, 0, 14336),
    Published("DBRX", "2024-03", 132, 36, 16, 4, 0, 10752),
    Published("DeepSeek-V2", "2024-05", 236, 21, 160, 6, 2, 1536),
    Published("OLMoE-1B-7B", "2024-09", 6.92, 1.28, 64, 8, 0, 1024),
    Published("DeepSeek-V3", "2024-12", 671, 37, 256, 8, 1, 2048),
    Published("Llama 4 Maverick", "2025-04", 400, 17, 128, 1, 1, 8192),
    Published("Qwen3-235B-A22B", "2025-04", 235, 22, 128, 8, 0, 1536),
    Published("Kimi K2", "2025-07", 1040, 32, 384, 8, 1, 2048),
    Published("gpt-oss-120b", "2025-08", 116.8, 5.1, 128, 4, 0, 2880),
    Published("Qwen3-Next-80B-A3B", "2025-09", 80, 3, 512, 10, 1, 512),
    Published("MiniMax-M2", "2025-10", 230, 10, 256, 8, 0, 1536),
    Published("GLM-5", "2026-02", 744, 40, 256, 8, 1, 2048),
    Published("DeepSeek-V4-Flash", "2026-04", 284, 13, 256, 6, 1, 2048),
    Published("Mistral Large 4", "2026-10", 1050, 49, 128, 4, 1, 6144),
)
SOURCES = (
    "From reports, model cards and released configurations, as read in November 2026. Total and"
    " active are the publishers' figures; width is that of one routed expert."
)
MIXTURE_COLUMNS = (
    *("model", "released", "total, B", "active, B", "active, %"),
    *("experts", "chosen", "shared", "width"),
)


def mixture_rows() -> list[list[str | float | None]]:
    """`MIXTURES` for a table, with the active share in percent."""
    rows: list[list[str | float | None]] = []
    for m in MIXTURES:
        share = None if m.active is None else round(100 * m.active / m.total, 1)
        rows.append([m.name, m.released, m.total, m.active, share, m.experts, m.k, m.shared])
        rows[-1].append(m.width)
    return rows


@dataclass(frozen=True)
class Shape:
    """What the parameters of a mixture follow from."""

    layers: int
    d_model: int
    vocabulary: int
    experts: int
    k: int
    shared: int
    expert_width: int
    attention: int
    """Parameters of one layer's attention."""
    dense_layers: int = 0
    dense_width: int = 0


def grouped_attention(d_model: int, heads: int, kv_heads: int, head_width: int) -> int:
    """Projections of queries, keys, values and output."""
    return d_model * head_width * (2 * heads + 2 * kv_heads)


def latent_attention(
    d_model: int, heads: int, q_rank: int, kv_rank: int, plain: int, rotary: int, value: int
) -> int:
    """Multi-head latent attention: down and up for queries, down and up for keys and values."""
    queries = d_model * q_rank + q_rank * heads * (plain + rotary)
    keys_values = d_model * (kv_rank + rotary) + kv_rank * heads * (plain + value)
    return queries + keys_values + heads * value * d_model


SHAPES = {
    "Mixtral 8x7B": Shape(32, 4096, 32000, 8, 2, 0, 14336, grouped_attention(4096, 32, 8, 128)),
    "Qwen3-235B-A22B": Shape(
        94, 4096, 151936, 128, 8, 0, 1536, grouped_attention(4096, 64, 4, 128)
    ),
    "DeepSeek-V3": Shape(
        61, 7168, 129280, 256, 8, 1, 2048,
        latent_attention(7168, 128, 1536, 512, 128, 64, 128), dense_layers=3, dense_width=18432,
    ),
}  # fmt: skip


def parameters(shape: Shape) -> tuple[float, float]:
    """Total and active parameters in billions, both embedding matrices included."""
    expert = 3 * shape.d_model * shape.expert_width
    sparse = shape.layers - shape.dense_layers
    always = 2 * shape.vocabulary * shape.d_model + shape.layers * shape.attention
    always += shape.dense_layers * 3 * shape.d_model * shape.dense_width
    always += sparse * (shape.experts * shape.d_model + shape.shared * expert)
    return (always + sparse * shape.experts * expert) / 1e9, (
        always + sparse * shape.k * expert
    ) / 1e9


@dataclass(frozen=True)
class Hybrid:
    """A stack that mixes layers with a state and layers that attend."""

    name: str
    released: str
    recurrent: str
    attention: str
    ratio: tuple[int, int]
    """Recurrent to attending layers."""
    source: str


HYBRIDS = (
    Hybrid("Jamba v0.1", "2024-03", "Mamba", "GQA", (7, 1), "2403.19887"),
    Hybrid("MiniMax-Text-01", "2025-01", "lightning (linear)", "GQA", (7, 1), "2501.08313"),
    Hybrid("Qwen3-Next-80B-A3B", "2025-09", "Gated DeltaNet", "GQA, gated", (3, 1), "config"),
    Hybrid("Kimi Linear 48B-A3B", "2025-10", "KDA", "MLA", (3, 1), "2510.26692"),
    Hybrid("MiniMax-M2", "2025-10", "none", "GQA", (0, 1), "config"),
    Hybrid("Nemotron 3 Nano", "2025-12", "Mamba-2", "GQA", (23, 6), "2512.20856"),
    Hybrid("Qwen3.5-397B-A17B", "2026-02", "Gated DeltaNet", "GQA, gated", (3, 1), "config"),
    Hybrid("Olmo-Hybrid-7B", "2026-03", "Gated DeltaNet", "MHA", (3, 1), "config"),
    Hybrid("GLM-5.3-Flash", "2026-09", "KDA", "MLA, indexed", (3, 1), "config"),
)
HYBRID_COLUMNS = ("model", "released", "with a state", "attending", "ratio", "source")


def hybrid_rows() -> list[list[str]]:
    """`HYBRIDS` for a table."""
    return [
        [h.name, h.released, h.recurrent, h.attention, f"{h.ratio[0]} : {h.ratio[1]}", h.source]
        for h in HYBRIDS
    ]


def cache_gigabytes(
    tokens: int, layers: int, attending: int, per_token: int, state: int, width: int = 2
) -> float:
    """Memory of one sequence, GB: `attending` layers cache `per_token` numbers for each token, the
    others hold a state of `state` numbers; `width` bytes a number."""
    return width * (attending * per_token * tokens + (layers - attending) * state) / 1e9


def cache_by_ratio(tokens: int) -> dict[str, float]:
    """`cache_gigabytes` in the shape of Qwen3-Next (48 layers; two key-value heads of width 256,
    or 32 states of 128 × 128), by the ratio of layers with a state to attending ones."""
    attending = {"0 : 1": 48, "1 : 1": 24, "3 : 1": 12, "7 : 1": 6, "1 : 0": 0}
    cached, state = 2 * 2 * 256, 32 * 128 * 128
    return {r: cache_gigabytes(tokens, 48, n, cached, state) for r, n in attending.items()}
