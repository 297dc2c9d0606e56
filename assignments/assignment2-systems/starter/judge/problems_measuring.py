"""Problems of measuring and counting: time, memory kept for backward, operations, bytes."""

from __future__ import annotations

import math
import time
from itertools import pairwise
from typing import Any

import pytest
import torch
from judge.checks import Draw, Wrong, holds, problem, same
from judge.device import needs_gpu
from torch import Tensor, nn

from tests import adapters

CPU = torch.device("cpu")


def number_of_weights(d: int, f: int, layers: int, vocab: int, **wrong: int) -> int:
    """Weights of the model of assignment 1; `wrong` replaces a count that is often forgotten."""
    said = {"embeddings": 2, "norms": 2, "last": 1, "matrices": 3, "projections": 4} | wrong
    layer = said["projections"] * d * d + said["matrices"] * d * f + said["norms"] * d
    return said["embeddings"] * vocab * d + layers * layer + said["last"] * d


@problem("model_accounting", 2, "accounting.account, model_sizes.ModelSize.num_parameters")
def test_accounting(draw: Draw) -> None:
    heads, layers = draw.between(2, 5), draw.between(2, 6)
    d, f = 8 * heads, draw.between(50, 90)
    vocab, n = draw.between(100, 200), draw.between(20, 40)
    case = f"d_model {d}, d_ff {f}, {layers} layers, {heads} heads, vocabulary {vocab}"
    parameters, flops = adapters.run_account(d, f, layers, heads, vocab, n)
    same("parameters", parameters, number_of_weights(d, f, layers, vocab), case=case,
         suspects={
             "embedding and head share a matrix": number_of_weights(d, f, layers, vocab,
                                                                    embeddings=1),
             "two matrices in the feed-forward network: SwiGLU has three":
                 number_of_weights(d, f, layers, vocab, matrices=2),
             "the norms are left out": number_of_weights(d, f, layers, vocab, norms=0, last=0),
             "the last norm is left out": number_of_weights(d, f, layers, vocab, last=0),
             "three projections of attention: the output has one, too":
                 number_of_weights(d, f, layers, vocab, projections=3),
         })  # fmt: skip
    right = {
        "projections of attention": 2.0 * n * layers * 4 * d * d,
        "scores and mixing": 2.0 * layers * 2 * n * n * d,
        "feed-forward": 2.0 * n * layers * 3 * d * f,
        "head": 2.0 * n * d * vocab,
    }
    half = {name: count / 2 for name, count in right.items()}
    one_layer = {name: c if name == "head" else c / layers for name, c in right.items()}
    one_product = {**right, "scores and mixing": right["scores and mixing"] / 2}
    per_head = {**right, "scores and mixing": right["scores and mixing"] * heads}
    same("flops", flops, right, case=f"{case}, {n} tokens",
         suspects={"m k n operations for a product: a multiplication and an addition are two": half,
                   "one layer and not all": one_layer,
                   "one product of attention: the scores and their use are two": one_product,
                   "attention counted for each head with the whole width": per_head})  # fmt: skip


class Sleeper:
    """Work that takes its time, and knows how much: the first calls are slow."""

    def __init__(self, warmup: int) -> None:
        self.warmup, self.taken_ms = warmup, list[float]()

    def __call__(self) -> None:
        started = time.perf_counter()
        time.sleep(0.05 if len(self.taken_ms) < self.warmup else 0.004)
        self.taken_ms.append((time.perf_counter() - started) * 1e3)


@problem("timing", 2, "measurement/timing.time_repeated, summarize_ms")
def test_warm_up_is_not_counted(draw: Draw) -> None:
    warmup, repeats = draw.between(2, 3), draw.between(8, 12)
    work = Sleeper(warmup)
    started = time.perf_counter()
    samples = adapters.run_time_repeated(work, CPU, warmup, repeats)
    whole = (time.perf_counter() - started) * 1e3
    case = f"warmup {warmup}, repeats {repeats}, calls of 50 ms, then of 4 ms"
    same("number of calls", len(work.taken_ms), warmup + repeats, case=case,
         suspects={"the warm-up is left out": repeats})  # fmt: skip
    same("len(samples)", len(samples), repeats, case=case,
         suspects={"the warm-up is counted": warmup + repeats})  # fmt: skip
    inside = work.taken_ms[warmup:]
    for index, (sample, least) in enumerate(zip(samples, inside, strict=True)):
        if sample < 0.99 * least:
            advice = (" These are seconds and not milliseconds."
                      if sample * 1e3 >= 0.99 * least and sample < least / 100 else "")  # fmt: skip
            raise Wrong(
                f"samples[{index}] is {sample:.4g}, where at least {least:.4g} is right, the "
                f"milliseconds that the call itself took.{advice} Case: {case}."
            )
    most = whole - sum(work.taken_ms[:warmup])
    advice = ""
    if all(later >= earlier + 3 for earlier, later in pairwise(samples)):
        advice = " They grow from one to the next: take differences, not times since the start."
    holds(sum(samples) <= 1.01 * most + 1, f"sum(samples) is {sum(samples):.4g}, where at most "
          f"{most:.4g} is right, the milliseconds of all that came after the warm-up.{advice} "
          f"Case: {case}.")  # fmt: skip


@problem("timing", 2, "measurement/timing.time_repeated, summarize_ms")
def test_summary(draw: Draw) -> None:
    samples = [round(5 + abs(v), 3) for v in draw.tensor(draw.between(10, 14) * 2 + 1).tolist()]
    samples[draw.between(0, 3)] = 100.0

    def summary(values: list[float], cut: int = len(samples) // 10) -> dict[str, float]:
        n = len(values)
        return {"median_ms": values[n // 2], "p10_ms": values[cut], "p90_ms": values[n - 1 - cut]}

    right = summary(sorted(samples))
    mean = {**right, "median_ms": sum(samples) / len(samples)}
    same("summarize_ms(samples)", adapters.run_summarize_ms(samples), right,
         case=f"{len(samples)} samples, one of them 100 ms",
         suspects={"the mean and not the median": mean,
                   "the samples are not sorted": summary(samples),
                   "least and most: a tenth is cut off at either end":
                       summary(sorted(samples), 0)})  # fmt: skip


@problem("timing_on_gpu", 1, "measurement/timing.time_repeated")
def test_the_gpu_is_waited_for(draw: Draw) -> None:
    adapters.run_time_repeated(lambda: None, CPU, 0, 1)
    needs_gpu()
    cycles, device = draw.between(20, 40) * 1_000_000, torch.device("cuda")

    def work() -> None:
        torch.cuda._sleep(cycles)  # type: ignore[no-untyped-call]

    start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    work()
    start.record()
    for _ in range(5):
        work()
    end.record()
    torch.cuda.synchronize()
    one = start.elapsed_time(end) / 5
    for _ in range(20):  # queued before: the clock must not start while it runs
        work()
    samples = adapters.run_time_repeated(work, device, 1, 5)
    case = f"kernels of {one:.1f} ms, of 5 repeats"
    holds(min(samples) > 0.7 * one, f"the least sample is {min(samples):.3f} ms, where about "
          f"{one:.1f} is right: the call returns when the kernel is queued; wait for the device, "
          f"or use events. Case: {case}.")  # fmt: skip
    holds(max(samples) < 3 * one, f"the largest sample is {max(samples):.1f} ms, where about "
          f"{one:.1f} is right: wait for what was queued before the first timed call, too. Case: "
          f"{case}.")  # fmt: skip


class Block(nn.Module):
    """A residual layer that counts its forward passes."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight, self.calls = nn.Parameter(weight.clone()), 0

    def forward(self, x: Tensor) -> Tensor:
        """x + tanh(x W)."""
        self.calls += 1
        return x + torch.tanh(x @ self.weight)


@problem("recompute_in_segments", 3, "measurement/saved_tensors.forward_in_segments")
@pytest.mark.parametrize("segment", [0, 1, 2, 3])
def test_segments(draw: Draw, segment: int) -> None:
    layers, d = 5, draw.between(6, 9)
    weights, x = [draw.tensor(d, d, scale=d**-0.5) for _ in range(layers)], draw.tensor(4, d)
    case = f"{layers} blocks, segments of {segment}"

    def run(segment: int | None) -> tuple[Tensor, list[Tensor], list[int], list[int]]:
        blocks = [Block(weight) for weight in weights]
        start = x.clone().requires_grad_()
        kept: list[int] = []

        def keep(tensor: Tensor) -> Tensor:
            kept.append(tensor.numel() if tensor.shape == x.shape else 0)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            y = start
            if segment is None:
                for block in blocks:
                    y = block(y)
            else:
                y = adapters.run_forward_in_segments(blocks, start, segment)
        leaves = [start, *(block.weight for block in blocks)]
        gradients = torch.autograd.grad(y.square().sum(), leaves, allow_unused=True)
        return y.detach(), list(gradients), [b.calls for b in blocks], kept

    right, right_gradients, _, plain = run(None)
    found, gradients, calls, kept = run(segment)
    full = layers - layers % max(segment, 1)
    shorter = x
    for weight in weights[:full]:
        shorter = Block(weight)(shorter)
    same("y", found, right, case=case,
         suspects={"the last blocks, which fill no segment, are left out":
                   shorter.detach()})  # fmt: skip
    for name, mine, good in zip(["dx", *(f"dW of block {i}" for i in range(layers))], gradients,
                                right_gradients, strict=True):  # fmt: skip
        if mine is None:
            raise Wrong(f"{name} is None, where a tensor is right: something between it and y is "
                        f"detached. Case: {case}.")  # fmt: skip
        same(name, mine, good, case=case)
    times = 1 if segment == 0 else 2
    same("forward passes of each block", calls, [times] * layers, case=case,
         suspects={"nothing is computed again: all is kept": [1] * layers,
                   "the last blocks, which fill no segment, are not recomputed":
                       [2] * full + [1] * (layers - full),
                   "everything is recomputed, though a segment of 0 asks to keep it":
                       [2] * layers})  # fmt: skip
    if segment:
        holds(
            sum(kept) < sum(plain),
            f"forward keeps {sum(kept)} numbers of blocks for backward, as many as without "
            f"segments ({sum(plain)}), where fewer are right. Case: {case}.",
        )


@problem("recompute_in_segments", 3, "measurement/saved_tensors.expected_peak, best_segment")
def test_the_peak_on_paper(draw: Draw) -> None:
    layers, s = draw.between(20, 40), float(draw.between(5, 10))
    b = s * draw.between(2, 30)
    for k in (0, 1, 3, layers):
        case = f"L = {layers}, k = {k}, b = {b:g}, s = {s:g}"
        right = layers * b if k == 0 else math.ceil(layers / k) * s + k * b
        same("expected_peak(L, k, b, s)", adapters.run_expected_peak(layers, k, b, s), right,
             case=case,
             suspects={"b and s are exchanged": math.ceil(layers / max(k, 1)) * b + k * s,
                       "the segment itself, k b, is left out": math.ceil(layers / max(k, 1)) * s,
                       "rounded down: the last, shorter segment has an input, too":
                           layers // max(k, 1) * s + k * b})  # fmt: skip
    peaks = [math.ceil(layers / k) * s + k * b for k in range(1, layers + 1)]
    same("best_segment(L, b, s)", adapters.run_best_segment(layers, b, s),
         1 + peaks.index(min(peaks)), case=f"L = {layers}, b = {b:g}, s = {s:g}",
         suspects={"the square root of L: that is the case b = s": round(layers**0.5),
                   "counted from 0": peaks.index(min(peaks)),
                   "the largest peak": 1 + peaks.index(max(peaks))})  # fmt: skip


STATE = ("weights", "gradients", "optimizer")
FROM_STAGE = {"weights": 3, "gradients": 2, "optimizer": 1}
BYTES = {"weights": 2, "gradients": 4, "optimizer": 12}


@problem("zero_on_paper", 3, "parallelism/zero.state_memory, state_traffic")
@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_state_of_a_rank(draw: Draw, stage: int) -> None:
    n, ranks = float(draw.between(10, 99) * 1000), draw.between(3, 9)

    def memory(stage: int = stage, ranks: int = ranks) -> dict[str, float]:
        return {name: BYTES[name] * n / (ranks if stage >= FROM_STAGE[name] else 1)
                for name in STATE}  # fmt: skip

    whole = memory(0)
    suspects: dict[str, Any] = {f"that is stage {s}": memory(s) for s in range(4) if s != stage}
    suspects["nothing is divided"] = whole
    suspects["divided by the ranks twice"] = {k: v / ranks for k, v in memory().items()}
    same("state_memory(N, ranks, stage)", adapters.run_state_memory(n, ranks, stage), memory(),
         case=f"N = {n:.0f}, {ranks} ranks, stage {stage}; 2, 4 and 12 bytes a weight",
         suspects=suspects)  # fmt: skip


@problem("zero_on_paper", 3, "parallelism/zero.state_traffic")
@pytest.mark.parametrize("stage", [0, 1, 2, 3])
def test_what_a_rank_sends(draw: Draw, stage: int) -> None:
    n, ranks, m = float(draw.between(10, 99) * 1000), draw.between(3, 9), draw.between(2, 5)

    def traffic(share: float, m: int = m) -> float:
        scatter, gather = BYTES["gradients"] * n * share, BYTES["weights"] * n * share
        return (2 * scatter, scatter + gather, m * scatter + gather,
                m * (2 * gather + scatter))[stage]  # fmt: skip

    share = (ranks - 1) / ranks
    scatter, gather = BYTES["gradients"] * n * share, BYTES["weights"] * n * share
    suspects = {
        "a ring sends (ranks - 1) / ranks of the bytes and not all of them": traffic(1.0),
        "a rank sends its own share once, 1 / ranks": traffic(1 / ranks),
        "micro-batches are left out": traffic(share, 1),
        "micro-batches are added up at home: only stages 2 and 3 send each": m * traffic(share, 1),
        "an all-reduce sends twice what a reduce-scatter does": scatter,
        "weights are gathered for forward and again for backward": m * (gather + scatter),
    }
    same("state_traffic(N, ranks, stage, micro_batches)",
         adapters.run_state_traffic(n, ranks, stage, m), traffic(share),
         case=f"N = {n:.0f}, {ranks} ranks, stage {stage}, {m} micro-batches",
         suspects=suspects)  # fmt: skip


@problem("pipeline_bubble", 1, "parallelism/calculator.bubble_fraction")
@pytest.mark.parametrize("v", [1, 2])
def test_bubble(draw: Draw, v: int) -> None:
    p, m = draw.between(3, 8), draw.between(4, 20)
    same("bubble_fraction(p, m, v)", adapters.run_bubble_fraction(p, m, v),
         (p - 1) / (v * m + p - 1), case=f"p = {p} stages, m = {m} micro-batches, v = {v}",
         suspects={"the bubble beside the work, (p - 1) / (v m), and not its share of the step":
                       (p - 1) / (v * m),
                   "p and not p - 1 stages wait": p / (v * m + p),
                   "the share that works": v * m / (v * m + p - 1),
                   "interleaving is left out": (p - 1) / (m + p - 1)})  # fmt: skip
