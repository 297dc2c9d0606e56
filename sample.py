"""The shortest lecture that uses every directive and shows every rendering once."""

# mypy: disable-error-code="func-returns-value"

from lecture_tracer import (
    Reference,
    benchmark,
    code,
    graph,
    image,
    link,
    note,
    plot,
    predict,
    ranks,
    reveal,
    run_ranks,
    system_text,
    table,
    text,
    video,
)
from lectures.sample.square import square


def main() -> None:
    (
        text("# A square in ten lines\nThe area of a square of side $x$ is $x^2$."),
        image("images/sample.svg", width=320),
    )
    for x in [1, 2, 3]:  # @inspect x
        y = square(x)  # @stepinto @inspect y `y == x * x`
    table(squares(), columns=["x", "x²"])  # @stepover @clear x y
    secret = "run, but never shown"  # @hide
    (
        note("Ask for the next value before stepping on."),
        link(square),
        link("1706.03762"),
        link(
            Reference(
                title="Elements",
                authors=["Euclid"],
                date="-0300",
                url="https://www.gutenberg.org/ebooks/21076",
            )
        ),
    )
    text("First this,"), text("then that."), text("`verbatim $x$`", verbatim=True)  # @animate
    plot(
        {
            "title": "x²",
            "data": {"values": [{"x": n / 4, "y": n * n / 16} for n in range(13)]},
            "mark": "line",
            "encoding": {
                "x": {"field": "x", "type": "quantitative"},
                "y": {"field": "y", "type": "quantitative"},
            },
        }
    )
    (
        graph(["side", ("area", "area x²")], [("side", "area", "squared")]),
        code("area = side ** 2"),
        system_text(["echo", "done"]),
        print("printed"),
    )
    (
        benchmark(
            "sum of a million squares",
            lambda: sum(n * n for n in range(1_000_000)),
            label="built-in sum",
            flops=2e6,
        ),
        video("lectures/sample/square.webm", width=320),
    )  # @inspect len(secret)
    assert square(4) == 16, "a check: marked, and no step unless it fails"
    predict(
        "How does the area grow when the side does?",
        name="growth",
        choices=["faster than the side", "as fast", "slower"],
        hint="Look at the plot.",
    )
    (
        reveal("growth", "faster than the side", "Twice the side is four times the area."),
        predict("Which shape has the most area for its girth?", kind="text", answer="a circle"),
    )
    q = predict("How large is a square of side 12?", unit="m²", tolerance=0)
    reveal(q, square(12), "$12^2 = 144$.")
    run_ranks(measured_by, 3)


def squares() -> list[list[int]]:
    return [[n, square(n)] for n in range(4)]


def measured_by(rank: int, world_size: int) -> None:
    print("square", rank + 1)
    ranks("one square each", side=rank + 1, area=square(rank + 1))
