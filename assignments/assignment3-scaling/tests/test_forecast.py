"""One call that spends an account and answers, and goes on where it was interrupted."""

from __future__ import annotations

import pytest
from cs336_scaling.client import GiveUp, ScalingAPIError, ScalingClient
from cs336_scaling.config import RunConfig
from cs336_scaling.forecast import forecast
from cs336_scaling.server import make_server
from cs336_scaling.simulator import make_surface

BUDGET = 2 * 10**16


def test_an_interrupted_forecast_goes_on_and_pays_nothing_twice() -> None:
    world = make_surface(3)
    with make_server(loss_fn=world.observe, budget=BUDGET) as server:
        client = ScalingClient(server.url, server.api_keys[0])
        asked, answers = client.loss, 0

        def interrupted(config: RunConfig, give_up: GiveUp | None = None) -> float:
            nonlocal answers
            answers += 1
            if answers == 40:
                raise KeyboardInterrupt
            return asked(config)

        client.loss = interrupted  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            forecast(client, 10**17)
        assert len(client.previous_runs()) == 39
        client.loss = asked  # type: ignore[method-assign]
        first = forecast(client, 10**17)
        used = client.total_flops_used()
        assert forecast(client, 10**17) == first
        assert client.total_flops_used() == used <= BUDGET
    assert first.config.train_flops == 10**17
    assert first.low < world.loss(first.config) < first.high
    assert world.loss(first.config) < 1.02 * world.optimum(10**17).loss


def test_an_unknown_key_is_said() -> None:
    with (
        make_server(api_keys=["mine"]) as server,
        pytest.raises(ScalingAPIError, match="key"),
    ):
        forecast(ScalingClient(server.url, "another"), 10**19)
