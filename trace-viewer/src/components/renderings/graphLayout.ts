/**
 * Layered layout of a graph. Loaded when the first graph is shown (see GraphView.tsx).
 *
 * Sugiyama's method as in dagre: ranks by network simplex, few crossings, straight edges. Laid out
 * from top to bottom and from left to right, the one that fits the room better is taken.
 */
import { Graph, layout } from "@dagrejs/dagre";
import type { GraphEdge, RenderingOf } from "../../trace/schema";
import { LINE_HEIGHT, nodeName, wrapLabel } from "./graphText";

/** A node with its place, in pixels from the upper left; `x` and `y` are its middle. */
export interface PlacedNode {
  id: string;
  lines: string[];
  group: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** An edge as an SVG path, with the middle of its label. */
export interface PlacedEdge {
  edge: GraphEdge;
  path: string;
  label: { x: number; y: number } | null;
}

/** A whole drawing, in pixels. */
export interface PlacedGraph {
  width: number;
  height: number;
  nodes: PlacedNode[];
  edges: PlacedEdge[];
}

interface Room {
  width: number;
  height: number;
}

const PADDING = { x: 12, y: 8 };
/** Of the page's text at 13 px: layout runs before the text is drawn. */
const CHARACTER_WIDTH = 7.2;

/** Places nodes and edges; `groups` as from `groupNumbers`, `room` in pixels. */
export function layoutGraph(
  graph: RenderingOf<"graph">,
  groups: ReadonlyMap<string, number>,
  room: Room,
): PlacedGraph {
  const down = layoutAs(graph, groups, "TB");
  const across = layoutAs(graph, groups, "LR");
  const excess = (placed: PlacedGraph): number =>
    Math.max(placed.width / room.width, placed.height / room.height);
  return excess(across) < excess(down) ? across : down;
}

function layoutAs(
  graph: RenderingOf<"graph">,
  groups: ReadonlyMap<string, number>,
  direction: "TB" | "LR",
): PlacedGraph {
  const drawing = new Graph({ multigraph: true });
  drawing.setGraph({ rankdir: direction, nodesep: 28, ranksep: 44, marginx: 8, marginy: 8 });
  const nodes = completeNodes(graph);
  const keys = keysOf(nodes);
  for (const node of nodes) {
    drawing.setNode(keys.get(node.id) ?? "", sizeOf(wrapLabel(nodeName(node))));
  }
  graph.edges.forEach((edge, index) => {
    if (edge.source === edge.target) return;
    const label = edge.label ?? "";
    const size = label === "" ? {} : { ...sizeOf([label]), labelpos: "c" as const };
    drawing.setEdge(keys.get(edge.source) ?? "", keys.get(edge.target) ?? "", size, `e${index}`);
  });
  layout(drawing);
  return read(drawing, graph, groups, keys);
}

/**
 * The library keeps its nodes in plain objects: it is given numbers of our own, never a name from a
 * trace, which may be `__proto__`.
 */
function keysOf(nodes: readonly { id: string }[]): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, at) => [id, `n${at}`]));
}

/** Nodes that only edges name, too. */
function completeNodes(graph: RenderingOf<"graph">): RenderingOf<"graph">["nodes"] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  for (const { source, target } of graph.edges) {
    for (const id of [source, target]) if (!nodes.has(id)) nodes.set(id, { id });
  }
  return [...nodes.values()];
}

function sizeOf(lines: readonly string[]): { width: number; height: number } {
  const longest = Math.max(2, ...lines.map((line) => line.length));
  return {
    width: longest * CHARACTER_WIDTH + 2 * PADDING.x,
    height: lines.length * LINE_HEIGHT + 2 * PADDING.y,
  };
}

interface Point {
  x: number;
  y: number;
}

function read(
  drawing: Graph,
  graph: RenderingOf<"graph">,
  groups: ReadonlyMap<string, number>,
  keys: ReadonlyMap<string, string>,
): PlacedGraph {
  const keyOf = (id: string): string => keys.get(id) ?? "";
  const placeOf = (id: string): Point & Room => drawing.node(keyOf(id)) as Point & Room;
  const nodes = completeNodes(graph).map((node): PlacedNode => {
    const place = placeOf(node.id);
    return {
      id: node.id,
      lines: wrapLabel(nodeName(node)),
      group: groups.get(node.group ?? "") ?? 0,
      x: place.x,
      y: place.y,
      width: place.width,
      height: place.height,
    };
  });
  const edges = graph.edges.map((edge, index): PlacedEdge => {
    if (edge.source === edge.target) return loop(edge, placeOf(edge.source));
    const way = drawing.edge(
      keyOf(edge.source),
      keyOf(edge.target),
      `e${index}`,
    ) as Partial<Point> & {
      points?: Point[];
    };
    const { x, y } = way;
    const label = edge.label && x !== undefined && y !== undefined ? { x, y } : null;
    return { edge, path: smoothPath(way.points ?? []), label };
  });
  const { width = 0, height = 0 } = drawing.graph() as Partial<Room>;
  const right = edges.map(({ label }) => (label ? label.x + LOOP : 0));
  return { width: Math.max(width, ...right), height, nodes, edges };
}

const LOOP = 26;

/** From a node to itself, at its right side. */
function loop(edge: GraphEdge, { x, y, width }: Point & Room): PlacedEdge {
  const side = x + width / 2;
  const path = `M${side},${y - 8}C${side + LOOP},${y - 22} ${side + LOOP},${y + 22} ${side},${y + 8}`;
  const half = ((edge.label ?? "").length * CHARACTER_WIDTH) / 2;
  return { edge, path, label: { x: side + LOOP + half, y } };
}

/** Through the middles of the ways between the bends, so that corners are round. */
export function smoothPath(points: readonly Point[]): string {
  const [start, ...rest] = points;
  const end = rest.at(-1);
  if (!start || !end) return "";
  const at = ({ x, y }: Point): string => `${x.toFixed(1)},${y.toFixed(1)}`;
  let path = `M${at(start)}`;
  rest.slice(0, -1).forEach((bend, index) => {
    const next = rest[index + 1] ?? end;
    const last = index === rest.length - 2;
    const stop = last ? end : { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 };
    path += `Q${at(bend)} ${at(stop)}`;
  });
  return rest.length === 1 ? `${path}L${at(end)}` : path;
}
