"""Measures `remote_execute.sh` on the loopback Slurm cluster of tests/slurm.

    python bench/bench_remote.py [--repeats 5] [--seconds 3]

1. From the end of a job to the command's return, beside `sbatch --wait` for a job of the same
   length. The end is the clock reading that the job's script takes last. A job that is killed
   leaves no such word; there the time counts from the kill.
2. What a second run of an unchanged checkout spends outside its job: the command's whole time minus
   the job's, from the first to the last line of its script.

Medians over the repeats, with the range. One host holds both ends, so clocks agree and the network
costs nothing: a real cluster adds a few round trips. The account has no login files; where they
take long, a run waits for them four times: for the shell that all steps share, for rsync there and
back, and in the job before its first line.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.slurm.conftest import Checkout, Cluster, running_cluster

LECTURE = """\
import time

def main():
    time.sleep(%g)
"""

KILLED = """\
import os
import signal
import time
from pathlib import Path

def main():
    time.sleep(%g)
    pid = os.getpid()
    while b"slurm_script" not in Path(f"/proc/{pid}/cmdline").read_bytes():
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    Path("../killed").write_text(repr(time.time()))
    os.kill(pid, signal.SIGKILL)
    time.sleep(60)
"""


def main() -> int:
    """Run both measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of the lecture")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="bench-remote-"))
    try:
        with running_cluster() as cluster:
            checkout = Checkout(home / "checkout", cluster, home / "runs")
            checkout.write("lecture_01.py", LECTURE % options.seconds)
            checkout.write("lecture_02.py", KILLED % options.seconds)
            ours, outside = remote_execute(checkout, options.repeats)
            killed = [killed_job(checkout) for _ in range(options.repeats)]
            theirs = [sbatch_wait(cluster, home, options.seconds) for _ in range(options.repeats)]
    except RuntimeError as error:
        print(f"bench_remote: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(f"lecture of {options.seconds:g} s, {options.repeats} runs each, median (range):")
    show("end of job to return, remote_execute.sh", ours, "limit 2 s")
    show("same, for a job killed without a word", killed, "limit 2 s")
    show("end of job to return, sbatch --wait", theirs, "")
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"{'sbatch --wait / remote_execute.sh':<44}{ratio:6.1f} x")
    show("second run: time outside the job", outside, "limit 3 s")
    return 0


def remote_execute(checkout: Checkout, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds from the job's end to the return, and seconds outside the job, for each run.

    A first run, not counted, makes the environment and the checkout on the cluster.
    """
    late, outside = [], []
    for repeat in range(repeats + 1):
        started = time.time()
        done = checkout.run("lecture_01")
        returned = time.time()
        if done.code != 0:
            raise RuntimeError(f"the lecture did not complete:\n{done.said}")
        run = checkout.runs()[-1]
        ended = float((run / "state/0.exit").read_text().split()[1])
        began = float((run / "state/0.begin").read_text())
        if repeat:
            late.append(returned - ended)
            outside.append((returned - started) - (ended - began))
    return late, outside


def killed_job(checkout: Checkout) -> float:
    """Seconds from SIGKILL to a job's script, which leaves no word, to the return."""
    done = checkout.run("lecture_02")
    returned = time.time()
    if done.code != 1:
        raise RuntimeError(f"a killed job should fail:\n{done.said}")
    return returned - float((checkout.runs()[-1] / "killed").read_text())


def sbatch_wait(cluster: Cluster, folder: Path, seconds: float) -> float:
    """Seconds from a job's end to the return of `sbatch --wait`."""
    marker = folder / "ended"
    script = f"sleep {seconds}; date +%s.%N >{marker}"
    subprocess.run(
        ["sbatch", "--wait", "--quiet", "--output=/dev/null", f"--wrap={script}"],
        env=cluster.environment,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.time() - float(marker.read_text())


def show(what: str, seconds: list[float], limit: str) -> None:
    """One line of the table."""
    low, high = min(seconds), max(seconds)
    middle = statistics.median(seconds)
    print(f"{what:<44}{middle:6.2f} s ({low:.2f} to {high:.2f}) {limit}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
