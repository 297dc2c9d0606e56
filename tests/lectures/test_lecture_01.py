"""Lecture 1 as the command records it: offline, the same bytes again, nothing empty or dangling."""

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from lecture_tracer import codec
from lecture_tracer.schema import (
    GraphRendering,
    ImageRendering,
    LinkRendering,
    Mapping,
    MissingRendering,
    NoteRendering,
    PlotRendering,
    Rendering,
    SourceRendering,
    TableRendering,
    TextRendering,
    Trace,
)
from tests.conftest import BACKENDS

ROOT = Path(__file__).resolve().parents[2]
MAX_BYTES = 1_500_000
MAX_BYTES_A_STEP = 150
"""Of what is neither source text nor output."""

# Every process that Python starts with this on its path refuses to leave the machine and says so.
NO_NETWORK = """
    import os, socket

    def refuse(self, address, *rest):
        with open(os.environ["NETWORK_LOG"], "a") as log:
            log.write(f"{address}\\n")
        raise OSError("no network in this test")

    socket.socket.connect = refuse
    socket.socket.connect_ex = refuse
    socket.getaddrinfo = lambda *a, **k: refuse(None, a[:2])
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def network_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which a process writes where it tried to connect."""
    return tmp_path_factory.mktemp("network") / "log.txt"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, network_log: Path) -> Run:
    """Run Python in the checkout without a network."""
    folder = tmp_path_factory.mktemp("path")
    (folder / "sitecustomize.py").write_text(textwrap.dedent(NO_NETWORK), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(folder), "NETWORK_LOG": str(network_log)}

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


@pytest.fixture(scope="module", params=BACKENDS)
def recorded(
    request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The trace, recorded by the command with each backend of this interpreter."""
    folder = tmp_path_factory.mktemp("traces")
    options = ["--strict", "--backend", str(request.param), "-o", str(folder)]
    done = run("execute.py", "-q", "-m", "lecture_01", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "lecture_01.json"


@pytest.fixture(scope="module")
def trace(recorded: Path) -> Trace:
    return codec.decode(recorded.read_bytes())


def outputs(trace: Trace) -> list[Rendering]:
    """What the lecture shows, in order."""
    return [output for step in trace.steps for output in step.outputs or ()]


def test_it_records_to_its_end(trace: Trace) -> None:
    assert trace.ended == "completed"
    assert trace.failure is None
    assert trace.warnings == []
    assert 250 <= len(trace.steps) <= 600


def test_its_table_of_contents_is_its_main(trace: Trace) -> None:
    shown = [o.text for o in outputs(trace) if isinstance(o, TextRendering)]
    sections = [line for text in shown for line in text.splitlines() if line.startswith("# ")]
    called = {f.function for f in trace.frames if f.parent == 0}
    assert len(sections) == len(called) == 13
    assert trace.title == "Language models from scratch"


def test_nobody_is_asked_for_anything(recorded: Path, network_log: Path) -> None:
    assert recorded.exists()
    assert not network_log.exists()


def test_the_network_really_is_refused(run: Run, tmp_path: Path) -> None:
    program = (
        "import os, urllib.request\n"
        f"os.environ['NETWORK_LOG'] = {str(tmp_path / 'log')!r}\n"
        "urllib.request.urlopen('http://127.0.0.1:9/')"
    )
    assert "no network in this test" in run("-c", program).stderr
    assert "127.0.0.1" in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_second_run_gives_the_same_bytes(recorded: Path, run: Run) -> None:
    before = recorded.read_bytes()
    command = ["execute.py", "-q", "-m", "lecture_01", "-o", str(recorded.parent)]
    done = run(*command, "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert run(*command).returncode == 0
    assert recorded.read_bytes() == before


def test_every_link_to_code_has_its_file_and_its_lines(trace: Trace) -> None:
    links = [o for o in outputs(trace) if isinstance(o, SourceRendering)]
    named = {link.name for link in links}
    assert {"train_bpe", "train_bpe_naive", "Tokenizer", "BPETokenizer"} <= named
    for link in links:
        lines = trace.files[link.path].text.splitlines()
        assert 1 <= link.first <= link.last <= len(lines)
        last_name = link.name.split(".")[-1]
        assert re.match(rf"\s*(async )?(def|class) {last_name}\b", lines[link.first - 1])


def test_every_citation_is_complete(trace: Trace) -> None:
    links = [o for o in outputs(trace) if isinstance(o, LinkRendering)]
    assert len(links) > 60
    for link in links:
        assert link.url.startswith(("https://", "http://")), link
        assert link.title, link
        assert not link.title.startswith("arXiv:"), link
        assert link.authors or link.organization, link


def test_no_figure_is_empty(trace: Trace) -> None:
    shown = outputs(trace)
    assert not [o for o in shown if isinstance(o, MissingRendering)]
    plots = [o for o in shown if isinstance(o, PlotRendering)]
    images = [o for o in shown if isinstance(o, ImageRendering)]
    graphs = [o for o in shown if isinstance(o, GraphRendering)]
    tables = [o for o in shown if isinstance(o, TableRendering)]
    assert len(plots) >= 12
    assert len(images) >= 1
    assert len(graphs) >= 4
    assert len(tables) >= 3
    for plot in plots:
        assert all(len(rows) >= 2 for rows in plot_data(plot.spec)), plot.spec["title"]
    for image in images:
        assert (ROOT / image.src).stat().st_size > 1000
        assert image.alt
    for graph in graphs:
        ids = {node.id for node in graph.nodes}
        assert {end for edge in graph.edges for end in (edge.source, edge.target)} == ids
    for table in tables:
        assert all(len(row) == len(table.columns) for row in table.rows)


def plot_data(part: object) -> list[list[object]]:
    """Every inline data set of a Vega-Lite specification."""
    if isinstance(part, list):
        return [data for item in part for data in plot_data(item)]
    if not isinstance(part, dict):
        return []
    values = [part["data"]["values"]] if "data" in part else []
    rest = [item for key, item in part.items() if key != "data"]
    found = values + plot_data(rest)
    if "mark" in part and not values and "title" in part:
        raise AssertionError(f"{part['title']} has no data of its own")
    return found


def test_it_stays_small(recorded: Path, trace: Trace) -> None:
    assert recorded.stat().st_size <= MAX_BYTES
    stored = json.loads(recorded.read_bytes())
    spent = 0
    for step in stored["steps"]:
        step.pop("outputs", None)
        spent += len(json.dumps(step, ensure_ascii=False).encode())
    assert spent / len(stored["steps"]) <= MAX_BYTES_A_STEP


def test_training_is_stepped_merge_by_merge(trace: Trace) -> None:
    frame = [f.function for f in trace.frames].index("train_by_hand")
    changes = [s.changes or {} for s in trace.steps if s.frame == frame]
    sequences = [change["indices"] for change in changes if "indices" in change]
    lengths = [len(sequence) for sequence in sequences if isinstance(sequence, list)]
    assert lengths == [19, 15, 12, 10, 8]
    counts = [change["frequent"] for change in changes if "frequent" in change]
    frequent = [len(count.entries) for count in counts if isinstance(count, Mapping)]
    assert frequent == sorted(frequent, reverse=True)
    assert len(frequent) == 4


def test_it_steps_into_the_assignment(trace: Trace) -> None:
    frames = [trace.frames[step.frame] for step in trace.steps]
    inside = [f for f in frames if f.path.startswith("assignments/")]
    assert {f.function for f in inside} == {"train_bpe_naive"}
    assert len(inside) > 20


def test_every_section_has_a_note_for_the_speaker(trace: Trace) -> None:
    noted = {
        trace.frames[step.frame].function
        for step in trace.steps
        for output in step.outputs or ()
        if isinstance(output, NoteRendering)
    }
    sections = {f.function for f in trace.frames if f.parent == 0}
    assert len(sections) == 13
    assert sections <= noted


def test_it_runs_as_a_plain_script_without_torch(run: Run) -> None:
    program = (
        "import sys, lecture_01\n"
        "lecture_01.main()\n"
        "assert 'torch' not in sys.modules\n"
        "assert 'pandas' not in sys.modules\n"
    )
    done = run("-c", program)
    assert done.returncode == 0, done.stderr
    assert "# Beyond byte-pair encoding" in done.stdout
