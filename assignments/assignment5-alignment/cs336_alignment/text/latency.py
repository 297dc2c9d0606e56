"""How long reading a prompt takes and how long each further token, beside what memory allows.

Decoding one row reads every weight for every token, so its floor is the weights' size over the
memory's bandwidth, measured here by summing an array of that size. Reading a prompt uses each
weight for all its tokens and is bounded by arithmetic.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from cs336_basics.model import TransformerLM

from cs336_alignment.models.decoder import TransformerDecoder
from cs336_alignment.models.smollm2 import SmolLM2
from cs336_alignment.text.speaker import wait

PROMPT_LENGTHS = (16, 64, 256)


def measure_latency(smol: SmolLM2, turns: int = 5, new_tokens: int = 16) -> dict[str, Any]:
    """Milliseconds of the prompt as a whole and of each token of it, best of `turns`, and of each
    token after it: the median of all and the best, which another process disturbs least.
    """
    model = smol.model
    weight = model.token_embeddings.weight
    lengths = [n for n in PROMPT_LENGTHS if n + new_tokens <= model.context_length]
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    memory = torch.ones(size // weight.element_size(), dtype=weight.dtype, device=weight.device)
    return {
        "latency": [measure_prompt(model, length, turns, new_tokens) for length in lengths],
        "weight_megabytes": round(size / 1e6, 1),
        "read_weights_once_ms": round(best(lambda: wait(memory.sum()), turns) * 1e3, 3),
    }


def measure_prompt(
    model: TransformerLM, length: int, turns: int, new_tokens: int
) -> dict[str, float]:
    """One prompt of `length` tokens and `new_tokens` steps after it."""
    decoder = TransformerDecoder(model, 1, length + new_tokens)
    device = model.token_embeddings.weight.device
    ids = torch.arange(length, device=device)[None] % model.vocab_size
    mask = torch.ones_like(ids, dtype=torch.bool)
    owners, token = torch.zeros_like(ids[0, :1]), ids[0, :1]

    def prefill() -> None:
        wait(decoder.prefill(ids, mask, owners))

    def decode() -> None:
        wait(decoder.step(token))

    first = best(prefill, turns)
    decoding = []
    for _ in range(turns):
        prefill()
        decoding += [elapsed(decode) for _ in range(new_tokens)]
    return {
        "prompt_tokens": length,
        "prefill_ms": round(first * 1e3, 2),
        "prefill_ms_per_token": round(first * 1e3 / length, 3),
        "decode_ms_per_token": round(median(decoding) * 1e3, 2),
        "decode_ms_best": round(min(decoding) * 1e3, 2),
    }


def best(work: Callable[[], object], turns: int) -> float:
    """Least seconds of several turns, after one to warm up."""
    work()
    return min(elapsed(work) for _ in range(turns))


def elapsed(work: Callable[[], object]) -> float:
    """Wall seconds of one turn."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
