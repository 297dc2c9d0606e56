"""Where a loop that stands on one line begins its next turn, as offsets of bytecode.

Input: a code object and the loops of its file whose body begins on the header's line. Output: the
offsets at which an interpreter tells of a jump back. Interpreters report the lines of such a loop
once, and jumps back in different places: `sys.settrace` where it lands (3.11, 3.12) or where it
leaves (3.13), `sys.monitoring` by an event of its own where it leaves.
"""

import dis
from collections.abc import Iterable
from dataclasses import dataclass
from types import CodeType

_TAKES_NEXT = frozenset({"FOR_ITER", "GET_ANEXT"})


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop whose body begins on its header's last line."""

    first: int
    last: int
    body: tuple[int, int]
    """Line and column (in UTF-8 bytes) at which the body begins."""


def turn_offsets(code: CodeType, loops: Iterable[Loop]) -> dict[int, bool]:
    """Offset to whether the jump there is known to begin a turn.

    False: a `for` asks its iterator first, and there may be nothing more.
    """
    found: dict[int, bool] = {}
    lines = {line for _, _, line in code.co_lines() if line is not None}
    inside = [loop for loop in loops if loop.first in lines]
    if inside:
        instructions = list(dis.get_instructions(code))
        for loop in inside:
            found.update(_offsets(instructions, loop))
    return found


def _offsets(instructions: list[dis.Instruction], loop: Loop) -> dict[int, bool]:
    index_at = {one.offset: index for index, one in enumerate(instructions)}
    jumps = [
        one
        for one in instructions
        if _goes_back(one, loop)
        and loop.first <= _place(instructions[index_at[one.argval]])[0]  # not an outer loop's
        # What follows the throw into an `await` stands behind the loop and jumps into it.
        and instructions[index_at[one.offset] - 1].opname != "CLEANUP_THROW"
    ]
    if not jumps:
        return {}
    # Comprehensions inside jump back too; the loop's own jump is the last.
    target = jumps[-1].argval
    start = index_at[target]
    landing = [target]
    while instructions[start].opname == "EXTENDED_ARG":
        start += 1
        landing.append(instructions[start].offset)
    known = (
        instructions[start].opname not in _TAKES_NEXT and _place(instructions[start]) >= loop.body
    )
    found = dict.fromkeys(landing, known)
    for jump in jumps:
        if jump.argval == target and _place(jump)[0] == _place(instructions[start])[0]:
            at = index_at[jump.offset]
            found[jump.offset] = known
            while instructions[at - 1].opname == "EXTENDED_ARG":
                at -= 1
                found[instructions[at].offset] = known
    return found


def _goes_back(one: dis.Instruction, loop: Loop) -> bool:
    return (
        one.opcode in dis.hasjrel
        and one.opname != "JUMP_BACKWARD_NO_INTERRUPT"  # waits inside an `await`
        and one.argval <= one.offset
        and loop.first <= _place(one)[0] <= loop.last
    )


def _place(one: dis.Instruction) -> tuple[int, int]:
    positions = one.positions
    if positions is None or positions.lineno is None:
        return (0, 0)
    return positions.lineno, positions.col_offset or 0
