"""Bytes that one sequence keeps, by design, for one shape of a large model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Design:
    """A way to keep less; numbers are those that a layer keeps of a token.

    Attributes:
        numbers: a token and layer. share: layers that keep them, of all.
        window: tokens that a local layer keeps, and `global_share` of the layers keep all.
    """

    label: str
    numbers: int
    share: float = 1.0
    window: int | None = None
    global_share: float = 1.0
    bytes_each: int = 2

    def bytes(self, tokens: int, layers: int = 80) -> float:
        """Of one sequence of so many tokens."""
        kept = tokens * self.global_share
        if self.window is not None:
            kept += min(tokens, self.window) * (1 - self.global_share)
        return kept * self.numbers * self.share * layers * self.bytes_each


HEADS, WIDTH = 64, 128
DESIGNS = (
    Design("64 heads (MHA)", 2 * HEADS * WIDTH),
    Design("8 heads (GQA)", 2 * 8 * WIDTH),
    Design("8 heads, two layers share", 2 * 8 * WIDTH, share=0.5),
    Design("latent 512 + 64 (MLA)", 576),
    Design("8 heads, 5 of 6 layers local", 2 * 8 * WIDTH, window=1024, global_share=1 / 6),
)
"""Shapes of a 70-billion-parameter model: 80 layers, 64 query heads of 128."""


def curves(lengths: tuple[int, ...]) -> dict[str, dict[int, float]]:
    """Gigabytes by design and length."""
    return {d.label: {n: d.bytes(n) / 1e9 for n in lengths} for d in DESIGNS}
