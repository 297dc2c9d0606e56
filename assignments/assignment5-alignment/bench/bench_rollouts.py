"""Rollouts measured: over the cache (as a CUDA graph on a GPU) beside two ways without a cache.

    python bench/bench_rollouts.py --device cuda --out results/rollouts_cuda.json
    python bench/bench_rollouts.py --device cpu  --out results/rollouts_cpu.json

On a GPU 1,024 rows of a model of 0.79M parameters, on a CPU two threads, 256 rows and 0.34M; 16
samples of each prompt, 16 tokens of prompt, 128 new ones, no end of text, so that every row counts
in full. Wall seconds, best of several turns; the machine's load average stands beside them. The
peers are batched generation without a cache, on a CPU of 32 rows only, and two rows one after the
other without a cache. The gap is the largest difference between the log-probabilities of the cached
steps and of one full forward over the same tokens.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from cs336_alignment.models.policy import padded_logits
from cs336_alignment.rollouts import Generator, Rollouts, make_generator
from cs336_alignment.rollouts.simple import SimpleGenerator
from cs336_basics.model import TransformerLM

VOCAB = 30
NEVER = VOCAB  # an end of text outside the vocabulary
SAMPLES = 16
PROMPT = 16
NEW_TOKENS = 128
CPU_ROWS_WITHOUT_CACHE = 32
SIZES = {"cuda": (1024, 128, 4, 4, 344), "cpu": (256, 96, 3, 3, 256)}  # rows, D, layers, heads, F


def make_model(device: str) -> tuple[TransformerLM, int]:
    """The model of the goal for this kind of device, and its number of rows."""
    rows, d_model, layers, heads, d_ff = SIZES[device]
    torch.manual_seed(0)
    model = TransformerLM(
        VOCAB, PROMPT + NEW_TOKENS, d_model, layers, heads, d_ff, device=torch.device(device)
    )
    return model, rows


def ask(sampler: Generator, rows: int, tokens: int = NEW_TOKENS) -> Rollouts:
    """`rows` answers of `tokens` tokens; prompts differ in length by up to four."""
    samples = min(SAMPLES, rows)
    prompts = [[i % VOCAB] * (PROMPT - i % 4) for i in range(rows // samples)]
    return sampler.sample(
        prompts,
        samples=samples,
        max_new_tokens=tokens,
        temperature=1.0,
        top_p=1.0,
        generator=torch.Generator().manual_seed(0),
    )


def seconds(work: Callable[[], object], turns: int) -> float:
    """Least wall time of `work`, after one turn to warm up (and to capture graphs).

    With no turns the one to warm up counts: long work on a CPU has nothing to warm.
    """
    times = []
    for _ in range(turns + 1):
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        started = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return min(times[1:] or times)


@torch.no_grad()
def decode_gap(model: TransformerLM, rollouts: Rollouts) -> float:
    """Largest |log p of the cached steps - log p of a full forward|, in nats."""
    ids = torch.cat((rollouts.prompt_ids, rollouts.response_ids), dim=1)
    mask = torch.cat((rollouts.prompt_mask, rollouts.response_mask), dim=1)
    logits = padded_logits(model, ids, mask)[:, -NEW_TOKENS - 1 : -1]
    chances = logits.log_softmax(-1).gather(-1, rollouts.response_ids[..., None]).squeeze(-1)
    return float((chances - rollouts.log_probs).abs().max())


def measure(device: str, turns: int) -> dict[str, Any]:
    """Tokens a second of each way, and what they are relative to each other."""
    model, rows = make_model(device)
    cached, plain = (
        make_generator(
            model,
            eos_id=NEVER,
            pad_id=0,
            max_batch=rows,
            max_length=PROMPT + NEW_TOKENS,
            cuda_graph=cuda_graph,
        )
        for cuda_graph in (True, False)
    )
    uncached = SimpleGenerator(model, eos_id=NEVER, pad_id=0, device=device)
    few = 2
    rates = {"cached": rows * NEW_TOKENS / seconds(lambda: ask(cached, rows), turns)}
    if device == "cuda":
        elapsed = seconds(lambda: ask(plain, rows), turns)
        rates["cached, without CUDA graph"] = rows * NEW_TOKENS / elapsed
    on_gpu = device == "cuda"
    once, some = int(on_gpu), rows if on_gpu else CPU_ROWS_WITHOUT_CACHE
    elapsed = seconds(lambda: ask(uncached, some), once)
    rates["batched without cache"] = some * NEW_TOKENS / elapsed
    elapsed = seconds(lambda: [ask(uncached, 1) for _ in range(few)], once)
    rates["one at a time without cache"] = few * NEW_TOKENS / elapsed
    return {
        "rows": rows,
        "parameters": sum(p.numel() for p in model.parameters()),
        "new_tokens": NEW_TOKENS,
        "tokens_per_second": {name: round(rate) for name, rate in rates.items()},
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "ratio_to_batched_without_cache": round(
            rates["cached"] / rates["batched without cache"], 2
        ),
        "ratio_to_one_at_a_time": round(rates["cached"] / rates["one at a time without cache"], 1),
        "decode_gap_nats": decode_gap(model, ask(cached, rows)),
    }


def machine(device: str) -> dict[str, Any]:
    """What a figure needs beside it."""
    cpu = f"{platform.machine()}, {torch.get_num_threads()} threads"
    return {
        "device": torch.cuda.get_device_name() if device == "cuda" else cpu,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d"),
        "command": shlex.join(["python", "bench/bench_rollouts.py", *sys.argv[1:]]),
    }


def main() -> None:
    """Measure, print and, with --out, keep the record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", choices=sorted(SIZES), default=default)
    parser.add_argument("--threads", type=int, default=2, help="on a CPU")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write the record to this JSON file")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    record = {**machine(options.device), **measure(options.device, options.turns)}
    text = json.dumps(record, indent=1)
    print(text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
