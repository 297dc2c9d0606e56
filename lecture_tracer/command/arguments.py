"""The arguments of the command."""

import argparse
from pathlib import Path

from lecture_tracer.config import BACKENDS, DEFAULT_MAX_STEPS, DEFAULT_OUTPUT


def parser() -> argparse.ArgumentParser:
    """Everything that `execute.py` takes."""
    built = argparse.ArgumentParser(
        prog="execute.py",
        description="Run lectures and record every line with its variables and outputs.",
        epilog="See docs/authoring.md for how to write a lecture.",
    )
    what = built.add_argument_group("what to record")
    what.add_argument(
        "-m",
        "--module",
        nargs="+",
        default=[],
        metavar="LECTURE",
        help="module name, file name or path",
    )
    what.add_argument("--all", action="store_true", help="every lecture_*.py of this folder")
    how = built.add_argument_group("how")
    how.add_argument(
        "-o",
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT,
        metavar="DIR",
        help="folder for the traces (default: %(default)s)",
    )
    how.add_argument(
        "-I",
        "--inspect-all-variables",
        action="store_true",
        help="show all local variables at every line",
    )
    how.add_argument("--backend", choices=BACKENDS, default="auto", help="source of events")
    how.add_argument(
        "--max-steps",
        type=int,
        default=DEFAULT_MAX_STEPS,
        metavar="N",
        help="stop a lecture after N steps (default: %(default)s)",
    )
    how.add_argument("--seed", type=int, default=0, help="for random, numpy and torch (default: 0)")
    how.add_argument("-j", "--jobs", type=int, default=1, metavar="N", help="lectures side by side")
    how.add_argument("--measure", action="store_true", help="measure benchmarks again")
    how.add_argument("--timings", action="store_true", help="write clock readings into the trace")
    how.add_argument("-v", "--verbose", action="store_true", help="say which Python runs, and why")
    how.add_argument("--strict", action="store_true", help="a warning is an error")
    how.add_argument(
        "--check", action="store_true", help="compare with the stored trace instead of replacing it"
    )
    how.add_argument(
        "--changed", action="store_true", help="leave out lectures whose sources did not change"
    )
    how.add_argument(
        "--implementation",
        type=Path,
        metavar="DIR",
        help="use the packages of this folder, compare with the course's recording",
    )
    how.add_argument("-q", "--quiet", action="store_true", help="say errors only")
    _add_publishing(built.add_argument_group("publish what was recorded"))
    _add_serving(built.add_argument_group("live mode"))
    return built


def _add_publishing(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--site", type=Path, metavar="DIR", help="write a complete static site")
    group.add_argument("--site-url", default="", metavar="URL", help="address the site will have")
    group.add_argument(
        "--single-file", type=Path, metavar="FILE", help="write one HTML file of one lecture"
    )
    group.add_argument("--pdf", type=Path, metavar="FILE", help="print a handout of one lecture")


def _add_serving(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--serve", action="store_true", help="serve the viewer and record again on every save"
    )
    group.add_argument("--port", type=int, default=5173, help="0 takes a free one (default: 5173)")
    group.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: loopback)"
    )
    group.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name that this machine is reached by; may be given several times",
    )
    group.add_argument("--open", action="store_true", help="open the page in the browser")
    group.add_argument(
        "--allow-run", action="store_true", help="let pages run lectures, with a token"
    )
    group.add_argument("--token", help="token for --allow-run (default: a random one)")
