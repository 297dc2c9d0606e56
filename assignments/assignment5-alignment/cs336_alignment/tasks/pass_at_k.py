"""pass@k: the probability that at least one of k samples is right."""

from __future__ import annotations

from math import prod


def pass_at_k(samples: int, right: int, k: int) -> float:
    """1 - C(n - c, k) / C(n, k) for c right among n samples (Chen et al. 2021, 2107.03374, eq. 1).

    Unbiased, where 1 - (1 - c/n)^k is too low. Over problems one takes the mean.

    Raises:
        ValueError: k beyond n, or c outside 0..n.
    """
    if not (1 <= k <= samples and 0 <= right <= samples):
        raise ValueError(f"pass@{k} needs 1 <= k <= n and 0 <= c <= n; n = {samples}, c = {right}")
    if samples - right < k:
        return 1.0
    return 1.0 - prod(1.0 - k / i for i in range(samples - right + 1, samples + 1))
