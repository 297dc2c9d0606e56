"""What the service serves and allows: `ServiceSettings`, checked once at the start."""

import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from lecture_tracer.errors import UsageError

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Folders, address and limits."""

    root: Path
    """Root of the checkout: `var/traces`, `var/files` and pictures are served from it."""
    viewer: Path
    """Folder of the built viewer."""
    host: str = "127.0.0.1"
    port: int = 5173
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
        if self.allow_run and not is_loopback(self.host) and not self.token_given:
            raise UsageError(
                f"--allow-run on {self.host} lets others run code here; "
                "choose a token with --token, or leave --host out"
            )

    @property
    def traces(self) -> Path:
        """Folder of the traces."""
        return self.root / "var/traces"

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Host names, without port, that a request may be addressed to."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset({*LOOPBACK_NAMES, name})


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
