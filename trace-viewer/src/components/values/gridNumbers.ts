/** The elements of a small tensor as cells of a grid. Pure. */
import { isTagged, type Value } from "../../trace/schema";
import { elementCount, type ValueOf } from "./kinds";

type Tensor = ValueOf<"tensor">;
type Element = NonNullable<Tensor["numbers"]>[number];

/** One cell: what it shows, all of its digits, and what it was before if that differs. */
export interface GridCell {
  text: string;
  exact: string;
  before: string | null;
}

/** One matrix of the tensor, with the leading indices that choose it: `[0, 1, :, :]`. */
export interface Grid {
  title: string;
  rows: GridCell[][];
}

const isFloating = ({ dtype }: Tensor) => /float|half|double|complex/.test(dtype);

/** Most digits after the point, as torch prints them. */
const DIGITS = 4;

/** As Python writes a number of that type, to its last digit. */
function exactText(element: Element, floating: boolean): string {
  if (typeof element === "boolean") return element ? "True" : "False";
  if (typeof element === "string") return element;
  const text = String(element);
  return floating && Number.isInteger(element) && !text.includes("e") ? `${text}.0` : text;
}

/** One way of writing for the whole tensor, so that columns can be compared. */
function writer(tensor: Tensor): (element: Element) => string {
  const floating = isFloating(tensor);
  const numbers = (tensor.numbers ?? []).filter((one) => typeof one === "number" && one !== 0);
  const sizes = numbers.map((one) => Math.abs(one as number));
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const wide = sizes.length > 0 && (high >= 1e6 || high < 1e-3 || high / low > 1e6);
  const digits = Math.min(DIGITS, Math.max(1, ...numbers.map(digitsAfterPoint)));
  return (element) => {
    if (typeof element !== "number" || !floating) return exactText(element, floating);
    return wide && element !== 0 ? element.toExponential(2) : element.toFixed(digits);
  };
}

function digitsAfterPoint(number: unknown): number {
  const text = String(number);
  return text.includes("e") ? DIGITS : (text.split(".")[1] ?? "").length;
}

const sameElement = (one: Element | undefined, other: Element | undefined) =>
  one === other || (typeof one === "number" && Math.abs(one) === 0 && other === 0);

/** Whether both have all their elements in the trace, in the same places. */
function isComparable(tensor: Tensor, previous: Tensor | null): previous is Tensor {
  return (
    previous?.numbers != null &&
    previous.shape.length === tensor.shape.length &&
    previous.shape.every((size, at) => size === tensor.shape[at])
  );
}

/** Whether a value is a tensor with all of its elements. */
export function isGrid(value: Value | undefined): value is Tensor {
  return (
    value !== undefined && isTagged(value) && value.kind === "tensor" && !!value.numbers?.length
  );
}

/** Whether `value` marks its own changes against `previous`, cell by cell. */
export function marksChanges(value: Value, previous: Value | undefined): boolean {
  return isGrid(value) && isGrid(previous) && isComparable(value, previous);
}

/** Leading indices of matrix number `at`: of shape (2, 3, 4, 5), number 4 is [1, 1]. */
function leadingIndices(shape: readonly number[], at: number): number[] {
  const found: number[] = [];
  let rest = at;
  for (const size of shape.slice(0, -2).toReversed()) {
    found.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return found;
}

/** A grid for each matrix of the last two dimensions; none for a tensor without `numbers`. */
export function gridsOf(tensor: Tensor, previous: Tensor | null = null): Grid[] {
  const { numbers, shape } = tensor;
  if (!numbers || numbers.length === 0 || numbers.length !== elementCount(shape)) return [];
  const write = writer(tensor);
  const floating = isFloating(tensor);
  const old = isComparable(tensor, previous) ? previous.numbers : null;
  const columns = shape.at(-1) ?? 1;
  const rows = shape.length > 1 ? (shape.at(-2) ?? 1) : 1;
  const cellAt = (at: number): GridCell => {
    const element = numbers[at] ?? "?";
    const changed = old != null && !sameElement(old[at], element);
    return {
      text: write(element),
      exact: exactText(element, floating),
      before: changed ? exactText(old[at] ?? "?", floating) : null,
    };
  };
  return Array.from({ length: numbers.length / (rows * columns) }, (_, matrix) => ({
    title: shape.length > 2 ? `[${[...leadingIndices(shape, matrix), ":", ":"].join(", ")}]` : "",
    rows: Array.from({ length: rows }, (_row, row) =>
      Array.from({ length: columns }, (_cell, column) =>
        cellAt((matrix * rows + row) * columns + column),
      ),
    ),
  }));
}
