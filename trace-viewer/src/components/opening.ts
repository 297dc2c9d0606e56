/** From an address, a file or another site's trace to what the page shows: each gives a Load. */
import { hasEmbedded, readEmbedded } from "../services/embeddedTrace";
import { fetchForeign } from "../services/fetchForeign";
import { keepFile, readKept } from "../services/keptFiles";
import { loadEmbedded, loadText, loadTrace, type LoadedTrace } from "../services/loadTrace";
import { locateTrace } from "../services/traceAddress";
import { formatAddress, readAddress, readPage, type ReadAddress } from "../state/urlState";
import type { Trace } from "../trace/schema";
import { TraceError } from "../trace/traceError";
import { buildIndex } from "../trace/traceIndex";
import { hasFormula } from "../trace/formulas";
import { preloadText } from "./renderings";
import type { OpenTrace } from "./TraceScreen";

/** What came of an attempt to open something. */
export type Load =
  | { kind: "picking" }
  /** A page of the course. */
  | { kind: "page"; page: string }
  | { kind: "loading" }
  | { kind: "asking"; url: URL }
  /** The address names a file from a disk that this browser does not have. */
  | { kind: "missing"; file: string }
  | { kind: "failed"; error: TraceError }
  | { kind: "ready"; id: number; open: OpenTrace; opened: ReadAddress };

const FIRST_STEPS = 40;

/** Whether the beginning of the lecture has a formula: what draws it is then fetched at once. */
function beginsWithFormulas(trace: Trace): boolean {
  return trace.steps
    .slice(0, FIRST_STEPS)
    .some(({ outputs }) => outputs?.some((one) => one.kind === "text" && hasFormula(one.text)));
}

let openings = 0;

async function ready(loaded: LoadedTrace, opened: ReadAddress): Promise<Load> {
  const { trace, ...place } = loaded;
  const text = preloadText(beginsWithFormulas(trace));
  const index = buildIndex(trace);
  // The first view has its text at once, not its source before.
  await text;
  return { kind: "ready", id: ++openings, opened, open: { ...place, index } };
}

function asTraceError(error: unknown): TraceError {
  if (error instanceof TraceError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new TraceError("The trace cannot be shown", detail, "Please report this with the file.");
}

/** What came of it; an error is something to show, too. */
export async function outcomeOf(work: () => Promise<Load>): Promise<Load> {
  try {
    return await work();
  } catch (error) {
    return { kind: "failed", error: asTraceError(error) };
  }
}

/** Opens what the page's address names. */
export async function loadAddress(): Promise<Load> {
  const page = document.baseURI;
  const opened = readAddress(location.search);
  const { trace: wanted, file } = opened.address;
  const course = readPage(location.search);
  if (course !== null && !hasEmbedded(document)) return { kind: "page", page: course };
  if (file !== null) {
    const text = await readKept(file);
    if (text === null) return { kind: "missing", file };
    return ready(await loadText(text, file, page), opened);
  }
  const embedded = readEmbedded(document);
  if (embedded) return ready(await loadEmbedded(embedded), opened);
  if (!wanted) return { kind: "picking" };
  const place = locateTrace(wanted, page);
  if (place.kind === "refused") {
    throw new TraceError("This address is not opened", place.reason, "Choose a lecture below.");
  }
  if (place.kind === "foreign") return { kind: "asking", url: place.url };
  return ready(await loadTrace(place.url, page), opened);
}

const NOT_KEPT = "This browser keeps no files: after a reload, choose the file again.";

/**
 * A file from the reader's disk. Kept once it has proved to be a trace; the same file again, a
 * newer version of it perhaps, is shown at the place where the reader was.
 */
export async function loadFile(file: File): Promise<Load> {
  const text = await file.text();
  const loaded = await loadText(text, file.name, document.baseURI);
  const kept = await keepFile(file.name, text);
  if (readAddress(location.search).address.file !== file.name) {
    const address = formatAddress({ file: file.name, step: 0 });
    history.pushState(null, "", location.pathname + address);
  }
  const opened = readAddress(location.search);
  const problems = kept ? opened.problems : [...opened.problems, NOT_KEPT];
  return ready(loaded, { ...opened, problems });
}

/** A trace of another site, after the reader agreed to it. */
export async function loadForeign(url: URL): Promise<Load> {
  const text = await fetchForeign(url);
  const loaded = await loadText(text, url.href, document.baseURI);
  return ready(loaded, readAddress(location.search));
}
