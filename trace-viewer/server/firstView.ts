/**
 * One file for what the page's program imports at once. Left alone, the bundler makes a file of
 * each piece that a part loaded later imports too: a dozen small requests before the first line.
 */
import type { Rolldown } from "vite";

/** Whether a module is loaded whenever the entry is: by imports, not on demand. */
function isPartOf(entry: string, id: string, context: Rolldown.ChunkingContext): boolean {
  const seen = new Set<string>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.endsWith(entry)) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(context.getModuleInfo(at)?.importers ?? []));
  }
  return false;
}

/** Entries that run before the program, or beside it, stay as small as they are. */
const OTHERS = ["/src/early.ts", "/foreign.html"];

/** For `output.codeSplitting`. */
export const FIRST_VIEW = {
  // Else what the other entries need would come along, and they would wait for all of it.
  includeDependenciesRecursively: false,
  groups: [
    {
      name(id: string, context: Rolldown.ChunkingContext): string | null {
        if (OTHERS.some((entry) => isPartOf(entry, id, context))) return null;
        return isPartOf("/src/main.tsx", id, context) ? "view" : null;
      },
    },
  ],
};
