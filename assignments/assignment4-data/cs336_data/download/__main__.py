"""Take files or pages from Common Crawl, politely and resumably.

    python -m cs336_data.download crawls --contact you@example.org
    python -m cs336_data.download files --crawl CC-MAIN-2025-18 --kind wet --count 2 \\
        --output cc --contact you@example.org
    python -m cs336_data.download pages --crawl CC-MAIN-2025-18 --url 'example.org/*' --limit 50 \\
        --output cc --contact you@example.org

A WARC file has about 1.1 GB, a WET file 80 MB. Stopped at any moment, the same command goes on.
For whole crawls use Common Crawl's own cc-downloader.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from cs336_basics.support.command_line import exit_status
from tqdm import tqdm

from cs336_data.download.client import Client, DownloadError
from cs336_data.download.index import (
    DATA,
    INDEX,
    KINDS,
    captures,
    check_crawl,
    crawls,
    paths,
)
from cs336_data.download.transfer import fetch_file, fetch_records


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    client = Client(options.contact, pause=options.pause, attempts=options.attempts)
    if options.what == "crawls":
        print("\n".join(crawls(client, options.output, options.index)))
    elif options.what == "files":
        _files(client, options)
    else:
        _pages(client, options)


def _files(client: Client, options: argparse.Namespace) -> None:
    """Some whole files, counted from `--first`."""
    if options.first < 0 or options.count < 1:
        raise ValueError("--first is a number from 0 on, --count one from 1 on")
    every = paths(client, options.crawl, options.kind, options.data)
    chosen = every[options.first : options.first + options.count]
    if not chosen:
        raise ValueError(f"{options.crawl} has {len(every):,} files, none from {options.first} on")
    for path in chosen:
        target = options.output / path.rsplit("/", 1)[1]
        with tqdm(desc=target.name[-40:], unit="B", unit_scale=True, leave=False) as bar:
            fetch_file(client, f"{options.data}/{path}", target, bar.update)
        print(f"{target}: {target.stat().st_size / 1e6:.1f} MB", flush=True)


def _pages(client: Client, options: argparse.Namespace) -> None:
    """Pages of one site, as an archive of their records."""
    if options.limit < 1:
        raise ValueError("--limit is a number from 1 on")
    check_crawl(options.crawl)
    name = re.sub(r"[^\w.-]+", "-", options.url).strip("-.") or "pages"
    target = options.output / f"{name[:80]}-{options.crawl}.warc.gz"
    if target.exists():
        print(f"{target} is there already")
        return
    found = list(captures(client, options.crawl, options.url, options.limit, options.index))
    if not found:
        raise DownloadError(f"{options.crawl} has no page {options.url}")
    with tqdm(total=len(found), desc=name[:40], unit="page", leave=False) as bar:
        fetch_records(client, found, options.data, target, bar.update)
    print(f"{target}: {len(found):,} pages, {target.stat().st_size / 1e6:.1f} MB")


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--contact", required=True, help="how to reach you; sent to the server")
    common.add_argument("--output", type=Path, default=Path("warc"), help="folder")
    common.add_argument("--pause", type=float, default=1.0, help="seconds between requests")
    common.add_argument("--attempts", type=int, default=8, help="at each request")
    common.add_argument("--data", default=DATA, help="server of the files")
    common.add_argument("--index", default=INDEX, help="server of the index")
    parser = argparse.ArgumentParser(
        prog="python -m cs336_data.download",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("crawls", parents=[common], help="names of all crawls")
    files = what.add_parser("files", parents=[common], help="whole files")
    files.add_argument("--crawl", required=True)
    files.add_argument("--kind", choices=KINDS, default="wet")
    files.add_argument("--first", type=int, default=0, help="number of the first file")
    files.add_argument("--count", type=int, default=1)
    pages = what.add_parser("pages", parents=[common], help="pages of a site")
    pages.add_argument("--crawl", required=True)
    pages.add_argument("--url", required=True, help="an address; * at its end for all below it")
    pages.add_argument("--limit", type=int, default=100)
    return parser


if __name__ == "__main__":
    sys.exit(main())
