"""Assignment 3's starter brings a training API; it answers as the course's own does."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cs336_scaling.server import make_server

from tools.assignment.starter import find_assignment, make_starter

BUDGET = 10**14
RUN = "d_model=128&num_layers=4&num_heads=4&batch_size=128&learning_rate=0.0005&train_flops="
QUESTIONS = [
    f"/loss?{RUN}10000000000000&api_key=student",
    f"/loss?{RUN}1e13&api_key=student",
    f"/loss?{RUN}60000000000000&api_key=student",
    f"/loss?{RUN}60000000000000&api_key=student".replace("0.0005", "0.0006"),
    f"/loss?{RUN}20000000000000&api_key=student",
    f"/loss?{RUN}10000000000000&api_key=student".replace("128&num_layers", "63&num_layers"),
    f"/loss?{RUN}10000000000000&api_key=student".replace("0.0005", "nan"),
    f"/loss?{RUN}10000000000000&api_key=student".replace("num_heads=4", "num_heads=4.5"),
    "/loss?d_model=128&api_key=student",
    f"/loss?{RUN}10000000000000&api_key=stranger",
    "/total_flops_used?api_key=student",
    "/total_flops_used",
    "/budget?api_key=student",
    "/previous_runs?api_key=student",
    "/domain",
    "/nothing?api_key=student",
]


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter of assignment 3."""
    folder = tmp_path_factory.mktemp("starter") / "a3"
    make_starter(find_assignment(3), folder)
    return folder


@pytest.fixture
def url(starter: Path) -> Iterator[str]:
    """Address of the starter's API, started as the handout says."""
    command = ["-m", "judge.training_api", "--seed", "3", "--port", "0", "--budget", str(BUDGET)]
    process = subprocess.Popen(
        [sys.executable, *command], cwd=starter, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            yield process.stdout.readline().partition(",")[0]
        finally:
            process.terminate()
            process.wait(10)


def answer(address: str) -> tuple[int, Any]:
    """Status and body."""
    try:
        with urllib.request.urlopen(address, timeout=30) as found:
            return found.status, json.load(found)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_both_answer_alike(url: str) -> None:
    with make_server(loss_fn=lambda run: 3.0, budget=BUDGET, api_keys=["student"]) as course:
        for question in QUESTIONS:
            status, body = answer(url + question)
            expected, right = answer(course.url + question)
            assert status == expected, question
            if isinstance(body, dict):
                assert body.keys() <= right.keys(), question
            for name in ("total_flops_used", "budget", "used", "left"):
                if isinstance(body, dict) and name in body:
                    assert body[name] == right[name], question
            if question == "/domain":
                assert body == right
            if status >= 400:
                assert body["message"], question


def test_the_truth_is_told_when_asked_for(starter: Path) -> None:
    command = [sys.executable, "-m", "judge.training_api", "--seed", "3", "--truth"]
    said = subprocess.run(command, cwd=starter, capture_output=True, text=True, check=True).stdout
    assert said.startswith("best is d_model ")
    assert "loss" in said


def test_a_port_that_is_taken_is_said(starter: Path, url: str) -> None:
    port = url.rpartition(":")[2]
    command = [sys.executable, "-m", "judge.training_api", "--port", port]
    done = subprocess.run(command, cwd=starter, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"port {port}: " in done.stderr
    assert "--port" in done.stderr
