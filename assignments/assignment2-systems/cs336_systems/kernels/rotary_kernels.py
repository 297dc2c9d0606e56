"""Causal attention of short contexts with the rotation inside: the Triton kernels.

The input is the output of one joint projection, (B, T, 3, H, d): the kernels pick a head's queries,
keys and values out of it, rotate queries and keys in registers (RoFormer, eq. 34: neighbouring
columns are a pair) and write what the next matrix product reads. So the rotated copies, the
transposes between (B, T, H, d) and (B, H, T, d) and the concatenation of three gradients never
exist.

The backward is FlashAttention-2's (https://arxiv.org/abs/2307.08691, Algorithm 2) with one program
per head: nothing is shared between programs, so there is no atomic addition, the result is the same
bits on every run, and delta needs no kernel of its own. Scores are computed transposed, with keys
as rows, which is how dK and dV need them. One program per head keeps a GPU busy only if there are
many heads in the batch: contexts are short and batches large.
"""

# The kernel bodies use Triton's own types: annotations are `tl.constexpr` or nothing.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import triton
import triton.language as tl

from cs336_systems.kernels.flash_forward import dot


@triton.jit
def _rotate(x, cos, sin):
    """Turn the pairs (x_2i, x_2i+1) of float32 rows (N, d); cos and sin are (N, d/2)."""
    even, odd = tl.split(tl.reshape(x, [x.shape[0], x.shape[1] // 2, 2]))
    return tl.reshape(tl.join(even * cos - odd * sin, even * sin + odd * cos), x.shape)


@triton.jit
def _load_angles(cos_ptr, sin_ptr, rows, length, D: tl.constexpr):
    offsets = rows[:, None] * (D // 2) + tl.arange(0, D // 2)[None, :]
    mask = rows[:, None] < length
    cos = tl.load(cos_ptr + offsets, mask=mask, other=0.0)
    return cos, tl.load(sin_ptr + offsets, mask=mask, other=0.0)


@triton.jit
def _load(ptr, rows, length, stride, D: tl.constexpr):
    """Rows of a head (N, d); rows past the end are zero."""
    offsets = rows[:, None] * stride + tl.arange(0, D)[None, :]
    return tl.load(ptr + offsets, mask=rows[:, None] < length, other=0.0)


@triton.jit
def _load_rotated(
    ptr, cos_ptr, sin_ptr, rows, length, stride, D: tl.constexpr, ROTATE: tl.constexpr
):
    """Rotated rows of a head, rounded to the input's dtype as the layer in PyTorch does."""
    x = _load(ptr, rows, length, stride, D)
    if ROTATE:
        cos, sin = _load_angles(cos_ptr, sin_ptr, rows, length, D)
        x = _rotate(x.to(tl.float32), cos, sin).to(x.dtype)
    return x


@triton.jit
def _store(ptr, x, rows, length, stride, D: tl.constexpr):
    offsets = rows[:, None] * stride + tl.arange(0, D)[None, :]
    tl.store(ptr + offsets, x.to(ptr.dtype.element_ty), mask=rows[:, None] < length)


@triton.jit
def _store_unrotated(
    ptr, cos_ptr, sin_ptr, x, rows, length, stride, D: tl.constexpr, ROTATE: tl.constexpr
):
    """Store a gradient of rotated rows as that of the rows: turned back by the same angle."""
    if ROTATE:
        cos, sin = _load_angles(cos_ptr, sin_ptr, rows, length, D)
        x = _rotate(x, cos, -sin)
    _store(ptr, x, rows, length, stride, D)


@triton.jit
def rotary_forward_kernel(
    qkv_ptr, cos_ptr, sin_ptr, out_ptr, lse_ptr, length, heads, scale_log2, size_class,
    D: tl.constexpr, ROTATE: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """out (B, T, H, d) and lse (B, H, T), the base-2 log of the softmax's denominator.

    Grid (H, query tiles, B): neighbouring programs read neighbouring columns of the same rows. The
    last tile, which has the most keys, starts first. `size_class` is for the tuner alone.
    """
    head = tl.program_id(0)
    first_row = (tl.num_programs(1) - 1 - tl.program_id(1)) * BLOCK_M
    batch = tl.program_id(2).to(tl.int64)
    width = heads * D
    q_ptr = qkv_ptr + batch * length * 3 * width + head * D
    rows = first_row + tl.arange(0, BLOCK_M)
    q = _load_rotated(q_ptr, cos_ptr, sin_ptr, rows, length, 3 * width, D, ROTATE)
    acc = tl.zeros([BLOCK_M, D], dtype=tl.float32)
    peak = tl.full([BLOCK_M], float("-inf"), dtype=tl.float32)
    total = tl.zeros([BLOCK_M], dtype=tl.float32)
    for first in range(0, tl.minimum(length, first_row + BLOCK_M), BLOCK_N):
        cols = first + tl.arange(0, BLOCK_N)
        k = _load_rotated(q_ptr + width, cos_ptr, sin_ptr, cols, length, 3 * width, D, ROTATE)
        v = _load(q_ptr + 2 * width, cols, length, 3 * width, D)
        scores = dot(q, tl.trans(k), None, PRECISION) * scale_log2
        scores = tl.where(cols[None, :] <= rows[:, None], scores, float("-inf"))
        # Key 0 is in the first tile and every row sees it, so the new peak is finite.
        new_peak = tl.maximum(peak, tl.max(scores, 1))
        probs = tl.math.exp2(scores - new_peak[:, None])
        decay = tl.math.exp2(peak - new_peak)
        total = total * decay + tl.sum(probs, 1)
        acc = dot(probs.to(v.dtype), v, acc * decay[:, None], PRECISION)
        peak = new_peak
    out_ptr += batch * length * width + head * D
    _store(out_ptr, acc / total[:, None], rows, length, width, D)
    lse_ptr += (batch * heads + head) * length
    tl.store(lse_ptr + rows, peak + tl.math.log2(total), mask=rows < length)


@triton.jit
def _tile_gradients(
    d_q, d_k, d_v, k, v, rows, cols, q_ptr, cos_ptr, sin_ptr, out_ptr, d_out_ptr, lse_ptr,
    length, width, scale_log2,
    MASKED: tl.constexpr, D: tl.constexpr, ROTATE: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """Add the part of one tile (queries `rows`, keys `cols`); dQ and dK still lack `scale`."""
    q = _load_rotated(q_ptr, cos_ptr, sin_ptr, rows, length, 3 * width, D, ROTATE)
    d_out = _load(d_out_ptr, rows, length, width, D)
    out = _load(out_ptr, rows, length, width, D)
    delta = tl.sum(d_out.to(tl.float32) * out.to(tl.float32), 1)
    # A row past the end gets lse = inf, hence probability zero everywhere.
    lse = tl.load(lse_ptr + rows, mask=rows < length, other=float("inf"))
    probs_t = tl.math.exp2(dot(k, tl.trans(q), None, PRECISION) * scale_log2 - lse[None, :])
    if MASKED:
        probs_t = tl.where(cols[:, None] <= rows[None, :], probs_t, 0.0)
    d_v = dot(probs_t.to(v.dtype), d_out, d_v, PRECISION)
    d_probs_t = dot(v, tl.trans(d_out), None, PRECISION)
    d_scores_t = (probs_t * (d_probs_t - delta[None, :])).to(q.dtype)
    d_k = dot(d_scores_t, q, d_k, PRECISION)
    d_q = dot(tl.trans(d_scores_t), k, d_q, PRECISION)
    return d_q, d_k, d_v


@triton.jit
def rotary_backward_kernel(
    qkv_ptr, cos_ptr, sin_ptr, out_ptr, d_out_ptr, lse_ptr, d_qkv_ptr, dq_sum_ptr,
    length, heads, scale, scale_log2, size_class,
    D: tl.constexpr, ROTATE: tl.constexpr, PRECISION: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """d_qkv (B, T, 3, H, d); one program per head. Grid (H, B).

    dq_sum (B, H, T, d) float32 is scratch of the same program: what the keys so far give to later
    queries. The diagonal tile is the last one of its queries, so there dQ is complete.
    """
    head = tl.program_id(0)
    batch = tl.program_id(1).to(tl.int64)
    width = heads * D
    q_ptr = qkv_ptr + batch * length * 3 * width + head * D
    d_q_ptr = d_qkv_ptr + batch * length * 3 * width + head * D
    out_ptr += batch * length * width + head * D
    d_out_ptr += batch * length * width + head * D
    lse_ptr += (batch * heads + head) * length
    dq_sum_ptr += (batch * heads + head) * length * D
    for first in range(0, length, BLOCK):
        cols = first + tl.arange(0, BLOCK)
        k = _load_rotated(q_ptr + width, cos_ptr, sin_ptr, cols, length, 3 * width, D, ROTATE)
        v = _load(q_ptr + 2 * width, cols, length, 3 * width, D)
        limit = tl.where(first > 0, length, 0)  # nothing to read for the first keys
        d_q = _load(dq_sum_ptr, cols, limit, D, D)
        d_k = tl.zeros([BLOCK, D], dtype=tl.float32)
        d_v = tl.zeros([BLOCK, D], dtype=tl.float32)
        d_q, d_k, d_v = _tile_gradients(
            d_q, d_k, d_v, k, v, cols, cols, q_ptr, cos_ptr, sin_ptr, out_ptr, d_out_ptr, lse_ptr,
            length, width, scale_log2, True, D, ROTATE, PRECISION,
        )  # fmt: skip
        _store_unrotated(d_q_ptr, cos_ptr, sin_ptr, d_q * scale, cols, length, 3 * width, D, ROTATE)
        for later in range(first + BLOCK, length, BLOCK):
            rows = later + tl.arange(0, BLOCK)
            d_q = _load(dq_sum_ptr, rows, limit, D, D)
            d_q, d_k, d_v = _tile_gradients(
                d_q, d_k, d_v, k, v, rows, cols, q_ptr, cos_ptr, sin_ptr, out_ptr, d_out_ptr,
                lse_ptr, length, width, scale_log2, False, D, ROTATE, PRECISION,
            )  # fmt: skip
            _store(dq_sum_ptr, d_q, rows, length, D, D)
        _store_unrotated(
            d_q_ptr + width, cos_ptr, sin_ptr, d_k * scale, cols, length, 3 * width, D, ROTATE
        )
        _store(d_q_ptr + 2 * width, d_v, cols, length, 3 * width, D)
        tl.debug_barrier()  # other threads may read what this one added to dq_sum
