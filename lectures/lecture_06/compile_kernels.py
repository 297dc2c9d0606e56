"""Compile the kernels of lecture 6 for an H100 and keep their PTX: no GPU is needed.

    PYTHONPATH=.:assignments/assignment2-systems python -m lectures.lecture_06.compile_kernels

Writes ptx/*.ptx and ptx/provenance.json. Triton brings ptxas; gelu.cu is compiled where there is
an nvcc, and its PTX is left as it is where there is none.
"""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from typing import Any

import triton
from cs336_systems.kernels.activations import _gelu_forward
from cs336_systems.kernels.softmax import _softmax_forward
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from lectures.lecture_06 import listings
from lectures.lecture_06.cuda_gelu import SOURCE
from lectures.lecture_06.matmul import matmul_kernel

HOPPER = GPUTarget("cuda", 90, 32)
COMMAND = "python -m lectures.lecture_06.compile_kernels"


def triton_ptx(
    kernel: Any,
    pointers: dict[str, str],
    integers: list[str],
    constants: dict[str, Any],
    warps: int,
) -> str:
    """PTX of a Triton kernel for sm_90, as if its pointers and sizes were multiples of 16."""
    signature = pointers | dict.fromkeys(integers, "i32") | dict.fromkeys(constants, "constexpr")
    signature = {name: signature[name] for name in kernel.arg_names}
    aligned: dict[Any, Any] = {
        (place,): [["tt.divisibility", 16]]
        for place, kind in enumerate(signature.values())
        if kind != "constexpr"
    }
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants, attrs=aligned)
    options = {"num_warps": warps, "num_stages": 3}
    return str(triton.compile(source, target=HOPPER, options=options).asm["ptx"])


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
    today = datetime.now(UTC).date().isoformat()
    compiler = f"triton {triton.__version__}"
    io = {"x_ptr": "*fp32", "y_ptr": "*fp32"}
    tiles = {"TILE_M": 128, "TILE_N": 128, "TILE_K": 64, "GROUP": 8, "GELU": True}
    half = {"a_ptr": "*bf16", "b_ptr": "*bf16", "c_ptr": "*bf16"}
    sizes = ["M", "N", "K", "stride_am", "stride_bk", "stride_cm"]
    row = {"BLOCK": 1024, "ROWS": 1}
    compiled: dict[str, tuple[str | None, str, dict[str, Any]]] = {
        "triton_gelu": (
            triton_ptx(_gelu_forward, io, ["count"], {"BLOCK": 1024}, 4),
            compiler,
            {"dtype": "float32", "BLOCK": 1024, "warps": 4},
        ),
        "triton_softmax": (
            triton_ptx(_softmax_forward, io, ["num_rows", "row"], row, 4),
            compiler,
            {"dtype": "float32", **row, "warps": 4},
        ),
        "triton_matmul": (
            triton_ptx(matmul_kernel, half, sizes, tiles, 8),
            compiler,
            {"dtype": "bfloat16", **tiles, "warps": 8},
        ),
    }
    if (cuda := cuda_ptx()) is not None:
        compiled["cuda_gelu"] = (cuda, f"nvcc {nvcc_version()}", {"dtype": "float32"})
    known = listings.FOLDER / "provenance.json"
    provenance = json.loads(known.read_text(encoding="utf-8")) if known.exists() else {}
    listings.FOLDER.mkdir(exist_ok=True)
    for name, (listing, by, parameters) in compiled.items():
        assert listing is not None
        (listings.FOLDER / f"{name}.ptx").write_text(
            listings.without_debug_lines(listing), encoding="utf-8"
        )
        provenance[name] = {"compiler": by, "target": "sm_90", "date": today, "command": COMMAND}
        provenance[name]["parameters"] = parameters
        print(f"{name}.ptx: {len(listings.without_debug_lines(listing).splitlines())} lines")
    known.write_text(json.dumps(provenance, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
