"""Whether an exception was raised, from the instruction at which a frame stands.

Input: a code object and byte offsets of its instructions. Output: yes or no, exact, and alike for
every event backend: neither says on its own whether a line that comes next was reached by a jump
or by an exception. An exception goes to a handler of the code's exception table, which begins with
PUSH_EXC_INFO and which nothing else jumps to, or leaves the frame from an instruction that is no
return.
"""

import opcode
from collections.abc import Iterator
from types import CodeType

_HANDLER = opcode.opmap["PUSH_EXC_INFO"]
_RETURNS = {opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opcode.opmap}
_MORE, _SIX_BITS = 0x40, 0x3F


def left_by_exception(code: CodeType, at: int) -> bool:
    """Whether a frame that ends at the instruction `at` is left by an exception."""
    return code.co_code[at] not in _RETURNS


def came_by_exception(code: CodeType, begin: int, at: int) -> bool:
    """Whether a line that starts at `at` was reached since what began at `begin` raised."""
    return any(
        first <= begin < end and at - target in (0, 2) and code.co_code[target] == _HANDLER
        for first, end, target in exception_table(code)
    )


def exception_table(code: CodeType) -> Iterator[tuple[int, int, int]]:
    """(first offset, offset behind the last, offset of its handler) of each protected part.

    The format is in CPython's `InternalDocs/exception_handling.md`: four numbers an entry, of six
    bits a byte, in units of two bytes.
    """
    table = iter(code.co_exceptiontable)
    for byte in table:
        first, size, target, _ = (_number(byte if i == 0 else next(table), table) for i in range(4))
        yield 2 * first, 2 * (first + size), 2 * target


def _number(byte: int, rest: Iterator[int]) -> int:
    number = byte & _SIX_BITS
    while byte & _MORE:
        byte = next(rest)
        number = number << 6 | byte & _SIX_BITS
    return number
