"""FlashAttention-2 forward in plain Triton: pointers only, so it runs compiled and interpreted.

One program owns BLOCK_M query rows of one head and walks over the keys (Algorithm 1 of
https://arxiv.org/abs/2307.08691). Deviations: scores stay in base 2 (`exp2` with log2(e) folded
into the scale), and the walk is split in two, first the tiles no mask touches, then the tiles on
the diagonal or past the last key. Causal programs start with the longest rows, so that the short
ones fill the gaps at the end.
"""

# The kernel bodies use Triton's own types: annotations are `tl.constexpr` or nothing.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def dot(a, b, acc, PRECISION: tl.constexpr):
    """acc + a @ b in float32. PRECISION is Triton's input precision, or "upcast": Triton's
    interpreter multiplies bfloat16 tiles as if they were integers, so they are widened first."""
    if PRECISION == "upcast":
        return tl.dot(a.to(tl.float32), b.to(tl.float32), acc, input_precision="ieee")
    return tl.dot(a, b, acc, input_precision=PRECISION)


@triton.jit
def load_rows(ptr, rows, num_rows, stride_row, cols, num_cols, stride_col, PAD_COLS: tl.constexpr):
    """Tile of a matrix; rows past the end, and columns that only pad, read as zero."""
    pointers = ptr + rows[:, None] * stride_row + cols[None, :] * stride_col
    mask = rows[:, None] < num_rows
    if PAD_COLS:
        mask = mask & (cols[None, :] < num_cols)
    return tl.load(pointers, mask=mask, other=0.0)


@triton.jit
def store_rows(
    ptr, tile, rows, num_rows, stride_row, cols, num_cols, stride_col, PAD_COLS: tl.constexpr
):
    """Write a tile back, clipped to the matrix."""
    pointers = ptr + rows[:, None] * stride_row + cols[None, :] * stride_col
    mask = rows[:, None] < num_rows
    if PAD_COLS:
        mask = mask & (cols[None, :] < num_cols)
    tl.store(pointers, tile.to(ptr.dtype.element_ty), mask=mask)


@triton.jit
def key_range(tile, keys, CAUSAL: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr):
    """(unmasked, stop): the query tile sees the keys before `stop`; those before `unmasked` fill
    whole tiles that need no mask."""
    stop = keys
    unmasked = keys // BLOCK_N * BLOCK_N
    if CAUSAL:
        stop = tl.minimum(keys, (tile + 1) * BLOCK_M)
        unmasked = tl.minimum(unmasked, (tile * BLOCK_M + 1) // BLOCK_N * BLOCK_N)
    return unmasked, stop


@triton.jit
def _attend(
    acc, row_sum, row_max, q, k_ptr, v_ptr, rows, dims, start, stop, keys, head_dim, scale_log2,
    stride_kt, stride_kd, stride_vt, stride_vd,
    MASKED: tl.constexpr, CAUSAL: tl.constexpr, PAD_D: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Fold the keys [start, stop) into the running maximum, sum and output of the rows."""
    for first in range(start, stop, BLOCK_N):
        cols = first + tl.arange(0, BLOCK_N)
        k = load_rows(k_ptr, cols, keys, stride_kt, dims, head_dim, stride_kd, PAD_D)
        scores = dot(q, tl.trans(k), None, PRECISION) * scale_log2
        if MASKED:
            visible = cols[None, :] < keys
            if CAUSAL:
                visible = visible & (cols[None, :] <= rows[:, None])
            scores = tl.where(visible, scores, float("-inf"))
        new_max = tl.maximum(row_max, tl.max(scores, 1))
        probs = tl.math.exp2(scores - new_max[:, None])
        decay = tl.math.exp2(row_max - new_max)
        row_sum = row_sum * decay + tl.sum(probs, 1)
        acc = acc * decay[:, None]
        v = load_rows(v_ptr, cols, keys, stride_vt, dims, head_dim, stride_vd, PAD_D)
        acc = dot(probs.to(v.dtype), v, acc, PRECISION)
        row_max = new_max
    return acc, row_sum, row_max


@triton.jit
def flash_forward_kernel(
    q_ptr, k_ptr, v_ptr, o_ptr, lse_ptr,
    stride_qb, stride_qh, stride_qt, stride_qd,
    stride_kb, stride_kh, stride_kt, stride_kd,
    stride_vb, stride_vh, stride_vt, stride_vd,
    stride_ob, stride_oh, stride_ot, stride_od,
    heads, group, queries, keys, head_dim, scale_log2,
    CAUSAL: tl.constexpr, BLOCK_D: tl.constexpr, PAD_D: tl.constexpr, PRECISION: tl.constexpr,
    SIZE_CLASS: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr,
):  # fmt: skip
    """Grid (query tiles, batch * heads). Writes o like q, and lse (batch * heads, queries)."""
    tile = tl.program_id(0)
    if CAUSAL:
        tile = tl.num_programs(0) - 1 - tile
    batch_head = tl.program_id(1).to(tl.int64)
    batch = batch_head // heads
    head = batch_head % heads
    kv_head = head // group
    q_ptr += batch * stride_qb + head * stride_qh
    k_ptr += batch * stride_kb + kv_head * stride_kh
    v_ptr += batch * stride_vb + kv_head * stride_vh
    o_ptr += batch * stride_ob + head * stride_oh

    rows = tile * BLOCK_M + tl.arange(0, BLOCK_M)
    dims = tl.arange(0, BLOCK_D)
    q = load_rows(q_ptr, rows, queries, stride_qt, dims, head_dim, stride_qd, PAD_D)
    acc = tl.zeros([BLOCK_M, BLOCK_D], dtype=tl.float32)
    row_sum = tl.zeros([BLOCK_M], dtype=tl.float32)
    row_max = tl.full([BLOCK_M], float("-inf"), dtype=tl.float32)

    unmasked, stop = key_range(tile, keys, CAUSAL, BLOCK_M, BLOCK_N)
    acc, row_sum, row_max = _attend(
        acc, row_sum, row_max, q, k_ptr, v_ptr, rows, dims, 0, unmasked, keys, head_dim,
        scale_log2, stride_kt, stride_kd, stride_vt, stride_vd,
        False, CAUSAL, PAD_D, PRECISION, BLOCK_N,
    )  # fmt: skip
    acc, row_sum, row_max = _attend(
        acc, row_sum, row_max, q, k_ptr, v_ptr, rows, dims, unmasked, stop, keys, head_dim,
        scale_log2, stride_kt, stride_kd, stride_vt, stride_vd,
        True, CAUSAL, PAD_D, PRECISION, BLOCK_N,
    )  # fmt: skip

    acc = acc / row_sum[:, None]
    store_rows(o_ptr, acc, rows, queries, stride_ot, dims, head_dim, stride_od, PAD_D)
    lse = (row_max + tl.math.log2(row_sum)) * 0.6931471805599453
    tl.store(lse_ptr + batch_head * queries + rows, lse, mask=rows < queries)
