"""What lecture 6 times on a GPU: for each variant, a function that makes inputs and gives the work.

Nothing here touches a GPU before a variant is made.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from lectures.lecture_06.cuda_gelu import cuda_gelu
from lectures.lecture_06.kernels import gelu, matmul, naive_gelu, naive_softmax, softmax

Variants = dict[str, Callable[[], Callable[[], object]]]


def _on(function: Callable[[Tensor], Tensor], rows: int) -> Callable[[], Callable[[], object]]:
    def make() -> Callable[[], object]:
        x = torch.randn(rows, rows, device="cuda")
        return lambda: function(x)

    return make


def _on_compiled(
    function: Callable[[Tensor], Tensor], rows: int
) -> Callable[[], Callable[[], object]]:
    """The import of the compiler alone takes seconds, so it waits until it is needed."""

    def make() -> Callable[[], object]:
        return _on(torch.compile(function), rows)()

    return make


def gelu_variants(rows: int) -> Variants:
    """GeLU of rows × rows float32, five ways."""
    return {
        "naive": _on(naive_gelu, rows),
        "built-in": _on(lambda x: F.gelu(x, approximate="tanh"), rows),
        "compiled": _on_compiled(naive_gelu, rows),
        "CUDA": _on(cuda_gelu, rows),
        "Triton": _on(gelu, rows),
    }


def softmax_variants(rows: int) -> Variants:
    """Softmax of rows × rows float32, four ways."""
    return {
        "naive": _on(naive_softmax, rows),
        "built-in": _on(lambda x: F.softmax(x, dim=-1), rows),
        "compiled": _on_compiled(naive_softmax, rows),
        "Triton": _on(softmax, rows),
    }


def _product(
    function: Callable[[Tensor, Tensor], Tensor], n: int, dtype: torch.dtype
) -> Callable[[], Callable[[], object]]:
    def make() -> Callable[[], object]:
        a, b = (torch.randn(n, n, device="cuda", dtype=dtype) for _ in range(2))
        return lambda: function(a, b)

    return make


def library_products(sizes: list[int]) -> Variants:
    """Square products in float32 by the library, one a size."""
    return {f"n = {n}": _product(torch.matmul, n, torch.float32) for n in sizes}


def product_variants(n: int) -> Variants:
    """Square product in bfloat16: the library, and ours in row-major and in grouped order."""
    return {
        "library": _product(torch.matmul, n, torch.bfloat16),
        "Triton, row-major": _product(lambda a, b: matmul(a, b, group=1), n, torch.bfloat16),
        "Triton, groups of 8": _product(lambda a, b: matmul(a, b, group=8), n, torch.bfloat16),
    }


def clock_variants(n: int) -> Variants:
    """The same product for a wall clock: launched only, and waited for."""

    def waited() -> Callable[[], object]:
        work = _product(torch.matmul, n, torch.float32)()

        def work_and_wait() -> None:
            work()
            torch.cuda.synchronize()

        return work_and_wait

    return {"not waiting": _product(torch.matmul, n, torch.float32), "waiting": waited}
