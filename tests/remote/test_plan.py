"""From lecture names to job arrays and batch scripts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture_tracer.remote.config import RemoteConfig
from lecture_tracer.remote.errors import RemoteError
from lecture_tracer.remote.plan import (
    Task,
    job_script,
    new_run_id,
    parse_record,
    plan_run,
    sbatch_arguments,
    shell_assignments,
)

CONFIG = RemoteConfig(host="hpc", partition="gpu", account="me", qos="high", memory="8G")
RUN = "20260102-030405-abcdef"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two ordinary lectures and a distributed one."""
    for name in ("lecture_01", "lecture_02"):
        (tmp_path / f"{name}.py").write_text("def main(): ...\n")
    eight = '"""Eight.\n\nResources: gpus=2\n"""\ndef main(): ...\n'
    (tmp_path / "lecture_08.py").write_text(eight)
    return tmp_path


def test_equal_requests_share_an_array_and_indices_are_the_run_s(root: Path) -> None:
    plan = plan_run(root, ["lecture_01.py", "lecture_08", "lecture_02", "lecture_01"], CONFIG, RUN)

    assert [group.tasks for group in plan.groups] == [
        (Task(0, "lecture_01"), Task(2, "lecture_02")),
        (Task(1, "lecture_08"),),
    ]
    assert "--array=0,2" in sbatch_arguments(plan.groups[0], CONFIG)


def test_request_of_a_distributed_lecture(root: Path) -> None:
    (group,) = plan_run(root, ["lecture_08"], CONFIG, RUN).groups

    assert sbatch_arguments(group, CONFIG) == [
        "--array=0",
        "--no-requeue",
        "--time=01:00:00",
        "--nodes=1",
        "--ntasks-per-node=1",
        "--cpus-per-task=8",
        "--mem=8G",
        "--gres=gpu:2",
        "--partition=gpu",
        "--account=me",
        "--qos=high",
    ]


@pytest.mark.parametrize("name", ["lecture_99", "../lecture_01", "lecture 01", "-m", ""])
def test_what_is_no_lecture_here_is_refused(root: Path, name: str) -> None:
    with pytest.raises(RemoteError) as caught:
        plan_run(root, [name], CONFIG, RUN)

    assert caught.value.slug in ("lecture-name", "lecture-missing")


def test_missing_lecture_names_the_ones_there_are(root: Path) -> None:
    with pytest.raises(RemoteError, match="lectures here: lecture_01, lecture_02, lecture_08"):
        plan_run(root, ["lecture_07"], CONFIG, RUN)


def test_record_survives_the_way_there_and_back(root: Path) -> None:
    plan = plan_run(root, ["lecture_02", "lecture_08"], CONFIG, new_run_id())

    assert parse_record(plan.record()) == (plan.run_id, plan.tasks)


@pytest.mark.parametrize("text", ["", "{}", '{"run_id": "../x", "tasks": []}', "[1]"])
def test_foreign_record_is_refused(text: str) -> None:
    with pytest.raises(RemoteError):
        parse_record(text)


def test_job_script_is_valid_bash(root: Path) -> None:
    config = RemoteConfig(host="hpc", setup=("module load 'a b'",))
    (group,) = plan_run(root, ["lecture_01", "lecture_02"], config, RUN).groups

    script = job_script(
        group, config, "/data/it's here/run", "/data/venv/bin/python", ["--seed", "a b"]
    )

    assert script.startswith("#!/bin/bash -l\n")
    assert "lectures=([0]=lecture_01 [1]=lecture_02)\noptions=(--seed 'a b')\n" in script
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_arrives_as_it_is(text: str) -> None:
    script = shell_assignments({"value": text}) + 'printf %s "$value"'

    done = subprocess.run(["bash", "-s"], input=script.encode(), capture_output=True, check=True)

    assert done.stdout == text.encode()
