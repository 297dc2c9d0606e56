"""Which models a study trains: runs as plain values, their recipes, and the grids.

Compute is C = 6ND. N counts the weights of all matrix products, the head included, on the Zipf
source (at width 8 the head is 28 %); on stories, where the head would be most of a small model,
the blocks only, as in the papers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from cs336_scaling.real_study.lean_model import feed_forward_width, matrix_parameters
from cs336_scaling.real_study.zipf_source import RECORD, RECORDS, START

ZIPF_VOCAB, ZIPF_CONTEXT = START + 1, RECORD * RECORDS


@dataclass(frozen=True)
class RunSpec:
    """One training run of a study.

    Attributes:
        source: "zipf" or "stories".
        d_model, num_layers: shape; heads are 8 wide on the Zipf source, at most 16 on stories.
        train_flops: C, which with N gives the tokens.
        seed: of the weights and the data.
        alpha, noise: of the Zipf source.
        group: which part of the study asked for it.
    """

    source: str
    d_model: int
    num_layers: int
    train_flops: float
    seed: int = 0
    alpha: float = 0.5
    noise: float = 0.0
    group: str = "core"

    @property
    def key(self) -> str:
        """A name that tells runs apart, whatever group they are in."""
        return "/".join(str(v) for k, v in asdict(self).items() if k != "group")

    @property
    def parameters(self) -> int:
        """N in the convention of the source."""
        if self.source == "zipf":
            return matrix_parameters(self.d_model, self.num_layers, ZIPF_VOCAB)
        block = 4 * self.d_model**2 + 3 * self.d_model * feed_forward_width(self.d_model)
        return self.num_layers * block

    @property
    def tokens(self) -> float:
        """D = C / 6N."""
        return self.train_flops / (6 * self.parameters)

    @property
    def batch_size(self) -> int:
        """Sequences a step."""
        if self.source == "zipf":
            return max(8, round(16 * sqrt(self.tokens / 1e6)))
        return 8 if self.train_flops < 2e13 else 32

    @property
    def steps(self) -> int:
        """Optimizer steps, at least one."""
        context = ZIPF_CONTEXT if self.source == "zipf" else 256
        return max(1, round(self.tokens / (self.batch_size * context)))

    @property
    def learning_rate(self) -> float:
        """Peak learning rate: measured rules of the width, or of the size on stories."""
        if self.source == "zipf":
            return 0.64 / self.d_model
        return float(6e-3 * (27_000 / self.parameters) ** 0.4)

    def rate_at(self, step: int) -> float:
        """Linear warm-up over min(100, 10 %) of the steps, then linear to 0 at the end."""
        warmup = max(1, min(100, self.steps // 10))
        done = (step + 1) / warmup
        left = (self.steps - step) / max(1, self.steps - warmup)
        return self.learning_rate * min(1.0, done, left)

    def as_dict(self) -> dict[str, Any]:
        """Fields and what follows from them, for a record."""
        derived = ("parameters", "tokens", "batch_size", "steps", "learning_rate")
        return asdict(self) | {name: getattr(self, name) for name in derived}


def zipf_gpu_study() -> list[RunSpec]:
    """IsoFLOP grids 1e12..1e14, held out 1e15, seeds near the optimum, then the extensions."""
    grid = {
        1e12: (24, 32, 48, 64), 3e12: (24, 32, 48, 64, 96), 1e13: (24, 32, 48, 64, 96, 128),
        3e13: (32, 48, 64, 96, 128, 192), 1e14: (48, 64, 96, 128, 192),
        1e15: (96, 128, 192),
    }  # fmt: skip
    near_optimum = {
        1e12: (24, 32, 48), 3e12: (32, 48, 64), 1e13: (48, 64, 96), 3e13: (64, 96, 128),
        1e14: (64, 96, 128), 1e15: (96, 128, 192),
    }  # fmt: skip
    core = [_zipf(d, c) for c, widths in grid.items() for d in widths]
    for seed in (1, 2):
        core += [_zipf(d, c, seed=seed) for c, widths in near_optimum.items() for d in widths]
    return [*_longest_first(core), *_longest_first(zipf_extensions())]


def zipf_extensions() -> list[RunSpec]:
    """Another exponent, and answers that are wrong one time in ten."""
    grid = {
        1e12: (24, 32, 48, 64), 1e13: (32, 48, 64, 96, 128), 1e14: (64, 96, 128, 192),
        1e15: (128, 192),
    }  # fmt: skip
    runs = [_zipf(d, c, alpha=1.0, group="alpha 1") for c in grid for d in grid[c]]
    return runs + [_zipf(d, c, noise=0.1, group="noisy") for c in grid for d in grid[c]]


def zipf_small_study() -> list[RunSpec]:
    """The same question a thousand times cheaper: 3e10..3e11, held out 1e12."""
    grid = {
        3e10: (16, 24, 32), 1e11: (16, 24, 32, 48), 3e11: (16, 24, 32, 48), 1e12: (32, 48, 64),
    }  # fmt: skip
    return _longest_first([_zipf(d, c, group="small") for c in grid for d in grid[c]])


STORY_SHAPES = {
    "0.03": (32, 2), "0.06": (48, 2), "0.1": (64, 2), "0.2": (64, 4), "0.4": (96, 4),
    "0.8": (128, 4), "2.2": (192, 5), "4.8": (256, 6),
}  # fmt: skip
"""Width and layers by millions of block parameters."""


def story_gpu_study() -> list[RunSpec]:
    """Budgets 3e12..1e14 and the held-out 1e15 on stories."""
    grid = {
        3e12: ("0.03", "0.06", "0.1", "0.2"),
        1e13: ("0.03", "0.06", "0.1", "0.2", "0.4", "0.8"),
        3e13: ("0.06", "0.1", "0.2", "0.4", "0.8", "2.2"),
        1e14: ("0.2", "0.4", "0.8", "2.2", "4.8"),
        1e15: ("0.8", "2.2", "4.8"),
    }
    runs = [
        RunSpec("stories", *STORY_SHAPES[size], train_flops=c) for c in grid for size in grid[c]
    ]
    return _longest_first(runs)


def story_small_study() -> list[RunSpec]:
    """A few tiny runs that show the command at work on a CPU; far too short to learn stories."""
    return [RunSpec("stories", d, 2, c, group="small") for c in (1e9, 3e9) for d in (8, 16)]


def _zipf(
    width: int, flops: float, *, seed: int = 0, alpha: float = 0.5, noise: float = 0.0,
    group: str = "core",
) -> RunSpec:  # fmt: skip
    return RunSpec("zipf", width, 2, flops, seed, alpha, noise, group)


def _longest_first(runs: list[RunSpec]) -> list[RunSpec]:
    """Long runs first, so that no device is left alone with one at the end."""
    return sorted(runs, key=lambda run: run.tokens, reverse=True)
