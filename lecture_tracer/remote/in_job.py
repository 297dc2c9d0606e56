"""Runs the recorder inside a Slurm job so that SIGTERM saves what has been recorded.

    python -m lecture_tracer.remote.in_job -m lecture_06      (arguments are the recorder's)

At a time limit or scancel, Slurm sends SIGTERM to every process of the job and SIGKILL some
seconds later. Here SIGTERM becomes the Ctrl-C that the recorder answers by saving the trace; the
processes that it starts inherit the blocked signal and leave the decision to it.
"""

import runpy
import signal
import sys
import threading


def interrupt_at_sigterm() -> None:
    """Turn the first SIGTERM of this process into SIGINT; swallow the others.

    torchrun forwards the signal that Slurm has already sent, and a second Ctrl-C would mean
    "stop without saving". Call it before other threads and processes are started.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` left it ignored
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def wait() -> None:
        signal.sigwait({signal.SIGTERM})
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=wait, daemon=True, name="sigterm").start()


if __name__ == "__main__":
    interrupt_at_sigterm()
    sys.argv = ["lecture-tracer", *sys.argv[1:]]
    runpy.run_module("lecture_tracer", run_name="__main__")
