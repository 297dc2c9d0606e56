"""Requests to a server, drawn from a seed."""

import math
import random
from dataclasses import dataclass

VOCABULARY = 32_000


@dataclass(frozen=True)
class Request:
    """One question: when it comes, its prompt's tokens, and how long its answer will be.

    The server does not know the length of the answer before its end.
    """

    name: int
    arrival: float
    prompt: tuple[int, ...]
    answer: int


def arrivals(
    rate: float, count: int, seed: int = 0, apps: int = 0, system_prompt: int = 768
) -> list[Request]:
    """Poisson arrivals at `rate` a second; prompts log-normal, answers geometric of mean 200.

    With `apps`, every prompt begins with the system prompt of one of so many applications, the
    first being the most popular (the r-th with weight 1 / r).
    """
    draw = random.Random(seed)
    openings = [
        tuple(draw.randrange(VOCABULARY) for _ in range(system_prompt)) for _ in range(apps)
    ]
    popularity = [1 / (rank + 1) for rank in range(apps)]
    now, requests = 0.0, []
    for name in range(count):
        now += draw.expovariate(rate)
        own = min(1024, max(8, round(draw.lognormvariate(math.log(120), 1.0))))
        answer = min(1024, 1 + int(draw.expovariate(1 / 200)))
        opening = draw.choices(openings, popularity)[0] if apps else ()
        prompt = opening + tuple(draw.randrange(VOCABULARY) for _ in range(own))
        requests.append(Request(name, now, prompt, answer))
    return requests
