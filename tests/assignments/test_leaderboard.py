"""The leaderboard: rows go to a shared file, and only what the judge calls right is ranked."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from judge.board import BoardError, Row, add, plain, ranked, read, table
from judge.measuring import machine

from tools.assignment.mutants import solve
from tools.assignment.starter import make_starter, read_description
from tools.projects import ROOT

ASSIGNMENTS = sorted(f.parents[2] for f in ROOT.glob("assignments/*/starter/judge/contests.py"))
each_assignment = pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda path: path.name)

ROW = Row(
    name="ada", assignment="a", contest="loss", unit="nats", better="lower", value=2.0, course=4.0,
    noise=0.01, repeats=3, seconds=20, seed=0, text="made up", date="2026-01-02T03:04:05+00:00",
    machine={"processor": "x", "cores": 2, "system": "Linux"}, versions={"python": "3.12"},
    judge="abc",
)  # fmt: skip


def test_rows_are_added_and_ranked_by_their_ratio(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    add(path, [ROW])
    rows = add(path, [replace(ROW, name="bob", value=1.0), replace(ROW, name="ada", value=3.0)])
    assert rows == read(path)
    assert [(row.name, row.ratio) for row in ranked(rows)] == [("bob", 0.25), ("ada", 0.5)]
    assert "| 1 | bob | 1 | 0.25 | ±1% |" in path.with_suffix(".md").read_text()
    higher = [replace(row, better="higher") for row in rows]
    assert [row.ratio for row in ranked(higher)] == [0.75, 0.25]


def test_rows_of_a_changed_judge_are_listed_and_not_ranked() -> None:
    rows = [ROW, replace(ROW, name="eve", value=0.1, changed=["checks.py"])]
    assert [row.name for row in ranked(rows)] == ["ada"]
    assert "| changed judge: checks.py | eve |" in table(rows)


def test_other_conditions_are_another_ranking() -> None:
    text = table([ROW, replace(ROW, seconds=60)])
    assert text.count("| 1 | ada |") == 2


def test_a_row_of_a_contest_on_a_gpu_names_it() -> None:
    assert "gpu" not in machine()
    assert machine(gpu=True)["gpu"]
    row = replace(ROW, machine=ROW.machine | {"gpu": "NVIDIA H200"})
    assert "| NVIDIA H200; x, 2 cores |" in table([row])


def test_a_name_is_no_markup() -> None:
    name = "<img src=x>|a\nb [c](d) `e`"
    assert plain(name) == r"\<img src=x\>\|a b \[c\](d) \`e\`"
    line = next(line for line in table([replace(ROW, name=name)]).splitlines() if "img" in line)
    assert line.replace(r"\|", "").count("|") == 9


@pytest.mark.parametrize("content", ["[]", "{", '{"format": 9, "rows": []}', '{"rows": 1}'])
def test_a_file_that_is_no_leaderboard_stays(tmp_path: Path, content: str) -> None:
    path = tmp_path / "board.json"
    path.write_text(content)
    with pytest.raises(BoardError, match=str(path)):
        add(path, [ROW])
    assert path.read_text() == content


def _add_many(path: str, name: str) -> None:
    for value in range(1, 21):
        add(Path(path), [replace(ROW, name=name, value=float(value))])


def test_no_row_is_lost_when_several_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_add_many, args=(str(path), name)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert sorted((row.name, row.value) for row in read(path)) == [
        (name, float(value)) for name in "abcd" for value in range(1, 21)
    ]
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "board.json", "board.json.lock", "board.md",
    ]  # fmt: skip


def leaderboard(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a starter."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHONPATH")}
    return subprocess.run(
        [sys.executable, "-m", "judge.leaderboard", *options], cwd=folder, text=True, check=False,
        env=environment | {"OMP_NUM_THREADS": "1"}, capture_output=True, timeout=280,
    )  # fmt: skip


@pytest.fixture
def starter(assignment: Path, tmp_path: Path) -> Path:
    """A starter of an assignment that has contests."""
    make_starter(assignment, tmp_path / "starter")
    return tmp_path / "starter"


@each_assignment
def test_an_empty_starter_is_not_ranked(assignment: Path, starter: Path) -> None:
    listed = leaderboard(starter, "--list")
    assert listed.returncode == 0, listed.stderr
    first = listed.stdout.partition(":")[0]
    done = leaderboard(starter, "--name", "ada", "--contest", first)
    assert done.returncode == 1
    assert "is not started" in done.stderr
    assert "only what the judge calls right is ranked" in done.stderr
    assert not (starter / "leaderboard.json").exists()
    wrong = leaderboard(starter, "--name", "ada", "--contest", "lose")
    assert f"no contest 'lose'; there are: {first}" in wrong.stderr


@pytest.mark.slow
@each_assignment
def test_our_implementation_is_as_good_as_itself(assignment: Path, starter: Path) -> None:
    solve(starter, assignment, read_description(assignment)["package"])
    done = leaderboard(starter, "--name", "we", "--repeats", "1", "--seconds", "3")
    assert done.returncode == 0, done.stderr
    rows = json.loads((starter / "leaderboard.json").read_text())["rows"]
    contests = [
        line.partition(":")[0] for line in leaderboard(starter, "--list").stdout.splitlines()
    ]
    assert {row["contest"] for row in rows} <= set(contests)
    assert all(row["value"] > 0 and row["course"] > 0 for row in rows)
    assert all(row["changed"] == [] for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS[:1], ids=lambda path: path.name)
def test_a_changed_judge_is_named(assignment: Path, starter: Path) -> None:
    shutil.rmtree(starter / read_description(assignment)["package"])
    solve_folder = assignment / read_description(assignment)["package"]
    shutil.copytree(solve_folder, starter / solve_folder.name)
    file = starter / "judge" / "checks.py"
    file.write_text(file.read_text() + "\n# changed\n")
    first = leaderboard(starter, "--list").stdout.partition(":")[0]
    done = leaderboard(starter, "--name", "eve", "--contest", first, "--repeats", "1",
                       "--seconds", "2")  # fmt: skip
    assert done.returncode == 0, done.stderr
    (row,) = read(starter / "leaderboard.json")
    assert row.changed == ["checks.py"]
