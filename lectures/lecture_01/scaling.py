"""What changes with size: the share of attention, and loss as a function of size and data.

The loss is the fit of the Chinchilla paper (Hoffmann et al. 2022): L(N, D) = E + A / N^a + B / D^b,
equation 10 with the constants of approach 3, N parameters and D tokens. The constants are rounded
in the paper; the lecture uses them for the shape only.
"""

import math
from collections.abc import Sequence

import numpy as np

E, A, B, ALPHA, BETA = 1.69, 406.4, 410.7, 0.34, 0.28


def loss(parameters: float, tokens: float) -> float:
    """Loss in nats a token."""
    return E + A / math.pow(parameters, ALPHA) + B / math.pow(tokens, BETA)


def attention_share(width: int, tokens: int) -> float:
    """Share of a layer's operations that attention scores take: S / (6d + S).

    24 S d^2 operations go to the matrices of a layer of width d that reads S tokens, 4 S^2 d to
    its scores.
    """
    return tokens / (6 * width + tokens)


def compute_optimal(flops: float) -> tuple[float, float]:
    """Parameters and tokens of the least loss with 6 N D = `flops`: equation 4 of the paper.

    Closed form, so that no grid of sizes decides the answer.
    """
    together = ALPHA + BETA
    scale = math.pow(ALPHA * A / (BETA * B), 1 / together)
    parameters = scale * math.pow(flops / 6, BETA / together)
    return parameters, flops / (6 * parameters)


def isoflop_curve(flops: float, sizes: list[float]) -> list[dict[str, float]]:
    """Loss of every size in `sizes` when all of `flops` = 6 N D is spent."""
    return [
        {
            "flops": flops,
            "parameters": float(f"{size:.3g}"),
            "loss": round(loss(size, flops / (6 * size)), 4),
        }
        for size in sizes
    ]


def vocabulary_growth(words: Sequence[str]) -> tuple[list[tuple[int, int]], float]:
    """Words read and distinct ones among them, at doubling lengths, and the exponent of the fit.

    Heaps' law: distinct words grow as a power of the words read.
    """
    read = [25 * 2**step for step in range(20) if 25 * 2**step < len(words)] + [len(words)]
    growth = [(count, len(set(words[:count]))) for count in read]
    log_read, log_distinct = np.log(growth).T
    slope = np.polyfit(log_read, log_distinct, 1)[0]
    return growth, round(float(slope), 3)
