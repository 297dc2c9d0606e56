"""The client: answers, refusals, and retries that never pay twice."""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Callable

import pytest
from cs336_scaling.client import ScalingAPIError, ScalingClient
from cs336_scaling.config import RunConfig
from cs336_scaling.server import make_server

Config = Callable[..., RunConfig]


def test_a_loss_is_asked_for_and_remembered(run_config: Config) -> None:
    with make_server(loss_fn=lambda config: 3.25, api_keys=["k"]) as server:
        client = ScalingClient(server.url, "k")
        assert client.loss(run_config()) == 3.25
        assert client.total_flops_used() == 10**13
        assert [(run.config, run.loss) for run in client.previous_runs()] == [(run_config(), 3.25)]
        assert client.budget()["left"] == 2 * 10**18 - 10**13


def test_a_diverged_run_is_nan(run_config: Config) -> None:
    with make_server(loss_fn=lambda config: math.nan, api_keys=["k"]) as server:
        client = ScalingClient(server.url, "k")
        assert math.isnan(client.loss(run_config()))
        assert math.isnan(client.previous_runs()[0].loss)


def test_a_refusal_has_the_servers_words(run_config: Config) -> None:
    with make_server(budget=10**13, api_keys=["k"]) as server:
        with pytest.raises(ScalingAPIError, match="unknown or revoked") as refusal:
            ScalingClient(server.url, "wrong").total_flops_used()
        assert (refusal.value.status, refusal.value.slug) == (422, "unknown-key")
        client = ScalingClient(server.url, "k")
        client.loss(run_config())
        with pytest.raises(ScalingAPIError, match="nothing was charged"):
            client.loss(run_config(d_model=64))


def test_a_server_that_is_not_there_is_said_after_some_patience(run_config: Config) -> None:
    client = ScalingClient("http://127.0.0.1:9", "k", patience=0.3)
    with pytest.raises(ScalingAPIError, match="does not answer"):
        client.loss(run_config())


def test_a_connection_that_breaks_after_the_charge_is_asked_again_for_free(
    run_config: Config,
) -> None:
    """A proxy that swallows the first answer: the server has charged, the client never heard."""
    with make_server(loss_fn=lambda config: 2.0, api_keys=["k"]) as server:
        with _proxy_that_drops(server.url, answers=2) as address:
            client = ScalingClient(address, "k", patience=20)
            assert client.loss(run_config()) == 2.0
        assert ScalingClient(server.url, "k").total_flops_used() == 10**13


def test_a_server_that_restarts_is_waited_for(run_config: Config) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = ScalingClient(f"http://127.0.0.1:{port}", "k", patience=20)
    found: list[float] = []
    asking = threading.Thread(target=lambda: found.append(client.loss(run_config())))
    asking.start()
    time.sleep(0.3)
    with make_server(port=port, loss_fn=lambda config: 4.0, api_keys=["k"]):
        asking.join(20)
    assert found == [4.0]


class _proxy_that_drops:  # noqa: N801  (used like a function)
    """Forwards whole requests; the first `answers` answers are lost with their connection."""

    def __init__(self, url: str, answers: int) -> None:
        self._target = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self._left = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(self._target) as server:
                server.sendall(client.recv(65536))
                answer = b""
                while part := server.recv(65536):
                    answer += part
                    if b"\r\n\r\n" in answer and answer.endswith(b"}"):
                        break
                if self._left:
                    self._left -= 1
                else:
                    client.sendall(answer)
