"""Times tile sizes of the Hopper attention kernels: `python bench/scan_attention.py`.

The winners are written by hand into `kernels/flash_hopper.py`. Kernels are compiled by several
processes first (compilation is serial inside one), then timed in this one.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
from pathlib import Path
from typing import Any

import torch
from cs336_systems.kernels.flash_hopper import (
    BackwardTiles,
    ForwardTiles,
    hopper_backward,
    hopper_forward,
)
from cs336_systems.measurement.arguments import require_cuda
from cs336_systems.measurement.attention_shapes import LISTED_SHAPES, Shape, random_inputs
from cs336_systems.measurement.provenance import write_results
from cs336_systems.measurement.timing import median_rotating_ms

FORWARD = {
    64: [
        ForwardTiles(3, 128, 2, True), ForwardTiles(3, 128, 3, True),
        ForwardTiles(3, 128, 3, False),
        ForwardTiles(2, 128, 3, True), ForwardTiles(2, 128, 3, False),
    ],
    128: [
        ForwardTiles(2, 128, 2, True), ForwardTiles(2, 128, 2, False), ForwardTiles(3, 64, 3, True),
    ],
}  # fmt: skip
BACKWARD = {
    64: [BackwardTiles(64, 2, 2), BackwardTiles(64, 3, 3)],
    128: [BackwardTiles(64, 2, 2)],
}
Tiles = ForwardTiles | BackwardTiles


def run_forward(shape: Shape, tiles: Tiles | None, inputs: Any) -> Any:
    """The forward kernel alone."""
    q, k, v, _ = inputs
    assert tiles is None or isinstance(tiles, ForwardTiles)
    return hopper_forward(q, k, v, shape.is_causal, shape.head_dim**-0.5, tiles)


def run_backward(shape: Shape, tiles: Tiles, inputs: Any, saved: Any) -> Any:
    """The backward kernels, given the forward's results."""
    q, k, v, d_out = inputs
    output, logsumexp = saved
    assert isinstance(tiles, BackwardTiles)
    return hopper_backward(
        q, k, v, output, logsumexp, d_out, shape.is_causal, shape.head_dim**-0.5, tiles
    )


def _compile(case: tuple[Shape, Tiles]) -> str:
    """Compile by running a small problem; in a process of its own."""
    shape, tiles = case
    small = Shape(1, 2, 512, shape.head_dim, shape.is_causal)
    inputs = [t.detach() for t in random_inputs(small, torch.bfloat16, 1)[0]]
    try:
        if isinstance(tiles, ForwardTiles):
            run_forward(small, tiles, inputs)
        else:
            q, k, _, _ = inputs
            run_backward(small, tiles, inputs, (q, k[..., 0].float().contiguous()))
        torch.cuda.synchronize()
    except Exception as error:  # reported in the table, whatever it is
        return f"{type(error).__name__}: {str(error)[:120]}"
    return ""


def _rate(shape: Shape, tiles: Tiles, sets: list[Any], saved: list[Any]) -> float:
    """TFLOP/s of one tiling."""
    if isinstance(tiles, ForwardTiles):
        calls = [functools.partial(run_forward, shape, tiles, s) for s in sets]
        return shape.forward_flop / median_rotating_ms(calls) / 1e9
    pairs = zip(sets, saved, strict=True)
    backward_calls = [functools.partial(run_backward, shape, tiles, *pair) for pair in pairs]
    return 2.5 * shape.forward_flop / median_rotating_ms(backward_calls) / 1e9


def _tilings(shape: Shape) -> list[Tiles]:
    return [*FORWARD[shape.head_dim], *BACKWARD[shape.head_dim]]


def scan(shapes: list[Shape], processes: int) -> list[dict[str, Any]]:
    """One record per shape and tiling, with TFLOP/s or the reason why there is none."""
    cases = [(shape, tiles) for shape in shapes for tiles in _tilings(shape)]
    unique = list({(s.head_dim, s.is_causal, t): (s, t) for s, t in cases}.values())
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        answers = pool.map(_compile, unique, chunksize=1)
    failures = {
        (s.head_dim, s.is_causal, t): answer
        for (s, t), answer in zip(unique, answers, strict=True)
        if answer
    }
    records = []
    for shape in shapes:
        sets = [tuple(t.detach() for t in s) for s in random_inputs(shape, torch.bfloat16, 2)]
        saved = [run_forward(shape, None, s) for s in sets]
        for tiles in _tilings(shape):
            record: dict[str, Any] = {"shape": shape.label, "tiles": repr(tiles)}
            reason = failures.get((shape.head_dim, shape.is_causal, tiles))
            record |= {"failed": reason} if reason else {"tflops": _rate(shape, tiles, sets, saved)}
            records.append(record)
            print(*record.values(), flush=True)
    return records


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--out", type=Path, default=Path("results/attention_scan.json"))
    args = parser.parse_args()
    require_cuda(parser)
    write_results(args.out, scan(list(LISTED_SHAPES), args.processes))


if __name__ == "__main__":
    main()
