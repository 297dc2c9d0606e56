/**
 * Data of format version 1 → version 2, in place. Called before the data is checked, so nothing is
 * taken for granted about its shape.
 *
 * Version 1 repeated a benchmark's earlier rows in every output of the same name, and wrote the
 * elements of a small tensor as values.
 */
type Data = Record<string, unknown>;

const MOST_NUMBERS = 64;

const isRecord = (value: unknown): value is Data =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The elements as version 2 writes them, or null where one of them is no number. */
function numbersOf(head: unknown[]): unknown[] | null {
  const numbers = head.map((item) => {
    if (typeof item === "number" || typeof item === "boolean") return item;
    return isRecord(item) && item["kind"] === "number" ? item["text"] : null;
  });
  return numbers.includes(null) ? null : numbers;
}

function convertTensor(tensor: Data): void {
  const { shape, head, tail } = tensor;
  if (!Array.isArray(shape) || !Array.isArray(head) || head.length > MOST_NUMBERS) return;
  if (Array.isArray(tail) && tail.length > 0) return;
  const count = shape.reduce<number>((product, size) => product * Number(size), 1);
  const numbers = count === head.length ? numbersOf(head) : null;
  if (numbers === null) return;
  delete tensor["head"];
  delete tensor["tail"];
  tensor["numbers"] = numbers;
}

/** Tensors wherever they are; deeper than any value of the engine nothing is looked at. */
function convertValue(value: unknown, depth = 0): void {
  if (typeof value !== "object" || value === null || depth > 40) return;
  if (isRecord(value) && value["kind"] === "tensor") return convertTensor(value);
  for (const part of Object.values(value)) convertValue(part, depth + 1);
}

/** Keeps of each output only the rows that those before it did not have. */
function convertBenchmark(output: Data, rows: Map<unknown, number>): void {
  const all = output["rows"];
  if (!Array.isArray(all)) return;
  const known = rows.get(output["name"]) ?? 0;
  rows.set(output["name"], all.length);
  if (all.length >= known) output["rows"] = all.slice(known);
}

/** Makes version 2 of it; what is wrong in the data stays wrong, for the check to find. */
export function convertVersion1(data: Data): void {
  data["schema"] = 2;
  if (!Array.isArray(data["steps"])) return;
  const rows = new Map<unknown, number>();
  for (const step of data["steps"] as unknown[]) {
    if (!isRecord(step)) continue;
    convertValue(step["changes"]);
    for (const output of Array.isArray(step["outputs"]) ? (step["outputs"] as unknown[]) : []) {
      if (isRecord(output) && output["kind"] === "benchmark") convertBenchmark(output, rows);
    }
  }
}
