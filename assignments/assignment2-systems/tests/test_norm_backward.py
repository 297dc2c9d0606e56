"""The norm of a residual branch with its one-pass backward, against float64."""

from __future__ import annotations

import pytest
import torch
from attention_cases import DEVICE, TOLERANCE  # type: ignore[import-not-found, unused-ignore]
from cs336_systems.kernels.norm_backward import residual_norm_backward, residual_rms_norm
from cs336_systems.kernels.rows import INTERPRETED, KernelInputError
from cs336_systems.measurement.accuracy import relative_error
from torch import Tensor

pytestmark = pytest.mark.skipif(
    DEVICE == "cpu" and not INTERPRETED,
    reason="no GPU, and the kernels were imported without TRITON_INTERPRET=1",
)


def exact_branch(x: Tensor, weight: Tensor) -> Tensor:
    y = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * weight
    return x + torch.sin(y)


def branch(x: Tensor, weight: Tensor) -> Tensor:
    residual, y = residual_rms_norm(x, weight)
    return residual + torch.sin(y)


@pytest.mark.parametrize("shape", [(2, 3, 32), (1, 7), (5, 1, 100), (33, 64)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_output_and_both_gradients(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    x, d_output = (torch.randn(shape, generator=generator).to(DEVICE, dtype) for _ in range(2))
    weight = torch.randn(shape[-1], generator=generator).to(DEVICE).requires_grad_()
    x.requires_grad_()
    wide = [t.detach().double().requires_grad_() for t in (x, weight)]
    output, exact = branch(x, weight), exact_branch(*wide)
    grads = torch.autograd.grad(output, (x, weight), d_output)
    wanted = torch.autograd.grad(exact, wide, d_output.double())
    for value, reference in zip((output, *grads), (exact, *wanted), strict=True):
        assert relative_error(value, reference) <= 2 * TOLERANCE[dtype]


def test_torch_compile_takes_it_without_a_graph_break() -> None:
    x, weight = torch.randn(4, 16, device=DEVICE, requires_grad=True), torch.ones(16, device=DEVICE)
    compiled = torch.compile(branch, fullgraph=True, backend="aot_eager")
    (grad,) = torch.autograd.grad(compiled(x, weight).sum(), x)
    (wanted,) = torch.autograd.grad(exact_branch(x, weight).sum(), x)
    torch.testing.assert_close(grad, wanted, rtol=1e-4, atol=1e-5)


def test_gradients_that_do_not_fit_are_named() -> None:
    x, weight, rstd = torch.ones(2, 8), torch.ones(8), torch.ones(2, 1)
    with pytest.raises(KernelInputError, match="d_residual: shape"):
        residual_norm_backward(x, weight, rstd, x, x[:1])
    with pytest.raises(KernelInputError, match="weight, rstd: shapes"):
        residual_norm_backward(x, weight[:3], rstd, x, x)
