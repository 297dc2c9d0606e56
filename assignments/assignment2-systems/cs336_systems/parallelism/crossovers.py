"""When does communication take as long as computation? Closed forms for one gated MLP.

The layer is y = W2 (silu(W1 x) * W3 x) with W1, W3 (F, D) and W2 (D, F), all in bf16, on N equal
devices. A device computes C operations and sends W bytes a second. A strategy is *bound by compute*
when its arithmetic takes longer than its traffic, which then hides behind it; the *crossover* is
where both take equally long. Collectives are rings: gathering or scattering a tensor of S bytes
over n devices takes S (n - 1) / (n W) seconds. Everything is a sympy expression, so that it can be
shown, differentiated and solved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

Expr = Any
"""A sympy expression; sympy has no types."""

B, D, F, N, C, W = sp.symbols("B D F N C W", positive=True)
"""Tokens of the whole batch, model width, hidden width, devices, operations/s, bytes/s."""
X, V = sp.symbols("X V", positive=True)
"""Of a mesh: devices along its FSDP axis, and bytes/s along its tensor axis, often faster."""

BF16 = 2
WEIGHTS = BF16 * 3 * D * F
"""Bytes of the three matrices."""
FORWARD = 6 * B * D * F
"""Operations of the three products; the backward pass takes twice as many."""


@dataclass(frozen=True)
class Pass:
    """Seconds that each device computes and communicates in one pass through the layer."""

    compute: Expr
    communication: Expr

    def crossover(self, unknown: Expr) -> Expr:
        """The value of `unknown` at which both take equally long.

        Raises:
            ValueError: the balance does not depend on `unknown`.
        """
        solutions = sp.solve(sp.Eq(self.compute, self.communication), unknown)
        # A quadratic has a negative root, too; any positive values of the symbols tell them apart.
        positive = [s for s in solutions if s.subs(dict.fromkeys(s.free_symbols, 2)) > 0]
        if not positive:
            raise ValueError(f"{unknown} does not change the balance of this pass")
        return sp.factor(positive[0])


def ring(size: Expr, devices: Expr = N) -> Expr:
    """Seconds to all-gather, or reduce-scatter, `size` bytes over a ring of `devices`."""
    return size * (devices - 1) / (devices * W)


def data_parallel() -> Pass:
    """Backward pass; the gradients of all weights are all-reduced. Forward sends nothing."""
    compute = 2 * FORWARD / (N * C)
    communication = 2 * ring(WEIGHTS)
    return Pass(compute, communication)


def data_parallel_whole_tensors() -> Pass:
    """The same with a ring on which every device passes on the *whole* tensor N - 1 times."""
    compute = 2 * FORWARD / (N * C)
    communication = (N - 1) * WEIGHTS / W
    return Pass(compute, communication)


def fully_sharded(backward: bool = False) -> Pass:
    """FSDP: weights are gathered; backward gathers them again and scatters the gradients."""
    passes = 2 if backward else 1
    compute = passes * FORWARD / (N * C)
    communication = passes * ring(WEIGHTS)
    return Pass(compute, communication)


def tensor_parallel(backward: bool = False) -> Pass:
    """Rows of W1, W3 and columns of W2 on each device; activations (B, D) travel.

    Forward gathers x and scatters the sum y; backward gathers dy and scatters dx, and reads the
    gathered x that forward kept.
    """
    compute = (2 if backward else 1) * FORWARD / (N * C)
    communication = 2 * ring(BF16 * B * D)
    return Pass(compute, communication)


def fully_sharded_and_tensor() -> Pass:
    """Forward on a mesh of X (FSDP, egress W) times N / X (tensor, egress V) devices.

    The FSDP group gathers the X / N of the weights that its tensor rank owns; the tensor group
    exchanges the activations of its B / X tokens. For long rings, (n - 1) / n is taken as 1.
    """
    compute = FORWARD / (N * C)
    gather_weights = WEIGHTS * X / N / W
    exchange_activations = 2 * (BF16 * B / X * D) / V
    return Pass(compute, gather_weights + exchange_activations)


def best_fsdp_axis() -> Expr:
    """X that makes the traffic of FSDP + TP smallest: where its derivative vanishes."""
    traffic = fully_sharded_and_tensor().communication
    return sp.solve(sp.diff(traffic, X), X)[0]


def min_tokens_per_device() -> dict[str, Expr]:
    """B / N from which DP, FSDP and FSDP + TP (best mesh) are bound by compute, on long rings.

    TP is missing: no batch helps it, see `max_tensor_devices`.
    """
    mesh = fully_sharded_and_tensor()
    best = Pass(mesh.compute, mesh.communication.subs(X, best_fsdp_axis()))
    return {
        "DP": sp.limit(data_parallel().crossover(B) / N, N, sp.oo),
        "FSDP": sp.limit(fully_sharded().crossover(B) / N, N, sp.oo),
        "FSDP + TP": sp.simplify(best.crossover(B) / N),
    }


def max_tensor_devices() -> Expr:
    """N up to which the forward pass of tensor parallelism is bound by compute."""
    return tensor_parallel().crossover(N)


def evaluate(expression: Expr, values: Mapping[Expr, float]) -> float:
    """The number that an expression gives for these symbols.

    Raises:
        ValueError: a symbol has no value.
    """
    number = sp.sympify(expression).subs(dict(values))
    if number.free_symbols:
        missing = ", ".join(sorted(str(symbol) for symbol in number.free_symbols))
        raise ValueError(f"no value for {missing}")
    return float(number)
