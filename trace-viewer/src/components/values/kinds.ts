/** Telling the kinds of values apart, and the few facts that several views need. */
import { isTagged, type TaggedValue, type Value, type ValueKind } from "../../trace/schema";

/** The value of one kind, such as `ValueOf<"tensor">`. */
export type ValueOf<K extends ValueKind> = Extract<TaggedValue, { kind: K }>;

/** `collections.deque` → `deque`, `torch.nn.parameter.Parameter` → `Parameter`. */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}

/** The Python type of a value, as `type(value).__name__` would say it, mostly. */
export function typeOf(value: Value): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "string") return "str";
  if (Array.isArray(value)) return "list";
  switch (value.kind) {
    case "string":
      return value.type ?? "str";
    case "bytes":
      return value.type ?? "bytes";
    case "mapping":
      return value.type ?? "dict";
    case "math":
      return "sympy";
    default:
      return value.type;
  }
}

/** Number of items of the whole container, or null when the value is not one. */
export function lengthOf(value: Value): number | null {
  if (Array.isArray(value)) return value.length;
  if (!isTagged(value)) return null;
  switch (value.kind) {
    case "sequence":
      return value.length ?? value.items.length;
    case "mapping":
      return value.length ?? value.entries.length;
    case "record":
      return value.length ?? Object.keys(value.fields).length;
    default:
      return null;
  }
}

/** Whether a sequence type is shown, and compared, without positions. */
export function isUnordered(type: string): boolean {
  const name = shortType(type);
  return name === "set" || name === "frozenset";
}

/** Number of elements of a tensor of that shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** JSON has no 1.0: the type of the tensor says that 1 is one. */
function isWholeFloat({ dtype }: ValueOf<"tensor">, number: number): boolean {
  return /float|half|double/.test(dtype) && Number.isInteger(number) && Math.abs(number) < 1e16;
}

/** All elements as values; of a tensor that is shown in part, those of its beginning. */
export function shownElements(tensor: ValueOf<"tensor">): Value[] {
  if (!tensor.numbers) return tensor.head ?? [];
  return tensor.numbers.map((number) =>
    typeof number === "string" || (typeof number === "number" && isWholeFloat(tensor, number))
      ? {
          kind: "number",
          type: tensor.dtype.startsWith("complex") ? "complex" : "float",
          text: typeof number === "string" ? number : `${number}.0`,
        }
      : number,
  );
}

/** A real number to draw: also of a numpy scalar and of a tensor with one element; else null. */
export function asNumber(value: Value): number | null {
  if (typeof value === "number") return value;
  if (!isTagged(value)) return null;
  if (value.kind === "tensor") {
    const [only, ...more] = shownElements(value);
    if (only === undefined || more.length > 0 || elementCount(value.shape) !== 1) return null;
    return asNumber(only);
  }
  if (value.kind !== "number" || value.type.includes("complex")) return null;
  return parsePythonNumber(value.text);
}

const NOT_FINITE = new Map([
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
]);

function parsePythonNumber(text: string): number | null {
  const known = NOT_FINITE.get(text);
  if (known !== undefined) return known;
  return /^[-+]?[\d._]+(e[-+]?\d+)?$/i.test(text) ? Number(text.replaceAll("_", "")) : null;
}
