"""Model parts against their torch counterparts and against the simple version, on one CPU thread.

    python bench/bench_model.py [--out results/bench_model.md]

CPU seconds, best of several turns, all in one process; the ratio is the figure that travels.
"""

from __future__ import annotations

import argparse
import copy
import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch
from cs336_basics.attention import causal_mask, scaled_dot_product_attention
from cs336_basics.fast.attention import fused_causal_attention
from cs336_basics.generation import generate
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import cross_entropy
from cs336_basics.optimizer import AdamW
from torch.nn import functional as F

Row = tuple[str, str, float, str, float]


def cpu_seconds(work: Callable[[], object], turns: int = 5) -> float:
    """Least CPU time of `work` over a few turns, after one to warm up."""
    work()
    times = []
    for _ in range(turns):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def make_model() -> TransformerLM:
    """Four layers of width 128, as in configs/cpu_small.toml."""
    torch.manual_seed(0)
    return TransformerLM(2000, 256, 128, 4, 4, 344)


def bench_generation() -> Row:
    """128 greedy tokens with the cache, and by passing the whole text again for each."""
    model = make_model()

    @torch.no_grad()
    def recompute() -> list[int]:
        ids = [1] * 8
        for _ in range(128):
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
        return ids[8:]

    def cached() -> list[int]:
        return generate(model, [1] * 8, 128, temperature=0.0)

    assert cached() == recompute()
    slow, fast = cpu_seconds(recompute, 2), cpu_seconds(cached, 2)
    return "generate 128 tokens", "no cache", slow, "cache", fast


def bench_attention() -> Row:
    """Forward and backward of causal attention, 8 x 4 heads of 256 positions."""
    Q, K, V = (torch.randn(8, 4, 256, 32, requires_grad=True) for _ in range(3))
    mask = causal_mask(256, 256)

    def run(attention: Callable[..., torch.Tensor]) -> float:
        return cpu_seconds(lambda: attention(Q, K, V, mask).sum().backward())  # type: ignore[no-untyped-call]

    return (
        "attention, B=8 H=4 T=256",
        "reference",
        run(scaled_dot_product_attention),
        "fused",
        run(fused_causal_attention),
    )


def bench_loss() -> Row:
    """Cross-entropy and its gradient for 2,048 rows of 2,000 logits."""
    logits, targets = torch.randn(2048, 2000, requires_grad=True), torch.randint(2000, (2048,))
    ours = cpu_seconds(lambda: cross_entropy(logits, targets).backward())  # type: ignore[no-untyped-call]
    theirs = cpu_seconds(lambda: F.cross_entropy(logits, targets).backward())  # type: ignore[no-untyped-call]
    return "cross-entropy, 2048 x 2000", "torch", theirs, "this", ours


def bench_optimizer() -> Row:
    """One AdamW step over the model's 1.3M parameters."""
    model, other = make_model(), make_model()
    for p, q in zip(model.parameters(), other.parameters(), strict=True):
        p.grad = torch.randn_like(p)
        q.grad = copy.deepcopy(p.grad)
    ours = AdamW(model.parameters())
    theirs = torch.optim.AdamW(other.parameters())
    return (
        "AdamW, 1.3M parameters",
        "torch",
        cpu_seconds(theirs.step, 20),
        "this",
        cpu_seconds(ours.step, 20),
    )


def main() -> None:
    """Run the comparisons and print them as a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = [bench_generation(), bench_attention(), bench_loss(), bench_optimizer()]
    lines = [
        f"torch {torch.__version__}, {platform.machine()}, 1 thread, {time.strftime('%Y-%m-%d')}",
        "",
        "| what | compared with | ms | this | ms | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for what, base, base_seconds, name, seconds in rows:
        lines.append(
            f"| {what} | {base} | {base_seconds * 1e3:.1f} | {name} | {seconds * 1e3:.1f} "
            f"| {seconds / base_seconds:.2f} |"
        )
    text = "\n".join(lines)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
