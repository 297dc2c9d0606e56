/** Search over headings, texts, code and variable names of one lecture. */
import type { Rendering } from "./schema";
import { stepsAtLine, type TraceIndex } from "./traceIndex";

export type HitKind = "heading" | "text" | "variable" | "code";

export interface SearchHit {
  kind: HitKind;
  path: string;
  line: number;
  /** The step to go to, or null for a line that never ran. */
  step: number | null;
  /** The line or paragraph that matched. */
  text: string;
}

interface Entry extends SearchHit {
  folded: string;
}

export type SearchIndex = readonly Entry[];

const ORDER: Record<HitKind, number> = { heading: 0, text: 1, variable: 2, code: 3 };

/** Compare without case and accents. */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

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
    case "plot":
    case "video":
      return "";
  }
}

function textEntries(index: TraceIndex): SearchHit[] {
  const hits: SearchHit[] = index.sections.map((section) => ({
    kind: "heading",
    path: section.path,
    line: section.line,
    step: section.step,
    text: section.title,
  }));
  const seen = new Set<string>();
  for (const [path, lines] of index.outputSteps) {
    for (const [line, steps] of lines) {
      for (const step of steps) {
        for (const output of index.trace.steps[step]?.outputs ?? []) {
          for (const paragraph of renderingText(output).split("\n")) {
            const text = paragraph.trim();
            if (text === "" || /^#{1,6}\s/.test(text) || seen.has(`${line} ${text}`)) continue;
            seen.add(`${line} ${text}`);
            hits.push({ kind: "text", path, line, step, text });
          }
        }
      }
    }
  }
  return hits;
}

function variableEntries(index: TraceIndex): SearchHit[] {
  const hits: SearchHit[] = [];
  const seen = new Set<string>();
  index.trace.steps.forEach((step, id) => {
    for (const name in step.changes ?? {}) {
      const frame = index.trace.frames[step.frame];
      const key = `${frame?.path}:${frame?.function}:${name}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const path = frame?.path ?? index.trace.main;
      const text = `${name} — in ${frame?.function ?? "?"}`;
      hits.push({ kind: "variable", path, line: index.stepLine[id] ?? step.line, step: id, text });
    }
  });
  return hits;
}

function codeEntries(index: TraceIndex): SearchHit[] {
  return [...index.sources.values()].flatMap((source) =>
    source.lines.flatMap((text, at): SearchHit[] => {
      if (text.trim() === "") return [];
      const line = at + 1;
      const step = stepsAtLine(index, source.path, line)[0] ?? null;
      return [{ kind: "code", path: source.path, line, step, text: text.trim() }];
    }),
  );
}

export function buildSearchIndex(index: TraceIndex): SearchIndex {
  const hits = [...textEntries(index), ...variableEntries(index), ...codeEntries(index)];
  return hits.map((hit) => ({ ...hit, folded: fold(hit.text) }));
}

/** Entries that contain every word of the query: headings first, then in order of the lecture. */
export function search(entries: SearchIndex, query: string, most = 60): SearchHit[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = entries.filter((entry) => words.every((word) => entry.folded.includes(word)));
  const score = (entry: Entry) =>
    ORDER[entry.kind] * 2 - (entry.folded.startsWith(words[0] ?? "") ? 1 : 0);
  return found
    .map((entry, at) => ({ entry, at, score: score(entry) }))
    .sort((one, other) => one.score - other.score || one.at - other.at)
    .slice(0, most)
    .map(({ entry: { kind, path, line, step, text } }) => ({ kind, path, line, step, text }));
}
