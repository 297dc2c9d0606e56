"""A function in another file, for `sample.py` to link to and to step into."""


def square(x: int) -> int:
    """The product of `x` with itself."""
    side = abs(x)
    return side * side
