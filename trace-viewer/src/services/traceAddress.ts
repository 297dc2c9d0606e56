/** What `?trace=…` names, and whether it may be opened. */

type TraceLocation =
  | { kind: "here"; url: URL }
  /** Another origin: only with the reader's consent. */
  | { kind: "foreign"; url: URL }
  | { kind: "refused"; reason: string };

/** Where `?trace=…` leads: a lecture's name (with or without `.json`), or an address relative to the page. */
export function locateTrace(wanted: string, page: string): TraceLocation {
  const name = /^([\w-]+)(\.json)?$/.exec(wanted)?.[1];
  const named = name !== undefined ? `var/traces/${name}.json` : wanted;
  let url: URL;
  try {
    url = new URL(named, page);
  } catch {
    return { kind: "refused", reason: `${wanted} is not an address.` };
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const reason = `Addresses that start with ${url.protocol} are not opened.`;
    return { kind: "refused", reason };
  }
  if (url.username !== "" || url.password !== "") {
    return { kind: "refused", reason: "Addresses with a password are not opened." };
  }
  return { kind: url.origin === new URL(page).origin ? "here" : "foreign", url };
}
