"""Records beside their prose, or a line that says how to take them."""

from collections.abc import Mapping
from statistics import mean

from lecture_tracer import plot, table, text
from lectures.lecture_10 import results
from lectures.lecture_10.decoding import ModelSizes
from lectures.lecture_10.figures import roofs, smaller
from lectures.lecture_10.machines import H100, H200, LLAMA_13B, Machine
from lectures.lecture_10.variants import VARIANTS, Sizes, cached_numbers

GROUPED = ModelSizes(kv_heads=8)


def missing(name: str) -> bool:
    """Whether nobody has taken this record; then a line says how."""
    if results.load(name) is None:
        text(f"*{results.caption(name)}*")
        return True
    return False


def record_machine(name: str) -> Machine:
    """The datasheet of the record's GPU."""
    content = results.load(name)
    device = content["provenance"]["device"] if content else ""
    return H200 if "H200" in device else H100


def passes_on_gpu() -> None:
    """A pass over n tokens of 13 billion weights, and what it says."""
    if missing("speed"):
        return
    machine = record_machine("speed")
    measured = {r["tokens"]: r["ms"] for r in results.records("speed", what="pass")}
    reads = 2e3 * LLAMA_13B.parameters / machine.bandwidth
    arithmetic = 2e3 * LLAMA_13B.parameters / machine.flops
    title = f"13 billion weights in bfloat16, {machine.name}: one pass"
    plot(roofs.passes(measured, reads, arithmetic, title))
    slower = measured[128] / measured[1] - 1
    per_token = measured[2048] / 2048
    text(rf"""
        *Record: {results.caption("speed")}.* One token takes {measured[1]:.1f} ms, and **128 tokens
        take {slower:.0%} longer than one**. In a pass of 2,048 a token costs {per_token:.3f} ms,
        {measured[1] / per_token:.0f} times less. This is the picture to remember: everything that
        makes decoding faster moves it to the right on this curve, or lowers the curve's left end.
        The corner lies about where it was counted, the left end {measured[1] / reads:.1f} times
        above its floor. We suspect the small kernels between the products, norms and rotations,
        some forty layers of them; a profile would tell.""")


def batches_on_gpu() -> None:
    """Decoding against the batch: lines counted, dots measured."""
    machine = record_machine("speed")
    names = {"40 heads of keys": LLAMA_13B, "8 heads of keys": GROUPED}
    measured: dict[str, Mapping[int, float]] = {
        name: {
            r["batch"]: r["ms"]
            for r in results.records("speed", what="step", kv_heads=sizes.kv_heads)
            if "ms" in r
        }
        for name, sizes in names.items()
    }
    plot(roofs.batches(names, machine, 1024, measured))
    if missing("speed"):
        return
    counted = {b: 1e3 * _counted(LLAMA_13B, machine, b) for b in (1, 64)}
    whole, best = measured["40 heads of keys"], measured["8 heads of keys"]
    rate = 63 * LLAMA_13B.cache_bytes(1024) / (whole[64] - whole[1]) / 1e9
    top = max(best)
    plain = {r["batch"]: r["ms"] for r in results.records("speed", what="plain step", kv_heads=8)}
    text(rf"""
        *Record: {results.caption("speed")}.* The dots lie above the lines by a nearly constant
        amount, {whole[1] - counted[1]:.1f} ms at a batch of 1 and {whole[64] - counted[64]:.1f} at
        64: what counting bytes leaves out. The *slope* is nearly as counted: 63 more caches take
        {whole[64] - whole[1]:.1f} ms, which is {rate:.1f} TB/s, and all 64 did fit. With 8 heads
        of keys a batch of {top} makes {1e3 * top / best[top]:,.0f} tokens a second at
        {best[top]:.1f} ms each. The same step by assignment 1's model and cache, launched kernel by
        kernel from Python, takes {plain[1]:.0f} ms at a batch of 1 and {plain[32]:.0f} at 32: it
        does not depend on the batch at all, so it waits for Python. The captured step, which also
        reads a key once and does not copy it for each head, is {plain[1] / best[1]:.1f} times as
        fast: look at the host before you look for ideas.""")


def _counted(sizes: ModelSizes, machine: Machine, batch: int) -> float:
    moved = 2 * sizes.parameters + batch * sizes.cache_bytes(1024)
    return moved / machine.bandwidth


def losses_by_cache() -> None:
    """Held-out losses of byte models with smaller caches."""
    if missing("models"):
        return
    spread = results.spread("models", "test_loss", "variant")
    numbers = {v.label: cached_numbers(v, Sizes(), 512) / 512 for v in VARIANTS}
    rows: list[dict[str, object]] = [
        {"arm": f"{v.label}: {numbers[v.label]:,.0f}", "loss": record["test_loss"]}
        for v in VARIANTS
        for record in results.records("models", variant=v.label)
    ]
    plot(smaller.arms(rows, "Numbers cached a token, and loss of byte models, by seed"))
    shown = [
        [name, round(numbers[name]), round(loss, 4), round(deviation, 4), seeds]
        for name, (loss, deviation, seeds) in spread.items()
    ]
    table(
        shown,
        columns=["attention", "numbers a token", "loss", "deviation of seeds", "seeds"],
        caption=results.caption("models"),
    )
    text(models_said(spread))


def models_said(spread: dict[str, tuple[float, float, int]]) -> str:
    """What the table says, in words."""
    whole = spread["8 heads (MHA)"][0]
    costs = {name: loss - whole for name, (loss, _, _) in spread.items()}
    local, everywhere = costs["window 64, 1 layer in 6 global"], costs["window 64 everywhere"]
    seeds = max(deviation for _, deviation, _ in spread.values())
    return rf"""
        *Record, three seeds.* Against 8 heads, which keep 3,072 numbers a token in six layers,
        three designs that keep a quarter cost {costs["2 heads (GQA)"]:+.3f} nats a byte (two
        heads), {costs["latent 96 + 32 (MLA)"]:+.3f} (a latent) and
        {costs["4 heads, two layers share"]:+.3f} (four heads in every second layer). A single head
        in every second layer, a sixteenth, costs {costs["1 head, two layers share"]:+.3f}. Seeds of
        one design lie up to {seeds:.3f} apart in standard deviation, so the first three cannot be
        told from each other. And windows are **not behind full attention**: everywhere they are
        level with it ({everywhere:+.3f}), and with one global layer in six {-local:.3f} ahead. That
        is not what one expects of a model that sees less. These models are young, 700 steps, and we
        suspect that a window teaches them sooner that the near past matters most; whether the lead
        lasts takes longer training to see. Five million parameters on Python's source code decide
        nothing about 500 billion on everything."""


def quantised_on_record() -> None:
    """Loss against bits, and error by layer."""
    if missing("quantised"):
        return
    costs: dict[str, dict[int, float]] = {}
    for way in ("nearest", "gptq"):
        for group in (0, 16, 32):
            found = {
                bits: cost
                for bits in (8, 4, 3, 2)
                if (cost := results.quantisation_cost(way, bits, group)) is not None
            }
            name = {"nearest": "nearest", "gptq": "GPTQ"}[way]
            if found:
                costs[f"{name}, by {group or 'row'}"] = found
    seeds = len(results.records("quantised", way="unrounded"))
    narrow = {name: {b: c for b, c in by.items() if b < 8} for name, by in costs.items()}
    plot(smaller.bit_costs(narrow, f"Byte models, seeds: {seeds}. Loss added; scales by row or 32"))
    row = costs["nearest, by row"]
    group = max(r["group"] for r in results.records("quantised", way="nearest"))
    grouped = costs[f"nearest, by {group}"]
    text(rf"""
        *Record, 5 million parameters, seeds: {seeds}. {results.caption("quantised")}.* Rounded to
        the nearest with a scale for each row, 8 bits add {row[8]:.4f} nats, 4 bits {row[4]:.4f} and
        3 bits {row[3]:.3f}. A scale for each {group} numbers, which is {16 / group:.1f} bits more a
        weight if it has 16, takes the cost of 4 bits to {grouped[4]:.4f}.""")


def gptq_on_record() -> None:
    """GPTQ beside rounding to the nearest."""
    costs = [results.quantisation_cost(way, bits) for bits in (4, 3) for way in ("nearest", "gptq")]
    near_4, better_4, near_3, better_3 = (cost or 0.0 for cost in costs)
    if None in costs:
        text("*GPTQ on the larger models: not measured yet.*")
        return
    errors = {
        name: results.records("quantised", way=way, bits=4, group=0, seed=0)[0]["errors"]
        for name, way in (("nearest", "nearest"), ("GPTQ", "gptq"))
    }
    plot(smaller.layer_bars(errors, "Error of each matrix's outputs, 4 bits, by record"))
    aware = [
        mean(r["test_loss"] for r in results.records("quantised", way="aware", bits=3)),
        mean(r["test_loss"] for r in results.records("quantised", way="unrounded, trained on")),
    ]
    text(rf"""
        *Record: {results.caption("quantised")}.* With a scale a row, GPTQ takes what is added from
        {near_4:.4f} to {better_4:.4f} nats at 4 bits and from {near_3:.3f} to {better_3:.3f} at 3,
        so it halves the cost. Training 200 more steps with 3 bits in the forward pass ends at a
        loss of {aware[0]:.3f}, and the same steps without rounding at {aware[1]:.3f}: so 3 bits
        cost {aware[0] - aware[1]:.3f}, and comparing with the loss before those steps would have
        hidden it.""")


def products_on_gpu() -> None:
    """One row times a matrix of 16, 8 and 4 bits."""
    if missing("products"):
        return
    rows = results.records("products")
    shown = [
        [r["weights"], round(r["bytes"] / 1e6, 1), round(1e3 * r["ms"], 1), round(r["gbps"])]
        for r in rows
    ]
    table(
        shown,
        columns=["weights", "MB", "microseconds", "GB/s"],
        caption=results.caption("products"),
    )
    by = {r["weights"]: r["ms"] for r in rows}
    size = {r["weights"]: r["bytes"] for r in rows}
    text(rf"""
        One row of 5,120 numbers times a matrix of 13,824 rows, in the same simple kernel: int8 is
        {by["bfloat16"] / by["int8"]:.2f} times as fast as bfloat16, of at most
        {size["bfloat16"] / size["int8"]:.1f} times. **Fewer bits mean lower latency**, where the
        original course's slides say higher. But int4 is only {by["bfloat16"] / by["int4"]:.2f}
        times as fast with {size["bfloat16"] / size["int4"]:.1f} times fewer bytes: at
        {next(r["gbps"] for r in rows if r["weights"] == "int4"):.0f} GB/s it no longer waits for
        memory, and we suspect the unpacking of two numbers a byte. Fast kernels for 4 bits lay the
        weights out so that this costs next to nothing; the bytes alone do not do it.""")


def pruned_on_record() -> None:
    """Ways to a model of half the size."""
    if missing("pruned"):
        return
    rows: list[dict[str, object]] = []
    for record in results.records("pruned"):
        rows.append({"arm": record["arm"], "loss": record["test_loss"]})
    plot(smaller.arms(rows, "Half the heads and units: loss after repair, three seeds"))
    loss = {k: v[0] for k, v in results.spread("pruned", "test_loss", "arm").items()}
    cut = [r for r in results.records("pruned") if "before" in r]
    before = {
        name: mean(r["before"] for r in cut if r["arm"] == name) for name in {r["arm"] for r in cut}
    }
    taken = {
        name: mean(r["accepted"] for r in cut if r["arm"] == name)
        for name in {r["arm"] for r in cut}
    }
    a, any_half = "cut by activation, distilled", "cut at random, distilled"
    labels, fresh = "cut by activation, labels", "fresh, labels, as long as the original"
    text(rf"""
        *Record, three seeds: {results.caption("pruned")}.* The original has a loss of
        {loss["original"]:.3f}. Cut by activation it has {before[a]:.2f}, cut at random
        {before[any_half]:.2f}. After 200 steps of distillation these are {loss[a]:.3f} and
        {loss[any_half]:.3f}, with labels instead of the teacher {loss[labels]:.3f}, and seeds
        overlap: neither the ranking nor the teacher can be told from chance in the loss. **What
        counts is the start.** A fresh model of that size stands at {loss["fresh, labels"]:.2f}
        after 200 steps, and needs the original's 700 to reach {loss[fresh]:.3f}. The teacher does
        leave a trace, which matters in the next section: {taken[a]:.1%} of the distilled model's
        guesses would pass for the original's, {taken[labels]:.1%} of the one that learned from
        labels, and {taken[fresh]:.1%} of the fresh one's, in the same order for each seed.""")
