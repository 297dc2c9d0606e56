"""`python -m tools.assignment N DEST`: write the starter of assignment N into the folder DEST."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.assignment.emptying import StarterError
from tools.assignment.starter import find_assignment, make_starter


def main(arguments: list[str] | None = None) -> int:
    """Write the starter and say what to do next; gives the exit code."""
    parser = argparse.ArgumentParser(prog="make assignment", description=__doc__)
    parser.add_argument("number", type=int, metavar="N")
    parser.add_argument("destination", type=Path, metavar="DEST")
    options = parser.parse_args(arguments)
    try:
        files = make_starter(find_assignment(options.number), options.destination)
    except (StarterError, LookupError, OSError) as error:
        print(f"assignment: {error}", file=sys.stderr)
        return 2
    where = options.destination.expanduser()
    print(f"{where}: {len(files)} files. Read handout.md, then:\n")
    print(f"  cd {where}\n  python3 -m venv .venv\n  .venv/bin/pip install -r requirements.lock")
    print("  .venv/bin/python -m pytest      # says of each problem: not started, wrong or right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
