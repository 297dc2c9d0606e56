"""Runs the service until Ctrl-C: `python execute.py -m lecture_01 --serve`."""

import socket
import webbrowser

import uvicorn

from lecture_tracer.config import RunConfig
from lecture_tracer.errors import UsageError
from lecture_tracer.service.app import create_app
from lecture_tracer.service.broadcast import Broadcast
from lecture_tracer.service.settings import ServiceSettings, is_loopback


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(
        self, config: uvicorn.Config, broadcast: Broadcast, announce: list[str], page: str | None
    ) -> None:
        super().__init__(config)
        self._broadcast = broadcast
        self._announce = announce
        self._page = page

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print("\n".join(self._announce), flush=True)
        if self._page:
            webbrowser.open(self._page)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Open event streams would otherwise hold the end up until they are cut off.
        self._broadcast.close()
        await super().shutdown(sockets)


def serve(settings: ServiceSettings, live: list[RunConfig], open_page: bool = False) -> None:
    """Serve and watch. Raises UsageError when the port is taken."""
    listener = _bind(settings)
    port = listener.getsockname()[1]
    host = "localhost" if is_loopback(settings.host) else settings.host
    query = f"?trace={live[0].name}" if live else ""
    page = f"http://{host}:{port}/{query}"
    announce = [f"serving {page} (Ctrl-C ends)"]
    if live:
        announce.append(f"recording again on save: {', '.join(config.name for config in live)}")
    if settings.allow_run:
        announce.append(f"runs are allowed with the header X-Run-Token: {settings.token}")
    app = create_app(settings, live)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
    with listener:
        server = _Server(config, app.state.broadcast, announce, page if open_page else None)
        server.run(sockets=[listener])


def _bind(settings: ServiceSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        place = f"{settings.host}:{settings.port}"
        raise UsageError(
            f"cannot listen on {place}: {error.strerror}; another with --port"
        ) from error
    return listener
