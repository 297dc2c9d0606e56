/**
 * What changed between two values of one expression, as data that a view can print.
 *
 * Input: two Values. Output: a Change. Containers of the same type are compared item by item and
 * key by key, to any depth; anything else is replaced. `same` means: nothing that the trace shows
 * differs.
 */
import { isTagged, type Value } from "../../trace/schema";
import { pythonText, shapeText } from "./format";
import { isUnordered, lengthOf, shownElements, typeOf, type ValueOf } from "./kinds";
import { alignSequences } from "./sequenceDiff";

/** What changed between two values. */
export type Change =
  | { kind: "same" }
  | { kind: "replaced"; before: Value; after: Value }
  | TextChange
  | ContainerChange;

/** Two strings with what they share at both ends. */
export interface TextChange {
  kind: "text";
  start: string;
  removed: string;
  added: string;
  end: string;
}

/** Items or keys that came, went or changed. */
export interface ContainerChange {
  kind: "container";
  type: string;
  entries: Entry[];
  /** Number of shown items or keys that did not change. */
  unchanged: number;
  /** Lengths of the whole containers, when they differ. */
  length?: [number, number];
  /** The same keys in another order: nothing came or went. */
  reordered?: boolean;
}

/** One item or key that differs; `fact` is about the container itself. */
export type Entry =
  | { kind: "added"; key: string; value: Value }
  | { kind: "removed"; key: string; value: Value }
  | { kind: "changed"; key: string; change: Exclude<Change, { kind: "same" }> }
  | { kind: "fact"; key: string; before: string; after: string };

/** A text that is equal for equal values, whatever the order of the fields in the file. */
function valueKey(value: Value): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part) && !isRecordLike(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The fields of a record keep their order: it is the order of the class. */
function isRecordLike(part: object): boolean {
  return !("kind" in part);
}

/** Whether the trace shows two values as equal. */
export function equalValues(a: Value, b: Value): boolean {
  return a === b || valueKey(a) === valueKey(b);
}

/** The change from one value to the other, to any depth. */
export function diffValues(before: Value, after: Value): Change {
  if (equalValues(before, after)) return { kind: "same" };
  if (typeof before === "string" && typeof after === "string") return diffText(before, after);
  if (typeOf(before) !== typeOf(after)) return { kind: "replaced", before, after };
  const parts = sequenceParts(before);
  const others = sequenceParts(after);
  if (parts && others) return diffSequences(typeOf(after), parts, others);
  if (!isTagged(before) || !isTagged(after)) return { kind: "replaced", before, after };
  if (before.kind === "mapping" && after.kind === "mapping") return diffMappings(before, after);
  if (before.kind === "record" && after.kind === "record") return diffRecords(before, after);
  if (before.kind === "tensor" && after.kind === "tensor") return diffTensors(before, after);
  if (before.kind === "table" && after.kind === "table") return diffTables(before, after);
  return { kind: "replaced", before, after };
}

const SHARED_TEXT = 4;

/** Strings that share little are shown whole: `'cat'` → `'dog'` reads better than letters. */
function diffText(before: string, after: string): Change {
  const a = Array.from(before);
  const b = Array.from(after);
  const limit = Math.min(a.length, b.length);
  let start = 0;
  while (start < limit && a[start] === b[start]) start++;
  let end = 0;
  while (end < limit - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  if (start + end < SHARED_TEXT) return { kind: "replaced", before, after };
  const middle = (letters: string[]): string => letters.slice(start, letters.length - end).join("");
  return {
    kind: "text",
    start: a.slice(0, start).join(""),
    removed: middle(a),
    added: middle(b),
    end: end > 0 ? a.slice(-end).join("") : "",
  };
}

interface SequenceParts {
  items: readonly Value[];
  tail: readonly Value[];
  length: number;
}

/** A plain list and a sequence of the file are the same idea. */
function sequenceParts(value: Value): SequenceParts | null {
  if (Array.isArray(value)) return { items: value, tail: [], length: value.length };
  if (!isTagged(value) || value.kind !== "sequence") return null;
  const length = value.length ?? value.items.length;
  return { items: value.items, tail: value.tail ?? [], length };
}

function diffSequences(type: string, before: SequenceParts, after: SequenceParts): Change {
  const heads = isUnordered(type)
    ? diffSets(before.items, after.items)
    : diffItems(before.items, after.items, (index) => `[${index}]`);
  // Where the middle is left out, an index counted from the front means nothing: count from behind.
  const tails = diffItems(before.tail, after.tail, (index, items) => `[${index - items.length}]`);
  return container(type, [heads, tails], before.length, after.length);
}

interface Part {
  entries: Entry[];
  unchanged: number;
}

function container(type: string, parts: Part[], before: number, after: number): ContainerChange {
  const change: ContainerChange = {
    kind: "container",
    type,
    entries: parts.flatMap((part) => part.entries),
    unchanged: parts.reduce((sum, part) => sum + part.unchanged, 0),
  };
  if (before !== after) change.length = [before, after];
  return change;
}

type Label = (index: number, items: readonly Value[]) => string;

function diffItems(before: readonly Value[], after: readonly Value[], label: Label): Part {
  const part: Part = { entries: [], unchanged: 0 };
  for (const pair of alignSequences(before.map(valueKey), after.map(valueKey))) {
    if (pair.kind === "same") part.unchanged++;
    else if (pair.kind === "added") {
      const value = after[pair.after] ?? null;
      part.entries.push({ kind: "added", key: label(pair.after, after), value });
    } else if (pair.kind === "removed") {
      const value = before[pair.before] ?? null;
      part.entries.push({ kind: "removed", key: label(pair.before, before), value });
    } else {
      const key = label(pair.after, after);
      pushChange(part, key, before[pair.before] ?? null, after[pair.after] ?? null);
    }
  }
  return part;
}

function pushChange(part: Part, key: string, before: Value, after: Value): void {
  const change = diffValues(before, after);
  if (change.kind === "same") part.unchanged++;
  else part.entries.push({ kind: "changed", key, change });
}

function diffSets(before: readonly Value[], after: readonly Value[]): Part {
  const old = new Set(before.map(valueKey));
  const now = new Set(after.map(valueKey));
  const added = after.filter((item) => !old.has(valueKey(item)));
  const removed = before.filter((item) => !now.has(valueKey(item)));
  return {
    entries: [
      ...removed.map((value): Entry => ({ kind: "removed", key: "", value })),
      ...added.map((value): Entry => ({ kind: "added", key: "", value })),
    ],
    unchanged: after.length - added.length,
  };
}

type Keyed = readonly (readonly [key: string, label: string, value: Value])[];

function diffKeyed(before: Keyed, after: Keyed): Part {
  const part: Part = { entries: [], unchanged: 0 };
  const old = new Map(before.map(([key, , value]) => [key, value]));
  const now = new Set(after.map(([key]) => key));
  for (const [key, label, value] of before) {
    if (!now.has(key)) part.entries.push({ kind: "removed", key: label, value });
  }
  for (const [key, label, value] of after) {
    const previous = old.get(key);
    if (previous === undefined) part.entries.push({ kind: "added", key: label, value });
    else pushChange(part, label, previous, value);
  }
  return part;
}

function diffMappings(before: ValueOf<"mapping">, after: ValueOf<"mapping">): Change {
  const keyed = (mapping: ValueOf<"mapping">): Keyed =>
    mapping.entries.map(([key, value]) => [valueKey(key), `[${pythonText(key, 60)}]`, value]);
  const part = diffKeyed(keyed(before), keyed(after));
  const change = container(typeOf(after), [part], lengthOf(before) ?? 0, lengthOf(after) ?? 0);
  if (part.entries.length === 0 && !change.length) change.reordered = true;
  return change;
}

function diffRecords(before: ValueOf<"record">, after: ValueOf<"record">): Change {
  const keyed = (record: ValueOf<"record">): Keyed =>
    Object.entries(record.fields).map(([name, value]) => [name, `.${name}`, value]);
  const part = diffKeyed(keyed(before), keyed(after));
  const change = container(after.type, [part], lengthOf(before) ?? 0, lengthOf(after) ?? 0);
  if (part.entries.length === 0 && !change.length) change.reordered = true;
  return change;
}

function diffTensors(before: ValueOf<"tensor">, after: ValueOf<"tensor">): Change {
  const old = tensorFacts(before);
  const now = tensorFacts(after);
  const names = [...new Set([...old.keys(), ...now.keys()])];
  const facts = names.flatMap((key): Entry[] => {
    const [a, b] = [old.get(key) ?? "–", now.get(key) ?? "–"];
    return a === b ? [] : [{ kind: "fact", key, before: a, after: b }];
  });
  const sameShape = shapeText(before.shape) === shapeText(after.shape);
  const parts: Part[] = [{ entries: facts, unchanged: 0 }];
  if (sameShape) {
    parts.push(diffItems(shownElements(before), shownElements(after), elementLabel(after.shape)));
    parts.push(
      diffItems(before.tail ?? [], after.tail ?? [], (index, all) => `[${index - all.length}]`),
    );
  }
  return container(after.type, parts, 0, 0);
}

/** `[1, 0]`: where an element lies, as Python would index it. */
function elementLabel(shape: readonly number[]): Label {
  return (index) => {
    const place: number[] = [];
    let rest = index;
    for (const size of shape.toReversed()) {
      place.unshift(size > 0 ? rest % size : 0);
      rest = size > 0 ? Math.floor(rest / size) : 0;
    }
    return `[${place.join(", ")}]`;
  };
}

function tensorFacts(value: ValueOf<"tensor">): Map<string, string> {
  const facts = new Map([
    ["shape", shapeText(value.shape)],
    ["dtype", value.dtype],
    ["device", value.device ?? "cpu"],
    ["strides", value.strides ? shapeText(value.strides) : "contiguous"],
    ["layout", value.layout ?? "strided"],
    ["view", value.view ? "True" : "False"],
    ["requires_grad", value.requires_grad ? "True" : "False"],
    ["shares storage with", (value.shares ?? []).join(", ") || "nothing inspected"],
  ]);
  const statistics = value.statistics;
  if (statistics) {
    for (const name of ["min", "max", "mean", "std"] as const) facts.set(name, statistics[name]);
    if (statistics.nan) facts.set("nan", String(statistics.nan));
    if (statistics.inf) facts.set("inf", String(statistics.inf));
  }
  return facts;
}

function diffTables(before: ValueOf<"table">, after: ValueOf<"table">): Change {
  const facts: Entry[] = [];
  const columns = (table: ValueOf<"table">): string =>
    table.columns.map((name, i) => `${name}: ${table.dtypes[i] ?? ""}`).join(", ");
  if (columns(before) !== columns(after)) {
    facts.push({ kind: "fact", key: "columns", before: columns(before), after: columns(after) });
  }
  const rows = diffItems(before.rows, after.rows, (index) => `row ${index}`);
  const parts = [{ entries: facts, unchanged: 0 }, rows];
  return container(after.type, parts, before.length, after.length);
}
