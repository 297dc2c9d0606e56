"""FlashAttention-2 backward in plain Triton: one kernel for dK and dV, one for dQ.

Both recompute P = exp(S - logsumexp) tile by tile (Algorithm 2 of
https://arxiv.org/abs/2307.08691). Splitting them costs two matrix products more than a single
fused loop (seven instead of five per tile), but needs no atomic addition, so the gradients are the
same bits on every run. `flash_delta_kernel` first computes D = rowsum(dO * O).
"""

# The kernel bodies use Triton's own types: annotations are `tl.constexpr` or nothing.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import triton
import triton.language as tl

from cs336_systems.kernels.flash_forward import dot, key_range, load_rows, store_rows


@triton.jit
def flash_delta_kernel(
    o_ptr, do_ptr, delta_ptr,
    stride_ob, stride_oh, stride_ot, stride_od,
    stride_gb, stride_gh, stride_gt, stride_gd,
    heads, queries, head_dim,
    BLOCK_D: tl.constexpr, PAD_D: tl.constexpr, BLOCK_M: tl.constexpr,
):  # fmt: skip
    """delta (batch * heads, queries) = rowsum(dO * O), float32. Grid (query tiles, B * H)."""
    batch_head = tl.program_id(1).to(tl.int64)
    batch = batch_head // heads
    head = batch_head % heads
    o_ptr += batch * stride_ob + head * stride_oh
    do_ptr += batch * stride_gb + head * stride_gh
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    dims = tl.arange(0, BLOCK_D)
    o = load_rows(o_ptr, rows, queries, stride_ot, dims, head_dim, stride_od, PAD_D)
    d_o = load_rows(do_ptr, rows, queries, stride_gt, dims, head_dim, stride_gd, PAD_D)
    delta = tl.sum(o.to(tl.float32) * d_o.to(tl.float32), 1)
    tl.store(delta_ptr + batch_head * queries + rows, delta, mask=rows < queries)


@triton.jit
def _accumulate_dkdv(
    d_k, d_v, k, v, q_ptr, do_ptr, lse_ptr, delta_ptr, cols, dims, start, stop, queries, head_dim,
    scale_log2, stride_qt, stride_qd, stride_gt, stride_gd,
    MASKED: tl.constexpr, PAD_D: tl.constexpr, PRECISION: tl.constexpr, BLOCK_M: tl.constexpr,
):  # fmt: skip
    """Add what the query rows [start, stop) give to dK and dV. Works on transposed tiles."""
    for first in range(start, stop, BLOCK_M):
        rows = first + tl.arange(0, BLOCK_M)
        q = load_rows(q_ptr, rows, queries, stride_qt, dims, head_dim, stride_qd, PAD_D)
        # A row past the end gets logsumexp = inf, hence probability zero everywhere.
        lse = tl.load(lse_ptr + rows, mask=rows < queries, other=float("inf"))
        scores_t = dot(k, tl.trans(q), None, PRECISION) * scale_log2
        probs_t = tl.math.exp2(scores_t - lse[None, :] * 1.4426950408889634)
        if MASKED:
            probs_t = tl.where(cols[:, None] <= rows[None, :], probs_t, 0.0)
        d_o = load_rows(do_ptr, rows, queries, stride_gt, dims, head_dim, stride_gd, PAD_D)
        d_v = dot(probs_t.to(d_o.dtype), d_o, d_v, PRECISION)
        delta = tl.load(delta_ptr + rows, mask=rows < queries, other=0.0)
        d_probs_t = dot(v, tl.trans(d_o), None, PRECISION)
        d_scores_t = probs_t * (d_probs_t - delta[None, :])
        d_k = dot(d_scores_t.to(q.dtype), q, d_k, PRECISION)
    return d_k, d_v


@triton.jit
def flash_dkdv_kernel(
    q_ptr, k_ptr, v_ptr, do_ptr, lse_ptr, delta_ptr, dk_ptr, dv_ptr,
    stride_qb, stride_qh, stride_qt, stride_qd,
    stride_kb, stride_kh, stride_kt, stride_kd,
    stride_vb, stride_vh, stride_vt, stride_vd,
    stride_gb, stride_gh, stride_gt, stride_gd,
    heads, group, queries, keys, head_dim, scale, scale_log2,
    CAUSAL: tl.constexpr, BLOCK_D: tl.constexpr, PAD_D: tl.constexpr, PRECISION: tl.constexpr,
    SIZE_CLASS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Grid (key tiles, batch * kv heads). dk, dv are contiguous (batch, kv heads, keys, d).

    A grouped-query program walks over all query heads of its group, so no two programs add to
    the same gradient.
    """
    tile = tl.program_id(0)
    kv_heads = heads // group
    batch_kv = tl.program_id(1).to(tl.int64)
    batch = batch_kv // kv_heads
    kv_head = batch_kv % kv_heads
    k_ptr += batch * stride_kb + kv_head * stride_kh
    v_ptr += batch * stride_vb + kv_head * stride_vh

    cols = tile * BLOCK_N + tl.arange(0, BLOCK_N)
    dims = tl.arange(0, BLOCK_D)
    k = load_rows(k_ptr, cols, keys, stride_kt, dims, head_dim, stride_kd, PAD_D)
    v = load_rows(v_ptr, cols, keys, stride_vt, dims, head_dim, stride_vd, PAD_D)
    d_k = tl.zeros([BLOCK_N, BLOCK_D], dtype=tl.float32)
    d_v = tl.zeros([BLOCK_N, BLOCK_D], dtype=tl.float32)

    first = 0
    diagonal_end = 0
    if CAUSAL:
        first = tile * BLOCK_N // BLOCK_M * BLOCK_M
        diagonal_end = tl.cdiv(tl.minimum(queries, (tile + 1) * BLOCK_N), BLOCK_M) * BLOCK_M
        # Keys past the last query: no tile at all.
        diagonal_end = tl.maximum(diagonal_end, first)
    for member in range(0, group):
        head = kv_head * group + member
        q_head = q_ptr + batch * stride_qb + head * stride_qh
        do_head = do_ptr + batch * stride_gb + head * stride_gh
        lse_head = lse_ptr + (batch * heads + head) * queries
        delta_head = delta_ptr + (batch * heads + head) * queries
        if CAUSAL:
            d_k, d_v = _accumulate_dkdv(
                d_k, d_v, k, v, q_head, do_head, lse_head, delta_head, cols, dims, first,
                diagonal_end, queries, head_dim, scale_log2, stride_qt, stride_qd, stride_gt,
                stride_gd, True, PAD_D, PRECISION, BLOCK_M,
            )  # fmt: skip
        d_k, d_v = _accumulate_dkdv(
            d_k, d_v, k, v, q_head, do_head, lse_head, delta_head, cols, dims, diagonal_end,
            queries, queries, head_dim, scale_log2, stride_qt, stride_qd, stride_gt, stride_gd,
            False, PAD_D, PRECISION, BLOCK_M,
        )  # fmt: skip

    offset = batch_kv * keys * head_dim
    store_rows(dk_ptr + offset, d_k * scale, cols, keys, head_dim, dims, head_dim, 1, PAD_D)
    store_rows(dv_ptr + offset, d_v, cols, keys, head_dim, dims, head_dim, 1, PAD_D)


@triton.jit
def _accumulate_dq(
    d_q, q, d_o, lse, delta, k_ptr, v_ptr, rows, dims, start, stop, keys, head_dim, scale_log2,
    stride_kt, stride_kd, stride_vt, stride_vd,
    MASKED: tl.constexpr, CAUSAL: tl.constexpr, PAD_D: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Add what the keys [start, stop) give to dQ of the rows."""
    for first in range(start, stop, BLOCK_N):
        cols = first + tl.arange(0, BLOCK_N)
        k = load_rows(k_ptr, cols, keys, stride_kt, dims, head_dim, stride_kd, PAD_D)
        v = load_rows(v_ptr, cols, keys, stride_vt, dims, head_dim, stride_vd, PAD_D)
        scores = dot(q, tl.trans(k), None, PRECISION) * scale_log2
        probs = tl.math.exp2(scores - lse[:, None])
        if MASKED:
            visible = cols[None, :] < keys
            if CAUSAL:
                visible = visible & (cols[None, :] <= rows[:, None])
            probs = tl.where(visible, probs, 0.0)
        d_probs = dot(d_o, tl.trans(v), None, PRECISION)
        d_scores = probs * (d_probs - delta[:, None])
        d_q = dot(d_scores.to(k.dtype), k, d_q, PRECISION)
    return d_q


@triton.jit
def flash_dq_kernel(
    q_ptr, k_ptr, v_ptr, do_ptr, lse_ptr, delta_ptr, dq_ptr,
    stride_qb, stride_qh, stride_qt, stride_qd,
    stride_kb, stride_kh, stride_kt, stride_kd,
    stride_vb, stride_vh, stride_vt, stride_vd,
    stride_gb, stride_gh, stride_gt, stride_gd,
    heads, group, queries, keys, head_dim, scale, scale_log2,
    CAUSAL: tl.constexpr, BLOCK_D: tl.constexpr, PAD_D: tl.constexpr, PRECISION: tl.constexpr,
    SIZE_CLASS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Grid (query tiles, batch * heads). dq is contiguous (batch, heads, queries, d)."""
    tile = tl.program_id(0)
    if CAUSAL:
        tile = tl.num_programs(0) - 1 - tile
    batch_head = tl.program_id(1).to(tl.int64)
    batch = batch_head // heads
    head = batch_head % heads
    kv_head = head // group
    q_ptr += batch * stride_qb + head * stride_qh
    do_ptr += batch * stride_gb + head * stride_gh
    k_ptr += batch * stride_kb + kv_head * stride_kh
    v_ptr += batch * stride_vb + kv_head * stride_vh

    rows = tile * BLOCK_M + tl.arange(0, BLOCK_M)
    dims = tl.arange(0, BLOCK_D)
    q = load_rows(q_ptr, rows, queries, stride_qt, dims, head_dim, stride_qd, PAD_D)
    d_o = load_rows(do_ptr, rows, queries, stride_gt, dims, head_dim, stride_gd, PAD_D)
    statistics = batch_head * queries + rows
    lse = tl.load(lse_ptr + statistics, mask=rows < queries, other=float("inf"))
    lse = lse * 1.4426950408889634
    delta = tl.load(delta_ptr + statistics, mask=rows < queries, other=0.0)
    d_q = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)

    unmasked, stop = key_range(tile, keys, CAUSAL, BLOCK_M, BLOCK_N)
    d_q = _accumulate_dq(
        d_q, q, d_o, lse, delta, k_ptr, v_ptr, rows, dims, 0, unmasked, keys, head_dim,
        scale_log2, stride_kt, stride_kd, stride_vt, stride_vd,
        False, CAUSAL, PAD_D, PRECISION, BLOCK_N,
    )  # fmt: skip
    d_q = _accumulate_dq(
        d_q, q, d_o, lse, delta, k_ptr, v_ptr, rows, dims, unmasked, stop, keys, head_dim,
        scale_log2, stride_kt, stride_kd, stride_vt, stride_vd,
        True, CAUSAL, PAD_D, PRECISION, BLOCK_N,
    )  # fmt: skip
    offset = batch_head * queries * head_dim
    store_rows(dq_ptr + offset, d_q * scale, rows, queries, head_dim, dims, head_dim, 1, PAD_D)
