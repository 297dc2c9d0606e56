"""FlashAttention backward for Hopper in Gluon: one fused loop, dQ added up in global memory.

A program owns 128 keys and walks over the query tiles that see them (Algorithm 2 of
https://arxiv.org/abs/2307.08691): five matrix products per tile instead of the seven of
`flash_backward`. Two consumer warpgroups work on transposed tiles, so that P^T and dS^T are
already the register operands of the dV and dK products; only dS goes through shared memory, for
dQ. dQ tiles leave through the tensor memory accelerator's reduction (an asynchronous atomic add of
float32), so their sum depends on the order of arrival in the last bits. The warpgroups are
independent but for dS, which they exchange through a double buffer one tile late: while one
computes exponentials, the other's products keep the tensor cores busy.
"""

# The kernel bodies use Gluon's own types: annotations are `gl.constexpr` or nothing.
# ruff: noqa: RUF005, RUF059 - Gluon knows neither starred items nor unused targets in unpacking.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import triton
import triton.language as tl
from triton._C.libtriton import ir
from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language._core import builtin
from triton.experimental.gluon.language.nvidia.hopper import (
    fence_async_shared,
    mbarrier,
    tma,
    warpgroup_mma,
    warpgroup_mma_wait,
)

from cs336_systems.kernels.flash_forward import load_rows

WG_KEYS = gl.constexpr(64)  # keys of one consumer warpgroup


@builtin
def tma_add(descriptor, coordinates, source, _semantic=None):
    """Add a shared float32 tile to global memory, asynchronously. Gluon has the operation but, as
    of Triton 3.6, no Python name for it."""
    place = _semantic._convert_to_ir_values(coordinates, require_i64=False)
    _semantic.builder.create_async_tma_reduce(
        ir.DESCRIPTOR_REDUCE_KIND.ADD, descriptor.handle, place, source.handle
    )


@triton.jit
def hopper_prepare_kernel(
    o_ptr, do_ptr, lse_ptr, delta_ptr, lse_log2_ptr, dq_sum_ptr,
    stride_ob, stride_oh, stride_ot, stride_od,
    stride_gb, stride_gh, stride_gt, stride_gd,
    heads, queries, padded_queries, head_dim,
    BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr,
):  # fmt: skip
    """delta = rowsum(dO * O), the log-sum-exp in base 2, and zeros for dQ, all padded in rows.

    A padding row gets an infinite log-sum-exp, hence probability zero. Grid (row tiles, B * H).
    """
    batch_head = tl.program_id(1).to(tl.int64)
    batch = batch_head // heads
    head = batch_head % heads
    o_ptr += batch * stride_ob + head * stride_oh
    do_ptr += batch * stride_gb + head * stride_gh
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    dims = tl.arange(0, BLOCK_D)
    o = load_rows(o_ptr, rows, queries, stride_ot, dims, head_dim, stride_od, True)
    d_o = load_rows(do_ptr, rows, queries, stride_gt, dims, head_dim, stride_gd, True)
    delta = tl.sum(o.to(tl.float32) * d_o.to(tl.float32), 1)
    lse = tl.load(lse_ptr + batch_head * queries + rows, rows < queries, other=float("inf"))
    padded = batch_head * padded_queries + rows
    tl.store(delta_ptr + padded, delta)
    tl.store(lse_log2_ptr + padded, lse * 1.4426950408889634)
    zeros = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)
    tl.store(dq_sum_ptr + padded[:, None] * BLOCK_D + dims[None, :], zeros)


@triton.jit
def hopper_finish_kernel(
    dq_sum_ptr, dq_ptr, queries, padded_queries, head_dim, scale,
    BLOCK_D: tl.constexpr, BLOCK_M: tl.constexpr,
):  # fmt: skip
    """dq = scale * dq_sum without the padding, in dq's dtype. Grid (row tiles, B * H)."""
    batch_head = tl.program_id(1).to(tl.int64)
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    dims = tl.arange(0, BLOCK_D)
    padded = batch_head * padded_queries + rows
    total = tl.load(dq_sum_ptr + padded[:, None] * BLOCK_D + dims[None, :])
    mask = (rows[:, None] < queries) & (dims[None, :] < head_dim)
    pointers = dq_ptr + (batch_head * queries + rows[:, None]) * head_dim + dims[None, :]
    tl.store(pointers, (total * scale).to(dq_ptr.dtype.element_ty), mask)


@gluon.jit
def _load_partition(args):
    """Producer: keys and values once, then query and dO tiles with their row statistics."""
    descriptors, buffers, barriers, place, padded_queries = args
    q_desc, k_desc, v_desc, do_desc, lse_desc, delta_desc = descriptors
    q_bufs, k_bufs, v_bufs, do_bufs, lse_bufs, delta_bufs = buffers
    kv_full, kv_read, q_full, q_empty, do_full, do_empty, ds_full, ds_empty = barriers
    batch, heads, kv_head, group, col, first_tile, per_head = place
    BLOCK_M: gl.constexpr = q_bufs.shape[3]
    Q_STAGES: gl.constexpr = q_bufs.shape[0]
    DO_STAGES: gl.constexpr = do_bufs.shape[0]
    mbarrier.expect(kv_full, 2 * (k_desc.block_type.nbytes + v_desc.block_type.nbytes))
    for w in gl.static_range(2):
        keys_of_w = [batch, kv_head, col + w * WG_KEYS, 0]
        tma.async_copy_global_to_shared(k_desc, keys_of_w, kv_full, k_bufs.index(w))
        tma.async_copy_global_to_shared(v_desc, keys_of_w, kv_full, v_bufs.index(w))
    for step in range(per_head * group):
        head = kv_head * group + step // per_head
        tile = first_tile + step % per_head
        row = tile * BLOCK_M
        statistic = (batch * heads + head) * padded_queries + row
        q_stage = step % Q_STAGES
        full = q_full.index(q_stage)
        mbarrier.wait(q_empty.index(q_stage), ((step // Q_STAGES) & 1) ^ 1)
        mbarrier.expect(full, q_desc.block_type.nbytes + lse_desc.block_type.nbytes)
        tma.async_copy_global_to_shared(q_desc, [batch, head, row, 0], full, q_bufs.index(q_stage))
        tma.async_copy_global_to_shared(lse_desc, [statistic], full, lse_bufs.index(q_stage))
        do_stage = step % DO_STAGES
        full = do_full.index(do_stage)
        mbarrier.wait(do_empty.index(do_stage), ((step // DO_STAGES) & 1) ^ 1)
        mbarrier.expect(full, do_desc.block_type.nbytes + delta_desc.block_type.nbytes)
        tma.async_copy_global_to_shared(
            do_desc, [batch, head, row, 0], full, do_bufs.index(do_stage)
        )
        tma.async_copy_global_to_shared(delta_desc, [statistic], full, delta_bufs.index(do_stage))


@gluon.jit
def _probabilities(
    scores, lse, row, col, keys, scale_log2, MASKED: gl.constexpr, CAUSAL: gl.constexpr
):
    """P^T of one tile (keys, queries); zero where masked."""
    layout: gl.constexpr = scores.type.layout
    BLOCK_N: gl.constexpr = scores.shape[0]
    BLOCK_M: gl.constexpr = scores.shape[1]
    probs = gl.exp2(scores * scale_log2 - gl.expand_dims(lse, 0))
    if MASKED:
        cols = col + gl.arange(0, BLOCK_N, gl.SliceLayout(1, layout))
        rows = row + gl.arange(0, BLOCK_M, gl.SliceLayout(0, layout))
        visible = gl.expand_dims(cols < keys, 1)
        if CAUSAL:
            visible = visible & (gl.expand_dims(cols, 1) <= gl.expand_dims(rows, 0))
        probs = gl.where(visible, probs, 0.0)
    return probs


@gluon.jit
def _send_dq(dq_desc, dq_buf, d_q, row, W: gl.constexpr):
    """Add this warpgroup's half of a finished dQ tile to global memory, through shared memory."""
    tma.store_wait(0)
    dq_buf.store(d_q)
    fence_async_shared()
    tma_add(dq_desc, [row, W * dq_buf.shape[1]], dq_buf)


@gluon.jit
def _next_dq(ds_bufs, k_bufs, ds_full, turn, d_q, W: gl.constexpr):
    """dS K of the tile handed over at `turn`: BLOCK_M queries, half of the head dimension."""
    dq_layout: gl.constexpr = d_q.type.layout
    BLOCK_D: gl.constexpr = k_bufs.shape[4]
    half: gl.constexpr = BLOCK_D // 2
    buffer = turn % 2
    mbarrier.wait(ds_full.index(buffer), (turn // 2) & 1)
    d_q = gl.zeros([d_q.shape[0], half], gl.float32, dq_layout)
    for w in gl.static_range(2):
        d_s = ds_bufs.index(2 * buffer + w).permute((1, 0))
        k = k_bufs.index(w).reshape([WG_KEYS, BLOCK_D]).slice(W * half, half, dim=1)
        d_q = warpgroup_mma(d_s, k, d_q, use_acc=w > 0, is_async=True)
    return d_q


@gluon.jit
def _hand_over(ds_bufs, d_scores, ds_full, ds_empty, turn, W: gl.constexpr):
    """Write this warpgroup's keys of dS^T where both warpgroups read it for dQ."""
    buffer = turn % 2
    mbarrier.wait(ds_empty.index(buffer), ((turn // 2) & 1) ^ 1)
    ds_bufs.index(2 * buffer + W).store(d_scores)
    fence_async_shared()
    mbarrier.arrive(ds_full.index(buffer))


@gluon.jit
def _query_tile(
    d_k, d_v, d_q, dq_row, row, step, member, tile, dq_desc, buffers, barriers, place, sizes,
    MASKED: gl.constexpr, CAUSAL: gl.constexpr, W: gl.constexpr,
):  # fmt: skip
    """One query tile: add to dK and dV, hand dS over, multiply the dQ handed over before.

    `d_q` arrives finished, for the rows at `dq_row`; it leaves as the product of the tile before
    this one, whose rows are at `row`.
    """
    q_bufs, k_bufs, v_bufs, do_bufs, lse_bufs, delta_bufs, ds_bufs, dq_bufs = buffers
    kv_full, kv_read, q_full, q_empty, do_full, do_empty, ds_full, ds_empty = barriers
    batch, heads, kv_head, group, col, first_tile, per_head = place
    keys, padded_queries, scale_log2 = sizes
    BLOCK_M: gl.constexpr = q_bufs.shape[3]
    BLOCK_D: gl.constexpr = q_bufs.shape[4]
    Q_STAGES: gl.constexpr = q_bufs.shape[0]
    DO_STAGES: gl.constexpr = do_bufs.shape[0]
    dtype: gl.constexpr = q_bufs.dtype
    score_layout: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_M, 16])
    statistic_layout: gl.constexpr = gl.SliceLayout(0, score_layout)
    operand: gl.constexpr = gl.DotOperandLayout(0, d_k.type.layout, 2)
    zeros = gl.zeros([WG_KEYS, BLOCK_M], gl.float32, score_layout)
    k = k_bufs.index(W).reshape([WG_KEYS, BLOCK_D])
    v = v_bufs.index(W).reshape([WG_KEYS, BLOCK_D])
    q_stage = step % Q_STAGES
    do_stage = step % DO_STAGES
    q = q_bufs.index(q_stage).reshape([BLOCK_M, BLOCK_D])
    d_o = do_bufs.index(do_stage).reshape([BLOCK_M, BLOCK_D])

    mbarrier.wait(q_full.index(q_stage), (step // Q_STAGES) & 1)
    scores = warpgroup_mma(k, q.permute((1, 0)), zeros, use_acc=False, is_async=True)
    _send_dq(dq_desc, dq_bufs.index(W), d_q, dq_row, W)
    mbarrier.wait(do_full.index(do_stage), (step // DO_STAGES) & 1)
    d_probs = warpgroup_mma(v, d_o.permute((1, 0)), zeros, use_acc=False, is_async=True)
    scores = warpgroup_mma_wait(1, deps=(scores,))
    lse = lse_bufs.index(q_stage).load(statistic_layout)
    probs = _probabilities(
        scores, lse, tile * BLOCK_M, col + W * WG_KEYS, keys, scale_log2, MASKED, CAUSAL
    )
    d_v = warpgroup_mma(gl.convert_layout(probs.to(dtype), operand), d_o, d_v, is_async=True)
    d_probs = warpgroup_mma_wait(1, deps=(d_probs,))
    delta = delta_bufs.index(do_stage).load(statistic_layout)
    d_scores = (probs * (d_probs - gl.expand_dims(delta, 0))).to(dtype)
    _hand_over(ds_bufs, d_scores, ds_full, ds_empty, step + 1, W)
    d_k = warpgroup_mma(gl.convert_layout(d_scores, operand), q, d_k, is_async=True)
    d_q = _next_dq(ds_bufs, k_bufs, ds_full, step, d_q, W)
    d_q, d_k, d_v = warpgroup_mma_wait(0, deps=(d_q, d_k, d_v))
    mbarrier.arrive(ds_empty.index(step % 2))
    mbarrier.arrive(q_empty.index(q_stage))
    mbarrier.arrive(do_empty.index(do_stage))
    next_row = (batch * heads + kv_head * group + member) * padded_queries + tile * BLOCK_M
    return d_k, d_v, d_q, row, next_row


@gluon.jit
def _compute_partition(args, CAUSAL: gl.constexpr, W: gl.constexpr):
    """Consumer warpgroup W: 64 of the program's 128 keys, all query tiles that see them."""
    descriptors, buffers, barriers, place, sizes, masked, scale = args
    dq_desc, dk_desc, dv_desc = descriptors
    q_bufs, k_bufs, v_bufs, do_bufs, lse_bufs, delta_bufs, ds_bufs, dq_bufs = buffers
    kv_full, kv_read, q_full, q_empty, do_full, do_empty, ds_full, ds_empty = barriers
    batch, heads, kv_head, group, col, first_tile, per_head = place
    keys, padded_queries, scale_log2 = sizes
    BLOCK_M: gl.constexpr = q_bufs.shape[3]
    BLOCK_D: gl.constexpr = q_bufs.shape[4]
    half: gl.constexpr = BLOCK_D // 2
    dtype: gl.constexpr = q_bufs.dtype
    grad_layout: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_D, 16])
    dq_layout: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, half, 16])
    score_layout: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_M, 16])
    d_k = gl.zeros([WG_KEYS, BLOCK_D], gl.float32, grad_layout)
    d_v = gl.zeros([WG_KEYS, BLOCK_D], gl.float32, grad_layout)
    # The pipeline starts with a dS and a dQ of zeros, whose sums change nothing. They go to rows
    # that see these keys, because zero times a NaN key is NaN; without such rows, past the end.
    d_q = gl.zeros([BLOCK_M, half], gl.float32, dq_layout)
    row = (batch * heads + kv_head * group) * padded_queries + first_tile * BLOCK_M
    row = gl.where(per_head > 0, row, dq_desc.shape[0])
    dq_row = row
    _hand_over(ds_bufs, gl.zeros([WG_KEYS, BLOCK_M], dtype, score_layout), ds_full, ds_empty, 0, W)
    mbarrier.wait(kv_full, 0)
    for member in range(group):
        for i in range(masked):
            d_k, d_v, d_q, dq_row, row = _query_tile(
                d_k, d_v, d_q, dq_row, row, member * per_head + i, member, first_tile + i,
                dq_desc, buffers, barriers, place, sizes, True, CAUSAL, W,
            )  # fmt: skip
        for i in range(masked, per_head):
            d_k, d_v, d_q, dq_row, row = _query_tile(
                d_k, d_v, d_q, dq_row, row, member * per_head + i, member, first_tile + i,
                dq_desc, buffers, barriers, place, sizes, False, CAUSAL, W,
            )  # fmt: skip
    _send_dq(dq_desc, dq_bufs.index(W), d_q, dq_row, W)
    d_q = _next_dq(ds_bufs, k_bufs, ds_full, per_head * group, d_q, W)
    d_q = warpgroup_mma_wait(0, deps=(d_q,))
    # Both warpgroups have read all the keys before either writes its gradient over them.
    mbarrier.arrive(kv_read)
    mbarrier.wait(kv_read, 0)
    _send_dq(dq_desc, dq_bufs.index(W), d_q, row, W)

    k_bufs.index(W).reshape([WG_KEYS, BLOCK_D]).store((d_k * scale).to(dtype))
    v_bufs.index(W).reshape([WG_KEYS, BLOCK_D]).store(d_v.to(dtype))
    fence_async_shared()
    first = col + W * WG_KEYS
    tma.async_copy_shared_to_global(dk_desc, [batch, kv_head, first, 0], k_bufs.index(W))
    tma.async_copy_shared_to_global(dv_desc, [batch, kv_head, first, 0], v_bufs.index(W))
    tma.store_wait(0)


@gluon.jit
def _ring(STAGES: gl.constexpr, count: gl.constexpr):
    """STAGES barriers, each completed by `count` arrivals."""
    bars = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    for s in gl.static_range(STAGES):
        mbarrier.init(bars.index(s), count=count)
    return bars


@gluon.jit
def hopper_backward_kernel(
    q_desc, k_desc, v_desc, do_desc, lse_desc, delta_desc, dq_desc, dk_desc, dv_desc,
    batch_kv_heads, heads, group, heads_at_once, queries, padded_queries, keys, scale, scale_log2,
    CAUSAL: gl.constexpr, BLOCK_M: gl.constexpr, BLOCK_D: gl.constexpr,
    Q_STAGES: gl.constexpr, DO_STAGES: gl.constexpr,
):  # fmt: skip
    """Grid (key tiles * batch * kv heads,). lse_desc and delta_desc: (B * H * padded_queries,)
    float32, lse in base 2; dq_desc: (B * H * padded_queries, BLOCK_D) float32, zeroed."""
    BLOCK_N: gl.constexpr = 2 * WG_KEYS
    tiles = gl.cdiv(keys, BLOCK_N)
    program = gl.program_id(0)
    section = program // (heads_at_once * tiles)
    members = gl.minimum(heads_at_once, batch_kv_heads - section * heads_at_once)
    inside = program - section * heads_at_once * tiles
    col = (inside // members) * BLOCK_N
    batch_kv = section * heads_at_once + inside % members
    kv_heads = heads // group
    batch = batch_kv // kv_heads
    kv_head = batch_kv % kv_heads
    first_tile = 0
    if CAUSAL:
        first_tile = col // BLOCK_M
    per_head = gl.maximum(gl.cdiv(queries, BLOCK_M) - first_tile, 0)
    # Tiles on the diagonal come first; a key tile that runs past the last key masks all of them.
    masked = 0
    if CAUSAL:
        masked = gl.minimum(gl.cdiv(BLOCK_N, BLOCK_M), per_head)
    if col + BLOCK_N > keys:
        masked = per_head

    q_bufs = gl.allocate_shared_memory(
        q_desc.dtype, [Q_STAGES] + q_desc.block_type.shape, q_desc.layout
    )
    do_bufs = gl.allocate_shared_memory(
        do_desc.dtype, [DO_STAGES] + do_desc.block_type.shape, do_desc.layout
    )
    lse_bufs = gl.allocate_shared_memory(gl.float32, [Q_STAGES, BLOCK_M], lse_desc.layout)
    delta_bufs = gl.allocate_shared_memory(gl.float32, [DO_STAGES, BLOCK_M], delta_desc.layout)
    k_bufs = gl.allocate_shared_memory(k_desc.dtype, [2] + k_desc.block_type.shape, k_desc.layout)
    v_bufs = gl.allocate_shared_memory(v_desc.dtype, [2] + v_desc.block_type.shape, v_desc.layout)
    dq_bufs = gl.allocate_shared_memory(gl.float32, [2, BLOCK_M, BLOCK_D // 2], dq_desc.layout)
    ds_layout: gl.constexpr = gl.NVMMASharedLayout.get_default_for([WG_KEYS, BLOCK_M], q_desc.dtype)
    ds_bufs = gl.allocate_shared_memory(q_desc.dtype, [4, WG_KEYS, BLOCK_M], ds_layout)
    kv_full = _ring(1, 1).index(0)
    kv_read = _ring(1, 2).index(0)
    q_full = _ring(Q_STAGES, 1)
    q_empty = _ring(Q_STAGES, 2)
    do_full = _ring(DO_STAGES, 1)
    do_empty = _ring(DO_STAGES, 2)
    ds_full = _ring(2, 2)
    ds_empty = _ring(2, 2)
    fence_async_shared()

    barriers = (kv_full, kv_read, q_full, q_empty, do_full, do_empty, ds_full, ds_empty)
    place = (batch, heads, kv_head, group, col, first_tile, per_head)
    compute_args = (
        (dq_desc, dk_desc, dv_desc),
        (q_bufs, k_bufs, v_bufs, do_bufs, lse_bufs, delta_bufs, ds_bufs, dq_bufs),
        barriers, place, (keys, padded_queries, scale_log2), masked, scale,
    )  # fmt: skip
    load_args = (
        (q_desc, k_desc, v_desc, do_desc, lse_desc, delta_desc),
        (q_bufs, k_bufs, v_bufs, do_bufs, lse_bufs, delta_bufs),
        barriers, place, padded_queries,
    )  # fmt: skip
    gl.warp_specialize(
        [
            (_compute_partition, (compute_args, CAUSAL, 0)),
            (_compute_partition, (compute_args, CAUSAL, 1)),
            (_load_partition, (load_args,)),
        ],
        [4, 1], [240, 24],
    )  # fmt: skip
