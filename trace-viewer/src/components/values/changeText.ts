/** A change in one line, what changed first: `['key_500'] 500 → 501`. Pure. */
import type { Value } from "../../trace/schema";
import { diffValues, type Change, type Entry } from "./diff";
import { pythonText } from "./format";

const MOST_ENTRIES = 3;
const PART = 28;

function entryText(entry: Entry): string {
  switch (entry.kind) {
    case "added":
      return `${entry.key} + ${pythonText(entry.value, PART)}`.trim();
    case "removed":
      return `${entry.key} − ${pythonText(entry.value, PART)}`.trim();
    case "fact":
      return `${entry.key} ${entry.before} → ${entry.after}`;
    case "changed": {
      const inner = describe(entry.change);
      return inner.startsWith("[") || inner.startsWith(".")
        ? entry.key + inner
        : `${entry.key} ${inner}`;
    }
  }
}

function describe(change: Exclude<Change, { kind: "same" }>): string {
  switch (change.kind) {
    case "replaced":
      return `${pythonText(change.before, PART)} → ${pythonText(change.after, PART)}`;
    case "text":
      return [change.removed && `− ${change.removed}`, change.added && `+ ${change.added}`]
        .filter((part) => part !== "")
        .join(" ");
    case "container": {
      const shown = change.entries.slice(0, MOST_ENTRIES).map(entryText);
      const more = change.entries.length - shown.length;
      return shown.join(", ") + (more > 0 ? `, and ${more} more` : "");
    }
  }
}

/** What `after` has that `before` had not; the value itself where that says more. */
export function changeText(before: Value | undefined, after: Value, limit: number): string {
  const whole = pythonText(after, limit);
  // A short value says by itself what it is now.
  if (before === undefined || whole.length <= PART) return whole;
  const change = diffValues(before, after);
  if (change.kind === "same" || change.kind === "replaced") return whole;
  const text = describe(change);
  return text !== "" && text.length <= limit
    ? text
    : text === ""
      ? whole
      : `${text.slice(0, limit - 1)}…`;
}
