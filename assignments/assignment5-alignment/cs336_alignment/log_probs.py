"""From logits to what the losses need: log-probabilities of the tokens, and entropy.

Shape letters: B batch, T sequence, V vocabulary, `...` any leading dimensions.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from cs336_alignment.models.policy import Policy, logits_of


def compute_entropy(logits: Float[Tensor, "*shape vocab"]) -> Float[Tensor, "*shape"]:
    """H = -sum_v p_v log p_v of softmax(logits) in nats.

    A token of probability zero (logit -inf) adds nothing: 0 log 0 = 0.
    """
    log_p = logits.log_softmax(dim=-1)
    p = log_p.exp()
    return -torch.where(p > 0, p * log_p, 0.0).sum(dim=-1)


def token_log_probs(
    logits: Float[Tensor, "*shape vocab"], labels: Int[Tensor, "*shape"]
) -> Float[Tensor, "*shape"]:
    """log softmax(logits)[label], in float32 for half-precision logits."""
    if logits.dtype in (torch.float16, torch.bfloat16):
        logits = logits.float()
    picked = logits.gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    return picked - logits.logsumexp(dim=-1)


def get_response_log_probs(
    model: Policy,
    input_ids: Int[Tensor, "batch seq"],
    labels: Int[Tensor, "batch seq"],
    return_token_entropy: bool = False,
    *,
    temperature: float = 1.0,
    top_p: float = 1.0,
) -> dict[str, Float[Tensor, "batch seq"]]:
    """log p(label_t | input_0..t) at every position: {"log_probs"[, "token_entropy"]}.

    Answers drawn at another temperature or with top-p were drawn from another distribution: the
    two settings then belong here too, or the ratio of new to old probability is not 1 before any
    update. A label outside the nucleus has log-probability -inf.
    """
    logits = logits_of(model(input_ids))
    if temperature != 1.0:
        logits = logits / temperature
    if top_p < 1.0:
        logits = nucleus_logits(logits, top_p)
    result = {"log_probs": token_log_probs(logits, labels)}
    if return_token_entropy:
        with torch.no_grad():
            result["token_entropy"] = compute_entropy(logits.float())
    return result


def nucleus_logits(logits: Float[Tensor, "... vocab"], top_p: float) -> Float[Tensor, "... vocab"]:
    """Logits with everything outside the nucleus at -inf (Holtzman et al. 2020, section 3.1).

    The nucleus is the smallest set of most probable tokens whose probability reaches `top_p`;
    softmax of the result is the distribution that top-p sampling draws from.
    """
    ordered, indices = logits.detach().softmax(dim=-1).sort(dim=-1, descending=True, stable=True)
    outside = ordered.cumsum(dim=-1) - ordered >= top_p
    return logits.masked_fill(torch.zeros_like(outside).scatter(-1, indices, outside), -torch.inf)
