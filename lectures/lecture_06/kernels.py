"""The kernels that lecture 6 runs: compiled on a GPU, in Triton's interpreter on any other machine.

Triton reads TRITON_INTERPRET when a kernel is defined, so it is set here before anything imports
one. The interpreter executes a kernel with numpy, program by program: good for proving what it
computes, useless for timing.
"""

import os
import warnings

import torch

INTERPRETED = not torch.cuda.is_available()
DEVICE = "cpu" if INTERPRETED else "cuda"
if INTERPRETED:
    os.environ["TRITON_INTERPRET"] = "1"
    # numpy, which the interpreter computes with, warns about lanes that are masked out anyway.
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"triton\.runtime")

from cs336_systems.flash_attention_reference import attention_reference  # noqa: E402
from cs336_systems.flash_attention_triton import flash_attention  # noqa: E402
from cs336_systems.kernels.activations import (  # noqa: E402
    _gelu_forward as gelu_kernel,
)
from cs336_systems.kernels.activations import gelu, naive_gelu  # noqa: E402
from cs336_systems.kernels.flash_forward import _attend as attend_kernel  # noqa: E402
from cs336_systems.kernels.rms_norm import rms_norm  # noqa: E402
from cs336_systems.kernels.softmax import (  # noqa: E402
    _softmax_forward as softmax_kernel,
)
from cs336_systems.kernels.softmax import naive_softmax, softmax  # noqa: E402
from cs336_systems.kernels.weighted_sum import weighted_sum  # noqa: E402

from lectures.lecture_06.matmul import launch_order, matmul, matmul_kernel  # noqa: E402
from lectures.lecture_06.row_sum import row_sum, row_sum_kernel  # noqa: E402

__all__ = [
    "DEVICE",
    "INTERPRETED",
    "attend_kernel",
    "attention_reference",
    "flash_attention",
    "gelu",
    "gelu_kernel",
    "launch_order",
    "matmul",
    "matmul_kernel",
    "naive_gelu",
    "naive_softmax",
    "rms_norm",
    "row_sum",
    "row_sum_kernel",
    "softmax",
    "softmax_kernel",
    "weighted_sum",
]
