"""Loss as a function of size and data: the fit of the Chinchilla paper (Hoffmann et al. 2022).

L(N, D) = E + A / N^a + B / D^b, equation 10 with the constants of approach 3, N parameters and D
tokens. The constants are rounded in the paper; the lecture uses them for the shape only.
"""

import math

E, A, B, ALPHA, BETA = 1.69, 406.4, 410.7, 0.34, 0.28


def loss(parameters: float, tokens: float) -> float:
    """Loss in nats a token."""
    return E + A / math.pow(parameters, ALPHA) + B / math.pow(tokens, BETA)


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
