"""One look at a run: the parameters of `scripts/poll.sh` and what it printed, parsed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from lecture_tracer.remote.errors import ConnectionLostError
from lecture_tracer.remote.watching.slurm import JobState, parse_history, parse_jobs

NAP_S = 0.2
"""How long `scripts/poll.sh` sleeps between two glances at the files."""
MOST_LOG_BYTES = 256 * 1024
"""Log bytes fetched per task and look; more waits for the next look."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The marker a job's script leaves at its end."""

    exit_code: int
    time_s: float
    """Seconds since the epoch, by the compute node's clock."""
    restarts: int = 0
    """How often Slurm had requeued the job before."""


@dataclass(slots=True)
class Look:
    """What one poll brought."""

    logs: dict[int, bytes] = field(default_factory=dict)
    """New log bytes by task index."""
    skipped: dict[int, int] = field(default_factory=dict)
    """Bytes before these that were left out, by task index."""
    ended: dict[int, Ended] = field(default_factory=dict)
    jobs: dict[int, JobState] = field(default_factory=dict)
    """States by task index; empty when Slurm was not asked or did not answer."""
    known_jobs: set[str] = field(default_factory=set)
    unknown_jobs: set[str] = field(default_factory=set)
    """Jobs that Slurm does, and no longer does, know."""
    history: dict[int, JobState] = field(default_factory=dict)
    """States by task index from the accounting, for jobs that it was asked about."""
    recalled_jobs: set[str] = field(default_factory=set)
    """Jobs that the accounting was asked about, if there is one."""
    asked: bool = False
    """Whether Slurm was asked."""

    @property
    def full(self) -> bool:
        """Whether a log had more to give than one look takes."""
        return any(len(log) >= MOST_LOG_BYTES for log in self.logs.values())


def poll_variables(
    run: str,
    offsets: Mapping[int, int],
    ended: Mapping[int, int],
    jobs: Sequence[str],
    wait_s: float,
    last: int = 0,
    forgotten: Sequence[str] = (),
) -> dict[str, str]:
    """Variables for `scripts/poll.sh`.

    It waits up to `wait_s` seconds for log bytes past `offsets` or an end marker that is not in
    `ended` (task index to restarts), and asks Slurm about `jobs` unless log bytes came; without
    waiting it always asks. The accounting is asked about the jobs `forgotten`. With `last`, all but
    so many bytes at the end of each log are skipped.
    """
    return {
        "ended": " ".join(f"{index}:{restarts}" for index, restarts in sorted(ended.items())),
        "forgotten": " ".join(forgotten),
        "naps": str(round(wait_s / NAP_S)),
        "run": run,
        "most": str(MOST_LOG_BYTES),
        "last": str(last),
        "offsets": " ".join(f"{index}:{seen}" for index, seen in sorted(offsets.items())),
        "jobs": " ".join(jobs),
    }


def parse_poll(output: bytes) -> Look:
    """Parse what `scripts/poll.sh` printed; anything a shell greeting put before it is skipped.

    Raises `ConnectionLostError` when the output stops early: the look is then repeated. An end
    marker that makes no sense, such as one written to a full disk, is none: Slurm's state decides.
    """
    look = Look()
    _, start, rest = output.partition(b"::poll\n")
    while start:
        line, newline, rest = rest.partition(b"\n")
        if not newline:
            break
        words = line.decode(errors="replace").split()
        match words:
            case ["::end"]:
                return look
            case ["::log", index, size]:
                look.logs[int(index)], rest = rest[: int(size)], rest[int(size) :]
            case ["::skip", index, size]:
                look.skipped[int(index)] = int(size)
            case ["::exit", index, *marker]:
                with suppress(ValueError):
                    code, time_s, restarts = marker
                    look.ended[int(index)] = Ended(int(code), float(time_s), int(restarts))
            case ["::history", job, size]:
                text, rest = rest[: int(size)].decode(errors="replace"), rest[int(size) :]
                look.recalled_jobs.add(job)
                look.history.update(parse_history(text))
            case ["::job", job, code, size]:
                text, rest = rest[: int(size)].decode(errors="replace"), rest[int(size) :]
                _add_jobs(look, job, int(code), text)
            case _:
                break
    raise ConnectionLostError("the answer to a poll was cut short")


def _add_jobs(look: Look, job: str, code: int, text: str) -> None:
    look.asked = True
    if code == 0:
        look.known_jobs.add(job)
        look.jobs.update(parse_jobs(text))
    elif "Invalid job id" in text:
        look.unknown_jobs.add(job)
