"""Asks other hosts whether what a site links to is still there. Needs a network.

One request at a time to a host, several hosts at once, `HEAD` first and `GET` where a host refuses
that. A host that turns programs away (401, 403, 405, 429, 999) proves nothing: such an address is
reported as unknown, not as gone.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException
from itertools import groupby
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

AGENT = "lecture-tracer (checks the links of a course)"
_TURNED_AWAY = frozenset({401, 403, 405, 406, 418, 429, 999})
_PAUSE = 1.0
"""Seconds between two requests to one host."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one address."""

    address: str
    state: str
    """`ok`, `gone` or `unknown`."""
    reason: str = ""


def try_all(
    addresses: Iterable[str], *, seconds: float = 20.0, pause: float = _PAUSE, hosts: int = 16,
    told: Callable[[Answer], None] = lambda answer: None,
) -> list[Answer]:  # fmt: skip
    """Try every address; `told` hears each answer as it comes. In the order of the hosts."""
    ordered = sorted(set(addresses), key=lambda address: (_host(address), address))
    batches = [list(batch) for _, batch in groupby(ordered, _host)]

    def one_host(batch: list[str]) -> list[Answer]:
        answers = []
        for number, address in enumerate(batch):
            time.sleep(pause if number else 0.0)
            answers.append(try_address(address, seconds))
            told(answers[-1])
        return answers

    with ThreadPoolExecutor(max_workers=hosts) as pool:
        return [answer for batch in pool.map(one_host, batches) for answer in batch]


def try_address(address: str, seconds: float = 20.0) -> Answer:
    """Whether something answers at the address."""
    answer = Answer(address, "unknown", "no answer")
    for method in _methods():
        answer = _ask(address, method, seconds)
        if answer.state == "ok":
            return answer
    return answer


def _methods() -> Iterator[str]:
    yield "HEAD"
    yield "GET"


def _ask(address: str, method: str, seconds: float) -> Answer:
    request = Request(address, method=method, headers={"User-Agent": AGENT})
    try:
        with urlopen(request, timeout=seconds):
            return Answer(address, "ok")
    except HTTPError as error:
        state = "unknown" if error.code in _TURNED_AWAY or error.code >= 500 else "gone"
        return Answer(address, state, f"{error.code} {error.reason}")
    except URLError as error:
        return Answer(address, "gone", str(error.reason))
    except (OSError, HTTPException, ValueError) as error:
        return Answer(address, "unknown", str(error) or type(error).__name__)


def _host(address: str) -> str:
    return urlsplit(address).netloc
