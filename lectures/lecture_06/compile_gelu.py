"""Compile the plain GeLU with torch.compile on this CPU and keep the C++ that it writes.

    PYTHONPATH=.:assignments/assignment2-systems python -m lectures.lecture_06.compile_gelu

Writes compiled_gelu.json: the generated kernel, its largest difference from the plain version, and
what compiled it. Needs a C++ compiler.
"""

import json
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch._inductor.utils import run_and_get_code

from lectures.lecture_06.kernels import naive_gelu

PATH = Path(__file__).with_name("compiled_gelu.json")
COMMAND = "python -m lectures.lecture_06.compile_gelu"


def kernel_source(module: str) -> str:
    """The C++ function inside the Python module that the compiler wrote."""
    match = re.search(r'(extern "C".*?\n\})\n', module, flags=re.DOTALL)
    if match is None:
        raise ValueError("no C++ kernel in what torch.compile generated")
    return match[1]


def main() -> None:
    """Compile for 8192 floats and compare."""
    torch.manual_seed(0)
    x = torch.randn(8192)
    y, modules = run_and_get_code(torch.compile(naive_gelu), x)
    record = {
        "kernel": kernel_source(modules[0]),
        "elements": x.numel(),
        "largest_difference": float((y - naive_gelu(x)).abs().max()),
        "torch": torch.__version__,
        "machine": platform.machine(),
        "date": datetime.now(UTC).date().isoformat(),
        "command": COMMAND,
    }
    PATH.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(record["kernel"])
    print(f"largest difference {record['largest_difference']:.2g}; wrote {PATH.name}")


if __name__ == "__main__":
    main()
