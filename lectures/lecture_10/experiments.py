"""What the lecture runs live, a function for each."""

import functools
from collections.abc import Callable
from functools import partial

import torch
from cs336_basics.kv_cache import KVCache, LayerCache
from cs336_basics.model import TransformerLM
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from lecture_tracer import benchmark
from lectures.lecture_10 import pruning, quantisation, speculation
from lectures.lecture_10.decoding import ModelSizes
from lectures.lecture_10.figures import roofs
from lectures.lecture_10.serving import studies
from lectures.lecture_10.serving.arrivals import Request, arrivals
from lectures.lecture_10.serving.paging import BlockPool, Table
from lectures.lecture_10.serving.prefix import PrefixCache
from lectures.lecture_10.serving.server import Log, percentile
from lectures.lecture_10.small_model import counted, trained, words
from lectures.lecture_10.training import (
    Recipe,
    logits_of,
    losses_by_place,
    train,
    windows,
)
from lectures.shared.aside import aside
from lectures.shared.charts import Spec

CPU_SIZES = ModelSizes(1024, 2816, 4, 16, 16, 64, 512)
"""Large enough not to fit in a processor's caches: 52 million numbers."""
PASSES = (1, 2, 4, 8, 16, 32, 64, 128)
TURNS = 20  # of what is too short to be timed alone
REPAIR = Recipe(steps=60, batch=16, length=32, rate=3e-3)


@aside
@torch.no_grad()
def flops_of_generation(model: TransformerLM, tokens: int, cached: bool) -> int:
    """Operations that all products take to generate so many tokens after one."""
    cache = model.new_cache() if cached else None
    ids = torch.zeros(1, 1, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        for length in range(1, tokens + 1):
            model(ids[:, -1:] if cached else ids[:, :length], cache)
            ids = torch.cat([ids, ids[:, -1:]], dim=1)
    return int(counter.get_total_flops())


def tiny() -> TransformerLM:
    """Two layers, to look into and to count with."""
    torch.manual_seed(0)
    return TransformerLM(64, 256, 32, 2, 2, 88).requires_grad_(False).eval()


def three_of_four(keys: Tensor, values: Tensor) -> LayerCache:
    """A cache for four tokens that holds the first three; the place of the fourth is known, too."""
    layer = LayerCache(capacity=4)
    layer.append(keys, values)
    layer.length = 3
    return layer


def mlp_bytes(rows: dict[str, int], d: int = 5120, f: int = 13824) -> dict[str, dict[str, float]]:
    """Bytes that a gated MLP moves in bfloat16, by tensor, for workloads of so many rows."""
    return {
        name: {"weights": 6 * d * f, "input and output": 4 * n * d, "hidden": 4 * n * f}
        for name, n in rows.items()
    }


def even_batch(heads: tuple[int, ...]) -> dict[int, float]:
    """By heads of keys: sequences of 1,024 tokens whose caches are as large as the weights."""
    models = (ModelSizes(kv_heads=kv_heads) for kv_heads in heads)
    return {m.kv_heads: 2 * m.parameters / m.cache_bytes(1024) for m in models}


@functools.cache
def _cpu_model() -> TransformerLM:
    torch.manual_seed(0)
    return CPU_SIZES.build(512, "cpu", torch.float32)


def pass_over(tokens: int) -> Callable[[], None]:
    """A pass over so many tokens at once, with an empty cache of assignment 1, on the CPU."""

    def work() -> None:
        model = _cpu_model()
        cache = KVCache(len(model.layers), tokens)
        with torch.no_grad():
            model(torch.zeros(1, tokens, dtype=torch.int64), cache)

    return work


def cpu_passes() -> dict[int, float]:
    """Milliseconds of a pass over n tokens, by a benchmark that is kept."""
    measured = {}
    for n in PASSES:
        row = benchmark(
            "Pass over n tokens, CPU",
            pass_over(n),
            label=f"n = {n}",
            repeats=10,
            flops=2 * n * CPU_SIZES.parameters,
            bytes=4 * CPU_SIZES.parameters,
        )
        if row is not None:
            measured[n] = 1e3 * row.median
    return measured


def cpu_curve(measured: dict[int, float]) -> Spec:
    """The passes between two floors: the fastest pass, and the highest rate of arithmetic."""
    parameters = CPU_SIZES.parameters
    rate = max(2 * n * parameters / ms for n, ms in measured.items())
    title = "52 million weights in float32, one thread of a CPU: one pass"
    return roofs.passes(measured, min(measured.values()), 2 * parameters / rate, title)


def held_out_loss(model: TransformerLM) -> float:
    """Nats a word of the small model's held-out text."""
    return round(losses_by_place(model, words().held_out, 64).mean().item(), 4)


def calibration(model: TransformerLM) -> Callable[[], Tensor]:
    """A run over 64 windows of training text, for whoever listens to the layers."""
    ids = windows(words().train, 64, 64, seed=99)[:, :-1]
    return partial(logits_of, model, ids)


@aside
def rounding_costs(bits: tuple[int, ...]) -> dict[str, dict[int, float]]:
    """Loss added by the way of rounding and the number of bits, in nats a word."""
    model = trained()
    seen, whole = quantisation.moments(model, calibration(model)), held_out_loss(model)
    costs: dict[str, dict[int, float]] = {"nearest": {}, "gptq": {}}
    for n in bits:
        ways: dict[str, quantisation.Rounding] = {
            "nearest": nearest_way(n),
            "gptq": partial(quantisation.gptq, bits=n),
        }
        for name, way in ways.items():
            changed, _ = quantisation.quantised(model, way, seen)
            costs[name][n] = round(held_out_loss(changed) - whole, 4)
    return costs


@aside
def layer_errors(bits: int) -> dict[str, dict[str, float]]:
    """Error of each matrix's outputs, by the way of rounding."""
    model = trained()
    seen = quantisation.moments(model, calibration(model))
    ways: dict[str, quantisation.Rounding] = {
        "nearest": nearest_way(bits),
        "gptq": partial(quantisation.gptq, bits=bits),
    }
    return {name: quantisation.quantised(model, way, seen)[1] for name, way in ways.items()}


def nearest_way(bits: int, group: int = 0) -> quantisation.Rounding:
    """Rounding to the nearest, for those who call with a second moment."""
    return lambda weight, moment: quantisation.rounded(weight, bits, group)


@aside
def aware_cost(bits: int) -> tuple[float, float]:
    """Loss added by rounding before and after 60 steps of training with the rounding on."""
    model = trained()
    aware, whole = quantisation.made_aware(model, bits), held_out_loss(model)
    before = held_out_loss(aware)
    train(aware, words().train, REPAIR, seed=5)
    return round(before - whole, 4), round(held_out_loss(aware) - whole, 4)


def errors_with_outlier(outlier: float) -> dict[str, float]:
    """Relative error of 4,095 normal numbers in int8 whose last neighbour is an outlier."""
    torch.manual_seed(0)
    x = torch.randn(1, 4096)
    x[0, -1] = outlier
    kept = quantisation.rounded(x, 8)
    apart = torch.cat([quantisation.rounded(x[:, :-1], 8), x[:, -1:]], dim=1)
    ways = {
        "one scale": kept,
        "groups of 128": quantisation.rounded(x, 8, 128),
        "kept apart": apart,
    }
    rest = x[:, :-1]
    return {n: float((k[:, :-1] - rest).norm() / rest.norm()) for n, k in ways.items()}


def errors_by_group(bits: tuple[int, ...], groups: tuple[int, ...]) -> dict[tuple[int, int], float]:
    """Relative error of 2^16 normal numbers by bits and by the numbers that share a scale."""
    torch.manual_seed(0)
    x = torch.randn(16, 4096)
    return {
        (b, g): float((quantisation.rounded(x, b, g) - x).norm() / x.norm())
        for b in bits
        for g in groups
    }


def pair_of_inputs() -> tuple[Tensor, Tensor]:
    """A row of three weights, (1, 3), and the second moment of inputs of which two move together.

    The third weight sets the scale: in 3 bits it is 1.
    """
    moment = torch.tensor([[1.0, 0.95, 0.0], [0.95, 1.0, 0.0], [0.0, 0.0, 1.0]])
    return torch.tensor([[0.9, 1.4, 3.0]]), moment


@functools.cache
@aside
def importance() -> pruning.Importance:
    """Of the small model's heads and units."""
    return pruning.by_activation(trained(), calibration(trained()))


def halved(order: pruning.Importance) -> TransformerLM:
    """The small model with two of four heads and half of the units in each layer."""
    return pruning.cut(trained(), order, 2, 84)


@aside
def repaired(model: TransformerLM, *, by_teacher: bool) -> float:
    """Loss after 60 steps, in place."""
    train(model, words().train, REPAIR, 5, trained() if by_teacher else None)
    return held_out_loss(model)


@aside
def speculated(proposed: int, new: int = 120, prompts: int = 4) -> speculation.Outcome:
    """The small model speaks with a draft that knows pairs of words only."""
    whole = speculation.Outcome()
    held, table = words().held_out, counted()
    for seed in range(prompts):
        prompt = held[500 * seed : 500 * seed + 4].tolist()
        run = speculation.speculate(
            speculation.CachedTarget(trained()), lambda ids: table[ids[-1]], prompt,
            new - proposed - 1, proposed, seed,
        )  # fmt: skip
        whole.tokens += run.tokens
        whole.passes += run.passes
        whole.chances += run.chances
    return whole


def target_pass(tokens: int) -> Callable[[], object]:
    """Twenty passes of the small model over so many new tokens after 64 in its cache."""
    ids = words().held_out[:80].tolist()

    @functools.cache
    def target() -> speculation.CachedTarget:
        made = speculation.CachedTarget(trained())
        made.distributions(ids[:65], 1)
        return made

    def work() -> None:
        for _ in range(TURNS):
            target().distributions(ids[: 64 + tokens], tokens)

    return work


def draft_words() -> None:
    """Twenty words of the draft, each looked up and drawn."""
    for _ in range(TURNS):
        torch.multinomial(counted()[3], 1)


def spoken(proposed: int) -> Callable[[], object]:
    """Sixty words of the small model, with so many proposals a pass."""
    return lambda: speculated(proposed, new=60, prompts=1)


def one_prompt(prompt: tuple[int, ...]) -> tuple[PrefixCache, Table]:
    """A cache of prefixes that has seen one prompt, in blocks of four, and the prompt's table."""
    table = Table(BlockPool(count=8, size=4))
    table.append(len(prompt))
    known = PrefixCache(table.pool)
    known.keep(prompt, table)
    return known, table


@functools.cache
def day() -> list[Request]:
    """The arrivals of all comparisons: 300 requests, 30 a second, four applications."""
    return arrivals(rate=30, count=300, seed=0, apps=4)


@functools.cache
@aside
def served(way: studies.Way) -> Log:
    """The same day, served in one way."""
    return studies.serve(way, day())


@aside
def waits_by_load(rates: list[float], count: int) -> list[dict[str, object]]:
    """How long the unlucky wait for their first token, by server and load."""
    return studies.by_load(studies.WAYS, rates, count)


def waits(logs: dict[str, Log], percent: int = 99) -> dict[str, float]:
    """Seconds to the first token that so many percent do not exceed."""
    return {name: round(percentile(log.first, percent), 3) for name, log in logs.items()}


def gaps(logs: dict[str, Log]) -> dict[str, float]:
    """Milliseconds between two tokens that 99 % do not exceed."""
    return {name: round(1e3 * percentile(log.gaps, 99), 1) for name, log in logs.items()}


@aside
def tested(chains: speculation.Chains, rule: speculation.Rule) -> tuple[float, float]:
    """Statistic and chance of 4,000 pairs of words that speculation gave."""
    counts = speculation.sampled(chains, 4000, rule)
    return speculation.chi_square(counts, speculation.exact(chains))
