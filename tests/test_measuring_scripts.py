"""Programs that take records start on a machine with torch and little else, as they say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytest.importorskip("torch")
pytest.importorskip("matplotlib")

SCRIPTS = sorted(ROOT.glob("lectures/*/tools/measure.py"))
WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
sys.argv = ["measure.py", "--help"]
import runpy
runpy.run_path({script!r}, run_name="__main__")
"""
MISSING = {"msgspec", "sympy", "scipy", "fastwarc", "resiliparse", "sqlalchemy", "pydantic", "gguf"}
"""What the course needs elsewhere and such a machine does not have."""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parts[-3])
def test_it_starts_from_a_bare_checkout(script: Path) -> None:
    code = WITHOUT.format(missing=MISSING, script=str(script))
    paths = [path for path in sys.path if path.endswith("site-packages")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120,
        env=environment, cwd="/",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "usage: measure.py" in done.stdout
