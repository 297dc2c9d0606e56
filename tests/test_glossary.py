"""Terms where a lecture's prose marks them, and the glossary of the course itself."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lecture_tracer.catalogue.glossary import Term, key_of, terms
from lecture_tracer.course import find_lectures
from lecture_tracer.trace.schema import (
    SCHEMA_VERSION,
    Frame,
    NoteRendering,
    Rendering,
    SourceFile,
    Step,
    TextRendering,
    Trace,
)

ROOT = Path(__file__).resolve().parent.parent


def trace_of(name: str, *shown: Rendering | str) -> Trace:
    """A lecture of one step for each thing that it shows."""
    outputs = [TextRendering(text=one) if isinstance(one, str) else one for one in shown]
    return Trace(
        schema=SCHEMA_VERSION,
        lecture=name,
        main=f"{name}.py",
        files={f"{name}.py": SourceFile(text="")},
        frames=[Frame(path=f"{name}.py", function="main")],
        steps=[Step(frame=0, line=1, outputs=[output]) for output in outputs],
    )


def only(*prose: str) -> Term:
    (term,) = terms([trace_of("lecture_01", *prose)])
    return term


def test_a_term_is_shown_by_its_sentence_with_its_step() -> None:
    term = only("# Start", "## Kernels\nFirst this. A _kernel_ runs on the GPU. Then that.")
    assert (term.name, term.definition) == ("kernel", "A _kernel_ runs on the GPU.")
    assert (term.lecture, term.step, term.section) == ("lecture_01", 1, "Kernels")


def test_a_sentence_that_points_back_brings_the_one_before() -> None:
    term = only("Several kernels become one. This is called __fusion__.")
    assert term.definition == "Several kernels become one. This is called __fusion__."


@pytest.mark.parametrize(
    ("prose", "name"),
    [
        ("They come in _waves_. One wave is short.", "wave"),
        ("_Momentum_ averages. So momentum helps.", "momentum"),
        ("_Little's law_ counts them.", "Little's law"),
        ("_Muon_ is new. We take Muon.", "Muon"),
        ("The _time between tokens_ counts. A token is short.", "time between tokens"),
        ("The _loss_ and the _bias_ fall, _FLOPs_ rise.", "loss"),
        (
            "It has _streaming\nmultiprocessors_. A multiprocessor is fast.",
            "streaming multiprocessor",
        ),
    ],
)
def test_a_headword_stands_as_in_a_dictionary(prose: str, name: str) -> None:
    assert name in [term.name for term in terms([trace_of("lecture_01", prose)])]


@pytest.mark.parametrize(
    ("prose", "aliases"),
    [
        ("__Byte-pair encoding__ (BPE) starts from bytes.", ["BPE"]),
        (
            "_GRPO_ (Group Relative Policy Optimization) compares.",
            ["Group Relative Policy Optimization"],
        ),
        ("It has _streaming multiprocessors_ (SMs), many of them.", ["SM"]),
        ("_Multi-head latent attention_ (MLA, DeepSeek-V2) stores less.", ["MLA"]),
        ("The _z-loss_ (PaLM) holds them.", []),
        ("The _roofline_ (Williams et al., 2009) has two parts.", []),
    ],
)
def test_a_bracket_behind_a_term_may_name_it_again(prose: str, aliases: list[str]) -> None:
    assert only(prose).aliases == aliases


def test_the_first_definition_counts_whatever_the_spelling() -> None:
    first = trace_of("lecture_01", "In _pre-training_ (PT) models read much.")
    second = trace_of("lecture_02", "_Pretraining_ comes first. _PT_ is short for it.")
    (term,) = terms([first, second])
    assert (term.name, term.lecture) == ("pre-training", "lecture_01")


@pytest.mark.parametrize(
    "prose",
    [
        "Only *stress* and **loud stress**.",
        "Code `_name_` and $x_i = y_j$ are no terms, nor is snake_case_name.",
        "# A _heading_ defines nothing",
    ],
)
def test_what_is_no_mark(prose: str) -> None:
    assert terms([trace_of("lecture_01", prose)]) == []


def test_a_speakers_note_defines_nothing() -> None:
    assert terms([trace_of("lecture_01", NoteRendering(text="A _secret_ is kept."))]) == []


@pytest.mark.parametrize(
    ("prose", "definition"),
    [
        ("**A _law_ is short. It holds.**", "A _law_ is short."),
        ("**A _law_ is short.**", "A _law_ is short."),
        ("**A _law_ is short**, and holds.", "**A _law_ is short**, and holds."),
    ],
)
def test_bold_around_all_of_it_or_half_open_is_taken_off(prose: str, definition: str) -> None:
    assert only(prose).definition == definition


# --- The course -----------------------------------------------------------------------------------


def prose_of(path: Path) -> Iterator[str]:
    """What a lecture passes to `text()`, a number in the place of what is computed."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text" and node.args:
            argument = node.args[0]
            parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
            if all(isinstance(part, ast.Constant | ast.FormattedValue) for part in parts):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "1" for part in parts
                )


@pytest.fixture(scope="module")
def course_terms() -> list[Term]:
    return terms(trace_of(path.stem, *prose_of(path)) for path in find_lectures(ROOT))


def test_the_course_defines_its_terms(course_terms: list[Term]) -> None:
    lectures = Counter(term.lecture for term in course_terms)
    assert len(course_terms) >= 250
    assert len(lectures) == len(find_lectures(ROOT))
    assert min(lectures.values()) >= 5
    assert {"KV cache", "FSDP", "perplexity", "token"} <= {term.name for term in course_terms}


def test_no_term_stands_twice(course_terms: list[Term]) -> None:
    names = [name for term in course_terms for name in (term.name, *term.aliases)]
    assert [name for name, n in Counter(map(key_of, names)).items() if n > 1] == []


def test_every_definition_says_more_than_the_term(course_terms: list[Term]) -> None:
    for term in course_terms:
        own = set(re.findall(r"[^\W\d_]+", term.definition.lower()))
        own -= set(re.findall(r"[^\W\d_]+", term.name.lower()))
        assert len(own) >= 4 or "$" in term.definition, term
        assert term.definition.rstrip("*_)\"'”`$ \n")[-1] in ".?!:}" or "$" in term.definition, term
        assert len(term.definition) < 900, term
