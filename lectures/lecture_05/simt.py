"""Threads in warps: one instruction for 32 lanes, with a mask for those that take part."""

from collections.abc import Callable
from dataclasses import dataclass, field

Lane = dict[str, int]


@dataclass
class Warp:
    """Lanes that share one program counter, and a count of the instructions issued to them."""

    lanes: list[Lane]
    active: list[bool] = field(init=False)
    issued: int = 0
    timeline: list[tuple[str, list[bool]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.active = [True] * len(self.lanes)

    def do(self, name: str, instruction: Callable[[Lane], None]) -> None:
        """Issue one instruction: it takes its time whether one lane is active or all."""
        self.issued += 1
        self.timeline.append((name, list(self.active)))
        for lane, on in zip(self.lanes, self.active, strict=True):
            if on:
                instruction(lane)

    def branch(
        self, condition: Callable[[Lane], bool], then: Callable[["Warp"], None],
        otherwise: Callable[["Warp"], None],
    ) -> None:  # fmt: skip
        """Run both sides in turn, each with the lanes that chose it; skip an empty one."""
        before = list(self.active)
        taken = [on and condition(lane) for lane, on in zip(self.lanes, before, strict=True)]
        left = [on and not yes for on, yes in zip(before, taken, strict=True)]
        for mask, side in ((taken, then), (left, otherwise)):
            if any(mask):
                self.active = mask
                side(self)
        self.active = before


def is_even(lane: Lane) -> bool:
    """The condition of the example."""
    return lane["n"] % 2 == 0


def halve(warp: Warp) -> None:
    """What even numbers do, in two instructions."""
    warp.do("n = n / 2", lambda lane: lane.update(n=lane["n"] // 2))
    warp.do("even = 1", lambda lane: lane.update(even=1))


def triple(warp: Warp) -> None:
    """What odd numbers do, in two instructions."""
    warp.do("n = 3 n", lambda lane: lane.update(n=3 * lane["n"]))
    warp.do("n = n + 1", lambda lane: lane.update(n=lane["n"] + 1))


def launch(elements: int, block: int) -> list[tuple[int, int, int, bool]]:
    """(block, thread, index, in range) of every thread that a launch over `elements` starts."""
    blocks = -(-elements // block)
    return [
        (b, t, b * block + t, b * block + t < elements) for b in range(blocks) for t in range(block)
    ]
