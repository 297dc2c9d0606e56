"""Compile the kernels of lecture 6 for an H100 and keep their PTX: no GPU is needed.

    pip install --no-deps --target /tmp/triton triton==3.6.0
    export PYTHONPATH=/tmp/triton:.:assignments/assignment2-systems
    python -m lectures.lecture_06.compile_kernels

Writes ptx/*.ptx and ptx/provenance.json. The version of Triton and the parameters are those of the
timed kernels: parameters come from the code that launches them, and a test compares the version
with that of the records. Triton brings ptxas, which tells registers; gelu.cu is compiled where
there is an nvcc, and its PTX is left as it is where there is none.
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import triton
from cs336_systems.kernels.activations import _gelu_forward, _launch
from cs336_systems.kernels.rows import row_tile
from cs336_systems.kernels.softmax import _softmax_forward
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from lectures.lecture_06 import listings
from lectures.lecture_06.cuda_gelu import SOURCE
from lectures.lecture_06.matmul import launch_options, matmul_kernel

HOPPER = GPUTarget("cuda", 90, 32)
COMMAND = "python -m lectures.lecture_06.compile_kernels"
Parameters = dict[str, Any]


class _Noted:
    """Stands where a kernel is launched, and keeps what it is launched with."""

    def __init__(self) -> None:
        self.options: Parameters = {}

    def __getitem__(self, grid: object) -> Callable[..., None]:
        return lambda *_, **options: self.options.update(options)


def timed_parameters() -> dict[str, Parameters]:
    """By listing: dtype, constants, warps and stages of the kernel that the records time.

    Softmax is tuned on the GPU and its number of warps is not on record: 8 is one of the four.
    """
    gelu = _Noted()
    _launch(gelu, torch.empty(1), torch.empty(1))
    return {
        "triton_gelu": {"dtype": "float32", **gelu.options},
        "triton_softmax": {"dtype": "float32", **row_tile(16384), "num_warps": 8},
        "triton_matmul": {"dtype": "bfloat16", **launch_options(tile=128, group=8)},
        "cuda_gelu": {"dtype": "float32"},
    }


def compiled(
    kernel: Any, pointers: dict[str, str], integers: list[str], parameters: Parameters
) -> tuple[str, dict[str, int]]:
    """PTX of a Triton kernel for sm_90, as if its pointers and sizes were multiples of 16.

    With it: the shared memory of a block in bytes, and the registers of a thread.
    """
    options = {k: v for k, v in parameters.items() if k.startswith("num_")}
    constants = {k: v for k, v in parameters.items() if k not in options and k != "dtype"}
    signature = pointers | dict.fromkeys(integers, "i32") | dict.fromkeys(constants, "constexpr")
    signature = {name: signature[name] for name in kernel.arg_names}
    aligned: dict[Any, Any] = {
        (place,): [["tt.divisibility", 16]]
        for place, kind in enumerate(signature.values())
        if kind != "constexpr"
    }
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants, attrs=aligned)
    made = triton.compile(source, target=HOPPER, options={"num_stages": 3} | options)
    ptx = str(made.asm["ptx"])
    return ptx, {"shared_bytes": int(made.metadata.shared), "registers": registers(ptx)}


def registers(ptx: str) -> int:
    """Registers of a thread, as the ptxas that Triton brings gives them out."""
    ptxas = Path(triton.__file__).parent / "backends/nvidia/bin/ptxas"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "kernel.ptx")
        source.write_text(ptx, encoding="utf-8")
        command = [str(ptxas), "-v", "-arch=sm_90a", str(source), "-o", str(source) + ".cubin"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    match = re.search(r"Used (\d+) registers", told)
    if match is None:
        raise ValueError(f"ptxas names no registers: {told}")
    return int(match[1])


def cuda_ptx() -> str | None:
    """PTX of gelu.cu, or None without nvcc."""
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        return None
    command = [nvcc, "-O3", "-arch=sm_90", "-ptx", str(SOURCE), "-o", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def nvcc_version() -> str:
    """The release that nvcc names."""
    told = subprocess.run(["nvcc", "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"V(\d+(\.\d+)+)", told)
    return match[1] if match else "unknown"


def main() -> None:
    """Write every listing with what it was compiled by."""
    io = {"x_ptr": "*fp32", "y_ptr": "*fp32"}
    half = {"a_ptr": "*bf16", "b_ptr": "*bf16", "c_ptr": "*bf16"}
    sizes = ["M", "N", "K", "stride_am", "stride_bk", "stride_cm"]
    timed = timed_parameters()
    made: dict[str, tuple[str, str, dict[str, int]]] = {}
    for name, kernel, pointers, integers in (
        ("triton_gelu", _gelu_forward, io, ["count"]),
        ("triton_softmax", _softmax_forward, io, ["num_rows", "row"]),
        ("triton_matmul", matmul_kernel, half, sizes),
    ):
        ptx, used = compiled(kernel, pointers, integers, timed[name])
        made[name] = (ptx, f"triton {triton.__version__}", used)
    if (cuda := cuda_ptx()) is not None:
        made["cuda_gelu"] = (cuda, f"nvcc {nvcc_version()}", {})
    known = listings.FOLDER / "provenance.json"
    provenance = json.loads(known.read_text(encoding="utf-8")) if known.exists() else {}
    for name, (ptx, by, used) in made.items():
        listing = listings.without_debug_lines(ptx)
        (listings.FOLDER / f"{name}.ptx").write_text(listing, encoding="utf-8")
        where = {"target": "sm_90", "date": datetime.now(UTC).date().isoformat()}
        provenance[name] = {"compiler": by, **where, "command": COMMAND}
        provenance[name] |= {"parameters": timed[name], "used": used}
        print(f"{name}.ptx: {len(listing.splitlines())} lines, {used}")
    known.write_text(json.dumps(provenance, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
