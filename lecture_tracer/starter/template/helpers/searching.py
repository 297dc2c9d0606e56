"""What the first lecture steps into."""


def find(numbers: list[int], wanted: int) -> int:
    """Place of `wanted` in the sorted list `numbers`, or -1: half of what is left at each look."""
    first, last = 0, len(numbers) - 1
    while first <= last:
        middle = (first + last) // 2
        if numbers[middle] == wanted:
            return middle
        if numbers[middle] < wanted:
            first = middle + 1
        else:
            last = middle - 1
    return -1
