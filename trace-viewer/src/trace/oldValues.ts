/** Values and renderings of the older formats → those of format version 1. */
import type { GraphEdge, GraphNode, Rendering, Value } from "./schema";

const MOST_ELEMENTS = 64;

/** Whether something is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const asText = (value: unknown): string => (typeof value === "string" ? value : "");
const asTexts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];

/** Elements of nested lists in row-major order, as many as are shown. */
function flatten(contents: unknown, into: Value[]): Value[] {
  if (into.length >= MOST_ELEMENTS) return into;
  if (Array.isArray(contents)) for (const item of contents) flatten(item, into);
  else into.push(plainValue(contents));
  return into;
}

/** Plain JSON data → Value. */
function plainValue(data: unknown): Value {
  if (data === null || data === undefined) return null;
  if (typeof data === "boolean" || typeof data === "string" || typeof data === "number")
    return data;
  if (Array.isArray(data)) return data.map(plainValue);
  const entries = Object.entries(data).map(([key, item]): [Value, Value] => [
    key,
    convertValue(item),
  ]);
  return { kind: "mapping", entries };
}

/** Contents that the older formats leave to us to print. */
function contentsText(contents: unknown): string {
  return contents === null || contents === undefined ? "None" : JSON.stringify(contents);
}

/** `{type, contents, dtype, shape}` of both formats, or plain data. */
export function convertValue(data: unknown): Value {
  if (!isRecord(data) || typeof data["type"] !== "string" || !("contents" in data)) {
    return plainValue(data);
  }
  const { type, contents } = data as { type: string; contents: unknown };
  const shape = data["shape"];
  if (Array.isArray(shape)) {
    const dtype = asText(data["dtype"]).replace(/^torch\./, "");
    const sizes = shape.filter((size): size is number => typeof size === "number");
    const head = flatten(contents, []);
    return { kind: "tensor", type, shape: sizes, dtype, head };
  }
  if (Array.isArray(contents)) {
    const items = contents.map(convertValue);
    return type === "list" ? items : { kind: "sequence", type, items };
  }
  if (isRecord(contents)) {
    const fields = Object.entries(contents).map(
      ([key, item]) => [key, convertValue(item)] as const,
    );
    if (type === "dict") return { kind: "mapping", entries: fields.map(([k, v]) => [k, v]) };
    return { kind: "record", type, fields: Object.fromEntries(fields) };
  }
  if (type === "NoneType") return null;
  if (["int", "str", "bool"].includes(type)) return plainValue(contents);
  const text = typeof contents === "string" ? contents : contentsText(contents);
  if (typeof contents === "number" || type === "float") return { kind: "number", type, text };
  if (type.startsWith("sympy.")) return { kind: "math", latex: `\\text{${text}}`, text };
  return { kind: "object", type, text };
}

/** Width in CSS pixels from `style.width`, when it is one. */
function styleWidth(style: unknown): { width?: number } {
  const width = isRecord(style) ? style["width"] : undefined;
  const pixels = typeof width === "number" ? width : parseFloat(asText(width));
  const relative = typeof width === "string" && /[^\d.px\s]/.test(width);
  return Number.isFinite(pixels) && !relative ? { width: Math.round(pixels) } : {};
}

function isVerbatim(style: unknown): boolean {
  return isRecord(style) && asText(style["whiteSpace"] ?? style["white-space"]).startsWith("pre");
}

function convertGraph(data: unknown): Rendering | null {
  if (!isRecord(data)) return null;
  const items = (key: string): Record<string, unknown>[] =>
    (Array.isArray(data[key]) ? (data[key] as unknown[]) : [])
      .map((item) => (isRecord(item) && isRecord(item["data"]) ? item["data"] : item))
      .filter(isRecord);
  const name = (value: unknown) => (typeof value === "number" ? String(value) : asText(value));
  const nodes: GraphNode[] = items("nodes").map((node) => ({
    id: name(node["id"]),
    label: name(node["label"]),
  }));
  const edges: GraphEdge[] = items("edges").map((edge) => ({
    source: name(edge["source"]),
    target: name(edge["target"]),
    label: name(edge["label"]),
  }));
  return { kind: "graph", nodes, edges };
}

function convertLink(old: Record<string, unknown>): Rendering | null {
  const inside = old["internal_link"];
  if (isRecord(inside) && typeof inside["line_number"] === "number") {
    const line = inside["line_number"];
    const name = asText(old["data"]);
    return { kind: "source", path: asText(inside["path"]), first: line, last: line, name };
  }
  const outside = old["external_link"];
  if (!isRecord(outside)) return null;
  return {
    kind: "link",
    url: asText(outside["url"]),
    title: asText(outside["title"]) || asText(old["data"]),
    authors: asTexts(outside["authors"]),
    organization: asText(outside["organization"]),
    date: asText(outside["date"]),
    description: asText(outside["description"]),
    notes: asText(outside["notes"]),
  };
}

/** One rendering of an older trace, or null for a kind that it does not explain. */
export function convertRendering(old: unknown): Rendering | null {
  if (!isRecord(old)) return null;
  const { type, data, style } = old;
  switch (type) {
    case "markdown":
    case "text":
      return {
        kind: "text",
        text: asText(data),
        ...(type === "text" || isVerbatim(style) ? { verbatim: true } : {}),
      };
    case "image":
      return { kind: "image", src: asText(data), ...styleWidth(style) };
    case "video":
      return { kind: "video", src: asText(data), ...styleWidth(style) };
    case "note":
      return { kind: "note", text: asText(data) };
    case "link":
      return convertLink(old);
    case "plot":
      return isRecord(data) ? { kind: "plot", spec: data } : null;
    case "graph":
      return convertGraph(data);
    default:
      return null;
  }
}
