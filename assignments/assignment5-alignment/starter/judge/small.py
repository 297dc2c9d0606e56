"""A tokenizer of letters and a model of pairs, small enough to be worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import Tensor, nn

ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n### Instruction:\n{}\n\n### Response:\n{}"
)


class Letters:
    """One id a character; BOS is 1, EOS 2, padding 0."""

    bos_token_id, eos_token_id, pad_token_id = 1, 2, 0
    bos_token, eos_token, pad_token = "\x01", "\x02", "\x00"

    def encode(self, text: str, add_special_tokens: bool = False) -> list[int]:
        """Code points, those above 127 folded down."""
        ids = [ord(character) % 128 for character in text]
        return [self.bos_token_id, *ids] if add_special_tokens else ids

    def __call__(self, text: str, add_special_tokens: bool = False) -> dict[str, list[int]]:
        return {"input_ids": self.encode(text, add_special_tokens)}


class Pairs(nn.Module):
    """Logits of the next token from the last one alone."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table = nn.Parameter(table.clone())

    def forward(self, ids: Tensor) -> SimpleNamespace:
        """`.logits` (B, T, V)."""
        return SimpleNamespace(logits=self.table[ids])


def log_prob(table: Tensor, ids: list[int]) -> Tensor:
    """log p of ids[1:], summed."""
    there = torch.tensor(ids)
    return table.log_softmax(-1)[there[:-1], there[1:]].sum()
