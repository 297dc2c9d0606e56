"""Attention from its definition in float64, with the results of well-known mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from judge.checks import Draw, Wrong, holds, same
from judge.device import LargestTensor, kernels_started, on_device
from torch import Tensor

Suspects = dict[str, Callable[[], Tensor]]
PADDED = "the {} places past the last key, which fill its tile, count with a score of 0"


@dataclass(frozen=True)
class Inputs:
    """One call: Q (B, q, d), K and V (B, k, d), the gradient of the output, causal or not."""

    Q: Tensor
    K: Tensor
    V: Tensor
    d_out: Tensor
    causal: bool

    @classmethod
    def drawn(cls, draw: Draw, causal: bool, scale: float = 1.0) -> Inputs:
        """Lengths that no tile of 16 divides; not causal the keys are more than the queries."""
        q = draw.between(2, 4) * 16 + draw.between(1, 15)
        k = q if causal else q + draw.between(5, 30)
        d = draw.random.choice((16, 32))
        Q, d_out = draw.tensor(2, q, d, scale=scale), draw.tensor(2, q, d)
        return cls(Q, draw.tensor(2, k, d, scale=scale), draw.tensor(2, k, d), d_out, causal)

    @property
    def case(self) -> str:
        """What a message says of it."""
        return f"Q {tuple(self.Q.shape)}, K and V {tuple(self.K.shape)}, is_causal={self.causal}"

    def scores(self, *, scale: float | None = None, mask: str = "") -> Tensor:
        """Q K^T / sqrt(d), float64; hidden ones are -inf. `mask` names a wrong one."""
        Q, K = self.Q.double(), self.K.double()
        scores = Q @ K.mT * (Q.shape[-1] ** -0.5 if scale is None else scale)
        ones = torch.ones(Q.shape[1], K.shape[1]).bool()
        hidden = {"": ones.triu(1), "none": ~ones, "inverted": ones.tril(-1),
                  "strict": ones.triu(0)}[mask]  # fmt: skip
        return scores.masked_fill(hidden, -math.inf) if self.causal else scores

    def output(self, **wrong: Any) -> Tensor:
        """softmax(scores) V, float32."""
        return (self.scores(**wrong).softmax(-1) @ self.V.double()).float()

    def log_sum_exp(self, **wrong: Any) -> Tensor:
        """Of each row of scores, float32."""
        return self.scores(**wrong).logsumexp(-1).float()

    def output_suspects(self) -> Suspects:
        """Mistakes of the forward pass."""
        d, k = self.Q.shape[-1], self.K.shape[1]
        scores, V = self.scores(), self.V.double()
        probs = (scores - scores.amax(-1, keepdim=True)).exp()
        found: Suspects = {
            "the scores are not divided by sqrt(d)": lambda: self.output(scale=1.0),
            "the scores are divided by d and not by its root": lambda: self.output(scale=1 / d),
            "the output is not divided by the sum of its row": lambda: (probs @ V).float(),
        }
        for tile in (16, 32, 64):
            if k % tile and k > tile:
                fewer = self.first_keys(k // tile * tile)
                found[f"the last keys, which fill no whole tile of {tile}, are left out"] = (
                    fewer.output
                )
        for tile in (16, 32, 64, 128):
            if k % tile and not self.causal:
                found[PADDED.format(-k % tile)] = self.with_zero_keys(-k % tile).output
        if self.causal:
            found |= {
                "is_causal is ignored": lambda: self.output(mask="none"),
                "the mask is inverted: query i sees the keys 0 to i":
                    lambda: self.output(mask="inverted"),
                "a query does not see its own key": lambda: self.output(mask="strict"),
            }  # fmt: skip
        return found

    def first_keys(self, end: int) -> Inputs:
        """The same call without the keys from `end` on."""
        return Inputs(self.Q, self.K[:, :end], self.V[:, :end], self.d_out, self.causal)

    def with_zero_keys(self, number: int) -> Inputs:
        """The same call with keys and values of 0 at the end."""
        K, V = (F.pad(t, (0, 0, 0, number)) for t in (self.K, self.V))
        return Inputs(self.Q, K, V, self.d_out, self.causal)

    def statistic_suspects(self) -> Suspects:
        """Mistakes of the saved log-sum-exp."""
        scores = self.scores()
        top = scores.amax(-1)
        total = (scores - top[..., None]).exp().sum(-1)
        return {
            "the maximum alone, without the logarithm of the sum": top.float,
            "the logarithm of the sum alone, without the maximum": lambda: total.log().float(),
            "the sum of the row and not its logarithm": lambda: total.float(),
            "a logarithm to base 2": lambda: self.log_sum_exp() / math.log(2),
            "the scores are not divided by sqrt(d)": lambda: self.log_sum_exp(scale=1.0),
        }

    def gradients(self) -> tuple[Tensor, Tensor, Tensor]:
        """dQ, dK, dV by PyTorch's autograd."""
        leaves = [t.double().requires_grad_() for t in (self.Q, self.K, self.V)]
        again = Inputs(leaves[0], leaves[1], leaves[2], self.d_out, self.causal)
        out = again.scores().softmax(-1) @ leaves[2]
        d_q, d_k, d_v = torch.autograd.grad(out, leaves, self.d_out.double())
        return d_q.float(), d_k.float(), d_v.float()

    def gradient_suspects(self) -> dict[str, Suspects]:
        """Mistakes of each gradient."""
        Q, K, V, d_out = (t.double() for t in (self.Q, self.K, self.V, self.d_out))
        scale = Q.shape[-1] ** -0.5
        probs, d_probs = self.scores().softmax(-1), d_out @ V.mT
        delta = (probs * d_probs).sum(-1, keepdim=True)
        d_q, d_k, d_v = self.gradients()
        unmasked = self.scores(mask="none").softmax(-1)
        whole = unmasked * (d_probs - (unmasked * d_probs).sum(-1, keepdim=True)) * scale
        no_scale = "the factor 1/sqrt(d) is missing"
        no_delta = "D = rowsum(dO * O) is not subtracted from dP"
        added = "D = rowsum(dO * O) is added to dP and not subtracted"
        loose = "the mask is missing in backward"
        found: dict[str, Suspects] = {
            "dQ": {
                no_scale: lambda: d_q / scale,
                no_delta: lambda: (probs * d_probs * scale @ K).float(),
                added: lambda: (probs * (d_probs + delta) * scale @ K).float(),
                loose: lambda: (whole @ K).float(),
                "the sign is turned": lambda: -d_q,
            },
            "dK": {
                no_scale: lambda: d_k / scale,
                no_delta: lambda: ((probs * d_probs).mT * scale @ Q).float(),
                added: lambda: ((probs * (d_probs + delta)).mT * scale @ Q).float(),
                loose: lambda: (whole.mT @ Q).float(),
                "dV and dK are exchanged": lambda: d_v,
                "the sign is turned": lambda: -d_k,
            },
            "dV": {
                "dV and dK are exchanged": lambda: d_k,
                loose: lambda: (unmasked.mT @ d_out).float(),
                "dP takes the place of P: dV = P^T dO":
                    lambda: ((probs * (d_probs - delta)).mT @ d_out).float(),
                "dV is multiplied by 1/sqrt(d), which belongs to the scores":
                    lambda: d_v * scale,
            },
        }  # fmt: skip
        if not self.causal:
            for name in found:
                found[name].pop(loose, None)
        return found


def check_forward(function: Any, inputs: Inputs, tolerance: float) -> None:
    """The output, and the one statistic of each row that is saved for backward."""
    Q, K, V = on_device(inputs.Q, inputs.K, inputs.V)
    out = function.apply(Q, K, V, inputs.causal)
    same("O", out, inputs.output(), case=inputs.case, tolerance=tolerance,
         suspects=inputs.output_suspects())  # fmt: skip
    if out.grad_fn is None:
        raise Wrong("O has no gradient, where one is right: return it from forward undetached.")
    saved = [t for t in out.grad_fn.saved_tensors if t.shape == Q.shape[:2]]
    if len(saved) != 1:
        shapes = [tuple(t.shape) for t in out.grad_fn.saved_tensors]
        raise Wrong(f"ctx.saved_tensors has {len(saved)} tensors of shape {tuple(Q.shape[:2])}, "
                    "where exactly one is right, the log-sum-exp of each row; it has the shapes "
                    f"{shapes}. Case: {inputs.case}.")  # fmt: skip
    same("the saved log-sum-exp L", saved[0], inputs.log_sum_exp(), case=inputs.case,
         tolerance=tolerance, suspects=inputs.statistic_suspects())  # fmt: skip


def check_backward(
    function: Any, inputs: Inputs, tolerance: float, *, by_kernels: bool = False
) -> None:
    """dQ, dK and dV, after a look at the output."""
    Q, K, V = on_device(inputs.Q, inputs.K, inputs.V)
    out = function.apply(Q, K, V, inputs.causal)
    same("O, the output: forward comes first,", out, inputs.output(), case=inputs.case,
         tolerance=tolerance, suspects=inputs.output_suspects())  # fmt: skip
    with kernels_started("backward") if by_kernels else nullcontext():
        found = torch.autograd.grad(out, (Q, K, V), inputs.d_out.to(Q.device), allow_unused=True)
    suspects = inputs.gradient_suspects()
    for name, mine, right in zip(("dV", "dK", "dQ"), found[::-1], inputs.gradients()[::-1],
                                 strict=True):  # fmt: skip
        if mine is None:
            raise Wrong(f"{name} is None, where a tensor is right: backward returns a gradient for "
                        "each argument of forward, and None for is_causal.")  # fmt: skip
        same(name, mine, right, case=inputs.case, tolerance=tolerance, suspects=suspects[name])


def check_memory(function: Any, draw: Draw) -> None:
    """No matrix of queries by keys is ever whole in memory."""
    n, d = 256, 16
    Q, K, V = on_device(*(draw.tensor(1, n, d) for _ in range(3)))
    function.apply(Q, K, V, False)  # a first call may try configurations, with buffers of its own
    with LargestTensor() as largest:
        function.apply(Q, K, V, False)
    holds(largest.num_bytes < 4 * n * n, f"forward makes a tensor of shape {tuple(largest.shape)}, "
          f"{largest.num_bytes // 1024} KiB, where {n} queries and keys of width {d} are "
          f"{n * d * 4 // 1024} KiB: it may hold a tile of the scores and never all "
          f"{n} x {n} of them.")  # fmt: skip
