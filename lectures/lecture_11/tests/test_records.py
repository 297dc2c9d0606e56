"""The records of lecture 11, and that the forecast came before what it is about."""

import json
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from lectures.lecture_11 import forecast, records
from lectures.lecture_11.second_forecast import second_forecast
from lectures.lecture_11.stacked import Shape

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("ladder", "target", "transfer", "schedules", "muon", "laws", "second")


def test_records_name_device_driver_date_and_command() -> None:
    for name in NAMES:
        said = records.caption(name)
        assert "NVIDIA" in said
        assert "driver" in said
        assert "tools/measure.py" in said
        assert (records.FOLDER / f"{name}.json").stat().st_size < 100_000


def test_every_setting_has_three_seeds() -> None:
    for name in NAMES:
        seeds: dict[tuple[object, ...], set[int]] = {}
        for row in records.load(name)["rows"]:
            setting = tuple(v for k, v in row.items() if k not in ("seed", "excess"))
            seeds.setdefault(setting, set()).add(row["seed"])
        assert all(found == {0, 1, 2} for found in seeds.values())


def test_a_second_session_completes_the_first() -> None:
    rates = {row["rate"] for row in records.rows("muon", optimizer="Muon")}
    assert rates == {2.0**k for k in range(-9, -2)}
    assert {row["batch"] for row in records.rows("laws", budget=2**23)} == {32, 64, 128, 256, 512}


def test_the_forecast_is_what_the_ladder_says() -> None:
    said = records.forecast()
    goals = [(goal["parameters"], goal["tokens"]) for goal in said["goals"]]
    again = forecast.forecast(records.load("ladder")["rows"], goals)
    assert again["law"] == pytest.approx(said["law"], rel=1e-6)
    for one, other in zip(again["goals"], said["goals"], strict=True):
        assert one == pytest.approx(other, rel=0.01)
    assert set(goals) == set(records.target_excess())
    assert max(row["width"] for row in records.load("ladder")["rows"]) == 64
    assert goals[-1][0] == Shape(512).parameters


def test_the_second_forecast_is_what_the_first_session_says() -> None:
    said, again = records.again(), second_forecast()
    assert again["rate"] == pytest.approx(said["rate"])
    assert again["law"] == pytest.approx(said["law"])
    for one, other in zip(again["goals"], said["goals"], strict=True):
        assert one == pytest.approx(other, rel=0.01)


def test_claims_were_committed_before_the_forecast_was_written() -> None:
    if _git("rev-parse", "--is-shallow-repository") != ["false"]:
        pytest.skip("no history here: an archive, or a shallow clone")
    commits = _git("log", "--format=%cI", "--", "lectures/lecture_11/registered.json")
    written = datetime.fromisoformat(records.forecast()["written"])
    assert len(commits) == 1, "the claims are not to be changed"
    assert datetime.fromisoformat(commits[0]) < written


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.split()


def test_outcomes_are_judged_by_the_records() -> None:
    found = records.outcomes()
    assert [true for _, true, _ in found] == [True] * 5 + [False] * 3
    later = records.outcomes(records.again()["claims"])
    assert [true for _, true, _ in later] == [False, True, True]
    assert all(words for _, _, words in found)
    assert json.dumps(found)
