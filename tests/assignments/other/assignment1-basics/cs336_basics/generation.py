"""Drawing text from a model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import softmax


@torch.no_grad()
def generate(
    model: TransformerLM,
    prompt_ids: Sequence[int] | Tensor,
    max_new_tokens: int,
    temperature: float = 1.0,
    top_p: float = 1.0,
    eos_id: int | None = None,
) -> list[int]:
    """Draw from the nucleus until the stop token."""
    ids = [int(i) for i in prompt_ids]
    start = len(ids)
    while len(ids) < start + max_new_tokens:
        logits = model(torch.tensor([ids[-model.context_length :]]))[0, -1]
        values, order = softmax(logits / temperature, 0).sort(descending=True)
        before = values.cumsum(0) - values
        values = torch.where(before < top_p, values, 0.0)
        ids.append(int(order[torch.multinomial(values, 1)]))
        if ids[-1] == eos_id:
            break
    return ids[start:]
