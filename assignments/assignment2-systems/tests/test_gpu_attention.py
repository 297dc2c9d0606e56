"""Attention on a GPU: both sets of compiled kernels. Run on one; skipped elsewhere."""

from __future__ import annotations

import functools

import pytest
import torch
from attention_cases import Case, assert_accurate  # type: ignore[import-not-found, unused-ignore]
from cs336_systems.flash_attention_triton import KernelPath, flash_attention, kernel_path

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
HALF = (torch.float16, torch.bfloat16)


def needs_hopper() -> None:
    if torch.cuda.get_device_capability()[0] != 9:
        pytest.skip("these kernels are for compute capability 9.0")


def attend_with(path: KernelPath) -> functools.partial[torch.Tensor]:
    return functools.partial(flash_attention, path=path)


HOPPER_CASES = [
    Case(1, 4, 4, 2048, 2048, 64), Case(1, 4, 4, 2048, 2048, 128), Case(2, 4, 2, 1000, 1000, 64),
    Case(2, 4, 2, 1000, 1000, 128), Case(1, 6, 2, 77, 300, 64), Case(1, 2, 1, 300, 77, 128),
    Case(1, 2, 2, 1, 1, 64), Case(3, 3, 1, 129, 193, 48), Case(1, 3, 3, 191, 65, 112),
    Case(1, 8, 1, 257, 511, 16), Case(1, 1, 1, 64, 4096, 128),
]  # fmt: skip


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("is_causal", [True, False])
@pytest.mark.parametrize("case", HOPPER_CASES, ids=str)
def test_hopper_kernels(case: Case, is_causal: bool, dtype: torch.dtype) -> None:
    needs_hopper()
    case = case._replace(is_causal=is_causal, dtype=dtype)
    assert kernel_path(case.tensors()[0]) == "hopper"
    assert_accurate(attend_with("hopper"), case)


@pytest.mark.parametrize("dtype", [torch.float32, *HALF])
@pytest.mark.parametrize("is_causal", [True, False])
@pytest.mark.parametrize("head_dim", [16, 40, 64, 128, 256])
def test_portable_kernels(head_dim: int, is_causal: bool, dtype: torch.dtype) -> None:
    case = Case(1, 4, 2, 200, 333, head_dim, is_causal, dtype)
    assert_accurate(attend_with("portable"), case)


def test_strided_heads_need_no_copy() -> None:
    """(B, T, H, d) projections viewed as (B, H, T, d), as an attention layer makes them."""
    size = (2, 300, 4, 64)
    q, k, v = (torch.randn(size, device="cuda", dtype=torch.bfloat16) for _ in range(3))
    q, k, v = (t.transpose(1, 2) for t in (q, k, v))
    output = flash_attention(q, k, v, True)
    copied = flash_attention(q.contiguous(), k.contiguous(), v.contiguous(), True)
    assert torch.equal(output, copied)


def test_forward_gives_the_same_bits_every_time() -> None:
    q, k, v, _ = Case(1, 4, 4, 1024, 1024, 128, True, torch.bfloat16).tensors()
    first = flash_attention(q, k, v, True)
    assert all(torch.equal(first, flash_attention(q, k, v, True)) for _ in range(20))


@pytest.mark.parametrize(("queries", "keys", "nan_key"), [(256, 256, 5), (77, 300, 299)])
def test_a_nan_key_stays_in_its_head(queries: int, keys: int, nan_key: int) -> None:
    """Also in the gradients; the last key of the second case is seen by no query at all."""
    q, k, v, d_out = Case(1, 3, 3, queries, keys, 64, True, torch.bfloat16).tensors()
    with torch.no_grad():
        k[0, 1, nan_key] = float("nan")
    output = flash_attention(q, k, v, True)
    grads = torch.autograd.grad(output, (q, k, v), d_out)
    for tensor in (output, *grads):
        assert tensor[0, [0, 2]].isfinite().all()
    assert output[0, 1].isnan().any() == (nan_key < queries)
    assert grads[0][0, 1].isnan().any() == (nan_key < queries)


def test_a_nan_row_stays_alone() -> None:
    q, k, v, _ = Case(1, 1, 1, 256, 256, 64, True, torch.bfloat16).tensors()
    q = q.detach().clone()
    q[0, 0, 100] = float("nan")
    rows = flash_attention(q, k, v, True).isnan().any(-1)[0, 0]
    assert rows.nonzero().flatten().tolist() == [100]
