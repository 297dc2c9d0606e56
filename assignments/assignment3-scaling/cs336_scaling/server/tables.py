"""The tables of the training API: keys, runs, and the ledger of FLOPs.

Amounts are whole FLOPs in 64-bit integers, so no sum is rounded. What a key has used is the sum of
its entries in the ledger and stands nowhere else; a run and its charge are written in one
transaction, so the ledger always equals the sum of what the runs were charged.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

MAX_FLOPS = 2**63 - 1
"""The largest amount that the columns hold."""

MAX_RUN_NUMBER = 2**31 - 1
"""The largest number of a run: PostgreSQL's integer."""

metadata = MetaData()

keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the key, hexadecimal
    Column("budget", BigInteger, nullable=False),  # FLOPs
    Column("created", String(32), nullable=False),  # ISO time, UTC; shown, never compared
    Column("revoked", String(32)),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key_id", ForeignKey("api_keys.id"), nullable=False, index=True),
    Column("d_model", Integer, nullable=False),
    Column("num_layers", Integer, nullable=False),
    Column("num_heads", Integer, nullable=False),
    Column("batch_size", Integer, nullable=False),
    Column("learning_rate", Double, nullable=False),
    Column("train_flops", BigInteger, nullable=False),
    Column("status", String(16), nullable=False, index=True),
    Column("loss", Double),  # empty unless completed, and where the run diverged
    Column("charged", BigInteger, nullable=False),  # FLOPs: sum of this run's ledger entries
    Column("done", Double, nullable=False),  # share of the training that has run, 0 to 1
    Column("latest", Double),  # training loss a moment ago, while it runs
    Column("message", String(500), nullable=False),  # why it failed or was stopped
    Column("created", String(32), nullable=False),
    Column("ended", String(32)),
    # A worker that has the run raises `beat` as it works; whoever watches needs no common clock.
    Column("worker", String(100), nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("cancel", Integer, nullable=False),  # 1: stop at the next opportunity
    UniqueConstraint(
        "key_id",
        "d_model",
        "num_layers",
        "num_heads",
        "batch_size",
        "learning_rate",
        "train_flops",
        name="one_run_per_configuration",
    ),
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key_id", ForeignKey("api_keys.id"), nullable=False, index=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),  # FLOPs; negative: given back
    Column("reason", String(100), nullable=False),
    Column("created", String(32), nullable=False),
)
