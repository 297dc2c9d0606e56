"""Refuses requests that a web page elsewhere could have made, before anything else sees them.

A page on another host can send requests to a service on loopback, and a name that it controls can
be pointed here (DNS rebinding). So the `Host` must be one of ours, and an `Origin`, where the
browser sends one, must be this service itself. The address that the connection came in at is
ours too: rebinding needs a name.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from lecture_tracer.service.problems import problem_response


class OriginGuard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, allowed_hosts: frozenset[str]) -> None:
        self._app = app
        self._allowed = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (reason := self._refusal(scope)):
            await problem_response(403, "foreign-request", reason)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if _name(host) not in self._allowed and not _came_in_at(_name(host), scope):
            return f"Host {host!r} is not this service; allow it with --allowed-host"
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin.decode("latin-1").lower()).netloc != host:
            return f"Origin {origin.decode('latin-1')!r} is not this service"
        return None


def _came_in_at(name: str, scope: Scope) -> bool:
    """Whether `name` is the address of this machine that the connection was made to."""
    try:
        server = ip_address(str((scope.get("server") or ("",))[0]))
        return ip_address(name.strip("[]")) in (server, getattr(server, "ipv4_mapped", None))
    except ValueError:
        return False


def _name(host: str) -> str:
    """`localhost:5173` → `localhost`; `[::1]:5173` → `[::1]`."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
