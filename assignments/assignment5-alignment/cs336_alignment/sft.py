"""Supervised fine-tuning: the batch, the loss, and the command that trains with them.

Command: python -m cs336_alignment.sft configs/sort_cpu.toml
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from cs336_alignment.masked import masked_normalize
from cs336_alignment.tokenizing import check_bos, encode_plain, padding_id


def tokenize_prompt_and_output(
    prompt_strs: Sequence[str], output_strs: Sequence[str], tokenizer: Any
) -> dict[str, Tensor]:
    """{"input_ids", "labels", "response_mask"}, each (B, longest - 1), padded on the right.

    Prompt and output are tokenised separately and joined, so the boundary is where it is in
    generation. No special token is added: what is to be in the sequence is in the text.
    `response_mask` is True at the labels that belong to the output, its first token included.

    Raises:
        ValueError: different numbers of prompts and outputs, or none.
        DoubleBosError: a sequence that begins with BOS twice.
    """
    if len(prompt_strs) != len(output_strs) or not prompt_strs:
        raise ValueError(f"{len(prompt_strs)} prompts do not match {len(output_strs)} outputs")
    prompts = [encode_plain(tokenizer, text) for text in prompt_strs]
    outputs = [encode_plain(tokenizer, text) for text in output_strs]
    for row, (prompt, output) in enumerate(zip(prompts, outputs, strict=True)):
        check_bos(prompt + output, tokenizer, f"prompt {row}")
    return pad_and_shift(prompts, outputs, padding_id(tokenizer))


def pad_and_shift(
    prompts: Sequence[Sequence[int]], outputs: Sequence[Sequence[int]], pad_id: int
) -> dict[str, Tensor]:
    """The same from ids."""
    rows = [[*prompt, *output] for prompt, output in zip(prompts, outputs, strict=True)]
    longest = max(map(len, rows))
    ids = torch.full((len(rows), longest), pad_id)
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[index, len(prompts[index]) : len(row)] = True
    return {"input_ids": ids[:, :-1], "labels": ids[:, 1:], "response_mask": mask[:, 1:]}


def sft_microbatch_train_step(
    policy_log_probs: Float[Tensor, "batch seq"],
    response_mask: Bool[Tensor, "batch seq"],
    gradient_accumulation_steps: int,
    normalize_constant: float = 1.0,
) -> tuple[Float[Tensor, ""], dict[str, Tensor]]:
    """-sum of the answer's log-probs / constant, mean over rows, / steps; then backward.

    Returns the divided loss, without gradient, and {"response_tokens", "mean_log_prob"}.
    """
    per_row = masked_normalize(policy_log_probs, response_mask, normalize_constant, dim=-1)
    loss = -per_row.mean() / gradient_accumulation_steps
    loss.backward()  # type: ignore[no-untyped-call]
    tokens = response_mask.sum()
    total = masked_normalize(policy_log_probs.detach(), response_mask)
    return loss.detach(), {"response_tokens": tokens, "mean_log_prob": total / tokens}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    from cs336_alignment.training.commands import run_command  # the losses need none of it

    return run_command("sft", arguments)


if __name__ == "__main__":
    sys.exit(main())
