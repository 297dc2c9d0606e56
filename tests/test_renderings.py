"""What each authoring function leaves at its step, and what it prints in a plain script."""

import subprocess
import sys
from pathlib import Path

import pytest

from lecture_tracer import Reference, code, graph, image, link, note, plot, system_text, table, text
from lecture_tracer.trace.schema import Rendering, Trace
from lecture_tracer.trace.store import load
from tests.conftest import Record, needs_network, needs_processes

PRELUDE = "from lecture_tracer import *\n"


def only_output(trace: Trace) -> Rendering:
    (output,) = [output for step in trace.steps for output in step.outputs or ()]
    return output


def as_dict(rendering: Rendering) -> dict[str, object]:
    fields = rendering.__struct_fields__
    return {"kind": type(rendering).__name__, **{f: getattr(rendering, f) for f in fields}}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('text("a $x$")', {"kind": "TextRendering", "text": "a $x$", "verbatim": False}),
        ('text(" a\\n  b", verbatim=True)', {"text": " a\n  b", "verbatim": True}),
        ('note("slowly")', {"kind": "NoteRendering", "text": "slowly"}),
        ('code("x = 1")', {"kind": "CodeRendering", "text": "x = 1", "language": "python"}),
        ('plot({"mark": "bar"})', {"kind": "PlotRendering", "spec": {"mark": "bar"}}),
        ('link("https://a.org", "A")', {"url": "https://a.org", "title": "A"}),
        ('link(Reference(title="T", url="u", authors=["B"]))', {"title": "T", "authors": ["B"]}),
        ('table([[1, 2.5], ["a", None]], columns=["p", "q"])',
         {"columns": ["p", "q"], "rows": [[1, 2.5], ["a", None]], "length": None}),
        ('table([{"a": 1}, {"b": 2}])', {"columns": ["a", "b"], "rows": [[1, None], [None, 2]]}),
        pytest.param('system_text(["echo", "hi"])',
                     {"command": "echo hi", "text": "hi\n", "exit_code": 0},
                     marks=needs_processes),
        ('system_text(["no-such-program"])', {"exit_code": 127}),
        pytest.param('system_text("exit 3")', {"exit_code": 3},
                     marks=needs_processes),
        ('image("missing.png")', {"kind": "MissingRendering", "what": "image missing.png"}),
        ('image(3)', {"kind": "MissingRendering", "reason": "a int is no picture"}),
        ('image("nul\\0.png")', {"kind": "MissingRendering"}),
        ('link(3)', {"kind": "MissingRendering"}),
    ],
)  # fmt: skip
def test_renderings(record: Record, call: str, expected: dict[str, object]) -> None:
    found = as_dict(only_output(record(f"{PRELUDE}def main():\n    {call}\n")))
    assert expected.items() <= found.items()


def test_indented_markdown_is_dedented(record: Record) -> None:
    trace = record(
        f"""{PRELUDE}
def main():
    text('''
        # Title

        - a
          - b
    ''')
"""
    )
    assert as_dict(only_output(trace))["text"] == "# Title\n\n- a\n  - b"
    assert trace.title == "Title"


def test_a_graph_takes_short_and_long_forms(record: Record) -> None:
    found = only_output(
        record(
            f"{PRELUDE}def main():\n"
            '    graph(["a", ("b", "B"), {"id": "c", "group": "g"}], '
            '[("a", "b"), ("b", "c", "go")])\n'
        )
    )
    assert [(n.id, n.label, n.group) for n in found.nodes] == [  # type: ignore[union-attr]
        ("a", "", ""), ("b", "B", ""), ("c", "", "g"),
    ]  # fmt: skip
    assert [(e.source, e.target, e.label) for e in found.edges] == [  # type: ignore[union-attr]
        ("a", "b", ""), ("b", "c", "go"),
    ]  # fmt: skip


def test_a_link_to_code_embeds_the_file_and_the_span(record: Record) -> None:
    helper = '"""Doc."""\n\n\nclass Box:\n    def open(self):\n        return 1\n'
    source = f"{PRELUDE}import box\ndef main():\n    link(box.Box.open)\n    link(box)\n"
    trace = record(source, {"box.py": helper})
    method, module = [output for step in trace.steps for output in step.outputs or ()]
    assert as_dict(method) == {
        "kind": "SourceRendering", "path": "box.py", "first": 5, "last": 6, "name": "Box.open",
        "title": "",
    }  # fmt: skip
    assert as_dict(module)["first"] == 1
    assert trace.files["box.py"].text == helper


def test_a_link_to_a_library_shows_no_absolute_path(record: Record) -> None:
    trace = record(f"{PRELUDE}import pytest\ndef main():\n    link(pytest.raises)\n")
    path = str(as_dict(only_output(trace))["path"])
    assert path == "_pytest/raises.py"
    assert path in trace.files


def test_a_local_picture_is_referred_to(record: Record) -> None:
    trace = record(
        f'{PRELUDE}def main():\n    image("images/a.svg", width=30)\n',
        {"images/a.svg": "<svg/>"},
    )
    found = as_dict(only_output(trace))
    assert (found["src"], found["width"]) == ("images/a.svg", 30)


def test_an_array_becomes_a_picture(record: Record, checkout: Path) -> None:
    pytest.importorskip("numpy")
    trace = record(
        f"{PRELUDE}import numpy as np\ndef main():\n    image(np.arange(12.0).reshape(3, 4))\n"
    )
    src = str(as_dict(only_output(trace))["src"])
    assert (checkout / src).read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_kept_is_a_placeholder(record: Record) -> None:
    pytest.importorskip("numpy")
    source = f"{PRELUDE}import numpy as np\ndef main():\n    image(np.zeros((3, 4)))\n"
    trace = record(source, {"var/files": "a file where the folder should be"})
    found = as_dict(only_output(trace))
    assert (found["kind"], found["reason"]) == ("MissingRendering", "File exists")
    assert trace.warnings == ["lecture_99.py:4: image 'ndarray' is not shown: File exists (asset)"]


def test_an_empty_picture_is_a_placeholder(record: Record) -> None:
    pytest.importorskip("PIL")
    trace = record(
        f"{PRELUDE}from PIL import Image\ndef main():\n    image(Image.new('RGB', (0, 0)))\n"
    )
    assert "PIL cannot write a RGB image of size (0, 0)" in str(as_dict(only_output(trace)))


def test_matplotlib_figures_are_caught_without_asking(checkout: Path) -> None:
    """In a process of its own: matplotlib chooses its backend when it is first imported."""
    pytest.importorskip("matplotlib")
    (checkout / "lecture_99.py").write_text(
        "import matplotlib.pyplot as plt\n"
        "def main():\n    plt.plot([1, 2])\n    plt.figure()\n    plt.show()\n"
    )
    execute = Path(__file__).resolve().parent.parent / "execute.py"
    subprocess.run([sys.executable, str(execute), "-q", "-m", "lecture_99"], check=True)
    outputs = load(checkout / "var/traces/lecture_99.json").steps[-1].outputs or []
    assert len(outputs) == 2
    for output in outputs:
        assert (checkout / str(as_dict(output)["src"])).stat().st_size > 1000


@needs_network
def test_an_unknown_paper_while_offline_is_a_bare_link_and_a_warning(record: Record) -> None:
    trace = record(f'{PRELUDE}def main():\n    link("arXiv:1706.03762")\n')
    found = as_dict(only_output(trace))
    assert found["url"] == "https://arxiv.org/abs/1706.03762"
    assert ("arXiv:1706.03762 is not in" in trace.warnings[0]) or found["title"]


def test_the_bibliography_is_used(record: Record) -> None:
    known = '{"1706.03762": {"title": "Attention", "authors": ["A"], "date": "2017"}}'
    trace = record(
        f'{PRELUDE}def main():\n    link("https://arxiv.org/pdf/1706.03762v3.pdf")\n',
        {"lectures/lecture_99/bibliography.json": known},
    )
    assert as_dict(only_output(trace))["title"] == "Attention"
    assert trace.warnings == []


def test_as_a_plain_script_everything_prints(capsys: pytest.CaptureFixture[str]) -> None:
    text("Hello")
    note("not printed")
    code("x = 1")
    table([[1, 2]], columns=["a", "b"])
    graph(["a", "b"], [("a", "b")])
    plot({"title": "T"})
    link(Reference(title="T", url="u"))
    link(test_the_bibliography_is_used)
    system_text(["echo", "hi"])
    printed = capsys.readouterr().out
    for part in ("Hello", "x = 1", "a  b\n1  2", "a -> b", '[plot: "T"]', "[T](u)", "$ echo hi"):
        assert part in printed
    assert "not printed" not in printed


@pytest.mark.parametrize(
    ("formula", "warned"),
    [("$$x$$", False), ("$$\nx\n$$", False), ("so $$x$$ holds", False), ("$$x +\ny$$", True)],
)
def test_a_displayed_formula_that_would_not_be_drawn_warns(
    record: Record, formula: str, warned: bool
) -> None:
    trace = record(f"{PRELUDE}def main():\n    text({formula!r})\n")
    expected = "formula '$$x +' goes on below; give each $$ a line of its own (formula)"
    assert [expected in warning for warning in trace.warnings] == [True] * warned


def test_a_missing_picture_warns_in_a_plain_script(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(UserWarning, match="no file 'missing.png'") as warned:
        image("missing.png")
    assert warned[0].filename == __file__
    assert "[image missing.png: no file" in capsys.readouterr().out
