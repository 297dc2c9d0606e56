"""Downloads from a server on this machine that redirects, resumes and breaks off as the hub may."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cs336_basics import data_download
from cs336_basics.data_download import DownloadError, decompress, describe, download

DATA = bytes(range(256)) * 400


class Hub(ThreadingHTTPServer):
    """Serves DATA at /files/NAME by way of a redirect; `break_off` answers stop half way."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.break_off = 0
        self.ranges: list[str | None] = []
        self.checksum = hashlib.sha256(DATA).hexdigest()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/files/stories.txt"


class HubHandler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.redirect()

    def do_GET(self) -> None:
        if self.path.startswith("/files/"):
            self.redirect()
            return
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        rest = DATA[start:]
        if self.server.break_off:
            self.server.break_off -= 1
            rest = rest[: len(rest) // 2]
        self.wfile.write(rest)

    def redirect(self) -> None:
        if "missing" in self.path:
            self.send_error(404)
            return
        self.send_response(302)
        self.send_header("Location", "/store/blob")
        self.send_header("X-Linked-Size", str(len(DATA)))
        self.send_header("X-Linked-ETag", f'"{self.server.checksum}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test output quiet."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def no_wait(_: float) -> None:
    """Try again at once."""


def test_a_file_arrives_and_is_only_checked_the_second_time(hub: Hub, tmp_path: Path) -> None:
    path = download(hub.url, tmp_path / "data")
    assert path.name == "stories.txt"
    assert path.read_bytes() == DATA
    assert download(hub.url, tmp_path / "data") == path
    assert hub.ranges == [None]
    assert [p.name for p in path.parent.iterdir()] == ["stories.txt"]


def test_a_broken_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    hub.break_off = 2
    pauses: list[float] = []
    path = download(hub.url, tmp_path, wait=pauses.append)
    assert path.read_bytes() == DATA
    half = len(DATA) // 2
    assert hub.ranges == [None, f"bytes={half}-", f"bytes={half + half // 2}-"]
    assert pauses == [2.0, 4.0]


def test_the_next_run_goes_on_as_well(hub: Hub, tmp_path: Path) -> None:
    hub.break_off = 1
    with pytest.raises(DownloadError, match=r"stopped after 1 attempts .* run the command again"):
        download(hub.url, tmp_path, attempts=1)
    assert not (tmp_path / "stories.txt").exists()
    assert download(hub.url, tmp_path).read_bytes() == DATA
    assert hub.ranges[1] == f"bytes={len(DATA) // 2}-"


def test_wrong_bytes_are_not_kept(hub: Hub, tmp_path: Path) -> None:
    hub.checksum = "0" * 64
    with pytest.raises(DownloadError, match="do not have the SHA-256 0000"):
        download(hub.url, tmp_path, wait=no_wait)
    assert not list(tmp_path.iterdir())


def test_a_damaged_file_is_fetched_again(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "stories.txt").write_bytes(bytes(len(DATA)))
    assert download(hub.url, tmp_path).read_bytes() == DATA


def test_what_the_server_states(hub: Hub) -> None:
    assert describe(hub.url) == data_download.RemoteFile(hub.url, len(DATA), hub.checksum)
    with pytest.raises(DownloadError, match="the server answers 404"):
        describe(hub.url.replace("stories", "missing"))
    hub.checksum = "no checksum"
    with pytest.raises(DownloadError, match="states no size or no SHA-256"):
        describe(hub.url)


def test_gz_files_are_unpacked(tmp_path: Path) -> None:
    packed = tmp_path / "owt_valid.txt.gz"
    packed.write_bytes(gzip.compress(DATA))
    assert decompress(packed) == tmp_path / "owt_valid.txt"
    assert (tmp_path / "owt_valid.txt").read_bytes() == DATA
    assert decompress(tmp_path / "owt_valid.txt") == tmp_path / "owt_valid.txt"


def test_the_command(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(data_download.SOURCES, "tinystories", (hub.url,))
    assert data_download.main(["tinystories", "--output", str(tmp_path)]) == 0
    assert "102,400 bytes" in capsys.readouterr().out
    monkeypatch.setitem(data_download.SOURCES, "owt", ("http://127.0.0.1:9/closed",))
    assert data_download.main(["owt", "--output", str(tmp_path)]) == 1
    assert "no connection" in capsys.readouterr().err
