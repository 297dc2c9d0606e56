"""The first lecture of a course: change it, and see what changes.

Title: Halving
Minutes: 5
"""

from lecture_tracer import link, note, plot, predict, reveal, text

from helpers.searching import find


def main() -> None:
    """The table of contents."""
    a_walk()
    a_question()


def a_walk() -> None:
    """Values at each line, and a function of another file that is stepped into."""
    text(
        "# Halving\nWhere does a number stand in a sorted list? Look at the middle, "
        "and half of the list is out of the question."
    )
    numbers = [2, 3, 5, 7, 11, 13, 17, 19]  # @inspect numbers
    place = find(numbers, 11)  # @inspect place @stepinto
    assert numbers[place] == 11
    link(find)
    note("Ask which half is left before you step on.")


def a_question() -> None:
    """The reader answers first, then the program does."""
    text("## How many looks?\nA list of $n$ numbers is halved until one number is left.")
    predict(
        "How many looks does a list of a thousand numbers take at most?",
        name="looks",
        hint="How often can you halve it?",
        tolerance=0,
    )
    looks = halvings(1000)  # @stepover @inspect looks
    reveal("looks", looks, "$2^{10}$ is a little more than a thousand.")
    sizes = [1, 10, 100, 1000, 10_000]
    rows = [{"numbers": n, "looks": halvings(n)} for n in sizes]  # @stepover @inspect rows
    plot(
        {
            "title": "Looks that a list takes at most",
            "data": {"values": rows},
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {"field": "numbers", "type": "quantitative", "scale": {"type": "log"}},
                "y": {"field": "looks", "type": "quantitative"},
            },
        }
    )


def halvings(n: int) -> int:
    """How many times n numbers are looked at until none is left."""
    count = 0
    while n:
        n //= 2
        count += 1
    return count


if __name__ == "__main__":
    main()
