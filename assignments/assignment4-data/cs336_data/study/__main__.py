"""Train all variants with paired seeds and record their losses.

    python -m cs336_data.study --pool data/study --output results/study_gpu                  # a GPU
    python -m cs336_data.study --pool data/study --output results/study_small --small        # two
cores

A record is written as a run ends; the same command goes on. Seeds are the outer loop, so whatever
is there when time runs out is paired.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from cs336_data.study.names import VARIANTS
from cs336_data.study.records import read_records
from cs336_data.study.training import GPU, SMALL, Plan, Pool, Trainer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns the exit status: 3 if time ran out before all runs."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()
    pool = Pool(options.pool)
    plan = SMALL if options.small else GPU
    device = options.device or (
        "cuda" if torch.cuda.is_available() and not options.small else "cpu"
    )
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / "records.jsonl"
    done = {(r["seed"], r["variant"]) for r in read_records(path)}
    todo = [
        (s, v)
        for s in range(options.first_seed, options.seeds)
        for v in VARIANTS
        if (s, v) not in done
    ]
    if not todo:
        print(f"{path} is complete")
        return 0
    write_about(options.output / "about.json", pool, plan, device)
    trainer = Trainer(plan, pool.index["vocab_size"], device)
    longest = 0.0
    for count, (seed, variant) in enumerate(todo):
        if options.seconds - (time.monotonic() - began) < longest * 1.1:
            print(f"time is up: {len(todo) - count} runs missing")
            return 3
        start = time.monotonic()
        record = one_run(trainer, pool, variant, seed)
        longest = max(longest if count > 1 else 0.0, time.monotonic() - start)  # not the compiler's
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        shown = ", ".join(f"{k} {v:.4f}" for k, v in record["loss"].items())
        print(f"{time.monotonic() - began:6.1f} s  seed {seed} {variant}: {shown}", flush=True)
    return 0


def one_run(trainer: Trainer, pool: Pool, variant: str, seed: int) -> dict[str, Any]:
    """Train one variant and measure it on both held-out sets."""
    unique = int(pool.index["tokens"][variant])
    seconds = trainer.train(pool.stream(variant, trainer.plan.tokens, 1000 + seed), seed)
    losses = {
        name: trainer.document_losses(ids, lengths)
        for name, (ids, lengths) in pool.held_out.items()
    }
    return {
        "variant": variant,
        "seed": seed,
        "loss": {
            name: sum(a for a, _ in rows) / sum(b for _, b in rows) for name, rows in losses.items()
        },
        "epochs": round(trainer.plan.tokens / unique, 3),
        "unique_tokens": unique,
        "seconds": round(seconds, 2),
        "documents": losses,
    }


def write_about(path: Path, pool: Pool, plan: Plan, device: str) -> None:
    """Which machine, which model, which pool."""
    name = (
        torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
    )
    about = {
        "device": name,
        "torch": torch.__version__,
        "date": time.strftime("%Y-%m-%d"),
        "plan": asdict(plan),
        "tokens_a_run": plan.tokens,
        **{
            k: pool.index[k]
            for k in ("tokens", "documents", "vocab_size", "tokenizer", "contaminated")
        },
    }
    path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cs336_data.study")
    parser.add_argument(
        "--pool", type=Path, required=True, help="folder made by cs336_data.study.pool"
    )
    parser.add_argument("--output", type=Path, required=True, help="folder for records")
    parser.add_argument("--small", action="store_true", help="a model for two CPU cores")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0, help="to share seeds among machines")
    parser.add_argument(
        "--seconds", type=float, default=1e9, help="start no run that would end later"
    )
    parser.add_argument("--device", help="cuda or cpu; default: what is there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
