/** Which addresses of a trace may become links. Pure; everything not allowed is shown as text. */

const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const ARXIV = /^arxiv:\s*([a-z.-]+\/\d{7}|\d{4}\.\d{4,5})(v\d+)?$/i;

/**
 * The address to put into `href`, or null.
 *
 * Allowed: http, https, mailto, `arxiv:1706.03762`, and `?…` for another place of this viewer.
 * The browser's own parser decides what the scheme is, so that tabs, upper case and other tricks
 * (`java\nscript:`) are seen as the browser would see them.
 */
export function safeLink(address: string): string | null {
  const text = address.trim();
  const arxiv = ARXIV.exec(text);
  if (arxiv) return `https://arxiv.org/abs/${arxiv[1] ?? ""}${arxiv[2] ?? ""}`;
  if (text.startsWith("?")) return text;
  const url = parseAddress(text);
  return url && SCHEMES.has(url.protocol) ? url.href : null;
}

function parseAddress(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** Links within the viewer stay in the window; all others open beside it. */
export function isOutside(link: string): boolean {
  return !link.startsWith("?");
}

/** A path within the checkout: no scheme, no host, nothing absolute. */
export function isRelativePath(path: string): boolean {
  return path !== "" && !/^[\\/]|^[a-z][a-z0-9+.-]*:|[\0\n\r\t]/i.test(path.trim());
}

/** What a reader wants to know of an address before following it. */
export function hostOf(link: string): string {
  const url = parseAddress(link);
  return url ? url.host.replace(/^www\./, "") || url.pathname : "";
}
