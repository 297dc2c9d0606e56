"""Lectures written for other engines run unchanged."""

import importlib.util
import sys

import pytest

from lecture_tracer.trace.schema import LinkRendering, SourceRendering
from tests.conftest import Record, shown

FOR_EDTRACE = """
from edtrace import text, image, link, video, graph, make_graph, note, plot, system_text, Reference
from edtrace.execute_util import url_reference

def main():
    text("# Title", style={"color": "red"})
    text("a"), text("b")  # @animate
    image("missing.png", style={"width": "200px"})
    link(title="Google", url="https://www.google.com")
    link(helper)
    graph(make_graph([{"id": 1, "label": "one"}, {"id": 2}], [{"source": 1, "target": 2}]))
    note("n")
    x = helper()  # @inspect x @stepover

def helper():
    return 1
"""

FOR_FLAT_HELPERS = """
from execute_util import text, image, link
from reference import Reference, join
from file_util import cached, relativize
from arxiv_util import arxiv_reference, is_arxiv_link

def main():
    text(join("a", "b"))
    link(Reference(title="T", url="https://example.org"))
    x = is_arxiv_link("https://arxiv.org/abs/1706.03762")  # @inspect x
"""


def test_a_lecture_for_edtrace(record: Record) -> None:
    trace = record(FOR_EDTRACE)
    assert trace.ended == "completed", trace.failure
    assert trace.title == "Title"
    assert shown(trace)[-1].endswith("x=1")
    outputs = [output for step in trace.steps for output in step.outputs or ()]
    assert [o.title for o in outputs if isinstance(o, LinkRendering)] == ["Google"]
    assert [o.name for o in outputs if isinstance(o, SourceRendering)] == ["helper"]
    assert trace.steps[1].animate


def test_a_lecture_for_the_flat_helpers(record: Record) -> None:
    trace = record(FOR_FLAT_HELPERS)
    assert trace.ended == "completed", trace.failure
    assert shown(trace) == ["main:7 > a\nb", "main:8", "main:9 x=True"]


def test_nothing_stays_behind(record: Record) -> None:
    record(FOR_FLAT_HELPERS)
    assert not {"execute_util", "reference", "file_util", "edtrace"} & sys.modules.keys()
    assert importlib.util.find_spec("execute_util") is None


def test_a_real_module_of_that_name_is_preferred(record: Record) -> None:
    source = "from reference import mine\ndef main():\n    x = mine  # @inspect x\n"
    assert shown(record(source, {"reference.py": "mine = 5\n"})) == ["main:3 x=5"]
    sys.modules.pop("reference", None)


def test_a_name_that_nobody_provides_still_fails(record: Record) -> None:
    from lecture_tracer.errors import LectureInvalid

    with pytest.raises(LectureInvalid, match="cannot import name 'nothing'"):
        record("from edtrace import nothing\ndef main(): pass\n")
