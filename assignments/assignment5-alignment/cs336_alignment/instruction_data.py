"""Instructions with answers as one packed stream of tokens, for fine-tuning on text."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cs336_alignment.tokenizing import check_bos, encode_plain, special_id

ALPACA_TEMPLATE = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n### Instruction:\n{instruction}\n\n### Response:\n{response}"
)
"""The prompt without input of the Alpaca project (Taori et al. 2023)."""


def alpaca_text(instruction: str, response: str) -> str:
    """Both in the template; braces in them are text."""
    return ALPACA_TEMPLATE.format(instruction=instruction, response=response)


class PackedSFTDataset(Dataset[dict[str, Tensor]]):
    """{"input_ids", "labels"}, (T,) each, cut from one stream of all documents.

    A document is the tokenizer's BOS (if it has one), the Alpaca text, EOS. Labels are the inputs
    shifted by one, so neighbouring items share a token; what does not fill an item is dropped.

    Args:
        dataset_path: JSON lines with the keys `prompt` and `response`.
        shuffle: the order of the documents, drawn from Python's global generator.

    Raises:
        ValueError: a line that is not such an object, with its number; a tokenizer without EOS.
    """

    def __init__(
        self,
        tokenizer: Any,
        dataset_path: str | os.PathLike[str],
        seq_length: int,
        shuffle: bool,
    ) -> None:
        if seq_length < 1:
            raise ValueError(f"seq_length must be at least 1, got {seq_length}")
        documents = list(read_instructions(dataset_path))
        if shuffle:
            random.shuffle(documents)
        tokens = [i for document in documents for i in _document_ids(tokenizer, *document)]
        self.seq_length = seq_length
        self._tokens: Int64[Tensor, " tokens"] = torch.tensor(tokens, dtype=torch.long)

    def __len__(self) -> int:
        return max(0, len(self._tokens) - 1) // self.seq_length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        if not 0 <= index < len(self):
            raise IndexError(f"item {index} of a dataset of {len(self)}")
        start = index * self.seq_length
        window = self._tokens[start : start + self.seq_length + 1]
        return {"input_ids": window[:-1], "labels": window[1:]}


def read_instructions(path: str | os.PathLike[str]) -> Iterator[tuple[str, str]]:
    """(prompt, response) of every line; empty lines are skipped."""
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            prompt, response = row["prompt"], row["response"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(
                f'{path}, line {number}: not an object with "prompt" and "response" ({error})'
            ) from error
        if not (isinstance(prompt, str) and isinstance(response, str)):
            raise ValueError(f'{path}, line {number}: "prompt" and "response" must be strings')
        yield prompt, response


def iterate_batches(
    dataset: Dataset[dict[str, Tensor]], batch_size: int, shuffle: bool
) -> DataLoader[dict[str, Tensor]]:
    """Batches of the items, (B, T) each, once through the data; the last may be short."""
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle)


def _document_ids(tokenizer: Any, prompt: str, response: str) -> list[int]:
    bos, eos = special_id(tokenizer, "bos"), special_id(tokenizer, "eos")
    if eos is None:
        raise ValueError("the tokenizer has no eos_token_id, which ends every document")
    ids = encode_plain(tokenizer, alpaca_text(prompt, response))
    ids = ids if bos is None else [bos, *ids]
    check_bos(ids, tokenizer, "a document")
    return [*ids, eos]
