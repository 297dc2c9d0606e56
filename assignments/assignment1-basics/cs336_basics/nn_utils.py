"""Numerically stable softmax and cross-entropy, and clipping by the global gradient norm."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor


def softmax(x: Float[Tensor, "*shape"], dim: int) -> Float[Tensor, "*shape"]:
    """exp(x_i) / sum_j exp(x_j) along `dim`; shape and dtype of `x` are kept.

    Subtracting the maximum changes nothing in exact arithmetic and keeps exp() from overflowing.
    """
    shifted = x - x.amax(dim=dim, keepdim=True)
    exponentials = shifted.exp()
    return exponentials / exponentials.sum(dim=dim, keepdim=True)


def cross_entropy(
    logits: Float[Tensor, "... vocab"],
    targets: Int[Tensor, "*shape"],
    ignore_index: int | None = None,
) -> Float[Tensor, ""]:
    """Mean of -log softmax(logits)[target] in nats, as a scalar.

    Positions whose target is `ignore_index` (such as padding, or a prompt in fine-tuning) have no
    loss and do not count; where all are such, the mean of nothing is not a number.

    -log softmax(o)[t] = log sum_j exp(o_j - m) + m - o_t with m = max_j o_j: no exponential larger
    than 1 and no logarithm of 0, so logits a thousand times larger stay finite. bf16 and fp16
    logits are summed in float32.

    Raises:
        ValueError: shapes do not match, or (checked on the CPU only, where looking at the values
            costs no synchronisation) a target is outside [0, vocab).
    """
    counts = None if ignore_index is None else targets != ignore_index
    if counts is not None:
        targets = targets.where(counts, 0)
    log_sum_exp, logits = _log_sum_exp(logits, targets)
    target_logits = logits.gather(-1, targets.unsqueeze(-1).long()).squeeze(-1)
    losses = log_sum_exp - target_logits
    return losses.mean() if counts is None else losses.where(counts, 0).sum() / counts.sum()


def cross_entropy_by_comparison(
    logits: Float[Tensor, "... vocab"], targets: Int[Tensor, "*shape"]
) -> Float[Tensor, ""]:
    """`cross_entropy`, with o_t picked by comparing each column's index with the target.

    The backward of gather is a scatter into a zero tensor as large as the logits. A comparison has
    an elementwise backward instead, which torch.compile fuses with the softmax's: faster compiled,
    slower without.
    """
    log_sum_exp, logits = _log_sum_exp(logits, targets)
    columns = torch.arange(logits.shape[-1], device=logits.device)
    is_target = columns == targets.unsqueeze(-1)
    target_logits = torch.where(is_target, logits, 0.0).sum(dim=-1)
    return (log_sum_exp - target_logits).mean()


def _log_sum_exp(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """log sum_j exp(o_j) per row, and the logits in the dtype it was computed in."""
    if logits.shape[:-1] != targets.shape:
        raise ValueError(
            f"logits {tuple(logits.shape)} need targets of shape {tuple(logits.shape[:-1])}, "
            f"not {tuple(targets.shape)}"
        )
    check_ids_in_range(targets, logits.shape[-1], what="target")
    if logits.dtype in (torch.float16, torch.bfloat16):
        logits = logits.float()
    maximum = logits.amax(dim=-1, keepdim=True).detach()
    return (logits - maximum).exp().sum(dim=-1).log() + maximum.squeeze(-1), logits


def check_ids_in_range(ids: Tensor, vocab_size: int, what: str = "token") -> None:
    """Raise ValueError when an id lies outside [0, vocab_size).

    Looks only at CPU tensors and outside torch.compile: on a GPU the check would force a
    synchronisation per call, and the device's own assertion reports the fault.
    """
    if torch.compiler.is_compiling() or ids.device.type != "cpu" or ids.numel() == 0:
        return
    low, high = int(ids.min()), int(ids.max())
    if low < 0 or high >= vocab_size:
        bad = low if low < 0 else high
        raise ValueError(
            f"{what} id {bad} is outside the vocabulary [0, {vocab_size}); "
            "was the data encoded with another tokenizer?"
        )


def global_gradient_norm(gradients: list[Tensor]) -> Float[Tensor, ""]:
    """L2 norm of all gradients seen as one vector, as a scalar tensor on their device."""
    total: Tensor = torch.linalg.vector_norm(torch.stack(gradient_norms(gradients)))
    return total


def gradient_norms(gradients: list[Tensor]) -> list[Float[Tensor, ""]]:
    """L2 norm of each gradient in float32, in no particular order."""
    # One launch per dtype on a GPU (a mixed list falls back to one per tensor).
    by_dtype: dict[torch.dtype, list[Tensor]] = {}
    for gradient in gradients:
        by_dtype.setdefault(gradient.dtype, []).append(gradient)
    return [
        norm for group in by_dtype.values()
        for norm in torch._foreach_norm(group, 2, dtype=torch.float32)
    ]  # fmt: skip


@torch.no_grad()
def clip_gradient_norm(
    parameters: Iterable[torch.nn.Parameter], max_l2_norm: float, eps: float = 1e-6
) -> Float[Tensor, ""]:
    """Scale all gradients in place by max/(norm + eps) when their global L2 norm exceeds max.

    One norm over all parameters (Pascanu et al. 2013, algorithm 1), so the direction of the update
    is kept. Parameters without a gradient are skipped. Returns the norm before clipping. The
    comparison stays on the device (no synchronisation).
    """
    if max_l2_norm <= 0:
        raise ValueError(f"max_l2_norm must be positive, got {max_l2_norm!r}")
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return torch.zeros(())
    norm = global_gradient_norm(gradients)
    scale = torch.where(norm > max_l2_norm, max_l2_norm / (norm + eps), torch.ones_like(norm))
    for gradient in gradients:
        gradient.mul_(scale.to(gradient.device))
    return norm


clip_gradient = clip_gradient_norm
