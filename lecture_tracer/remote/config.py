"""The cluster's configuration: `remote.toml` in the repository root, overridden by `REMOTE_*`.

This module is the only reader of those environment variables. Every key of `RemoteConfig` may be
given in either place; lists are separated by newlines in the environment.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from lecture_tracer.remote.door import door
from lecture_tracer.remote.errors import RemoteError

CONFIG_FILE = "remote.toml"

DEFAULT_LOCK_FILE = "requirements.lock"
DEFAULT_VENV_COMMAND = (
    '"$PYTHON" -m venv "$VENV" && '
    '"$VENV/bin/python" -m pip install --disable-pip-version-check -q -r "$LOCK_FILE"'
)

USAGE_WITHOUT_CONFIGURATION = """\
No cluster is configured. Say which one in either place:

1. a file remote.toml in the course's folder, which need not be in git{example}
   The one line it must have is the ssh alias of the cluster's login node:

       host = "my-cluster"        # what you type after `ssh`
       partition = "gpu"          # usually needed too: see `sinfo` there

2. or the environment:

       REMOTE_HOST=my-cluster REMOTE_PARTITION=gpu {door} LECTURE

Then `{door} --check` says what is still missing.\
"""
_COPY_EXAMPLE = """; start from the example:

       cp remote.toml.example remote.toml
"""

NAME = re.compile(r"[A-Za-z0-9_.,:@+-]*")
CONSTRAINT = re.compile(r"[A-Za-z0-9_.,:&|()\[\]*+-]*")
_TIME = re.compile(r"(\d+-)?\d+(:\d+){0,2}")
_MEMORY = re.compile(r"(\d+[KMGT]?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteConfig:
    """Where and with what lectures run. Amounts are defaults; a lecture's header may override."""

    host: str
    """ssh alias of the login node."""
    folder: str = "lecture-runs"
    """Remote folder for runs and virtual environments; relative to the home folder."""
    partition: str = ""
    account: str = ""
    qos: str = ""
    constraint: str = ""
    """Features that the nodes must have, such as "a100|h100"."""
    gpus: int = 1
    """GPUs per node; 0 asks for none."""
    gpu_type: str = ""
    """Which GPUs, as the cluster calls them; empty takes any."""
    cpus: int = 4
    """CPU cores per task."""
    memory: str = ""
    """Memory per node, such as "32G"; empty leaves it to the cluster."""
    time_limit: str = "01:00:00"
    """Slurm's time format: minutes, HH:MM:SS or D-HH:MM:SS."""
    requeue: bool = False
    """Whether Slurm may start a lecture again whose job was preempted or lost its node."""
    sbatch_options: tuple[str, ...] = ()
    """More sbatch options, such as "--constraint=h100"."""
    setup: tuple[str, ...] = ()
    """Shell commands run before Python, on the login node and in the job."""
    python: str = "python3"
    """Interpreter (3.11 or newer) that the virtual environment is made from."""
    lock_file: str = DEFAULT_LOCK_FILE
    """File in the repository whose content decides which virtual environment is used."""
    venv_command: str = DEFAULT_VENV_COMMAND
    """Makes a virtual environment at $VENV from $PYTHON and $LOCK_FILE; run in the checkout."""
    environment_in_job: bool = False
    """Whether environments are built in a job: for a login node unlike the compute nodes."""
    environment_options: tuple[str, ...] = ("--cpus-per-task=4", "--time=01:00:00")
    """sbatch options of that job, besides partition, account and QOS."""
    launcher: tuple[str, ...] = ()
    """Words in front of Python wherever it runs, such as those that enter a container."""
    rendezvous: str = ""
    """Address where torchrun's processes meet; empty: 127.0.0.1, or the first of several nodes."""
    min_free_gb: float = 1.0
    """Free space that the remote folder must have before anything is sent, in GB (10^9 bytes)."""
    keep_runs: int = 20
    """Newest runs kept on the cluster; older ones are removed once their results are home."""
    keep_checkouts: int = 3
    """Newest checkouts kept on the cluster; what runs share is stored once."""
    keep_environments: int = 3
    """Newest virtual environments kept on the cluster, besides those in use."""
    reconnect_minutes: float = 30.0
    """How long a dropped connection is retried before giving up (the jobs keep running)."""
    ssh_command: str = "ssh"
    """ssh with options of its own, such as "ssh -F other_config"."""
    viewer: str = "http://localhost:5173/"
    """Address of the trace viewer, used to print where a trace opens."""

    def __post_init__(self) -> None:
        def require(good: bool, key: str, advice: str) -> None:
            if not good:
                value = getattr(self, key)
                raise RemoteError("config-value", f"remote {key} = {value!r}: {advice}")

        require(bool(self.host), "host", "name the ssh alias of the cluster's login node")
        require(not self.host.startswith("-"), "host", "an ssh alias does not start with '-'")
        require(NAME.fullmatch(self.host) is not None, "host", "give an ssh alias or user@host")
        require(bool(self.folder), "folder", "name a folder on the cluster")
        require(
            not re.search(r"[$%\\\n]", self.folder),
            "folder",
            "write it without $, % and \\; it is taken relative to the home folder there",
        )
        good = CONSTRAINT.fullmatch(self.constraint) is not None
        require(good, "constraint", "names of features with & | ( ) [ ] * and ,")
        for key in ("partition", "account", "qos", "gpu_type", "rendezvous"):
            good = NAME.fullmatch(getattr(self, key)) is not None
            require(good, key, "letters, digits and _ . , : @ + - only")
        for key in (
            "gpus",
            "keep_runs",
            "keep_checkouts",
            "keep_environments",
            "min_free_gb",
            "reconnect_minutes",
        ):
            require(getattr(self, key) >= 0, key, "must not be negative")
        require(self.cpus >= 1, "cpus", "at least 1")
        require(bool(_MEMORY.fullmatch(self.memory)), "memory", 'write it as "32G" or "500M"')
        require(bool(_TIME.fullmatch(self.time_limit)), "time_limit", 'write it as "01:30:00"')


def load_config(root: Path, environ: Mapping[str, str]) -> RemoteConfig:
    """Read `root/remote.toml`, then `REMOTE_*` from `environ`, which wins.

    Raises `RemoteError`: `unconfigured` when no host is named anywhere, `config-syntax`,
    `config-key` or `config-value` when something given cannot be used.
    """
    values = _read_file(root / CONFIG_FILE) | _read_environment(environ)
    if not values.get("host"):
        example = _COPY_EXAMPLE if (root / "remote.toml.example").is_file() else "."
        usage = USAGE_WITHOUT_CONFIGURATION.format(door=door(root), example=example)
        raise RemoteError("unconfigured", usage)
    folder = values.get("folder")
    if isinstance(folder, str) and re.match(r"~(/|$)", folder):
        values["folder"] = folder[1:].lstrip("/") or "."  # every remote script starts at home
    return RemoteConfig(**values)  # type: ignore[arg-type]  # each value was checked by _convert


def _read_file(path: Path) -> dict[str, object]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RemoteError("config-syntax", f"{path.name}: not valid TOML: {error}") from error
    known = [field.name for field in fields(RemoteConfig)]
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; known keys: {', '.join(known)}"
            raise RemoteError("config-key", f"{path.name}: unknown key {key!r}{hint}")
    return {key: _convert(key, value, path.name) for key, value in table.items()}


def _read_environment(environ: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for field in fields(RemoteConfig):
        name = f"REMOTE_{field.name.upper()}"
        if name in environ:
            found[field.name] = _convert(field.name, _from_text(field.name, environ[name]), name)
    return found


def _from_text(key: str, text: str) -> object:
    """An environment variable's text as the TOML value it stands for, when it can be one."""
    kind = _kind(key)
    if kind == "list":
        return [line for line in text.splitlines() if line.strip()]
    if kind == "str":
        return text
    if kind == "bool":
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return text


def _kind(key: str) -> str:
    annotation = next(str(field.type) for field in fields(RemoteConfig) if field.name == key)
    return "list" if annotation.startswith("tuple") else annotation


def _convert(key: str, value: object, where: str) -> object:
    kind = _kind(key)
    if kind == "str" and isinstance(value, str):
        return value
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "int" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind == "float" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if kind == "list" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    wanted = {"str": "a string", "int": "a whole number", "float": "a number"}
    wanted["bool"] = "true or false"
    expected = wanted.get(kind, "a list of strings")
    raise RemoteError("config-value", f"{where}: {key} must be {expected}, not {value!r}")
