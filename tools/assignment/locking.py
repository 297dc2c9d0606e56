"""A lock for a starter: of what this repository pins, the part that the starter's packages need."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock import RUN_LOCK, TEST_LOCK, format_pins, read_pins
from tools.projects import ROOT


def lock_text(packages: Iterable[str]) -> str:
    """Pins of `packages` (requirements) and of all that they need here, one a line.

    Raises:
        LookupError: a package that the repository's locks do not pin.
    """
    pins = read_pins(ROOT / RUN_LOCK, ROOT / TEST_LOCK)
    chosen: dict[str, str] = {}
    waiting = [Requirement(package) for package in packages]
    for requirement in waiting:
        if canonicalize_name(requirement.name) not in pins:
            raise LookupError(f"{requirement.name} is in neither lock: `make lock` adds it")
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in chosen or name not in pins:
            continue
        chosen[name] = pins[name]
        try:
            needed = [Requirement(line) for line in requires(name) or ()]
        except PackageNotFoundError:  # of another platform
            continue
        extras = requirement.extras or {""}
        waiting += [
            r for r in needed
            if r.marker is None or any(r.marker.evaluate({"extra": extra}) for extra in extras)
        ]  # fmt: skip
    return format_pins(chosen, {})
