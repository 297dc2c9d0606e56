"""Whose exception it is: the object's that is read, or one that only passes through its code.

Input: an exception. Output: whether it is to be raised on. An object may raise anything, SystemExit
and KeyboardInterrupt too, and is then shown as failed; Ctrl-C and the step limit end the lecture.
"""

import opcode

from lecture_tracer.errors import StepLimitReached

_RAISE = opcode.opmap["RAISE_VARARGS"]


def passes_through(error: BaseException) -> bool:
    """Whether `error` has nothing to do with the object that was read.

    A KeyboardInterrupt of the object's own ends its traceback at a `raise`; that of a signal comes
    from the interpreter, between two instructions of any kind.
    """
    if not isinstance(error, KeyboardInterrupt):
        return isinstance(error, StepLimitReached)
    level = error.__traceback__
    while level is not None and level.tb_next is not None:
        level = level.tb_next
    return level is None or level.tb_frame.f_code.co_code[level.tb_lasti] != _RAISE
