"""The position-wise layers of the Transformer: Linear, Embedding, RMSNorm, feed-forward, RoPE.

Shape letters: D d_model, F d_ff, V vocabulary, T sequence, `...` any leading dimensions.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from cs336_basics.nn_utils import check_ids_in_range


class Linear(nn.Module):
    """y = x W^T without bias: (..., d_in) -> (..., d_out).

    `weight` is (d_out, d_in), drawn from a normal of variance 2 / (d_in + d_out) cut at 3 sigma
    (Glorot & Bengio 2010), which keeps the scale of activations and gradients through the layer.
    """

    def __init__(
        self,
        d_in: int,
        d_out: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d_out, d_in, device=device, dtype=dtype))
        std = math.sqrt(2.0 / (d_in + d_out))
        nn.init.trunc_normal_(self.weight, mean=0.0, std=std, a=-3 * std, b=3 * std)

    def forward(self, x: Float[Tensor, "... d_in"]) -> Float[Tensor, "... d_out"]:
        return x @ self.weight.T


class Embedding(nn.Module):
    """Row lookup: ids (...) -> vectors (..., D); `weight` (V, D) ~ N(0, std) cut at 3 sigma."""

    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        std: float = 1.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(vocab_size, d_model, device=device, dtype=dtype))
        nn.init.trunc_normal_(self.weight, mean=0.0, std=std, a=-3 * std, b=3 * std)

    def forward(self, ids: Int[Tensor, "*shape"]) -> Float[Tensor, "... d_model"]:
        check_ids_in_range(ids, self.weight.shape[0])
        return self.weight[ids]


class RMSNorm(nn.Module):
    """x / sqrt(mean(x^2) + eps) * weight over the last dimension (Zhang & Sennrich 2019, eq. 4).

    Computed in float32 whatever the input dtype (squares overflow fp16 and lose digits in bf16);
    the result has the input's dtype. `weight` is (D,), ones at the start.
    """

    def __init__(
        self,
        d_model: int,
        eps: float = 1e-5,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model, device=device, dtype=dtype))

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        wide = x if x.dtype == torch.float64 else x.float()
        inverse_rms = torch.rsqrt(wide.pow(2).mean(dim=-1, keepdim=True) + self.eps)
        return (wide * inverse_rms * self.weight).to(x.dtype)


def silu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """x * sigmoid(x) elementwise (Hendrycks & Gimpel 2016; "Swish" with beta = 1)."""
    return x * torch.sigmoid(x)


class SwiGLU(nn.Module):
    """w2(silu(w1 x) * w3 x): (..., D) -> (..., D) (Shazeer 2020, "GLU Variants", eq. 6).

    `w1`, `w3` are (F, D), `w2` is (D, F).
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.w1 = Linear(d_model, d_ff, device, dtype)
        self.w2 = Linear(d_ff, d_model, device, dtype)
        self.w3 = Linear(d_model, d_ff, device, dtype)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        gate, value = self.w1(x), self.w3(x)
        output: Tensor = self.w2(silu(gate) * value)
        return output


class SiLUFeedForward(nn.Module):
    """w2(silu(w1 x)): the ungated ablation of SwiGLU, two matrices instead of three.

    With d_ff three halves as large it has SwiGLU's parameter count.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.w1 = Linear(d_model, d_ff, device, dtype)
        self.w2 = Linear(d_ff, d_model, device, dtype)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        output: Tensor = self.w2(silu(self.w1(x)))
        return output


class RotaryPositionalEmbedding(nn.Module):
    """Rotate each pair (x_2i, x_2i+1) by the angle position * theta^(-2i/d_k).

    Su et al. 2021 (RoFormer), eq. 34: the dot product of a rotated query and key depends only on
    the distance of their positions. Cosines and sines are float32 buffers (max_seq_len, d_k/2)
    that are rebuilt, not saved; the output has the input's dtype.
    """

    cos: Tensor
    sin: Tensor

    def __init__(
        self,
        theta: float,
        d_k: int,
        max_seq_len: int,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        if d_k % 2:
            raise ValueError(f"RoPE rotates pairs, so d_k must be even, got {d_k}")
        self.max_seq_len = max_seq_len
        # float64 here: at position 4096 a float32 angle has lost four digits before the cosine.
        exponents = torch.arange(0, d_k, 2, dtype=torch.float64, device="cpu") / d_k
        positions = torch.arange(max_seq_len, dtype=torch.float64, device="cpu")
        angles = torch.outer(positions, theta**-exponents)
        self.register_buffer("cos", angles.cos().float().to(device), persistent=False)
        self.register_buffer("sin", angles.sin().float().to(device), persistent=False)

    def forward(
        self, x: Float[Tensor, "... seq d_k"], token_positions: Int[Tensor, "*shape"]
    ) -> Float[Tensor, "... seq d_k"]:
        """Rotate `x` (..., T, d_k) at integer positions of shape (T,), (1, T) or (..., T).

        Leading dimensions of the positions are matched to the first leading dimensions of `x`:
        positions (B, T) serve x (B, H, T, d_k) for every B and H.
        """
        self._check_positions(x, token_positions)
        positions = _align_positions(token_positions, x)
        cos, sin = self.cos[positions], self.sin[positions]  # (..., T, d_k/2)
        even, odd = x[..., 0::2], x[..., 1::2]
        rotated = torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1)
        return rotated.flatten(-2).to(x.dtype)

    def _check_positions(self, x: Tensor, token_positions: Tensor) -> None:
        if token_positions.shape[-1] not in (1, x.shape[-2]):
            raise ValueError(
                f"token_positions {tuple(token_positions.shape)} must end in the sequence length "
                f"{x.shape[-2]} of x {tuple(x.shape)}"
            )
        if torch.compiler.is_compiling() or token_positions.device.type != "cpu":
            return
        if not token_positions.numel():
            return
        low, high = int(token_positions.min()), int(token_positions.max())
        if low < 0 or high >= self.max_seq_len:
            raise ValueError(
                f"token position {low if low < 0 else high} is outside the rotary table "
                f"[0, {self.max_seq_len}); later positions need a larger max_seq_len"
            )


def _align_positions(positions: Tensor, x: Tensor) -> Tensor:
    """Insert singleton dimensions before the last so that positions broadcast over x[..., 0]."""
    leading, target = positions.shape[:-1], x.shape[:-2]
    if len(leading) > len(target):
        extra = len(leading) - len(target)
        if any(size != 1 for size in leading[:extra]):
            raise ValueError(
                f"token_positions {tuple(positions.shape)} have more dimensions than "
                f"x {tuple(x.shape)} without its last"
            )
        positions, leading = positions.reshape(positions.shape[extra:]), leading[extra:]
    matches = all(p in (1, t) for p, t in zip(leading, target, strict=False))
    if not matches:
        return positions  # right-aligned, as in ordinary broadcasting; torch reports a mismatch
    return positions.reshape(*leading, *(1,) * (len(target) - len(leading)), positions.shape[-1])
