"""Weights in few bits: rounding to the nearest, and rounding that makes up for its errors.

A matrix is W (out, in), and a layer computes x W^T. Numbers of a row, or of a group of neighbours
in it, share one scale; what is stored are integers and scales, and what is computed here are the
numbers that those stand for.
"""

import copy
from collections.abc import Callable

import torch
import torch.nn.functional as F
from cs336_basics.layers import Linear
from cs336_basics.model import TransformerLM
from torch import Tensor, nn

Rounding = Callable[[Tensor, Tensor], Tensor]  # weight, inputs' second moment -> weight


def scales(weight: Tensor, bits: int, group: int = 0) -> Tensor:
    """One scale a row, or a `group` of columns: (out, groups), the largest number at the end.

    The integers are symmetric, from -(2^(bits-1) - 1) to 2^(bits-1) - 1; the last group may be
    smaller than the others.
    """
    largest = _in_groups(weight, group).abs().amax(-1)
    return torch.clamp(largest / (2 ** (bits - 1) - 1), min=1e-12)


def _in_groups(weight: Tensor, group: int) -> Tensor:
    """(out, groups, group), filled up with zeros."""
    group = group or weight.shape[1]
    return F.pad(weight, (0, -weight.shape[1] % group)).view(len(weight), -1, group)


def nearest(values: Tensor, scale: Tensor, bits: int) -> Tensor:
    """The nearest number on the grid of `scale`."""
    end = 2 ** (bits - 1) - 1
    return (values / scale).round().clamp(-end, end) * scale


def rounded(weight: Tensor, bits: int, group: int = 0) -> Tensor:
    """Each number to the nearest that `bits` bits can hold."""
    parts = _in_groups(weight, group)
    kept = nearest(parts, scales(weight, bits, group)[..., None], bits)
    return kept.flatten(1)[:, : weight.shape[1]]


def gptq(weight: Tensor, moment: Tensor, bits: int, group: int = 0, damp: float = 0.01) -> Tensor:
    """Round column after column, and let the columns still to come make up for each error.

    Frantar et al. 2022 (2210.17323), algorithm 1, in one block. `moment` is the mean of x x^T over
    the layer's inputs, (in, in). With U the upper Cholesky factor of its inverse, rounding column j
    moves the later ones by -error_j / U_jj times row j of U, which is the least-squares answer.
    """
    left, columns = weight.double().clone(), weight.shape[1]
    scale = scales(weight, bits, group).double().repeat_interleave(group or columns, dim=1)
    upper = factor(moment, damp)
    for j in range(columns):
        kept = nearest(left[:, j], scale[:, j], bits)
        error = (left[:, j] - kept) / upper[j, j]
        left[:, j + 1 :] -= error[:, None] * upper[j, j + 1 :]
        left[:, j] = kept
    return left.to(weight.dtype)


def factor(moment: Tensor, damp: float) -> Tensor:
    """U, upper triangular, with U^T U the inverse of the moment plus `damp` of its mean diagonal.

    The damping grows tenfold until the factor exists: a moment of few inputs has a low rank.
    """
    wide = (moment.double() + moment.double().T) / 2
    mean = wide.diagonal().mean().clamp(min=1e-12)
    step = mean * torch.eye(len(wide), dtype=wide.dtype, device=wide.device)
    while True:
        lower, failed = torch.linalg.cholesky_ex(wide + damp * step)
        if not failed:
            upper: Tensor
            upper, failed = torch.linalg.cholesky_ex(torch.cholesky_inverse(lower), upper=True)
            if not failed:
                return upper
        damp = max(1e-6, 10 * damp)


def linears(model: TransformerLM) -> dict[str, Linear]:
    """The matrices of all layers; embedding and head stay as they are."""
    modules = model.layers.named_modules()
    return {name: module for name, module in modules if isinstance(module, Linear)}


@torch.no_grad()
def moments(model: TransformerLM, run: Callable[[], object]) -> dict[str, Tensor]:
    """Mean of x x^T over the inputs of each matrix during `run`, by the matrix's name."""
    sums: dict[str, Tensor] = {}
    counts: dict[str, int] = {}

    def look(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            x = inputs[0].flatten(0, -2).double()
            with torch.autocast(x.device.type, enabled=False):  # it would multiply in bfloat16
                product = x.T @ x
            sums[name] = sums.get(name, torch.zeros((), device=x.device)) + product
            counts[name] = counts.get(name, 0) + len(x)

        return hook

    hooks = [m.register_forward_pre_hook(look(name)) for name, m in linears(model).items()]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return {name: total / counts[name] for name, total in sums.items()}


def output_error(weight: Tensor, kept: Tensor, moment: Tensor) -> float:
    """Norm of the error of a layer's outputs over the norm of these outputs."""
    off, moment = (kept - weight).double(), moment.double()
    squares = torch.einsum("oi,ij,oj->", off, moment, off)
    whole = torch.einsum("oi,ij,oj->", weight.double(), moment, weight.double())
    return float((squares / whole).sqrt())


@torch.no_grad()
def quantised(
    model: TransformerLM, rounding: Rounding, seen: dict[str, Tensor]
) -> tuple[TransformerLM, dict[str, float]]:
    """A copy whose matrices went through `rounding`, and each matrix's `output_error`."""
    changed = copy.deepcopy(model)
    errors = {}
    for name, linear in linears(changed).items():
        kept = rounding(linear.weight, seen[name])
        errors[name] = output_error(linear.weight, kept, seen[name])
        linear.weight.copy_(kept)
    return changed, errors


class Rounded(nn.Module):
    """Forward in few bits, backward as if nothing had been rounded: quantisation-aware training."""

    def __init__(self, bits: int) -> None:
        super().__init__()
        self.bits = bits

    def forward(self, weight: Tensor) -> Tensor:
        """The rounded weight; its gradient is passed on (Bengio et al., 1308.3432)."""
        return weight + (rounded(weight, self.bits) - weight).detach()


def made_aware(model: TransformerLM, bits: int) -> TransformerLM:
    """A copy that rounds its matrices at every forward pass and can be trained so."""
    aware = copy.deepcopy(model)
    for linear in linears(aware).values():
        nn.utils.parametrize.register_parametrization(linear, "weight", Rounded(bits))
    return aware
