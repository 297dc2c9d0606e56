"""What lecture 4 times on a GPU: a layer of experts in four forms, and one step of decoding.

Every function gives a closure that runs one call on inputs it holds; `tools/measure.py` times it.
Shape letters: T tokens, D width, E experts, F width of an expert, B batch, H heads, S context.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Work = Callable[[], object]
TOKENS, WIDTH, EXPERTS, HIDDEN, CHOSEN = 16384, 2048, 64, 1024, 8  # a layer of OLMoE's shape
DECODE = {"batch": 8, "heads": 16, "width": 128, "kept": 2048, "index_width": 64, "index_heads": 4}


def counts(skew: float, tokens: int = TOKENS, experts: int = EXPERTS, k: int = CHOSEN) -> list[int]:
    """Rows of each expert; load falls like rank^-skew, and no expert gets a token twice."""
    weights = [(rank + 1) ** -skew for rank in range(experts)]
    scale = tokens * k / sum(weights)
    rows = [min(tokens, round(scale * weight)) for weight in weights]
    rows[-1] += tokens * k - sum(rows)
    return rows


def dense(device: str, tokens: int = TOKENS, scale: int = 1) -> Work:
    """SwiGLU as wide as the experts of one token together."""
    d, f = WIDTH // scale, CHOSEN * HIDDEN // scale
    x, w1, w3 = _random(device, tokens, d), _random(device, d, f), _random(device, d, f)
    w2 = _random(device, f, d)
    return lambda: (torch.nn.functional.silu(x @ w1) * (x @ w3)) @ w2


def loop(device: str, rows: list[int], scale: int = 1) -> Work:
    """One expert after another, each with three small products."""
    x, w1, w3, w2 = _experts(device, rows, scale)
    parts = torch.split(x, rows)

    def run() -> Tensor:
        each = zip(parts, w1, w3, w2, strict=True)
        return torch.cat([(torch.nn.functional.silu(p @ a) * (p @ b)) @ c for p, a, b, c in each])

    return run


def padded(device: str, rows: list[int], scale: int = 1) -> Work:
    """Batched products over buffers as long as the busiest expert's queue."""
    _, w1, w3, w2 = _experts(device, rows, scale)
    x = _random(device, len(rows), max(rows), WIDTH // scale)
    return lambda: torch.bmm(torch.nn.functional.silu(torch.bmm(x, w1)) * torch.bmm(x, w3), w2)


def grouped(device: str, rows: list[int], scale: int = 1) -> Work:
    """One kernel for all experts, each with as many rows as it has tokens."""
    x, w1, w3, w2 = _experts(device, rows, scale)
    ends = torch.tensor(rows, device=device).cumsum(0).to(torch.int32)
    product = torch._grouped_mm
    w1, w3, w2 = (w.transpose(1, 2).contiguous().transpose(1, 2) for w in (w1, w3, w2))

    def run() -> Tensor:
        gate, value = product(x, w1, offs=ends), product(x, w3, offs=ends)
        return product(torch.nn.functional.silu(gate) * value, w2, offs=ends)

    return run


def decode_full(device: str, context: int) -> Work:
    """One query attends to the whole context: reads every key and value."""
    q, k, v = _cache(device, context)
    return lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v)


def decode_indexed(device: str, context: int) -> Work:
    """A narrow ReLU indexer scores the context, exact attention reads what it picks."""
    q, k, v = _cache(device, context)
    b, h, width = DECODE["batch"], DECODE["heads"], DECODE["width"]
    queries = _random(device, b, DECODE["index_heads"], DECODE["index_width"])
    keys = _random(device, b, context, DECODE["index_width"])
    kept = min(DECODE["kept"], context)

    def run() -> Tensor:
        scores = torch.relu(queries @ keys.transpose(1, 2)).sum(dim=1)
        chosen = scores.topk(kept, dim=-1).indices[:, None, :, None].expand(b, h, kept, width)
        near = k.gather(2, chosen), v.gather(2, chosen)
        return torch.nn.functional.scaled_dot_product_attention(q, *near)

    return run


def decode_state(device: str, context: int) -> Work:
    """A gated linear state is updated and read: no byte of it depends on `context`."""
    q, k, v = (_random(device, DECODE["batch"], DECODE["heads"], DECODE["width"]) for _ in "qkv")
    state = _random(device, DECODE["batch"], DECODE["heads"], DECODE["width"], DECODE["width"])

    def run() -> Tensor:
        state.mul_(0.99).add_(k[..., :, None] * v[..., None, :])
        return (q[..., None, :] @ state)[..., 0, :]

    return run


DECODERS = {"full attention": decode_full, "indexed": decode_indexed, "state": decode_state}


def _random(device: str, *shape: int) -> Tensor:
    return torch.randn(*shape, device=device, dtype=torch.bfloat16) * 0.02


def _experts(device: str, rows: list[int], scale: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    d, f, e = WIDTH // scale, HIDDEN // scale, len(rows)
    return (
        _random(device, sum(rows), d),
        _random(device, e, d, f),
        _random(device, e, d, f),
        _random(device, e, f, d),
    )


def _cache(device: str, context: int) -> tuple[Tensor, Tensor, Tensor]:
    b, h, width = DECODE["batch"], DECODE["heads"], DECODE["width"]
    q = _random(device, b, h, 1, width)
    return q, _random(device, b, h, context, width), _random(device, b, h, context, width)
