"""Arguments to an action to an exit code; the one place that reads them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lecture_tracer.errors import LectureTracerError
from lecture_tracer.remote.check import check
from lecture_tracer.remote.config import RemoteConfig, load_config
from lecture_tracer.remote.connection.ssh import Connection
from lecture_tracer.remote.door import door
from lecture_tracer.remote.dry_run import dry_run
from lecture_tracer.remote.launch import LEFT_RUNNING, Session, follow, launch
from lecture_tracer.remote.listing import parse_list
from lecture_tracer.remote.plan import new_run_id, plan_run
from lecture_tracer.remote.report import Report, print_error
from lecture_tracer.remote.steps import find_run, job_number
from lecture_tracer.remote.watching.interrupts import Interrupted, Interrupts

EXIT_CODES = """\
exit codes:
  0  every lecture completed            5  a job was cancelled
  1  a lecture failed                   6  a node failed
  2  wrong usage, configuration, or     7  Slurm ended a job otherwise
     refused before anything ran        8  no connection to the cluster
  3  a job ran past its time limit      9  the results could not be brought here
  4  a job ran out of memory           10  a job was preempted
                                      130  left with the jobs running
With several lectures the highest code counts. docs/remote.md says more.
"""


def build_parser(program: str) -> argparse.ArgumentParser:
    """The command line of `program`, which is what the user typed to come here."""
    parser = argparse.ArgumentParser(
        prog=program,
        usage="%(prog)s [options] LECTURE... [-- options of the recorder, such as --measure]",
        description="Run lectures on a Slurm cluster and bring their traces home.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("lectures", nargs="*", metavar="LECTURE", help="such as lecture_06")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--dry-run", action="store_true", help="print every command, run none")
    action.add_argument("--check", action="store_true", help="say what the cluster has or lacks")
    action.add_argument("--attach", metavar="JOBID", help="follow a job that was left running")
    action.add_argument("--list", action="store_true", help="runs on the cluster and their states")
    action.add_argument("--cancel", metavar="JOBID", help="cancel a job, or one lecture: 12_0")
    parser.add_argument(
        "--detach",
        action="store_true",
        help="Ctrl-C leaves the jobs running without asking",
    )
    parser.add_argument("--no-wait", action="store_true", help="return once the jobs are submitted")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command for the repository in the working folder; returns its exit code."""
    root = Path.cwd()
    parser = build_parser(door(root))
    given = list(sys.argv[1:] if arguments is None else arguments)
    end = given.index("--") if "--" in given else len(given)
    options = parser.parse_args(given[:end])
    options.passed_on = given[end + 1 :]
    other = options.check or options.list or options.attach or options.cancel
    if bool(options.lectures) == bool(other):
        parser.error("name at least one lecture, or one of --check --attach --list --cancel")
    try:
        config = load_config(root, os.environ)
        with Connection(config.host, config.ssh_command, "\n".join(config.setup)) as connection:
            return _act(options, root, config, connection)
    except LectureTracerError as error:
        print_error(str(error), error.slug)
        return error.exit_code
    except (KeyboardInterrupt, Interrupted):
        print_error("interrupted; nothing was submitted", "interrupted")
        return LEFT_RUNNING


def _act(
    options: argparse.Namespace, root: Path, config: RemoteConfig, connection: Connection
) -> int:
    if options.check:
        return _check(connection, config)
    if options.list:
        return _list(connection, config)
    if options.cancel:
        return _cancel(connection, config, options.cancel, door(root))
    if options.attach:
        return _attach(options, root, config, connection)
    plan = plan_run(root, options.lectures, config, new_run_id(), options.passed_on)
    if options.dry_run:
        for command in dry_run(connection, root, config, plan):
            print(command, end="\n\n")
        return 0
    several = len(plan.tasks) > 1
    with Interrupts() as interrupts, Report(door(root), several=several) as report:
        session = Session(root, config, connection, report)
        run = launch(session, plan, interrupts)
        if options.no_wait:
            report.how_to_return(run)
            return 0
        return follow(session, run, interrupts, lambda: _ask(options, report, interrupts))


def _attach(
    options: argparse.Namespace, root: Path, config: RemoteConfig, connection: Connection
) -> int:
    job_number(options.attach)
    connection.open()
    run = find_run(connection, config, options.attach)
    several = len(run.tasks) > 1
    with Interrupts() as interrupts, Report(door(root), several=several) as report:
        session = Session(root, config, connection, report)
        return follow(session, run, interrupts, lambda: _ask(options, report, interrupts))


def _ask(options: argparse.Namespace, report: Report, interrupts: Interrupts) -> str:
    """What Ctrl-C means: the user is asked on a terminal, unless `--detach` answered before."""
    report.stop_status()
    if options.detach or not sys.stdin.isatty():
        return "leave"
    question = "\nCancel the jobs? [y] cancel  [n] leave them running  [c] keep watching: "
    answers = {"y": "cancel", "n": "leave", "c": "continue"}
    try:
        with interrupts.immediate():
            while True:
                answer = input(question).strip().lower()[:1]
                if answer in answers:
                    return answers[answer]
    except (EOFError, Interrupted):
        interrupts.take()
        return "leave"


def _check(connection: Connection, config: RemoteConfig) -> int:
    findings = check(connection, config)
    for finding in findings:
        print(f"{'ok     ' if finding.good else 'MISSING'}  {finding.what}: {finding.detail}")
    missing = [finding.what for finding in findings if not finding.good]
    print(f"missing: {', '.join(missing)}" if missing else "everything a run needs is there")
    return 2 if missing else 0


def _list(connection: Connection, config: RemoteConfig) -> int:
    connection.open()
    variables = {"folder": config.folder}
    runs = parse_list(connection.script("list", variables).decode(errors="replace"))
    for run in runs:
        print(f"run {run.run_id}{' (results are home)' if run.home else ''}")
        for task in run.tasks:
            print(f"  {task.job:>10}  {task.state:<14}  {task.lecture}")
    if not runs:
        print(f"no runs in {config.host}:{config.folder}")
    return 0


def _cancel(connection: Connection, config: RemoteConfig, job: str, program: str) -> int:
    job_number(job)
    connection.open()
    output = connection.script("cancel", {"folder": config.folder, "jobs": job.strip()})
    verdict = "had ended before" if b"::ended " in output else "is cancelled"
    print(f"job {job} {verdict}; `{program} --attach {job}` brings home what there is")
    return 0
