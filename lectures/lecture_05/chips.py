"""Accelerators and what their makers say of them, dense peaks, as read in November 2026."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Chip:
    """One accelerator. Rates are dense: sparse peaks, often quoted, are twice as high.

    `bf16`, `fp8` and `fp4` in TFLOP/s, `memory` in GB, `bandwidth` in TB/s; None: it has none, or
    its maker does not say.
    """

    name: str
    year: int
    bf16: float
    fp8: float | None
    fp4: float | None
    memory: float
    bandwidth: float

    @property
    def ridge(self) -> float:
        """Operations a byte from which on bfloat16 arithmetic is the limit."""
        return self.bf16 / self.bandwidth

    def row(self) -> list[str | float | None]:
        """As shown in the table."""
        rates = [self.bf16, self.fp8, self.fp4]
        return [self.name, self.year, *rates, self.memory, self.bandwidth, round(self.ridge)]


COLUMNS = (
    *("accelerator", "year", "bf16, TFLOP/s", "fp8", "fp4"),
    *("memory, GB", "TB/s", "ridge, operations a byte"),
)
H100 = Chip("NVIDIA H100 SXM", 2022, 989.5, 1979, None, 80, 3.35)
CHIPS = (
    Chip("NVIDIA A100 SXM", 2020, 312, None, None, 80, 2.04),
    H100,
    Chip("NVIDIA B200 SXM", 2024, 2250, 4500, 9000, 180, 8),
    Chip("NVIDIA B300 in a GB300", 2025, 2500, 5000, 15000, 288, 8),
    Chip("AMD MI355X", 2025, 2500, 5000, 10100, 288, 8),
    Chip("Google TPU7x (Ironwood)", 2025, 2307, 4614, None, 206, 7.38),
    Chip("NVIDIA Rubin, announced", 2026, 4000, 17500, 35000, 288, 22),
)
SOURCES = (
    "Makers' data sheets and documentation as read in November 2026, dense. Sources disagree about"
    " fp4 of the B300: 12,600 or 15,000. The TPU's 192 GiB are 206 GB."
)
# Data-centre GPUs of one maker: year, dense 16-bit TFLOP/s, memory TB/s, NVLink GB/s both ways.
GENERATIONS = {
    "V100": (2017, 125, 0.9, 300),
    "A100": (2020, 312, 2.04, 600),
    "H100": (2022, 989.5, 3.35, 900),
    "B200": (2024, 2250, 8.0, 1800),
}


def growth_in_two_years(column: int) -> float:
    """Factor by which a column of `GENERATIONS` (0: arithmetic, 1: memory, 2: links) grows.

    The slope of a least-squares line through the logarithms.
    """
    years = [row[0] for row in GENERATIONS.values()]
    logs = [math.log(row[1 + column]) for row in GENERATIONS.values()]
    mean_year, mean_log = sum(years) / len(years), sum(logs) / len(logs)
    slope = sum((y - mean_year) * (v - mean_log) for y, v in zip(years, logs, strict=True))
    return math.exp(2 * slope / sum((y - mean_year) ** 2 for y in years))
