"""`python -m cs336_scaling.server`: serve the training API, or manage its keys.

python -m cs336_scaling.server --port 8000
python -m cs336_scaling.server keys add --names class.txt --budget 2e18
python -m cs336_scaling.server keys list
python -m cs336_scaling.server keys revoke ada
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from sqlalchemy import Connection, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from cs336_scaling.server import accounts
from cs336_scaling.server.accounts import AccountError, Key
from cs336_scaling.server.database import Database, DatabaseUnavailable
from cs336_scaling.server.leases import SILENCE_SECONDS
from cs336_scaling.server.limits import RateLimit
from cs336_scaling.server.running import DEFAULT_BUDGET, TrainingServer
from cs336_scaling.server.service import Queued, Service, Simulated
from cs336_scaling.server.tables import keys
from cs336_scaling.server.workforce import LocalWorkers, Overseer, SlurmWorkers, Workforce

DEFAULT_DATABASE = "sqlite:///scaling.db"


def main(arguments: list[str] | None = None) -> int:
    """The command. Exit code 0, or 2 with one line that says what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        database = Database(options.database, patience=20.0)
        return int(options.run(options, database))
    except (AccountError, DatabaseUnavailable, OSError, ValueError) as error:
        return _refuse(str(error))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        return _refuse(f"--database {options.database!r}: {error}")


def serve(options: argparse.Namespace, database: Database) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    secret = database.write(lambda connection: _first_key(connection, options.budget))
    service, overseer = _service(options, database)
    server = TrainingServer(
        service,
        host=options.host,
        port=options.port,
        overseer=overseer,
        rate=RateLimit(options.rate) if options.rate else None,
        log_level="info" if options.verbose else "warning",
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        server.start()
        if secret:
            print(f"api_key={secret}  (for 'first', {options.budget:.3g} FLOPs; shown only now)")
        print(f"Training API and dashboard: {server.url}/  (Ctrl-C ends)", flush=True)
        server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return 0


def add_keys(options: argparse.Namespace, database: Database) -> int:
    """One key for each name; prints name and key, tab between."""
    names = list(options.name)
    if options.names:
        lines = Path(options.names).read_text(encoding="utf-8").splitlines()
        names += [line.strip() for line in lines if line.strip()]
    if not names:
        raise ValueError("no names: give them, or a file of them with --names FILE")
    made = database.write(
        lambda connection: [
            (name, accounts.add_key(connection, name, options.budget)) for name in names
        ]
    )
    for name, secret in made:
        print(f"{name}\t{secret}")
    return 0


def list_keys(options: argparse.Namespace, database: Database) -> int:
    """Name, used and budget in FLOPs, and whether it was revoked."""
    rows = database.read(lambda connection: list(connection.execute(select(keys))))
    for row in rows:
        key = Key(row.id, row.name, row.budget)
        used = database.read(accounts.flops_used, key)
        state = f"revoked {row.revoked}" if row.revoked else ""
        print(f"{row.name}\t{used:.4g} of {row.budget:.4g} FLOPs\t{state}".rstrip())
    return 0


def revoke_keys(options: argparse.Namespace, database: Database) -> int:
    """Refuse the keys of these names from now on."""
    for name in options.name:
        database.write(accounts.revoke_key, name)
        print(f"revoked: {name}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs336_scaling.server", description="Serve the training API."
    )
    parser.set_defaults(run=serve)
    parser.add_argument("--database", default=DEFAULT_DATABASE, metavar="URL",
                        help="sqlite:///FILE or postgresql+psycopg://…")  # fmt: skip
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000)
    parser.add_argument("--budget", type=_flops, default=DEFAULT_BUDGET, help="FLOPs of a new key")
    parser.add_argument(
        "--seed", type=int, default=0, help="hidden world of the simulated back end"
    )
    parser.add_argument("--family", type=int, choices=(1, 2), default=1)
    parser.add_argument("--backend", choices=("simulated", "real", "slurm"), default="simulated")
    parser.add_argument("--workers", type=int, default=1, help="of the real back end, at most")
    parser.add_argument(
        "--sbatch",
        default="",
        metavar="OPTIONS",
        help="for jobs of slurm: --sbatch='--gres=gpu:1 --time=60'",
    )
    parser.add_argument("--silence", type=float, default=SILENCE_SECONDS, metavar="SECONDS",
                        help="silence of a dead worker (default %(default)g)")  # fmt: skip
    parser.add_argument("--trainer", default="cs336_scaling.server.training", metavar="MODULE")
    parser.add_argument("--rate", type=float, default=0.0, metavar="N",
                        help="requests a second of one key (default: no limit)")  # fmt: skip
    parser.add_argument("--verbose", action="store_true", help="log requests")
    commands = parser.add_subparsers(title="commands")
    group = commands.add_parser("keys", help="add, list or revoke API keys")
    actions = group.add_subparsers(required=True)
    add = actions.add_parser("add")
    add.add_argument("name", nargs="*")
    add.add_argument("--names", metavar="FILE", help="one name a line")
    add.add_argument("--budget", type=_flops, default=DEFAULT_BUDGET)
    add.set_defaults(run=add_keys)
    actions.add_parser("list").set_defaults(run=list_keys)
    revoke = actions.add_parser("revoke")
    revoke.add_argument("name", nargs="+")
    revoke.set_defaults(run=revoke_keys)
    for action in (add, revoke, actions.choices["list"]):
        action.add_argument("--database", default=argparse.SUPPRESS, metavar="URL")
    return parser


def _service(options: argparse.Namespace, database: Database) -> tuple[Service, Overseer | None]:
    if options.backend == "simulated":
        from cs336_scaling.simulator import make_loss_fn

        return Service(database, Simulated(make_loss_fn(options.seed, options.family))), None
    from cs336_scaling.server.training import REAL_DOMAIN

    workforce: Workforce
    if options.backend == "slurm":
        workforce = SlurmWorkers(options.database, options.trainer, options.workers, options.sbatch)
    else:
        workforce = LocalWorkers(options.database, options.trainer, options.workers)
    return Service(database, Queued(REAL_DOMAIN)), Overseer(database, workforce, options.silence)


def _first_key(connection: Connection, budget: int) -> str | None:
    """A key where the database has none yet."""
    if connection.execute(select(keys.c.id)).first():
        return None
    return accounts.add_key(connection, "first", budget)


def _flops(text: str) -> int:
    try:
        value = float(text)
        return int(text) if text.isdigit() else int(value)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of FLOPs, such as 2e18") from None


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; it is from 0 to 65535")
    return int(text)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _refuse(message: str) -> int:
    print(f"cs336_scaling.server: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
