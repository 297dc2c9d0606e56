"""Whatever a lecturer passes is converted or refused on its own line, and all is readable."""

import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lecture_tracer
from lecture_tracer.authoring import arguments
from lecture_tracer.config import RunConfig
from lecture_tracer.recording.runner import record as record_lecture
from lecture_tracer.trace.codec import decode, encode
from lecture_tracer.trace.schema import Rendering, Trace
from tests.conftest import Record, needs_processes

PRELUDE = "from lecture_tracer import *\n"


class Color(Enum):
    RED = "red"


class Silent:
    """Says nothing of itself."""


class Loud:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def outputs(trace: Trace) -> list[Rendering]:
    assert encode(decode(encode(trace))) == encode(trace)
    return [output for step in trace.steps for output in step.outputs or ()]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"), ("a\ud800b", "a\\ud800b"), (None, ""), (5, "5"), (2.5, "2.5"),
        (date(2024, 3, 1), "2024-03-01"), (datetime(2024, 3, 1, 12), "2024-03-01T12:00:00"),
        (Path("a/b.png"), "a/b.png"), (Decimal("1.50"), "1.50"), (ValueError("why"), "why"),
    ],
)  # fmt: skip
def test_words(value: object, expected: str) -> None:
    assert arguments.string(value, "it") == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(100, 100), (99.5, 100), ("200", 200), ("200px", 200), (None, None)]
)
def test_pixels(value: object, expected: int | None) -> None:
    assert arguments.pixels(value, "it") == expected


def test_json_to_any_depth() -> None:
    given = {
        "a": (1, 2.5, float("nan"), float("inf")), 1: {"b": date(2024, 1, 2)},
        "c": [Color.RED, Fraction(1, 4), Path("x"), "\ud800", 2**70, True, None],
        "d": {1: 2}.values(), "e": range(2),
    }  # fmt: skip
    assert arguments.json_object(given, "it") == {
        "a": [1, 2.5, None, None], "1": {"b": "2024-01-02"},
        "c": ["red", 0.25, "x", "\\ud800", float(2**70), True, None], "d": [2], "e": [0, 1],
    }  # fmt: skip


def test_scalars_and_arrays_of_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    spec = {"values": [{"x": numpy.int64(1), "y": numpy.float32(2)}], "z": numpy.eye(2)}
    assert arguments.json_object(spec, "it") == {
        "values": [{"x": 1, "y": 2.0}], "z": [[1.0, 0.0], [0.0, 1.0]],
    }  # fmt: skip
    assert arguments.pixels(numpy.int64(100), "it") == 100
    assert arguments.boolean(numpy.bool_(True), "it") is True
    assert arguments.string(numpy.datetime64("2024-01-02"), "it") == "2024-01-02"
    assert arguments.json_value(numpy.datetime64("2024-01-02", "ns"), "it").startswith("2024-01-02")
    assert arguments.json_value(numpy.longdouble("0.5"), "it") == 0.5


def test_scalars_and_arrays_of_torch() -> None:
    torch = pytest.importorskip("torch")
    spec = {"x": torch.tensor(3), "y": torch.ones(2, requires_grad=True)}
    assert arguments.json_object(spec, "it") == {"x": 3, "y": [1.0, 1.0]}


def test_frames_are_rows() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "t": [pandas.Timestamp("2024-01-02"), pandas.NaT]})
    assert arguments.json_value(frame, "it") == [
        {"a": 1, "t": "2024-01-02T00:00:00"}, {"a": 2, "t": None},
    ]  # fmt: skip


def test_parts_of_altair_are_taken() -> None:
    altair = pytest.importorskip("altair")
    chart = altair.Chart(altair.Data(values=[{"x": 1}])).mark_bar().encode(x="x:Q")
    found = arguments.json_object({"hconcat": [chart]}, "it")
    assert found["hconcat"][0]["mark"] == {"type": "bar"}


def test_what_contains_itself_is_refused() -> None:
    spec: dict[str, Any] = {}
    spec["a"] = [spec]
    with pytest.raises(ValueError, match=r"it\['a'\]\[0\] contains itself"):
        arguments.json_object(spec, "it")


@pytest.mark.parametrize(
    ("call", "field", "expected"),
    [
        ('image("a.svg", width=99.5)', "width", 100),
        ('image("a.svg", alt=None)', "alt", ""),
        ('video("a.svg", width="30px")', "width", 30),
        ('link("https://a.org", title=None)', "title", ""),
        ('link("https://a.org", title=5)', "title", "5"),
        ('link(Reference(title="T", date=2024))', "date", "2024"),
        ('link(Reference(title="T", authors="A. Author"))', "authors", ["A. Author"]),
        ('table([[1]], caption=5)', "caption", "5"),
        ('table([[1]], columns=["\\ud800"])', "columns", ["\\ud800"]),
        ('code("x", language=None)', "language", ""),
        ('text("x", verbatim=1)', "verbatim", True),
        ('text("a\\ud800")', "text", "a\\ud800"),
        ('note("a\\ud800")', "text", "a\\ud800"),
        ('graph([1, ("b", 2)], [(1, "b", 3)])', "directed", True),
        pytest.param('system_text(["echo", 5])', "text", "5\n", marks=needs_processes),
    ],
)  # fmt: skip
def test_what_is_meant_is_kept(record: Record, call: str, field: str, expected: object) -> None:
    (output,) = outputs(record(f"{PRELUDE}def main():\n    {call}\n", {"a.svg": "<svg/>"}))
    assert getattr(output, field) == expected


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("text(['a'])", "text() is a list; give a string"),
        ("image('a.svg', width='wide')", "image(width=) is 'wide'; give a number of pixels"),
        ("image('a.svg', width=float('nan'))", "image(width=) is nan; give pixels from 1 to"),
        ("code('x', language=['c'])", "code(language=) is a list; give a string"),
        ("link('https://a.org', title=[])", "link(title=) is a list; give a string"),
        ("plot({'values': [{'x': object()}]})", "plot()['values'][0]['x'] is an object; give"),
        ("plot([1])", "plot() takes a Vega-Lite dict or an Altair chart, not a list"),
        ("table([[1]], columns='ab')", "table(columns=) is 'ab'; give a list of heads"),
        ("graph([{'id': 1, 'color': 'red'}], [])",
         "node 0 of graph() has a field 'color'; there are: id, label, group"),
        ("graph([{'label': 'a'}], [])", "node 0 of graph() has no 'id'"),
        ("graph(['a', 'b'], ['ab'])", "edge 0 of graph() is 'ab'; give (source, target)"),
        ("Reference(title='T', authors=5.5j and {})", "Reference(authors=) is a dict; give a list"),
        ("system_text(['true'], timeout='long')", "system_text(timeout=) is 'long'; give a number"),
    ],
)  # fmt: skip
def test_the_rest_is_refused_on_its_own_line(record: Record, call: str, message: str) -> None:
    trace = record(f"{PRELUDE}def main():\n    x = 1\n    {call}\n", {"a.svg": "<svg/>"})
    failure = trace.failure
    assert failure is not None
    assert failure.message.startswith(message)
    assert [(entry.path, entry.line) for entry in failure.traceback] == [("lecture_99.py", 4)]
    assert failure.step == 1


def test_a_citation_of_another_class_is_a_citation(record: Record) -> None:
    trace = record(
        """
        from dataclasses import dataclass
        from lecture_tracer import link
        @dataclass
        class Reference:
            title: str
            url: str
            authors: list | None = None
        def main():
            link(Reference("T", "https://a.org"))
        """
    )
    (output,) = outputs(trace)
    assert (output.title, output.url, output.authors) == ("T", "https://a.org", [])  # type: ignore[union-attr]


# --- any values at all ---------------------------------------------------------------------------


def _odd_values() -> list[object]:
    odd: list[object] = [
        None, True, 0, -1, 2**70, 1.5, float("nan"), float("inf"), 1j, "", "a", "\ud800", "nul\0",
        "x" * 3000, b"\xff", [], {}, (), set(), [1, [2]], {"a": {"b": 1}}, {1: 2}, {None: 1},
        range(3), Silent(), Loud(), Silent, len, Color.RED, date(2024, 1, 2), Path("a.svg"),
        "a.svg",
        Decimal("NaN"), Fraction(1, 3), ValueError("\ud800"), iter([1]), [[1, 2], [3]], [{"a": 1}],
        {"mark": "bar", "data": {"values": [{"x": 1}]}}, lecture_tracer, ("a", "b"), [("a", "b")],
        "https://example.invalid/\ud800", "arXiv:1706.03762", lambda: 1, print, NotImplemented,
    ]  # fmt: skip
    if "numpy" in sys.modules:
        import numpy as np

        odd += [
            np.int64(3),
            np.float16(2),
            np.eye(2),
            np.array(5),
            np.array(["a"]),
            np.zeros((0, 2)),
        ]
        odd += [np.array([object()]), np.full((2, 2), np.nan), np.complex64(1), np.bool_(True)]
    if "torch" in sys.modules:
        import torch

        odd += [torch.tensor(1), torch.ones(2, 2), torch.empty(0), torch.ones(1, device="meta")]
    return odd


FUNCTIONS: dict[str, tuple[str, ...]] = {
    "text": ("verbatim",), "note": (), "code": ("language",), "image": ("width", "alt"),
    "video": ("width",), "plot": (), "table": ("columns", "caption"),
    "graph": ("edges", "directed"), "link": ("title",),
    "system_text": ("timeout",), "Reference": ("authors", "date", "url"),
    "predict": ("name", "unit", "hint", "choices", "kind", "tolerance", "answer"),
    "reveal": ("why",),
    "benchmark": ("label", "parameters", "flops", "bytes", "repeats", "warmup"),
}  # fmt: skip


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Trace]]:
    """Records a lecture whose second line is the call."""
    for library in ("numpy", "torch"):
        if library not in sys.modules:
            try:
                __import__(library)
            except ImportError:
                continue
    root = tmp_path_factory.mktemp("probe")
    (root / "a.svg").write_text("<svg/>")
    (root / "lecture_99.py").write_text(
        "import probe\n"
        "def main():\n    x = probe.function(*probe.given, **probe.named)\n    y = 1\n"
    )
    module: Any = ModuleType("probe")
    sys.modules["probe"] = module

    def call(function: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> Trace:
        module.function, module.given, module.named = function, given, named
        config = RunConfig(path=root / "lecture_99.py", root=root)
        return record_lecture(config).trace

    yield call
    del sys.modules["probe"]


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_nothing_is_lost_and_nothing_unreadable(
    probe: Callable[..., Trace], name: str, data: st.DataObject
) -> None:
    odd = st.sampled_from(_odd_values()) | st.text() | st.recursive(
        st.sampled_from(_odd_values()) | st.floats() | st.integers(),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3),
        max_leaves=6,
    )  # fmt: skip
    value = data.draw(odd, label="first")
    named = {key: data.draw(odd, label=key) for key in FUNCTIONS[name] if data.draw(st.booleans())}
    given_: tuple[object, ...] = (value,)
    if name == "system_text":  # what is run is not arbitrary
        given_ = (["echo", value],)
    if name == "benchmark":
        given_ = (value, lambda: 1)
        named = {k: v for k, v in named.items() if k not in ("repeats", "warmup")} | {
            k: data.draw(st.sampled_from([3, 2.0, "x", None, -1, 1j]), label=k)
            for k in ("repeats", "warmup") if k in named
        }  # fmt: skip
    function = getattr(lecture_tracer, name)
    if name == "reveal":  # what was asked a moment ago, for an answer of any kind
        kind = data.draw(st.sampled_from(["number", "text"]))
        given_ = (lecture_tracer.predict("How?", kind=kind), value)
    trace = probe(function, given_, named)
    assert encode(decode(encode(trace))) == encode(trace)
    failure = trace.failure
    if failure is not None:
        assert failure.traceback[-1].path == "lecture_99.py"
        assert failure.traceback[-1].line == 3
        assert failure.message or failure.type not in ("TypeError", "ValueError")
    else:
        assert [step.line for step in trace.steps] == [3, 4]
        if name != "Reference":
            assert trace.steps[0].outputs
