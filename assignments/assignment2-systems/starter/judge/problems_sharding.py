"""Problems of what ranks share: the optimizer's state (ZeRO-1), and all of the model (FSDP)."""

from __future__ import annotations

import pytest
from judge import sharding
from judge.basics import needs_basics
from judge.checks import Draw, problem
from judge.ranks import Check, on_ranks


@problem("sharded_optimizer", 5, "sharded_optimizer.ShardedOptimizer")
@pytest.mark.parametrize(
    "check", [sharding.updates, sharding.state_is_divided, sharding.options_and_groups]
)
def test_sharded_optimizer(draw: Draw, check: Check) -> None:
    on_ranks(check, draw)


@problem("fsdp", 8, "fsdp.FSDP")
@pytest.mark.parametrize(
    "check", [sharding.shards, sharding.training, sharding.memory, sharding.low_precision]
)
def test_fsdp(draw: Draw, check: Check) -> None:
    needs_basics()
    on_ranks(check, draw)
