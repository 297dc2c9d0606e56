"""Run one program of a Triton kernel as plain Python, with PyTorch in the place of Triton's words.

    x = Pointer(torch.randn(10), "x")
    run = one_program(gelu_kernel, program=2)
    run(x, y, 10, BLOCK=4)

What runs are the kernel's own lines: the same code object, with its `tl` replaced by `Language`.
So a debugger, and the recorder of this course, can walk through them, which they cannot where
Triton compiles the lines or rewrites them for its interpreter. A test holds both to one result.
"""

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor


@dataclass
class Memory:
    """Device memory of one tensor, which counts the elements that are read and written."""

    storage: Tensor
    name: str
    read: int = 0
    written: int = 0


@dataclass
class Pointer:
    """An address, or a block of them: `Pointer(x) + offsets`. Offsets count elements."""

    tensor: Tensor
    name: str = "memory"
    offsets: Tensor = field(default_factory=lambda: torch.zeros((), dtype=torch.int64))
    memory: Memory | None = None

    def __post_init__(self) -> None:
        """Only contiguous memory has one address an element."""
        if self.memory is None:
            self.memory = Memory(self.tensor.view(-1), self.name)

    def __add__(self, more: Tensor | int) -> "Pointer":
        """The addresses `more` elements further on."""
        return Pointer(self.tensor, self.name, self.offsets + more, self.memory)

    @property
    def dtype(self) -> types.SimpleNamespace:
        """Triton's name for what lies at the address."""
        return types.SimpleNamespace(element_ty=self.tensor.dtype)

    @property
    def read(self) -> int:
        """Elements loaded so far through this pointer and those made from it."""
        assert self.memory is not None
        return self.memory.read

    @property
    def written(self) -> int:
        """Elements stored so far."""
        assert self.memory is not None
        return self.memory.written

    def __trace_value__(self) -> object:
        """Shown by the name of the memory, and the offsets of a block."""
        return self.name if self.offsets.dim() == 0 else {self.name: self.offsets}


class OutOfBoundsError(IndexError):
    """A lane that no mask holds back left its tensor."""


class Language:
    """The part of `triton.language` that the kernels of this lecture speak."""

    constexpr = object
    float32, float16, bfloat16 = torch.float32, torch.float16, torch.bfloat16
    int32, int64 = torch.int32, torch.int64
    arange = staticmethod(torch.arange)
    where = staticmethod(torch.where)
    exp = staticmethod(torch.exp)
    sigmoid = staticmethod(torch.sigmoid)
    math = types.SimpleNamespace(exp2=torch.exp2, log2=torch.log2)

    def __init__(self, program: tuple[int, ...], grid: tuple[int, ...]) -> None:
        self._program, self._grid = program, grid

    def program_id(self, axis: int) -> Tensor:
        """Which program this is."""
        return torch.tensor(self._program[axis])

    def num_programs(self, axis: int) -> Tensor:
        """How many there are."""
        return torch.tensor(self._grid[axis])

    @staticmethod
    def load(pointer: Pointer, mask: Tensor | None = None, other: float = 0.0) -> Tensor:
        """Elements at the addresses; `other` where the mask is false."""
        offsets, inside = _lanes(pointer, mask)
        assert pointer.memory is not None
        pointer.memory.read += int(inside.sum())
        found = pointer.memory.storage[torch.where(inside, offsets, 0)]
        return torch.where(inside, found, torch.tensor(other, dtype=found.dtype))

    @staticmethod
    def store(pointer: Pointer, value: Tensor, mask: Tensor | None = None) -> None:
        """Write the lanes whose mask is true."""
        offsets, inside = _lanes(pointer, mask)
        assert pointer.memory is not None
        pointer.memory.written += int(inside.sum())
        pointer.memory.storage[offsets[inside]] = value.expand(offsets.shape)[inside]

    @staticmethod
    def max(x: Tensor, axis: int = 0) -> Tensor:
        """Maximum along one axis."""
        return x.amax(axis)

    @staticmethod
    def sum(x: Tensor, axis: int = 0) -> Tensor:
        """Sum along one axis."""
        return x.sum(axis)

    @staticmethod
    def maximum(x: Any, y: Any) -> Tensor:
        """The larger of two, element by element."""
        return torch.maximum(torch.as_tensor(x), torch.as_tensor(y))

    @staticmethod
    def minimum(x: Any, y: Any) -> Tensor:
        """The smaller of two, element by element."""
        return torch.minimum(torch.as_tensor(x), torch.as_tensor(y))

    @staticmethod
    def dot(a: Tensor, b: Tensor, acc: Tensor | None = None, **_: object) -> Tensor:
        """acc + a @ b, summed in float32."""
        product = a.float() @ b.float()
        return product if acc is None else acc + product

    @staticmethod
    def trans(x: Tensor) -> Tensor:
        """The transpose of a tile."""
        return x.T

    @staticmethod
    def cdiv(x: int, y: int) -> int:
        """x / y rounded up."""
        return -(-x // y)

    @staticmethod
    def zeros(shape: Any, dtype: torch.dtype) -> Tensor:
        """A tile of zeros."""
        return torch.zeros(tuple(shape), dtype=dtype)

    @staticmethod
    def full(shape: Any, value: float, dtype: torch.dtype) -> Tensor:
        """A tile of one value."""
        return torch.full(tuple(shape), value, dtype=dtype)


def one_program(
    kernel: Any, program: int | tuple[int, ...] = 0, grid: int | tuple[int, ...] = 1
) -> Callable[..., Any]:
    """The function of a Triton kernel, as program number `program` of the grid would run it.

    `kernel` is what `@triton.jit` made. Kernels that it calls run in the same way.
    """
    number = program if isinstance(program, tuple) else (program,)
    size = grid if isinstance(grid, tuple) else (grid,)
    return _translated(_source(kernel), Language(number, size))


def all_programs(kernel: Any, grid: int, *arguments: Any, **constants: Any) -> None:
    """Run every program of a one-dimensional grid, one after another."""
    for number in range(grid):
        one_program(kernel, number, grid)(*arguments, **constants)


def _translated(function: types.FunctionType, language: Language) -> types.FunctionType:
    """The same code with other globals: `tl`, and every kernel that it may call."""
    known = dict(function.__globals__)
    for name in function.__code__.co_names:
        if name == "tl":
            known[name] = language
        elif _is_kernel(known.get(name)):  # translated when called: names of attributes stand here
            known[name] = partial(_call, known[name], language)
    copy = types.FunctionType(function.__code__, known, function.__name__, function.__defaults__)
    copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
    return copy


def _call(kernel: Any, language: Language, *arguments: Any, **constants: Any) -> Any:
    return _translated(_source(kernel), language)(*arguments, **constants)


def _is_kernel(value: Any) -> bool:
    return type(value).__name__ in ("JITFunction", "InterpretedFunction")


def _source(kernel: Any) -> types.FunctionType:
    if not _is_kernel(kernel) or not isinstance(kernel.fn, types.FunctionType):
        raise TypeError(f"one_program: {kernel!r} is no Triton kernel")
    return kernel.fn


def _lanes(pointer: Pointer, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """Offsets, and which lanes are active. Raises OutOfBoundsError for an active lane outside."""
    offsets = pointer.offsets
    inside = torch.ones_like(offsets, dtype=torch.bool) if mask is None else mask
    offsets, inside = torch.broadcast_tensors(offsets, inside)  # type: ignore[no-untyped-call]
    assert pointer.memory is not None
    beyond = inside & ((offsets < 0) | (offsets >= pointer.memory.storage.numel()))
    if beyond.any():
        raise OutOfBoundsError(
            f"{pointer.name}: element {int(offsets[beyond][0])} of {pointer.memory.storage.numel()}"
        )
    return offsets, inside
