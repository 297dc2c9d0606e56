"""The command `pdf`: which handouts have to be printed, printing them, comparing their sources.

One handout goes to a file, always; several (of lectures, and the task sheets of assignments) go to
a folder, and there only those are printed whose sources are no longer what they were printed from.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from lecture_tracer.command.progress import counter, size
from lecture_tracer.config import RunConfig
from lecture_tracer.errors import UsageError
from lecture_tracer.publish.handouts import (
    handout_path,
    lecture_document,
    print_documents,
    sheet_document,
    task_sheets,
)
from lecture_tracer.publish.pdf import Document, Printed
from lecture_tracer.publish.printed_sources import why_stale
from lecture_tracer.trace import store

DEFAULT_FOLDER = Path("handouts")
FONTS = (
    "on Debian: `sudo apt-get install fonts-noto-core fonts-wqy-microhei fonts-noto-color-emoji`"
)


def waiting(
    options: argparse.Namespace, configs_of: Callable[[argparse.Namespace], list[RunConfig]]
) -> list[RunConfig]:
    """The lectures that have to be as recorded before printing.

    Sets `options.pdf` to the file or the folder, and `options.handouts` to the names to print.
    """
    configs, names = _asked(options, configs_of)
    root = Path.cwd().resolve()
    if len(names) == 1 and (options.pdf is None or options.pdf.suffix == ".pdf"):
        options.pdf = options.pdf or Path(f"{names[0]}.pdf")
        options.handouts = names
    else:
        options.pdf = options.pdf or DEFAULT_FOLDER
        if options.pdf.suffix == ".pdf":
            raise UsageError(f"-o {options.pdf}: {len(names)} handouts go to a folder, not a file")
        stale = [name for name in names if why_stale(_output(options, name), root)]
        options.handouts = names if options.again else stale
        if not options.again:
            print(f"{len(names) - len(stale)} of {len(names)} handouts are as printed")
    needed = set(options.handouts)
    if not needed.isdisjoint(task_sheets(root)):  # it names sections of any lecture
        recorded = {entry.name for entry in store.read_index(options.output).traces}
        needed |= {config.name for config in configs} - recorded
    return [config for config in configs if config.name in needed]


def _asked(
    options: argparse.Namespace, configs_of: Callable[[argparse.Namespace], list[RunConfig]]
) -> tuple[list[RunConfig], list[str]]:
    """Lectures that may be needed, and the names of lectures and task sheets that are asked for.

    Everything, if nothing is named; for task sheets alone every lecture may be needed.
    """
    sheets = list(task_sheets(Path.cwd()))
    if options.module:
        named = list(options.module)
        sheets = [name for name in named if name in sheets]
        options.module = [name for name in named if name not in sheets]
        if not options.module:
            return configs_of(options), sheets
    configs = configs_of(options)
    return configs, [*(config.name for config in configs), *sheets]


def check(
    options: argparse.Namespace, configs_of: Callable[[argparse.Namespace], list[RunConfig]]
) -> int:
    """Say which handouts are not those of their sources; needs no browser and records nothing."""
    options.pdf = options.pdf or DEFAULT_FOLDER
    _, names = _asked(options, configs_of)
    stale = 0
    for name in names:
        output = _output(options, name)
        reason = why_stale(output, Path.cwd().resolve())
        if reason:
            stale += 1
            command = f"lecture-tracer pdf -o {options.pdf} {name}"
            print(f"{output}: {reason}; print it with `{command}`", file=sys.stderr)
    print(f"{len(names) - stale} of {len(names)} handouts are as printed")
    return int(stale > 0)


def print_all(options: argparse.Namespace, names: list[str]) -> None:
    """Print each to its file in the folder `options.pdf`, or the one that is named to that file.

    Lectures are printed from the stored traces.
    """
    root = Path.cwd().resolve()
    documents: list[tuple[Document, Path]] = []
    for name in names:
        output = _output(options, name)
        if name in task_sheets(root):
            document = sheet_document(root, name)
        else:
            document = lecture_document(root, options.output, name, notes=options.notes)
        if document.hashes or output == options.pdf:
            documents.append((document, output))
        else:
            print(f"{name}: it did not end well, {output} stays as it is", file=sys.stderr)
    with counter("printing", len(documents), options.quiet) as count:

        def done(document: Document, output: Path, handout: Printed) -> None:
            count(document.name, f"{output}: {size(len(handout.content))}")
            if handout.boxes:
                pages = ", ".join(map(str, handout.boxes))
                letters = sum(handout.boxes.values())
                print(f"warning: {output}: {letters} letters are boxes (page {pages}), "
                      f"since no font here has them; {FONTS}", file=sys.stderr)  # fmt: skip

        print_documents(root, options.output, documents, options.jobs, done)


def _output(options: argparse.Namespace, name: str) -> Path:
    if options.pdf.suffix == ".pdf":
        return Path(options.pdf)
    return handout_path(options.pdf, f"{name}-notes" if options.notes else name)
