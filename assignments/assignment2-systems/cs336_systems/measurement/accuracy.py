"""How far a kernel's result lies from the exact one."""

from __future__ import annotations

from torch import Tensor


def relative_error(value: Tensor, reference: Tensor, least_norm: float = 0.0) -> float:
    """||value - reference|| / ||reference|| in float64; NaN if either holds one.

    The reference counts as at least `least_norm` large: where it cancels to almost nothing, the
    rounding errors of what cancelled stay.
    """
    exact = reference.detach().double()
    size = exact.norm().clamp(min=least_norm)
    return float((value.detach().double() - exact).norm() / size)
