/** Headings of the lecture → table of contents, marks on the timeline, `section` links. */
import { splitFormulas } from "./formulas";
import type { Trace } from "./schema";

/** A heading of the lecture and where it stands. */
export interface TraceSection {
  title: string;
  /** 1 to 6, as in Markdown. */
  level: number;
  /** The step that shows it. */
  step: number;
  path: string;
  line: number;
}

/** Stands for a formula while the marks of Markdown are taken off around it. */
const PLACE = "\uE000";

/** Markdown of one line → the words that a reader sees, math left as written. */
export function plainText(markdown: string): string {
  const pieces = splitFormulas(markdown);
  const formulas = pieces.filter((piece) => piece.formula).map((piece) => piece.text);
  const text = pieces
    .map((piece) => (piece.formula ? PLACE : piece.text.replaceAll(PLACE, "")))
    .join("")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|\*|`)(.+?)\1/g, "$2")
    .replace(/(?<![\w])_(?![\s_])(.+?)(?<![\s_])_(?!\w)/g, "$1")
    .replace(/\s+#+\s*$/, "")
    .trim();
  let at = 0;
  return text.replaceAll(PLACE, () => formulas[at++] ?? "");
}

/** Headings (`# …`) of a Markdown text, those in code fences left out. */
export function headings(markdown: string): { title: string; level: number }[] {
  if (!markdown.includes("#")) return [];
  const found: { title: string; level: number }[] = [];
  let fence = "";
  for (const line of markdown.split("\n")) {
    const mark = /^\s{0,3}(```+|~~~+)/.exec(line)?.[1];
    if (mark) fence = fence === "" ? mark : mark.startsWith(fence) ? "" : fence;
    const heading = fence === "" ? /^\s{0,3}(#{1,6})\s+(\S.*)$/.exec(line) : null;
    if (heading?.[1] && heading[2]) {
      found.push({ title: plainText(heading[2]), level: heading[1].length });
    }
  }
  return found;
}

/** Each heading once, at the step that first shows it. */
export function buildSections(trace: Trace, stepLine: Int32Array): TraceSection[] {
  const seen = new Set<string>();
  const sections: TraceSection[] = [];
  trace.steps.forEach((step, id) => {
    for (const output of step.outputs ?? []) {
      if (output.kind !== "text" || output.verbatim) continue;
      const path = trace.frames[step.frame]?.path ?? trace.main;
      const line = stepLine[id] ?? step.line;
      for (const { title, level } of headings(output.text)) {
        const key = `${path}:${line}:${title}`;
        if (seen.has(key)) continue;
        seen.add(key);
        sections.push({ title, level, step: id, path, line });
      }
    }
  });
  return sections;
}

/** Position in `sections` of the section that `step` lies in, or -1 before the first. */
export function sectionAt(sections: readonly TraceSection[], step: number): number {
  let low = 0;
  let high = sections.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sections[middle]?.step ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The headings that a line of a file stands under, outermost first. */
export function headingsAbove(
  sections: readonly TraceSection[],
  path: string,
  line: number,
): TraceSection[] {
  const before = sections
    .filter((section) => section.path === path && section.line < line)
    .sort((one, other) => other.line - one.line);
  const found: TraceSection[] = [];
  for (const section of before) {
    if (section.level < (found[0]?.level ?? Infinity)) found.unshift(section);
  }
  return found;
}
