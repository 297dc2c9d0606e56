"""gelu.cu, line for line in Python: what one thread does. A test holds both to the same result."""

import math

from torch import Tensor


def gelu_thread(x: Tensor, y: Tensor, n: int, block: int, block_size: int, thread: int) -> None:
    """Write y[i] = GeLU(x[i]) for the one element of this thread, if there is one."""
    i = block * block_size + thread
    if i < n:  # the last block may reach beyond the end
        v = float(x[i])
        inner = 0.79788456 * (v + 0.044715 * v * v * v)
        y[i] = 0.5 * v * (1.0 + math.tanh(inner))
