"""The fused kernels against float64 PyTorch: interpreted without a GPU, compiled with one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from attention_cases import DEVICE, TOLERANCE  # type: ignore[import-not-found, unused-ignore]
from cs336_systems.kernels.activations import gelu, naive_gelu, naive_swiglu, swiglu
from cs336_systems.kernels.cross_entropy import cross_entropy, naive_cross_entropy
from cs336_systems.kernels.rms_norm import naive_rms_norm, rms_norm
from cs336_systems.kernels.rows import INTERPRETED, KernelInputError
from cs336_systems.kernels.softmax import naive_softmax, softmax
from cs336_systems.kernels.weighted_sum import naive_weighted_sum, weighted_sum
from cs336_systems.measurement.accuracy import relative_error
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

pytestmark = [
    pytest.mark.skipif(
        DEVICE == "cpu" and not INTERPRETED,
        reason="no GPU, and the kernels were imported without TRITON_INTERPRET=1",
    ),
    # numpy, which the interpreter computes with, warns about rows that are masked out anyway.
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]
Function = Callable[..., Tensor]


def exact_gelu(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


def exact_swiglu(gate: Tensor, up: Tensor) -> Tensor:
    return F.silu(gate) * up


def exact_softmax(x: Tensor) -> Tensor:
    return F.softmax(x, dim=-1)


def exact_rms_norm(x: Tensor, weight: Tensor) -> Tensor:
    return F.rms_norm(x, weight.shape, weight, 1e-5)


def exact_weighted_sum(x: Tensor, weight: Tensor) -> Tensor:
    return (x * weight).sum(-1)


# name -> (kernel, naive version, float64 oracle, inputs: "x" a matrix of rows, "w" one row)
OPERATIONS: dict[str, tuple[Function, Function, Function, str]] = {
    "gelu": (gelu, naive_gelu, exact_gelu, "x"),
    "swiglu": (swiglu, naive_swiglu, exact_swiglu, "xx"),
    "softmax": (softmax, naive_softmax, exact_softmax, "x"),
    "rms_norm": (rms_norm, naive_rms_norm, exact_rms_norm, "xw"),
    "weighted_sum": (weighted_sum, naive_weighted_sum, exact_weighted_sum, "xw"),
}


def inputs_for(kinds: str, leading: tuple[int, ...], row: int, dtype: torch.dtype) -> list[Tensor]:
    generator = torch.Generator().manual_seed(row)
    sizes = [(*leading, row) if kind == "x" else (row,) for kind in kinds]
    return [torch.randn(s, generator=generator).to(DEVICE, dtype).requires_grad_() for s in sizes]


def errors_of(function: Function, exact: Function, inputs: list[Tensor]) -> list[float]:
    """Relative errors of the output and of every gradient."""
    wide = [t.detach().double().requires_grad_() for t in inputs]
    output, reference = function(*inputs), exact(*wide)
    grad = torch.randn(output.shape, generator=torch.Generator().manual_seed(1)).to(output)
    grads = torch.autograd.grad(output, inputs, grad)
    wanted = torch.autograd.grad(reference, wide, grad.double())
    return [
        relative_error(a, b) for a, b in zip((output, *grads), (reference, *wanted), strict=True)
    ]


@pytest.mark.parametrize("name", OPERATIONS)
@settings(max_examples=8, deadline=None)
@given(
    leading=st.lists(st.integers(1, 5), max_size=2),
    row=st.integers(2, 300),
    dtype=st.sampled_from([torch.float32, torch.float16, torch.bfloat16]),
)
def test_any_small_shape(name: str, leading: list[int], row: int, dtype: torch.dtype) -> None:
    function, _, exact, kinds = OPERATIONS[name]
    errors = errors_of(function, exact, inputs_for(kinds, tuple(leading), row, dtype))
    assert all(error <= 2 * TOLERANCE[dtype] for error in errors), errors


@pytest.mark.parametrize("name", OPERATIONS)
def test_naive_version_is_the_same_function(name: str) -> None:
    _, naive, exact, kinds = OPERATIONS[name]
    assert max(errors_of(naive, exact, inputs_for(kinds, (3, 2), 17, torch.float32))) < 1e-5


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_strided_input_gives_the_same_result(name: str) -> None:
    function, _, _, kinds = OPERATIONS[name]
    inputs = inputs_for(kinds, (6,), 20, torch.float32)
    strided = [inputs[0].detach().t().contiguous().t(), *inputs[1:]]
    assert not strided[0].is_contiguous()
    assert torch.equal(function(*strided), function(*inputs))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_cross_entropy_and_its_gradient(dtype: torch.dtype) -> None:
    (logits,) = inputs_for("x", (2, 3), 75, dtype)
    targets = torch.tensor([[0, 74, 5], [31, 32, 33]], device=DEVICE)
    wide = logits.detach().double().requires_grad_()
    exact = F.cross_entropy(wide.view(-1, 75), targets.view(-1))
    loss = cross_entropy(logits, targets)
    (grad,) = torch.autograd.grad(3 * loss, logits)
    (wanted,) = torch.autograd.grad(3 * exact, wide)
    assert loss.item() == pytest.approx(exact.item(), rel=1e-5)
    assert relative_error(grad, wanted) <= 2 * TOLERANCE[dtype]
    assert naive_cross_entropy(logits, targets).item() == pytest.approx(exact.item(), rel=1e-5)


def test_cross_entropy_of_rows_in_several_pieces() -> None:
    (logits,) = inputs_for("x", (2,), 9000, torch.float32)  # the interpreter's pieces are 4096
    logits = logits.detach()
    logits[0, :5000] = float("-inf")  # a whole piece that is masked out
    logits.requires_grad_()
    targets = torch.tensor([8999, 4096], device=DEVICE)
    wide = logits.detach().double().requires_grad_()
    (wanted,) = torch.autograd.grad(F.cross_entropy(wide, targets), wide)
    loss = cross_entropy(logits, targets)
    (grad,) = torch.autograd.grad(loss, logits)
    assert loss.item() == pytest.approx(F.cross_entropy(wide, targets).item(), rel=1e-5)
    assert relative_error(grad, wanted) <= TOLERANCE[torch.float32]


def test_cross_entropy_of_huge_logits_is_finite() -> None:
    logits = torch.tensor([[1000.0, -1000.0], [-1000.0, 1000.0]], device=DEVICE)
    targets = torch.tensor([0, 0], device=DEVICE)
    assert cross_entropy(logits, targets).item() == pytest.approx(1000.0)


def test_cross_entropy_hands_out_its_gradient_once() -> None:
    (logits,) = inputs_for("x", (2,), 8, torch.float32)
    loss = cross_entropy(logits, torch.tensor([1, 2], device=DEVICE))
    torch.autograd.grad(loss, logits, retain_graph=True)
    with pytest.raises(RuntimeError, match="handed out by the first backward"):
        torch.autograd.grad(loss, logits)


@pytest.mark.skipif(DEVICE != "cpu", reason="on a GPU a bad target makes the loss NaN instead")
def test_a_target_outside_the_vocabulary_is_named() -> None:
    with pytest.raises(KernelInputError, match=r"targets: an entry lies outside 0\.\.7"):
        cross_entropy(torch.zeros(2, 8), torch.tensor([1, 8]))


def test_a_nan_stays_in_its_row() -> None:
    (x,) = inputs_for("x", (3,), 9, torch.float32)
    x = x.detach().clone()
    x[1, 4] = float("nan")
    assert softmax(x).isnan().any(-1).tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: gelu(x.long()), "x: dtype torch.int64 is not"),
        (lambda x: swiglu(x, x[:1]), "up: shape"),
        (lambda x: rms_norm(x, x[0, :3]), "weight: shape"),
        (lambda x: softmax(x[:0]), "has no rows"),
        (lambda x: weighted_sum(x.new_zeros(1, 20000), x.new_zeros(20000)), "at most 16384"),
        (lambda x: cross_entropy(x, torch.zeros(3, dtype=torch.int64)), "targets: shape"),
    ],
)
def test_inputs_that_do_not_fit_are_named(call: Function, message: str) -> None:
    with pytest.raises(KernelInputError, match=message):
        call(torch.zeros(2, 8, device=DEVICE))
