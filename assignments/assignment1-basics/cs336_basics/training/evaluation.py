"""Loss over a whole token array: every token but the first is predicted exactly once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn

from cs336_basics.config import ConfigError, DataConfig
from cs336_basics.data import TokenArray, cut_windows
from cs336_basics.nn_utils import cross_entropy


def known_floor(data: DataConfig) -> float:
    """The entropy of the data in nats per token, as configured or as it was written with the data.

    0.0 where it is not known. Raises ConfigError for a file that is missing or says something else.
    """
    if data.floor or not data.floor_file:
        return data.floor
    try:
        return float(json.loads(Path(data.floor_file).read_text("utf-8"))["nats_per_token"])
    except FileNotFoundError:
        raise ConfigError(
            f"data.floor_file {data.floor_file!r} is missing: write it with the data "
            "(scripts/prepare_stories.sh), or leave the setting out"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"data.floor_file {data.floor_file!r} holds no number nats_per_token ({error!r})"
        ) from error


@dataclass(frozen=True)
class WindowBatch:
    """Windows of one length of which the last `scored` predictions count."""

    starts: NDArray[np.int64]
    length: int
    scored: int


def evaluation_windows(
    num_tokens: int, context_length: int, stride: int, batch_size: int
) -> Iterator[WindowBatch]:
    """Cut `num_tokens` into windows that score the predictions of tokens 1..n-1 once each.

    stride = context_length: windows side by side. A smaller stride lets windows overlap and scores
    only their last `stride` predictions, so that each of those sees at least
    context_length - stride tokens before it.
    """
    targets = num_tokens - 1
    if targets < 1:
        raise ValueError(f"evaluation needs at least 2 tokens, got {num_tokens}")
    length = min(context_length, targets)
    yield WindowBatch(np.zeros(1, dtype=np.int64), length, length)
    whole, rest = divmod(targets - length, stride)
    starts = np.arange(1, whole + 1, dtype=np.int64) * stride
    for first in range(0, whole, batch_size):
        yield WindowBatch(starts[first : first + batch_size], length, stride)
    if rest:  # the last window is moved back so that it ends with the data
        yield WindowBatch(np.array([targets - length], dtype=np.int64), length, rest)


@torch.no_grad()
def evaluate(
    model: Callable[[Tensor], Tensor],
    tokens: TokenArray,
    context_length: int,
    batch_size: int = 64,
    *,
    stride: int = 0,
    device: torch.device | str = "cpu",
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> float:
    """Mean cross-entropy in nats per token over all of `tokens` (stride 0: context_length).

    Under torch.distributed the windows are shared among the ranks and every rank gets the mean.
    One synchronisation with the device, at the end.
    """
    rank, world = (
        (distributed.get_rank(), distributed.get_world_size())
        if distributed.is_initialized()
        else (0, 1)
    )
    was_training = isinstance(model, nn.Module) and model.training
    if isinstance(model, nn.Module):
        model.eval()
    total = torch.zeros((), dtype=torch.float64, device=_sum_device(device))
    windows = evaluation_windows(len(tokens), context_length, stride or context_length, batch_size)
    for index, batch in enumerate(windows):
        if index % world != rank:
            continue
        x, y = cut_windows(tokens, batch.starts, batch.length)
        with autocast():
            logits = model(x.to(device))[:, -batch.scored :]
            targets = y.to(device)[:, -batch.scored :]
            total += cross_entropy(logits, targets).to(total) * targets.numel()
    if distributed.is_initialized():
        distributed.all_reduce(total)
    if was_training and isinstance(model, nn.Module):
        model.train()
    return float(total) / (len(tokens) - 1)


def _sum_device(device: torch.device | str) -> torch.device:
    """Sums run in float64 on the device, except on MPS, which has none."""
    device = torch.device(device)
    return torch.device("cpu") if device.type == "mps" else device
