"""Download TinyStories or the OpenWebText sample: checked, resumed after an interruption.

    python -m cs336_basics.data_download tinystories --output data

The files are on the Hugging Face hub, which answers a request for one with a redirect that states
its size and its SHA-256 (`X-Linked-Size`, `X-Linked-ETag`). A download is kept as `NAME.partial`
until it is complete and has that checksum. Without a network, `story_grammar.py` makes a data set.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import re
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

from tqdm import tqdm

from cs336_basics.support.command_line import exit_status
from cs336_basics.support.whole_file import whole_file

HUB = "https://huggingface.co/datasets"
SOURCES = {
    "tinystories": (
        f"{HUB}/roneneldan/TinyStories/resolve/main/TinyStoriesV2-GPT4-train.txt",
        f"{HUB}/roneneldan/TinyStories/resolve/main/TinyStoriesV2-GPT4-valid.txt",
    ),
    "owt": (
        f"{HUB}/stanford-cs336/owt-sample/resolve/main/owt_train.txt.gz",
        f"{HUB}/stanford-cs336/owt-sample/resolve/main/owt_valid.txt.gz",
    ),
}
BLOCK_BYTES = 1 << 20
TIMEOUT_SECONDS = 30.0
_SHA256 = re.compile(r'(?:W/)?"?([0-9a-f]{64})"?')


class DownloadError(OSError):
    """A file could not be downloaded; the message names it and says what to do."""


@dataclass(frozen=True)
class RemoteFile:
    """What the server states about a file."""

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The last part of the URL."""
        return self.url.rsplit("/", 1)[1]


class _NoRedirect(HTTPRedirectHandler):
    """Leaves a redirect as the answer, because its own headers are wanted."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def describe(url: str) -> RemoteFile:
    """Ask for the size and the checksum of a file without reading it.

    Raises:
        DownloadError: no answer, or one without a SHA-256.
    """
    try:
        answer = build_opener(_NoRedirect).open(
            Request(url, method="HEAD"), timeout=TIMEOUT_SECONDS
        )
        headers = answer.headers
        answer.close()
    except HTTPError as error:
        if error.code not in (301, 302, 303, 307, 308):
            raise DownloadError(f"{url}: the server answers {error.code} {error.reason}") from error
        headers = error.headers
        error.close()
    except (OSError, HTTPException) as error:
        raise DownloadError(
            f"{url}: no connection ({error}); without a network use "
            f"`python -m cs336_basics.stories write`"
        ) from error
    checksum = _SHA256.fullmatch(headers.get("X-Linked-ETag") or headers.get("ETag") or "")
    size = headers.get("X-Linked-Size") or headers.get("Content-Length") or ""
    if checksum is None or not size.isdigit():
        raise DownloadError(f"{url}: the server states no size or no SHA-256 of the file")
    return RemoteFile(url, int(size), checksum[1])


def download(
    url: str, folder: Path, *, attempts: int = 5, wait: Callable[[float], None] = time.sleep
) -> Path:
    """Bring a file to `folder` and return its path; a complete one is only checked.

    An interrupted download goes on where it stopped, in this run (`attempts` times, after a
    growing pause) or in the next one.

    Raises:
        DownloadError: the server does not answer, or the bytes do not have the checksum.
    """
    file = describe(url)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file.name
    if target.exists() and target.stat().st_size == file.size and _sha256(target) == file.sha256:
        return target
    # The checksum in the name keeps parts of two versions of a file from being joined.
    partial = folder / f"{file.name}.{file.sha256[:12]}.partial"
    for attempt in range(1, attempts + 1):
        try:
            _fetch_rest(file, partial)
            break
        except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
            if attempt == attempts:
                raise DownloadError(
                    f"{url}: stopped after {attempts} attempts ({error}); run the command again "
                    f"to go on from {partial}"
                ) from error
            wait(2.0**attempt)
    if _sha256(partial) != file.sha256:
        partial.unlink()
        raise DownloadError(f"{url}: the bytes do not have the SHA-256 {file.sha256}; try again")
    partial.replace(target)
    return target


def _fetch_rest(file: RemoteFile, partial: Path) -> None:
    """Append what is missing of `file` to `partial`."""
    have = partial.stat().st_size if partial.exists() else 0
    if have > file.size:
        partial.unlink()
        have = 0
    if have == file.size:
        return
    request = Request(file.url, headers={"Range": f"bytes={have}-"} if have else {})
    with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        resumed = answer.status == 206
        with (
            partial.open("ab" if resumed else "wb") as target,
            tqdm(
                total=file.size,
                initial=have if resumed else 0,
                unit="B",
                unit_scale=True,
                desc=file.name,
                disable=None,
            ) as bar,
        ):
            while block := answer.read(BLOCK_BYTES):
                target.write(block)
                bar.update(len(block))
    if partial.stat().st_size < file.size:
        raise ConnectionError("the connection was closed early")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def decompress(path: Path) -> Path:
    """Unpack `NAME.gz` to `NAME` beside it and return that path; other files are left alone."""
    if path.suffix != ".gz":
        return path
    target = path.with_suffix("")
    if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
        with gzip.open(path, "rb") as source, whole_file(target) as output:
            shutil.copyfileobj(source, output, BLOCK_BYTES)
    return target


def main(arguments: list[str] | None = None) -> int:
    """Run `python -m cs336_basics.data_download`; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs336_basics.data_download", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("source", choices=sorted(SOURCES))
    parser.add_argument("--output", type=Path, default=Path("data"), help="folder (default data)")
    options = parser.parse_args(arguments)
    return exit_status(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    for url in SOURCES[options.source]:
        path = decompress(download(url, options.output))
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
