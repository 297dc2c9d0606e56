"""The dashboard in a real browser: a wrong key, the runs, the chart, on a phone's width."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cs336_scaling.client import ScalingClient
from cs336_scaling.config import RunConfig
from cs336_scaling.server import make_server

HERE = Path(__file__).resolve()
PLAYWRIGHT = HERE.parents[4] / "trace-viewer/node_modules/playwright-core"


def test_runs_budget_and_chart_are_shown(run_config: Callable[..., RunConfig]) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    node = shutil.which("node")
    if not (chromium and node and PLAYWRIGHT.is_dir()):
        pytest.skip("needs Chromium, Node and the viewer's packages (make setup)")
    losses = {64: 4.0, 65: 3.5, 66: math.nan}
    with make_server(loss_fn=lambda c: losses[c.d_model], api_keys=["<b>k&"]) as server:
        client = ScalingClient(server.url, "<b>k&")
        for width in losses:
            client.loss(run_config(d_model=width))
        command = [node, str(HERE.with_name("dashboard.mjs")), server.url, "<b>k&"]
        done = subprocess.run(
            [*command, chromium, str(PLAYWRIGHT)], capture_output=True, text=True, timeout=120
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["refused"] == "unknown or revoked API key"
    assert found["budget"] == "key 1: 3e13 of 2e18 FLOPs used, 1.99997e18 left"
    assert found["dots"] == 2
    assert "diverged" in found["rows"][0]
    assert "3.5" in found["rows"][1]
    assert (found["faults"], found["foreign"], found["scrollsSideways"]) == ([], [], False)
    assert "k&" not in found["address"]
