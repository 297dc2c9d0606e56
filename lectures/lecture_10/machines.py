"""Rates and sizes of named hardware, and how long a pass over a model takes by counting."""

from dataclasses import dataclass

from lectures.lecture_10.decoding import ModelSizes

Row = list[int | float]


@dataclass(frozen=True)
class Machine:
    """Dense bfloat16 operations and bytes a second, and bytes of memory, by the datasheet."""

    name: str
    flops: float
    bandwidth: float
    memory: float

    @property
    def ridge(self) -> float:
        """Operations a byte from which on arithmetic is what one waits for."""
        return self.flops / self.bandwidth


H100 = Machine("H100 SXM", 989e12, 3.35e12, 80e9)
H200 = Machine("H200", 989e12, 4.8e12, 141e9)
A100 = Machine("A100 80GB SXM", 312e12, 2.039e12, 80e9)
B200 = Machine("B200", 2250e12, 8.0e12, 180e9)
MACHINES = (A100, H100, B200)

LLAMA_13B = ModelSizes()
"""Llama 2 13B (Touvron et al. 2023, 2307.09288)."""


@dataclass(frozen=True)
class Step:
    """What one decoding step of a batch costs, by counting bytes.

    Attributes:
        memory: bytes of weights and caches. latency: seconds. throughput: tokens a second.
    """

    memory: int
    latency: float
    throughput: float


def decode_step(sizes: ModelSizes, machine: Machine, batch: int, context: int) -> Step:
    """A step in which memory is all that one waits for: weights once, every cache once."""
    memory = 2 * sizes.parameters + batch * sizes.cache_bytes(context)
    latency = memory / machine.bandwidth
    return Step(memory, latency, batch / latency)


def pass_seconds(
    sizes: ModelSizes, machine: Machine, tokens: int, cached: int = 0, weight_bytes: float = 2
) -> float:
    """A pass over `tokens` new tokens that reads `cached` old ones: the longer of two times."""
    moved = weight_bytes * sizes.parameters + sizes.cache_bytes(cached)
    return max(moved / machine.bandwidth, 2 * sizes.parameters * tokens / machine.flops)


def largest_batch(sizes: ModelSizes, machine: Machine, context: int) -> int:
    """How many sequences fit beside the weights."""
    return int((machine.memory - 2 * sizes.parameters) // sizes.cache_bytes(context))


def step_rows(machine: Machine, heads: tuple[int, ...], batches: tuple[int, ...]) -> list[Row]:
    """Llama 2 13B with so many heads of keys at 1,024 tokens: a row for each batch."""
    rows: list[Row] = []
    for kv_heads in heads:
        for batch in batches:
            step = decode_step(ModelSizes(kv_heads=kv_heads), machine, batch, 1024)
            memory, latency = round(step.memory / 1e9, 1), round(1e3 * step.latency, 1)
            rows.append([kv_heads, batch, memory, latency, round(step.throughput)])
    return rows


STEP_COLUMNS = ["heads of keys", "batch", "memory, GB", "latency, ms", "tokens/s"]
