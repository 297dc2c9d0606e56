"""The layers that work on each position alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

Device = torch.device | str | None
Dtype = torch.dtype | None


def _drawn(rows: int, columns: int, std: float, device: Device, dtype: Dtype) -> nn.Parameter:
    weight = torch.empty(rows, columns, device=device, dtype=dtype)
    return nn.Parameter(nn.init.trunc_normal_(weight, std=std, a=-3 * std, b=3 * std))


class Linear(nn.Module):
    """x W^T."""

    def __init__(self, d_in: int, d_out: int, device: Device = None, dtype: Dtype = None) -> None:
        super().__init__()
        self.weight = _drawn(d_out, d_in, (2 / (d_in + d_out)) ** 0.5, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(..., d_in) -> (..., d_out)."""
        return torch.einsum("...i,oi->...o", x, self.weight)


class Embedding(nn.Module):
    """One row for each id."""

    def __init__(
        self, vocab_size: int, d_model: int, device: Device = None, dtype: Dtype = None
    ) -> None:
        super().__init__()
        self.weight = _drawn(vocab_size, d_model, 1.0, device, dtype)

    def forward(self, ids: Tensor) -> Tensor:
        """(...) -> (..., D)."""
        return self.weight[ids]


class RMSNorm(nn.Module):
    """Root mean square norm."""

    def __init__(
        self, d_model: int, eps: float = 1e-5, device: Device = None, dtype: Dtype = None
    ) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model, device=device, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:
        """In float32 whatever comes in."""
        wide = x.float()
        scale = torch.rsqrt((wide * wide).mean(-1, keepdim=True) + self.eps)
        return (wide * scale * self.weight).to(x.dtype)


def silu(x: Tensor) -> Tensor:
    """x sigmoid(x)."""
    return torch.sigmoid(x) * x


class SwiGLU(nn.Module):
    """w2(silu(w1 x) * w3 x)."""

    def __init__(self, d_model: int, d_ff: int, device: Device = None, dtype: Dtype = None) -> None:
        super().__init__()
        self.w1 = Linear(d_model, d_ff, device, dtype)
        self.w2 = Linear(d_ff, d_model, device, dtype)
        self.w3 = Linear(d_model, d_ff, device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(..., D) -> (..., D)."""
        up = self.w3(x)
        output: Tensor = self.w2(up * silu(self.w1(x)))
        return output


class RotaryPositionalEmbedding(nn.Module):
    """Rotates neighbours by an angle that grows with the position."""

    cos: Tensor
    sin: Tensor

    def __init__(self, theta: float, d_k: int, max_seq_len: int, device: Device = None) -> None:
        super().__init__()
        pair = torch.arange(d_k // 2, device=device)
        angles = torch.arange(max_seq_len, device=device)[:, None] * theta ** (-2 * pair / d_k)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, x: Tensor, token_positions: Tensor) -> Tensor:
        """Positions (T,), (1, T) or (..., T); (B, T) serves x (B, H, T, d_k)."""
        cos, sin = self.cos[token_positions], self.sin[token_positions]
        if token_positions.ndim > 1:
            while cos.ndim < x.ndim:
                cos, sin = cos.unsqueeze(-3), sin.unsqueeze(-3)
        even, odd = x[..., ::2], x[..., 1::2]
        turned = torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1)
        return turned.flatten(-2).to(x.dtype)
