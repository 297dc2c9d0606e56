"""What the service serves and allows: `ServiceSettings`, checked once at the start."""

import math
import secrets
import socket
import string
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from lecture_tracer.errors import UsageError

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
TOKEN_BITS = 128
"""What a chosen token has to hold, where others can try theirs."""
MAKE_TOKEN = "python -c 'import secrets; print(secrets.token_urlsafe(24))'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Folders, address and limits."""

    root: Path
    """Root of the checkout: `var/files` and pictures are served from it."""
    traces: Path
    """Folder of the traces."""
    viewer: Path
    """Folder of the built viewer."""
    host: str = "127.0.0.1"
    port: int = 5173
    extra_hosts: tuple[str, ...] = ()
    """Other names of this machine that requests may be addressed to, without a port."""
    allow_run: bool = False
    """Accept `POST /api/runs`."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """Asked for in the header `X-Run-Token` of every request that runs something."""
    token_given: bool = False
    """The token was chosen by the user: needed to allow runs on another address."""
    queue_length: int = 4
    """Runs that may wait; one more is refused."""
    run_seconds: float = 600.0
    """A run that takes longer is ended."""
    run_bytes: int = 16 * 2**30
    """Address space of a run."""
    max_steps: int = 1_000_000

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise UsageError(f"--port {self.port}: give 0 to 65535")
        if not self.allow_run or is_loopback(self.host):
            return
        if not self.token_given:
            raise UsageError(
                f"--allow-run on {self.host} lets others run code here; "
                "choose a token with --token, or leave --host out"
            )
        if token_bits(self.token) < TOKEN_BITS:
            raise UsageError(
                f"--token: {token_bits(self.token):.0f} bits are too few on {self.host}, where "
                f"others can guess; make one of {TOKEN_BITS} or more with {MAKE_TOKEN}"
            )

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Host names, without port, that a request may be addressed to."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        names = {*LOOPBACK_NAMES, name, *self.extra_hosts}
        if not is_loopback(self.host):
            names |= {socket.gethostname(), socket.getfqdn()}
        return frozenset(known.lower() for known in names)


def token_bits(token: str) -> float:
    """How many bits a random token of this length and alphabet holds.

    One of fewer than eight different characters was not drawn at random, and counts as none.
    """
    characters = set(token)
    if len(characters) < 8:
        return 0.0
    urlsafe = f"{string.ascii_letters}{string.digits}-_"
    alphabets = (string.digits, f"{string.digits}abcdef", urlsafe, string.printable.strip())
    size = next((len(known) for known in alphabets if characters <= set(known)), 94)
    return len(token) * math.log2(size)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
