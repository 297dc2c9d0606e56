"""`--check`: what is there and what is missing, from this machine to a GPU of the cluster."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass

from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.connection.ssh import Connection
from lecture_tracer.remote.errors import ConnectionLostError, RemoteError
from lecture_tracer.remote.plan import Group, Task, sbatch_arguments
from lecture_tracer.remote.resources import Resources, usual_request


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a run needs: there, or missing with advice."""

    good: bool
    what: str
    detail: str


def check(connection: Connection, config: RemoteConfig) -> list[Finding]:
    """Look at this machine, the connection, the folder, Slurm, Python and the GPU request."""
    findings = [
        Finding(True, tool, f"{path} on this machine")
        if (path := shutil.which(tool))
        else Finding(False, tool, "not on this machine: install it")
        for tool in ("git", "rsync", config.ssh_command.split()[0])
    ]
    if not all(finding.good for finding in findings):
        return findings
    try:
        connection.open()
        output = connection.script("check", check_variables(config)).decode(errors="replace")
    except ConnectionLostError as error:
        advice = f"{error}; try `ssh {config.host}` by hand"
        return [*findings, Finding(False, "connection", advice)]
    except RemoteError as error:
        return [*findings, Finding(False, error.slug, str(error))]
    findings.append(Finding(True, "connection", f"ssh to {config.host}"))
    found = re.findall(r"^::(ok|missing) ([^|]*)\|(.*)$", output, re.MULTILINE)
    return findings + [Finding(word == "ok", what, detail) for word, what, detail in found]


def check_variables(config: RemoteConfig) -> dict[str, str]:
    """Variables for `scripts/check.sh`: an ordinary lecture's request is tried on Slurm."""
    usual = Resources(**usual_request(config))  # type: ignore[arg-type]  # the fields' own types
    group = Group((Task(0, "lecture"),), usual)
    return {
        "folder": config.folder,
        "python": config.python,
        "arguments": "\n".join(sbatch_arguments(group, config)),
        "gpus": str(config.gpus),
        "min_free_kb": str(int(config.min_free_gb * 1e9) // 1024),
    }
