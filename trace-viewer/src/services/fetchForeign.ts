/**
 * A trace of another origin, after the reader agreed to it.
 *
 * The page's own policy forbids connections elsewhere, so that nothing in a trace can make one. A
 * hidden page of ours (`foreign.html`) with a policy that allows them fetches the text, sends no
 * credentials, runs nothing else and shows nothing.
 */
import { TraceError } from "../trace/traceError";

/** The text of an address, or why there is none. */
export interface ForeignAnswer {
  url: string;
  text?: string;
  error?: string;
}

const PATIENCE_MS = 30_000;

/** The text at `url`; a TraceError where it cannot be had. */
export function fetchForeign(url: URL): Promise<string> {
  const frame = document.createElement("iframe");
  frame.src = new URL("foreign.html", document.baseURI).href;
  frame.hidden = true;
  frame.title = "Fetches a trace";
  return new Promise<string>((resolve, reject) => {
    const finish = (answer: ForeignAnswer) => {
      clearTimeout(timer);
      removeEventListener("message", receive);
      frame.remove();
      if (answer.text !== undefined) return resolve(answer.text);
      const detail = `${url.href}: ${answer.error ?? "no answer"}.`;
      const advice = "Download the file and drop it onto this page instead.";
      reject(new TraceError("The trace cannot be fetched from there", detail, advice));
    };
    const receive = (event: MessageEvent<ForeignAnswer>) => {
      if (event.origin !== location.origin || event.source !== frame.contentWindow) return;
      if (event.data.url === url.href) finish(event.data);
    };
    const timer = setTimeout(
      () => finish({ url: url.href, error: "no answer in time" }),
      PATIENCE_MS,
    );
    addEventListener("message", receive);
    frame.addEventListener("load", () =>
      frame.contentWindow?.postMessage({ url: url.href }, location.origin),
    );
    document.body.append(frame);
  });
}
