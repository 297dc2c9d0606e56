"""One run from the checkout to its submitted jobs, and from ended jobs to files at home."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lecture_tracer.errors import LectureTracerError
from lecture_tracer.remote import steps
from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.connection.reconnect import Reconnecting
from lecture_tracer.remote.connection.ssh import Connection, require_tools
from lecture_tracer.remote.errors import ConnectionLostError, RemoteError
from lecture_tracer.remote.plan import RunPlan
from lecture_tracer.remote.report import Report
from lecture_tracer.remote.results import TRACES, Brought, NotHome, bring_home
from lecture_tracer.remote.steps import RemoteRun
from lecture_tracer.remote.sync import Tree, checkout_tree, tracer_needs, tracer_tree
from lecture_tracer.remote.watching.interrupts import Interrupted, Interrupts
from lecture_tracer.remote.watching.watch import Left, Watch
from lecture_tracer.trace.store import check_writable

LEFT_RUNNING = 130
"""Exit code when the jobs were left running at Ctrl-C."""
NOT_HOME = 9
"""Exit code when the jobs ended and their results could not be brought or written here."""


@dataclass(frozen=True, slots=True)
class Session:
    """What every action over a connection needs."""

    root: Path
    config: RemoteConfig
    connection: Connection
    report: Report

    def reconnecting(self, pause: Callable[[float], None] = time.sleep) -> Reconnecting:
        """Repeats steps over this session's connection; `pause` sleeps between attempts."""
        limit_s = self.config.reconnect_minutes * 60
        return Reconnecting(self.connection, self.report.note, pause, limit_s)


def launch(session: Session, plan: RunPlan, interrupts: Interrupts) -> RemoteRun:
    """Everything up to submitted jobs; what fails before leaves nothing behind on the cluster."""
    require_tools()
    _require_room_at_home(session.root)
    root, config = session.root, session.config
    checkout = checkout_tree(root)
    tracer = tracer_tree(checkout)
    trees = (checkout, tracer) if tracer else (checkout,)
    needs = tracer_needs() if tracer else ()
    key = steps.venv_key(root, config, needs)
    session.connection.open()
    try:
        with interrupts.immediate():
            place = _get_ready(session, plan, trees, key)
            if not place.venv_ready:
                _build_environment(session, plan, place, key, needs)
    except (RemoteError, Interrupted):
        _discard(session, plan)
        raise
    jobs = _submit_all(session, plan, place, key, trees, interrupts)
    job_of = {
        task.index: job
        for group, job in zip(plan.groups, jobs, strict=True)
        for task in group.tasks
    }
    folder = f"{place.folder}/runs/{plan.run_id}"
    return RemoteRun(plan.run_id, folder, plan.tasks, tuple(jobs), job_of)


def _require_room_at_home(root: Path) -> None:
    """Say before hours of computing what would keep their results from being written."""
    try:
        check_writable(root / TRACES)
    except LectureTracerError as error:
        reason = error.__cause__ or error
        message = f"cannot write to {root / TRACES}: {_said(reason)}; the results would go there"
        raise RemoteError("home-unwritable", message) from error


def _said(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _get_ready(session: Session, plan: RunPlan, trees: Sequence[Tree], key: str) -> steps.Place:
    """Folder and checkout."""
    connection, config, report = session.connection, session.config, session.report
    again = session.reconnecting()
    variables = steps.prepare_variables(config, plan, key, trees)
    place = again(lambda: steps.prepare(connection, variables))
    for tree in trees:
        base = place.bases[tree.place]
        if base is None:
            continue
        report.note(
            f"sending {len(tree.names)} files, {tree.size / 1e6:.1f} MB, as {tree.place}"
            f"{'; only what changed travels' if base else ''}"
        )
        target = steps.incoming(place.folder, tree, plan.run_id)
        again(partial(steps.upload, connection, tree, target, base))
    settle = steps.place_variables(place.folder, plan.run_id, trees)
    again(lambda: connection.script("place", settle))
    report.note(f"{trees[0].place} is in {config.host}:{place.folder}/runs/{plan.run_id}")
    return place


def _build_environment(
    session: Session, plan: RunPlan, place: steps.Place, key: str, needs: Sequence[str]
) -> None:
    connection, config, report = session.connection, session.config, session.report
    lock_file = steps.lock_file(session.root, config)
    report.note(f"setting up Python for {lock_file}; later runs reuse it")
    build = steps.venv_variables(session.root, config, place.folder, plan.run_id, key, needs)
    session.reconnecting()(lambda: steps.build_venv(connection, config, build, report.output))


def _submit_all(
    session: Session,
    plan: RunPlan,
    place: steps.Place,
    key: str,
    trees: Sequence[Tree],
    interrupts: Interrupts,
) -> list[str]:
    """Submit every array or none. A Ctrl-C meanwhile waits, so that no job is lost sight of."""
    again = session.reconnecting(interrupts.pause)
    jobs: list[str] = []
    try:
        for number, group in enumerate(plan.groups):
            variables = steps.submit_variables(
                plan, number, session.config, place.folder, key, trees
            )
            jobs.append(again(partial(steps.submit, session.connection, variables)))
            lectures = ", ".join(task.lecture for task in group.tasks)
            session.report.note(f"submitted job {jobs[-1]}: {lectures}")
    except RemoteError:
        if jobs:
            session.report.note(f"cancelling job {', '.join(jobs)}: the run is not complete")
            cancel = {"folder": place.folder, "jobs": " ".join(jobs)}
            session.connection.script("cancel", cancel)
        _discard(session, plan)
        raise
    except Interrupted as error:
        message = "stopped while submitting without a connection: see --list for what is running"
        raise RemoteError("interrupted", message, exit_code=LEFT_RUNNING) from error
    return jobs


def _discard(session: Session, plan: RunPlan) -> None:
    variables = {"folder": session.config.folder, "run_id": plan.run_id}
    try:
        session.connection.script("discard", variables, limit_s=20.0)
    except RemoteError as error:
        session.report.note(f"left behind on the cluster: run {plan.run_id}: {error}")


def follow(
    session: Session, run: RemoteRun, interrupts: Interrupts, on_interrupt: Callable[[], str]
) -> int:
    """Watch a submitted run, bring its results home, say how it went; the command's exit code."""
    again, report = session.reconnecting(interrupts.pause), session.report
    watch = Watch(again, run, report, interrupts, on_interrupt)
    try:
        progress = watch.follow()
        with interrupts.immediate():
            brought = again(lambda: _results(session, run))
    except Left:
        report.how_to_return(run)
        return LEFT_RUNNING
    except Interrupted:
        report.note(f"the results are not here yet: {report.door} --attach {run.jobs[0]}")
        return LEFT_RUNNING
    except ConnectionLostError:
        report.how_to_return(run)
        raise
    try:
        watch.read_rest()  # results first: a log can be long
    except (Interrupted, ConnectionLostError):
        report.note(f"the rest of the log is in {session.config.host}:{run.folder}/logs")
    code = report.summary(progress, brought, session.config.viewer)
    if isinstance(brought, NotHome):
        report.not_home(run, brought)
        return max(code, NOT_HOME)
    _tidy(session, run)
    return code


def _results(session: Session, run: RemoteRun) -> Brought | NotHome:
    """The results at home, or why they are still on the cluster: the jobs' ends count anyway."""
    try:
        return bring_home(session.connection, session.root, run)
    except ConnectionLostError:
        raise
    except LectureTracerError as error:
        return NotHome(str(error), error.slug)
    except OSError as error:
        return NotHome(f"cannot write {error.filename or session.root}: {_said(error)}")


def _tidy(session: Session, run: RemoteRun) -> None:
    """Mark the run as home and drop the oldest; the results are here, so no failure counts."""
    variables = steps.finish_variables(session.config, run.folder)
    try:
        session.connection.script("finish", variables, limit_s=60.0)
    except RemoteError as error:
        session.report.note(f"old runs were not removed: {error}")
