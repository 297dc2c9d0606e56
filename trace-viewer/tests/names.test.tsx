// @vitest-environment jsdom
/**
 * Names from a trace that JavaScript's own objects have too. Every field of the schema that holds a
 * text holds such a name, every table is keyed by it: nothing fails, and no prototype is touched.
 */
import { act, cleanup, render } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RenderingView } from "../src/components/renderings";
import { drawPlot } from "../src/components/renderings/vegaPlot";
import { RenderingScope } from "../src/components/shared/renderingScope";
import { ValueView } from "../src/components/values";
import { diffValues } from "../src/components/values/diff";
import { lineTokens } from "../src/services/highlight";
import { readAddress } from "../src/state/urlState";
import { viewerReducer } from "../src/state/viewerReducer";
import { initialState } from "../src/state/viewerState";
import { variablesAt } from "../src/trace/environment";
import { outputsAt } from "../src/trace/outputs";
import { parseTrace } from "../src/trace/parseTrace";
import { convertOldTrace } from "../src/trace/oldFormats";
import compact from "../src/trace/schema.generated.json";
import type { Rendering, Step, Trace, Value } from "../src/trace/schema";
import { buildSearchIndex, search } from "../src/trace/search";
import { buildIndex } from "../src/trace/traceIndex";
import { layoutFile } from "../src/trace/visibleLines";

vi.setConfig({ testTimeout: 60_000 });
afterEach(cleanup);

const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

interface Node {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Node[];
  properties?: Record<string, Node>;
  additionalProperties?: boolean | Node;
  items?: boolean | Node;
  prefixItems?: Node[];
}
const DEFINITIONS = (compact as unknown as { $defs: Record<string, Node> }).$defs;
const nodeOf = (name: string): Node => DEFINITIONS[name] ?? {};

/** Everything that the definition allows, with `name` wherever a text may stand, as JSON. */
function instance(node: Node, name: string, depth: number): string {
  if (node.$ref) {
    const definition = node.$ref.split("/").at(-1) ?? "";
    if (definition === "Value" && depth <= 0) return JSON.stringify(name);
    return instance(nodeOf(definition), name, depth - 1);
  }
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return JSON.stringify(node.enum[0]);
  if (node.anyOf) {
    if (depth <= 0 && node.anyOf.some((one) => one.type === "null")) return "null";
    const rich = node.anyOf.find((one) => one.$ref !== undefined) ?? node.anyOf[0] ?? {};
    return instance(rich, name, depth);
  }
  if (node.prefixItems) {
    return `[${node.prefixItems.map((one) => instance(one, name, depth)).join(",")}]`;
  }
  switch (node.type) {
    case "string":
      return JSON.stringify(name);
    case "integer":
    case "number":
      return "1";
    case "boolean":
      return "false";
    case "null":
      return "null";
    case "array":
      if (depth <= 0) return "[]";
      return `[${typeof node.items === "object" ? instance(node.items, name, depth) : ""}]`;
    default:
      return object(node, name, depth);
  }
}

function object(node: Node, name: string, depth: number): string {
  const known = Object.entries(node.properties ?? {}).map(
    ([key, child]) => `${JSON.stringify(key)}:${instance(child, name, depth)}`,
  );
  const other = node.additionalProperties;
  // An object without a shape of its own, as a plot's specification.
  const free = node.properties === undefined && (other === true || other === undefined);
  if (typeof other === "object")
    known.push(`${JSON.stringify(name)}:${instance(other, name, depth)}`);
  else if (free) known.push(`${JSON.stringify(name)}:${JSON.stringify(name)}`);
  return `{${known.join(",")}}`;
}

/** One of each member of the union `Value` or `Rendering`. */
function members(union: "Value" | "Rendering", name: string): unknown[] {
  return (nodeOf(union).anyOf ?? [])
    .filter((member) => member.$ref !== undefined)
    .map((member) => JSON.parse(instance(member, name, 4)) as unknown);
}

const own = () =>
  [Object.prototype, Array.prototype, Function.prototype].map((one) =>
    Object.getOwnPropertyNames(one),
  );
const untouched = own();

function traceWith(name: string): Trace {
  const trace = JSON.parse(instance(nodeOf("Trace"), name, 6)) as Trace;
  const files = JSON.parse(
    `{${JSON.stringify(name)}:{"text":"a\\nb\\nc\\n","language":${JSON.stringify(name)},"checks":[2]}}`,
  ) as Trace["files"];
  const values = members("Value", name) as Value[];
  const outputs = members("Rendering", name) as Rendering[];
  const changes = JSON.parse(`{${JSON.stringify(name)}:null}`) as NonNullable<Step["changes"]>;
  const steps: Step[] = values.map((value) => ({
    frame: 0,
    line: 1,
    changes: JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as typeof changes,
  }));
  steps.push({ frame: 0, line: 2, changes, outputs, cleared: [name], checks: [[0, 2]] });
  return {
    ...trace,
    schema: 2,
    main: name,
    files,
    frames: [
      { path: name, function: name },
      { path: "valueOf", function: name, parent: 0, call_step: 0 },
    ],
    steps: [...steps, { frame: 1, line: 1 }],
    failure: { type: name, message: name, step: 0 },
  };
}

describe.each(NAMES)("the name %s", (name) => {
  it("in every field of a trace is read, indexed, laid out and searched", async () => {
    const trace = await parseTrace(JSON.stringify(traceWith(name)), "x.json");
    const index = buildIndex(trace);
    const last = index.stepCount - 1;
    layoutFile(index, name, { raw: false, fold: true, unfolded: new Set() });
    outputsAt(index, name, 2, last);
    expect(variablesAt(index, 0, 0).map((variable) => variable.name)).toEqual([name]);
    expect(search(buildSearchIndex(index), name).length).toBeGreaterThan(3);
    const source = index.sources.get(name);
    expect(source && lineTokens(source, 1)).toEqual([["a", ""]]);
    let state = initialState(index);
    const { address, problems } = readAddress(
      `?trace=x&animate=${name}&variable=${name}&source=${name}&frame=${name}`,
    );
    state = viewerReducer(state, { type: "restore", address, problems });
    for (const move of ["next", "over", "out", "last", "next-section", "previous"] as const) {
      state = viewerReducer(state, { type: "move", move });
    }
    expect(own()).toEqual(untouched);
  });

  it("in every field of a value is shown and compared", async () => {
    const values = members("Value", name) as Value[];
    expect(values.length).toBeGreaterThan(12);
    for (const value of values) {
      for (const other of values) diffValues(value, other);
      const place = render(<ValueView value={value} previous={values[0] ?? null} />).container;
      await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
      expect(place.querySelector(".guard-failed"), JSON.stringify(value)).toBeNull();
    }
    expect(own()).toEqual(untouched);
  });

  it("in every field of a rendering is shown", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const context = {
      resolveAsset: () => null,
      openSource: () => undefined,
      theme: "light" as const,
    };
    for (const rendering of members("Rendering", name) as Rendering[]) {
      const place = render(
        <RenderingScope value={context}>
          <RenderingView rendering={rendering} />
        </RenderingScope>,
      ).container;
      await vi.waitFor(() => expect(place.querySelector("[data-pending]")).toBeNull(), 20_000);
      expect(place.querySelector(".guard-failed"), rendering.kind).toBeNull();
    }
    // React complains of functions where it should show a text.
    expect(
      said.mock.calls.map((call) => String(call[0])).filter((text) => /valid/.test(text)),
    ).toEqual([]);
    said.mockRestore();
    expect(own()).toEqual(untouched);
  });

  it("as a node of a graph, an edge, and a field of a plot", async () => {
    const graph: Rendering = {
      kind: "graph",
      nodes: [{ id: "get" }, { id: name, group: name }],
      edges: [
        { source: "get", target: name },
        { source: name, target: "get", label: name },
        { source: name, target: name },
      ],
    };
    const place = render(<RenderingView rendering={graph} />).container;
    await vi.waitFor(() => expect(place.querySelectorAll(".graph-edge")).toHaveLength(3), 20_000);
    const spec = JSON.parse(
      `{"data":{"name":"${name}"},"datasets":{"${name}":[{"${name}":1},{"${name}":2}]},
        "params":[{"name":"p","value":1}],
        "transform":[{"calculate":"datum.a","as":"${name}"}],
        "mark":"point","encoding":{"x":{"field":"${name}","type":"quantitative"}}}`,
    ) as Record<string, unknown>;
    await drawPlot(document.createElement("div"), spec).catch(() => undefined);
    expect(own()).toEqual(untouched);
    expect(({} as Record<string, unknown>)["get"]).toBeUndefined();
  });

  it("in a trace of the older formats", () => {
    const old = JSON.parse(
      `{"files":{"${name}":"x = 1"},"hidden_line_numbers":{},
        "steps":[{"stack":[{"path":"${name}","line_number":1,"function_name":"${name}"}],
                  "env":{"${name}":{"type":"int","contents":1}},"renderings":[]}]}`,
    ) as unknown;
    const trace = convertOldTrace(old, "old.json");
    expect(Object.keys(trace.files)).toEqual([name]);
    expect(Object.keys(trace.steps[0]?.changes ?? {})).toEqual([name]);
    expect(own()).toEqual(untouched);
  });
});
