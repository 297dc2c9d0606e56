"""What the trace of lecture 2 shows, beyond what holds for every lecture."""

from pathlib import Path

from lecture_tracer.report.alarms import alarms
from lecture_tracer.report.measure import measure
from lecture_tracer.trace.compact import benchmarks
from lecture_tracer.trace.schema import (
    AnswerRendering,
    Mapping,
    Number,
    PlotRendering,
    QuestionRendering,
    Tensor,
    TextRendering,
    Trace,
    Value,
)
from tests import lecture_checks as checks


def changes_in(trace: Trace, function: str) -> list[dict[str, Value]]:
    """The variables that changed, step by step, in the first call of a function."""
    frame = [f.function for f in trace.frames].index(function)
    return [step.changes or {} for step in trace.steps if step.frame == frame]


def last_value(trace: Trace, function: str, name: str) -> Value:
    """What a variable of a function was when it was shown last."""
    return [change[name] for change in changes_in(trace, function) if name in change][-1]


def as_number(value: Value) -> float:
    """A number that was shown, however it is written in the trace."""
    return float(value.text) if isinstance(value, Number) else float(str(value))


def test_it_has_so_many_steps(trace: Trace) -> None:
    assert 300 <= len(trace.steps) <= 600


def test_it_has_so_many_sections(trace: Trace) -> None:
    assert len(checks.sections(trace)) == 22
    assert trace.title == "PyTorch and resource accounting"


def test_it_opens_these_definitions(trace: Trace) -> None:
    named = checks.check_code_links(trace)
    assert {"AdamW._update", "RMSNorm.forward", "TransformerLM.forward", "softmax"} <= named
    assert {"AdaGrad", "DeepLinear.forward", "saved_tensors", "nvfp4"} <= named


def test_it_cites_so_many_works(trace: Trace) -> None:
    assert checks.check_citations(trace) > 20


def test_it_draws_so_many_figures(trace: Trace) -> None:
    kinds = checks.check_figures(trace)
    assert kinds["plots"] >= 15
    assert kinds["images"] >= 2
    assert kinds["graphs"] >= 2
    assert kinds["tables"] >= 4


def test_a_step_takes_few_bytes(recorded: Path) -> None:
    checks.check_size(recorded, bytes_a_step=400)


def test_the_panel_says_who_shares_memory(trace: Trace) -> None:
    shares: dict[str, set[str]] = {}
    for change in changes_in(trace, "storage"):
        for name, value in change.items():
            if isinstance(value, Tensor):
                shares.setdefault(name, set()).update(value.shares)
    for view in ("row", "column", "tall", "transposed"):
        assert "x" in shares[view], view
    assert shares["copied"].isdisjoint({"x", "transposed"})
    assert shares["flat"] == {"copied"}
    assert {"tokens", "windows"} <= shares["array"]
    assert shares["batch"].isdisjoint({"tokens", "windows", "array"})


def test_one_write_changes_every_view(trace: Trace) -> None:
    written = next(
        change
        for change in changes_in(trace, "storage")
        if {"x", "row", "column", "tall", "transposed"} <= set(change)
    )
    for view in ("x", "row", "column", "tall", "transposed"):
        value = written[view]
        assert isinstance(value, Tensor)
        assert 100.0 in value.numbers


def test_it_steps_into_the_assignment_and_shows_what_happens_there(trace: Trace) -> None:
    inside = {
        trace.frames[step.frame].function: step.changes
        for step in trace.steps
        if trace.frames[step.frame].path.startswith("assignments/") and step.changes
    }
    assert {"softmax", "RMSNorm.forward", "get_batch", "AdamW._update"} <= set(inside)


def test_counted_operations_are_shown_beside_the_formulas(trace: Trace) -> None:
    gradients = {name: v for change in changes_in(trace, "gradients") for name, v in change.items()}
    assert gradients["forward"] == gradients["counted_forward"] == 9_437_184
    assert gradients["backward"] == 10_485_760
    assert gradients["both"] == gradients["forward"] + gradients["backward"]
    assert gradients["counted_all"] == 3 * 9_437_184
    assert last_value(trace, "operations_cost", "counted") == 2 * 16 * 12 * 8


def test_memory_is_shown_to_the_byte(trace: Trace) -> None:
    shown = {name: v for change in changes_in(trace, "memory") for name, v in change.items()}
    parameters = shown["step.parameters"]
    assert parameters == 4 * 104_688
    assert shown["after_backward"] == parameters + 4
    assert shown["after_update"] == 3 * parameters + 4
    assert shown["total"] == shown["real"] == 496


def test_what_is_held_out_is_shown_beside_what_is_learnt_from(trace: Trace) -> None:
    shown = changes_in(trace, "training")
    assert sum("unseen" in change for change in shown) >= 5
    learnt, unseen = (
        next(change[name] for change in shown if isinstance(change.get(name), Mapping))
        for name in ("learnt", "unseen")
    )
    assert isinstance(learnt, Mapping)
    assert isinstance(unseen, Mapping)
    assert as_number(learnt.entries[0][1]) < 1e-3
    assert as_number(unseen.entries[0][1]) > 500


def test_resuming_with_and_without_the_state_is_shown(trace: Trace) -> None:
    shown = {name: v for change in changes_in(trace, "checkpoints") for name, v in change.items()}
    whole, rest, without = (shown[f"run.{name}"] for name in ("whole", "rest", "without_state"))
    assert isinstance(whole, list)
    assert isinstance(without, list)
    assert whole[5:] == rest
    assert whole[6:] != without[1:]


def test_every_section_asks_and_answers(trace: Trace) -> None:
    asked = [o for o in checks.outputs(trace) if isinstance(o, QuestionRendering)]
    answered = [o.name for o in checks.outputs(trace) if isinstance(o, AnswerRendering)]
    assert [question.name for question in asked] == answered
    about_behaviour = [question for question in asked if question.answer_kind == "choice"]
    assert len(asked) >= len(checks.sections(trace)) - 1
    assert len(about_behaviour) >= len(asked) / 2


def test_measurements_are_records_with_their_device(trace: Trace) -> None:
    shown = list(benchmarks(trace.steps))
    assert {o.name for o in shown} == {"Matrix products", "Transposing a matrix"}
    for output in shown:
        assert output.recorded
        assert output.provenance is not None
        assert output.provenance.device
        assert output.provenance.versions["torch"]


def test_what_an_h100_measured_is_shown_with_its_device_and_date(trace: Trace) -> None:
    plots = [str(o.spec) for o in checks.outputs(trace) if isinstance(o, PlotRendering)]
    recorded = [spec for spec in plots if "NVIDIA H100" in spec]
    assert len(recorded) == 2
    assert all("2026-" in spec for spec in recorded)


def test_what_was_once_claimed_wrongly_is_gone(trace: Trace) -> None:
    shown = " ".join(o.text for o in checks.outputs(trace) if isinstance(o, TextRendering))
    texts = " ".join(shown.split())
    assert "batch × length × width × depth" in texts, "the width counts"
    assert "so it is a **copy**" in texts, "a batch is no view"
    assert "what is _held out_ is measured and never learnt from" in texts
    for wrong in ("factor of five", "batch × length × depth", "not measured yet"):
        assert wrong not in texts


def test_nothing_is_outside_of_the_course_s_rules(trace: Trace, recorded: Path) -> None:
    assert alarms(measure(trace, recorded.stat().st_size)) == []
