/**
 * A speaker's window and the one that is projected: two windows that belong together, and no others.
 *
 * The pair has an id in the windows' names, which survives a reload and is in no address: a copied
 * link or a second tab of the same lecture never joins.
 */
import type { Classroom } from "../state/classroom";
import type { AnimateMode } from "../state/urlState";

/** Where a window is in the lecture. */
export interface Position {
  step: number;
  shown: number | null;
  animate: AnimateMode;
}

/** Which of the two a window is. */
export type Side = "presenter" | "audience";

/** What one window tells the other; `from` is the sender. */
export type PairMessage =
  /** A window opened: the other one answers with its state. */
  | { type: "hello"; from: Side }
  | { type: "state"; from: Side; position: Position; classroom: Classroom }
  /** The window closes, or is loaded again. */
  | { type: "bye"; from: Side };

/** One end of the connection. */
export interface PairChannel {
  send(message: PairMessage): void;
  close(): void;
}

const NAME = /^lecture-pair:([\w-]+):(?:presenter|audience)$/;
const nameOf = (id: string, side: Side) => `lecture-pair:${id}:${side}`;

/** Id of the pair that this window is in, or null. */
export function pairOf(page: Window): string | null {
  return NAME.exec(page.name)?.[1] ?? null;
}

/** Opens the other window of the pair, a new pair if need be; null where the browser refuses. */
export function openOther(page: Window, own: Side, address: string): string | null {
  const id = pairOf(page) ?? crypto.randomUUID();
  const other = own === "presenter" ? "audience" : "presenter";
  const opened = page.open(address, nameOf(id, other), "popup,width=1100,height=760");
  if (!opened) return null;
  page.name = nameOf(id, own);
  return id;
}

/** Joins the windows of a pair that show the trace `key`. */
export function joinPair(
  id: string,
  key: string,
  receive: (message: PairMessage) => void,
): PairChannel {
  const channel = new BroadcastChannel(`lecture-pair:${id}:${key}`);
  channel.addEventListener("message", (event: MessageEvent<PairMessage>) => receive(event.data));
  return {
    send: (message) => channel.postMessage(message),
    close: () => channel.close(),
  };
}
