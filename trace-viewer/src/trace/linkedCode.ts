/** The places of code that a lecture's cards lead to. Pure. */
import type { Rendering } from "./schema";
import type { TraceIndex } from "./traceIndex";

/** Lines of a file of the trace, with the name that the lecture gives them. */
export interface LinkedCode {
  path: string;
  first: number;
  last: number;
  name: string;
  /** The first card that leads there. */
  card: Rendering;
}

/** Id of a place within a printed page. */
export function codeAnchor({
  path,
  first,
  last,
}: Pick<LinkedCode, "path" | "first" | "last">): string {
  return `code-${path.replace(/[^\w-]/g, "-")}-${first}-${last}`;
}

/** Id of the first card that leads there, to come back to. */
export function cardAnchor(place: Pick<LinkedCode, "path" | "first" | "last">): string {
  return `to-${codeAnchor(place)}`;
}

/** Each place once, in order of the lecture; only files that the trace holds. */
export function linkedCode(index: TraceIndex): LinkedCode[] {
  const found = new Map<string, LinkedCode>();
  for (const { outputs } of index.trace.steps) {
    for (const output of outputs ?? []) {
      if (output.kind !== "source" || !index.sources.get(output.path)?.text) continue;
      const { path, first, last, name } = output;
      const place = { path, first, last, name, card: output };
      if (!found.has(codeAnchor(place))) found.set(codeAnchor(place), place);
    }
  }
  return [...found.values()];
}
