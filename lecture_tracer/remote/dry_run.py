"""`--dry-run`: every command of a run, from the same builders that a real run uses.

What only the cluster knows stands as a name in capitals: EARLIER-CHECKOUT, JOBID.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from lecture_tracer.remote import steps
from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.connection.ssh import Connection, script_text
from lecture_tracer.remote.plan import RunPlan
from lecture_tracer.remote.results import collect_variables
from lecture_tracer.remote.sync import (
    LIST_FILES,
    checkout_tree,
    send_arguments,
    tracer_needs,
    tracer_tree,
)
from lecture_tracer.remote.watching.poll import poll_variables


def dry_run(
    connection: Connection, root: Path, config: RemoteConfig, plan: RunPlan
) -> Iterator[str]:
    """The commands in order, each with a comment line that says what it is for."""
    checkout = checkout_tree(root)
    tracer = tracer_tree(checkout)
    trees = (checkout, tracer) if tracer else (checkout,)
    needs = tracer_needs() if tracer else ()
    key = steps.venv_key(root, config, needs)
    run_folder = f"{config.folder}/runs/{plan.run_id}"
    listing = shlex.join(LIST_FILES)
    yield f"# the files that travel: {len(checkout.names)}\n{listing}"
    yield "# one connection for everything\n" + shlex.join(connection.open_command())
    prepare = steps.prepare_variables(config, plan, key, trees)
    yield _script(connection, "prepare", prepare, "the run's folder, free space, Slurm")
    for tree in trees:
        target = steps.incoming(config.folder, tree, plan.run_id)
        earlier = f"EARLIER-{tree.kind.removesuffix('s').upper()}"
        arguments = ["--from0", "--files-from=-", *send_arguments(connection.host, target, earlier)]
        send = shlex.join(connection.rsync_command(arguments))
        source = listing if tree is checkout else f"find {tree.root / 'lecture_tracer'} -print0"
        yield f"# send {tree.place}, unless it is there\n{source} | {send}"
    settle = steps.place_variables(config.folder, plan.run_id, trees)
    yield _script(connection, "place", settle, "the run's own copy of the checkout")
    build = steps.venv_variables(root, config, config.folder, plan.run_id, key, needs)
    purpose = "only if the lock file has no environment yet"
    if config.environment_in_job:
        yield _script(connection, "build", steps.build_variables(config, build), purpose)
    else:
        yield _script(connection, "venv", build, purpose)
    for number, group in enumerate(plan.groups):
        lectures = ", ".join(task.lecture for task in group.tasks)
        submit = steps.submit_variables(plan, number, config, config.folder, key, trees)
        yield _script(connection, "submit", submit, f"one job array: {lectures}")
    offsets = {task.index: 0 for task in plan.tasks}
    poll = poll_variables(run_folder, offsets, {}, ["JOBID"], 1)
    yield _script(connection, "poll", poll, "about once a second until every job has ended")
    collect = collect_variables(run_folder, plan.tasks)
    yield _script(connection, "collect", collect, "which results there are")
    source = f"{connection.host}:{run_folder}/checkout/"
    fetch = ["--from0", "--files-from=-", "--ignore-missing-args", source, "./"]
    yield "# bring them to var/.incoming-*, then move them into place\n" + shlex.join(
        connection.rsync_command(fetch)
    )
    finish = steps.finish_variables(config, run_folder)
    yield _script(connection, "finish", finish, "the run is home; remove the oldest ones")


def _script(connection: Connection, name: str, variables: Mapping[str, str], purpose: str) -> str:
    command = shlex.join([*connection.command(), "-T"])
    text = script_text(name, variables)
    return f"# {purpose}\n{command} <<'END_OF_SCRIPT'\n(\n{text}\n) </dev/null\nEND_OF_SCRIPT"
