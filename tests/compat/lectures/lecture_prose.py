"""A small lecture in the style of edtrace: prose, links, lists and values."""

from edtrace import Reference, graph, image, link, make_graph, note, plot, system_text, text

paper = Reference(
    title="On counting", authors=["Ada One", "Ben Two"], date="2021-03-04",
    url="https://example.org/counting", organization="Example", notes="read this first",
)  # fmt: skip


def main():
    text("# Counting words")
    text("A word is what stands between two spaces: $w_1, w_2$")
    text("one "), text("two")  # @animate
    show_links()
    text("a = 1\n  b = 2", verbatim=True)
    note("Speak slowly here.")
    system_text(["echo", "printed by a command"])
    show_figures()
    numbers = [3, 1, 2]  # @inspect numbers
    total = add(numbers)  # @inspect total @stepover
    largest = biggest(numbers)  # @inspect largest
    text("The end")  # @clear numbers total


def show_links():
    link(paper)
    link(title="A site", url="https://example.org")
    link("https://example.org/plain")
    link(biggest)


def show_figures():
    image("dot.svg", width=40)
    plot({"mark": "bar", "data": {"values": [{"x": 1, "y": 2}]}})
    nodes = [{"id": 1, "label": "one"}, {"id": 2}]
    graph(make_graph(nodes, [{"source": 1, "target": 2, "label": "then"}]))


def add(items):
    return sum(items)


def biggest(items):  # @inspect items
    best = items[0]  # @inspect best
    for item in items:
        if item > best:
            best = item  # @inspect best
    return best
