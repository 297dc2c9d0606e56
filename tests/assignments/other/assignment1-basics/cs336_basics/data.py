"""Windows of a file of tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def get_batch(
    dataset: NDArray[Any], batch_size: int, context_length: int, device: torch.device | str
) -> tuple[Tensor, Tensor]:
    """Starts are uniform."""
    starts = torch.randint(len(dataset) - context_length, (batch_size,)).tolist()
    windows = np.stack([dataset[s : s + context_length + 1] for s in starts]).astype(np.int64)
    both = torch.from_numpy(windows).to(device)
    return both[:, :-1], both[:, 1:]
