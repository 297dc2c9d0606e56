"""Problems with their demonstrations, for supervised fine-tuning and for mixing in; their loss."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import torch
from torch import Tensor, nn

from cs336_alignment.log_probs import get_response_log_probs
from cs336_alignment.masked import masked_normalize
from cs336_alignment.sft import pad_and_shift
from cs336_alignment.tasks.alphabet import CharacterTokenizer
from cs336_alignment.tasks.problem import draw_problem
from cs336_alignment.training.config import AlignmentConfig


def demonstration_rows(config: AlignmentConfig, stream: str, count: int) -> list[tuple[str, str]]:
    """`count` (prompt, response) of the SFT sizes; the same for the same seed and stream."""
    task = config.task.make()
    rng = Random(f"{config.seed}/{stream}")
    problems = (
        draw_problem(task, rng, rng.choice(config.task.sft_sizes), "train") for _ in range(count)
    )
    return [(problem.prompt, problem.demonstration) for problem in problems]


def answer_loss(
    model: nn.Module, tokenizer: CharacterTokenizer, pairs: Sequence[tuple[str, str]],
    device: torch.device,
) -> Tensor:  # fmt: skip
    """Mean of -log p over the tokens of the responses, their end included."""
    batch = pad_and_shift(
        [tokenizer.encode(prompt) for prompt, _ in pairs],
        [[*tokenizer.encode(response), tokenizer.eos_token_id] for _, response in pairs],
        tokenizer.pad_token_id,
    )
    ids, labels, mask = (batch[k].to(device) for k in ("input_ids", "labels", "response_mask"))
    log_probs = get_response_log_probs(model, ids, labels)["log_probs"]
    return -masked_normalize(log_probs, mask) / mask.sum()
