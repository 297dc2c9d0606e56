"""Files of named folders beside the checkout: `@mine/…`, never an absolute path."""

import os
import sys
from pathlib import Path

import pytest

from lecture_tracer.config import RunConfig
from lecture_tracer.errors import UsageError
from lecture_tracer.process.lecture_process import LectureProcess
from lecture_tracer.reading.roots import Roots
from lecture_tracer.trace import codec, store
from lecture_tracer.trace.schema import Object, SourceRendering
from tests.conftest import Record, needs_processes, shown

PACKAGE = "def work(x):\n    y = x + 1\n    return y\n\ndef fails(path):\n    raise OSError(path)\n"
LECTURE = """
    from lecture_tracer import link
    import mine_only
    from mine_only import fails, work

    def main():
        a = work(1)  # @stepinto @inspect a work
        link(work)
        place = mine_only.__file__  # @inspect place
        print(place)
        fails(place)
"""


@pytest.fixture
def mine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder, outside of the checkout."""
    monkeypatch.delitem(sys.modules, "mine_only", raising=False)
    folder = tmp_path_factory.mktemp("student")
    (folder / "mine_only.py").write_text(PACKAGE)
    return folder


def test_files_of_a_named_folder_are_recorded_under_its_name(record: Record, mine: Path) -> None:
    trace = record(LECTURE, roots={"mine": mine})
    assert shown(trace) == [
        "main:6", "work:2 x=1 y=2", "work:3", "main:6+ a=2 work=work(x)", "main:7",
        "main:8 place='@mine/mine_only.py'", "main:9 out: @mine/mine_only.py", "main:10",
    ]  # fmt: skip
    assert trace.frames[1].path == "@mine/mine_only.py"
    assert trace.files["@mine/mine_only.py"].text == PACKAGE
    (link,) = trace.steps[4].outputs or []
    assert isinstance(link, SourceRendering)
    assert (link.path, link.first) == ("@mine/mine_only.py", 1)
    value = (trace.steps[3].changes or {})["work"]
    assert isinstance(value, Object)
    assert (value.path, value.line) == ("@mine/mine_only.py", 1)
    assert trace.failure is not None
    assert trace.failure.message == "@mine/mine_only.py"
    assert trace.failure.traceback[-1].path == "@mine/mine_only.py"
    assert str(mine).encode() not in codec.encode(trace)


def test_without_a_name_the_folder_is_no_part_of_the_project(
    record: Record, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(mine))
    trace = record(LECTURE)
    assert {frame.path for frame in trace.frames} == {"lecture_99.py"}


@needs_processes
def test_the_recording_process_is_told(checkout: Path, mine: Path) -> None:
    (checkout / "lecture_99.py").write_text(
        "from mine_only import work\n\ndef main():\n    a = work(1)  # @stepinto\n"
    )
    config = RunConfig(path=checkout / "lecture_99.py", root=checkout, roots={"mine": mine})
    running = LectureProcess(config, checkout / "out", checkout)
    running.process.wait()
    trace = store.load(Path(running.outcome().file))
    assert [trace.frames[step.frame].path for step in trace.steps] == [
        "lecture_99.py", "@mine/mine_only.py", "@mine/mine_only.py",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "folder", "message"),
    [
        ("Mine", ".", "root 'Mine': give a name of small letters"),
        ("mine", "none", "is not an absolute folder"),
        ("mine", "..", "holds the checkout itself"),
    ],
)
def test_a_root_that_cannot_be(checkout: Path, name: str, folder: str, message: str) -> None:
    path = Path(os.path.normpath(checkout / folder))
    with pytest.raises(UsageError, match=message):
        RunConfig(path=checkout / "lecture_99.py", root=checkout, roots={name: path})


def test_names_and_files_of_roots() -> None:
    roots = Roots(Path("/course"), {"mine": Path("/course/var/mine"), "other": Path("/other")})
    for path, name in {
        "/course/a/b.py": "a/b.py",
        "/course/var/mine/b.py": "@mine/b.py",
        "/other/b.py": "@other/b.py",
    }.items():
        assert roots.name(Path(path)) == name
        assert roots.file(name) == Path(path)
        assert roots.holds(Path(path))
    assert roots.name(Path("/x/y/z.py")) == "y/z.py"
    assert roots.name(Path("/other/lib/site-packages/torch/a.py")) == "torch/a.py"
    assert not roots.holds(Path("/other/lib/site-packages/torch/a.py"))
    assert not roots.holds(Path("/course/lecture_tracer/a.py"))
