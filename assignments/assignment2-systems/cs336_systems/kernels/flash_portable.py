"""Launches the plain Triton attention kernels: block sizes, strides, grids.

On a GPU `triton.autotune` times the configurations below once per (dtype, head dimension, causal
or not, size class). In the interpreter one fixed configuration is used.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
from torch import Tensor

from cs336_systems.kernels import flash_backward, flash_forward

INTERPRETED = bool(triton.knobs.runtime.interpret)
_GLUON_VERSIONS = ((3, 6), (3, 7))  # where the Hopper kernels are known to compile
LOG2_E = 1.4426950408889634
_INTERPRETER_BLOCKS = {"BLOCK_M": 32, "BLOCK_N": 32}
_TUNING_KEY = ["BLOCK_D", "CAUSAL", "PAD_D", "SIZE_CLASS"]


def gluon_usable() -> bool:
    """Whether this Triton has the Gluon interface that the Hopper kernels are written against."""
    version = tuple(int(part) for part in triton.__version__.split(".")[:2])
    return version in _GLUON_VERSIONS and not INTERPRETED


def _configs(*choices: tuple[int, int, int, int]) -> list[triton.Config]:
    """(BLOCK_M, BLOCK_N, warps, pipeline stages) -> Triton configurations."""
    return [
        triton.Config({"BLOCK_M": m, "BLOCK_N": n}, num_warps=warps, num_stages=stages)
        for m, n, warps, stages in choices
    ]


FORWARD_CONFIGS = _configs(
    (128, 128, 8, 2), (128, 128, 8, 3), (128, 64, 8, 3), (128, 64, 4, 3), (64, 64, 4, 2),
    (32, 32, 4, 2),
)  # fmt: skip
DKDV_CONFIGS = _configs(
    (64, 128, 8, 2), (64, 128, 8, 3), (64, 64, 4, 2), (128, 128, 8, 2), (32, 64, 4, 2),
    (32, 32, 4, 1),
)  # fmt: skip
DQ_CONFIGS = _configs(
    (128, 64, 8, 2), (128, 64, 8, 3), (64, 64, 4, 2), (128, 128, 8, 2), (64, 32, 4, 2),
    (32, 32, 4, 1),
)  # fmt: skip


def _prune(configs: list[triton.Config], named_args: dict[str, Any], **kwargs: Any) -> list[Any]:
    """Keep the tiles that fit: small ones for wide rows. Small problems are not worth tuning."""
    row_bytes = named_args["q_ptr"].element_size() * kwargs["BLOCK_D"]
    area = 32 * 32 if row_bytes >= 512 else 64 * 64
    if kwargs["SIZE_CLASS"] == 0:
        return [c for c in configs if c.kwargs["BLOCK_M"] * c.kwargs["BLOCK_N"] == area][:1]
    wide = row_bytes >= 512
    return [c for c in configs if (c.kwargs["BLOCK_M"] * c.kwargs["BLOCK_N"] <= 4096) == wide]


def _tuned(kernel: Any, configs: list[triton.Config]) -> Any:
    if INTERPRETED:
        return kernel
    prune = {"early_config_prune": _prune}
    return triton.autotune(configs, key=_TUNING_KEY, prune_configs_by=prune)(kernel)


_forward_kernel = _tuned(flash_forward.flash_forward_kernel, FORWARD_CONFIGS)
_dkdv_kernel = _tuned(flash_backward.flash_dkdv_kernel, DKDV_CONFIGS)
_dq_kernel = _tuned(flash_backward.flash_dq_kernel, DQ_CONFIGS)


def _constants(q: Tensor, keys: int, is_causal: bool) -> dict[str, Any]:
    """The compile-time arguments that forward and backward share."""
    head_dim = q.shape[-1]
    block_d = max(16, triton.next_power_of_2(head_dim))
    constants: dict[str, Any] = {
        "CAUSAL": is_causal,
        "BLOCK_D": block_d,
        "PAD_D": block_d != head_dim,
        # float32 products keep float32 accuracy: three tf32 products for one.
        "PRECISION": "tf32x3" if q.dtype == torch.float32 else "tf32",
        "SIZE_CLASS": sum(max(q.shape[2], keys) > limit for limit in (512, 4096)),
    }
    if INTERPRETED:
        constants |= _INTERPRETER_BLOCKS | {"PRECISION": "upcast"}
    return constants


def portable_forward(
    q: Tensor, k: Tensor, v: Tensor, is_causal: bool, scale: float
) -> tuple[Tensor, Tensor]:
    """q (B, Hq, Tq, d), k and v (B, Hkv, Tk, d), any strides -> o like q, lse (B, Hq, Tq) f32."""
    batch, heads, queries, head_dim = q.shape
    keys = k.shape[2]
    output = torch.empty((batch, heads, queries, head_dim), dtype=q.dtype, device=q.device)
    logsumexp = torch.empty((batch, heads, queries), dtype=torch.float32, device=q.device)

    def grid(meta: dict[str, int]) -> tuple[int, int]:
        return triton.cdiv(queries, meta["BLOCK_M"]), batch * heads

    _forward_kernel[grid](
        q, k, v, output, logsumexp,
        *q.stride(), *k.stride(), *v.stride(), *output.stride(),
        heads, heads // k.shape[1], queries, keys, head_dim, scale * LOG2_E,
        **_constants(q, keys, is_causal),
    )  # fmt: skip
    return output, logsumexp


def attention_delta(output: Tensor, d_output: Tensor) -> Tensor:
    """rowsum(dO * O), (B, H, Tq) float32: what the softmax backward subtracts."""
    batch, heads, queries, head_dim = output.shape
    delta = torch.empty((batch, heads, queries), dtype=torch.float32, device=output.device)
    block_d = max(16, triton.next_power_of_2(head_dim))
    block_m = 32
    flash_backward.flash_delta_kernel[(triton.cdiv(queries, block_m), batch * heads)](
        output, d_output, delta, *output.stride(), *d_output.stride(), heads, queries, head_dim,
        BLOCK_D=block_d, PAD_D=block_d != head_dim, BLOCK_M=block_m,
    )  # fmt: skip
    return delta


def portable_backward(
    q: Tensor, k: Tensor, v: Tensor, output: Tensor, logsumexp: Tensor, d_output: Tensor,
    is_causal: bool, scale: float,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Gradients of q, k, v, contiguous, in the inputs' dtype."""
    batch, heads, queries, head_dim = q.shape
    kv_heads, keys = k.shape[1], k.shape[2]
    delta = attention_delta(output, d_output)
    d_q, d_k, d_v = (torch.empty(t.shape, dtype=t.dtype, device=t.device) for t in (q, k, v))
    inputs = (q, k, v, d_output, logsumexp, delta)
    shape = (
        *q.stride(), *k.stride(), *v.stride(), *d_output.stride(),
        heads, heads // kv_heads, queries, keys, head_dim, scale, scale * LOG2_E,
    )  # fmt: skip
    constants = _constants(q, keys, is_causal)

    def key_grid(meta: dict[str, int]) -> tuple[int, int]:
        return triton.cdiv(keys, meta["BLOCK_N"]), batch * kv_heads

    def query_grid(meta: dict[str, int]) -> tuple[int, int]:
        return triton.cdiv(queries, meta["BLOCK_M"]), batch * heads

    _dkdv_kernel[key_grid](*inputs, d_k, d_v, *shape, **constants)
    _dq_kernel[query_grid](*inputs, d_q, *shape, **constants)
    return d_q, d_k, d_v
