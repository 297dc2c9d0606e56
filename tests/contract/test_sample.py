"""The contract fixture: `sample.py` and its committed trace, which the viewer's tests read too."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from lecture_tracer.config import RunConfig
from lecture_tracer.reading.directives import NAMES
from lecture_tracer.recording.runner import record
from lecture_tracer.trace import codec, schema
from tests.conftest import BACKENDS, needs_processes

ROOT = Path(__file__).resolve().parents[2]
STORED = ROOT / "var/traces/sample.json"


@pytest.mark.parametrize("backend", BACKENDS)
@needs_processes
def test_recording_it_again_gives_the_same_bytes(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    sys.modules.pop("lectures.sample.square", None)
    config = RunConfig(path=ROOT / "sample.py", root=ROOT, backend=backend)
    assert codec.encode(record(config).trace) == STORED.read_bytes(), "run `make goldens`"


@needs_processes
def test_the_command_agrees() -> None:
    command = [sys.executable, "execute.py", "-q", "-m", "sample", "--check", "--strict"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_shows_every_directive_and_every_rendering() -> None:
    text = (ROOT / "sample.py").read_text(encoding="utf-8")
    assert set(re.findall(r"@(\w+)", text)) == set(NAMES)
    shown = {o["kind"] for s in stored()["steps"] for o in s.get("outputs", ())}
    tags = {kind.__struct_config__.tag for kind in get_args(schema.Rendering)}
    assert shown == tags - {"missing"}


def test_every_picture_it_refers_to_is_committed() -> None:
    for step in stored()["steps"]:
        for output in step.get("outputs", ()):
            if "src" in output:
                assert (ROOT / output["src"]).is_file(), output["src"]


def test_it_follows_the_json_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    described = json.loads((ROOT / "docs/trace.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(stored(), described)


def stored() -> dict[str, Any]:
    """The committed trace as plain JSON."""
    found: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return found
