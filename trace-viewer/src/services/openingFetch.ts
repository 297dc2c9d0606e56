/**
 * Asks for the trace that the address names before the rest of the program is there, so that the
 * one is fetched while the other is.
 */
import { readAddress, readPage } from "../state/urlState";
import { locateTrace } from "./traceAddress";

/** Asked again each time: the browser's copy is used only if the server says it is the same. */
const OPTIONS: RequestInit = { headers: { Accept: "application/json" }, cache: "no-cache" };

let early: { address: string; answer: Promise<Response> } | null = null;

/** Only of this origin: for any other the reader is asked first. */
export function startOpening(search: string, page: string): void {
  const { trace } = readAddress(search).address;
  if (trace === null || readPage(search) !== null) return;
  const place = locateTrace(trace, page);
  if (place.kind !== "here") return;
  const answer = fetch(place.url, OPTIONS);
  // Whoever takes the answer hears of an error; until then nobody misses it.
  answer.catch(() => undefined);
  early = { address: place.url.href, answer };
}

/** The answer for an address: the early one, once, or a new one. */
export function askFor(url: URL): Promise<Response> {
  if (early?.address !== url.href) return fetch(url, OPTIONS);
  const { answer } = early;
  early = null;
  return answer;
}
