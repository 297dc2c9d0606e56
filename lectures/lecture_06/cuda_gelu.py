"""gelu.cu, compiled by nvcc and called through ctypes."""

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch

SOURCE = Path(__file__).with_name("gelu.cu")


def compile_library(folder: Path, architecture: str = "native") -> Path:
    """gelu.cu as a shared library in `folder`.

    `architecture` is nvcc's -arch; `native` asks for that of the GPU in this machine.
    Raises RuntimeError where there is no nvcc or it refuses.
    """
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        raise RuntimeError("nvcc: not found; install the CUDA toolkit to compile gelu.cu")
    library = folder / "libgelu.so"
    flags = ["-O3", f"-arch={architecture}", "-shared", "-Xcompiler", "-fPIC"]
    command = [nvcc, *flags, "-o", str(library), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"nvcc could not compile {SOURCE.name}:\n{done.stderr}")
    return library


@functools.cache
def _library() -> ctypes.CDLL:
    folder = Path(tempfile.mkdtemp(prefix="gelu"))
    try:
        library = ctypes.CDLL(str(compile_library(folder)))
    finally:
        shutil.rmtree(folder)  # once loaded, the file is not needed
    library.launch_gelu.argtypes = [
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_long,
        ctypes.c_void_p,
    ]
    return library


def cuda_gelu(x: torch.Tensor) -> torch.Tensor:
    """GeLU of a contiguous float32 tensor on a CUDA device, any shape.

    Raises ValueError for another tensor, RuntimeError when it cannot be compiled or launched.
    """
    if not x.is_cuda or x.dtype != torch.float32 or not x.is_contiguous():
        raise ValueError(f"cuda_gelu: needs contiguous float32 on a GPU, not {x.dtype}, {x.device}")
    y = torch.empty_like(x)
    if x.numel():
        stream = torch.cuda.current_stream().cuda_stream
        error = _library().launch_gelu(x.data_ptr(), y.data_ptr(), x.numel(), stream)
        if error:
            raise RuntimeError(f"cuda_gelu: launch failed with CUDA error {error}")
    return y
