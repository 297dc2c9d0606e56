/** Script of `foreign.html`: fetches the one address that the page around it asks for. */
import type { ForeignAnswer } from "./fetchForeign";

async function answer(url: string): Promise<ForeignAnswer> {
  try {
    const response = await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer" });
    if (!response.ok) return { url, error: `the server answered ${response.status}` };
    return { url, text: await response.text() };
  } catch (error) {
    return { url, error: error instanceof Error ? error.message : String(error) };
  }
}

addEventListener("message", (event: MessageEvent<{ url?: unknown }>) => {
  const { url } = event.data;
  if (event.origin !== location.origin || event.source !== parent || typeof url !== "string")
    return;
  void answer(url).then((result) => parent.postMessage(result, location.origin));
});
