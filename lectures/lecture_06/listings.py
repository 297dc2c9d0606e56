"""Read PTX back: the listings that `compile_kernels.py` wrote."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("ptx")
ROLES = {  # role -> pattern of the instruction's name; the first that fits
    "global load": r"ld\.global|cp\.async",
    "global store": r"st\.global",
    "shared memory": r"(ld|st)\.shared|ldmatrix|stmatrix",
    "between threads": r"shfl|bar\.sync|barrier|fence",
    "tensor cores": r"wgmma|mma",
    "exponential": r"ex2",
    "division": r"(div|rcp)\.(full|approx|rn)",
    "float arithmetic": r"(add|sub|mul|fma|max|min|neg|abs|copysign)\.(rn\.)?(ftz\.)?f(32|16)",
    "address and index": r"(add|sub|mul|mad|shl|shr|and|or|xor|cvt|cvta|bfe|min|max|div|rem)\b",
    "moves and tests": r"mov|setp|selp|bra|ld\.param|ret",
}


def read(name: str) -> str:
    """One listing, such as "triton_gelu"."""
    return (FOLDER / f"{name}.ptx").read_text(encoding="utf-8")


def compiled_by(name: str) -> str:
    """Compiler, target and date of a listing."""
    known = _provenance(name)
    return f"{known['compiler']}, for {known['target']}, {known['date']}"


def parameters(name: str) -> dict[str, Any]:
    """What a listing was compiled for: dtype, constants, warps, stages."""
    return dict(_provenance(name)["parameters"])


def used(name: str) -> dict[str, int]:
    """Registers of a thread and bytes of shared memory of a block, as the compiler gave them."""
    return dict(_provenance(name)["used"])


def _provenance(name: str) -> dict[str, Any]:
    known = json.loads((FOLDER / "provenance.json").read_text(encoding="utf-8"))
    return dict(known[name])


def without_debug_lines(ptx: str) -> str:
    """The listing without source positions, which name files of the compiling machine."""
    body = re.split(r"\n\s*(?:\.file|\.section)\s", ptx)[0]
    kept = [line for line in body.splitlines() if not re.match(r"\s*(\.loc|//|\$L__tmp)", line)]
    return "\n".join(line for line in kept if line.strip()) + "\n"


def instructions(listing: str) -> list[str]:
    """Names of the instructions in order, such as "ld.global.v4.b32"; predicates removed."""
    found = []
    for line in listing.splitlines():
        match = re.match(r"\s*(?:\{\s*)?(?:@!?%p\d+\s+)?([a-z][\w.]*(?:::\w+)*[\w.]*)\b.*;", line)
        if match:
            found.append(match[1])
    return found


def role(instruction: str) -> str:
    """What an instruction is for."""
    for name, pattern in ROLES.items():
        if re.match(pattern, instruction):
            return name
    return "other"


def roles(listing: str) -> dict[str, int]:
    """How many instructions play each role, in the order of ROLES."""
    counts = Counter(role(each) for each in instructions(listing))
    return {name: counts[name] for name in [*ROLES, "other"] if counts[name]}


def excerpt(listing: str, patterns: list[str]) -> str:
    """The lines in which one of the patterns occurs, in order, with their numbers."""
    return "\n".join(
        f"{number:4}  {line.strip().expandtabs(12)}"
        for number, line in enumerate(listing.splitlines(), start=1)
        if any(re.search(pattern, line) for pattern in patterns)
    )
