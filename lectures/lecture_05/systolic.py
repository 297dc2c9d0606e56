"""A systolic array, as in a TPU's matrix unit: weights stay, numbers walk."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass
class SystolicArray:
    """k × n cells that each keep one weight; x enters from the left, sums leave at the bottom.

    In every cycle a cell takes x from its left neighbour and a sum from the one above, adds
    x · weight to the sum, and hands both on.
    """

    weights: Tensor
    x: Tensor = field(init=False)
    sums: Tensor = field(init=False)
    cycle: int = 0
    busy: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.x = torch.full_like(self.weights, float("nan"))  # nan: nothing there
        self.sums = torch.zeros_like(self.weights)

    def step(self, entering: Tensor) -> Tensor:
        """One cycle. `entering`: a number (or nan) for each row. Returns what leaves below."""
        leaving = self.sums[-1].clone()
        from_above = torch.cat([torch.zeros(1, self.sums.shape[1]), self.sums[:-1]])
        self.x = torch.cat([entering[:, None], self.x[:, :-1]], dim=1)
        self.sums = from_above + self.x.nan_to_num(0.0) * self.weights
        self.busy.append(int((~self.x.isnan()).sum()))
        self.cycle += 1
        return leaving


def skewed(inputs: Tensor, cycle: int) -> Tensor:
    """What enters in this cycle: row k gets element k of input number cycle - k."""
    rows, k = inputs.shape
    return torch.tensor(
        [inputs[cycle - i, i] if 0 <= cycle - i < rows else float("nan") for i in range(k)]
    )


def systolic_product(inputs: Tensor, weights: Tensor) -> tuple[Tensor, SystolicArray]:
    """inputs (m, k) @ weights (k, n), cycle by cycle, and the array as it was left."""
    (m, k), n = inputs.shape, weights.shape[1]
    array = SystolicArray(weights)
    output = torch.zeros(m, n)
    for cycle in range(m + k + n - 1):
        leaving = array.step(skewed(inputs, cycle))
        for column in range(n):
            row = cycle - k - column
            if 0 <= row < m:
                output[row, column] = leaving[column]
    return output, array


def busy_by_inputs(counts: Sequence[int], size: int) -> dict[int, list[int]]:
    """Busy cells of a size × size array in each cycle, for streams of so many inputs; checked."""
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(size, size, generator=generator)
    found = {}
    for count in counts:
        inputs = torch.randn(count, size, generator=generator)
        product, array = systolic_product(inputs, weights)
        torch.testing.assert_close(product, inputs @ weights, atol=1e-4, rtol=1e-4)
        found[count] = array.busy
    return found
