/**
 * The address bar ⇄ what is shown. Reading never fails: what makes no sense is named in
 * `problems` and replaced, and the address is then written back as it was understood.
 *
 * `trace` file · `step` from 0 · `shown` outputs of an animated step · `animate` dim or hide ·
 * `raw` · `source`, `line`, `last` the implementation pane · `presenter` ·
 * `print` the whole lecture for paper.
 */
export type AnimateMode = "off" | "dim" | "hide";

export interface SourcePlace {
  path: string;
  first: number;
  last: number;
  name: string;
}

export interface Address {
  trace: string | null;
  step: number | null;
  shown: number | null;
  animate: AnimateMode;
  raw: boolean;
  source: SourcePlace | null;
  presenter: boolean;
}

export interface ReadAddress {
  address: Address;
  problems: string[];
}

const ANIMATE: Record<string, AnimateMode> = {
  "0": "off",
  "1": "hide",
  off: "off",
  dim: "dim",
  hide: "hide",
};
const MOST_DIGITS = 9;

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

export function readAddress(search: string): ReadAddress {
  const params = new URLSearchParams(search);
  const problems: string[] = [];
  const mode = params.get("animate");
  const animate = mode === null ? "off" : ANIMATE[mode];
  if (animate === undefined) problems.push(`animate=${mode ?? ""} is not off, dim or hide.`);
  const isSet = (name: string) => ["1", "true", ""].includes(params.get(name) ?? "0");
  return {
    address: {
      trace: params.get("trace")?.trim() || null,
      step: readNumber(params, "step", problems),
      shown: readNumber(params, "shown", problems),
      animate: animate ?? "off",
      raw: isSet("raw"),
      source: readSource(params, problems),
      presenter: isSet("presenter"),
    },
    problems,
  };
}

/** Whether the whole lecture is wanted for paper, instead of the page to read it with. */
export function wantsHandout(search: string): boolean {
  return ["1", "true", ""].includes(new URLSearchParams(search).get("print") ?? "0");
}

/** The query string of an address, `?` included; empty where everything is at its default. */
export function formatAddress(address: Address): string {
  const params = new URLSearchParams();
  if (address.trace) params.set("trace", address.trace);
  if (address.step !== null) params.set("step", String(address.step));
  if (address.shown !== null) params.set("shown", String(address.shown));
  if (address.animate !== "off") params.set("animate", address.animate);
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
