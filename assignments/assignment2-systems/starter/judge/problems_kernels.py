"""Problems of row-wise kernels: a weighted sum and RMSNorm, each with its backward, in Triton."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from judge.checks import Draw, Wrong, problem, same
from judge.device import DEVICE, kernels_started, needs_triton, on_device
from torch import Tensor

from tests import adapters

Suspects = dict[str, Any]


def gradients(
    what: str, y: Tensor, leaves: list[Tensor], d_y: Tensor
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """dx and dw of a kernel; a result without a gradient is said."""
    if y.grad_fn is None:
        raise Wrong(f"{what} has no gradient, where one is right: put the kernels into a "
                    "torch.autograd.Function.")  # fmt: skip
    with kernels_started("backward"):
        d_x, d_w = torch.autograd.grad(y, leaves, d_y.to(DEVICE), allow_unused=True)
    for name, gradient in (("dx", d_x), ("dw", d_w)):
        if gradient is None:
            raise Wrong(f"{name} is None, where a tensor is right: backward returns a gradient for "
                        "x and one for the weight.")  # fmt: skip
    return d_x, d_w


def rows_and_width(draw: Draw) -> tuple[int, int]:
    """Rows for several programs, of a width that is no power of 2."""
    return draw.between(130, 150), draw.between(17, 31)


@problem("weighted_sum", 3, "kernels/weighted_sum.weighted_sum")
@pytest.mark.parametrize("leading", [1, 2])
def test_weighted_sum(draw: Draw, leading: int) -> None:
    needs_triton()
    n, d = rows_and_width(draw)
    shape = (n, d) if leading == 1 else (2, n, d)
    x, w, d_y = draw.tensor(*shape), draw.tensor(d), draw.tensor(*shape[:-1])
    case = f"x {shape}, weight ({d},)"
    on = on_device(x, w)
    with kernels_started("weighted_sum"):
        y = adapters.run_weighted_sum(on[0], on[1])
    same("weighted_sum(x, w)", y, x @ w, case=case,
         suspects={"the weight is left out": x.sum(-1), "the mean and not the sum": x @ w / d,
                   "the last columns, which fill no block, are left out":
                       x[..., :16] @ w[:16]})  # fmt: skip
    d_x, d_w = gradients("weighted_sum(x, w)", y, on, d_y)
    right = (d_y[..., None] * x).flatten(0, -2)
    same("dx", d_x, d_y[..., None] * w, case=case,
         suspects={"the gradient of y is left out": w.expand(shape),
                   "x and not the weight is multiplied by the gradient of y":
                       d_y[..., None] * x})  # fmt: skip
    first: dict[str, Any] = {
        f"only the first {rows} rows enter: sum over all programs": right[:rows].sum(0)
        for rows in (1, 2, 4, 8, 16, 32, 64, 128)
    }
    same("dw", d_w, right.sum(0), case=case,
         suspects={"the mean over rows and not the sum": right.mean(0),
                   "the gradient of y is left out": x.flatten(0, -2).sum(0), **first})  # fmt: skip


def norm(x: Tensor, w: Tensor, eps: float) -> Tensor:
    """RMSNorm by PyTorch."""
    return F.rms_norm(x, x.shape[-1:], w, eps)


@problem("rms_norm", 4, "kernels/rms_norm.rms_norm")
@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_rms_norm(draw: Draw, eps: float) -> None:
    needs_triton()
    n, d = rows_and_width(draw)
    x, w, d_y = draw.tensor(2, n, d), draw.weights({"w": (d,)})["w"], draw.tensor(2, n, d)
    case = f"x {(2, n, d)}, eps {eps:g}"
    on = on_device(x, w)
    with kernels_started("rms_norm"):
        y = adapters.run_rms_norm(on[0], on[1], eps)
    squares, block = x.square().sum(-1, keepdim=True), 1 << (d - 1).bit_length()
    same("rms_norm(x, w)", y, norm(x, w, eps), case=case,
         suspects={
             "the squares are summed and not averaged": x * (squares + eps).rsqrt() * w,
             f"the mean is over the {block} places of the block and not over the {d} of the row":
                 x * (squares / block + eps).rsqrt() * w,
             "eps is added outside of the root": x / ((squares / d).sqrt() + eps) * w,
             "eps is left out": x * (squares / d).rsqrt() * w,
             "the weight is left out": norm(x, torch.ones(d), eps),
         })  # fmt: skip
    d_x, d_w = gradients("rms_norm(x, w)", y, on, d_y)
    check_norm_gradients(x, w, d_y, eps, d_x, d_w)


def check_norm_gradients(
    x: Tensor, w: Tensor, d_y: Tensor, eps: float, d_x: Tensor, d_w: Tensor
) -> None:
    """dx and dw beside autograd's, and what is often forgotten in them."""
    d, case = x.shape[-1], f"x {tuple(x.shape)}, eps {eps:g}"
    leaves = [t.clone().requires_grad_() for t in (x, w)]
    right_x, right_w = torch.autograd.grad(norm(leaves[0], leaves[1], eps), leaves, d_y)
    r = (x.pow(2).sum(-1, keepdim=True) / d + eps) ** -0.5
    g = d_y * w
    inner = (g * x).sum(-1, keepdim=True)
    same("dx", d_x, right_x, case=case,
         suspects={
             "the root is taken for a constant: its derivative is missing": r * g,
             "the sum and not the mean in the derivative of the root": r * (g - x * r**2 * inner),
             "the derivative of the root is added and not subtracted":
                 r * (g + x * r**2 * inner / d),
             "the weight is left out":
                 r * (d_y - x * r**2 * (d_y * x).mean(-1, keepdim=True)),
         })  # fmt: skip
    rows = (d_y * x * r).flatten(0, -2)
    suspects = {
        "x is not normalised in it": (d_y * x).flatten(0, -2).sum(0),
        "the mean over rows and not the sum": rows.mean(0),
    }
    for first in (1, 2, 4, 8, 16, 32, 64, 128):
        suspects[f"only the first {first} rows enter: sum over all programs"] = rows[:first].sum(0)
    same("dw", d_w, right_w, case=case, suspects=suspects)


@problem("rms_norm", 4, "kernels/rms_norm.rms_norm")
def test_rms_norm_of_large_float16(draw: Draw) -> None:
    needs_triton()
    n, d = rows_and_width(draw)
    x = draw.tensor(n, d).sign() * (300 + 20 * draw.tensor(n, d))
    x, w = x.half(), draw.weights({"w": (d,)})["w"]
    y = adapters.run_rms_norm(x.to(DEVICE), w.to(DEVICE), 1e-5)
    same("rms_norm(x, w)", y, norm(x.float(), w, 1e-5).half(), tolerance=2e-3,
         case=f"x ({n}, {d}) in float16 near 300: square them in float32",
         suspects={"squares of 300 are infinite in float16": torch.zeros_like(x)})  # fmt: skip
