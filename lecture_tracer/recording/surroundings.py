"""What a lecture finds around it, and that everything is put back when it has run.

Folder, `sys.path`, arguments, environment, modules, limits of the process: a lecture may change
them all, and the trace is still to be written afterwards.
"""

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lecture_tracer.authoring import compat
from lecture_tracer.config import RunConfig
from lecture_tracer.recording.completion import Completions
from lecture_tracer.recording.overlay import packages_of

try:
    import resource

    _LIMITS = (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_AS)
except ImportError:  # WebAssembly has no such limits
    _LIMITS = ()  # type: ignore[assignment]


@contextmanager
def everything_put_back(config: RunConfig) -> Iterator[Completions]:
    """Set up what the lecture of `config` expects; afterwards all is as it was.

    Gives what an implementation in place of the course's packages lacked, as it comes to be known.
    """
    cwd, path, argv, environment = Path.cwd(), sys.path[:], sys.argv[:], dict(os.environ)
    before = sys.modules.get(config.name)
    dont_write = sys.dont_write_bytecode
    os.environ["MPLBACKEND"] = "module://lecture_tracer.authoring.matplotlib_backend"
    sys.argv = [str(config.path)]
    # Helpers of a lecture that is a link may lie beside its target: Python itself looks there.
    target = config.path.resolve().parent
    named = [str(folder) for folder in config.roots.values()]
    ours = (str(target), str(config.root), str(config.path.parent), *reversed(named))
    for folder in dict.fromkeys(ours):
        if folder in sys.path:
            sys.path.remove(folder)
        sys.path.insert(0, folder)
    random.seed(config.seed)
    try:
        with (
            compat.installed(),
            packages_of(config.roots.values()) as completions,
            _limits_put_back(),
        ):
            yield completions
    finally:
        os.chdir(cwd)
        sys.path[:] = path
        sys.argv[:] = argv
        sys.dont_write_bytecode = dont_write
        os.environ.clear()
        os.environ.update(environment)
        if before is not None:
            sys.modules[config.name] = before
        else:
            sys.modules.pop(config.name, None)


@contextmanager
def _limits_put_back() -> Iterator[None]:
    """Recursion limit, mask of new files and soft limits of the process, for what is written."""
    depth = sys.getrecursionlimit()
    mask = os.umask(0o022)
    os.umask(mask)
    limits = [(kind, resource.getrlimit(kind)[0]) for kind in _LIMITS]
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        os.umask(mask)
        for kind, soft in limits:
            now, hard = resource.getrlimit(kind)
            if now != soft:
                with suppress(ValueError, OSError):  # the lecture may have lowered the hard one too
                    resource.setrlimit(kind, (soft, hard))
