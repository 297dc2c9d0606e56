"""Polls in, events out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture_tracer.remote.errors import ConnectionLostError
from lecture_tracer.remote.plan import Task
from lecture_tracer.remote.watching.pace import (
    LONGEST_RUNNING_S,
    LONGEST_WAITING_S,
    SHORTEST_S,
    Pace,
)
from lecture_tracer.remote.watching.poll import Ended, Look, parse_poll
from lecture_tracer.remote.watching.progress import (
    LogLine,
    Progress,
    Requeued,
    Skipped,
    StateChange,
)
from lecture_tracer.remote.watching.slurm import JobEnd, JobState

ONE = Task(0, "lecture_01")
TWO = Task(1, "lecture_02")
RUNNING = JobState(state="RUNNING", nodes="c1")


def progress() -> Progress:
    return Progress([ONE, TWO], {0: "10", 1: "10"})


def test_answer_of_the_cluster_is_parsed() -> None:
    shown = b"JobId=10 ArrayTaskId=0 JobState=COMPLETED Reason=None ExitCode=0:0 NodeList=c1\n"
    answer = b"Welcome!\n::poll\n::log 0 9\none\n::end::exit 0 1 12.5 2\n::job 10 0 %d\n%s::end\n"

    look = parse_poll(answer % (len(shown), shown))

    assert look.logs == {0: b"one\n::end"}
    assert look.ended == {0: Ended(1, 12.5, 2)}
    assert look.jobs[0].state == "COMPLETED"


@pytest.mark.parametrize("marker", [b"0", b"0 ", b"0 1", b"0 one 2.0", b"0 1 2.0 3 4"])
def test_end_marker_of_a_full_disk_is_none(marker: bytes) -> None:
    look = parse_poll(b"::poll\n::exit %s\n::exit 1 0 2.0 0\n::end\n" % marker)

    assert look.ended == {1: Ended(0, 2.0)}


@settings(deadline=None)
@given(st.integers(0, 62))
def test_answer_cut_short_is_a_lost_connection(length: int) -> None:
    whole = b"::poll\n::log 0 4\nabc\n::exit 0 0 1.0 0\n::job 10 1 8\nunknown\n::end\n"

    with pytest.raises(ConnectionLostError):
        parse_poll(whole[:length])


def test_forgotten_job_is_told_from_a_silent_controller() -> None:
    gone = b"slurm_load_jobs error: Invalid job id specified\n"
    busy = b"slurm_load_jobs error: Unable to contact slurm controller\n"
    answer = b"::poll\n::job 10 1 %d\n%s::job 11 1 %d\n%s::end\n"

    look = parse_poll(answer % (len(gone), gone, len(busy), busy))

    assert look.unknown_jobs == {"10"}


def test_lines_and_states_are_told_once() -> None:
    run = progress()

    first = run.absorb(Look(logs={0: b"one\ntw"}, jobs={0: RUNNING}))
    second = run.absorb(Look(logs={0: b"o\n"}, jobs={0: RUNNING}))

    assert first == [LogLine(ONE, "one"), StateChange(ONE, RUNNING)]
    assert second == [LogLine(ONE, "two")]
    assert run.offsets == {0: 8, 1: 0}


def test_log_without_a_last_line_end_is_released_at_the_end() -> None:
    run = progress()
    run.absorb(Look(logs={0: b"50%\r100%\rdone"}))

    assert run.finish_logs() == [LogLine(ONE, "done")]
    assert list(run.tasks[0].last_lines) == ["50%", "100%", "done"]


def test_rest_of_a_long_log_is_skipped_between_whole_lines() -> None:
    run = progress()
    run.absorb(Look(logs={0: b"one\ntw"}))

    events = run.absorb(Look(skipped={0: 1000}, logs={0: b"the last\n"}))

    assert events == [LogLine(ONE, "tw"), Skipped(ONE, 1000), LogLine(ONE, "the last")]
    assert run.offsets[0] == 6 + 1000 + 9


@settings(deadline=None)
@given(st.text("ab\r\n", max_size=30), st.lists(st.integers(0, 30)))
def test_lines_do_not_depend_on_where_looks_cut(text: str, cuts: list[int]) -> None:
    log = text.encode()
    run, places = progress(), [0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]

    events = [
        event
        for start, end in pairwise(places)
        for event in run.absorb(Look(logs={0: log[start:end]}))
    ]

    lines = [event.text for event in [*events, *run.finish_logs()] if isinstance(event, LogLine)]
    expected = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert lines == (expected[:-1] if expected[-1] == "" else expected)


def test_run_is_over_when_slurm_says_so_for_every_task() -> None:
    run = progress()
    done = JobState(state="COMPLETED")

    run.absorb(Look(ended={0: Ended(0, 1.0)}, jobs={0: done, 1: RUNNING}))
    assert not run.over
    run.absorb(Look(ended={1: Ended(0, 1.0)}))
    assert run.ending  # the script is through, Slurm has not said so
    run.absorb(Look(jobs={1: done}))
    assert run.over


def test_forgotten_job_ends_by_its_own_record_where_there_is_no_accounting() -> None:
    run = progress()

    run.absorb(Look(ended={0: Ended(0, 1.0)}, unknown_jobs={"10"}))
    assert run.forgotten_jobs == ["10"]
    run.absorb(Look(recalled_jobs={"10"}))

    assert run.over
    assert [task.outcome for task in run.tasks.values()] == [JobEnd.COMPLETED, JobEnd.OTHER]


def test_forgotten_job_ends_as_the_accounting_says() -> None:
    history = b"10_0|CANCELLED by 0|0:15|00:01:40|c1\n10_1|PREEMPTED|0:0|00:01:00|c2\n"
    history += b"10_1|COMPLETED|0:0|00:02:00|c2\n"
    run = progress()

    run.absorb(parse_poll(b"::poll\n::job 10 1 15\nInvalid job id\n::end\n"))
    run.absorb(parse_poll(b"::poll\n::history 10 %d\n%s::end\n" % (len(history), history)))

    assert [task.outcome for task in run.tasks.values()] == [JobEnd.CANCELLED, JobEnd.COMPLETED]


def test_task_that_slurm_has_forgotten_before_the_others_ends_too() -> None:
    run = progress()

    run.absorb(Look(ended={0: Ended(1, 1.0)}, jobs={1: RUNNING}, known_jobs={"10"}))
    run.absorb(Look(jobs={1: RUNNING}, known_jobs={"10"}, recalled_jobs={"10"}))

    assert run.tasks[0].outcome is JobEnd.FAILED
    assert not run.over


def test_requeued_job_is_followed_and_judged_by_its_last_attempt() -> None:
    said = b"slurmstepd: error: *** JOB 10 ON c1 CANCELLED AT 2026-01-01 DUE TO PREEMPTION ***\n"
    waiting = JobState(state="PENDING", reason="BeginTime", restarts=1)
    run = Progress([ONE], {0: "10"})
    run.absorb(Look(jobs={0: RUNNING}))

    events = run.absorb(Look(logs={0: said}, jobs={0: waiting}, ended={0: Ended(130, 1.0)}))

    assert Requeued(ONE, "preempted") in events
    assert not run.over
    assert not run.ending
    assert run.ended == {}
    run.absorb(Look(jobs={0: JobState(state="COMPLETED", restarts=1)}, ended={0: Ended(0, 9.0, 1)}))
    assert run.tasks[0].outcome is JobEnd.COMPLETED


def after(pace: Pace, now_s: float, **news: bool) -> float:
    """Tell `pace` about a look that asked Slurm, unless `news` says otherwise."""
    nothing = {"changed": False, "urgent": False, "waiting": False, "ending": False}
    return pace.after(now_s, **{"asked": True, **nothing, **news})


@pytest.mark.parametrize(
    ("waiting", "longest_s"), [(False, LONGEST_RUNNING_S), (True, LONGEST_WAITING_S)]
)
def test_asking_backs_off(waiting: bool, longest_s: float) -> None:
    pace, now_s, waits = Pace(), 0.0, []
    for _ in range(12):
        waits.append(pace.wait_s(now_s))
        now_s += waits[-1]
        after(pace, now_s, waiting=waiting)

    assert waits[0] == 0
    assert waits[1] == pytest.approx(SHORTEST_S)
    assert waits[-1] == pytest.approx(longest_s)


def test_end_of_a_job_is_asked_about_at_once() -> None:
    pace = Pace()
    after(pace, 0.0)

    pause_s = after(pace, 0.3, ending=True)

    assert pause_s < 0.5
    assert pace.wait_s(0.3 + pause_s) == 0


def test_log_lines_alone_do_not_make_slurm_be_asked_more_often() -> None:
    pace = Pace()
    after(pace, 0.0, changed=True)
    due_s = pace.due_s

    after(pace, 0.4, asked=False)
    assert pace.due_s == due_s
    after(pace, 0.4, asked=False, urgent=True)
    assert pace.wait_s(0.4) == 0
