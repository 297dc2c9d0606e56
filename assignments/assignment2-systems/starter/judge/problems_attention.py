"""Problems of attention: FlashAttention-2 as tiles in PyTorch, and as kernels in Triton."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from judge.attention import Inputs, check_backward, check_forward, check_memory
from judge.checks import Draw, holds, problem, same
from judge.device import DEVICE, INTERPRETED, TOLERANCE, kernels_started, needs_gpu, needs_triton
from judge.measuring import beside
from judge.reference import Reference

from tests import adapters

CAUSAL = pytest.mark.parametrize("causal", [False, True])
LARGE = 6.0  # scores above 100, whose exponentials are no float32


@problem("flash_forward", 5, "flash_attention.FlashAttention2PyTorch.forward")
@CAUSAL
def test_forward(draw: Draw, causal: bool) -> None:
    function = adapters.get_flashattention_autograd_function_pytorch()
    check_forward(function, Inputs.drawn(draw, causal), 1e-4)


@problem("flash_forward", 5, "flash_attention.FlashAttention2PyTorch.forward")
def test_large_scores(draw: Draw) -> None:
    function = adapters.get_flashattention_autograd_function_pytorch()
    check_forward(function, Inputs.drawn(draw, True, LARGE), 1e-3)


@problem("flash_forward", 5, "flash_attention.FlashAttention2PyTorch.forward")
def test_no_matrix_of_scores(draw: Draw) -> None:
    check_memory(adapters.get_flashattention_autograd_function_pytorch(), draw)


@problem("flash_backward", 4, "flash_attention.FlashAttention2PyTorch.backward")
@CAUSAL
def test_backward(draw: Draw, causal: bool) -> None:
    function = adapters.get_flashattention_autograd_function_pytorch()
    check_backward(function, Inputs.drawn(draw, causal), 1e-4)


@problem("flash_triton_forward", 6, "flash_attention_triton.FlashAttention2Triton.forward")
@CAUSAL
def test_triton_forward(draw: Draw, causal: bool) -> None:
    needs_triton()
    function = adapters.get_flashattention_autograd_function_triton()
    with kernels_started("forward"):
        check_forward(function, Inputs.drawn(draw, causal), TOLERANCE)


@problem("flash_triton_forward", 6, "flash_attention_triton.FlashAttention2Triton.forward")
def test_triton_large_scores(draw: Draw) -> None:
    needs_triton()
    function = adapters.get_flashattention_autograd_function_triton()
    # Factors in TF32 change scores of 100 by a tenth.
    check_forward(function, Inputs.drawn(draw, True, LARGE), 1e-3 if INTERPRETED else 0.3)


@problem("flash_triton_forward", 6, "flash_attention_triton.FlashAttention2Triton.forward")
def test_triton_makes_no_matrix_of_scores(draw: Draw) -> None:
    needs_triton()
    check_memory(adapters.get_flashattention_autograd_function_triton(), draw)


@problem("flash_triton_backward", 5, "flash_attention_triton.FlashAttention2Triton.backward")
@CAUSAL
def test_triton_backward(draw: Draw, causal: bool) -> None:
    needs_triton()
    function = adapters.get_flashattention_autograd_function_triton()
    check_backward(function, Inputs.drawn(draw, causal), TOLERANCE, by_kernels=True)


def started(function: Any) -> None:
    """Raise what an empty forward raises, before a GPU is asked for."""
    Q, K, V = (torch.zeros(1, 16, 16, device=DEVICE) for _ in range(3))
    function.apply(Q, K, V, False)


@problem("flash_on_gpu", 4, "flash_attention_triton.FlashAttention2Triton")
@CAUSAL
def test_long_rows_on_a_gpu(draw: Draw, causal: bool) -> None:
    needs_triton()
    function: Any = adapters.get_flashattention_autograd_function_triton()
    started(function)
    needs_gpu()
    B, n, d = 4, 4096, 64
    Q, K, V, d_out = (draw.tensor(B, n, d).to(DEVICE, torch.bfloat16) for _ in range(4))
    Q, K, V = (t.requires_grad_() for t in (Q, K, V))
    right = F.scaled_dot_product_attention(Q.float(), K.float(), V.float(), is_causal=causal)
    gradients = torch.autograd.grad(right, (Q, K, V), d_out.float())
    unscaled = F.scaled_dot_product_attention(Q, K, V, is_causal=causal, scale=1.0)
    other = F.scaled_dot_product_attention(Q, K, V, is_causal=not causal)
    case = f"bfloat16, Q, K and V {(B, n, d)}, is_causal={causal}"
    for _ in range(2):  # a first call may try configurations, with buffers of its own
        torch.cuda.synchronize()
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        out = function.apply(Q, K, V, causal)
        found = torch.autograd.grad(out, (Q, K, V), d_out)
        torch.cuda.synchronize()
        grown = torch.cuda.max_memory_allocated() - before
    same("O", out, right.to(torch.bfloat16).cpu(), case=case, tolerance=2e-2,
         suspects={"the scores are not divided by sqrt(d)": unscaled.cpu(),
                   "is_causal is ignored" if causal else "a mask where none is asked for":
                       other.cpu()})  # fmt: skip
    for name, mine, good in zip(("dQ", "dK", "dV"), found, gradients, strict=True):
        same(name, mine, good.cpu(), case=case, tolerance=4e-2)
    matrix = B * n * n * 2
    holds(
        grown < matrix,
        f"forward and backward take {grown / 2**20:.0f} MiB beside their inputs of "
        f"{B * n * d * 2 / 2**20:.0f} MiB each, where less than the {matrix / 2**20:.0f} MiB of "
        f"all scores is right: a whole matrix of scores is in memory. Case: {case}.",
    )


@problem("flash_forward", 5, "flash_attention.FlashAttention2PyTorch.forward")
def test_speed_beside_the_course(draw: Draw, reference: Reference, measuring: list[str]) -> None:
    Q, K, V = (draw.tensor(2, 4096, 64) for _ in range(3))
    name, then = "get_flashattention_autograd_function_pytorch", ("apply", (Q, K, V, True))
    title = "flash_forward, 2 x 4096 x 64, causal, one thread"
    measuring.append(beside(reference, title, name, then=then))
