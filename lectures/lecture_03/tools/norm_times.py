"""How long the two norms take on a GPU, by the GPU's own clock: eager, and each in one kernel."""

import statistics
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

ROWS, WIDTH = 32768, 4096
REPEATS, WARMUP = 50, 5


def layer_norm(x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """LayerNorm written out: mean, variance, scale, gain and shift."""
    wide = x.float()
    centred = wide - wide.mean(dim=-1, keepdim=True)
    scale = torch.rsqrt(centred.square().mean(dim=-1, keepdim=True) + 1e-5)
    return (centred * scale * gain + shift).to(x.dtype)


def rms_norm(x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """RMSNorm written out; `shift` is not used."""
    wide = x.float()
    scale = torch.rsqrt(wide.square().mean(dim=-1, keepdim=True) + 1e-5)
    return (wide * scale * gain).to(x.dtype)


def copy(x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """One read and one write: the floor."""
    return x.clone()


def norm_times() -> list[dict[str, Any]]:
    """Median and quartiles in milliseconds, (32768, 4096) bfloat16, for each way."""
    x = torch.randn(ROWS, WIDTH, device="cuda", dtype=torch.bfloat16)
    gain, shift = torch.ones(WIDTH, device="cuda"), torch.zeros(WIDTH, device="cuda")
    ways: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
        "copy": copy,
        "LayerNorm, one operation at a time": layer_norm,
        "RMSNorm, one operation at a time": rms_norm,
        "LayerNorm, compiled": torch.compile(layer_norm),
        "RMSNorm, compiled": torch.compile(rms_norm),
        "LayerNorm, torch's kernel": lambda x, g, s: F.layer_norm(
            x, (WIDTH,), g.to(x.dtype), s.to(x.dtype)
        ),
    }
    return [{"label": label, **_timed(way, x, gain, shift)} for label, way in ways.items()]


def _timed(way: Callable[..., Tensor], *arguments: Tensor) -> dict[str, float]:
    for _ in range(WARMUP):
        way(*arguments)
    taken = []
    for _ in range(REPEATS):
        start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        start.record()
        way(*arguments)
        end.record()
        torch.cuda.synchronize()
        taken.append(start.elapsed_time(end))
    q1, median, q3 = (round(ms, 4) for ms in statistics.quantiles(taken, n=4))
    return {"median_ms": median, "q1_ms": q1, "q3_ms": q3}
