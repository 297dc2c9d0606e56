"""Short forms of nodes and edges to those of the schema, for `graph()`."""

from collections.abc import Mapping

from lecture_tracer.authoring.arguments import string
from lecture_tracer.trace.schema import GraphEdge, GraphNode


def graph_node(node: object, what: str) -> GraphNode:
    """A node from its id, (id, label) or the fields of a `GraphNode`. Raises TypeError."""
    if isinstance(node, GraphNode):
        return node
    if isinstance(node, Mapping):
        return GraphNode(**_fields(node, what, GraphNode, ("id",)))
    if isinstance(node, tuple | list):
        if len(node) != 2:
            raise TypeError(f"{what} is {node!r}; give an id or (id, label)")
        return GraphNode(id=string(node[0], f"the id of {what}"), label=string(node[1], what))
    return GraphNode(id=string(node, f"the id of {what}"))


def graph_edge(edge: object, what: str) -> GraphEdge:
    """An edge from (source, target[, label]) or the fields of a `GraphEdge`. Raises TypeError."""
    if isinstance(edge, GraphEdge):
        return edge
    if isinstance(edge, Mapping):
        return GraphEdge(**_fields(edge, what, GraphEdge, ("source", "target")))
    if not isinstance(edge, tuple | list) or len(edge) not in (2, 3):
        raise TypeError(f"{what} is {edge!r}; give (source, target) or (source, target, label)")
    source, target, *rest = (string(part, what) for part in edge)
    return GraphEdge(source=source, target=target, label=rest[0] if rest else "")


def _fields(
    given: Mapping[object, object],
    what: str,
    kind: type[GraphNode] | type[GraphEdge],
    needed: tuple[str, ...],
) -> dict[str, str]:
    """The fields as strings; TypeError names what is unknown or missing, and what there is."""
    known = kind.__struct_fields__
    unknown = [name for name in given if name not in known]
    if unknown:
        raise TypeError(f"{what} has a field {unknown[0]!r}; there are: {', '.join(known)}")
    for name in needed:
        if given.get(name) is None:
            raise TypeError(f"{what} has no {name!r}: {dict(given)!r}")
    return {str(name): string(value, f"{name!r} of {what}") for name, value in given.items()}
