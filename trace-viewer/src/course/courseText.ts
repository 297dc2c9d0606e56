/**
 * The documents of the course → what can be found in them: terms, what lectures show and run, task
 * sheets, and the code of the assignments. Built once; `searchCourse` looks through it.
 */
import { fold, type Searched } from "../trace/find";
import type { Index } from "../trace/schema";
import { paragraphs } from "../trace/search";
import { headings, plainText } from "../trace/sections";
import { handoutParts } from "./handout";
import type { Glossary, Handouts, SearchText, SourceText, SourceTexts } from "./schema.generated";

/** What a match is. */
export type CourseKind =
  "term" | "heading" | "question" | "text" | "figure" | "link" | "code" | "name" | "problem";

/** Where a match leads. */
export type Target =
  | { at: "step"; lecture: string; step: number; file?: { path: string; line: number } }
  | { at: "file"; path: string; line: number }
  | { at: "part"; assignment: string; part: string };

/** A match. */
export interface CourseHit {
  kind: CourseKind;
  /** The line or paragraph that matched. */
  text: string;
  /** What it stands under. */
  section: string;
  /** The lecture, the file with its line, or the assignment. */
  place: string;
  target: Target;
}

/** Something of the course that can be found. */
export interface CourseEntry extends CourseHit, Searched {}

/** A file of an assignment: its lines are looked at only where it has every word. */
export interface CodeFile {
  source: SourceText;
  folded: string;
}

/** Everything of the course that can be found. */
export interface CourseText {
  terms: readonly CourseEntry[];
  /** What lectures show. */
  prose: readonly CourseEntry[];
  /** The same, and the lines of their own code. */
  lectures: readonly CourseEntry[];
  sheets: readonly CourseEntry[];
  files: readonly CodeFile[];
}

/** The documents, as far as they are there. */
export interface CourseParts {
  glossary: Glossary | null;
  search: SearchText | null;
  handouts: Handouts | null;
  sources: SourceTexts | null;
}

const RANKS: Record<CourseKind, number> = {
  term: 0,
  heading: 0,
  problem: 0,
  name: 0,
  question: 1,
  text: 2,
  figure: 2,
  link: 2,
  code: 4,
};

/** `searched`: what it is found by, where that is not its text. */
function entryOf(hit: CourseHit, searched = hit.text): CourseEntry {
  return { ...hit, folded: fold(searched), rank: RANKS[hit.kind] };
}

function termEntries(
  glossary: Glossary | null,
  numbers: ReadonlyMap<string, number>,
): CourseEntry[] {
  return (glossary?.terms ?? []).map((term) => {
    const names = [term.name, ...(term.aliases ?? [])];
    const [name, ...others] = names;
    return entryOf({
      kind: "term",
      text: others.length > 0 ? `${name} (${others.join(", ")})` : (name ?? ""),
      section: plainText(term.definition.replaceAll("\n", " ")),
      place: `Lecture ${numbers.get(term.lecture) ?? "?"}`,
      target: { at: "step", lecture: term.lecture, step: term.step },
    });
  });
}

type Lecture = SearchText["lectures"][number];
const isKind = (kind: string): kind is "question" | "figure" | "link" | "code" =>
  ["question", "figure", "link", "code"].includes(kind);

const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

const FENCE = /^\s{0,3}(?:```|~~~)/;

/** A text in parts, each with the heading that it begins with, if any. */
function underHeadings(text: string): [heading: string | null, part: string][] {
  const parts: [string | null, string[]][] = [[null, []]];
  let fenced = false;
  for (const line of text.split("\n")) {
    if (FENCE.test(line)) fenced = !fenced;
    const heading = fenced ? undefined : headings(line)[0];
    if (heading) parts.push([heading.title, []]);
    else parts.at(-1)?.[1].push(line);
  }
  return parts.map(([heading, lines]) => [heading, lines.join("\n")]);
}

function proseOf({ name, title, shown }: Lecture, at: number): CourseEntry[] {
  const found: CourseEntry[] = [];
  let section = plainText(title);
  const add = (kind: CourseKind, step: number, text: string) => {
    const target: Target = { at: "step", lecture: name, step };
    found.push(entryOf({ kind, text, section, place: `Lecture ${at + 1}`, target }));
  };
  for (const [step, kind, text] of shown) {
    if (isKind(kind)) {
      const pieces = kind === "question" ? paragraphs(text) : linesOf(text);
      for (const piece of pieces) add(kind, step, piece);
      continue;
    }
    for (const [heading, part] of underHeadings(text)) {
      if (heading !== null) add("heading", step, (section = heading));
      for (const paragraph of paragraphs(part)) add("text", step, paragraph);
    }
  }
  return found;
}

function codeOf({ name, code, steps }: Lecture): CourseEntry[] {
  let at = 0;
  let inside = "";
  return code.split("\n").flatMap((text, before) => {
    const line = before + 1;
    while ((steps[at + 1]?.[0] ?? Infinity) <= line) at++;
    if (text === "") return [];
    inside = DEFINITION.exec(text)?.[1] ?? inside;
    const target: Target = { at: "step", lecture: name, step: steps[at]?.[1] ?? 0 };
    const place = `${name}.py:${line}`;
    return [entryOf({ kind: "code", text, section: inside, place, target })];
  });
}

/** The line of a function or class, with its name. */
export const DEFINITION = /^\s*(?:async\s+)?(?:def|class)\s+(\w+)/;

function sheetEntries(handouts: Handouts | null): CourseEntry[] {
  return Object.entries(handouts?.texts ?? {}).flatMap(([assignment, sheet]) => {
    const { title, parts } = handoutParts(sheet);
    return parts.flatMap(({ id, text }) => {
      const [heading] = headings(text);
      const target: Target = { at: "part", assignment, part: id };
      const hit = { section: heading?.title ?? title, place: assignment, target };
      const found = paragraphs(text).map((text) => entryOf({ kind: "text", text, ...hit }));
      return heading
        ? [entryOf({ kind: "problem", text: heading.title, ...hit }), ...found]
        : found;
    });
  });
}

/** The headings of the list of lectures, where nothing else is known of them. */
export function outlineOf({ traces }: Index): SearchText {
  const lectures = traces.map(({ name, title, sections }) => ({
    name,
    title,
    shown: sections.map(({ step, level, title }): Lecture["shown"][number] => [
      step,
      "text",
      `${"#".repeat(level)} ${title}`,
    ]),
    code: "",
    steps: [],
  }));
  return { lectures };
}

/** The same with the code of the assignments, which arrives after the rest. */
export function withSources(text: CourseText, sources: SourceTexts | null): CourseText {
  const files = sources?.files ?? [];
  return { ...text, files: files.map((source) => ({ source, folded: fold(source.text) })) };
}

/** What can be found in the documents that are there. */
export function courseText({ glossary, search, handouts, sources }: CourseParts): CourseText {
  const lectures = search?.lectures ?? [];
  const prose = lectures.flatMap(proseOf);
  const numbers = new Map(lectures.map(({ name }, at) => [name, at + 1]));
  const text: CourseText = {
    terms: termEntries(glossary, numbers),
    prose,
    lectures: [...prose, ...lectures.flatMap(codeOf)],
    sheets: sheetEntries(handouts),
    files: [],
  };
  return withSources(text, sources);
}
