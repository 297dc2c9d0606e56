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
    most = max(n for n in measured if measured[n] < 1.1 * measured[1])
    per_token = measured[2048] / 2048
    text(rf"""
        *Record: {results.caption("speed")}.* One token takes {measured[1]:.2f} ms, where reading
        the weights at the datasheet's {machine.bandwidth / 1e12:.2f} TB/s would take {reads:.2f}.
        **A pass over {most} tokens takes the same time within 10 %**, and one over 2,048 takes
        {measured[2048]:.0f} ms, which is {per_token:.3f} ms a token: {measured[1] / per_token:.0f}
        times less than the first. This is the picture to remember: everything that makes decoding
        faster moves it to the right on this curve, or lowers its left end.""")


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
    over = {
        name: {b: ms / 1e3 / _counted(sizes, machine, b) for b, ms in measured[name].items()}
        for name, sizes in names.items()
    }
    ends = [over[name][b] for name in names for b in (1, 32)]
    best = measured["8 heads of keys"]
    top = max(best)
    plain = {r["batch"]: r["ms"] for r in results.records("speed", what="plain step", kv_heads=8)}
    text(rf"""
        *Record: {results.caption("speed")}.* The dots lie {min(ends):.2f} to {max(ends):.2f} times
        above the counted times at batches of 1 and 32. With 8 heads of keys a batch of {top} makes
        {1e3 * top / best[top]:,.0f} tokens a second at {best[top]:.1f} ms each. The same step by
        assignment 1's own model and cache, kernel by kernel from Python, takes {plain[1]:.1f} ms
        at a batch of 1 and {plain[32]:.1f} at 32, where the fused one takes {best[1]:.1f} and
        {best[32]:.1f}: it copies keys for every head that shares them before it reads them.""")


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
        {"name": name, "numbers": numbers[name], "loss": round(loss, 4), "mean": True}
        for name, (loss, _, _) in spread.items()
    ]
    rows += [
        {"name": r["variant"], "numbers": numbers[r["variant"]], "loss": r["test_loss"],
         "mean": False}
        for r in results.records("models")
    ]  # fmt: skip
    plot(smaller.loss_against_cache(rows))
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
    """What the table says, in words; the order is that of the record."""
    whole = spread["8 heads (MHA)"][0]
    costs = {name: loss - whole for name, (loss, _, _) in spread.items()}
    quarter = [
        "2 heads (GQA)",
        "latent 96 + 32 (MLA)",
        "4 heads, two layers share",
        "window 64, 1 layer in 6 global",
    ]
    ordered = sorted(quarter, key=lambda name: costs[name])
    said = ", ".join(f"*{name}* {costs[name]:+.4f}" for name in ordered)
    seeds = mean(deviation for _, deviation, _ in spread.values())
    return rf"""
        Four designs keep about a quarter of what 8 heads keep. Against 8 heads they cost, in nats
        a byte and with equal parameters: {said}. One head in every second layer, a sixteenth of the
        cache, costs {costs["1 head, two layers share"]:+.4f}, and a window of 64 in *all* layers
        {costs["window 64 everywhere"]:+.4f}. Seeds alone scatter by {seeds:.4f}, so differences of
        that size mean nothing; and models of 5 million parameters on Python's source code decide
        nothing about models of 500 billion."""


def quantised_on_record() -> None:
    """Loss against bits, and error by layer."""
    if missing("quantised"):
        return
    costs: dict[str, dict[int, float]] = {}
    for way in ("nearest", "gptq", "aware"):
        for group in (0, 16):
            found = {
                bits: cost
                for bits in (8, 4, 3, 2)
                if (cost := results.quantisation_cost(way, bits, group)) is not None
            }
            name = {"nearest": "nearest", "gptq": "GPTQ", "aware": "trained with it"}[way]
            if found:
                costs[f"{name}, scale a {'row' if group == 0 else 'group of 16'}"] = found
    plot(smaller.bit_costs(costs, "Byte models, three seeds: loss added"))
    row, grouped = costs["nearest, scale a row"], costs["nearest, scale a group of 16"]
    text(rf"""
        *Record, 5 million parameters, 3 seeds: {results.caption("quantised")}.* Rounded to the
        nearest with a scale for each row, 8 bits add {row[8]:.4f} nats, 4 bits {row[4]:.4f} and 3
        bits {row[3]:.3f}. A scale for each 16 numbers, which is a bit more a weight, takes the
        cost of 4 bits to {grouped[4]:.4f}.""")


def gptq_on_record() -> None:
    """GPTQ beside rounding to the nearest."""
    if missing("quantised"):
        return
    near, gptq = (results.quantisation_cost(w, 3) for w in ("nearest", "gptq"))
    aware = [
        mean(r["test_loss"] for r in results.records("quantised", way="aware", bits=3)),
        mean(r["test_loss"] for r in results.records("quantised", way="unrounded, trained on")),
    ]
    errors = {
        name: results.records("quantised", way=way, bits=4, group=0, seed=0)[0]["errors"]
        for name, way in (("nearest", "nearest"), ("GPTQ", "gptq"))
    }
    plot(smaller.layer_bars(errors, "Error of each matrix's outputs, 4 bits, by record"))
    assert near is not None
    assert gptq is not None
    text(rf"""
        *Record: {results.caption("quantised")}.* At 3 bits and a scale a row, GPTQ adds
        {gptq:.4f} nats where the nearest adds {near:.4f}. Training 200 more steps with 3 bits in
        the forward pass ends at a loss of {aware[0]:.4f}, and the same steps without rounding end
        at {aware[1]:.4f}: that is the difference that has to be compared, since the steps alone
        help, too.""")


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
    text(rf"""
        One row of 5,120 numbers times a matrix of 13,824 rows: int8 is
        {by["bfloat16"] / by["int8"]:.2f} times as fast as bfloat16 in the same kernel, and int4
        {by["bfloat16"] / by["int4"]:.2f} times. **Fewer bits mean lower latency**, where the
        original course's slides say higher.""")


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
    f, long = "fresh, labels", "fresh, labels, as long as the original"
    text(rf"""
        *Record: {results.caption("pruned")}.* The original has a loss of {loss["original"]:.3f}.
        Cut by activation it has {before[a]:.2f}, and cut at random {before[any_half]:.2f}. After
        200 steps of distillation these are {loss[a]:.3f} and {loss[any_half]:.3f}; with the labels
        instead of the teacher, {loss["cut by activation, labels"]:.3f}. A fresh model of that size
        reaches {loss[f]:.3f} in 200 steps and {loss[long]:.3f} in the original's 700. As a draft
        for speculation, which comes next, the cut and distilled model would have {taken[a]:.0%} of
        its proposals accepted, and the fresh one of 700 steps {taken[long]:.0%}.""")
