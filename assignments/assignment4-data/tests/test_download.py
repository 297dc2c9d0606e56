"""The downloader against a server on this machine that is slow to please."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cs336_data.download import Client, DownloadError, main
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive
from cs336_data.warc.writer import compressed

from .archives import page, prose

MEMBERS = [compressed(page(f"http://a.example/{i}", prose(i))) for i in range(20)]
FILE = b"".join(MEMBERS)
PATH = "crawl-data/CC-TEST/segments/1/warc/a.warc.gz"


class Mirror(ThreadingHTTPServer):
    """Files by range; `faults` are answered first: a status, or "cut" for half an answer."""

    faults: list[int | str]
    asked: list[tuple[str, str | None, str | None]]


class Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        self.server.asked.append(
            (self.path, self.headers.get("Range"), self.headers.get("User-Agent"))
        )
        fault = self.server.faults.pop(0) if self.server.faults else None
        if isinstance(fault, int):
            self.send_error(fault)
            return
        body = FILE
        if self.path.endswith("warc.paths.gz"):
            body = gzip.compress(f"{PATH}\n".encode())
        elif "-index?" in self.path:
            at = len(MEMBERS[0])
            entry = {"filename": PATH, "offset": str(at), "length": str(len(MEMBERS[1]))}
            body = json.dumps(entry).encode() + b"\n"
        elif not self.path.endswith(".warc.gz"):
            self.send_error(404)
            return
        first, last = 0, len(body) - 1
        if span := self.headers.get("Range"):
            low, high = span.removeprefix("bytes=").split("-")
            first, last = int(low), int(high or last)
        self.send_response(206 if span else 200)
        self.send_header("Content-Length", str(last - first + 1))
        if span:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
        self.end_headers()
        answer = body[first : last + 1]
        self.wfile.write(answer[: len(answer) // 2] if fault == "cut" else answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    server = Mirror(("127.0.0.1", 0), Handler)
    server.faults, server.asked = [], []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def client_of(mirror: Mirror, slept: list[float] | None = None) -> Client:
    url = f"http://127.0.0.1:{mirror.server_address[1]}"
    return Client("me@example.org", url, url, sleep=(slept if slept is not None else []).append)


def test_a_file_arrives_whole_and_is_not_fetched_again(mirror: Mirror, tmp_path: Path) -> None:
    client = client_of(mirror)
    (path,) = client.paths("CC-TEST", "warc")
    target = client.download(path, tmp_path)
    assert target.read_bytes() == FILE
    assert len(list(read_archive(target))) == 20
    asked = len(mirror.asked)
    client.download(path, tmp_path)
    assert len(mirror.asked) == asked
    assert mirror.asked[0][2] == "cs336-data (me@example.org)"


def test_it_waits_and_goes_on_where_it_was_cut(mirror: Mirror, tmp_path: Path) -> None:
    mirror.faults = [503, 429, "cut", 500]
    slept: list[float] = []
    assert client_of(mirror, slept).download(PATH, tmp_path).read_bytes() == FILE
    assert mirror.asked[-1][1] == f"bytes={len(FILE) // 2}-"
    assert len(slept) == 4
    assert 0.5 <= slept[0] <= 1.0 <= slept[1] <= 2.0
    assert [p.name for p in tmp_path.iterdir()] == ["a.warc.gz"]


def test_a_part_of_another_file_is_thrown_away(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz.part").write_bytes(b"x" * (len(FILE) + 5))
    mirror.faults = [416]
    assert client_of(mirror).download(PATH, tmp_path).read_bytes() == FILE


def test_403_stops_at_once(mirror: Mirror, tmp_path: Path) -> None:
    mirror.faults = [403]
    slept: list[float] = []
    with pytest.raises(DownloadError, match="try tomorrow"):
        client_of(mirror, slept).download(PATH, tmp_path)
    assert slept == []
    with pytest.raises(DownloadError, match="404"):
        client_of(mirror).download("crawl-data/none", tmp_path)


def test_pages_by_the_index(
    mirror: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"http://127.0.0.1:{mirror.server_address[1]}"
    line = ["pages", "--crawl", "CC-TEST", "--url", "a.example/*", "--contact", "me@example.org",
            "--output", str(tmp_path), "--data-url", url, "--index-url", url]  # fmt: skip
    assert main(line) == 0
    (file,) = tmp_path.glob("*.warc.gz")
    (item,) = read_archive(file)
    assert isinstance(item, Page)
    assert item.url == "http://a.example/1"
    assert "1 pages" in capsys.readouterr().out


def test_a_contact_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["files", "--crawl", "X", "--contact", "me"]) == 1
    assert "--contact" in capsys.readouterr().err
