"""Pictures on disk: named by content, fetched once from a server on loopback."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lecture_tracer.authoring import assets
from lecture_tracer.errors import AssetError
from tests.conftest import IN_WASM

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


class Server(ThreadingHTTPServer):
    """Serves PNG at /a, text at /text, nothing else; counts requests."""

    requests = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.requests += 1
        body = {"/a.jpg": PNG, "/text": b"<html>"}.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    if IN_WASM:
        pytest.skip("WebAssembly has no sockets")
    with Server(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def address(server: Server, path: str) -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"


def test_a_picture_is_fetched_once_and_named_by_its_content(server: Server, tmp_path: Path) -> None:
    first = assets.fetch(address(server, "/a.jpg"), tmp_path)
    second = assets.fetch(address(server, "/a.jpg"), tmp_path)
    assert first == second
    assert first.endswith(".png")
    assert (tmp_path / first).read_bytes() == PNG
    assert server.requests == 1


@pytest.mark.parametrize(("path", "reason"), [("/none", "Not Found"), ("/text", "no PNG, JPEG")])
def test_what_is_no_picture_is_refused(
    server: Server, tmp_path: Path, path: str, reason: str
) -> None:
    with pytest.raises(AssetError, match=reason):
        assets.fetch(address(server, path), tmp_path)
    assert not list(tmp_path.rglob("*.png"))


def test_a_file_that_is_too_large_is_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "MAX_BYTES", 5)
    with pytest.raises(AssetError, match="larger than"):
        assets.fetch(address(server, "/a.jpg"), tmp_path)


def test_offline_says_so(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"cannot fetch it .* not in var/files"):
        assets.fetch("http://127.0.0.1:9/a.png", tmp_path)


@pytest.mark.parametrize(
    ("content", "ending"),
    [
        (PNG, ".png"), (b"\xff\xd8\xff\xe0", ".jpg"), (b"GIF89a", ".gif"),
        (b"RIFF1234WEBPVP8 ", ".webp"), (b"\0\0\0\x18ftypmp42", ".mp4"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x"/>', ".svg"), (b"\x1aE\xdf\xa3", ".webm"),
    ],
)  # fmt: skip
def test_the_ending_comes_from_the_content(content: bytes, ending: str) -> None:
    assert assets.extension(content) == ending


def test_a_file_outside_the_checkout_is_copied_in(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "a.png"
    root.mkdir()
    outside.write_bytes(PNG)
    kept = assets.local(str(outside), root)
    assert kept.startswith("var/files/")
    assert (root / kept).read_bytes() == PNG
