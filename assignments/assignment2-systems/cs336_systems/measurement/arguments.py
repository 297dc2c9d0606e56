"""What the benchmarks' command lines share: argument types, and the demand for a GPU.

argparse turns the errors of the types into one line.
"""

from __future__ import annotations

import argparse
import math

import torch


def positive_int(text: str) -> int:
    """A whole number of at least 1."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return value


def positive_float(text: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number above 0")
    return value


def require_cuda(parser: argparse.ArgumentParser) -> None:
    """Exit with code 2 and the parser's error line where there is no CUDA device."""
    if not torch.cuda.is_available():
        parser.error("no CUDA device: this benchmark measures GPU kernels")
