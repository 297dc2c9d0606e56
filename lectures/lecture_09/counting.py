"""One law, counted in eight ways: what Kaplan's and Hoffmann's exponents differ by.

Runs are simulated on one law of the total size. Three things may go wrong, each by itself: the
compute leaves out the last layer, the size leaves out the embedding (which is that layer's matrix,
used twice), and the warm-up has one length for all runs. Shapes are those of a Transformer whose
width is 64 times its depth, with 50,257 tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from cs336_scaling.chinchilla import ParametricLaw
from cs336_scaling.isoflops import fit_power_law
from numpy.typing import NDArray

from lectures.lecture_09.published import CORRECTED

Array = NDArray[np.float64]

VOCABULARY, ASPECT = 50_257, 64
WARM_UP = 3000 * 512 * 1024  # tokens: 3,000 steps of 512 sequences (Kaplan et al., section 2.2)
BUDGETS = np.geomspace(1e17, 1e21, 9)
BODIES = np.geomspace(1e4, 1e11, 3000)  # parameters of the layers, without the embedding


@dataclass(frozen=True)
class Counting:
    """True where it is done right.

    Attributes:
        last_layer: compute includes the product with the vocabulary's matrix.
        embedding: the size includes that matrix.
        warm_up: no run loses tokens to a warm-up of fixed length.
    """

    last_layer: bool = False
    embedding: bool = False
    warm_up: bool = False


def embedding_size(bodies: Array) -> Array:
    """Vocabulary times width, where the layers have `bodies` = 12 L d^2 parameters, d = 64 L."""
    return np.asarray(VOCABULARY * (bodies * ASPECT / 12) ** (1 / 3))


def useful_tokens(tokens: Array, warm_up: float) -> Array:
    """Tokens weighted by the learning rate, which rises linearly over `warm_up` tokens."""
    if warm_up == 0:
        return tokens
    return np.where(tokens > warm_up, tokens - warm_up / 2, tokens**2 / (2 * warm_up))


def optimal_sizes(
    counting: Counting, budgets: Sequence[float] | Array = BUDGETS, law: ParametricLaw = CORRECTED
) -> list[float]:
    """The best size at each budget, as somebody reports it who counts in this way."""
    head = embedding_size(BODIES)
    counted = BODIES + head * counting.embedding
    sizes = []
    for budget in budgets:
        tokens = budget / (6 * (BODIES + head * counting.last_layer))
        useful = useful_tokens(tokens, 0 if counting.warm_up else WARM_UP)
        sizes.append(float(counted[np.argmin(law.predict(BODIES + head, useful))]))
    return sizes


def exponent(counting: Counting, budgets: Sequence[float] | Array = BUDGETS) -> float:
    """Of the reported best size against the reported compute."""
    return fit_power_law(budgets, optimal_sizes(counting, budgets)).exponent


def all_exponents() -> dict[Counting, float]:
    """The eight ways."""
    ways = [Counting(*right) for right in product((False, True), repeat=3)]
    return {way: exponent(way) for way in ways}


def corrections(exponents: dict[Counting, float]) -> dict[str, float]:
    """The exponent as Kaplan et al. counted, and after each of three corrections."""
    return {
        "as Kaplan counted": exponents[Counting()],
        "+ no fixed warm-up": exponents[Counting(warm_up=True)],
        "+ last layer's FLOPs": exponents[Counting(warm_up=True, last_layer=True)],
        "+ embedding in N": exponents[Counting(warm_up=True, last_layer=True, embedding=True)],
    }


def embedding_shares(bodies: Sequence[float]) -> dict[float, float]:
    """The embedding's share of all parameters, for layers of several sizes."""
    head = embedding_size(np.asarray(bodies))
    shares = head / (np.asarray(bodies) + head)
    return {body: round(float(share), 2) for body, share in zip(bodies, shares, strict=True)}


def average_shares(exponents: dict[Counting, float]) -> dict[str, float]:
    """What each correction changes, averaged over the six orders in which they can be made.

    (The Shapley value; the shares add up to the whole difference.)
    """
    names = ("last_layer", "embedding", "warm_up")
    shares = dict.fromkeys(names, 0.0)
    for order in permutations(names):
        done: dict[str, bool] = {}
        for name in order:
            before = exponents[Counting(**done)]
            done[name] = True
            shares[name] += (exponents[Counting(**done)] - before) / 6
    return shares
