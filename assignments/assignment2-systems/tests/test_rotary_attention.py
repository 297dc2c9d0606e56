"""Rotary attention from the joint projection, against float64: interpreted, or on a GPU if any."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from attention_cases import DEVICE, TOLERANCE  # type: ignore[import-not-found, unused-ignore]
from cs336_basics.layers import RotaryPositionalEmbedding
from cs336_systems.kernels.rotary_attention import rotary_attention, rotary_attention_reference
from cs336_systems.kernels.rows import INTERPRETED, KernelInputError
from cs336_systems.measurement.accuracy import relative_error
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

runs_here = pytest.mark.skipif(
    DEVICE == "cpu" and not INTERPRETED,
    reason="no GPU, and the kernels were imported without TRITON_INTERPRET=1",
)
needs_gpu = pytest.mark.skipif(DEVICE == "cpu", reason="needs a CUDA device")
# numpy, which the interpreter computes with, warns about rows that are masked out anyway.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


class Case(NamedTuple):
    """Shapes of one call."""

    batch: int
    length: int
    heads: int
    head_width: int
    dtype: torch.dtype = torch.float32
    rotates: bool = True

    def tensors(self) -> tuple[Tensor, Tensor, list[Tensor | None]]:
        """qkv (a leaf that requires its gradient), dO, and the tables [cos, sin]."""
        generator = torch.Generator().manual_seed(self.length)
        width = self.heads * self.head_width
        qkv = torch.randn(self.batch, self.length, 3 * width, generator=generator)
        d_output = torch.randn(self.batch, self.length, width, generator=generator)
        rope = RotaryPositionalEmbedding(1e4, self.head_width, self.length, DEVICE)
        tables: list[Tensor | None] = [rope.cos, rope.sin] if self.rotates else [None, None]
        return qkv.to(DEVICE, self.dtype).requires_grad_(), d_output.to(DEVICE, self.dtype), tables


def errors_of(case: Case) -> tuple[float, float]:
    """Relative errors of the output and of the gradient."""
    qkv, d_output, tables = case.tensors()
    output = rotary_attention(qkv, case.heads, *tables)
    (d_qkv,) = torch.autograd.grad(output, qkv, d_output)
    wide = qkv.detach().double().requires_grad_()
    exact_tables = [table if table is None else table.double() for table in tables]
    exact = rotary_attention_reference(wide, case.heads, *exact_tables)
    (d_exact,) = torch.autograd.grad(exact, wide, d_output.double())
    return relative_error(output, exact), relative_error(d_qkv, d_exact)


def assert_accurate(case: Case) -> None:
    # 16-bit queries and keys are rounded twice, before and after their rotation.
    limit = TOLERANCE[case.dtype] * (1 if case.dtype == torch.float32 else 2)
    assert max(errors_of(case)) <= limit, case


@runs_here
@pytest.mark.parametrize(
    "case",
    [
        Case(2, 64, 2, 32),
        Case(1, 130, 1, 32),  # three tiles, the last one almost empty
        Case(1, 1, 3, 16),
        Case(1, 70, 1, 64, torch.bfloat16),
        Case(2, 65, 1, 16, torch.float16),
        Case(1, 67, 2, 32, rotates=False),
    ],
    ids=str,
)
def test_output_and_gradient(case: Case) -> None:
    assert_accurate(case)


@runs_here
@settings(max_examples=10, deadline=None)
@given(
    batch=st.integers(1, 2), length=st.integers(1, 140), heads=st.integers(1, 3),
    head_width=st.sampled_from([16, 32]), rotates=st.booleans(),
)  # fmt: skip
def test_any_length(batch: int, length: int, heads: int, head_width: int, rotates: bool) -> None:
    assert_accurate(Case(batch, length, heads, head_width, rotates=rotates))


def test_the_reference_is_the_layer_of_assignment_1() -> None:
    from cs336_basics.model import MultiHeadSelfAttention

    torch.manual_seed(0)
    layer = MultiHeadSelfAttention(32, 2, max_seq_len=9, theta=1e4)
    assert layer.rope is not None
    x = torch.randn(3, 9, 32)
    weights = (layer.q_proj.weight, layer.k_proj.weight, layer.v_proj.weight)
    heads = rotary_attention_reference(x @ torch.cat(weights).T, 2, layer.rope.cos, layer.rope.sin)
    torch.testing.assert_close(layer.output_proj(heads), layer(x))


@runs_here
def test_later_tokens_change_nothing_before_them() -> None:
    qkv, _, tables = Case(1, 80, 1, 16).tensors()
    changed = qkv.detach().clone()
    changed[:, 70:] += 1
    before, after = (rotary_attention(x, 1, *tables) for x in (qkv, changed))
    assert torch.equal(before[:, :70], after[:, :70])
    assert not torch.equal(before[:, 70:], after[:, 70:])


@runs_here
@pytest.mark.parametrize(
    ("shape", "heads", "table", "message"),
    [
        ((2, 8, 100), 2, None, r"qkv: shape \(2, 8, 100\); expected \(batch, length, 3 \* 2 \* d"),
        ((2, 8, 144), 2, None, r"qkv: heads are 24 wide; this kernel takes \(16, 32, 64\)"),
        ((2, 8, 96), 2, (7, 8), r"cos: shape \(7, 8\), .* expected \(8, 8\), torch.float32"),
    ],
)
def test_inputs_that_do_not_fit_are_named(
    shape: tuple[int, ...], heads: int, table: tuple[int, int] | None, message: str
) -> None:
    cos = None if table is None else torch.zeros(table, device=DEVICE)
    with pytest.raises(KernelInputError, match=message):
        rotary_attention(torch.zeros(shape, device=DEVICE), heads, cos, cos)


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize(
    "case",
    [
        Case(3, 256, 4, 32, torch.bfloat16),
        Case(3, 300, 4, 32, torch.bfloat16),
        Case(3, 1, 4, 32, torch.bfloat16),
        Case(3, 100, 4, 16, torch.float16),
        Case(3, 256, 4, 64, torch.bfloat16),
        Case(3, 100, 4, 32, torch.float32),
    ],
    ids=str,
)
def test_compiled_kernels(case: Case) -> None:
    assert_accurate(case)


@pytest.mark.gpu
@needs_gpu
def test_the_gradient_has_the_same_bits_every_time() -> None:
    case = Case(8, 256, 16, 32, torch.bfloat16)
    qkv, d_output, tables = case.tensors()
    grads = [
        torch.autograd.grad(rotary_attention(qkv, case.heads, *tables), qkv, d_output)[0]
        for _ in range(10)
    ]
    assert all(torch.equal(grads[0], grad) for grad in grads)


@pytest.mark.gpu
@needs_gpu
def test_torch_compile_takes_it_as_one_node() -> None:
    case = Case(4, 256, 4, 32, torch.bfloat16)
    qkv, d_output, tables = case.tensors()

    def doubled(x: Tensor) -> Tensor:
        return rotary_attention(x * 2, case.heads, *tables) * 2

    output = torch.compile(doubled, fullgraph=True)(qkv)
    (grad,) = torch.autograd.grad(output, qkv, d_output)
    expected = doubled(qkv)
    torch.testing.assert_close(output, expected, rtol=2e-2, atol=2e-2)
    (expected_grad,) = torch.autograd.grad(expected, qkv, d_output)
    assert relative_error(grad, expected_grad) < 1e-2
