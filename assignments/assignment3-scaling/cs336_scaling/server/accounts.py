"""Keys, charges and runs: functions of a connection, to be called within one transaction.

Rules of the account:
- a run is charged its `train_flops` when it is opened, if the key's budget has room: the run that
  exactly exhausts the budget is allowed;
- one configuration is one run: asking for it again is free and gives the same numbers;
- a run that is stopped early is charged for what ran, rounded up to whole FLOPs; one that fails
  through no fault of its configuration costs nothing.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select, update

from cs336_scaling.config import RUN_FIELDS, RunConfig
from cs336_scaling.server.tables import MAX_FLOPS, keys, ledger, runs

QUEUED, RUNNING, COMPLETED = "queued", "running", "completed"
FAILED, CANCELLED = "failed", "cancelled"
OPEN = (QUEUED, RUNNING)
"""States of a run that has not ended."""

# Statements of every request are built once: SQLAlchemy takes longer to build than to run them.
_KEY = select(keys.c.id, keys.c.name, keys.c.budget).where(
    keys.c.digest == bindparam("digest"), keys.c.revoked.is_(None)
)
_LOCKED_KEY = _KEY.with_for_update()
_USED = select(func.coalesce(func.sum(ledger.c.amount), 0)).where(
    ledger.c.key_id == bindparam("key_id")
)
_SAME_RUN = and_(
    runs.c.key_id == keys.c.id, *(runs.c[name] == bindparam(f"run_{name}") for name in RUN_FIELDS)
)
_USED_BY_KEY = (
    select(func.coalesce(func.sum(ledger.c.amount), 0))
    .where(ledger.c.key_id == keys.c.id)
    .scalar_subquery()
)
_STANDING = (
    select(keys.c.id.label("owner"), keys.c.name, keys.c.budget, _USED_BY_KEY.label("used"), runs)
    .select_from(keys.outerjoin(runs, _SAME_RUN))
    .where(keys.c.digest == bindparam("digest"), keys.c.revoked.is_(None))
)
_NEW_RUN = insert(runs).returning(runs.c.id)
_NEW_ENTRY = insert(ledger)


class AccountError(Exception):
    """Something that the account does not allow; the message is for the person who asked."""


class UnknownKey(AccountError):
    """No key, or one that does not exist or was revoked."""


class BudgetExceeded(AccountError):
    """The run would cost more than is left."""


@dataclass(frozen=True, slots=True)
class Key:
    """One API key, without its secret. `budget` in FLOPs."""

    id: int
    name: str
    budget: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it stands. `loss` is None unless it completed, and NaN where it diverged.

    `latest` is the training loss a moment ago while it runs, if its trainer tells.
    """

    id: int
    key_id: int
    config: dict[str, int | float]
    status: str
    loss: float | None
    charged: int
    done: float
    latest: float | None
    message: str
    created: str
    ended: str | None
    worker: str
    beat: int
    attempts: int
    cancel: bool


def digest(secret: str) -> str:
    """What is stored of a key: who reads the database cannot use it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def add_key(connection: Connection, name: str, budget: int, secret: str | None = None) -> str:
    """Store a key for `name` and return its secret, 128 random bits unless given.

    Raises:
        AccountError: the name is taken or empty, or the budget is no positive amount that fits.
    """
    if not name.strip() or len(name) > 200:
        raise AccountError(f"a key's name has 1 to 200 characters, not {name!r}")
    if not 0 < budget <= MAX_FLOPS:
        raise AccountError(f"a budget is from 1 to {MAX_FLOPS:.4g} FLOPs, not {budget}")
    if connection.execute(select(keys.c.id).where(keys.c.name == name)).first():
        raise AccountError(f"there is a key for {name!r} already; revoke it or take another name")
    secret = secret or secrets.token_urlsafe(16)
    connection.execute(
        insert(keys).values(name=name, digest=digest(secret), budget=budget, created=_now())
    )
    return secret


def revoke_key(connection: Connection, name: str) -> None:
    """Refuse the key from now on; its runs stay. Raises AccountError if there is none."""
    done = connection.execute(
        update(keys).where(keys.c.name == name, keys.c.revoked.is_(None)).values(revoked=_now())
    )
    if not done.rowcount:
        raise AccountError(f"no valid key for {name!r}")


def find_key(connection: Connection, secret: str | None, *, lock: bool = False) -> Key:
    """The key of a secret. With `lock` its row is held until the transaction ends.

    Raises:
        UnknownKey: there is none, or it was revoked.
    """
    query = _LOCKED_KEY if lock else _KEY
    row = connection.execute(query, {"digest": digest(_given(secret))}).first()
    if row is None:
        raise UnknownKey("unknown or revoked API key")
    return Key(row.id, row.name, row.budget)


def flops_used(connection: Connection, key: Key) -> int:
    """Sum of the key's ledger, in FLOPs."""
    return int(connection.execute(_USED, {"key_id": key.id}).scalar_one())


@dataclass(frozen=True, slots=True)
class Standing:
    """A key, what it has used, in FLOPs, and its run of one configuration if there is one."""

    key: Key
    used: int
    run: Run | None


def standing(connection: Connection, secret: str | None, config: RunConfig) -> Standing:
    """All that a request for a run has to know, in one statement.

    Raises:
        UnknownKey: the secret is of no valid key.
    """
    values = {f"run_{name}": value for name, value in config.as_dict().items()}
    row = connection.execute(_STANDING, values | {"digest": digest(_given(secret))}).first()
    if row is None:
        raise UnknownKey("unknown or revoked API key")
    run = None if row.id is None else as_run(row)
    return Standing(Key(row.owner, row.name, row.budget), int(row.used), run)


def _given(secret: str | None) -> str:
    if not secret:
        raise UnknownKey("no API key was given: add api_key=… or a bearer token")
    return secret


def find_run(connection: Connection, key: Key, config: RunConfig) -> Run | None:
    """The key's run of a configuration, in whatever state."""
    query = select(runs).where(
        runs.c.key_id == key.id,
        *(runs.c[name] == value for name, value in config.as_dict().items()),
    )
    row = connection.execute(query).first()
    return None if row is None else as_run(row)


def get_run(connection: Connection, run_id: int, *, lock: bool = False) -> Run | None:
    """The run with a number."""
    query = select(runs).where(runs.c.id == run_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else as_run(row)


def list_runs(
    connection: Connection,
    key: Key,
    *,
    statuses: tuple[str, ...] = (),
    after: int = 0,
    limit: int | None = None,
) -> list[Run]:
    """The key's runs with numbers above `after`, oldest first."""
    query = select(runs).where(runs.c.key_id == key.id, runs.c.id > after).order_by(runs.c.id)
    if statuses:
        query = query.where(runs.c.status.in_(statuses))
    return [as_run(row) for row in connection.execute(query.limit(limit))]


def open_run(connection: Connection, key: Key, config: RunConfig) -> Run:
    """The key's run of this configuration, charged if it is new.

    `key` must have been found with its lock. A run that failed or was cancelled is opened again.

    Raises:
        BudgetExceeded: nothing was charged or stored.
    """
    found = find_run(connection, key, config)
    if found is not None and found.status not in (FAILED, CANCELLED):
        return found
    check_budget(key, config, flops_used(connection, key))
    fresh: dict[str, Any] = {
        "status": QUEUED, "loss": None, "latest": None, "done": 0.0, "message": "", "ended": None,
        "worker": "", "beat": 0, "attempts": 0, "cancel": 0,
    }  # fmt: skip
    if found is None:
        new = {"key_id": key.id, "charged": 0, "created": _now()} | config.as_dict() | fresh
        number = connection.execute(insert(runs).values(new).returning(runs.c.id)).scalar_one()
    else:
        number = found.id
        connection.execute(update(runs).where(runs.c.id == number).values(**fresh))
    charge(connection, number, config.train_flops, "opened")
    run = get_run(connection, number)
    assert run is not None
    return run


def store_completed(
    connection: Connection, secret: str | None, config: RunConfig, loss: float
) -> tuple[Run, int]:
    """Charge and record a run that has its loss already; the run, and what its key has used.

    The same as opening and closing it, in fewer statements. A run that is there stays.

    Raises:
        UnknownKey, BudgetExceeded: nothing was charged or stored.
    """
    find_key(
        connection, secret, lock=True
    )  # by itself: what comes next must see what it waited for
    now = standing(connection, secret, config)
    found, key = now.run, now.key
    if found is not None and found.status not in (FAILED, CANCELLED):
        return found, now.used
    check_budget(key, config, now.used)
    values: dict[str, Any] = {
        "status": COMPLETED, "loss": loss if math.isfinite(loss) else None, "done": 1.0,
        "latest": None, "message": "", "ended": _now(), "worker": "", "beat": 0, "attempts": 0,
        "cancel": 0,
        "charged": config.train_flops + (found.charged if found else 0),
    }  # fmt: skip
    if found is None:
        values |= {"key_id": key.id, "created": values["ended"]} | config.as_dict()
        values["id"] = connection.execute(_NEW_RUN, values).scalar_one()
    else:
        connection.execute(update(runs).where(runs.c.id == found.id).values(values))
        values |= {"key_id": key.id, "created": found.created, "id": found.id} | config.as_dict()
    entry = {
        "key_id": key.id, "run_id": values["id"], "amount": config.train_flops,
        "reason": COMPLETED, "created": values["ended"],
    }  # fmt: skip
    connection.execute(_NEW_ENTRY, entry)
    return as_run(values), now.used + config.train_flops


def check_budget(key: Key, config: RunConfig, used: int) -> None:
    """Raises BudgetExceeded if the run costs more than is left after `used` FLOPs."""
    left = key.budget - used
    if config.train_flops > left:
        raise BudgetExceeded(
            f"this run costs {config.train_flops:.4g} FLOPs, but of your budget of "
            f"{key.budget:.4g} only {left:.4g} are left; nothing was charged"
        )


def charge(connection: Connection, run_id: int, amount: int, reason: str) -> None:
    """Enter an amount of FLOPs, negative to give some back, for a run and its key."""
    if amount == 0:
        return
    key_id = connection.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(charged=runs.c.charged + amount)
        .returning(runs.c.key_id)
    ).scalar_one()
    connection.execute(
        insert(ledger).values(
            key_id=key_id, run_id=run_id, amount=amount, reason=reason, created=_now()
        )
    )


def close_run(
    connection: Connection,
    run: Run,
    status: str,
    *,
    loss: float | None = None,
    done: float = 1.0,
    message: str = "",
) -> None:
    """End a run: store its loss and give back what did not run.

    Args:
        run: as read in this transaction.
        done: share of the training that ran, 0 to 1; what is left is given back.
    """
    full = int(run.config["train_flops"])
    kept = 0 if status == FAILED else min(full, math.ceil(full * done))
    charge(connection, run.id, kept - full, f"{status} after {done:.1%}")
    connection.execute(
        update(runs)
        .where(runs.c.id == run.id)
        .values(
            status=status,
            loss=loss if loss is not None and math.isfinite(loss) else None,
            done=done,
            latest=None,
            message=message[:500],
            ended=_now(),
            worker="",
        )
    )


def as_run(row: Row[Any] | dict[str, Any]) -> Run:
    """A row of the table as a Run."""
    values = row if isinstance(row, dict) else row._mapping
    loss = values["loss"]
    if values["status"] == COMPLETED and loss is None:
        loss = math.nan
    return Run(
        config={name: values[name] for name in RUN_FIELDS},
        cancel=bool(values["cancel"]),
        loss=loss,
        **{
            name: values[name]
            for name in ("id", "key_id", "status", "charged", "done", "latest", "message",
                         "created", "ended", "worker", "beat", "attempts")
        },
    )  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
