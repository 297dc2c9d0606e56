"""Lectures for edtrace show what edtrace 0.1.20 shows, whatever helper modules lie around."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lecture_tracer.errors import LectureInvalid
from lecture_tracer.trace.schema import (
    CommandRendering,
    GraphRendering,
    ImageRendering,
    LinkRendering,
    Mapping,
    NoteRendering,
    Number,
    PlotRendering,
    Rendering,
    SourceRendering,
    TextRendering,
    Trace,
    Value,
)
from lecture_tracer.trace.schema import Record as SchemaRecord
from tests.conftest import Record, needs_network, needs_processes, shown

HERE = Path(__file__).resolve().parent
LECTURES = HERE / "lectures"
EXPECTED = json.loads((HERE / "edtrace_outputs.json").read_text())

FOREIGN = """
_current_renderings = []
def pop_renderings(): return []
def text(message, **style): _current_renderings.append(message)
image = link = video = plot = graph = make_graph = note = system_text = Reference = text
def shout(message): text(message.upper())
"""
AROUND: dict[str, dict[str, str]] = {
    "absent": {},
    "in the folder": {f"{n}.py": FOREIGN for n in ("execute_util", "reference", "file_util")},
    "installed": {"edtrace/__init__.py": FOREIGN, "edtrace/execute_util.py": FOREIGN},
}


@pytest.fixture
def record_file(record: Record, checkout: Path) -> Callable[..., Trace]:
    """Record a lecture of `lectures` with its picture, and other files beside it."""

    def run(name: str, files: dict[str, str]) -> Trace:
        shutil.copy(LECTURES / "dot.svg", checkout)
        return record((LECTURES / f"{name}.py").read_text(), files)

    return run


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("name", EXPECTED)
@needs_processes
def test_outputs_are_those_of_edtrace(
    record_file: Callable[..., Trace], name: str, around: str
) -> None:
    trace = record_file(name, AROUND[around])
    assert trace.ended == "completed", trace.failure
    assert trace.warnings == []
    expected = EXPECTED[name]
    assert _shown(trace) == expected["shown"]
    assert _values(trace) == _changes(expected["values"])


@pytest.mark.parametrize("around", AROUND)
@needs_processes
def test_the_flat_helpers_show_the_same(record_file: Callable[..., Trace], around: str) -> None:
    trace = record_file("lecture_flat", AROUND[around])
    assert trace.ended == "completed", trace.failure
    expected = [one[1:] for one in EXPECTED["lecture_prose"]["shown"] if one[1] != "link"]
    assert [one[1:] for one in _shown(trace) if one[1] != "link"] == expected
    assert [one[1:] for one in _values(trace)] == [
        one[1:] for one in EXPECTED["lecture_prose"]["values"]
    ]


def test_helpers_that_a_course_added_show_through_ours(record: Record) -> None:
    trace = record(
        "from execute_util import shout\ndef main():\n    shout('loud')\n", AROUND["in the folder"]
    )
    assert shown(trace) == ["main:3 > LOUD"]


def test_another_engine_under_another_name_is_refused(record: Record) -> None:
    files = {"course/__init__.py": "", "course/execute_util.py": FOREIGN}
    source = "import os\nfrom course.execute_util import text\ndef main():\n    text('lost')\n"
    with pytest.raises(LectureInvalid, match=r"lecture_99\.py:2: what it shows would go to course"):
        record(source, files)
    for name in ("course", "course.execute_util"):
        sys.modules.pop(name, None)


@needs_processes
def test_a_spawned_child_finds_the_names(record: Record, checkout: Path) -> None:
    trace = record(
        """
        import subprocess, sys
        from edtrace import text
        def main():
            program = "from edtrace import text; from file_util import cached; text('child')"
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
            print(done.stdout, done.stderr)
        """
    )
    assert trace.steps[-1].stdout == "child\n \n"


@needs_processes
def test_spawn_of_multiprocessing(checkout: Path) -> None:
    (checkout / "lecture_99.py").write_text(
        "import multiprocessing as mp\nfrom edtrace import text\n"
        "def work(queue):\n    text('x')\n    queue.put(5)\n"
        "def main():\n    context = mp.get_context('spawn')\n    queue = context.Queue()\n"
        "    child = context.Process(target=work, args=(queue,))\n    child.start()\n"
        "    print(queue.get(timeout=60))\n    child.join()\n"
    )
    root = HERE.parent.parent
    command = [sys.executable, str(root / "execute.py"), "-q", "-m", "lecture_99"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert '"stdout":"5\\n"' in (checkout / "var/traces/lecture_99.json").read_text()


def test_pictures_that_an_older_engine_kept_are_read(record: Record, checkout: Path) -> None:
    url = "https://old.invalid/dot.svg"
    name = f"image-{_md5(url)}-https_old_invalid_dot_svg"
    trace = record(
        f"from execute_util import image\ndef main():\n    image({url!r})\n",
        {f"var/files/{name}": (LECTURES / "dot.svg").read_text()},
    )
    (output,) = trace.steps[0].outputs or []
    assert isinstance(output, ImageRendering)
    assert (output.origin, Path(output.src).suffix) == (url, ".svg")
    assert trace.warnings == []


def test_citations_that_an_older_engine_kept_are_read(record: Record) -> None:
    url = "https://arxiv.org/abs/2101.00001"
    page = (
        '<html><meta name="citation_title" content="On counting"/>'
        '<meta name="citation_author" content="One, Ada"/>'
        '<meta name="citation_author" content="Two"/>'
        '<meta name="citation_date" content="2021/03/04"/>'
        '<meta property="og:description" content="We\n count."/></html>'
    )
    trace = record(
        f"from arxiv_util import arxiv_reference\nfrom execute_util import link\n"
        f"paper = arxiv_reference({url!r})\ndef main():\n    link(paper)\n",
        {f"var/files/arxiv-{_md5(url)}-x": page},
    )
    (output,) = trace.steps[0].outputs or []
    assert output == LinkRendering(
        url=url, title="On counting", authors=["Ada One", "Two"], date="2021-03-04",
        description="We count.",
    )  # fmt: skip
    assert trace.warnings == []


@needs_network
def test_citations_that_cannot_be_had_are_one_line(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    lines = "".join(f"paper{n} = arxiv_reference('arxiv.org/abs/2101.0000{n}')\n" for n in range(7))
    trace = record(
        f"from arxiv_util import arxiv_reference\nfrom execute_util import link\n{lines}"
        "def main():\n    link(paper3)\n    link('arXiv:2101.00009')\n"
    )
    (warning,) = trace.warnings
    assert warning.startswith("lecture_99.py:3: arXiv:2101.00000, arXiv:2101.00001, ")
    assert " and 3 more: not in lectures/lecture_99/bibliography.json: cannot fetch it" in warning


def test_a_folder_is_made(record: Record, checkout: Path) -> None:
    record(
        "from file_util import ensure_directory_exists\n"
        "def main():\n    ensure_directory_exists('var/new')\n"
    )
    assert (checkout / "var/new").is_dir()


# --- our trace in the same plain form -----------------------------------------------------------


def _md5(text: str) -> str:
    import hashlib

    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _shown(trace: Trace) -> list[Any]:
    return [
        [step.line, *_plain_output(output)] for step in trace.steps for output in step.outputs or ()
    ]


def _plain_output(output: Rendering) -> list[Any]:
    match output:
        case TextRendering():
            return ["verbatim" if output.verbatim else "markdown", output.text]
        case CommandRendering():
            return ["verbatim", output.text.rstrip()]
        case NoteRendering():
            return ["note", output.text]
        case LinkRendering():
            fields = {name: getattr(output, name) for name in output.__struct_fields__}
            return ["link", {name: value for name, value in fields.items() if value}]
        case SourceRendering():
            return ["link", ["lecture_prose.py", output.first, output.name]]
        case ImageRendering():
            return ["image", [output.src, output.width]]
        case PlotRendering():
            return ["plot", output.spec]
        case GraphRendering():
            nodes = [[node.id, node.label] for node in output.nodes]
            edges = [[edge.source, edge.target, edge.label] for edge in output.edges]
            return ["graph", [nodes, edges]]
    raise AssertionError(output)


def _values(trace: Trace) -> list[Any]:
    found = []
    for step in trace.steps:
        for name, value in (step.changes or {}).items():
            # edtrace has a step for the `def` line, where it shows the parameters.
            line = step.line - 1 if name in ("items", "n") else step.line
            found.append([line, name, _plain(value)])
        found += [[step.line, name, None] for name in step.cleared or ()]
    return found


def _plain(value: Value) -> Any:
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.entries}
        case SchemaRecord():
            return {key: _plain(item) for key, item in value.fields.items()}
        case Number():
            return float(value.text)
        case list():
            return [_plain(item) for item in value]
    return value


def _changes(values: list[Any]) -> list[Any]:
    """Without what edtrace shows again though it has not changed."""
    known: dict[str, Any] = {}
    found = []
    for line, name, value in values:
        if value is None or known.get(name) != value:
            found.append([line, name, value])
        known[name] = value
    return found
