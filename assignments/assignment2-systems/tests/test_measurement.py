"""Provenance, timing, ranges, memory timelines and the benchmarks' command lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from benchmarks import load  # type: ignore[import-not-found, unused-ignore]
from cs336_basics import model as basics_model
from cs336_basics.attention import causal_mask
from cs336_systems.measurement import profiling
from cs336_systems.measurement.arguments import positive_float, positive_int
from cs336_systems.measurement.memory_timeline import read_timeline, thin_out
from cs336_systems.measurement.provenance import collect_provenance, read_results, write_results
from cs336_systems.measurement.ranges import ATTENTION_RANGES, attention_ranges, labelled_attention
from cs336_systems.measurement.timing import summarize_ms, time_repeated
from cs336_systems.model_sizes import MODEL_SIZES, build_model

bench_collectives, bench_model = load("bench_collectives"), load("bench_model")
bench_data_parallel = load("bench_data_parallel")

CPU = torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def test_results_carry_their_provenance_and_no_machine_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "/home/someone/bench/bench_model.py"
    monkeypatch.setattr("sys.argv", [program, "--steps", "3", "--output", "/home/someone/x.json"])
    monkeypatch.setenv("WORLD_SIZE", "2")
    write_results(tmp_path / "new" / "x.json", [{"a": 1}])
    text = (tmp_path / "new" / "x.json").read_text(encoding="utf-8")
    provenance = json.loads(text)["provenance"]
    assert provenance["command"] == (
        "torchrun --nproc-per-node=2 bench/bench_model.py --steps 3 --output x.json"
    )
    assert provenance["torch"] == torch.__version__
    assert "/home" not in text
    assert read_results(tmp_path / "new" / "x.json") == [{"a": 1}]
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["x.json"]


def test_results_with_nan_are_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_results(path, [{"a": 1}])
    with pytest.raises(ValueError, match="JSON"):
        write_results(path, [{"a": float("nan")}])
    assert read_results(path) == [{"a": 1}]


def test_provenance_names_the_device() -> None:
    provenance = collect_provenance()
    assert provenance.device
    assert (provenance.driver is not None) == torch.cuda.is_available()


def test_timing_counts_repeats_but_not_warm_up() -> None:
    calls = []
    samples = time_repeated(lambda: calls.append(1), CPU, warmup=2, repeats=5)
    assert (len(calls), len(samples)) == (7, 5)
    assert min(samples) >= 0
    summary = summarize_ms([5.0, 1.0, 3.0])
    assert summary == {"median_ms": 3.0, "p10_ms": 1.0, "p90_ms": 5.0}


@pytest.mark.parametrize("text", ["0", "-3", "1.5", "many"])
def test_counts_are_whole_and_positive(text: str) -> None:
    with pytest.raises(Exception, match="not a whole number of at least 1"):
        positive_int(text)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "big"])
def test_sizes_are_finite_and_positive(text: str) -> None:
    with pytest.raises(Exception, match="not a finite number above 0"):
        positive_float(text)


def test_labelled_attention_computes_the_same_and_is_taken_out_again() -> None:
    Q, K, V = torch.randn(3, 2, 4, 6, 8)
    mask = causal_mask(6, 6)
    plain = basics_model.scaled_dot_product_attention
    with attention_ranges():
        assert basics_model.scaled_dot_product_attention is labelled_attention
    assert basics_model.scaled_dot_product_attention is plain
    torch.testing.assert_close(labelled_attention(Q, K, V, mask), plain(Q, K, V, mask))
    torch.testing.assert_close(labelled_attention(Q, K, V), plain(Q, K, V))


def event(action: str, addr: int, size: int, time_us: int, line: int = 1) -> dict[str, Any]:
    """One event of an allocator snapshot."""
    frames = [
        {"filename": "torch/nn/functional.py", "line": 9, "name": "linear"},
        {"filename": "/x/cs336_basics/model.py", "line": line, "name": "forward"},
    ]
    return {"action": action, "addr": addr, "size": size, "time_us": time_us, "frames": frames}


def test_timeline_finds_the_peak_and_what_held_it() -> None:
    gib = 2**30
    events = [
        event("alloc", 1, 2 * gib, 1000, line=10),
        event("free_requested", 1, 2 * gib, 1500),
        event("alloc", 2, 3 * gib, 2000, line=20),
        event("free_completed", 1, 2 * gib, 3000),
        event("alloc", 1, 1 * gib, 4000, line=30),
    ]
    timeline = read_timeline(events)
    assert timeline.times_ms == [0, 1, 2, 3]
    assert timeline.allocated_gb == [2, 5, 3, 4]
    assert timeline.peak_gb == 5
    assert timeline.held_at_peak_gb == {"model.py:20 forward": 3, "model.py:10 forward": 2}
    assert thin_out(timeline, 2) == [(1, 5), (3, 4)]
    assert read_timeline([]).peak_gb == 0
    assert thin_out(read_timeline([]), 10) == []


def test_unknown_model_size_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown model size 'huge'; choose from tiny, small"):
        build_model("huge", 16, CPU)


@pytest.mark.parametrize("size", ["tiny", "small", "xl"])
def test_parameter_counts_match_the_built_model(size: str) -> None:
    with torch.device("meta"):
        model = build_model(size, 16, torch.device("meta"))
    assert sum(p.numel() for p in model.parameters()) == MODEL_SIZES[size].num_parameters()


def test_model_benchmark_records_every_step_of_every_phase(tmp_path: Path) -> None:
    output = tmp_path / "model.json"
    bench_model.main(
        "--sizes tiny --contexts 4 8 --precisions fp32 bf16 --warmup 1 --steps 2 --batch 1 "
        f"--output {output}".split()
    )
    records = read_results(output)
    assert [(r["precision"], r["context"]) for r in records] == [
        ("fp32", 4), ("fp32", 8), ("bf16", 4), ("bf16", 8),
    ]  # fmt: skip
    for record in records:
        assert all(len(record[phase]["all_ms"]) == 3 for phase in bench_model.PHASES)
        assert record["step"]["median_ms"] > 0


def test_collectives_benchmark_alone_has_no_bus_traffic(tmp_path: Path) -> None:
    output = tmp_path / "collectives.json"
    bench_collectives.main(
        ["--backend", "gloo", "--sizes-mb", "0.01", "--repeats", "2", "--output", str(output)]
    )
    records = read_results(output)
    assert [r["operation"] for r in records] == list(bench_collectives.BUS_FACTORS)
    assert all(r["bus_gb_per_s"] == 0 and r["median_ms"] > 0 for r in records)


def test_bus_factors_for_four_ranks() -> None:
    factors = {name: factor(4) for name, factor in bench_collectives.BUS_FACTORS.items()}
    assert factors == {
        "all_reduce": 1.5, "all_gather": 0.75, "reduce_scatter": 0.75, "all_to_all": 0.75,
        "broadcast": 1.0,
    }  # fmt: skip


def test_every_strategy_trains_alike_in_one_process(tmp_path: Path) -> None:
    output = tmp_path / "data_parallel.json"
    bench_data_parallel.main(
        "--backend gloo --size tiny --context 8 --batch 1 --warmup 1 --steps 2 "
        f"--output {output}".split()
    )
    records = read_results(output)
    assert [r["strategy"] for r in records] == list(bench_data_parallel.STRATEGIES)
    losses = [r["last_loss"] for r in records]
    assert max(losses) - min(losses) < 0.01


def test_profile_sees_phases_and_the_parts_of_attention(tmp_path: Path) -> None:
    output, trace = tmp_path / "profile.json", tmp_path / "trace.json"
    profiling.main(f"--size tiny --context 8 --batch 1 --output {output} --trace {trace}".split())
    (record,) = read_results(output)
    forward, backward, optimizer = record["phases"]
    assert [p["phase"] for p in record["phases"]] == ["forward", "backward", "optimizer"]
    assert set(forward["attention_ranges_ms"]) == set(ATTENTION_RANGES)
    assert not backward["attention_ranges_ms"]
    assert forward["by_category_ms"]["matrix products"] > 0
    assert "matrix products" not in optimizer["by_category_ms"]
    names = {e.get("name") for e in json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]}
    assert {"forward", "backward", "optimizer", *ATTENTION_RANGES} <= names


@pytest.mark.skipif(torch.cuda.is_available(), reason="shows what happens without a GPU")
def test_snapshot_without_a_gpu_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        profiling.main(["--output", str(tmp_path / "x.json"), "--snapshot", "memory.pickle"])
    assert "--snapshot needs a CUDA device" in capsys.readouterr().err


@pytest.mark.gpu
@needs_gpu
def test_memory_recording_sees_the_step_on_a_gpu(tmp_path: Path) -> None:
    output, snapshot = tmp_path / "profile.json", tmp_path / "memory.pickle"
    profiling.main(
        ["--size", "tiny", "--context", "64", "--output", str(output), "--snapshot", str(snapshot)]
    )
    (record,) = read_results(output)
    assert record["memory"]["peak_gb"] > record["memory"]["allocated_before_gb"] > 0
    assert any("cs336" in line or ".py" in line for line in record["memory"]["held_at_peak_gb"])
    assert snapshot.stat().st_size > 0
