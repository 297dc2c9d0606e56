"""Who may ask: names and addresses of this machine, tokens, ports."""

import socket

import httpx
import pytest

from lecture_tracer.errors import UsageError
from lecture_tracer.service.settings import ServiceSettings, token_bits
from tests.service.conftest import ROOT, Start


def own_address() -> str:
    """An address of this machine that is not loopback; skips where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no network")
        return str(probe.getsockname()[0])


def test_a_service_on_every_address_answers_to_each_of_them(start: Start) -> None:
    service = start("--host", "0.0.0.0")
    port = service.url.rsplit(":", 1)[1]
    address = f"http://{own_address()}:{port}"
    assert httpx.get(f"{address}/api/traces").status_code == 200
    assert httpx.get(f"http://127.0.0.1:{port}/api/traces").status_code == 200
    named = {"Host": f"{socket.gethostname()}:{port}"}
    assert httpx.get(f"{address}/api/traces", headers=named).status_code == 200
    # The address of another machine, and a name that may have been pointed here.
    for foreign in ("198.51.100.7", "evil.example", "", "[::"):
        answer = httpx.get(f"{address}/api/traces", headers={"Host": foreign})
        assert answer.status_code == 403, foreign


def test_a_name_is_answered_to_once_it_is_allowed(start: Start) -> None:
    service = start("--allowed-host", "Lectures.Example", "--allowed-host", "other.example")
    for host in ("lectures.example", "LECTURES.EXAMPLE:80", "other.example"):
        assert service.get("/api/traces", headers={"Host": host}).status_code == 200
    refused = service.get("/api/traces", headers={"Host": "third.example"})
    assert refused.status_code == 403
    assert "--allowed-host" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("token", "enough"),
    [
        ("3f9c1b7e0d5a48266e1fb0c9a7d3f482", True),  # secrets.token_hex(16)
        ("k3J9_fQ2-xLr8VbT0wZ1mY", True),  # secrets.token_urlsafe(16)
        ("3f9c1b7e0d5a4826", False),
        ("secret", False),
        ("a" * 200, False),
    ],
)
def test_a_chosen_token_holds_128_bits(token: str, enough: bool) -> None:
    assert (token_bits(token) >= 128) == enough


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_where_others_can_guess_a_short_token_is_refused(host: str) -> None:
    def settings(token: str, host: str = host) -> ServiceSettings:
        return ServiceSettings(
            root=ROOT, traces=ROOT, viewer=ROOT, host=host, allow_run=True, token=token,
            token_given=True,
        )  # fmt: skip

    with pytest.raises(UsageError, match="bits are too few"):
        settings("open sesame")
    assert settings("3f9c1b7e0d5a48266e1fb0c9a7d3f482").host == host
    assert settings("open sesame", "127.0.0.1").token == "open sesame"


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_is_none_is_one_line(start: Start, port: str) -> None:
    with pytest.raises(AssertionError, match=rf"--port {port}: give 0 to 65535") as refused:
        start("--port", port)
    assert "Traceback" not in str(refused.value)
