"""What holds for the trace of every lecture: complete links, figures with data, a small file."""

import json
import re
from pathlib import Path

from lecture_tracer.trace.schema import (
    GraphRendering,
    ImageRendering,
    LinkRendering,
    MissingRendering,
    NoteRendering,
    PlotRendering,
    Rendering,
    SourceRendering,
    TableRendering,
    TextRendering,
    Trace,
)

ROOT = Path(__file__).resolve().parent.parent
MAX_BYTES = 1_500_000


def outputs(trace: Trace) -> list[Rendering]:
    """What the lecture shows, in order."""
    return [output for step in trace.steps for output in step.outputs or ()]


def sections(trace: Trace) -> set[str]:
    """The functions that `main` calls."""
    return {frame.function for frame in trace.frames if frame.parent == 0}


def headings(trace: Trace) -> list[str]:
    """The headings of the first level, in order."""
    shown = [output.text for output in outputs(trace) if isinstance(output, TextRendering)]
    return [line for text in shown for line in text.splitlines() if line.startswith("# ")]


def check_code_links(trace: Trace) -> set[str]:
    """Each link to code has its file and begins at a definition; gives the names."""
    links = [output for output in outputs(trace) if isinstance(output, SourceRendering)]
    for link in links:
        lines = trace.files[link.path].text.splitlines()
        assert 1 <= link.first <= link.last <= len(lines)
        last_name = link.name.split(".")[-1]
        shown = lines[link.first - 1 : link.last]
        head = next(line for line in shown if not line.lstrip().startswith("@"))
        assert re.match(rf"\s*(async )?(def|class) {last_name}\b", head), link
    return {link.name for link in links}


def check_citations(trace: Trace) -> int:
    """Each work has an address, a title and somebody who wrote it; gives their number."""
    links = [output for output in outputs(trace) if isinstance(output, LinkRendering)]
    for link in links:
        assert link.url.startswith(("https://", "http://")), link
        assert link.title, link
        assert not link.title.startswith("arXiv:"), link
        assert link.authors or link.organization, link
    return len(links)


def check_figures(trace: Trace) -> dict[str, int]:
    """No figure is missing or empty; gives how many there are of each kind."""
    shown = outputs(trace)
    assert not [output for output in shown if isinstance(output, MissingRendering)]
    plots = [output for output in shown if isinstance(output, PlotRendering)]
    images = [output for output in shown if isinstance(output, ImageRendering)]
    graphs = [output for output in shown if isinstance(output, GraphRendering)]
    tables = [output for output in shown if isinstance(output, TableRendering)]
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
    return {
        "plots": len(plots),
        "images": len(images),
        "graphs": len(graphs),
        "tables": len(tables),
    }


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


def check_size(recorded: Path, bytes_a_step: int = 400) -> None:
    """The file is small, and what is neither source text nor output stays within a budget."""
    assert recorded.stat().st_size <= MAX_BYTES
    stored = json.loads(recorded.read_bytes())
    spent = 0
    for step in stored["steps"]:
        step.pop("outputs", None)
        spent += len(json.dumps(step, ensure_ascii=False).encode())
    assert spent / len(stored["steps"]) <= bytes_a_step


def check_every_section_has_a_note(trace: Trace) -> None:
    """Each function that `main` calls has a note for the speaker."""
    noted = {
        trace.frames[step.frame].function
        for step in trace.steps
        for output in step.outputs or ()
        if isinstance(output, NoteRendering)
    }
    assert sections(trace) <= noted
