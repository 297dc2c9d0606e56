/**
 * Serves what traces refer to during `dev` and `preview`: `var/traces`, `var/files` and pictures
 * elsewhere in the checkout. Confined: no dot files, no way out by `..` or by a link, GET only.
 */
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";

const TYPES: Record<string, string> = {
  ".json": "application/json; charset=utf-8",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".svg": "image/svg+xml",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
};

/** The path relative to the checkout that a request may read, or null. */
export function allowedPath(pathname: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  const parts = decoded.split("/").filter((part) => part !== "");
  const bad = (part: string) => part.startsWith(".") || /[\\:\p{Cc}]/u.test(part);
  if (parts.length === 0 || parts.some(bad)) return null;
  const extension = extname(decoded).toLowerCase();
  if (!(extension in TYPES) || parts[0] === "node_modules") return null;
  if (parts[0] === "var")
    return ["traces", "files"].includes(parts[1] ?? "") ? join(...parts) : null;
  return extension === ".json" ? null : join(...parts);
}

/** The real file behind a relative path, or null when it is missing or outside `root`. */
async function confined(root: string, relative: string): Promise<string | null> {
  try {
    const base = await realpath(root);
    const file = await realpath(join(base, relative));
    if (!file.startsWith(base + sep) || !(await stat(file)).isFile()) return null;
    return file;
  } catch {
    return null;
  }
}

/** The bytes that `Range: bytes=first-last` asks for, or null for the whole file. */
export function askedRange(header: string | undefined, size: number): [number, number] | null {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === undefined || Number(first) >= size) return null;
  return [Number(first), Math.min(last ? Number(last) : size - 1, size - 1)];
}

function sendHeaders(response: ServerResponse, file: string, size: number): void {
  response.setHeader("Content-Type", TYPES[extname(file).toLowerCase()] ?? "");
  response.setHeader("Content-Length", size);
  response.setHeader("Accept-Ranges", "bytes");
  response.setHeader("Cache-Control", "no-cache");
  response.setHeader("X-Content-Type-Options", "nosniff");
  // An SVG opened by itself is a document: it may run nothing and reach nothing.
  response.setHeader(
    "Content-Security-Policy",
    "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  );
}

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** A middleware that answers for files under `root` and leaves everything else to `next`. */
export function checkoutFiles(root: string): Handler {
  return (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const method = request.method ?? "GET";
    const pathname = (request.url ?? "/").split(/[?#]/, 1)[0] ?? "/";
    const relative = method === "GET" || method === "HEAD" ? allowedPath(pathname) : null;
    const missing = () => {
      if (!pathname.startsWith("/var/")) return next();
      response.statusCode = 404;
      response.setHeader("Content-Type", "text/plain; charset=utf-8");
      response.end(`${pathname}: not found\n`);
    };
    if (relative === null) return missing();
    void confined(root, relative).then(async (file) => {
      if (file === null) return missing();
      const { size } = await stat(file);
      sendHeaders(response, file, size);
      if (method === "HEAD") return response.end();
      const range = askedRange(request.headers.range, size);
      if (!range) return createReadStream(file).pipe(response);
      const [start, end] = range;
      response.statusCode = 206;
      response.setHeader("Content-Length", end - start + 1);
      response.setHeader("Content-Range", `bytes ${start}-${end}/${size}`);
      createReadStream(file, { start, end }).pipe(response);
    });
  };
}
