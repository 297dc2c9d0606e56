"""The lean model, training runs, workers and sources of the real study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from cs336_basics.model import TransformerLM
from cs336_scaling.real_study.lean_model import (
    LeanTransformer,
    feed_forward_width,
    matrix_parameters,
)
from cs336_scaling.real_study.sources import Sources
from cs336_scaling.real_study.specs import (
    RunSpec,
    story_gpu_study,
    zipf_gpu_study,
    zipf_small_study,
)
from cs336_scaling.real_study.story_source import StorySource, prepare_stories
from cs336_scaling.real_study.training import TrainingRun, thinned
from cs336_scaling.real_study.workers import train_all
from cs336_scaling.record_file import append_record, read_records

CPU = torch.device("cpu")
TINY = RunSpec("zipf", 8, 2, 1.2e9)


def test_the_lean_model_is_the_model_of_assignment_1() -> None:
    torch.manual_seed(0)
    model = TransformerLM(84, 64, 32, 2, 4, feed_forward_width(32))
    lean = LeanTransformer(model, 4)
    ids = torch.randint(0, 84, (3, 64))
    torch.testing.assert_close(lean(ids), model(ids))
    weights = sum(p.numel() for name, p in lean.named_parameters() if p.ndim == 2)
    assert weights - lean.embedding.numel() == matrix_parameters(32, 2, 84) == 27_776


def test_a_model_without_rotation_is_refused() -> None:
    with pytest.raises(ValueError, match="rope_theta"):
        LeanTransformer(TransformerLM(8, 4, 8, 1, 1, 8, rope_theta=None), 1)


def test_recipes() -> None:
    run = RunSpec("zipf", 48, 2, 1e12)
    assert (run.parameters, run.batch_size) == (59_328, 27)
    assert run.steps * run.batch_size * 64 == pytest.approx(run.tokens, rel=0.01)
    assert run.rate_at(0) < run.rate_at(99) == pytest.approx(run.learning_rate, rel=0.01)
    assert 0 < run.rate_at(run.steps - 1) < 0.01 * run.learning_rate


@pytest.mark.parametrize("study", [zipf_gpu_study, zipf_small_study, story_gpu_study])
def test_no_run_is_listed_twice(study: object) -> None:
    keys = [run.key for run in study()]  # type: ignore[operator]
    assert len(keys) == len(set(keys))


def train(spec: RunSpec, *, warm_up: bool = False) -> TrainingRun:
    run = TrainingRun(spec, Sources(CPU).of(spec), CPU)
    if warm_up:
        run._warm_up()
    while not run.all_given:
        run.advance()
    return run


def test_a_run_learns_and_repeats_bit_for_bit() -> None:
    first, second = train(TINY).record(), train(TINY).record()
    assert first["curve"] == second["curve"]
    assert first["excess"] == second["excess"]
    assert first["curve"][-1][1] < first["curve"][0][1] - 0.2
    assert first["loss"] == first["excess"] + first["entropy"]
    assert json.loads(json.dumps(first))["steps"] == TINY.steps


def test_warming_up_leaves_no_trace() -> None:
    """On a GPU the graph is captured after steps that have to be undone."""
    assert train(TINY, warm_up=True).record()["curve"] == train(TINY).record()["curve"]


def test_a_run_that_blew_up_has_no_excess() -> None:
    run = train(TINY)
    with torch.no_grad():
        run._model.head.fill_(float("nan"))
    record = run.record()
    assert record["excess"] is None
    json.dumps(record, allow_nan=False)


def test_workers_write_each_record_and_go_on(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    runs = [RunSpec("zipf", 8, 2, 1e8, seed) for seed in range(3)]
    train_all(runs[:1], path, ["cpu"], 120)
    path.write_text(path.read_text() + '{"key": "cut o')
    records = train_all(runs, path, ["cpu", "cpu"], 120)
    assert sorted(record["key"] for record in records) == sorted(run.key for run in runs)
    assert all(record["device"] == "CPU" for record in records)


def test_time_that_is_up_stops_the_workers(tmp_path: Path) -> None:
    assert train_all([RunSpec("zipf", 64, 2, 1e15)], tmp_path / "r.jsonl", ["cpu"], 2) == []


def test_records_survive_a_line_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    append_record(path, {"a": 1})
    path.write_text(path.read_text() + '{"b"')
    assert read_records(path) == [{"a": 1}]
    append_record(path, {"c": 2})
    assert read_records(path) == [{"a": 1}, {"c": 2}]


def test_stories(tmp_path: Path) -> None:
    files = prepare_stories(tmp_path, 300_000, valid_blocks=1)
    assert prepare_stories(tmp_path, 300_000) == files
    source = StorySource(files, CPU)
    batch = source.batches(2, 3, torch.Generator().manual_seed(0))
    assert batch.shape == (2, 3, 257)
    assert int(batch.max()) < source.vocab_size
    uniform = source.excess(lambda ids: torch.zeros(*ids.shape, source.vocab_size))
    assert uniform.total == pytest.approx(8.3178 - source.entropy, abs=0.05)
    run = TrainingRun(RunSpec("stories", 8, 2, 3e8), source, CPU)
    while not run.all_given:
        run.advance()
    assert run.record()["excess"] < uniform.total


def test_runs_on_stories_need_a_folder() -> None:
    with pytest.raises(ValueError, match="folder"):
        Sources(CPU).of(RunSpec("stories", 8, 2, 1e8))


def test_curves_are_thinned_evenly_in_the_logarithm() -> None:
    points = list(thinned([float(i) for i in range(1000)], 32))
    assert len(points) <= 24
    assert points[0] == (32, 0.0)
    assert points[-1] == (32_000, 999.0)
