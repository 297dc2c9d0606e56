"""What looking at values costs, as ratios within one run: `python tests/values/benchmark_values.py`

Beside each time stands what plain torch or plain Python needs for the same look, so that the
figures mean something on another machine. `--elements` sizes the large tensor.
"""

import argparse
import platform
import time
from collections.abc import Callable
from typing import Any

import msgspec
import torch

from lecture_tracer.values import serialize


def seconds(function: Callable[[], Any], repeats: int = 5) -> float:
    """CPU seconds, the least of `repeats` runs: a busy machine changes them least."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def changing_tensor(steps: int = 2000) -> None:
    """A changing 100 x 100 tensor, looked at at every step."""
    numbers = torch.randn(100, 100)
    sizes: list[int] = []

    def look() -> None:
        for _ in range(steps):
            numbers.add_(0.01)
            sizes.append(len(msgspec.json.encode(serialize(numbers))))

    def plain() -> None:
        for _ in range(steps):
            numbers.add_(0.01)
            str(numbers)

    mine, printed = seconds(look, 3), seconds(plain, 3)
    report(f"{steps} looks at a changing 100x100 tensor", mine, printed, "str(tensor)")
    print(f"    {max(sizes)} bytes of JSON each")


def large_tensor(elements: int) -> None:
    """Statistics of a tensor that is larger than every cache."""
    numbers = torch.randn(elements // 1000, 1000)

    def four_passes() -> None:
        numbers.min(), numbers.max(), numbers.mean(), numbers.std()

    title = f"a tensor of {elements:.0e} elements"
    report(title, seconds(lambda: serialize(numbers)), seconds(four_passes), "min, max, mean, std")
    turned = seconds(lambda: serialize(numbers.T))
    report(title + ", transposed", turned, seconds(four_passes), "min, max, mean, std")


def plain_values() -> None:
    """The values that most steps have."""
    many = range(10_000)
    for name, obj in (
        ("an int", 7),
        ("a str", "token"),
        ("a list of 20 ints", list(range(20))),
        ("a dict of 5 strings", {f"key {i}": "text" for i in range(5)}),
    ):
        mine = seconds(lambda obj=obj: [serialize(obj) for _ in many])  # type: ignore[misc]
        shown = seconds(lambda obj=obj: [repr(obj) for _ in many])  # type: ignore[misc]
        report(f"{len(many)} looks at {name}", mine, shown, "repr")


def report(title: str, mine: float, other: float, what: str) -> None:
    """One line of the table."""
    print(f"{title}: {mine:.3f} s CPU, {mine / other:.2f} x {what}")


def main() -> None:
    """Print the whole table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--elements", type=int, default=10**8)
    options = parser.parse_args()
    torch.set_num_threads(min(2, torch.get_num_threads()))
    print(f"Python {platform.python_version()}, torch {torch.__version__}")
    plain_values()
    changing_tensor()
    large_tensor(options.elements)


if __name__ == "__main__":
    main()
