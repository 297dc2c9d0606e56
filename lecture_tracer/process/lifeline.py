"""A pipe that ties the recording process to the command: when the one is gone, so is the other.

The command holds the writing end and never writes. However it ends, `kill -9` included, the kernel
closes that end, and then kills the process group that holds on to the reading end. This needs no
thread, which would show in the lecture and make its forks warn, and works while a library computes.
"""

import fcntl
import os
import resource
import select
import signal
import sys


def hold(reader: int) -> None:
    """Let the kernel kill this process group when the other end closes. Linux only.

    The group is the recording process with all that it started, apart from what began a session of
    its own. Elsewhere nothing happens, and a process whose command was killed runs to its end.
    """
    os.set_inheritable(reader, False)
    if sys.platform != "linux":
        return
    reader = _out_of_the_way(reader)
    fcntl.fcntl(reader, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(reader, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(reader, fcntl.F_SETFL, fcntl.fcntl(reader, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(reader, 0)
    if poll.poll(0):  # the command was gone before we listened
        os.killpg(os.getpgrp(), signal.SIGKILL)


def _out_of_the_way(reader: int) -> int:
    """The same end under a high number: a lecture may close every descriptor that it finds."""
    highest = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1_000_000)
    try:
        moved = fcntl.fcntl(reader, fcntl.F_DUPFD_CLOEXEC, max(reader, highest - 16))
    except OSError:  # every number there is taken
        return reader
    os.close(reader)
    return moved
