"""Direct preference optimisation (Rafailov et al. 2023, 2305.18290), and its command.

Command: python -m cs336_alignment.dpo configs/sort_cpu.toml
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from cs336_alignment.instruction_data import alpaca_text
from cs336_alignment.log_probs import get_response_log_probs
from cs336_alignment.tokenizing import check_bos, encode_plain, special_id

Rows = Float[Tensor, " rows"]


def dpo_loss(
    chosen: Rows, rejected: Rows, reference_chosen: Rows, reference_rejected: Rows, beta: float
) -> tuple[Rows, dict[str, Rows]]:
    """-log sigmoid(beta (log p(c)/ref(c) - log p(r)/ref(r))), eq. 7, row by row.

    The arguments are log-probabilities of whole answers: summed over tokens, not averaged. Also
    returns each side's implicit reward, beta log p/ref, and the margin between them. The margin may
    grow while the chosen answer becomes less probable, so logs should show both.
    """
    reward_chosen = beta * (chosen - reference_chosen)
    reward_rejected = beta * (rejected - reference_rejected)
    margin = reward_chosen - reward_rejected
    metrics = {"chosen": reward_chosen, "rejected": reward_rejected, "margin": margin}
    return -logsigmoid(margin), {name: value.detach() for name, value in metrics.items()}


def compute_per_instance_dpo_loss(
    lm: nn.Module,
    lm_ref: nn.Module,
    tokenizer: Any,
    beta: float,
    prompt: str,
    response_chosen: str,
    response_rejected: str,
) -> Float[Tensor, ""]:
    """The loss of one pair in the Alpaca template, each answer ended by EOS, on lm's device.

    Log-probabilities of the whole text are compared: the prompt's part is the same on both sides
    and drops out. Nothing flows into `lm_ref`, which may be on another device.
    """

    def log_prob(model: nn.Module, response: str) -> Rows:
        ids = _instance_ids(tokenizer, prompt, response)
        device = next(model.parameters()).device
        sequence = torch.tensor([ids], device=device)
        return get_response_log_probs(model, sequence[:, :-1], sequence[:, 1:])["log_probs"].sum(1)

    with torch.no_grad():
        reference = [log_prob(lm_ref, text) for text in (response_chosen, response_rejected)]
    chosen, rejected = (log_prob(lm, text) for text in (response_chosen, response_rejected))
    reference_chosen, reference_rejected = (value.to(chosen.device) for value in reference)
    loss, _ = dpo_loss(chosen, rejected, reference_chosen, reference_rejected, beta)
    return loss.squeeze(0)


def _instance_ids(tokenizer: Any, prompt: str, response: str) -> list[int]:
    ids = encode_plain(tokenizer, alpaca_text(prompt, response))
    bos, eos = special_id(tokenizer, "bos"), special_id(tokenizer, "eos")
    if bos is not None and getattr(tokenizer, "add_bos_token", False):
        ids = [bos, *ids]
    check_bos(ids, tokenizer, "the instance")
    if eos is None:
        raise ValueError("the tokenizer has no eos_token_id, which ends every answer")
    return [*ids, eos]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    from cs336_alignment.training.commands import run_command  # the losses need none of it

    return run_command("dpo", arguments)


if __name__ == "__main__":
    sys.exit(main())
