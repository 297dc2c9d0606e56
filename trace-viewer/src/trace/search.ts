/**
 * Search over headings, texts, code and variable names of one lecture and of the files that it
 * refers to: what there is to be found; `find` finds it.
 */
import { find, fold, type Searched } from "./find";
import type { Rendering } from "./schema";
import { renderingText } from "./renderingText";
import { plainText, sectionAt } from "./sections";
import { stepsAtLine, type TraceIndex } from "./traceIndex";
import { showsOnly } from "./visibleLines";

type HitKind = "heading" | "question" | "text" | "answer" | "variable" | "code";

/** A match, and where it leads. */
export interface SearchHit {
  kind: HitKind;
  path: string;
  line: number;
  /** The step to go to, or null for a line that never ran. */
  step: number | null;
  /** The line or paragraph that matched. */
  text: string;
  /** The heading that it stands under, or the function that it is in; empty before the first. */
  section: string;
}

interface Entry extends SearchHit, Searched {}

/** Everything of a lecture that can be found. */
export type SearchIndex = readonly Entry[];

const RANKS: Record<HitKind, number> = {
  heading: 0,
  question: 1,
  text: 2,
  answer: 2,
  variable: 3,
  code: 4,
};

const HEADING = /^\s*#{1,6}\s/;
const LIST_ITEM = /^\s*(?:[-*+]|\d+[.)])\s+/;

/** The paragraphs and list items of a Markdown text as a reader sees them, headings left out. */
export function paragraphs(markdown: string): string[] {
  const found: string[][] = [[]];
  for (const line of markdown.split("\n")) {
    if (line.trim() === "" || HEADING.test(line) || LIST_ITEM.test(line)) found.push([]);
    if (!HEADING.test(line)) found.at(-1)?.push(line.replace(LIST_ITEM, "").trim());
  }
  return found.map((lines) => plainText(lines.join(" "))).filter((text) => text !== "");
}

function passages(output: Rendering): string[] {
  const text = renderingText(output);
  const markdown = output.kind === "question" || output.kind === "answer";
  if (markdown || (output.kind === "text" && !output.verbatim)) return paragraphs(text);
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

const kindOf = ({ kind }: Rendering): HitKind =>
  kind === "question" || kind === "answer" ? kind : "text";

const sectionTitle = (index: TraceIndex, step: number): string =>
  index.sections[sectionAt(index.sections, step)]?.title ?? "";

function textEntries(index: TraceIndex, notes: boolean): SearchHit[] {
  const hits: SearchHit[] = index.sections.map((section) => ({
    kind: "heading",
    path: section.path,
    line: section.line,
    step: section.step,
    text: section.title,
    section: section.title,
  }));
  const seen = new Set<string>();
  for (const [path, lines] of index.outputSteps) {
    for (const [line, steps] of lines) {
      for (const step of steps) {
        for (const output of index.trace.steps[step]?.outputs ?? []) {
          if (output.kind === "note" && !notes) continue;
          for (const text of passages(output)) {
            if (seen.has(`${line} ${text}`)) continue;
            seen.add(`${line} ${text}`);
            const section = sectionTitle(index, step);
            hits.push({ kind: kindOf(output), path, line, step, text, section });
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
      const line = index.stepLine[id] ?? step.line;
      const section = sectionTitle(index, id);
      hits.push({ kind: "variable", path, line, step: id, text, section });
    }
  });
  return hits;
}

const DEFINITION = /^\s*(?:async\s+)?(?:def|class)\s+(\w+)/;

/** The engine's directives, which the lecture does not show either. */
const DIRECTIVE = /(?:^|\s+)#\s*@[a-z_]+\b.*$/;

/**
 * Every line of every file; of code that never ran, the function that it is in. Left out is what
 * the lecture shows something instead of: that is found as text, and a note by nobody.
 */
function codeEntries(index: TraceIndex): SearchHit[] {
  return [...index.sources.values()].flatMap((source) => {
    let inside = "";
    return source.lines.flatMap((text, at): SearchHit[] => {
      inside = DEFINITION.exec(text)?.[1] ?? inside;
      const line = at + 1;
      const code = text.replace(DIRECTIVE, "").trim();
      if (code === "" || showsOnly(index, source, source.first[line] ?? line)) return [];
      const step = stepsAtLine(index, source.path, line)[0] ?? null;
      const heading = source.path === index.trace.main && step !== null;
      const section = heading ? sectionTitle(index, step) : inside;
      return [{ kind: "code", path: source.path, line, step, text: code, section }];
    });
  });
}

/**
 * What can be found in a trace; built once, when the search opens. Speaker's notes are the
 * speaker's: only with `notes` are they found.
 */
export function buildSearchIndex(index: TraceIndex, notes = false): SearchIndex {
  const hits = [...textEntries(index, notes), ...variableEntries(index), ...codeEntries(index)];
  // A variable is found by its name, not by the function that it is in.
  const searched = ({ kind, text }: SearchHit) =>
    kind === "variable" ? (text.split(" — ")[0] ?? text) : text;
  return hits.map((hit) => ({ ...hit, folded: fold(searched(hit)), rank: RANKS[hit.kind] }));
}

/** A list longer than this helps nobody. */
export const MOST_HITS = 60;

const hitOf = ({ kind, path, line, step, text, section }: Entry): SearchHit => ({
  kind,
  path,
  line,
  step,
  text,
  section,
});

/** The best matches of a query. */
export function search(entries: SearchIndex, query: string, most = MOST_HITS): SearchHit[] {
  return find(entries, query).slice(0, most).map(hitOf);
}
