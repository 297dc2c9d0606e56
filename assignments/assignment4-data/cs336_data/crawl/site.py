"""Serves folders of pages on this machine, each as a host of its own, for the crawler to visit.

Only loopback; only files below the folders; no listing, no cache.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cs336_data.crawl.packages import is_page


class Site:
    """Hosts and their folders; `files` lists what there is to visit."""

    def __init__(self, hosts: Mapping[str, Path]) -> None:
        self.hosts = {host: folder.resolve() for host, folder in hosts.items()}

    def file(self, host: str, path: str) -> Path | None:
        """The file behind an address, or None: outside of the folder, or not there."""
        folder = self.hosts.get(host.split(":")[0].lower())
        if folder is None:
            return None
        wanted = (folder / unquote(urlsplit(path).path).lstrip("/")).resolve()
        return wanted if wanted.is_relative_to(folder) and wanted.is_file() else None


@contextmanager
def served(site: Site) -> Iterator[int]:
    """Serve a site on a free port of 127.0.0.1 and yield the port; stopped afterwards."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for headers and body: two would wait 40 ms for each other

        def do_GET(self) -> None:
            file = site.file(self.headers.get("Host", ""), self.path)
            if file is None:
                self.send_error(404)
                return
            body = file.read_bytes()
            self.send_response(200)
            kind = "text/html" if is_page(file.name) else "application/octet-stream"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Last-Modified", formatdate(file.stat().st_mtime, usegmt=True))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the crawler reports."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
