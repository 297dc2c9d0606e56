"""Checkpoints."""

from __future__ import annotations

import os
from typing import IO, BinaryIO

import torch
from torch import nn
from torch.optim import Optimizer

Source = str | os.PathLike[str] | BinaryIO | IO[bytes]


def save_checkpoint(model: nn.Module, optimizer: Optimizer, iteration: int, out: Source) -> None:
    """All three in one file."""
    torch.save([model.state_dict(), optimizer.state_dict(), iteration], out)


def load_checkpoint(src: Source, model: nn.Module, optimizer: Optimizer) -> int:
    """Load in place; the iteration."""
    weights, state, iteration = torch.load(src)
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return int(iteration)
