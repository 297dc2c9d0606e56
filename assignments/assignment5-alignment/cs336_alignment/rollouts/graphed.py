"""A decoding step as a CUDA graph: the host launches one thing instead of some hundred kernels.

A small model's step is so short that the GPU would mostly wait for the host. A graph fixes shapes
and addresses, so there is one for each number of rows (rounded up), span of the cache and pair of
sampling settings, captured when it is first needed. The parameters are read where they are: a
trainer's updates in place are seen at the next step. Where parameters have moved, the graphs are
captured again.
"""

from __future__ import annotations

import torch

from cs336_alignment.models.decoder import TransformerDecoder
from cs336_alignment.rollouts.recording import Recording

SPAN = 64  # slots of the cache by which the graphs differ
FEWEST_ROWS = 32
WARMUP_STEPS = 2  # libraries choose kernels and allocate before capturing


class GraphedStep:
    """`decoder.step` and `recording.add`, replayed; called as (rows, temperature, top_p)."""

    def __init__(self, decoder: TransformerDecoder, recording: Recording) -> None:
        self._decoder = decoder
        self._recording = recording
        self._graphs: dict[tuple[int, int, float, float], torch.cuda.CUDAGraph] = {}
        self._addresses: list[int] = []
        self._pool = torch.cuda.graph_pool_handle()
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def __call__(self, rows: int, temperature: float, top_p: float) -> None:
        """One step of the first `rows` rows (and of some more, whose results nobody reads)."""
        decoder = self._decoder
        span = min(round_up(decoder.length + 1, SPAN), decoder.max_length)
        rows = min(rounded_rows(rows), len(self._recording.ids))
        self._forget_if_moved()
        key = (rows, span, temperature, top_p)
        if key not in self._graphs:
            self._graphs[key] = self._capture(*key)
        self._graphs[key].replay()
        decoder.length += 1

    def _step(self, rows: int, span: int, temperature: float, top_p: float) -> None:
        logits = self._decoder.step_within(self._recording.last[:rows], span)
        self._recording.add(logits, temperature, top_p)

    def _capture(
        self, rows: int, span: int, temperature: float, top_p: float
    ) -> torch.cuda.CUDAGraph:
        """Capture after warm-up steps, whose effect on the rows is undone."""
        changed = [*self._decoder.progress(), *self._recording.progress()]
        saved = [tensor.clone() for tensor in changed]
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            for _ in range(WARMUP_STEPS):
                self._step(rows, span, temperature, top_p)
                torch._foreach_copy_(changed, saved)
        torch.cuda.current_stream().wait_stream(self._stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
            self._step(rows, span, temperature, top_p)
        return graph

    def _forget_if_moved(self) -> None:
        addresses = [parameter.data_ptr() for parameter in self._decoder.model.parameters()]
        if addresses != self._addresses:
            self._graphs.clear()
            self._addresses = addresses


def round_up(number: int, multiple: int) -> int:
    """The least multiple of `multiple` that is not below `number`."""
    return -(-number // multiple) * multiple


def rounded_rows(rows: int) -> int:
    """The next power of two, so that batches of any size share a few graphs."""
    return max(FEWEST_ROWS, 1 << (rows - 1).bit_length())
