"""What holds for every lecture of the course, found by glob.

Each is recorded once in a suite (see `lecture_recordings`). What one lecture promises beyond this
is in `lectures/lecture_NN/tests/`.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from lecture_tracer.course import read_header
from lecture_tracer.trace import codec
from lecture_tracer.trace.pictures import named_picture
from lecture_tracer.trace.schema import Trace
from tests import lecture_checks as checks
from tests import lecture_recordings as recordings
from tests.compare_walks import first_difference, walk_of
from tests.lecture_recordings import BACKENDS, LECTURES, ROOT, SECOND_BACKEND, Recording, Run

MAX_CPU_SECONDS = 120.0
"""Processor time, which does not grow when the machine is busy: a lecture takes 60 s at most."""
CHOSEN = recordings.chosen_today()

every_lecture = pytest.mark.parametrize("lecture", LECTURES)


@pytest.fixture
def recording(lecture: str, record_once: Callable[[str], Recording]) -> Recording:
    """How recording the lecture went."""
    return record_once(lecture)


@pytest.fixture
def trace(recording: Recording) -> Trace:
    """What was recorded."""
    assert recording.exit_code == 0, recording.said
    return codec.decode(Path(recording.file).read_bytes())


@every_lecture
def test_it_records_to_its_end_without_a_warning(recording: Recording, trace: Trace) -> None:
    assert trace.ended == "completed"
    assert trace.failure is None
    assert trace.warnings == []
    assert "warning:" not in recording.said


@every_lecture
def test_no_directive_is_useless(recording: Recording) -> None:
    assert "hint:" not in recording.said


@every_lecture
def test_nobody_is_asked_for_anything(recording: Recording) -> None:
    assert recording.exit_code == 0, recording.said
    assert recording.asked_for == ""


@every_lecture
def test_it_keeps_its_budgets(recording: Recording, trace: Trace) -> None:
    assert recording.cpu_seconds <= MAX_CPU_SECONDS
    checks.check_size(Path(recording.file))
    assert trace.steps


@every_lecture
def test_its_table_of_contents_is_its_main(trace: Trace) -> None:
    assert len(checks.headings(trace)) == len(checks.sections(trace))
    assert checks.headings(trace)[0] == f"# {trace.title}"


@every_lecture
def test_every_section_has_a_note_for_the_speaker(trace: Trace) -> None:
    checks.check_every_section_has_a_note(trace)


@every_lecture
def test_every_link_to_code_has_its_file_and_its_lines(trace: Trace) -> None:
    assert checks.check_code_links(trace)


@every_lecture
def test_every_citation_is_complete(trace: Trace) -> None:
    assert checks.check_citations(trace) > 0


@every_lecture
def test_no_figure_is_empty(trace: Trace) -> None:
    assert any(checks.check_figures(trace).values())


@every_lecture
def test_its_header_says_what_it_is(lecture: str, trace: Trace) -> None:
    header = read_header(ROOT / f"{lecture}.py")
    number = int(lecture.removeprefix("lecture_"))
    assert header.summary.startswith(f"Lecture {number}: ")
    assert header.title == trace.title
    assert header.unit in ("basics", "systems", "scaling", "data", "alignment")
    assert header.minutes is not None
    assert {"prerequisites", "assignments"} <= set(header.lines)
    for earlier in header.prerequisites:
        assert earlier < lecture, f"{earlier} comes later"
        assert earlier in LECTURES, f"no {earlier}.py"
    assert header.figure is not None
    assert named_picture(trace, *header.figure), f"no such picture: {header.figure}"
    for assignment in header.assignments:
        assert (ROOT / "assignments" / assignment).is_dir(), assignment


@every_lecture
def test_it_runs_as_a_plain_script(lecture: str, trace: Trace, run: Run) -> None:
    done = run("-c", f"import {lecture}; {lecture}.main()")
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert [heading for heading in checks.headings(trace) if heading not in printed] == []


@pytest.mark.parametrize(
    "lecture",
    [pytest.param(n, marks=[] if n in CHOSEN else pytest.mark.slow) for n in LECTURES],
)
def test_a_second_recording_shows_the_same(
    recording: Recording, trace: Trace, lecture: str, run: Run, tmp_path: Path
) -> None:
    stored = Path(recording.file)
    if len(BACKENDS) == 1:
        done = run("execute.py", "-q", "-m", lecture, "-o", str(stored.parent), "--check")
        assert done.returncode == 0, done.stdout + done.stderr
        return
    options = ["--strict", "--backend", SECOND_BACKEND, "-o", str(tmp_path)]
    done = run("execute.py", "-q", "-m", lecture, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert first_difference(walk_of(stored), walk_of(tmp_path / stored.name)) is None


@pytest.mark.slow
@every_lecture
def test_a_second_run_writes_the_same_bytes(
    recording: Recording, trace: Trace, lecture: str, run: Run, tmp_path: Path
) -> None:
    options = ["--backend", BACKENDS[0], "-o", str(tmp_path)]
    done = run("execute.py", "-q", "-m", lecture, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / f"{lecture}.json").read_bytes() == Path(recording.file).read_bytes()


def test_the_network_really_is_refused(tmp_path: Path) -> None:
    program = "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/')"
    assert "no network in this test" in recordings.offline(tmp_path)("-c", program).stderr
    assert "127.0.0.1" in (tmp_path / "log.txt").read_text(encoding="utf-8")


def test_a_program_may_visit_what_it_serves_itself(tmp_path: Path) -> None:
    program = (
        "import socket; server = socket.create_server(('127.0.0.1', 0));"
        "socket.create_connection(server.getsockname()); print('met')"
    )
    assert recordings.offline(tmp_path)("-c", program).stdout == "met\n"
    assert not (tmp_path / "log.txt").exists()


def test_touched_lectures_and_three_by_rotation_are_recorded_twice() -> None:
    names = [f"lecture_{n:02}" for n in range(1, 8)]
    days = [recordings.twice_recorded(names, set(), day) for day in range(3)]
    assert [len(day) for day in days] == [3, 3, 3]
    assert set().union(*days) == set(names)
    assert recordings.twice_recorded(names, {"lecture_05", "README"}, 0) == {
        "lecture_01",
        "lecture_02",
        "lecture_03",
        "lecture_05",
    }
    assert recordings.twice_recorded([], {"lecture_05"}, 0) == set()


def test_a_changed_file_belongs_to_its_lecture() -> None:
    paths = [
        "lecture_03.py",
        "lectures/lecture_05/data/a.json",
        "lectures/conftest.py",
        "tests/x.py",
    ]
    assert recordings.lectures_in(paths) == {"lecture_03", "lecture_05"}
