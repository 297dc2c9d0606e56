"""Pipeline schedules, run by a simulator: each stage works through its list as soon as it can.

An operation is the forward pass (F), the backward pass of inputs (B) or of weights (W) of one
micro-batch through one run of layers. F, B and W take one unit each over a whole stage, 1 / v over
one of its v runs. Where a schedule does not tell B and W apart, "B" takes both units.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """One piece of work on one stage; `run` counts the stage's runs of layers."""

    kind: str
    micro_batch: int
    run: int = 0


@dataclass(frozen=True)
class Slot:
    """An operation with its place and time."""

    operation: Operation
    stage: int
    start: float
    end: float


@dataclass(frozen=True)
class Timeline:
    """A schedule that was run."""

    name: str
    slots: list[Slot]
    stages: int
    micro_batches: int
    runs: int = 1

    def on(self, stage: int) -> list[Slot]:
        """What one stage did, in order."""
        return sorted((s for s in self.slots if s.stage == stage), key=lambda s: s.start)

    @property
    def seconds(self) -> float:
        """From the first start to the last end."""
        return max(s.end for s in self.slots)

    @property
    def period(self) -> float:
        """Time between two steps, if a stage may begin the next while others finish this one."""
        return max(self.on(s)[-1].end - self.on(s)[0].start for s in range(self.stages))

    @property
    def bubble(self) -> float:
        """Share of a period in which a stage waits; all stages have equal work."""
        return 1 - 3 * self.micro_batches / self.period

    def stored(self, stage: int) -> float:
        """Most micro-batches whose activations the stage keeps at once (stages' worth)."""
        last = {"B", "W"} if any(s.operation.kind == "W" for s in self.slots) else {"B"}
        done = "W" if "W" in last else "B"
        level, most = 0.0, 0.0
        for slot in self.on(stage):
            if slot.operation.kind == "F":
                level += 1 / self.runs
                most = max(most, level)
            elif slot.operation.kind == done:
                level -= 1 / self.runs
        return most


Order = Sequence[Sequence[Operation]]


def gpipe(stages: int, micro_batches: int) -> Order:
    """All forward passes, then all backward passes (Huang et al. 2018)."""
    forward = [Operation("F", m) for m in range(micro_batches)]
    backward = [Operation("B", m) for m in range(micro_batches)]
    return [forward + backward] * stages


def one_forward_one_backward(stages: int, micro_batches: int) -> Order:
    """1F1B: a stage starts as many as there are stages behind it, then alternates."""
    return [_alternate(min(stages - s - 1, micro_batches), micro_batches) for s in range(stages)]


def _alternate(ahead: int, micro_batches: int) -> list[Operation]:
    forward = [Operation("F", m) for m in range(micro_batches)]
    backward = [Operation("B", m) for m in range(micro_batches)]
    order = forward[:ahead]
    for f, b in zip(forward[ahead:], backward, strict=False):
        order += [f, b]
    return order + backward[micro_batches - ahead :]


def interleaved(stages: int, micro_batches: int, runs: int) -> Order:
    """Narayanan et al. 2021: each stage holds several runs of layers, 1F1B over all of them.

    Micro-batches go through in groups of as many as there are stages.
    """
    if micro_batches % stages:
        raise ValueError(f"{micro_batches} micro-batches do not make groups of {stages}")
    total = micro_batches * runs

    def operation(kind: str, count: int) -> Operation:
        group, place = divmod(count, stages * runs)
        run = place // stages
        run = run if kind == "F" else runs - 1 - run
        return Operation(kind, group * stages + place % stages, run)

    orders = []
    for stage in range(stages):
        ahead = min((stages - stage - 1) * 2 + (runs - 1) * stages, total)
        order = [operation("F", k) for k in range(ahead)]
        for k in range(ahead, total):
            order += [operation("F", k), operation("B", k - ahead)]
        orders.append(order + [operation("B", k) for k in range(total - ahead, total)])
    return orders


def run_order(name: str, order: Order, micro_batches: int, runs: int = 1) -> Timeline:
    """Run a schedule of whole backward passes: an operation starts when its inputs are there.

    Raises:
        RuntimeError: the lists wait for each other in a circle.
    """
    stages, ends, slots = len(order), dict[tuple[int, Operation], float](), list[Slot]()
    places, clocks = [0] * stages, [0.0] * stages
    while any(place < len(order[s]) for s, place in enumerate(places)):
        moved = False
        for s in range(stages):
            while places[s] < len(order[s]):
                operation = order[s][places[s]]
                ready = _ready_at(operation, s, stages, runs, ends)
                if ready is None:
                    break
                start = max(clocks[s], ready)
                clocks[s] = start + (1 if operation.kind == "F" else 2) / runs
                ends[s, operation] = clocks[s]
                slots.append(Slot(operation, s, start, clocks[s]))
                places[s] += 1
                moved = True
        if not moved:
            raise RuntimeError(f"{name}: the stages wait for each other")
    return Timeline(name, slots, stages, micro_batches, runs)


def _ready_at(
    operation: Operation,
    stage: int,
    stages: int,
    runs: int,
    ends: dict[tuple[int, Operation], float],
) -> float | None:
    """When the inputs are there, or None if they are not scheduled yet."""
    kind, m, run = operation.kind, operation.micro_batch, operation.run
    needed: list[tuple[int, Operation]] = []
    if kind == "F" and (stage or run):
        needed = [((stage - 1) % stages, Operation("F", m, run if stage else run - 1))]
    if kind == "B":
        needed = [(stage, Operation("F", m, run))]
        last = stage == stages - 1
        if not (last and run == runs - 1):
            needed.append(((stage + 1) % stages, Operation("B", m, run + 1 if last else run)))
    if kind == "W":
        needed = [(stage, Operation("B", m, run))]
    times = [ends.get(key) for key in needed]
    return None if None in times else max([0.0, *(t for t in times if t is not None)])


def zero_bubble(stages: int, micro_batches: int, limit: Callable[[int], int]) -> Timeline:
    """Qi et al. 2024: B and W apart. Whenever a stage is free it takes B if it can, else F, else W.

    `limit(stage)` is the number of micro-batches that a stage may keep, from F to W. A stage that
    has reached it does a W first.
    """
    ends: dict[tuple[int, Operation], float] = {}
    slots: list[Slot] = []
    done = [{"F": 0, "B": 0, "W": 0} for _ in range(stages)]
    time = 0
    while any(d["W"] < micro_batches for d in done):
        chosen = [
            _choose(s, stages, micro_batches, limit(s), done[s], ends, time) for s in range(stages)
        ]
        for s, kind in enumerate(chosen):
            if kind:
                operation = Operation(kind, done[s][kind])
                done[s][kind] += 1
                ends[s, operation] = time + 1
                slots.append(Slot(operation, s, time, time + 1))
        time += 1
    return Timeline("zero bubble", slots, stages, micro_batches)


def _choose(
    stage: int, stages: int, micro_batches: int, limit: int, done: dict[str, int],
    ends: dict[tuple[int, Operation], float], time: float,
) -> str:  # fmt: skip
    def can(kind: str) -> bool:
        if done[kind] == micro_batches:
            return False
        ready = _ready_at(Operation(kind, done[kind]), stage, stages, 1, ends)
        return ready is not None and ready <= time

    if can("B"):
        return "B"
    if can("F") and done["F"] - done["W"] < limit:
        return "F"
    return "W" if can("W") else ""


def five_schedules(stages: int, micro_batches: int) -> dict[str, Timeline]:
    """The schedules of the lecture, by name."""
    m = micro_batches
    twice = interleaved(stages, m, 2)
    return {
        "GPipe": run_order("GPipe", gpipe(stages, m), m),
        "1F1B": run_order("1F1B", one_forward_one_backward(stages, m), m),
        "interleaved, 2 runs of layers": run_order("interleaved", twice, m, 2),
        f"zero bubble, {stages + 1} kept": zero_bubble(stages, m, lambda _: stages + 1),
        f"zero bubble, {2 * stages - 1} kept": zero_bubble(stages, m, lambda _: 2 * stages - 1),
    }


def bubbles(stages: int, counts: Sequence[int]) -> dict[int, float]:
    """Idle share of 1F1B by the number of micro-batches."""
    return {m: run_order("1F1B", one_forward_one_backward(stages, m), m).bubble for m in counts}
