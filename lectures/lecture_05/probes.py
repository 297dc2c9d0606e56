"""The kernels of probes.cu: compiled by NVRTC, loaded, asked and launched through the driver.

Neither a CUDA toolkit nor a compiler has to be installed: libnvrtc comes with PyTorch, libcuda with
the driver. Only the few calls that are needed are declared here.
"""

import ctypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

SOURCE = Path(__file__).with_name("probes.cu")
ARCHITECTURE = "compute_90"  # an H100
_JIT_MAX_REGISTERS = 0  # CUjit_option
_SHARED, _LOCAL, _REGISTERS, _MAX_DYNAMIC = 1, 3, 4, 8  # CUfunction_attribute
_CARVEOUT = 9

Argument = torch.Tensor | int


def excerpt(kernel: str) -> str:
    """One kernel of probes.cu with the comment above it; ValueError where there is none."""
    for part in SOURCE.read_text(encoding="utf-8").split("\n\n"):
        if re.search(rf"__global__ void {kernel}\(", part):
            return part + "\n"
    raise ValueError(f"probes.cu: no kernel {kernel!r}")


def _nvrtc() -> ctypes.CDLL:
    beside_torch = sorted(Path(torch.__file__).parents[1].glob("nvidia/**/lib/libnvrtc.so.*"))
    toolkits = sorted(Path("/usr/local").glob("cuda*/lib64/libnvrtc.so.*"))
    names = [str(path) for path in (*beside_torch, *toolkits) if "alt" not in path.name]
    for name in ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so", *names]:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise RuntimeError("NVRTC: found neither beside PyTorch nor in /usr/local/cuda*")


def compile_ptx(source: str, architecture: str = ARCHITECTURE) -> bytes:
    """CUDA C++ as PTX. Raises RuntimeError with the compiler's log, or where there is no NVRTC."""
    nvrtc = _nvrtc()
    program = ctypes.c_void_p()
    create = nvrtc.nvrtcCreateProgram
    _check(create(ctypes.byref(program), source.encode(), b"probes.cu", 0, None, None), "create")
    options = (ctypes.c_char_p * 1)(f"--gpu-architecture={architecture}".encode())
    failed = nvrtc.nvrtcCompileProgram(program, 1, options)
    if failed:
        raise RuntimeError(f"NVRTC refuses probes.cu:\n{_text(nvrtc, 'ProgramLog', program)}")
    ptx = _text(nvrtc, "PTX", program).encode()
    nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return ptx


def _text(nvrtc: ctypes.CDLL, what: str, program: ctypes.c_void_p) -> str:
    size = ctypes.c_size_t()
    _check(getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size)), what)
    buffer = ctypes.create_string_buffer(size.value)
    _check(getattr(nvrtc, f"nvrtcGet{what}")(program, buffer), what)
    return buffer.value.decode()


def _check(code: int, what: str) -> None:
    if code:
        raise RuntimeError(f"CUDA: {what} failed with error {code}")


@dataclass(frozen=True)
class Kernel:
    """One kernel on the GPU."""

    name: str
    _driver: ctypes.CDLL
    _handle: ctypes.c_void_p

    def _attribute(self, which: int) -> int:
        value = ctypes.c_int()
        _check(self._driver.cuFuncGetAttribute(ctypes.byref(value), which, self._handle), self.name)
        return value.value

    @property
    def registers(self) -> int:
        """32-bit registers of one thread, as the driver reports them."""
        return self._attribute(_REGISTERS)

    @property
    def shared_bytes(self) -> int:
        """Shared memory that the source itself declares, for one block."""
        return self._attribute(_SHARED)

    @property
    def spilled_bytes(self) -> int:
        """Memory of one thread for what found no register."""
        return self._attribute(_LOCAL)

    def allow_shared(self, dynamic: int) -> None:
        """Permit launches with so many bytes of dynamic shared memory."""
        setting = self._driver.cuFuncSetAttribute
        _check(setting(self._handle, _MAX_DYNAMIC, dynamic), f"{self.name}: shared memory")
        _check(setting(self._handle, _CARVEOUT, 100 if dynamic else -1), f"{self.name}: carve-out")

    def blocks_per_sm(self, threads: int, dynamic: int = 0) -> int:
        """Blocks that fit on one SM, as the driver counts: 0 if a block does not fit at all."""
        blocks = ctypes.c_int()
        query = self._driver.cuOccupancyMaxActiveBlocksPerMultiprocessor
        size = ctypes.c_size_t(dynamic)
        _check(query(ctypes.byref(blocks), self._handle, threads, size), f"{self.name}: occupancy")
        return blocks.value

    def launch(
        self,
        blocks: int,
        threads: int,
        arguments: Iterable[Argument | ctypes.c_longlong],
        dynamic: int = 0,
    ) -> None:
        """Put it into the current stream. Integers are C `int`; pass c_longlong for `long long`."""
        values = [_as_c(argument) for argument in arguments]
        pointers = (ctypes.c_void_p * len(values))(
            *(ctypes.cast(ctypes.pointer(value), ctypes.c_void_p) for value in values)
        )
        stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
        _check(
            self._driver.cuLaunchKernel(
                self._handle, blocks, 1, 1, threads, 1, 1, dynamic, stream, pointers, None
            ),
            f"{self.name}: launch of {blocks} × {threads}",
        )


def _as_c(
    argument: Argument | ctypes.c_longlong,
) -> ctypes.c_void_p | ctypes.c_int | ctypes.c_longlong:
    if isinstance(argument, torch.Tensor):
        return ctypes.c_void_p(argument.data_ptr())
    return ctypes.c_int(argument) if isinstance(argument, int) else argument


class Module:
    """Compiled kernels, by name: `Module(ptx)["spin"]`."""

    def __init__(self, ptx: bytes, max_registers: int | None = None) -> None:
        """Load PTX; the driver translates it, with at most `max_registers` a thread if given."""
        torch.zeros(1, device="cuda")  # creates the context
        self._driver = ctypes.CDLL("libcuda.so.1")
        self._module = ctypes.c_void_p()
        count = 0 if max_registers is None else 1
        options = (ctypes.c_int * 1)(_JIT_MAX_REGISTERS)
        values = (ctypes.c_void_p * 1)(max_registers)
        load = self._driver.cuModuleLoadDataEx
        _check(load(ctypes.byref(self._module), ptx, count, options, values), "loading the PTX")

    def __getitem__(self, name: str) -> Kernel:
        """The kernel of that name; RuntimeError where there is none."""
        handle = ctypes.c_void_p()
        _check(
            self._driver.cuModuleGetFunction(ctypes.byref(handle), self._module, name.encode()),
            f"kernel {name}",
        )
        return Kernel(name, self._driver, handle)
