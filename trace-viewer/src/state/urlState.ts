/**
 * The address bar ⇄ what is shown: the one place that knows what an address is made of. Reading
 * never fails: what makes no sense is named in `problems` and replaced, and the address is then
 * written back as it was understood.
 *
 * `trace` name or address, or `file` from the reader's disk · `step` from 0 · `shown` outputs of
 * an animated step · `frame` a call of the stack · `variable` the marked one · `animate` dim or
 * hide · `raw` · `source`, `line`, `last` the implementation pane · `presenter` · `print` the whole
 * lecture for paper · `page` a page of the course instead of a lecture, with parameters of its own;
 * what else such an address says is the place that the page leads back to.
 */
export type AnimateMode = "off" | "dim" | "hide";

/** Lines of a file, both ends included, from 1. */
export interface SourcePlace {
  path: string;
  first: number;
  last: number;
  name: string;
}

/** What is open, and in which window: it stays while the reader moves. */
export interface Opening {
  trace: string | null;
  /** Name of a file from the reader's disk, which this browser keeps. */
  file: string | null;
  presenter: boolean;
}

/** Everything that an address can say; null where it says nothing. */
export interface Address extends Opening {
  step: number | null;
  shown: number | null;
  /** Number of a frame, as in the trace; null for the step's own. */
  frame: number | null;
  variable: string | null;
  animate: AnimateMode;
  raw: boolean;
  source: SourcePlace | null;
}

/** An address as it was understood, with what made no sense. */
export interface ReadAddress {
  address: Address;
  problems: string[];
}

const ANIMATE = new Map<string, AnimateMode>([
  ["0", "off"],
  ["1", "hide"],
  ["off", "off"],
  ["dim", "dim"],
  ["hide", "hide"],
]);
const MOST_DIGITS = 9;

const isSet = (params: URLSearchParams, name: string): boolean =>
  ["1", "true", ""].includes(params.get(name) ?? "0");

/** A whole number parameter, or null with a problem when it is something else. */
function readNumber(params: URLSearchParams, name: string, problems: string[]): number | null {
  const text = params.get(name);
  if (text === null) return null;
  const number = Number(text);
  if (/^-?\d+$/.test(text) && text.length <= MOST_DIGITS) return number;
  problems.push(`${name}=${text.slice(0, 20)} is not a ${name} number.`);
  return null;
}

function readSource(params: URLSearchParams, problems: string[]): SourcePlace | null {
  const path = params.get("source");
  if (!path) return null;
  const first = Math.max(readNumber(params, "line", problems) ?? 1, 1);
  const last = Math.max(readNumber(params, "last", problems) ?? first, first);
  return { path, first, last, name: params.get("name") ?? "" };
}

/** Reads a query string, `?` included. */
export function readAddress(search: string): ReadAddress {
  const params = new URLSearchParams(search);
  const problems: string[] = [];
  const mode = params.get("animate");
  const animate = mode === null ? "off" : ANIMATE.get(mode);
  if (animate === undefined) problems.push(`animate=${mode ?? ""} is not off, dim or hide.`);
  return {
    address: {
      trace: params.get("trace")?.trim() || null,
      file: params.get("file") || null,
      presenter: isSet(params, "presenter"),
      step: readNumber(params, "step", problems),
      shown: readNumber(params, "shown", problems),
      frame: readNumber(params, "frame", problems),
      variable: params.get("variable") || null,
      animate: animate ?? "off",
      raw: isSet(params, "raw"),
      source: readSource(params, problems),
    },
    problems,
  };
}

/** The page of the course that an address names, or null for a lecture or the start page. */
export function readPage(search: string): string | null {
  return new URLSearchParams(search).get("page") || null;
}

/** The query string of a page of the course; `back` is the place that it leads back to. */
export function formatPage(
  page: string,
  parameters: Record<string, string> = {},
  back: Partial<Address> = {},
): string {
  const own = new URLSearchParams({ page, ...parameters }).toString();
  return `?${own}${formatAddress(back).replace(/^\?/, "&")}`;
}

/** Whether the whole lecture is wanted for paper, instead of the page to read it with. */
export function wantsHandout(search: string): boolean {
  return isSet(new URLSearchParams(search), "print") || wantsPrinter(search);
}

/** Whether the handout is to have the speaker's notes in their places. */
export function wantsNotes(search: string): boolean {
  return isSet(new URLSearchParams(search), "notes");
}

/** Whether it is to be printed as soon as it has come to rest. */
export function wantsPrinter(search: string): boolean {
  return new URLSearchParams(search).get("print") === "now";
}

/** The address of the handout of what is open, to be printed at once. */
export function printAddress(opening: Pick<Opening, "trace" | "file">): string {
  const address = formatAddress({ trace: opening.trace, file: opening.file });
  return `${address === "" ? "?" : `${address}&`}print=now`;
}

/** The query string of an address, `?` included; empty where everything is at its default. */
export function formatAddress(address: Partial<Address>): string {
  const params = new URLSearchParams();
  const set = (name: "trace" | "file" | "step" | "shown" | "frame" | "variable") => {
    const value = address[name] ?? "";
    if (value !== "") params.set(name, String(value));
  };
  (["trace", "file", "step", "shown", "frame", "variable"] as const).forEach(set);
  if (address.animate && address.animate !== "off") params.set("animate", address.animate);
  if (address.raw) params.set("raw", "1");
  if (address.source) {
    params.set("source", address.source.path);
    params.set("line", String(address.source.first));
    if (address.source.last > address.source.first) params.set("last", String(address.source.last));
    if (address.source.name) params.set("name", address.source.name);
  }
  if (address.presenter) params.set("presenter", "1");
  // Slashes need no escape in a query, and a readable address is easier to pass on.
  const text = params.toString().replaceAll("%2F", "/");
  return text === "" ? "" : `?${text}`;
}
