/**
 * The trace inside the page itself, as a lecture exported to one file has it:
 * `<script type="application/json" id="embedded-trace">{"name", "trace", "assets"}</script>`.
 */
import { TraceError } from "../trace/traceError";

/** What the page carries. */
export interface EmbeddedTrace {
  /** What messages call it, such as `lecture_01`. */
  name: string;
  /** As in a trace file; not checked yet. */
  trace: unknown;
  /** Path in the checkout → `data:` address. */
  assets: Readonly<Record<string, string>>;
}

const ID = "embedded-trace";

/** Whether the page carries a trace. */
export function hasEmbedded(page: Document): boolean {
  return page.getElementById(ID) !== null;
}

/** Null in a page without one: then the address says what to open. */
export function readEmbedded(page: Document): EmbeddedTrace | null {
  const element = page.getElementById(ID);
  if (!element) return null;
  try {
    const { name, trace, assets = {} } = JSON.parse(element.textContent) as Partial<EmbeddedTrace>;
    return { name: name ?? ID, trace, assets };
  } catch (error) {
    throw new TraceError(
      "The lecture in this file is damaged",
      `${ID}: ${error instanceof Error ? error.message : "not JSON"}.`,
      "Export the lecture again.",
    );
  }
}

/** Pictures and films that came along; anything else, and any other address, is not shown. */
export function embeddedAsset(assets: EmbeddedTrace["assets"], path: string): string | null {
  const address = Object.hasOwn(assets, path) ? assets[path] : undefined;
  return address !== undefined && /^data:(image|video)\//.test(address) ? address : null;
}
