/** A task sheet → its title and its parts, and the sections of lectures to walk first. Pure. */
import type { Assignment, CourseDocument, Place } from "./schema.generated";
import { numberedLectures, type Numbered } from "./syllabus";

/** What stands under one heading of a task sheet. */
export interface HandoutPart {
  /** For `#…` in addresses: a problem's name, else `part-` and the words of the heading. */
  id: string;
  /** 2 for a part, 3 for a problem, 0 for what comes before the first heading. */
  level: number;
  /** Markdown, the heading included. */
  text: string;
}

const HEADING = /^(#{2,3}) +(.+?)\s*$/;
const PROBLEM = /^`([\w.-]+)`/;

function idOf(heading: string): string {
  const problem = PROBLEM.exec(heading)?.[1];
  // A part may be called as one of its problems is.
  return problem ?? `part-${words(heading)}`;
}

function words(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
}

/** Title (the first line, without its mark) and parts, cut at headings outside of code. */
export function handoutParts(markdown: string): { title: string; parts: HandoutPart[] } {
  const [first = "", ...rest] = markdown.split("\n");
  const titled = first.startsWith("# ");
  const parts: HandoutPart[] = [{ id: "", level: 0, text: "" }];
  let fenced = false;
  for (const line of titled ? rest : [first, ...rest]) {
    if (/^ {0,3}(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : HEADING.exec(line);
    if (heading?.[1] && heading[2]) {
      parts.push({ id: idOf(heading[2]), level: heading[1].length, text: line });
    } else {
      const last = parts.at(-1);
      if (last) last.text += `\n${line}`;
    }
  }
  return { title: titled ? first.slice(2).trim() : "", parts };
}

/** The lectures that prepare for an assignment, each with the sections that its problems name. */
export function sectionsToWalk(
  course: CourseDocument,
  assignment: Assignment,
): (Numbered & { places: Place[] })[] {
  const named = (assignment.problems ?? []).flatMap(({ places = [] }) => places);
  return [...numberedLectures(course).values()].flatMap((numbered) => {
    const own = named.filter(
      ({ lecture, step }) => lecture === numbered.lecture.name && typeof step === "number",
    );
    const once = [...new Map(own.map((place) => [place.function, place])).values()];
    once.sort((one, other) => (one.step ?? 0) - (other.step ?? 0));
    return once.length > 0 ? [{ ...numbered, places: once }] : [];
  });
}
