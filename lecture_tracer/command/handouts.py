"""The command `pdf`: which handouts have to be printed, printing them, comparing their sources.

One lecture goes to one file, always; several go to a folder, and there only those are printed whose
sources are no longer what their handout was printed from.
"""

import argparse
import sys
from pathlib import Path

from lecture_tracer.command.progress import counter, size
from lecture_tracer.config import RunConfig
from lecture_tracer.errors import UsageError
from lecture_tracer.publish.handouts import handout_path, lecture_document, print_documents
from lecture_tracer.publish.pdf import Document
from lecture_tracer.publish.printed_sources import why_stale

DEFAULT_FOLDER = Path("handouts")


def waiting(options: argparse.Namespace, configs: list[RunConfig]) -> list[RunConfig]:
    """The lectures that have to be printed. Sets `options.pdf` to the file or the folder."""
    if len(configs) == 1 and (options.pdf is None or options.pdf.suffix == ".pdf"):
        options.pdf = options.pdf or Path(f"{configs[0].name}.pdf")
        return configs
    options.pdf = options.pdf or DEFAULT_FOLDER
    if options.pdf.suffix == ".pdf":
        raise UsageError(f"-o {options.pdf}: {len(configs)} handouts go to a folder, not to a file")
    if options.again:
        return configs
    stale = [c for c in configs if why_stale(_output(options, c.name), c.root)]
    print(f"{len(configs) - len(stale)} of {len(configs)} handouts are as printed")
    return stale


def check(options: argparse.Namespace, configs: list[RunConfig]) -> int:
    """Say which handouts are not those of their sources; needs no browser and records nothing."""
    options.pdf = options.pdf or DEFAULT_FOLDER
    command = f"lecture-tracer pdf -o {options.pdf}"
    stale = 0
    for config in configs:
        output = _output(options, config.name)
        reason = why_stale(output, config.root)
        if reason:
            stale += 1
            print(f"{output}: {reason}; print it with `{command} {config.name}`", file=sys.stderr)
    print(f"{len(configs) - stale} of {len(configs)} handouts are as printed")
    return int(stale > 0)


def print_all(options: argparse.Namespace, names: list[str]) -> None:
    """Print the stored traces: to the file `options.pdf`, or each to its file in that folder."""
    root = Path.cwd().resolve()
    documents: list[tuple[Document, Path]] = []
    for name in names:
        document = lecture_document(root, options.output, name, notes=options.notes)
        output = _output(options, name)
        if document.hashes or output == options.pdf:
            documents.append((document, output))
        else:
            print(f"{name}: it did not end well, {output} stays as it is", file=sys.stderr)
    with counter("printing", len(documents), options.quiet) as count:

        def done(document: Document, output: Path, written: int) -> None:
            count(document.name, f"{output}: {size(written)}")

        print_documents(root, options.output, documents, options.jobs, done)


def _output(options: argparse.Namespace, name: str) -> Path:
    if options.pdf.suffix == ".pdf":
        return Path(options.pdf)
    return handout_path(options.pdf, f"{name}-notes" if options.notes else name)
