"""Loads a benchmark of this assignment by its name: `bench/` is a folder of scripts, no package."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parents[1] / "bench"


def load(name: str) -> Any:
    """The module `bench/NAME.py`, under a name of its own among those of other assignments."""
    full_name = f"assignment2_bench_{name}"
    if full_name not in sys.modules:
        spec = spec_from_file_location(full_name, BENCH / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[full_name] = module  # before it runs: dataclasses look their module up
        spec.loader.exec_module(module)
    return sys.modules[full_name]
