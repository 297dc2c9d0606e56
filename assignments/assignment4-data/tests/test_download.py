"""The downloader against a server on this machine that behaves as Common Crawl's do."""

from __future__ import annotations

import errno
import gzip
import json
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cs336_data.download.__main__ import main
from cs336_data.download.client import Client, DownloadError
from cs336_data.download.index import Capture, captures, crawls, paths
from cs336_data.download.transfer import fetch_file, fetch_records
from cs336_data.warc.items import Page
from cs336_data.warc.reader import read_archive

from .archives import archive

CRAWL = "CC-MAIN-2025-18"
WARC = "crawl-data/CC-MAIN-2025-18/segments/1/warc/a.warc.gz"


class Server:
    """Files by path; `faults` are what goes wrong with the next requests, one each."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.etag = '"1"'
        self.ranges = True
        self.faults: deque[str] = deque()
        self.seen: list[tuple[str, str | None, str]] = []  # path with query, Range, User-Agent
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        asked = to.headers.get("Range")
        self.seen.append((to.path, asked, to.headers.get("User-Agent", "")))
        fault = self.faults.popleft() if self.faults else ""
        if fault.isdigit():
            to.send_response(int(fault))
            to.send_header("Retry-After", "7")
            to.send_header("Content-Length", "0")
            to.end_headers()
            return
        body = self.files.get(urlsplit(to.path).path.lstrip("/"))
        if body is None:
            to.send_error(404)
            return
        total, first, status = len(body), 0, 200
        same = to.headers.get("If-Range", self.etag) == self.etag
        if asked and self.ranges and same:
            start, _, end = asked.removeprefix("bytes=").partition("-")
            first, status = int(start), 206
            if first >= total:
                to.send_response(416)
                to.send_header("Content-Range", f"bytes */{total}")
                to.send_header("Content-Length", "0")
                to.end_headers()
                return
            body = body[first : int(end) + 1 if end else total]
        to.send_response(status)
        if status == 206:
            to.send_header("Content-Range", f"bytes {first}-{first + len(body) - 1}/{total}")
        to.send_header("ETag", self.etag)
        to.send_header("Content-Length", str(len(body)))
        to.end_headers()
        to.wfile.write(body[: len(body) // 2] if fault == "cut" else body)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


class Waits(list[float]):
    """A clock that notes how long it was asked to wait, and does not."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def client(waits: Waits) -> Client:
    return Client("ada@example.org", attempts=4, sleep=waits)


def test_a_file_comes_whole_under_its_name(server: Server, client: Client, tmp_path: Path) -> None:
    server.files["a.gz"] = bytes(range(256)) * 5_000
    target = tmp_path / "new" / "a.gz"
    assert fetch_file(client, f"{server.url}/a.gz", target) == target
    assert target.read_bytes() == server.files["a.gz"]
    assert [path.name for path in target.parent.iterdir()] == ["a.gz"]
    assert "ada@example.org" in server.seen[0][2]
    fetch_file(client, f"{server.url}/a.gz", target)  # it is there: nothing is asked
    assert len(server.seen) == 1


def test_a_cut_connection_is_gone_on_with(server: Server, client: Client, tmp_path: Path) -> None:
    server.files["a.gz"] = bytes(range(256)) * 5_000
    server.faults.extend(["cut", "cut"])
    came: list[int] = []
    target = fetch_file(client, f"{server.url}/a.gz", tmp_path / "a.gz", came.append)
    assert target.read_bytes() == server.files["a.gz"]
    assert [asked for _, asked, _ in server.seen] == [None, "bytes=640000-", "bytes=960000-"]
    assert sum(came) == 1_280_000  # no byte twice


def test_another_process_goes_on_where_one_stopped(
    server: Server, client: Client, tmp_path: Path
) -> None:
    server.files["a.gz"] = b"0123456789" * 1_000
    server.faults.extend(["cut", "403"])
    with pytest.raises(DownloadError, match="403, the server refuses; stop"):
        fetch_file(client, f"{server.url}/a.gz", tmp_path / "a.gz")
    assert not (tmp_path / "a.gz").exists()
    fetch_file(client, f"{server.url}/a.gz", tmp_path / "a.gz")
    assert (tmp_path / "a.gz").read_bytes() == server.files["a.gz"]
    assert server.seen[-1][1] == "bytes=5000-"


def test_a_file_that_changed_meanwhile_begins_again(
    server: Server, client: Client, tmp_path: Path
) -> None:
    server.files["a.gz"] = b"old" * 1_000
    server.faults.extend(["cut", "403"])
    with pytest.raises(DownloadError):
        fetch_file(client, f"{server.url}/a.gz", tmp_path / "a.gz")
    server.files["a.gz"], server.etag = b"new!" * 500, '"2"'
    fetch_file(client, f"{server.url}/a.gz", tmp_path / "a.gz")
    assert (tmp_path / "a.gz").read_bytes() == b"new!" * 500


def test_a_file_that_was_complete_but_for_its_name(
    server: Server, client: Client, tmp_path: Path
) -> None:
    server.files["a.gz"] = b"0123456789"
    (tmp_path / ".a.gz.part").write_bytes(b"0123456789")
    (tmp_path / ".a.gz.part.etag").write_text('"1"')
    fetch_file(client, f"{server.url}/a.gz", tmp_path / "a.gz")
    assert (tmp_path / "a.gz").read_bytes() == b"0123456789"
    (tmp_path / ".a.gz.part").write_bytes(b"0123456789 and more")
    (tmp_path / ".a.gz.part.etag").write_text('"1"')
    (tmp_path / "a.gz").unlink()
    fetch_file(client, f"{server.url}/a.gz", tmp_path / "a.gz")
    assert (tmp_path / "a.gz").read_bytes() == b"0123456789"
    assert [path.name for path in tmp_path.iterdir()] == ["a.gz"]


def test_refusals_are_waited_for_longer_and_longer(
    server: Server, client: Client, waits: Waits
) -> None:
    server.files["x"] = b"here"
    server.faults.extend(["503", "429", "500"])
    assert client.read(f"{server.url}/x") == b"here"
    after = [wait for wait in waits if wait > client.pause]
    assert after[:2] == [7.0, 7.0]  # Retry-After
    assert (client.requests, client.waits) == (4, 3)
    server.faults.extend(["503"] * 4)
    with pytest.raises(DownloadError, match="503 Service Unavailable; given up after 4 attempts"):
        client.read(f"{server.url}/x")


def test_requests_keep_their_distance(server: Server, client: Client, waits: Waits) -> None:
    server.files["x"] = b"here"
    client.read(f"{server.url}/x")
    client.read(f"{server.url}/x")
    assert len(waits) == 1
    assert 0 < waits[0] <= client.pause


def test_403_stops_at_once(server: Server, client: Client) -> None:
    server.faults.append("403")
    with pytest.raises(DownloadError, match="wait a day"):
        client.read(f"{server.url}/x")
    assert client.requests == 1


def test_no_server(client: Client, waits: Waits) -> None:
    with pytest.raises(DownloadError, match="given up after 4 attempts"):
        client.read("http://127.0.0.1:9/x")
    assert len(waits) >= 3
    with pytest.raises(DownloadError, match="only http and https"):
        client.read("file:///etc/passwd")


def members(path: Path) -> list[Capture]:
    """Where the records of an archive lie, as the index says it."""
    items = [item for item in read_archive(path) if isinstance(item, Page)]
    ends = [*(item.place.offset for item in read_archive(path)), path.stat().st_size]
    return [
        Capture(
            item.url,
            WARC,
            item.place.offset,
            next(end for end in ends if end > item.place.offset) - item.place.offset,
        )
        for item in items
    ]


def test_records_by_their_ranges_make_an_archive(
    server: Server, client: Client, tmp_path: Path
) -> None:
    source = archive(tmp_path / "source.warc.gz", 12)
    server.files[WARC] = source.read_bytes()
    chosen = members(source)[2:9]
    server.faults.extend(["", "503", "cut"])
    target = fetch_records(client, chosen, server.url, tmp_path / "few.warc.gz")
    pages = [item for item in read_archive(target) if isinstance(item, Page)]
    assert [page.url for page in pages] == [capture.url for capture in chosen]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few.warc.gz", "source.warc.gz"]


def test_records_are_gone_on_with(server: Server, client: Client, tmp_path: Path) -> None:
    source = archive(tmp_path / "source.warc.gz", 12)
    server.files[WARC] = source.read_bytes()
    chosen = members(source)
    server.faults.extend(["", "", "", "403"])
    with pytest.raises(DownloadError, match="403"):
        fetch_records(client, chosen, server.url, tmp_path / "few.warc.gz")
    (part,) = tmp_path.glob(".few*.part")
    part.write_bytes(part.read_bytes() + b"half a record")
    asked = len(server.seen)
    target = fetch_records(client, chosen, server.url, tmp_path / "few.warc.gz")
    assert len(server.seen) - asked == len(chosen) - 3
    assert [item.url for item in read_archive(target) if isinstance(item, Page)] == [
        capture.url for capture in chosen
    ]


def test_a_server_without_ranges_is_refused(server: Server, client: Client, tmp_path: Path) -> None:
    server.files[WARC] = b"x" * 10_000
    server.ranges = False
    with pytest.raises(DownloadError, match="whole file instead of a range"):
        fetch_records(client, [Capture("u", WARC, 10, 20)], server.url, tmp_path / "a.warc.gz")
    server.ranges = True
    with pytest.raises(DownloadError, match="no record at 10"):
        fetch_records(client, [Capture("u", WARC, 10, 20)], server.url, tmp_path / "a.warc.gz")


def test_a_full_disk_is_no_fault_of_the_network(
    server: Server, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files["a.gz"] = b"0123456789"

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("cs336_data.download.transfer._copy", full)
    with pytest.raises(OSError, match="No space left"):
        fetch_file(client, f"{server.url}/a.gz", tmp_path / "a.gz")
    assert client.requests == 1


def test_the_list_of_crawls_is_asked_for_once(
    server: Server, client: Client, tmp_path: Path
) -> None:
    server.files["collinfo.json"] = json.dumps([{"id": CRAWL}, {"id": "CC-MAIN-2025-13"}]).encode()
    for _ in range(2):
        assert crawls(client, tmp_path, server.url) == [CRAWL, "CC-MAIN-2025-13"]
    assert client.requests == 1
    server.files["collinfo.json"] = b"<html>"
    with pytest.raises(DownloadError, match="no list of crawls"):
        crawls(client, tmp_path / "other", server.url)
    assert not (tmp_path / "other").exists()


def test_paths_and_what_is_none(server: Server, client: Client) -> None:
    name = f"crawl-data/{CRAWL}/wet.paths.gz"
    server.files[name] = gzip.compress(f"{WARC}\n{WARC}2\n".encode())
    assert paths(client, CRAWL, "wet", server.url) == [WARC, f"{WARC}2"]
    server.files[name] = gzip.compress(b"crawl-data/../../.ssh/config\n")
    with pytest.raises(DownloadError, match="not a path"):
        paths(client, CRAWL, "wet", server.url)
    server.files[name] = b"<html>"
    with pytest.raises(DownloadError, match="no list of paths"):
        paths(client, CRAWL, "wet", server.url)
    with pytest.raises(ValueError, match="is no crawl"):
        paths(client, "2025-18", "wet", server.url)
    with pytest.raises(DownloadError, match="404"):
        paths(client, "CC-MAIN-1999-01", "wet", server.url)


def test_the_index_is_asked_for_pages(server: Server, client: Client) -> None:
    row = {"url": "http://a.example/", "filename": WARC, "offset": "5", "length": "7"}
    server.files[f"{CRAWL}-index"] = json.dumps(row).encode() + b"\n"
    assert list(captures(client, CRAWL, "a.example/*", 5, server.url)) == [
        Capture("http://a.example/", WARC, 5, 7)
    ]
    query = parse_qs(urlsplit(server.seen[-1][0]).query)
    assert (query["url"], query["limit"], query["output"]) == (["a.example/*"], ["5"], ["json"])
    for wrong in ({**row, "filename": "/etc/passwd"}, {**row, "length": "-1"}, {"url": "x"}, 3):
        server.files[f"{CRAWL}-index"] = json.dumps(wrong).encode()
        with pytest.raises(DownloadError):
            list(captures(client, CRAWL, "a.example/*", 5, server.url))
    del server.files[f"{CRAWL}-index"]
    assert list(captures(client, CRAWL, "a.example/*", 5, server.url)) == []


def test_the_commands(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = archive(tmp_path / "source.warc.gz", 6)
    server.files[WARC] = source.read_bytes()
    server.files[f"crawl-data/{CRAWL}/warc.paths.gz"] = gzip.compress(WARC.encode())
    rows = [
        {"url": c.url, "filename": c.path, "offset": c.offset, "length": c.length}
        for c in members(source)
    ]
    server.files[f"{CRAWL}-index"] = "\n".join(map(json.dumps, rows)).encode()
    common = ["--contact", "ada@example.org", "--output", str(tmp_path / "cc"), "--pause", "0",
              "--data", server.url, "--index", server.url]  # fmt: skip
    assert main(["files", "--crawl", CRAWL, "--kind", "warc", *common]) == 0
    assert (tmp_path / "cc" / "a.warc.gz").read_bytes() == source.read_bytes()
    assert main(["pages", "--crawl", CRAWL, "--url", "host0.example/*", *common]) == 0
    made = tmp_path / "cc" / f"host0.example-{CRAWL}.warc.gz"
    assert len(list(read_archive(made))) == len(rows)
    assert main(["files", "--crawl", CRAWL, "--kind", "warc", "--first", "9", *common]) == 1
    assert "has 1 files, none from 9 on" in capsys.readouterr().err
    assert main(["crawls", "--contact", " ", "--output", str(tmp_path)]) == 1
    assert "contact must be an address" in capsys.readouterr().err
