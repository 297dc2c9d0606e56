"""Models, batches and comparisons that the checks of distributed training share."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
import torch.utils.checkpoint
from cs336_basics.model import Embedding, Linear, RMSNorm, TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.optimizer import AdamW
from cs336_systems.distributed.launch import Rank
from torch import Tensor, nn

ROWS_PER_RANK = 3
VOCAB = 13  # not a multiple of 2 or 4: uneven shards


class AwkwardModel(nn.Module):
    """Tied embedding and head, a frozen layer, a layer nobody calls, one that some ranks skip."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = Embedding(VOCAB, 8)
        self.frozen = Linear(8, 8)
        self.frozen.weight.requires_grad_(False)
        self.unused = Linear(8, 5)
        self.sometimes = Linear(8, 8)
        self.norm = RMSNorm(8)
        self.inner = Linear(8, 6)
        self.outer = Linear(6, 8)
        self.head = Linear(8, VOCAB)
        self.head.weight = self.embedding.weight
        self.double()  # AdamW magnifies the rounding of gradients near zero

    def forward(self, ids: Tensor, use_sometimes: bool = True) -> Tensor:
        x = self.frozen(self.embedding(ids))
        if use_sometimes:
            x = x + self.sometimes(x)
        x = x + self.outer(torch.tanh(self.inner(self.norm(x))))
        logits: Tensor = self.head(x)
        return logits


def small_lm(seed: int = 0) -> TransformerLM:
    """A Transformer whose 13 tokens and d_ff 20 do not divide evenly by 4 ranks everywhere."""
    torch.manual_seed(seed)
    model = TransformerLM(VOCAB, 8, d_model=16, num_layers=2, num_heads=2, d_ff=21)
    return model.to(torch.get_default_device())  # its buffers too


def joined_batches(world_size: int, steps: int) -> list[tuple[Tensor, Tensor]]:
    """Inputs and targets (world·3, 8) per step, equal on every rank."""
    generator = torch.Generator("cpu").manual_seed(1)
    shape = (steps, 2, world_size * ROWS_PER_RANK, 8)
    batches = torch.randint(VOCAB, shape, generator=generator, device="cpu")
    return [(x, y) for x, y in batches.to(torch.get_default_device())]


def own_rows(rank: Rank, tensor: Tensor) -> Tensor:
    """This rank's slice of a joined batch."""
    return tensor[rank.index * ROWS_PER_RANK : (rank.index + 1) * ROWS_PER_RANK]


def train_like_one_process(
    rank: Rank,
    reference: nn.Module,
    model: nn.Module,
    forward: Callable[[Tensor], Tensor],
    synchronize: Callable[[], None],
    before_batch: Callable[[], None] = lambda: None,
) -> None:
    """Five AdamW steps on slices equal five on the joined batches."""
    optimizer = AdamW(model.parameters(), lr=1e-2)
    expected_optimizer = AdamW(reference.parameters(), lr=1e-2)
    for x, y in joined_batches(rank.world_size, steps=5):
        expected_optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(reference(x), y))
        expected_optimizer.step()
        before_batch()
        optimizer.zero_grad()
        torch.autograd.backward(cross_entropy(forward(own_rows(rank, x)), own_rows(rank, y)))
        synchronize()
        optimizer.step()


def raises(error: type[Exception], text: str, call: Callable[[], object]) -> None:
    """`call()` raises `error` with `text` in its message."""
    with pytest.raises(error, match=re.escape(text)):
        call()
