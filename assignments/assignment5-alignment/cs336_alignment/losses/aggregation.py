"""From the losses of tokens to one number: what an answer's length does to its weight.

`batch` is the whole batch's size in what is averaged over. A micro-batch passes the whole batch's
numbers, so that the sum over micro-batches, of whatever lengths, is the loss of the batch.
"""

from __future__ import annotations

from jaxtyping import Bool, Float
from torch import Tensor

from cs336_alignment.masked import masked_normalize

PerToken = Float[Tensor, "batch seq"]
Mask = Bool[Tensor, "batch seq"]


def sequence_mean(loss: PerToken, mask: Mask, rows: int) -> Float[Tensor, ""]:
    """1/rows sum_i (1/|y_i|) sum_t loss_it (GRPO, 2402.03300, eq. 3).

    Every answer weighs the same, so a token of a long answer weighs less: long wrong answers are
    punished less than short ones. An empty answer adds 0.
    """
    lengths = mask.sum(dim=1).clamp(min=1)
    return (masked_normalize(loss, mask, dim=1) / lengths).sum() / max(rows, 1)


def token_mean(loss: PerToken, mask: Mask, tokens: int) -> Float[Tensor, ""]:
    """1/tokens sum_it loss_it, tokens of the whole batch (DAPO, 2503.14476, eq. 12)."""
    return masked_normalize(loss, mask, max(tokens, 1))


def constant_length(loss: PerToken, mask: Mask, rows: int, length: int) -> Float[Tensor, ""]:
    """1/(rows length) sum_it loss_it with a fixed length (Dr. GRPO, 2503.20783, section 3.2).

    The only one of the three whose expectation is the policy gradient itself.
    """
    return masked_normalize(loss, mask, max(rows, 1) * length)
