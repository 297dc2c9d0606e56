"""Problems of the position-wise layers: the right values come from PyTorch's own functions."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from judge.checks import Draw, holds, problem, same
from judge.transformer import rotated
from torch import Tensor

from tests import adapters


@problem("linear", 1, "layers.Linear")
@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
def test_linear(draw: Draw, leading: tuple[int, ...]) -> None:
    d_in, d_out = draw.between(3, 6), draw.between(7, 9)
    W, x = draw.tensor(d_out, d_in), draw.tensor(*leading, d_in)
    y = adapters.run_linear(d_in, d_out, W, x)
    same("Linear(x)", y, F.linear(x, W), case=f"x {tuple(x.shape)}, weight {tuple(W.shape)}",
         suspects={"a bias is added": lambda: F.linear(x, W, torch.ones(d_out))})  # fmt: skip


@problem("embedding", 1, "layers.Embedding")
@pytest.mark.parametrize("shape", [(4,), (2, 5)])
def test_embedding(draw: Draw, shape: tuple[int, ...]) -> None:
    V, D = draw.between(10, 20), draw.between(3, 6)
    W, ids = draw.tensor(V, D), draw.ids(V, *shape)
    same("Embedding(ids)", adapters.run_embedding(V, D, W, ids), F.embedding(ids, W),
         case=f"ids {ids.tolist()}, weight {tuple(W.shape)}",
         suspects={"the row before is taken": lambda: F.embedding((ids - 1) % V, W),
                   "the row after is taken": lambda: F.embedding((ids + 1) % V, W)})  # fmt: skip


@problem("rmsnorm", 2, "layers.RMSNorm")
@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_rmsnorm(draw: Draw, scale: float) -> None:
    D, eps = draw.between(5, 8), 1e-5
    w, x = draw.tensor(D), draw.tensor(2, 3, D, scale=scale)
    y = adapters.run_rmsnorm(D, eps, w, x)
    same("RMSNorm(x)", y, F.rms_norm(x, (D,), w, eps), case=f"x {tuple(x.shape)} of size {scale}",
         suspects={
             "the mean is subtracted first, as LayerNorm does":
                 lambda: F.layer_norm(x, (D,), w, None, eps),
             "eps is added outside of the root":
                 lambda: x / (x.pow(2).mean(-1, keepdim=True).sqrt() + eps) * w,
             "the squares are summed and not averaged":
                 lambda: x / (x.pow(2).sum(-1, keepdim=True) + eps).sqrt() * w,
             "the weight is left out": lambda: F.rms_norm(x, (D,), None, eps),
         })  # fmt: skip


@problem("rmsnorm", 2, "layers.RMSNorm")
def test_rmsnorm_in_half_precision(draw: Draw) -> None:
    x = draw.tensor(3, 8).half() * 300  # the square of 300 is more than float16 can hold
    y = adapters.run_rmsnorm(8, 1e-5, torch.ones(8), x)
    same("RMSNorm(x)", y, F.rms_norm(x.float(), (8,), None, 1e-5).half(), tolerance=2e-3,
         case="x in float16 with values near 300: square them in float32")  # fmt: skip


@problem("silu", 1, "layers.silu")
def test_silu(draw: Draw) -> None:
    x = draw.tensor(3, 5, scale=3)
    same("silu(x)", adapters.run_silu(x), F.silu(x), case="x (3, 5)",
         suspects={"a sigmoid without the factor x": x.sigmoid(), "GELU": F.gelu(x),
                   "ReLU": F.relu(x)})  # fmt: skip


@problem("swiglu", 2, "layers.SwiGLU")
def test_swiglu(draw: Draw) -> None:
    D, width = draw.between(4, 6), draw.between(7, 10)
    w1, w3 = draw.tensor(width, D), draw.tensor(width, D)
    w2, x = draw.tensor(D, width), draw.tensor(2, 3, D)
    y = adapters.run_swiglu(D, width, w1, w2, w3, x)

    def gated(gate: Tensor, value: Tensor) -> Tensor:
        return F.linear(F.silu(F.linear(x, gate)) * F.linear(x, value), w2)

    same("SwiGLU(x)", y, gated(w1, w3), case=f"x {tuple(x.shape)}, w1 {tuple(w1.shape)}",
         suspects={
             "w1 and w3 are exchanged": lambda: gated(w3, w1),
             "a sigmoid instead of SiLU":
                 lambda: F.linear(F.linear(x, w1).sigmoid() * F.linear(x, w3), w2),
             "the gate is added and not multiplied":
                 lambda: F.linear(F.silu(F.linear(x, w1)) + F.linear(x, w3), w2),
             "no gate: w3 is not used": lambda: F.linear(F.silu(F.linear(x, w1)), w2),
         })  # fmt: skip


@problem("rope", 3, "layers.RotaryPositionalEmbedding")
@pytest.mark.parametrize(
    ("leading", "positions"),
    [((), "(T,)"), ((2,), "(T,)"), ((3,), "(1, T)"), ((2,), "(B, T)"), ((2, 3), "(T,)"),
     ((2, 3), "(B, 1, T)")],
)  # fmt: skip
def test_rope(draw: Draw, leading: tuple[int, ...], positions: str) -> None:
    d_k, T, theta = 2 * draw.between(2, 4), draw.between(3, 6), 10_000.0
    x = draw.tensor(*leading, T, d_k)
    shape = {"(T,)": (T,), "(1, T)": (1, T), "(B, T)": (*leading, T)}.get(
        positions, (*leading[:1], 1, T)
    )
    at = draw.ids(20, *shape)
    y = adapters.run_rope(d_k, theta, 20, x, at)

    def turned(at: Tensor, theta: float = theta, sign: int = 1) -> Tensor:
        return rotated(x, at, theta, sign)

    def by_halves() -> Tensor:
        order = torch.arange(d_k).view(2, -1).T.flatten()
        there = rotated(x[..., order], at, theta)
        return there[..., order.argsort()]

    same("RoPE(x)", y, turned(at),
         case=f"x {tuple(x.shape)}, positions {positions} = {at.flatten().tolist()[:8]}",
         suspects={
             "the pairs are the two halves (x_i, x_(i+d/2)); the contract pairs neighbours":
                 by_halves,
             "the rotation goes the other way": lambda: turned(at, sign=-1),
             "positions are counted from 1": lambda: turned(at + 1),
             "positions are ignored: 0, 1, 2, … is used":
                 lambda: turned(torch.arange(T)),
             "the exponent of theta is i/d and not 2i/d": lambda: turned(at, theta**0.5),
         })  # fmt: skip


@problem("softmax", 1, "nn_utils.softmax")
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_softmax(draw: Draw, dim: int) -> None:
    x = draw.tensor(3, 4, 5)
    others = {f"the sum runs over dim {d}": torch.softmax(x, d) for d in range(3) if d != dim % 3}
    same(f"softmax(x, dim={dim})", adapters.run_softmax(x, dim), torch.softmax(x, dim),
         case="x (3, 4, 5)",
         suspects=others | {"the logarithm of it": torch.log_softmax(x, dim)})  # fmt: skip


@problem("softmax", 1, "nn_utils.softmax")
def test_softmax_of_large_numbers(draw: Draw) -> None:
    x = draw.tensor(3, 5) + 1000
    same(
        "softmax(x, dim=-1)",
        adapters.run_softmax(x, -1),
        torch.softmax(x, -1),
        case="x (3, 5) near 1000, whose exponentials are infinite: subtract the maximum first",
    )


@problem("cross_entropy", 2, "nn_utils.cross_entropy")
@pytest.mark.parametrize("leading", [(6,), (2, 3)])
def test_cross_entropy(draw: Draw, leading: tuple[int, ...]) -> None:
    V = draw.between(5, 9)
    logits, targets = draw.tensor(*leading, V), draw.ids(V, *leading)
    rows, flat = logits.view(-1, V), targets.flatten()
    same("cross_entropy(logits, targets)", adapters.run_cross_entropy(logits, targets),
         F.cross_entropy(rows, flat), case=f"logits {tuple(logits.shape)}",
         suspects={
             "the sum over positions and not the mean":
                 F.cross_entropy(rows, flat, reduction="sum"),
             "logarithms to base 2": F.cross_entropy(rows, flat) / math.log(2),
             "the sign is missing": -F.cross_entropy(rows, flat),
             "log-sum-exp is missing: the mean of the target's logits":
                 -rows.gather(1, flat[:, None]).mean(),
         })  # fmt: skip


@problem("cross_entropy", 2, "nn_utils.cross_entropy")
def test_cross_entropy_of_large_logits(draw: Draw) -> None:
    logits, targets = draw.tensor(4, 6) * 1000, draw.ids(6, 4)
    loss = adapters.run_cross_entropy(logits, targets)
    holds(
        bool(torch.isfinite(loss)),
        f"cross_entropy(logits, targets) is {loss.item()} for logits times 1000; take the maximum "
        "out before the exponential, and no logarithm of 0.",
    )
    same("cross_entropy(logits, targets)", loss, F.cross_entropy(logits, targets),
         case="logits (4, 6) times 1000")  # fmt: skip
