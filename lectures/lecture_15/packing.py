"""Several documents in one row: what is saved, and what leaks from one to the next.

Shape letters: T tokens of the packed row, V vocabulary.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from cs336_alignment.models.policy import grouped_attention, hidden_states
from cs336_basics.model import TransformerLM
from torch import Tensor

from lectures.lecture_15.people import Pair, World
from lectures.lecture_15.tuning import sft_rows


@dataclass(frozen=True)
class PackedRow:
    """Documents one after another.

    Attributes:
        input_ids, labels, response_mask: (1, T) as in SFT; a document's last label is its EOS, and
            no label reaches into the next document.
        document: (1, T) the number of the document that each token belongs to.
        position: (1, T) the token's place within its document.
    """

    input_ids: Tensor
    labels: Tensor
    response_mask: Tensor
    document: Tensor
    position: Tensor


def pack(pairs: Sequence[Pair], world: World) -> PackedRow:
    """All pairs in one row, without padding."""
    parts = [sft_rows([pair], world) for pair in pairs]
    ids, labels, mask = (
        torch.cat([part[name] for part in parts], dim=1)
        for name in ("input_ids", "labels", "response_mask")
    )
    lengths = torch.tensor([part["labels"].shape[1] for part in parts])
    document = torch.repeat_interleave(torch.arange(len(parts)), lengths)[None]
    position = torch.cat([torch.arange(n) for n in lengths.tolist()])[None]
    return PackedRow(ids, labels, mask, document, position)


def visible_within(row: PackedRow) -> Tensor:
    """(1, 1, T, T): True where the key is in the query's own document and not after it."""
    length = row.document.shape[1]
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    return (causal & (row.document[:, :, None] == row.document[:, None, :]))[:, None]


def masked_logits(model: TransformerLM, row: PackedRow) -> Tensor:
    """(1, T, V): each document by itself, although they share a row."""
    visible = visible_within(row)
    hidden = hidden_states(
        model,
        row.input_ids,
        row.position,
        lambda _, Q, K, V: grouped_attention(Q, K, V, visible),
    )
    logits: Tensor = model.lm_head(hidden)
    return logits


def filled(pairs: Sequence[Pair], world: World) -> float:
    """The share of tokens that are no padding when the pairs are padded to the longest."""
    labels = sft_rows(pairs, world)["labels"]
    return float((labels != world.tokenizer.pad_token_id).float().mean())


def many_rows(pairs: Sequence[Pair], world: World, together: int) -> dict[str, Tensor]:
    """Rows of `together` pairs each, of equal lengths, for training without a document mask."""
    rows = [pack(pairs[i : i + together], world) for i in range(0, len(pairs), together)]
    return {
        name: torch.cat([getattr(row, name) for row in rows])
        for name in ("input_ids", "labels", "response_mask")
    }


@torch.no_grad()
def difference(model: TransformerLM, pairs: Sequence[Pair], world: World) -> float:
    """The largest difference of logits between documents in one row with borders and alone."""
    alone = torch.cat([model(sft_rows([pair], world)["input_ids"]) for pair in pairs], dim=1)
    return float((masked_logits(model, pack(pairs, world)) - alone).abs().max())


def write_instructions(pairs: Sequence[Pair], folder: str) -> Path:
    """A file of JSON lines with `prompt` and `response` in that folder."""
    path = Path(folder) / "instructions.jsonl"
    lines = [json.dumps({"prompt": prompt, "response": response}) for prompt, response in pairs]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
