"""Problems of data parallelism: averages after backward, during backward, in buckets."""

from __future__ import annotations

import pytest
from judge import data_parallel
from judge.checks import Draw, problem
from judge.ranks import on_ranks


@problem("ddp_naive", 2, "ddp.all_reduce_gradients_naive")
def test_naive(draw: Draw) -> None:
    on_ranks(data_parallel.naive, draw)


@problem("ddp_flat", 2, "ddp.all_reduce_gradients_flat")
def test_flat(draw: Draw) -> None:
    on_ranks(data_parallel.flat, draw)


@problem("ddp_individual", 4, "ddp.DDPIndividualParameters")
@pytest.mark.parametrize("check", [data_parallel.individual, data_parallel.individual_overlap])
def test_individual(draw: Draw, check: data_parallel.Check) -> None:
    on_ranks(check, draw)


@problem("ddp_bucketed", 5, "ddp.DDPBucketed")
@pytest.mark.parametrize(
    "check", [data_parallel.bucketed, data_parallel.buckets, data_parallel.one_bucket]
)
def test_bucketed(draw: Draw, check: data_parallel.Check) -> None:
    on_ranks(check, draw)
