/** What a rendering says in words. */
import type { Rendering } from "./schema";

/** The words of a rendering that a reader would look for. */
export function renderingText(rendering: Rendering): string {
  switch (rendering.kind) {
    case "text":
    case "note":
    case "code":
      return rendering.text;
    case "image":
      return rendering.alt ?? "";
    case "table":
      return [rendering.caption ?? "", ...rendering.columns].join(" ");
    case "graph":
      return rendering.nodes.map((node) => node.label ?? node.id).join(" ");
    case "link":
      return [rendering.title, ...(rendering.authors ?? []), rendering.url].join(" ");
    case "source":
      return `${rendering.title ?? ""} ${rendering.name}`;
    case "command":
      return `${rendering.command} ${rendering.text}`;
    case "benchmark":
      return [rendering.name, ...rendering.rows.map((row) => row.label)].join(" ");
    case "missing":
      return rendering.what;
    case "question":
      return [rendering.text, ...(rendering.choices ?? [])].join("\n\n");
    case "answer":
      return rendering.text ?? "";
    case "ranks":
      return rendering.title ?? "";
    case "plot":
    case "video":
      return "";
  }
}
