"""A ratio that is often written by mistake: of the logarithms, instead of the probabilities."""

from torch import Tensor

CLIP = 0.2


def ratio_of_logs_loss(advantages: Tensor, log_probs: Tensor, old_log_probs: Tensor) -> Tensor:
    """The clipped loss with r = log p / log q, as the public course's program has it.

    Both logarithms are negative. So r falls where p grows, and the gradient's sign is reversed.
    """
    ratio = log_probs / old_log_probs
    capped = ratio.clamp(1 - CLIP, 1 + CLIP)
    return -(ratio * advantages).minimum(capped * advantages)
