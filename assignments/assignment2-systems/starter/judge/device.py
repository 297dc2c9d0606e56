"""Where kernels run: on a GPU, or in Triton's interpreter. To be imported before any kernel is."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from judge.checks import NotJudged, Wrong
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

HAS_GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda" if HAS_GPU else "cpu")
if not HAS_GPU:
    # Triton reads it when a kernel is defined, so before the student's modules are imported.
    os.environ["TRITON_INTERPRET"] = "1"
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
TOLERANCE = 1e-4 if INTERPRETED else 1e-2
"""Of float32 results; on a GPU `tl.dot` rounds its factors to TF32 unless it is told not to."""


def needs_triton() -> None:
    """Raise NotJudged where Triton cannot be had."""
    if importlib.util.find_spec("triton") is None:
        raise NotJudged("needs Triton, which exists for Linux")


def needs_gpu() -> None:
    """Raise NotJudged where kernels are not compiled for a GPU; call when the code was found."""
    needs_triton()
    if not HAS_GPU:
        raise NotJudged("needs a GPU, and there is none here")
    if INTERPRETED:
        raise NotJudged("needs compiled kernels: start it without TRITON_INTERPRET")


def on_device(*tensors: Tensor) -> list[Tensor]:
    """Leaves that require gradients, where kernels run."""
    return [tensor.to(DEVICE).requires_grad_() for tensor in tensors]


@contextmanager
def kernels_started(what: str) -> Iterator[None]:
    """Raise Wrong unless a Triton kernel is started inside.

    Both kinds of kernel, interpreted and compiled, are started by a method `run` of their class.
    """
    from triton.runtime.interpreter import InterpretedFunction
    from triton.runtime.jit import JITFunction

    kind: Any = InterpretedFunction if INTERPRETED else JITFunction
    plain, started = kind.run, []

    def run(self: Any, *arguments: Any, **options: Any) -> Any:
        started.append(self)
        return plain(self, *arguments, **options)

    kind.run = run
    try:
        yield
    finally:
        kind.run = plain
    if not started:
        raise Wrong(f"{what} starts no Triton kernel, where at least one is right: write it as a "
                    "function under @triton.jit and start it with kernel[grid](…).")  # fmt: skip


class LargestTensor(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Inside it, `num_bytes` and `shape` are of the largest tensor that PyTorch made."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.num_bytes, self.shape = 0, torch.Size()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        """Runs the operation and looks at what it gave."""
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and leaf.untyped_storage().nbytes() > self.num_bytes:
                self.num_bytes, self.shape = leaf.untyped_storage().nbytes(), leaf.shape
        return result
