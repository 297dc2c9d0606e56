"""Several real processes side by side."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from lecture_tracer.trace.schema import MissingRendering, RanksRendering, Trace
from tests.conftest import Record, needs_processes, shown

pytestmark = needs_processes

HEAD = """
    import os, signal, sys, time
    from lecture_tracer import ranks, run_ranks, text

"""
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    """What the command gives the recording process: our package and the lecture can be imported."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(checkout)]))
    monkeypatch.syspath_prepend(str(checkout))


def tables(trace: Trace) -> list[RanksRendering]:
    return [
        output
        for step in trace.steps
        for output in step.outputs or ()
        if isinstance(output, RanksRendering)
    ]


def columns(table: RanksRendering) -> list[Any]:
    """Values, prints and end of each rank, empty ones left out."""
    return [
        tuple(part for part in (rank.values, rank.stdout, rank.ended) if part)
        for rank in table.ranks
    ]


def lecture(body: str) -> str:
    return textwrap.dedent(HEAD) + textwrap.dedent(body).lstrip("\n")


def test_values_and_prints_of_all_ranks_in_step(record: Record) -> None:
    trace = record(
        lecture("""
            def square(rank, world_size, offset):
                text("Shown once.")
                print("I am", rank, "of", world_size)
                x = offset + rank
                ranks("before", x=x)
                ranks("after", x=x * x, big=[0] * 100_000)
                return x

            def main():
                first = run_ranks(square, 3, 10)  # @inspect first
        """)
    )
    assert trace.failure is None
    before, after = tables(trace)
    assert (before.title, [rank.rank for rank in before.ranks]) == ("before", [0, 1, 2])
    assert columns(before) == [
        ({"x": 10}, "I am 0 of 3\n"), ({"x": 11}, "I am 1 of 3\n"), ({"x": 12}, "I am 2 of 3\n"),
    ]  # fmt: skip
    assert [rank.values["x"] for rank in after.ranks] == [100, 121, 144]
    assert not before.recorded
    assert shown(trace) == [
        "main:13", "square:5 > Shown once.", "square:6 out: I am 0 of 3", "square:7", "square:8",
        "square:9", "square:10", "main:13+ first=10",
    ]  # fmt: skip
    assert trace.warnings == []


def test_the_same_bytes_again(record: Record) -> None:
    source = lecture("""
        import random

        def draw(rank, world_size):
            ranks(drawn=random.random() if rank else 0)

        def main():
            run_ranks(draw, 3)
    """)
    first = record(source)
    drawn = [rank.values["drawn"] for rank in tables(first)[0].ranks]
    assert len(set(map(str, drawn))) == 3
    assert record(source) == first


def test_ranks_that_die_are_shown_as_that_and_nothing_hangs(record: Record) -> None:
    trace = record(
        lecture("""
            def f(rank, world_size):
                print("begin", rank)
                if rank == 1:
                    raise ValueError("too\\nbad")
                if rank == 2:
                    os.kill(os.getpid(), signal.SIGKILL)
                if rank == 3:
                    sys.exit(3)
                if rank == 4:
                    return
                ranks("all", r=rank)
                ranks("again", r=rank)

            def main():
                run_ranks(f, 5)
        """)
    )
    assert (trace.ended, trace.failure) == ("completed", None)
    first, again, end = tables(trace)
    assert columns(first) == [
        ({"r": 0}, "begin 0\n"),
        ("ValueError: too bad (lecture_99.py:7)",),
        ("killed by SIGKILL",),
        ("exit code 3",),
        ("ended before",),
    ]
    assert columns(again) == [({"r": 0},), *columns(first)[1:]]
    assert end.title == "at the end"
    assert columns(end) == [(), ("begin 1\n",), (), ("begin 3\n",), ("begin 4\n",)]


def test_a_slow_rank_is_not_waited_for(record: Record) -> None:
    trace = record(
        lecture("""
            def f(rank, world_size):
                if rank == 1:
                    print("late")
                    time.sleep(1.5)
                ranks("first", r=rank)
                if rank == 0:
                    time.sleep(2.5)
                ranks("second", r=rank)

            def main():
                run_ranks(f, 3, wait=0.5)
        """)
    )
    first, second = tables(trace)
    assert columns(first) == [({"r": 0},), ("no answer within 0.5 s",), ({"r": 2},)]
    assert columns(second) == [({"r": 0},), ({"r": 1}, "late\n"), ({"r": 2},)]


def test_a_rank_that_never_ends_is_ended(record: Record) -> None:
    trace = record(
        lecture("""
            def f(rank, world_size):
                ranks("first", r=rank)
                if rank:
                    time.sleep(1000)

            def main():
                run_ranks(f, 2, wait=0.3)
                run_ranks(f, 2, wait=20, limit=1.5)
        """)
    )
    _, end, _, limited = tables(trace)
    assert columns(end)[1] == ("no answer within 0.3 s",)
    assert columns(limited)[1] == ("no end within 1.5 s",)


def test_a_failure_of_rank_0_ends_the_others_and_is_the_lectures(record: Record) -> None:
    trace = record(
        lecture("""
            def f(rank, world_size):
                if rank == 0:
                    raise KeyError("mine")
                time.sleep(1000)

            def main():
                run_ranks(f, 2)
        """)
    )
    assert trace.failure is not None
    assert (trace.failure.type, trace.failure.traceback[-1].line) == ("KeyError", 6)
    assert trace.failure.step is not None
    assert trace.steps[trace.failure.step].line == 6
    assert [columns(table) for table in tables(trace)] == [[(), ("ended, since rank 0 failed",)]]


def test_ranks_that_show_different_things(record: Record) -> None:
    trace = record(
        lecture("""
            def f(rank, world_size):
                ranks("even" if rank % 2 == 0 else "odd", r=rank)

            def main():
                run_ranks(f, 2)
        """)
    )
    assert columns(tables(trace)[0]) == [({"r": 0},), ({"r": 1}, "shows 'odd' here")]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("ranks(x=1)", "ranks() works inside a function that run_ranks"),
        ("run_ranks(f, 0)", "world_size=0"),
        ("run_ranks(lambda rank, size: 0, 2)", "give a function at the top level of a module"),
        ("run_ranks(f, 2, device='tpu')", "device='tpu'; give 'cpu' or 'cuda'"),
        ("run_ranks(f, 2, record='../a.json')", "give a .json file below the root"),
        ("run_ranks(nested, 1)", "run_ranks() inside of a function"),
    ],
)
def test_mistakes_fail_on_their_own_line(record: Record, call: str, message: str) -> None:
    trace = record(
        lecture(f"""
            def f(rank, world_size):
                pass

            def nested(rank, world_size):
                run_ranks(f, 1)

            def main():
                {call}
        """)
    )
    assert trace.failure is not None
    assert message in trace.failure.message
    assert trace.failure.traceback[-1].line in (8, 11)


def test_a_record_is_shown_instead_of_running(record: Record, checkout: Path) -> None:
    source = lecture("""
        def f(rank, world_size):
            ranks("sum", r=rank)

        def main():
            run_ranks(f, 2, record="lectures/ranks.json")
    """)
    live = record(source)
    kept = json.loads((checkout / "lectures/ranks.json").read_text())
    assert (kept["world_size"], kept["shown"][0]["title"]) == (2, "sum")
    again = record(source)
    assert [s.line for s in again.steps] == [8]
    (table,) = tables(again)
    assert (table.recorded, table.ranks) == (True, tables(live)[0].ranks)
    assert table.provenance is not None
    assert table.provenance.versions["python"]
    assert not tables(record(source, measure=True))[0].recorded
    (checkout / "lectures/ranks.json").write_text("[]")
    failed = record(source)
    assert failed.failure is not None
    assert "ranks.json: not a record of ranks" in failed.failure.message


def test_without_the_devices_and_a_record_nothing_is_made_up(record: Record) -> None:
    trace = record(
        lecture("""
            def f(rank, world_size):
                ranks(r=rank)

            def main():
                run_ranks(f, 1000, device="cuda")
        """)
    )
    (output,) = trace.steps[0].outputs or []
    assert isinstance(output, MissingRendering)
    assert "it needs 1000 devices" in trace.warnings[0]


SCRIPT = """
from lecture_tracer import ranks, run_ranks

def f(rank, world_size):
    print("rank", rank)
    ranks("sum", r=rank)

if __name__ == "__main__":
    run_ranks(f, 3, record="ranks.json")
"""


def test_processes_that_torchrun_started_make_a_record(checkout: Path) -> None:
    """As `torchrun` would: three processes with its environment."""
    (checkout / "script.py").write_text(SCRIPT)
    started = [
        subprocess.Popen(
            [sys.executable, "script.py"], cwd=checkout, stdout=subprocess.PIPE, text=True,
            env={
                **os.environ, "RANK": str(rank), "WORLD_SIZE": "3", "LOCAL_WORLD_SIZE": "3",
                "TORCHELASTIC_RUN_ID": "none", "PYTHONPATH": str(ROOT),
            },
        )
        for rank in range(3)
    ]  # fmt: skip
    outputs = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert outputs[0].splitlines() == [
        "rank 0", "Ranks: sum", "  0: r=0, prints 'rank 0'", "  1: r=1, prints 'rank 1'",
        "  2: r=2, prints 'rank 2'",
    ]  # fmt: skip
    kept = json.loads((checkout / "ranks.json").read_text())
    assert kept["provenance"]["command"] == "torchrun --nproc-per-node=3 script.py"
    assert [rank["values"] for rank in kept["shown"][0]["ranks"]] == [{"r": r} for r in range(3)]
    assert [path.name for path in checkout.glob(".ranks*")] == []


def test_the_command_records_it_and_a_plain_run_prints_it(checkout: Path) -> None:
    (checkout / "lecture_99.py").write_text(
        lecture("""
            def f(rank, world_size):
                ranks("sum", r=rank)
                ranks("again", r=rank)

            def main():
                run_ranks(f, 2)

            if __name__ == "__main__":
                main()
        """)
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    plain = subprocess.run(
        [sys.executable, "lecture_99.py"], cwd=checkout, env=environment, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    once = ["  0: r=0", "  1: r=1"]
    assert plain.stdout.splitlines() == ["Ranks: sum", *once, "Ranks: again", *once]
    command = [sys.executable, "-m", "lecture_tracer", "-q", "-m", "lecture_99"]
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert '"kind":"ranks"' in (checkout / "var/traces/lecture_99.json").read_text()


def test_a_collective_of_torch(record: Record) -> None:
    pytest.importorskip("torch")
    trace = record(
        lecture("""
            import torch
            import torch.distributed as dist

            def average(rank, world_size):
                dist.init_process_group("gloo", rank=rank, world_size=world_size)
                x = torch.full((2,), float(rank))
                ranks("before", x=x)
                dist.all_reduce(x)
                ranks("after", x=x)
                dist.destroy_process_group()

            def main():
                run_ranks(average, 2)
        """)
    )
    assert trace.failure is None, trace.failure
    before, after = tables(trace)
    assert [rank.values["x"].numbers for rank in before.ranks] == [[0, 0], [1, 1]]  # type: ignore[union-attr]
    assert [rank.values["x"].numbers for rank in after.ranks] == [[1, 1], [1, 1]]  # type: ignore[union-attr]
