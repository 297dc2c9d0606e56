"""FlashAttention forward for Hopper in Gluon: TMA loads, asynchronous wgmma, warp specialisation.

The schedule follows FlashAttention-3 (https://arxiv.org/abs/2407.08608, Sections 3.1 and 3.2):
one producer warp keeps a ring of key and value tiles filled through the tensor memory
accelerator; two or three consumer warpgroups own 64 query rows each. A consumer issues the next
score product and the current output product, and computes its softmax while the second runs; the
consumers take turns at the tensor cores, so that one's exponentials hide behind the other's
products. Keys are walked from the diagonal backwards, so that masked tiles come first.
"""

# The kernel bodies use Gluon's own types: annotations are `gl.constexpr` or nothing.
# ruff: noqa: RUF005 - Gluon knows neither starred items nor unused targets in unpacking.
# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    fence_async_shared,
    mbarrier,
    tma,
    warpgroup_mma,
    warpgroup_mma_wait,
)

WG_ROWS = gl.constexpr(64)  # rows of one warpgroup's wgmma tile
LN_2 = gl.constexpr(0.6931471805599453)


@gluon.jit
def _key_tiles(row, queries_per_tile, keys, CAUSAL: gl.constexpr, BLOCK_N: gl.constexpr):
    """How many key tiles a program visits, and how many of them (from the end) need the mask."""
    if CAUSAL:
        count = gl.cdiv(gl.minimum(keys, row + queries_per_tile), BLOCK_N)
        clear = gl.minimum((row + 1) // BLOCK_N, keys // BLOCK_N)
    else:
        count = gl.cdiv(keys, BLOCK_N)
        clear = keys // BLOCK_N
    return count, count - gl.minimum(clear, count)


@gluon.jit
def _load_partition(
    q_desc, k_desc, v_desc, q_bufs, k_bufs, v_bufs, q_full, k_full, k_empty, v_full, v_empty,
    batch, head, kv_head, row, count,
):  # fmt: skip
    """Producer: queries once, then keys and values from the last tile to the first."""
    WARPGROUPS: gl.constexpr = q_bufs.shape[0]
    STAGES: gl.constexpr = k_bufs.shape[0]
    BLOCK_N: gl.constexpr = k_bufs.shape[3]
    for w in gl.static_range(WARPGROUPS):
        mbarrier.expect(q_full.index(w), q_desc.block_type.nbytes)
        tma.async_copy_global_to_shared(
            q_desc, [batch, head, row + w * WG_ROWS, 0], q_full.index(w), q_bufs.index(w)
        )
    for i in range(count):
        stage = i % STAGES
        phase = (i // STAGES) & 1
        col = (count - 1 - i) * BLOCK_N
        mbarrier.wait(k_empty.index(stage), phase ^ 1)
        mbarrier.expect(k_full.index(stage), k_desc.block_type.nbytes)
        tma.async_copy_global_to_shared(
            k_desc, [batch, kv_head, col, 0], k_full.index(stage), k_bufs.index(stage)
        )
        mbarrier.wait(v_empty.index(stage), phase ^ 1)
        mbarrier.expect(v_full.index(stage), v_desc.block_type.nbytes)
        tma.async_copy_global_to_shared(
            v_desc, [batch, kv_head, col, 0], v_full.index(stage), v_bufs.index(stage)
        )


@gluon.jit
def _pack(probs, dtype: gl.constexpr):
    """Neighbouring pairs of probabilities as 16-bit halves of int32, half the registers."""
    low, high = gl.split(probs.reshape([probs.shape[0], probs.shape[1] // 2, 2]))
    if dtype == gl.bfloat16:
        convert: gl.constexpr = "cvt.rn.bf16x2.f32 $0, $2, $1;"
    else:
        convert: gl.constexpr = "cvt.rn.f16x2.f32 $0, $2, $1;"  # type: ignore[no-redef]
    return gl.inline_asm_elementwise(
        convert, "=r,r,r", [low, high], dtype=gl.uint32, is_pure=True, pack=1
    )


@gluon.jit
def _unpack(pairs, dtype: gl.constexpr, operand_layout: gl.constexpr):
    """The inverse of `_pack`, as the register operand of a product."""
    low = (pairs & 0xFFFF).to(gl.uint16).to(dtype, bitcast=True)
    high = (pairs >> 16).to(gl.uint16).to(dtype, bitcast=True)
    both = gl.join(low, high).reshape([pairs.shape[0], pairs.shape[1] * 2])
    return gl.convert_layout(both, operand_layout)


@gluon.jit
def _softmax_tile(
    scores, row_max, row_sum, first_row, col, keys, scale_log2,
    MASKED: gl.constexpr, CAUSAL: gl.constexpr, BLOCK_N: gl.constexpr,
):  # fmt: skip
    """Probabilities of one tile in base 2, the new running maximum and sum, and the decay."""
    layout: gl.constexpr = scores.type.layout
    if MASKED:
        cols = col + gl.arange(0, BLOCK_N, gl.SliceLayout(0, layout))
        visible = gl.expand_dims(cols < keys, 0)
        if CAUSAL:
            rows = first_row + gl.arange(0, WG_ROWS, gl.SliceLayout(1, layout))
            visible = visible & (gl.expand_dims(cols, 0) <= gl.expand_dims(rows, 1))
        scores = gl.where(visible, scores, float("-inf"))
    new_max = gl.maximum(row_max, gl.max(scores, 1) * scale_log2)
    shift = new_max
    if MASKED:  # a row that has seen no key yet must not compute inf - inf
        shift = gl.where(new_max == float("-inf"), 0.0, new_max)
    probs = gl.exp2(scores * scale_log2 - gl.expand_dims(shift, 1))
    decay = gl.exp2(row_max - shift)
    row_sum = row_sum * decay + gl.sum(probs, 1)
    return probs, new_max, row_sum, decay


@gluon.jit
def _attend_tile(
    i, count, pairs, acc, row_max, row_sum, q, k_bufs, v_bufs, q_full, k_full, k_empty, v_full,
    v_empty, turn, first_row, keys, scale_log2,
    MASKED: gl.constexpr, CAUSAL: gl.constexpr, W: gl.constexpr, PINGPONG: gl.constexpr,
    score_layout: gl.constexpr,
):  # fmt: skip
    """Tile i's scores and softmax, overlapped with tile i-1's output product."""
    STAGES: gl.constexpr = k_bufs.shape[0]
    BLOCK_N: gl.constexpr = k_bufs.shape[3]
    BLOCK_D: gl.constexpr = k_bufs.shape[4]
    operand_layout: gl.constexpr = gl.DotOperandLayout(0, acc.type.layout, 2)
    stage = i % STAGES
    before = (i - 1) % STAGES
    mbarrier.wait(k_full.index(stage), (i // STAGES) & 1)
    if PINGPONG:
        mbarrier.wait(turn.index(W), ((i - 1) & 1) ^ (1 if W == 0 else 0))
    zeros = gl.zeros([WG_ROWS, BLOCK_N], gl.float32, score_layout)
    scores = warpgroup_mma(
        q, k_bufs.index(stage).reshape([BLOCK_N, BLOCK_D]).permute((1, 0)), zeros,
        use_acc=False, is_async=True,
    )  # fmt: skip
    operand = _unpack(pairs, q.dtype, operand_layout)
    mbarrier.wait(v_full.index(before), ((i - 1) // STAGES) & 1)
    acc = warpgroup_mma(
        operand, v_bufs.index(before).reshape([BLOCK_N, BLOCK_D]), acc, is_async=True
    )
    if PINGPONG:
        mbarrier.arrive(turn.index((W + 1) % turn.shape[0]))
    scores = warpgroup_mma_wait(1, deps=(scores,))
    mbarrier.arrive(k_empty.index(stage))
    probs, row_max, row_sum, decay = _softmax_tile(
        scores, row_max, row_sum, first_row, (count - 1 - i) * BLOCK_N, keys, scale_log2,
        MASKED, CAUSAL, BLOCK_N,
    )  # fmt: skip
    # ptxas moves the softmax behind the wait, where nothing overlaps it, unless a branch stands
    # between the two: this barrier has long been passed.
    mbarrier.wait(q_full.index(W), 0)
    acc, probs = warpgroup_mma_wait(0, deps=(acc, probs))
    mbarrier.arrive(v_empty.index(before))
    decay = gl.convert_layout(decay, gl.SliceLayout(1, acc.type.layout))
    # Packed only now: the product that has just ended read the registers of the last pairs.
    return _pack(probs, q.dtype), acc * gl.expand_dims(decay, 1), row_max, row_sum


@gluon.jit
def _attend_partition(args, CAUSAL: gl.constexpr, PINGPONG: gl.constexpr, W: gl.constexpr):
    """Consumer warpgroup W: 64 query rows against all their key tiles."""
    pointers, buffers, barriers, place, sizes = args
    o_desc, lse_ptr = pointers
    q_bufs, k_bufs, v_bufs = buffers
    q_full, k_full, k_empty, v_full, v_empty, turn = barriers
    batch, head, heads, row, count, masked = place
    queries, keys, scale_log2 = sizes
    STAGES: gl.constexpr = k_bufs.shape[0]
    BLOCK_N: gl.constexpr = k_bufs.shape[3]
    BLOCK_D: gl.constexpr = k_bufs.shape[4]
    score_layout: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_N, 16])
    out_layout: gl.constexpr = gl.NVMMADistributedLayout([3, 0], [4, 1], [16, BLOCK_D, 16])
    operand_layout: gl.constexpr = gl.DotOperandLayout(0, out_layout, 2)
    first_row = row + W * WG_ROWS
    q = q_bufs.index(W).reshape([WG_ROWS, BLOCK_D])
    row_max = gl.full([WG_ROWS], float("-inf"), gl.float32, gl.SliceLayout(1, score_layout))
    row_sum = gl.zeros([WG_ROWS], gl.float32, gl.SliceLayout(1, score_layout))
    acc = gl.zeros([WG_ROWS, BLOCK_D], gl.float32, out_layout)

    mbarrier.wait(q_full.index(W), 0)
    mbarrier.wait(k_full.index(0), 0)
    scores = warpgroup_mma(
        q, k_bufs.index(0).reshape([BLOCK_N, BLOCK_D]).permute((1, 0)),
        gl.zeros([WG_ROWS, BLOCK_N], gl.float32, score_layout), use_acc=False, is_async=True,
    )  # fmt: skip
    scores = warpgroup_mma_wait(0, deps=(scores,))
    mbarrier.arrive(k_empty.index(0))
    probs, row_max, row_sum, _ = _softmax_tile(
        scores, row_max, row_sum, first_row, (count - 1) * BLOCK_N, keys, scale_log2,
        True, CAUSAL, BLOCK_N,
    )  # fmt: skip
    pairs = _pack(probs, q.dtype)

    for i in range(1, masked):
        pairs, acc, row_max, row_sum = _attend_tile(
            i, count, pairs, acc, row_max, row_sum, q, k_bufs, v_bufs, q_full, k_full, k_empty,
            v_full, v_empty, turn, first_row, keys, scale_log2,
            True, CAUSAL, W, PINGPONG, score_layout,
        )  # fmt: skip
    for i in range(gl.maximum(masked, 1), count):
        pairs, acc, row_max, row_sum = _attend_tile(
            i, count, pairs, acc, row_max, row_sum, q, k_bufs, v_bufs, q_full, k_full, k_empty,
            v_full, v_empty, turn, first_row, keys, scale_log2,
            False, CAUSAL, W, PINGPONG, score_layout,
        )  # fmt: skip

    last = (count - 1) % STAGES
    mbarrier.wait(v_full.index(last), ((count - 1) // STAGES) & 1)
    operand = _unpack(pairs, q.dtype, operand_layout)
    acc = warpgroup_mma(operand, v_bufs.index(last).reshape([BLOCK_N, BLOCK_D]), acc, is_async=True)
    rows = first_row + gl.arange(0, WG_ROWS, gl.SliceLayout(1, score_layout))
    lse = (row_max + gl.log2(row_sum)) * LN_2
    gl.store(lse_ptr + (batch * heads + head).to(gl.int64) * queries + rows, lse, rows < queries)
    inverse = gl.convert_layout(1.0 / row_sum, gl.SliceLayout(1, out_layout))
    acc = warpgroup_mma_wait(0, deps=(acc,))
    q.store((acc * gl.expand_dims(inverse, 1)).to(q.dtype))
    fence_async_shared()
    tma.async_copy_shared_to_global(o_desc, [batch, head, first_row, 0], q_bufs.index(W))
    tma.store_wait(0)


@gluon.jit
def hopper_forward_kernel(
    q_desc, k_desc, v_desc, o_desc, lse_ptr,
    batch_heads, heads, group, heads_at_once, queries, keys, scale_log2,
    CAUSAL: gl.constexpr, WARPGROUPS: gl.constexpr, BLOCK_N: gl.constexpr, BLOCK_D: gl.constexpr,
    STAGES: gl.constexpr, PINGPONG: gl.constexpr, CONSUMER_REGISTERS: gl.constexpr,
):  # fmt: skip
    """Grid (query tiles * batch * heads,). o like q, lse (batch * heads, queries) float32.

    Programs run through `heads_at_once` heads together (their keys and values share the L2
    cache) and, inside such a group, from the longest causal rows to the shortest.
    """
    BLOCK_M: gl.constexpr = WARPGROUPS * WG_ROWS
    tiles = gl.cdiv(queries, BLOCK_M)
    program = gl.program_id(0)
    section = program // (heads_at_once * tiles)
    members = gl.minimum(heads_at_once, batch_heads - section * heads_at_once)
    inside = program - section * heads_at_once * tiles
    tile = tiles - 1 - inside // members
    batch_head = section * heads_at_once + inside % members
    batch = batch_head // heads
    head = batch_head % heads
    kv_head = head // group
    row = tile * BLOCK_M
    count, masked = _key_tiles(row, BLOCK_M, keys, CAUSAL, BLOCK_N)

    q_bufs = gl.allocate_shared_memory(
        q_desc.dtype, [WARPGROUPS] + q_desc.block_type.shape, q_desc.layout
    )
    k_bufs = gl.allocate_shared_memory(
        k_desc.dtype, [STAGES] + k_desc.block_type.shape, k_desc.layout
    )
    v_bufs = gl.allocate_shared_memory(
        v_desc.dtype, [STAGES] + v_desc.block_type.shape, v_desc.layout
    )
    q_full = gl.allocate_shared_memory(gl.int64, [WARPGROUPS, 1], mbarrier.MBarrierLayout())
    turn = gl.allocate_shared_memory(gl.int64, [WARPGROUPS, 1], mbarrier.MBarrierLayout())
    k_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    k_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    v_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    v_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    for w in gl.static_range(WARPGROUPS):
        mbarrier.init(q_full.index(w), count=1)
        mbarrier.init(turn.index(w), count=1)
    for s in gl.static_range(STAGES):
        mbarrier.init(k_full.index(s), count=1)
        mbarrier.init(v_full.index(s), count=1)
        mbarrier.init(k_empty.index(s), count=WARPGROUPS)
        mbarrier.init(v_empty.index(s), count=WARPGROUPS)
    fence_async_shared()

    load_args = (
        q_desc, k_desc, v_desc, q_bufs, k_bufs, v_bufs, q_full, k_full, k_empty, v_full, v_empty,
        batch, head, kv_head, row, count,
    )  # fmt: skip
    args = (
        (o_desc, lse_ptr),
        (q_bufs, k_bufs, v_bufs),
        (q_full, k_full, k_empty, v_full, v_empty, turn),
        (batch, head, heads, row, count, masked),
        (queries, keys, scale_log2),
    )
    if WARPGROUPS == 2:
        gl.warp_specialize(
            [
                (_attend_partition, (args, CAUSAL, PINGPONG, 0)),
                (_attend_partition, (args, CAUSAL, PINGPONG, 1)),
                (_load_partition, load_args),
            ],
            [4, 1], [CONSUMER_REGISTERS, 24],
        )  # fmt: skip
    else:
        gl.warp_specialize(
            [
                (_attend_partition, (args, CAUSAL, PINGPONG, 0)),
                (_attend_partition, (args, CAUSAL, PINGPONG, 1)),
                (_attend_partition, (args, CAUSAL, PINGPONG, 2)),
                (_load_partition, load_args),
            ],
            [4, 4, 1], [CONSUMER_REGISTERS, CONSUMER_REGISTERS, 32],
        )  # fmt: skip
