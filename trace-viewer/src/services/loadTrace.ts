/** Gets trace files: by address from this origin, or from a file that the reader gave. */
import { parseIndex, parseTrace, traceOf } from "../trace/parseTrace";
import { embeddedAsset, type EmbeddedTrace } from "./embeddedTrace";
import { liveAddress } from "./liveUpdates";
import { askFor } from "./openingFetch";
import type { Index, Trace } from "../trace/schema";
import { TraceError } from "../trace/traceError";

/** A trace with what is needed to show it. */
export interface LoadedTrace {
  trace: Trace;
  /** Identifies it among open windows. */
  key: string;
  /** Folder that stands for the checkout: paths in the trace are relative to it. */
  root: string;
  /** Instead of the root, where the files came along with the trace. */
  assets?: EmbeddedTrace["assets"];
  /** Where the trace is recorded again on every save, how to follow it. */
  live?: LiveSource | null;
}

/** How a trace that is recorded again is followed. */
export interface LiveSource {
  trace: URL;
  events: string;
  /** Of the trace as it was read. */
  version: string | null;
}

const INDEX_PATH = "var/traces/index.json";

/** The folder that `var/traces/…` lies in; the page's folder for any other trace. */
export function checkoutRoot(url: URL, page: string): string {
  const match = /^(.*\/)var\/traces\/[^/]*$/.exec(url.pathname);
  return new URL(match?.[1] ?? ".", match ? url : page).href;
}

/** Address of a file that a trace refers to, or null if its path leaves the checkout. */
export function resolveAsset(root: string, path: string): string | null {
  const parts = path.split("/");
  const bad = (part: string) => part === "" || part.startsWith(".") || /[\\:\p{Cc}]/u.test(part);
  if (parts.some(bad)) return null;
  return root + parts.map(encodeURIComponent).join("/");
}

async function fetchAnswer(url: URL, name: string): Promise<Response> {
  let response: Response;
  try {
    response = await askFor(url);
  } catch (error) {
    throw new TraceError(
      "The trace cannot be reached",
      `${name}: ${error instanceof Error ? error.message : "no answer"}.`,
      "Check that the server that gave you this page is still running.",
    );
  }
  if (!response.ok) {
    throw new TraceError(
      response.status === 404 ? "There is no such trace" : "The trace cannot be read",
      `${name}: the server answered ${response.status} ${response.statusText}.`,
      "Record it with `lecture-tracer record NAME`, or choose one of the lectures below.",
    );
  }
  return response;
}

/** For messages; an address that is not well escaped is shown as it is. */
function readableName(url: URL): string {
  const path = url.pathname.replace(/^\//, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The trace at an address of this origin; a TraceError says what is wrong. */
export async function loadTrace(url: URL, page: string): Promise<LoadedTrace> {
  const name = readableName(url);
  const answer = await fetchAnswer(url, name);
  const trace = await parseTrace(await answer.text(), name);
  const events = liveAddress(answer.headers, page);
  const live = events === null ? null : { trace: url, events, version: versionOf(answer) };
  return { trace, key: url.pathname, root: checkoutRoot(url, page), live };
}

const versionOf = (answer: Response) => answer.headers.get("ETag");

/** The trace as it is now, or null when it is still the `known` version. */
export async function reloadTrace(
  { trace: url }: LiveSource,
  known: string | null,
): Promise<{ trace: Trace; version: string | null } | null> {
  const name = readableName(url);
  const answer = await fetchAnswer(url, name);
  const version = versionOf(answer);
  if (version !== null && version === known) return null;
  return { trace: await parseTrace(await answer.text(), name), version };
}

/** A trace of another origin, as the confirmation page fetched it: its pictures are not loaded. */
export async function loadText(text: string, name: string, page: string): Promise<LoadedTrace> {
  const trace = await parseTrace(text, name);
  return { trace, key: `text:${name}:${text.length}`, root: new URL(".", page).href };
}

/** The trace that is part of the page. */
export async function loadEmbedded({ name, trace, assets }: EmbeddedTrace): Promise<LoadedTrace> {
  return { trace: await traceOf(trace, name), key: `embedded:${name}`, root: "", assets };
}

/** Address of a file that an open trace refers to, or null. */
export function assetOf(open: Pick<LoadedTrace, "root" | "assets">, path: string): string | null {
  return open.assets ? embeddedAsset(open.assets, path) : resolveAsset(open.root, path);
}

/** The list of lectures; null where there is none, as beside a trace that was copied alone. */
export async function loadIndex(page: string): Promise<Index | null> {
  try {
    const url = new URL(INDEX_PATH, page);
    const answer = await fetchAnswer(url, INDEX_PATH);
    return parseIndex(await answer.text(), INDEX_PATH);
  } catch {
    return null;
  }
}
