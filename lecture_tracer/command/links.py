"""`links`: says which links of a written site lead nowhere.

Exit code 0: every link within the site leads somewhere, and with `--online` no outside page is
gone; 1: one does not.
"""

import sys
from pathlib import Path


def run(site: Path, *, online: bool) -> int:
    """Check the site and say what is wrong; gives the exit code."""
    code = report_broken(site)
    if online:
        code = max(code, _report_outside(site))
    return code


def report_broken(site: Path) -> int:
    """Say which links within the site lead nowhere, on standard error; gives the exit code."""
    from lecture_tracer.publish.links import broken, links

    count = len(links(site))
    faults = broken(site)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{site}: {count} links, {len(faults)} of them lead nowhere")
    return 1 if faults else 0


def _report_outside(site: Path) -> int:
    from lecture_tracer.publish.links import outside
    from lecture_tracer.publish.outside import Answer, try_all

    places = outside(site)

    def say(answer: Answer) -> None:
        if answer.state != "ok":
            print(f"{places[answer.address]}: {answer.address!r}: {answer.state}: {answer.reason}",
                  file=sys.stderr, flush=True)  # fmt: skip

    answers = try_all(places, told=say)
    states = [answer.state for answer in answers]
    gone, unknown = states.count("gone"), states.count("unknown")
    print(f"{len(states)} outside addresses: {gone} gone, {unknown} unknown")
    return 1 if gone else 0
