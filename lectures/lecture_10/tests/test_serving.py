"""The simulated server: its memory, its schedule, and what they do to those who wait."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lectures.lecture_10.serving import studies
from lectures.lecture_10.serving.arrivals import Request, arrivals
from lectures.lecture_10.serving.memory import Paged, Reserved
from lectures.lecture_10.serving.paging import BlockPool, OutOfBlocksError, Table
from lectures.lecture_10.serving.prefix import PrefixCache
from lectures.lecture_10.serving.server import Policy, Server, percentile


def test_a_table_takes_a_block_when_the_last_is_full() -> None:
    pool = BlockPool(4, size=4)
    table = Table(pool)
    table.append(4)
    assert (len(table.blocks), pool.free) == (1, 3)
    table.append()
    assert len(table.blocks) == 2


def test_four_samples_of_one_prompt_take_less_than_four_prompts() -> None:
    pool = BlockPool(100, size=16)
    prompt = Table(pool)
    prompt.append(150)
    samples = [prompt.fork() for _ in range(4)]
    for sample in samples:
        sample.append(20)
    held = 100 - pool.free
    assert held == 9 + 1 + 4 * 2  # shared and full, the prompt's own last, and two for each
    for table in (prompt, *samples):
        table.release()
    assert pool.holders == [0] * 100


def test_a_full_pool_says_so() -> None:
    with pytest.raises(OutOfBlocksError, match="all 2 blocks are held"):
        Table(BlockPool(2, size=4)).append(9)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from(["new", "append", "fork", "release"]), st.integers(0, 9)))
)
def test_holders_are_those_whose_tables_name_a_block(steps: list[tuple[str, int]]) -> None:
    pool = BlockPool(30, size=3)
    tables = [Table(pool)]
    for what, number in steps:
        table = tables[number % len(tables)]
        try:
            if what == "new":
                tables.append(Table(pool))
            elif what == "append":
                table.append(number)
            elif what == "fork":
                tables.append(table.fork())
            else:
                table.release()
        except OutOfBlocksError:
            pass
        counted = [sum(t.blocks.count(block) for t in tables) for block in range(30)]
        assert counted == pool.holders
        assert pool.free == counted.count(0)


def test_a_beginning_is_found_and_a_middle_is_not() -> None:
    pool = BlockPool(10, size=2)
    known, table = PrefixCache(pool), Table(pool)
    table.append(6)
    known.keep((1, 2, 3, 4, 5, 6), table)
    assert known.find((1, 2, 3, 4, 9, 9)).tokens == 4
    assert known.find((9, 2, 3, 4, 5, 6)).tokens == 0
    assert known.find((1, 2)).tokens == 0  # one token has to be read


def test_what_nobody_holds_makes_room_ends_first() -> None:
    pool = BlockPool(3, size=2)
    known, table = PrefixCache(pool), Table(pool)
    table.append(6)
    known.keep((1, 2, 3, 4, 5, 6, 7), table)
    assert not known.make_room(1)
    table.release()
    assert known.make_room(1)
    assert known.find((1, 2, 3, 4, 5, 6, 7)).tokens == 4


def _cost(new: int, cached: int) -> float:
    return 0.01 + 1e-5 * new + 1e-8 * cached


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1, 7, 8192]), st.booleans(), st.booleans())
def test_everybody_is_answered_in_full(
    seed: int, chunk: int, continuous: bool, share: bool
) -> None:
    requests = [
        Request(r.name, r.arrival, r.prompt[:40], 1 + r.answer % 30)
        for r in arrivals(20, 25, seed, apps=2, system_prompt=24)
    ]
    memory = Paged(25 * 16 if not continuous else 160, share=share)
    log = Server(memory, Policy(continuous, chunk=chunk), _cost).serve(requests)
    assert log.tokens == sum(request.answer for request in requests)
    assert len(log.first) == len(log.whole) == 25
    assert not memory.tables
    held = 0 if memory.prefixes is None else len(memory.prefixes)
    assert memory.pool.free == len(memory.pool.holders) - held


def test_memory_that_runs_out_sends_the_youngest_away() -> None:
    requests = [Request(i, 0.0, (i,) * 16, 40) for i in range(4)]
    log = Server(Paged(160), Policy(), _cost).serve(requests)
    assert log.preempted > 0
    assert log.tokens == 160


def test_a_request_that_never_fits_is_named() -> None:
    with pytest.raises(ValueError, match="request 7 does not fit"):
        Server(Paged(32), Policy(), _cost).serve([Request(7, 0.0, (1,) * 64, 1)])


def test_a_static_batch_lets_nobody_in_before_its_end() -> None:
    requests = [Request(0, 0.0, (1,), 50), Request(1, 0.001, (1,), 1)]
    waits = {
        continuous: Server(Reserved(10_000), Policy(continuous), _cost).serve(requests).first[-1]
        for continuous in (False, True)
    }
    assert waits[False] > 0.5 > 0.05 > waits[True]


def test_arrivals_are_the_same_from_a_seed_and_share_beginnings() -> None:
    one, same = arrivals(5, 50, 3, apps=2), arrivals(5, 50, 3, apps=2)
    assert one == same
    assert len({request.prompt[:768] for request in one}) == 2
    assert arrivals(5, 50, 4, apps=2) != one


def test_each_step_of_the_lecture_makes_the_unlucky_wait_less() -> None:
    requests = arrivals(30, 120, seed=2, apps=4)
    logs = [studies.serve(way, requests) for way in studies.WAYS]
    waits = [percentile(log.first, 99) for log in logs]
    assert waits == sorted(waits, reverse=True)
    assert logs[1].throughput > 1.5 * logs[0].throughput
    assert logs[1].use < 0.4 < 0.9 < logs[2].use < 1 < logs[3].use


def test_chunks_shorten_gaps_and_lengthen_the_first_wait() -> None:
    requests = arrivals(30, 120, seed=2, apps=4)
    whole = studies.serve(studies.PAGED, requests)
    chunks = studies.serve(studies.in_chunks(studies.PAGED, 512), requests)
    assert percentile(chunks.gaps, 99) < percentile(whole.gaps, 99) / 2
    assert percentile(chunks.first, 50) >= percentile(whole.first, 50)
