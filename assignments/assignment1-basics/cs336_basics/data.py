"""Token files as memory maps, and random (input, target) windows cut from them.

Shape letters: B batch, T context length, n tokens in the data set.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from numpy.typing import NDArray
from torch import Tensor

TokenArray = NDArray[Any]  # 1-D, any integer dtype, in memory or memory-mapped


def open_tokens(path: str | Path, dtype: str = "uint16") -> TokenArray:
    """Memory-map a token file read-only: `.npy` by its header, anything else as raw `dtype`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is empty, is not 1-D, or its size is no multiple of the item size.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no token file {path}; encode a text with the tokenizer first")
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty; encode a text with the tokenizer first")
    if path.suffix == ".npy":
        tokens: TokenArray = np.load(path, mmap_mode="r")
    else:
        item = np.dtype(dtype).itemsize
        if path.stat().st_size % item:
            raise ValueError(
                f"{path} has {path.stat().st_size} bytes, not a multiple of {item} ({dtype}); "
                "it is truncated or has another dtype"
            )
        tokens = np.memmap(path, dtype=dtype, mode="r")
    check_tokens(tokens)
    return tokens


def check_tokens(tokens: TokenArray) -> None:
    """Raise ValueError unless `tokens` is a 1-D integer array."""
    if tokens.ndim != 1 or not np.issubdtype(tokens.dtype, np.integer):
        raise ValueError(
            f"token ids must be a 1-D integer array, got shape {tokens.shape} of {tokens.dtype}"
        )


def sample_starts(
    num_tokens: int,
    batch_size: int,
    context_length: int,
    rng: np.random.Generator | None = None,
) -> NDArray[np.int64]:
    """(B,) window starts, uniform in [0, n - T), from `rng` or from torch's global generator."""
    for name, value in (("batch_size", batch_size), ("context_length", context_length)):
        if value < 1:
            raise ValueError(f"{name} is {value}: give at least 1")
    choices = num_tokens - context_length
    if choices < 1:
        raise ValueError(
            f"the data set has {num_tokens} tokens, too few for a context of {context_length} "
            f"and its shifted target; at least {context_length + 1} are needed"
        )
    if rng is not None:
        return rng.integers(choices, size=batch_size)
    starts: NDArray[np.int64] = torch.randint(choices, (batch_size,)).numpy()
    return starts


def cut_windows(
    dataset: TokenArray, starts: NDArray[np.int64], context_length: int
) -> tuple[Int64[Tensor, "batch seq"], Int64[Tensor, "batch seq"]]:
    """(x, y) on the CPU: x[b] begins at starts[b], y[b] one token later."""
    offsets = np.arange(context_length + 1)
    windows = torch.from_numpy(dataset[starts[:, None] + offsets].astype(np.int64))
    return windows[:, :-1], windows[:, 1:]


def get_batch(
    dataset: TokenArray,
    batch_size: int,
    context_length: int,
    device: torch.device | str,
    rng: np.random.Generator | None = None,
) -> tuple[Int64[Tensor, "batch seq"], Int64[Tensor, "batch seq"]]:
    """A random batch (x, y), int64 (B, T) on `device`, with y the successors of x.

    Only the windows drawn are read from a memory-mapped `dataset`. Without `rng` the starts come
    from torch's global generator, so `torch.manual_seed` fixes them.
    """
    target = torch.device(device)
    check_tokens(dataset)
    starts = sample_starts(len(dataset), batch_size, context_length, rng)
    x, y = cut_windows(dataset, starts, context_length)
    # Pinned memory lets the copy overlap with computation. Without CUDA the copy below says so.
    if target.type == "cuda" and torch.cuda.is_available():
        x, y = x.pin_memory(), y.pin_memory()
    return x.to(target, non_blocking=True), y.to(target, non_blocking=True)
