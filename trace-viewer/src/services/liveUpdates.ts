/** Listens to a service that records lectures again; static hosting has none and is never asked. */
import { readLiveEvent, type LiveEvent } from "../state/live";

/** Told by the answer that brought the trace, so that no other host is asked for what it lacks. */
const LIVE_HEADER = "X-Live-Events";

/** Address of the events, of this origin, or null. */
export function liveAddress(headers: Headers, page: string): string | null {
  const path = headers.get(LIVE_HEADER);
  if (path === null) return null;
  const url = new URL(path, page);
  return url.origin === new URL(page).origin ? url.href : null;
}

/** Calls back for every event of one lecture. The browser connects again by itself. */
export function followLive(
  address: string,
  lecture: string,
  onEvent: (event: LiveEvent) => void,
): () => void {
  const source = new EventSource(address);
  source.onmessage = (message: MessageEvent<string>) => {
    const event = readLiveEvent(message.data);
    if (event?.lecture === lecture) onEvent(event);
  };
  return () => source.close();
}
