"""Make web archives without a network: real documentation over loopback, and labelled junk.

    python -m cs336_data.make_warc --output warc
    python -m cs336_data.make_warc --output warc --packages git-doc debian-faq --junk 0
    python -m cs336_data.make_warc --output warc --site FOLDER      # of HTML files, on any system

Each package becomes one archive, NAME.warc.gz, each junk seed one more. Archives that are complete
are left alone, so the command goes on where it stopped. The texts have licences of their own (GPL,
Creative Commons): keep them on your machine.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from cs336_basics.support.command_line import exit_status
from cs336_basics.support.whole_file import whole_file
from tqdm import tqdm

from cs336_data.crawl.crawler import Crawler, Fetched
from cs336_data.crawl.junk import COPIES, DEVELOPMENT_SEED, kinds, make_junk
from cs336_data.crawl.packages import PACKAGES, Package, PackageError, fetch, pages
from cs336_data.crawl.site import Site, served
from cs336_data.extract import decode_html, extract
from cs336_data.warc.items import Page
from cs336_data.warc.reader import LABEL_HEADER, read_archive
from cs336_data.warc.writer import WarcWriter, response_record

ABOUT = "software: cs336_data.make_warc\r\nformat: WARC File Format 1.0\r\n"
DATE = "2026-01-01T00:00:00Z"  # of all records: the same input gives the same bytes


def crawl_folder(name: str, folder: Path, output: Path, max_pages: int | None = None) -> int:
    """Serve a folder as a host, crawl it into NAME.warc.gz; returns the number of pages."""
    files = pages(folder)
    if not files:
        raise PackageError(f"{folder} has no HTML files")
    host = f"{name.lower().replace('_', '-')}.example"
    seeds = [f"http://{host}/{file.relative_to(folder).as_posix()}" for file in files]
    with served(Site({host: folder})) as port, whole_file(output) as target:
        writer = WarcWriter(target, ABOUT)
        crawler = Crawler(port, max_pages)
        total = len(files) if max_pages is None else min(max_pages, len(files))
        for page in tqdm(crawler.crawl(seeds), total=total, desc=name, unit="page", leave=False):
            writer.write(to_record(page))
    return crawler.visited


def to_record(page: Fetched) -> bytes:
    """A crawled page as a record, without the headers that change from day to day."""
    kind = next((v for k, v in page.headers if k.lower() == "content-type"), "text/html")
    status = f"{page.status} {page.reason}"
    return response_record(page.url, page.body, content_type=kind, status=status, date=DATE)


def plant(output: Path, count: int, seed: int, archives: Iterable[Path]) -> int:
    """Write `count` junk pages of all kinds by turns, copying from pages of `archives`."""
    rng = random.Random(seed)
    real = sample_texts(archives, 400, rng)
    chosen = [kind for kind in kinds() if kind != "huge page"]
    if not real:
        chosen = [kind for kind in chosen if kind not in (*COPIES, "personal data")]
    with whole_file(output) as target:
        writer = WarcWriter(target, ABOUT)
        for i in range(count):
            kind = "huge page" if i == count - 1 else chosen[i % len(chosen)]
            junk = make_junk(kind, rng, real)
            writer.write(
                response_record(
                    f"http://site{rng.randrange(1 << 24):06x}.example/{i}.html",
                    junk.html,
                    content_type=junk.content_type,
                    date=DATE,
                    warc_headers={LABEL_HEADER: junk.label},
                )
            )
    return count


def sample_texts(archives: Iterable[Path], count: int, rng: random.Random) -> list[str]:
    """Main text of up to `count` English pages of at least 150 words, drawn from the archives."""
    from cs336_data.langid import identify_language  # loads a model

    found = []
    for archive in sorted(archives):
        for item in read_archive(archive):
            if isinstance(item, Page) and item.kind == "html" and rng.random() < 0.15:
                text = extract(decode_html(item.body, item.charset))
                if len(text.split()) >= 150 and identify_language(text)[0] == "en":
                    found.append(text)
    return rng.sample(found, min(count, len(found)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    options.output.mkdir(parents=True, exist_ok=True)
    known = {package.name: package for package in PACKAGES}
    wanted = [known.get(name, Package(name)) for name in options.packages or known]
    folders = {folder.name: folder for folder in options.site}
    if not options.site:
        try:
            unpacked = fetch(wanted, options.output / "packages")
        except PackageError as error:
            raise ValueError(str(error)) from error
        folders = {
            folder.name: folder
            for package, folder in zip(wanted, unpacked, strict=True)
            if package.crawled
        }
    for name, folder in folders.items():
        target = options.output / f"{name}.warc.gz"
        if target.exists():
            continue
        try:
            count = crawl_folder(name, folder, target, options.max_pages)
        except PackageError as error:
            raise ValueError(str(error)) from error
        print(f"{target}: {count:,} pages, {target.stat().st_size / 1e6:.1f} MB", flush=True)
    held = {package.name for package in wanted if package.part == "held-out"}
    sources = [options.output / f"{name}.warc.gz" for name in folders if name not in held]
    target = options.output / f"junk-{options.seed}.warc.gz"
    if options.junk and not target.exists():
        count = plant(target, options.junk, options.seed, sources)
        print(f"{target}: {count:,} planted pages, {target.stat().st_size / 1e6:.1f} MB")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs336_data.make_warc", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--output", type=Path, default=Path("warc"), help="folder of archives")
    parser.add_argument("--packages", nargs="*", metavar="NAME", help="instead of the list")
    parser.add_argument("--site", nargs="*", type=Path, default=[], help="folders of HTML files")
    parser.add_argument("--max-pages", type=int, help="of each package")
    parser.add_argument("--junk", type=int, default=3_000, help="planted pages; 0 for none")
    parser.add_argument("--seed", type=int, default=DEVELOPMENT_SEED, help="of the junk")
    return parser


if __name__ == "__main__":
    sys.exit(main())
