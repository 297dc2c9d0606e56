import { describe, expect, it } from "vitest";
import type { RenderingOf } from "../../trace/schema";
import { layoutGraph, smoothPath } from "./graphLayout";
import { graphSentences, groupNumbers, wrapLabel } from "./graphText";

const ROOM = { width: 720, height: 560 };
const graph = (edges: string[], directed = true): RenderingOf<"graph"> => ({
  kind: "graph",
  directed,
  nodes: [{ id: "a", label: "first", group: "g" }, { id: "b", group: "h" }, { id: "alone" }],
  edges: edges.map((edge) => {
    const [source = "", target = "", label = ""] = edge.split(" ");
    return { source, target, label };
  }),
});
const layout = (drawn: RenderingOf<"graph">) => layoutGraph(drawn, groupNumbers(drawn), ROOM);

describe("a graph in words", () => {
  it("says each edge, and each node that has none", () => {
    expect(graphSentences(graph(["a b twice"]))).toEqual(["first → b (twice)", "alone"]);
    expect(graphSentences(graph(["a b"], false))[0]).toBe("first – b");
  });

  it("breaks long labels at spaces, and long words anywhere", () => {
    expect(wrapLabel("causal self-attention with rotary positions")).toEqual([
      "causal self-attention",
      "with rotary positions",
    ]);
    expect(wrapLabel("x".repeat(200))).toHaveLength(4);
    expect(wrapLabel("")).toEqual([""]);
  });
});

describe("the layout of a graph", () => {
  it("puts every node inside the drawing, none over another", () => {
    const placed = layout(graph(["a b", "b alone", "a alone"]));
    expect(placed.nodes).toHaveLength(3);
    for (const { x, y, width, height } of placed.nodes) {
      expect(x - width / 2).toBeGreaterThanOrEqual(0);
      expect(x + width / 2).toBeLessThanOrEqual(placed.width);
      expect(y + height / 2).toBeLessThanOrEqual(placed.height);
    }
    const places = new Set(placed.nodes.map(({ x, y }) => `${x},${y}`));
    expect(places.size).toBe(3);
  });

  it("draws cycles, loops, parallel edges and nodes that only edges name", () => {
    const placed = layout(graph(["a b", "b a", "a a self", "a b again", "a new"]));
    expect(placed.nodes.map((node) => node.id)).toContain("new");
    expect(placed.edges.every(({ path }) => path.startsWith("M"))).toBe(true);
    expect(placed.edges.map(({ label }) => label !== null)).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it("numbers groups in order", () => {
    expect([...groupNumbers(graph([]))]).toEqual([
      ["g", 1],
      ["h", 2],
    ]);
  });

  it("draws a way through its bends", () => {
    const point = (x: number, y: number) => ({ x, y });
    expect(smoothPath([])).toBe("");
    expect(smoothPath([point(0, 0), point(2, 2)])).toBe("M0.0,0.0L2.0,2.0");
    expect(smoothPath([point(0, 0), point(0, 4), point(4, 4)])).toBe("M0.0,0.0Q0.0,4.0 4.0,4.0");
  });
});
