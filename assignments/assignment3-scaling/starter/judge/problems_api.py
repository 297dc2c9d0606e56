"""Problems of the client: what it asks and tells, and what it does when the server is hurt."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
from judge.checks import Draw, Wrong, holds, problem, same
from judge.training_api import KEY, Account, Fault, TrainingApi
from judge.world import FIELDS, World, drawn_world, without_luck

from tests import adapters

BUDGET = 10**16


@pytest.fixture
def world(draw: Draw) -> World:
    """A world without luck."""
    return without_luck(drawn_world(draw.number))


@pytest.fixture
def api(world: World) -> Iterator[TrainingApi]:
    """A training API with two accounts."""
    with TrainingApi(world.loss, {KEY: BUDGET, "other": BUDGET}) as running:
        yield running


def drawn_config(draw: Draw, flops: int = 10**14) -> dict[str, Any]:
    """Six numbers; the rate has many digits."""
    values = (draw.between(64, 900), draw.between(2, 24), draw.between(2, 16),
              draw.random.choice((128, 256)), draw.random.uniform(1e-4, 1e-3), flops)  # fmt: skip
    return dict(zip(FIELDS, values, strict=True))


def bought(account: Account) -> list[tuple[float, ...]]:
    """The six numbers of each run that the server has trained."""
    return list(account.losses)


@problem("client", 4, "client.ScalingClient")
def test_a_loss(draw: Draw, world: World, api: TrainingApi) -> None:
    config = drawn_config(draw)
    client = adapters.get_client(f"{api.url}/", KEY, 2.0)
    loss = adapters.run_loss(client, config)
    asked = bought(api.accounts[KEY])
    same(
        "the configuration that the server saw",
        dict(zip(FIELDS, asked[0], strict=True)),
        config,
        tolerance=1e-15,
        case="ask with all digits of the rate: another rate is another run",
    )
    same("client.loss(config)", loss, world.loss(config), tolerance=1e-12,
         case="what the server answered",
         suspects={"total_flops_used and not the loss": float(config["train_flops"])})  # fmt: skip
    same("client.loss(config), asked again", adapters.run_loss(client, config), loss)


@problem("client", 4, "client.ScalingClient")
def test_an_account(draw: Draw, world: World, api: TrainingApi) -> None:
    configs = [drawn_config(draw, flops) for flops in (3 * 10**14, 10**13, 10**14)]
    mine, other = (adapters.get_client(api.url, key, 2.0) for key in (KEY, "other"))
    for config in configs:
        adapters.run_loss(mine, config)
    adapters.run_loss(other, drawn_config(draw))
    account = adapters.run_account(mine)
    same("client.total_flops_used()", account["used"], 41 * 10**13,
         case="runs of 3e14, 1e13 and 1e14",
         suspects={"the runs of another key are counted, too": 51 * 10**13})  # fmt: skip
    same('client.budget()["left"]', account["left"], BUDGET - 41 * 10**13, case=f"of {BUDGET:.0e}")
    expected = [(config, world.loss(config)) for config in configs]
    same("client.previous_runs()", list(account["runs"]), expected, tolerance=1e-12,
         case="(config, loss), oldest first",
         suspects={"the newest is first": expected[::-1]})  # fmt: skip


@problem("client", 4, "client.ScalingClient")
def test_a_run_that_diverged(draw: Draw) -> None:
    with TrainingApi(lambda config: math.nan) as api:
        client = adapters.get_client(api.url, KEY, 2.0)
        config = drawn_config(draw)
        losses = [adapters.run_loss(client, config), adapters.run_account(client)["runs"][0][1]]
    for what, loss in zip(("client.loss(config)", "previous_runs()[0].loss"), losses, strict=True):
        holds(
            isinstance(loss, float) and math.isnan(loss),
            f"{what} is {loss!r}, where nan is right: the server says null, the run diverged.",
        )


@problem("client", 4, "client.ScalingClient")
def test_refusals(draw: Draw, api: TrainingApi) -> None:
    stranger = adapters.get_client(api.url, "nobody", 2.0)
    refusal("client.loss with an unknown key",
            lambda: adapters.run_loss(stranger, drawn_config(draw)),
            "unknown api_key", 422)  # fmt: skip
    poor = adapters.get_client(api.url, KEY, 2.0)
    refusal(
        "client.loss of a run for 6e17 FLOPs where 1e16 are left",
        lambda: adapters.run_loss(poor, drawn_config(draw, 6 * 10**17)),
        "are left",
        403,
    )


def refusal(what: str, call: Any, words: str, status: int) -> None:
    """The ScalingAPIError that a call has to raise, with the server's words and status."""
    kind = adapters.get_api_error()
    try:
        result = call()
    except kind as error:
        holds(words in str(error),
              f"the message after {what} is {str(error)!r}, where the server's own is right, which "
              f"has the words {words!r}: read `message` of the body.")  # fmt: skip
        same(f"error.status after {what}", getattr(error, "status", None), status)
        return
    raise Wrong(
        f"{what} is {result!r}, where ScalingAPIError is right: the server answered {status}."
    )


@problem("client_retries", 3, "client.ScalingClient.loss")
@pytest.mark.parametrize("kind", ["busy", "lost"])
def test_asking_again(draw: Draw, world: World, api: TrainingApi, kind: str) -> None:
    client = adapters.get_client(api.url, KEY, 20.0)
    config = drawn_config(draw)
    api.fault = Fault(kind, times=2)
    what = {
        "busy": "503 two times",
        "lost": "the run trained, its answer lost on the way two times",
    }
    try:
        loss = adapters.run_loss(client, config)
    except NotImplementedError:
        raise
    except Exception as error:
        raise Wrong(f"client.loss raised {type(error).__name__} ({error}), where a loss is "
                    "right: the server was hurt for a moment; ask again while patience lasts. "
                    f"Case: {what[kind]}.") from None  # fmt: skip
    same("client.loss(config)", loss, world.loss(config), tolerance=1e-12, case=what[kind])
    same(
        "FLOPs charged",
        api.accounts[KEY].used,
        config["train_flops"],
        case=f"{what[kind]}; the very same question is free, one with other digits is a new run",
    )


@problem("client_retries", 3, "client.ScalingClient.loss")
def test_waiting_as_long_as_the_server_says(draw: Draw, world: World, api: TrainingApi) -> None:
    client = adapters.get_client(api.url, KEY, 20.0)
    api.fault = Fault("slow down", times=1, retry_after=1.2)
    loss = adapters.run_loss(client, config := drawn_config(draw))
    same("client.loss(config)", loss, world.loss(config), tolerance=1e-12,
         case="429, then an answer")  # fmt: skip
    first, second = api.accounts[KEY].asked[:2]
    holds(
        second - first > 1.1,
        f"the second question came {second - first:.2f} s after the first, where 1.2 s or more are "
        "right: the answer 429 had the header Retry-After: 1.2.",
    )


@problem("client_retries", 3, "client.ScalingClient.loss")
def test_what_will_not_change_is_asked_once(draw: Draw, api: TrainingApi) -> None:
    client = adapters.get_client(api.url, KEY, 3.0)
    refusal(
        "client.loss of a run that is too dear",
        lambda: adapters.run_loss(client, drawn_config(draw, 10**18)),
        "are left",
        403,
    )
    same(
        "questions at the server",
        len(api.accounts[KEY].asked),
        1,
        case="403; an answer that says what is wrong with the question stays the same",
    )


@problem("client_retries", 3, "client.ScalingClient.loss")
def test_patience_ends(draw: Draw, api: TrainingApi) -> None:
    client = adapters.get_client(api.url, KEY, 0.5)
    api.fault = Fault("busy", until=time.monotonic() + 8.0)
    try:
        adapters.run_loss(client, drawn_config(draw))
    except adapters.get_api_error():
        asked = len(api.accounts[KEY].asked)
        holds(2 <= asked <= 40,
              f"the server was asked {asked} times in the patience of 0.5 s, where a few times are "
              "right, with longer and longer pauses.")  # fmt: skip
        return
    raise Wrong("client.loss waited for 8 s until the server was well again, where ScalingAPIError "
                "after 0.5 s is right: patience=0.5.")  # fmt: skip
