"""Traces on disk: atomic, indexed, strict."""

import json
import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from lecture_tracer.errors import OutputError, TraceFormatError
from lecture_tracer.trace import codec, store
from lecture_tracer.trace.schema import Frame, SourceFile, Step, TextRendering, Trace
from tests.conftest import needs_processes


def trace(name: str = "lecture_01", title: str = "One") -> Trace:
    step = Step(0, 2, changes={"x": 1}, outputs=[TextRendering(text=f"# {title}\n## Part")])
    return Trace(
        schema=2, lecture=name, main=f"{name}.py", title=title,
        files={f"{name}.py": SourceFile(text="def main():\n    pass\n")},
        frames=[Frame(path=f"{name}.py", function="main")], steps=[step],
    )  # fmt: skip


def test_a_trace_comes_back_as_it_was(tmp_path: Path) -> None:
    path, _ = store.save(tmp_path, trace())
    assert store.load(path) == trace()
    assert path.read_bytes().endswith(b"}\n")


def test_the_index_follows_the_folder(tmp_path: Path) -> None:
    store.save(tmp_path, trace("lecture_01"))
    store.save(tmp_path, trace("lecture_02", "Two"))
    index = store.update_index(tmp_path)
    assert [(e.name, e.title, e.steps) for e in index.traces] == [
        ("lecture_01", "One", 1), ("lecture_02", "Two", 1),
    ]  # fmt: skip
    assert [(s.title, s.level, s.step) for s in index.traces[0].sections] == [
        ("One", 1, 0), ("Part", 2, 0),
    ]  # fmt: skip
    (tmp_path / "lecture_01.json").unlink()
    store.save(tmp_path, trace("lecture_02", "Second"))
    assert [e.title for e in store.update_index(tmp_path).traces] == ["Second"]


def test_a_failing_write_leaves_the_earlier_file(tmp_path: Path) -> None:
    path, _ = store.save(tmp_path, trace())
    with pytest.raises(TypeError):
        store.write_atomic(path, object())  # type: ignore[arg-type]
    assert store.load(path) == trace()
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot write traces to .* give another with -o DIR"):
        store.check_writable(tmp_path / "file" / "traces")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a b", ".hidden"])
def test_a_name_is_checked(tmp_path: Path, name: str) -> None:
    with pytest.raises(TraceFormatError):
        store.trace_path(tmp_path, name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a trace"),
        (b"[1]", "not a trace"),
        (b'{"schema":3}', "trace format 3, but this engine reads 1 to 2"),
        (b'{"schema":2}', "not a trace of version 2: .*lecture"),
        (b'{"schema":2,"surprise":2}', "not a trace of version 2: .*surprise"),
        (b'{"schema":1}', "not a trace of version 1: .*lecture"),
        (b'{"schema":1,"surprise":2}', "not a trace of version 1: .*surprise"),
    ],
)
def test_decoding_is_strict_and_says_where(content: bytes, message: str) -> None:
    with pytest.raises(TraceFormatError, match=message):
        codec.decode(content)


def test_no_nan_is_written() -> None:
    spec = {"data": {"values": [float("nan"), float("inf")]}}
    from lecture_tracer.trace.schema import PlotRendering

    one = trace()
    one.steps[0].outputs = [PlotRendering(spec=spec)]
    json.loads(codec.encode(one), parse_constant=lambda name: pytest.fail(name))


def test_defaults_are_left_out() -> None:
    step = msgspec.json.decode(codec.encode(trace()))["steps"][0]
    assert set(step) == {"frame", "line", "changes", "outputs"}


@needs_processes
@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_leaves_the_earlier_trace_intact(tmp_path: Path) -> None:
    """On a real file system of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no permission to mount")
    try:
        path, _ = store.save(disk, trace())
        before = path.read_bytes()
        large = trace()
        large.steps[0].stdout = "x" * 200_000
        with pytest.raises(OutputError, match="No space left on device"):
            store.save(disk, large)
        assert path.read_bytes() == before
        assert [p.name for p in disk.iterdir()] == [path.name]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
