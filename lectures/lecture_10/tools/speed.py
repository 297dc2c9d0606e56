"""Time prefill, decoding and products with narrow weights, by the GPU's own clock."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import torch
from cs336_basics.fast.attention import attention_backend
from cs336_basics.kv_cache import KVCache
from cs336_basics.model import TransformerLM

from lectures.lecture_10 import decoding, products
from lectures.lecture_10.tools.output import Output, Record
from lectures.shared.measuring import by_events, by_host

CONTEXT = 1024
TINY = decoding.ModelSizes(64, 128, 2, 4, 4, 16, 512)
BATCHES = {40: (1, 2, 4, 8, 16, 32, 48, 64), 8: (1, 2, 4, 8, 16, 32, 64, 128, 256)}
PASSES = (1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 320, 384, 512, 768, 1024, 2048)
PLAIN_BATCHES = (1, 4, 16, 32)
Stored = list[tuple[torch.Tensor, torch.Tensor | None]]


def take_speed(out: Output, device: str, small: bool) -> None:
    """The device's own rates, passes over n tokens, and decoding against the batch."""
    sizes = TINY if small else decoding.ModelSizes()
    out.head |= {"sizes": vars(sizes), "context": 64 if small else CONTEXT}
    _take_rates(out, device, small)
    for kv_heads in (sizes.heads, 2 if small else 8):
        _take_one_model(out, replace(sizes, kv_heads=kv_heads), device, small)
        if device == "cuda":
            torch.cuda.empty_cache()


def _take_one_model(out: Output, sizes: decoding.ModelSizes, device: str, small: bool) -> None:
    context = 64 if small else CONTEXT
    torch.manual_seed(0)
    model = sizes.build(2 * context, device, torch.float32 if small else torch.bfloat16)
    common = {"kv_heads": sizes.kv_heads, "parameters": sum(p.numel() for p in model.parameters())}
    if sizes.kv_heads == sizes.heads:
        for count in (1, 4) if small else PASSES:
            ids = torch.zeros(1, count, dtype=torch.int64, device=device)
            out.add({"what": "pass", "tokens": count} | common | timed(_pass_over(model, ids)))
    for batch in (1, 4) if small else PLAIN_BATCHES:
        with _room(out, {"what": "plain step", "batch": batch} | common) as record:
            cache = decoding.filled_cache(model, batch, context - 1, context)
            record |= timed(_plain_step(model, cache, batch, device), capture=False)
            del cache
    for batch in (1, 4) if small else BATCHES[sizes.kv_heads]:
        with _room(out, {"what": "step", "batch": batch} | common) as record:
            decoder = decoding.FixedDecoder(model, batch, context)
            record |= timed(decoder.step)
            del decoder


def _pass_over(model: TransformerLM, ids: torch.Tensor) -> Callable[[], object]:
    def work() -> None:
        with torch.no_grad(), attention_backend("fused"):
            model(ids)

    return work


def _plain_step(
    model: TransformerLM, cache: KVCache, batch: int, device: str
) -> Callable[[], object]:
    """A step of assignment 1's model over its own cache, kernel by kernel from Python."""
    ids, before = torch.zeros(batch, 1, dtype=torch.int64, device=device), cache.length

    def work() -> None:
        decoding.rewind(cache, before)
        with torch.no_grad():
            model(ids, cache)

    return work


@contextmanager
def _room(out: Output, record: Record) -> Iterator[Record]:
    """Add the record, or that the device has no room for it."""
    try:
        yield record
    except torch.cuda.OutOfMemoryError:
        record["out_of_memory"] = True
    if torch.cuda.is_available():
        record["gigabytes"] = round(torch.cuda.max_memory_allocated() / 1e9, 2)
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    out.add(record)


def _take_rates(out: Output, device: str, small: bool) -> None:
    """Bytes a second of a copy and of a sum, operations a second of a large product."""
    n = 2**16 if small else 2**31
    source = torch.ones(n // 2, dtype=torch.bfloat16, device=device)
    target = torch.empty_like(source)
    for name, work, moved in (
        ("copy", lambda: target.copy_(source), 2 * source.nbytes),
        ("sum", lambda: source.sum(), source.nbytes),
    ):
        measured = timed(work)
        out.add({"what": name, "gbps": round(moved / measured["ms"] / 1e6, 1)} | measured)
    side = 64 if small else 8192
    a = torch.randn(side, side, device=device).to(torch.bfloat16)
    measured = timed(lambda: a @ a)
    out.add({"what": "product", "tflops": round(2 * side**3 / measured["ms"] / 1e9, 2)} | measured)


def take_products(out: Output, device: str, small: bool) -> None:
    """One row times a matrix of a feed-forward layer, in 16, 8 and 4 bits, and its error.

    Several matrices take turns, since one would stay in the L2 cache.
    """
    if device != "cuda":
        print("products: Triton's kernels need a GPU", flush=True)
        return
    rows, columns, copies = 13824, 5120, 6
    x = torch.randn(columns, device=device).to(torch.bfloat16)
    weights = [torch.randn(rows, columns, device=device).to(torch.bfloat16) for _ in range(copies)]
    exact = x.float() @ weights[0].float().T
    stored: dict[str, Stored] = {
        "bfloat16": [(w, None) for w in weights],
        "int8": [products.to_int8(w) for w in weights],
        "int4": [products.to_int4(w) for w in weights],
    }
    out.head |= {"rows": rows, "columns": columns}
    library = timed(lambda: [x @ w.T for w in weights])
    out.add(_a_product("cuBLAS, bfloat16", library, copies, weights[0].nbytes))
    for name, matrices in stored.items():
        measured = timed(partial(_all_products, x, matrices))
        moved = sum(part.nbytes for part in matrices[0] if part is not None)
        record = _a_product(name, measured, copies, moved)
        error = products.product(x, *matrices[0]).float() - exact
        out.add(record | {"output_error": round(float(error.norm() / exact.norm()), 5)})


def _all_products(x: torch.Tensor, matrices: Stored) -> None:
    for each in matrices:
        products.product(x, *each)


def _a_product(name: str, measured: Record, copies: int, moved: int) -> Record:
    each = {key: round(measured[key] / copies, 5) for key in ("ms", "q1", "q3")}
    return {"weights": name, "bytes": moved, "gbps": round(moved / each["ms"] / 1e6, 1)} | each


def timed(work: Callable[[], object], capture: bool = True) -> Record:
    """Median and quartiles in ms; on a GPU by its events, of a captured call if it can be."""
    if not torch.cuda.is_available():
        return _spread(by_host(work, warmup=1, repeats=3)) | {"captured": False}
    captured = False
    call = work
    for _ in range(3):
        work()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    if capture:
        with torch.cuda.graph(graph):
            work()
        call, captured = graph.replay, True
    seconds = by_events(call, warmup=3, repeats=20)
    return _spread(seconds) | {"captured": captured}


def _spread(seconds: list[float]) -> Record:
    q1, median, q3 = (float(f"{1e3 * s:.5g}") for s in statistics.quantiles(seconds, n=4))
    return {"ms": median, "q1": q1, "q3": q3, "repeats": len(seconds)}
