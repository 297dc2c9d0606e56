"""The arguments of the command: one parser for each of its words, and one for options alone.

Each gives a namespace with the same fields, so that what carries it out does not ask which of them
was used: `record lecture_01` and `-m lecture_01` are the same.
"""

import argparse
import difflib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from lecture_tracer.config import BACKENDS, DEFAULT_MAX_STEPS, DEFAULT_OUTPUT

Parser = argparse.ArgumentParser
WORDS = {
    "init": "write a new course: one lecture, and what it takes to publish it",
    "record": "run lectures, and keep every line with its variables and outputs",
    "serve": "show lectures in the browser, and record them again on every save",
    "check": "record without keeping: a warning or a change is an error",
    "report": "say what lectures are made of",
    "site": "write a static site of the whole course",
    "links": "look for links of a written site that lead nowhere",
    "pdf": "print handouts of lectures, and task sheets",
    "remote": "record lectures on a Slurm cluster",
}
"""The commands and what they do, in the order of the help."""
PASSED_ON = ("report", "remote")
"""Commands that read their arguments themselves."""


def parse(program: str, arguments: list[str]) -> argparse.Namespace:
    """The options; `word` is the command, empty for options alone such as `-m lecture_01`."""
    alone = _options_alone(program)
    word = arguments[0] if arguments else "--help"
    if word in _BUILDERS:
        parser = Parser(prog=f"{program} {word}", description=_sentence(word))
        _BUILDERS[word](parser)
        given = vars(parser.parse_args(arguments[1:]))
        return argparse.Namespace(**vars(alone.parse_args([])) | given | {"word": word})
    if word in ("-h", "--help") or not word.startswith("-"):
        _overview(program, word)
    return argparse.Namespace(**vars(alone.parse_args(arguments)), word="")


def _sentence(word: str) -> str:
    return f"{WORDS[word][0].upper()}{WORDS[word][1:]}."


def _overview(program: str, word: str) -> NoReturn:
    """Show the help, or say of a word that it is no command; ends the program."""
    built = Parser(
        prog=program,
        description="Executable lectures: record a program line by line and show it step by step.",
        epilog=f"`{program} COMMAND --help` says what it takes. Options alone do the same as "
        f"`record`: `{program} -m lecture_01`.",
    )
    add_version(built)
    commands = built.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, words in WORDS.items():
        commands.add_parser(name, help=words, add_help=False)
    if word.startswith("-"):
        built.print_help()
        built.exit()
    close = difflib.get_close_matches(word, WORDS, n=1)
    advice = f"did you mean {close[0]!r}?" if close else f"to record it: `{program} record {word}`"
    built.error(f"no command {word!r}; {advice}")


def add_version(built: Parser) -> None:
    """`--version`: engine, format of the traces, build of the viewer."""
    built.add_argument("--version", action=_Version, nargs=0, default=argparse.SUPPRESS,
                       help="say what is installed")  # fmt: skip


class _Version(argparse.Action):
    def __call__(self, parser: Parser, *_: object) -> None:
        from lecture_tracer.command.version import version_line

        print(version_line())
        parser.exit()


def _options_alone(program: str) -> Parser:
    """`-m LECTURE …` and everything else as options."""
    built = Parser(prog=program, description=_sentence("record"))
    add_version(built)
    what = built.add_argument_group("what to record")
    what.add_argument(
        "-m", "--module", nargs="+", default=[], metavar="LECTURE",
        help="module name, file name or path",
    )  # fmt: skip
    what.add_argument("--all", action="store_true", help="every lecture of this course")
    how = built.add_argument_group("how")
    _add_traces(how)
    _add_how(how)
    how.add_argument(
        "--check", action="store_true", help="compare with the stored trace instead of replacing it"
    )
    publish = built.add_argument_group("publish what was recorded")
    publish.add_argument("--site", type=Path, metavar="DIR", help="write a complete static site")
    _add_site_url(publish, "--site-url")
    _add_single_file(publish)
    publish.add_argument("--pdf", type=Path, metavar="FILE", help="print a handout of one lecture")
    built.set_defaults(notes=False, again=False, check_printed=False, handouts=[])
    live = built.add_argument_group("live mode")
    live.add_argument(
        "--serve", action="store_true", help="serve the viewer and record again on every save"
    )
    _add_serving(live)
    return built


def _init(parser: Parser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a new or an empty folder")


def _record(parser: Parser) -> None:
    _add_lectures(parser)
    _add_traces(parser)
    _add_how(parser)
    _add_single_file(parser)


def _serve(parser: Parser) -> None:
    _add_lectures(parser)
    _add_traces(parser)
    _add_limits(parser)
    _add_serving(parser)
    parser.set_defaults(serve=True)


def _check(parser: Parser) -> None:
    _add_lectures(parser)
    _add_traces(parser)
    _add_limits(parser)
    _add_jobs(parser)
    parser.set_defaults(check=True, strict=True)


def _site(parser: Parser) -> None:
    _add_lectures(parser)
    parser.add_argument(
        "-o", "--output", dest="site", type=Path, default=Path("site"), metavar="DIR",
        help="folder of the site (default: %(default)s)",
    )  # fmt: skip
    _add_site_url(parser, "--url")
    _add_traces(parser, short=False)
    _add_limits(parser)
    _add_jobs(parser)
    parser.set_defaults(changed=True)


def _links(parser: Parser) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("site"), metavar="DIR",
        help="folder of the site (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--online", action="store_true", help="ask other hosts, too, whether their pages are there"
    )


def _pdf(parser: Parser) -> None:
    parser.add_argument(
        "module", nargs="*", metavar="NAME",
        help="lectures, and assignments that have a task sheet (default: all of this course)",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", dest="pdf", type=Path, metavar="FILE|DIR",
        help="file of one handout (default: LECTURE.pdf), folder of several (default: handouts); "
        "in a folder only those are printed whose sources have changed",
    )  # fmt: skip
    parser.add_argument("--notes", action="store_true", help="with the speaker's notes")
    parser.add_argument("--again", action="store_true", help="print what is up to date, too")
    parser.add_argument(
        "--check", dest="check_printed", action="store_true",
        help="print nothing: say which handouts of the folder are out of date",
    )  # fmt: skip
    _add_traces(parser, short=False)
    _add_limits(parser)
    _add_jobs(parser)
    parser.set_defaults(changed=True)


_BUILDERS: dict[str, Callable[[Parser], None]] = {
    "init": _init,
    "record": _record,
    "serve": _serve,
    "check": _check,
    "site": _site,
    "links": _links,
    "pdf": _pdf,
}

Group = argparse._ActionsContainer


def _add_lectures(group: Group) -> None:
    group.add_argument(
        "module", nargs="*", metavar="LECTURE",
        help="module names, file names or paths (default: every lecture of this course)",
    )  # fmt: skip


def _add_traces(group: Group, *, short: bool = True) -> None:
    names = ["-o", "--output"] if short else ["--traces"]
    group.add_argument(
        *names, dest="output", type=Path, default=DEFAULT_OUTPUT, metavar="DIR",
        help="folder of the traces (default: %(default)s)",
    )  # fmt: skip


def _add_how(group: Group) -> None:
    group.add_argument(
        "--implementation", type=Path, metavar="DIR",
        help="use the packages of this folder, compare with the course's recording",
    )  # fmt: skip
    _add_limits(group)
    _add_jobs(group)
    group.add_argument("--seed", type=int, default=0, help="for random, numpy and torch")
    group.add_argument("--measure", action="store_true", help="measure benchmarks again")
    group.add_argument("--timings", action="store_true", help="write clock readings into the trace")
    group.add_argument("--strict", action="store_true", help="a warning is an error")
    group.add_argument(
        "--changed", action="store_true", help="leave out lectures whose sources did not change"
    )
    group.add_argument(
        "-v", "--verbose", action="store_true", help="say which Python runs, and why"
    )


def _add_limits(group: Group) -> None:
    group.add_argument(
        "-I", "--inspect-all-variables", action="store_true",
        help="show all local variables at every line",
    )  # fmt: skip
    group.add_argument("--backend", choices=BACKENDS, default="auto", help="source of events")
    group.add_argument(
        "--max-steps", type=int, default=DEFAULT_MAX_STEPS, metavar="N",
        help="stop a lecture after N steps (default: %(default)s)",
    )  # fmt: skip
    group.add_argument("-q", "--quiet", action="store_true", help="say errors only")


def _add_jobs(group: Group) -> None:
    group.add_argument(
        "-j", "--jobs", type=int, default=1, metavar="N", help="lectures side by side"
    )


def _add_site_url(group: Group, name: str) -> None:
    group.add_argument(
        name, dest="site_url", default="", metavar="URL",
        help="address the site will have (default: `address` of course.toml)",
    )  # fmt: skip


def _add_single_file(group: Group) -> None:
    group.add_argument(
        "--single-file", type=Path, metavar="FILE", help="write one HTML file of one lecture"
    )


def _add_serving(group: Group) -> None:
    group.add_argument("--port", type=int, default=5173, help="0 takes a free one (default: 5173)")
    group.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: loopback)"
    )
    group.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME",
        help="another name that this machine is reached by; may be given several times",
    )  # fmt: skip
    group.add_argument("--open", action="store_true", help="open the page in the browser")
    group.add_argument(
        "--allow-run", action="store_true", help="let pages run lectures, with a token"
    )
    group.add_argument("--token", help="token for --allow-run (default: a random one)")
