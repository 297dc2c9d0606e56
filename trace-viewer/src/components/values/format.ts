/**
 * Value → one line of text, as Python would print it: `[1, 2.0, 'a', None]`.
 *
 * Input: a Value and a limit in characters. Output: plain text. What the engine left out and what
 * the limit cuts off both show as `…`. The work is bounded by the limit, not by the value.
 */
import type { TaggedValue, Value } from "../../trace/schema";
import { elementCount, isUnordered, shortType, shownElements, type ValueOf } from "./kinds";
import { bytesInLiteral, pythonString } from "./pythonString";
import { cutText } from "../shared/cutText";
import { countText } from "../shared/numberText";

/** Collects text until the limit is passed; containers ask `full` before each item. */
class Line {
  text = "";
  constructor(private readonly limit: number) {}
  add(piece: string): this {
    if (!this.full) this.text += piece;
    return this;
  }
  get full(): boolean {
    return this.text.length > this.limit;
  }
}

/** A value as Python's `repr()` would print it, cut at `limit` characters. */
export function pythonText(value: Value, limit = 2000): string {
  const line = new Line(limit);
  write(line, value);
  return cutText(line.text, limit);
}

/** Beside a summary that has said the type: `Config(width=64)` → `width=64`, `{1, 2}` as it is. */
export function contentText(value: Value, limit = 2000): string {
  const text = pythonText(value, limit);
  const [, inside, closed] = /^\w+\((.*?)(\)?)$/s.exec(text) ?? [];
  if (inside === undefined) return text;
  return closed === undefined ? inside : inside.replace(/^\{(.*)\}$/s, "$1");
}

function write(line: Line, value: Value): void {
  if (line.full) return;
  if (value === null) line.add("None");
  else if (value === true) line.add("True");
  else if (value === false) line.add("False");
  else if (typeof value === "number") line.add(String(value));
  else if (typeof value === "string") line.add(pythonString(value));
  else if (Array.isArray(value)) writeList(line, value, [], false, "[", "]");
  else writeTagged(line, value);
}

function writeTagged(line: Line, value: TaggedValue): void {
  switch (value.kind) {
    case "number":
    case "object":
    case "math":
      line.add(value.text);
      return;
    case "string":
      writeString(line, value);
      return;
    case "bytes":
      line.add(value.text + (bytesInLiteral(value.text) < value.length ? "…" : ""));
      return;
    case "sequence":
      writeSequence(line, value);
      return;
    case "mapping":
      writeMapping(line, value);
      return;
    case "record":
      writeRecord(line, value);
      return;
    case "tensor":
      writeTensor(line, value);
      return;
    case "module":
      line.add(moduleText(value));
      return;
    case "table":
      line.add(tableText(value));
      return;
    case "elided":
      line.add(elidedText(value));
      return;
    case "failed":
      line.add(failedText(value));
      return;
  }
}

function writeString(line: Line, value: ValueOf<"string">): void {
  const type = value.type ?? "str";
  const body = pythonString(value.text);
  const tail = value.tail ? `…${pythonString(value.tail)}` : isCutString(value) ? "…" : "";
  line.add(type === "str" ? body + tail : `${shortType(type)}(${body}${tail})`);
}

/** `length` counts code points, JavaScript's counts UTF-16 units. */
export function isCutString(value: ValueOf<"string">): boolean {
  return Array.from(value.text).length + Array.from(value.tail ?? "").length < value.length;
}

function writeList(
  line: Line,
  items: readonly Value[],
  tail: readonly Value[],
  cut: boolean,
  open: string,
  close: string,
): void {
  line.add(open);
  let separator = "";
  for (const item of items) {
    if (line.full) return;
    line.add(separator);
    write(line, item);
    separator = ", ";
  }
  if (cut) {
    line.add(`${separator}…`);
    separator = ", ";
  }
  for (const item of tail) {
    if (line.full) return;
    line.add(separator);
    write(line, item);
    separator = ", ";
  }
  line.add(close);
}

function writeSequence(line: Line, value: ValueOf<"sequence">): void {
  const name = shortType(value.type);
  const tail = value.tail ?? [];
  const cut = isCutSequence(value);
  const length = value.length ?? value.items.length;
  const list = (open: string, close: string): void =>
    writeList(line, value.items, tail, cut, open, close);
  if (name === "list") list("[", "]");
  else if (name === "tuple") list("(", length === 1 ? ",)" : ")");
  else if (name === "range") line.add(rangeText(value) ?? "range(…)");
  else if (length === 0) line.add(`${name}()`);
  else if (name === "set") list("{", "}");
  else if (isUnordered(name)) list(`${name}({`, "})");
  else list(`${name}([`, "])");
}

function isCutSequence(value: ValueOf<"sequence">): boolean {
  const shown = value.items.length + (value.tail ?? []).length;
  return (value.length ?? shown) > shown;
}

/** Start, stop and step are read back from the items; null when they are not whole numbers. */
function rangeText(value: ValueOf<"sequence">): string | null {
  const [first, second] = value.items;
  const length = value.length ?? value.items.length;
  if (length === 0) return "range(0, 0)";
  if (typeof first !== "number") return null;
  if (length === 1) return `range(${first}, ${first + 1})`;
  if (typeof second !== "number") return null;
  const step = second - first;
  // The last item is exact; any stop between it and the next one gives the same range.
  const stop = first + step * (length - 1) + Math.sign(step);
  return step === 1 ? `range(${first}, ${stop})` : `range(${first}, ${stop}, ${step})`;
}

function writeMapping(line: Line, value: ValueOf<"mapping">): void {
  const type = value.type ?? "dict";
  const bare = type === "dict";
  line.add(bare ? "{" : `${shortType(type)}({`);
  let separator = "";
  for (const [key, item] of value.entries) {
    if (line.full) return;
    line.add(separator);
    write(line, key);
    line.add(": ");
    write(line, item);
    separator = ", ";
  }
  if ((value.length ?? 0) > value.entries.length) line.add(`${separator}…`);
  line.add(bare ? "}" : "})");
}

function writeRecord(line: Line, value: ValueOf<"record">): void {
  line.add(`${shortType(value.type)}(`);
  let separator = "";
  const fields = Object.entries(value.fields);
  for (const [name, item] of fields) {
    if (line.full) return;
    line.add(`${separator}${name}=`);
    write(line, item);
    separator = ", ";
  }
  if ((value.length ?? 0) > fields.length) line.add(`${separator}…`);
  line.add(")");
}

const SMALL_TENSOR = 64;

/** All elements of a small tensor as Python nests them; a larger one by shape and dtype. */
function writeTensor(line: Line, value: ValueOf<"tensor">): void {
  const name = tensorFunction(value.type);
  const head = shownElements(value);
  if (isSmall(value)) {
    line.add(`${name}(`);
    writeNested(line, head, value.shape);
    line.add(")");
    return;
  }
  const device = value.device && value.device !== "cpu" ? `, device=${value.device}` : "";
  line.add(`${name}(shape=${shapeText(value.shape)}, dtype=${value.dtype}${device})`);
}

/** An empty tensor has its elements all shown, but (10⁹, 0) must not print 10⁹ brackets. */
function isSmall(value: ValueOf<"tensor">): boolean {
  const shown = (value.numbers ?? value.head ?? []).length;
  const whole = shown === elementCount(value.shape) && !value.tail?.length;
  return whole && shown <= SMALL_TENSOR && (shown > 0 || value.shape.length === 1);
}

function tensorFunction(type: string): string {
  const name = shortType(type);
  if (name === "Tensor") return "tensor";
  return name === "ndarray" ? "array" : name;
}

function writeNested(line: Line, flat: readonly Value[], shape: readonly number[]): void {
  const [size, ...rest] = shape;
  if (size === undefined) {
    write(line, flat[0] ?? null);
    return;
  }
  const stride = elementCount(rest);
  line.add("[");
  for (let index = 0; index < size; index++) {
    if (index > 0) line.add(", ");
    writeNested(line, flat.slice(index * stride, (index + 1) * stride), rest);
  }
  line.add("]");
}

/** `(3, 4)`, `(3,)`, `()`: a shape as Python prints the tuple. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

function moduleText(value: ValueOf<"module">): string {
  if (!value.text.includes("\n") && value.text !== "") return value.text;
  return `${shortType(value.type)}(… ${countText(value.parameters)} parameters)`;
}

function tableText(value: ValueOf<"table">): string {
  const width = value.width ?? value.columns.length;
  const columns = `${countText(width)} column${width === 1 ? "" : "s"}`;
  return `${shortType(value.type)}(${countText(value.length)} rows × ${columns})`;
}

/** Python prints a container that holds itself as `[...]` or `{...}`. */
function elidedText(value: ValueOf<"elided">): string {
  const name = shortType(value.type);
  const dots = value.reason === "cycle" ? "..." : "…";
  if (name === "list") return `[${dots}]`;
  if (name === "dict") return `{${dots}}`;
  return `${name}(${dots})`;
}

function failedText(value: ValueOf<"failed">): string {
  return value.text === "" ? value.type : `${value.type}: ${value.text}`;
}
