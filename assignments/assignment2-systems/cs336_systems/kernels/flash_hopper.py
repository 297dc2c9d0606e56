"""Launches the Hopper attention kernels: when they apply, tile sizes, tensor-map descriptors.

The tile sizes were chosen on an H100 by `scan_attention`; results/attention_scan.json has the
times. Importing this module needs Triton's Gluon dialect; `flash_attention_triton` guards that.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import triton
from torch import Tensor
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.nvidia.hopper import TensorDescriptor

from cs336_systems.kernels.flash_hopper_backward import (
    hopper_backward_kernel,
    hopper_finish_kernel,
    hopper_prepare_kernel,
)
from cs336_systems.kernels.flash_hopper_forward import hopper_forward_kernel

LOG2_E = 1.4426950408889634
L2_BUDGET_BYTES = 8 << 20  # keys and values that programs running together should share
_GLUON_TYPES = {torch.float16: gl.float16, torch.bfloat16: gl.bfloat16, torch.float32: gl.float32}


class ForwardTiles(NamedTuple):
    """Tile sizes of the forward kernel: 64 * warpgroups query rows, block_n keys per step."""

    warpgroups: int
    block_n: int
    stages: int
    pingpong: bool

    @property
    def registers(self) -> tuple[int, int]:
        """(limit per thread at launch, limit per consumer thread after the producer gives up)."""
        return (168, 240) if self.warpgroups == 2 else (128, 160)


class BackwardTiles(NamedTuple):
    """Tile sizes of the backward kernel: block_m queries per step against 128 keys."""

    block_m: int
    q_stages: int
    do_stages: int


# head dimension rounded up -> tiles
FORWARD_TILES = {64: ForwardTiles(3, 128, 2, True), 128: ForwardTiles(2, 128, 2, True)}
BACKWARD_TILES = {64: BackwardTiles(64, 3, 3), 128: BackwardTiles(64, 2, 2)}


def _block_d(head_dim: int) -> int:
    return 64 if head_dim <= 64 else 128


def _tma_readable(tensor: Tensor) -> bool:
    """The tensor memory accelerator wants 16-byte aligned rows, contiguous along the last."""
    unit = 16 // tensor.element_size()
    aligned = all(stride > 0 and stride % unit == 0 for stride in tensor.stride()[:-1])
    return tensor.stride(-1) == 1 and aligned and tensor.data_ptr() % 16 == 0


def hopper_supports(q: Tensor) -> bool:
    """Whether these kernels can take q's device, dtype and head dimension."""
    if not q.is_cuda or torch.cuda.get_device_capability(q.device)[0] != 9:
        return False
    head_dim = q.shape[-1]
    return q.dtype in (torch.float16, torch.bfloat16) and head_dim % 8 == 0 and head_dim <= 128


def _descriptor(tensor: Tensor, block: list[int]) -> TensorDescriptor:
    layout = gl.NVMMASharedLayout.get_default_for(block, _GLUON_TYPES[tensor.dtype])
    return TensorDescriptor.from_tensor(tensor, block, layout)


def _row_descriptor(tensor: Tensor, rows: int) -> TensorDescriptor:
    """One-dimensional float32 statistics, `rows` at a time."""
    layout = gl.NVMMASharedLayout(swizzle_byte_width=0, element_bitwidth=32, rank=1)
    return TensorDescriptor.from_tensor(tensor.view(-1), [rows], layout)


def _heads_at_once(bytes_per_head: int, heads: int) -> int:
    return max(1, min(heads, L2_BUDGET_BYTES // bytes_per_head))


def hopper_forward(
    q: Tensor, k: Tensor, v: Tensor, is_causal: bool, scale: float,
    tiles: ForwardTiles | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """q (B, Hq, Tq, d), k and v (B, Hkv, Tk, d), 16-bit -> o like q, lse (B, Hq, Tq) float32."""
    q, k, v = (t if _tma_readable(t) else t.contiguous() for t in (q, k, v))
    batch, heads, queries, head_dim = q.shape
    kv_heads, keys = k.shape[1], k.shape[2]
    group, block_d = heads // kv_heads, _block_d(head_dim)
    tiles = tiles or FORWARD_TILES[block_d]
    output = torch.empty((batch, heads, queries, head_dim), dtype=q.dtype, device=q.device)
    logsumexp = torch.empty((batch, heads, queries), dtype=torch.float32, device=q.device)
    rows, cols = [1, 1, 64, block_d], [1, 1, tiles.block_n, block_d]
    shared_heads = _heads_at_once(2 * keys * block_d * 2, batch * kv_heads) * group
    launch_registers, consumer_registers = tiles.registers
    grid = (triton.cdiv(queries, 64 * tiles.warpgroups) * batch * heads,)
    hopper_forward_kernel[grid](
        _descriptor(q, rows), _descriptor(k, cols), _descriptor(v, cols),
        _descriptor(output, rows), logsumexp,
        batch * heads, heads, group, shared_heads, queries, keys, scale * LOG2_E,
        CAUSAL=is_causal, WARPGROUPS=tiles.warpgroups, BLOCK_N=tiles.block_n, BLOCK_D=block_d,
        STAGES=tiles.stages, PINGPONG=tiles.pingpong, CONSUMER_REGISTERS=consumer_registers,
        num_warps=4, maxnreg=launch_registers,
    )  # fmt: skip
    return output, logsumexp


class _Scratch(NamedTuple):
    """Row statistics and the float32 sum of dQ, with rows padded to whole tiles."""

    delta: Tensor
    lse_log2: Tensor
    dq_sum: Tensor
    padded_queries: int


def _prepare(output: Tensor, d_output: Tensor, logsumexp: Tensor, block_d: int) -> _Scratch:
    batch, heads, queries, head_dim = output.shape
    padded = triton.cdiv(queries, 128) * 128
    statistics = torch.empty((2, batch * heads * padded), dtype=torch.float32, device=output.device)
    dq_sum = torch.empty(
        (batch * heads * padded, block_d), dtype=torch.float32, device=output.device
    )
    block_m = 64
    hopper_prepare_kernel[(padded // block_m, batch * heads)](
        output, d_output, logsumexp, statistics[0], statistics[1], dq_sum,
        *output.stride(), *d_output.stride(), heads, queries, padded, head_dim,
        BLOCK_D=block_d, BLOCK_M=block_m,
    )  # fmt: skip
    return _Scratch(statistics[0], statistics[1], dq_sum, padded)


def hopper_backward(
    q: Tensor, k: Tensor, v: Tensor, output: Tensor, logsumexp: Tensor, d_output: Tensor,
    is_causal: bool, scale: float, tiles: BackwardTiles | None = None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Gradients of q, k, v, contiguous, in the inputs' dtype."""
    q, k, v, d_output = (t if _tma_readable(t) else t.contiguous() for t in (q, k, v, d_output))
    batch, heads, queries, head_dim = q.shape
    kv_heads, keys = k.shape[1], k.shape[2]
    group, block_d = heads // kv_heads, _block_d(head_dim)
    tiles = tiles or BACKWARD_TILES[block_d]
    scratch = _prepare(output, d_output, logsumexp, block_d)
    d_q, d_k, d_v = (torch.empty(t.shape, dtype=t.dtype, device=t.device) for t in (q, k, v))
    rows, cols = [1, 1, tiles.block_m, block_d], [1, 1, 64, block_d]
    grid = (triton.cdiv(keys, 128) * batch * kv_heads,)
    constants: dict[str, Any] = {
        "CAUSAL": is_causal, "BLOCK_M": tiles.block_m, "BLOCK_D": block_d,
        "Q_STAGES": tiles.q_stages, "DO_STAGES": tiles.do_stages,
        "num_warps": 4, "maxnreg": 168,
    }  # fmt: skip
    hopper_backward_kernel[grid](
        _descriptor(q, rows), _descriptor(k, cols), _descriptor(v, cols),
        _descriptor(d_output, rows),
        _row_descriptor(scratch.lse_log2, tiles.block_m),
        _row_descriptor(scratch.delta, tiles.block_m),
        _descriptor(scratch.dq_sum, [tiles.block_m, block_d // 2]),
        _descriptor(d_k, cols), _descriptor(d_v, cols),
        batch * kv_heads, heads, group,
        _heads_at_once(group * queries * block_d * 8, batch * kv_heads),
        queries, scratch.padded_queries, keys, scale, scale * LOG2_E, **constants,
    )  # fmt: skip
    block_m = 64
    hopper_finish_kernel[(scratch.padded_queries // block_m, batch * heads)](
        scratch.dq_sum, d_q, queries, scratch.padded_queries, head_dim, scale,
        BLOCK_D=block_d, BLOCK_M=block_m,
    )  # fmt: skip
    return d_q, d_k, d_v
