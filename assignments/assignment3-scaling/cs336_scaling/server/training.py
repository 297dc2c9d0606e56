"""The real back end's training: assignment 1's Transformer on the Zipf source.

`python -m cs336_scaling.server.training` reads a configuration as one line of JSON, trains, and
writes a line of JSON whenever it has something to tell: `{"done": 0.25, "latest": 1.3}` with the
training loss while it trains, at last `{"loss": 0.61, "done": 1.0}`. A run that diverges ends early
with `"loss": null` and how much ran.
It ends when its standard input does, so it never outlives the worker that started it.
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable

import torch
from cs336_basics.model import TransformerLM
from cs336_basics.nn_utils import clip_gradient_norm, cross_entropy
from cs336_basics.optimizer import AdamW, get_lr_cosine_schedule

from cs336_scaling.config import Domain, RunConfig
from cs336_scaling.real_study.zipf_source import ZipfSource, answer_table

REAL_DOMAIN = Domain(
    d_model=(8, 512),
    num_layers=(1, 8),
    num_heads=(1, 16),
    batch_sizes=(8, 16, 32, 64, 128, 256),
    learning_rate=(1e-4, 1e-1),
    train_flops=tuple(digit * 10**power for power in range(9, 16) for digit in (1, 3)),
    heads_divide_width=True,
)
"""Shapes and budgets that one machine can train: 1e9 FLOPs take a second, 1e12 minutes on a CPU."""

WARMUP_SHARE = 0.1
MAX_NORM = 1.0
DIVERGED = 4.0
"""Nats above a uniform guess at which a run is stopped."""
TELL_SECONDS = 0.5
EVALUATION_SEQUENCES = 1024

Tell = Callable[[float, float], None]
"""Takes the share of the training that has run, and its loss of the moment."""


def train(config: RunConfig, tell: Tell, *, device: str | None = None) -> tuple[float, float]:
    """Train one configuration to its budget: (final loss in nats a token, share that ran).

    The loss is over sequences never trained on. It is NaN, and the share below 1, where the run
    diverged and was stopped.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    source = ZipfSource()
    table = answer_table().to(device)
    generator = torch.Generator(device).manual_seed(1)
    model = TransformerLM(
        source.vocab_size, source.context_length, config.d_model, config.num_layers,
        config.num_heads, feed_forward_width(config.d_model),
    ).to(device)  # fmt: skip
    optimizer = AdamW(model.parameters(), config.learning_rate, (0.9, 0.99), 1e-8, 0.0)
    steps = max(1, round(config.tokens / (config.batch_size * source.context_length)))
    ceiling = math.log(source.vocab_size) + DIVERGED
    for step in range(steps):
        rate = get_lr_cosine_schedule(
            step, config.learning_rate, 0.0, max(1, int(WARMUP_SHARE * steps)), steps
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        tokens = source.batches(1, config.batch_size, table, generator).squeeze(0)
        loss = cross_entropy(model(tokens[:, :-1]), tokens[:, 1:])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        clip_gradient_norm(model.parameters(), MAX_NORM)
        optimizer.step()
        if step % 10 == 0:
            latest = loss.item()
            if not latest < ceiling:  # also true of NaN
                return math.nan, (step + 1) / steps
            tell((step + 1) / steps, latest)
    return _held_out_loss(model, source, table, device), 1.0


def feed_forward_width(d_model: int) -> int:
    """8/3 of the width, to a multiple of 8, so that a gated layer has 8 d² parameters."""
    return max(8, 8 * round(d_model / 3))


def _held_out_loss(
    model: TransformerLM, source: ZipfSource, table: torch.Tensor, device: str
) -> float:
    generator = torch.Generator(device).manual_seed(2)
    total, batches = 0.0, 16
    with torch.no_grad():
        for _ in range(batches):
            size = EVALUATION_SEQUENCES // batches
            tokens = source.batches(1, size, table, generator).squeeze(0)
            total += float(cross_entropy(model(tokens[:, :-1]), tokens[:, 1:]))
    return total / batches


def main() -> int:
    """Train what standard input says, tell on standard output."""
    config = RunConfig(**json.loads(sys.stdin.readline()), domain=REAL_DOMAIN)
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    last = 0.0

    def tell(done: float, latest: float) -> None:
        nonlocal last
        if time.monotonic() - last > TELL_SECONDS:
            last = time.monotonic()
            print(json.dumps({"done": done, "latest": latest}), flush=True)

    loss, done = train(config, tell)
    print(json.dumps({"loss": None if math.isnan(loss) else loss, "done": done}), flush=True)
    return 0


def _end_with_the_input() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
