import type { ReactNode } from "react";
import { isTagged, type Value } from "../../trace/schema";
import { contentText, pythonText } from "./format";
import "./values.css";

interface InlineValueProps {
  value: Value;
  /** Longest text, in characters. */
  limit?: number;
  /** Without the name of its type, which stands beside. */
  bare?: boolean;
}

/** One line of text, as Python would print it. */
export function InlineValue({ value, limit = 120, bare = false }: InlineValueProps): ReactNode {
  return (
    <code className={`value-inline ${colourClass(value)}`} dir="auto">
      {bare ? contentText(value, limit) : pythonText(value, limit)}
    </code>
  );
}

function colourClass(value: Value): string {
  if (value === null || typeof value === "boolean") return "value-word";
  if (typeof value === "number") return "value-number";
  if (typeof value === "string") return "value-string";
  if (!isTagged(value)) return "";
  if (value.kind === "string" || value.kind === "bytes") return "value-string";
  if (value.kind === "number") return "value-number";
  if (value.kind === "failed") return "value-failed";
  return value.kind === "elided" ? "value-muted" : "";
}
