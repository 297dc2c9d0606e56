"""Published models as data: the table of `data/models.csv`, and what is computed from a row.

A cell that is unknown, or that has no single value, is empty there and None here.
"""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path
from statistics import median

PATH = Path(__file__).with_name("data") / "models.csv"
BF16 = 2  # bytes


@dataclass(frozen=True)
class Model:
    """One row: sizes as in the checkpoint's configuration, choices in a few words.

    Attributes:
        billions: parameters in billions. `layers` of an encoder-decoder are those of one side.
        d_ff: width of the dense feed-forward, of one branch where it is gated.
        kv_latent, rope_width: of latent attention (MLA), numbers a token and layer in the cache.
        placement: of the norms: post, pre, both, or after (behind the sublayer, in the branch).
    """

    model: str
    org: str
    released: str
    billions: float
    layers: int
    d_model: int
    heads: int
    kv_heads: int | None
    head_dim: int | None
    d_ff: int | None
    experts: int | None
    attention: str
    kv_latent: int | None
    rope_width: int | None
    pattern: str
    norm: str
    placement: str
    activation: str
    gated: str
    positions: str
    qk_norm: str
    vocabulary: int
    source: str

    @property
    def year(self) -> float:
        """Date of release in years."""
        year, month = self.released.split("-")
        return int(year) + (int(month) - 1) / 12

    @property
    def aspect(self) -> float:
        """Width for each layer, d_model / layers."""
        return self.d_model / self.layers

    @property
    def widening(self) -> float | None:
        """d_ff / d_model of a dense model; None for experts."""
        return self.d_ff / self.d_model if self.d_ff and not self.experts else None

    @property
    def cache_per_token(self) -> int | None:
        """Bytes of keys and values of one token in bfloat16, every layer attending to everything.

        None for what is not attention of one kind in all layers.
        """
        if self.attention == "linear hybrid":
            return None
        if self.kv_latent and self.rope_width:
            return BF16 * self.layers * (self.kv_latent + self.rope_width)
        if not (self.kv_heads and self.head_dim):
            return None
        return BF16 * self.layers * 2 * self.kv_heads * self.head_dim


@functools.cache
def models() -> tuple[Model, ...]:
    """All rows, oldest first."""
    with PATH.open(encoding="utf-8", newline="") as file:
        return tuple(_model(row) for row in csv.DictReader(file))


def model(name: str) -> Model:
    """The row of this name."""
    for each in models():
        if each.model == name:
            return each
    raise KeyError(f"no model {name!r} in {PATH.name}")


def cache_bytes(of: Model, tokens: int, window: int | None = None, every: int = 1) -> int:
    """Cache of a sequence in bytes; with a window, only every `every`-th layer keeps all of it."""
    if of.cache_per_token is None:
        raise ValueError(f"{of.model} has no cache of one kind in all layers")
    per_layer = of.cache_per_token // of.layers
    everywhere = of.layers // every
    kept = tokens if window is None else min(tokens, window)
    return per_layer * (everywhere * tokens + (of.layers - everywhere) * kept)


def parameters(d_model: int, layers: int, vocabulary: int) -> tuple[int, int]:
    """Parameters of both embedding matrices, and of blocks of 12 d^2 each (attention 4, MLP 8)."""
    return 2 * vocabulary * d_model, 12 * layers * d_model**2


def embedding_shares(d_model: int) -> dict[int, float]:
    """Share of the embeddings in all parameters by vocabulary, with d_model / 128 layers."""
    counts = {v: parameters(d_model, d_model // 128, v) for v in (32_000, 64_000, 128_000, 256_000)}
    return {v: embeddings / (embeddings + blocks) for v, (embeddings, blocks) in counts.items()}


def middle(values: list[float]) -> float:
    """The median, to one digit."""
    return round(median(values), 1)


_NUMBERS = ("kv_heads", "head_dim", "d_ff", "experts", "kv_latent", "rope_width")


def _model(row: dict[str, str]) -> Model:
    optional = {key: int(row[key]) if row[key] else None for key in _NUMBERS}
    sizes = {key: int(row[key]) for key in ("layers", "d_model", "heads", "vocabulary")}
    words = {k: v for k, v in row.items() if k not in optional and k not in sizes}
    return Model(**{**words, **sizes, **optional, "billions": float(row["billions"])})  # type: ignore[arg-type]
