/**
 * A link to code that has moved since: an address that was copied years ago still leads somewhere.
 *
 * Files are moved into folders more often than they are renamed: the file of the same name is
 * meant, if there is one, and in it the function or class of the same name.
 */
import type { TraceIndex } from "./traceIndex";

/** Number of trailing parts that two paths share: `a/b/c.py` and `x/b/c.py` share two. */
function sharedTail(one: string, other: string): number {
  const [a, b] = [one.split("/").reverse(), other.split("/").reverse()];
  const differs = a.findIndex((part, at) => part !== b[at]);
  return differs === -1 ? a.length : differs;
}

/** The path of the trace that `path` stands for, or null where none or several could be meant. */
export function findSource(index: TraceIndex, path: string): string | null {
  if (index.sources.has(path)) return path;
  const shared = [...index.sources.keys()].map(
    (known) => [known, sharedTail(known, path)] as const,
  );
  const most = Math.max(0, ...shared.map(([, count]) => count));
  const [best, ...others] = shared.filter(([, count]) => count === most);
  return best && most > 0 && others.length === 0 ? best[0] : null;
}

/** The line that defines `name`, or null. */
export function findDefinition(index: TraceIndex, path: string, name: string): number | null {
  const wanted = /^\w+$/.exec(name.split(".").at(-1) ?? "")?.[0];
  if (wanted === undefined) return null;
  const definition = new RegExp(`^\\s*(?:async\\s+def|def|class)\\s+${wanted}\\b`);
  const at = index.sources.get(path)?.lines.findIndex((line) => definition.test(line)) ?? -1;
  return at === -1 ? null : at + 1;
}
