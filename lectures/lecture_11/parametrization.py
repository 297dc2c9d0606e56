"""How weights are drawn and how fast they learn, by the role of a matrix and the width of a model.

Two rules: the standard one, and μP (Yang et al. 2022, arXiv:2203.03466), written for Adam in the
way that the spectral condition gives it (Yang, Simon & Bernstein 2023, arXiv:2310.17813). Both are
the same network, with the same rates, at the base width.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

Role = Literal["input", "hidden", "output"]
Rule = Literal["standard", "mup"]

BASE_WIDTH = 64


@dataclass(frozen=True)
class Scale:
    """Of one matrix.

    Attributes:
        deviation: standard deviation of its entries when it is drawn.
        rate: factor on the learning rate of Adam.
    """

    deviation: float
    rate: float


def scale(rule: Rule, role: Role, fan_in: int, width: int, base: int = BASE_WIDTH) -> Scale:
    """Scale of a matrix of a model `width` wide.

    Args:
        rule: "standard" or "mup".
        role: input matrices are looked up by token or place, hidden ones go from width to width
            (up to a constant factor), the output matrix goes from width to the vocabulary.
        fan_in: how many inputs a unit adds up; not used for input matrices.
        base: the width at which both rules agree.
    """
    if role == "input":
        return Scale(1.0, 1.0)
    narrowing = base / width if rule == "mup" else 1.0
    deviation = 1 / sqrt(fan_in)
    if role == "output":
        return Scale(deviation * sqrt(narrowing), narrowing)
    return Scale(deviation, narrowing)
