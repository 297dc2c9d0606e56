"""The study as a command: report, resume, one clear line for what goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

study = pytest.importorskip("cs336_scaling.study")


def test_a_study_of_a_hidden_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--simulate", "7", "--family", "2", "--output", str(tmp_path)]
    assert study.main(command) == 0
    first = capsys.readouterr().out
    assert "95 % interval" in first
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<img") == 4
    assert "http" not in page.replace("http-equiv", "")  # opens without a network
    assert "dropped" in page
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    runs = (tmp_path / "runs.jsonl").read_text().splitlines()
    assert page.count("<tr") >= len(runs)

    assert study.main(command) == 0  # nothing is bought again
    assert (tmp_path / "runs.jsonl").read_text().splitlines() == runs
    assert capsys.readouterr().out == first[first.index("best at") :]


def test_a_stopped_study_goes_on_to_the_same_answer(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    assert study.main(["--simulate", "1", "--output", str(whole)]) == 0
    lines = (whole / "runs.jsonl").read_text().splitlines(keepends=True)
    part.mkdir()
    (part / "runs.jsonl").write_text("".join(lines[:70]) + '{"d_mo')
    assert study.main(["--simulate", "1", "--output", str(part)]) == 0
    assert (part / "runs.jsonl").read_text() == "".join(lines)


def test_a_budget_too_small_to_predict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert study.main(["--simulate", "1", "--budget", "1000", "--output", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: 0 runs")
    assert error.count("\n") == 1


def test_a_server_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pytest.importorskip("cs336_scaling.client")
    monkeypatch.setattr(client.ScalingClient.__init__, "__kwdefaults__",
                        {"patience": 0.0, "on_wait": None})  # fmt: skip
    arguments = ["--server", "http://127.0.0.1:9", "--key", "k", "--output", str(tmp_path)]
    assert study.main(arguments) == 1
    assert "does not answer" in capsys.readouterr().err
