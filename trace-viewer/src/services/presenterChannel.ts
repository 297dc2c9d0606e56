/** Keeps windows that show the same trace at the same step. */
import type { AnimateMode } from "../state/urlState";

/** What windows in step share. */
export interface Position {
  step: number;
  shown: number | null;
  animate: AnimateMode;
}

type Message =
  | { type: "position"; position: Position }
  /** A window opened: whoever is there answers with its position. */
  | { type: "hello" };

interface PresenterChannel {
  send(message: Message): void;
  close(): void;
}

/** Joins the windows of `key`; `receive` is called with what others send. */
export function openChannel(key: string, receive: (message: Message) => void): PresenterChannel {
  const channel = new BroadcastChannel(`lecture-trace-viewer:${key}`);
  channel.addEventListener("message", (event: MessageEvent<Message>) => receive(event.data));
  return {
    send: (message) => channel.postMessage(message),
    close: () => channel.close(),
  };
}
