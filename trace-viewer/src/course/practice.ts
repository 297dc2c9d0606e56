/** Which problems practise what a lecture shows, and which are about a piece of code. Pure. */
import { plainText } from "../trace/sections";
import type { TraceIndex } from "../trace/traceIndex";
import type { CourseDocument, Problem, Section } from "./schema.generated";

/** A problem with the assignment that asks for it. */
export interface Practice {
  assignment: string;
  /** Such as `Assignment 1`. */
  title: string;
  problem: Problem;
}

/** Every problem of the course. */
function practices(course: CourseDocument): Practice[] {
  return (course.assignments ?? []).flatMap(({ name, title, problems = [] }) =>
    problems.map((problem) => ({
      assignment: name,
      title: title.split(":", 1)[0] ?? title,
      problem,
    })),
  );
}

/** Line of the lecture's file that shows the heading of a section, else its first line that ran. */
function lineOf(index: TraceIndex, section: Section): number {
  const { main } = index.trace;
  const title = plainText(section.title);
  const heading = index.sections.find(
    (one) => one.path === main && one.title === title && one.step >= section.step,
  );
  return heading?.line ?? index.stepLine[section.step] ?? 1;
}

/** By the line under which a lecture says so; empty for a lecture that no problem names. */
export function practiceByLine(
  course: CourseDocument,
  index: TraceIndex,
): ReadonlyMap<number, Practice[]> {
  const name = index.trace.lecture;
  const lecture = course.lectures.find((one) => one.name === name);
  const found = new Map<number, Practice[]>();
  for (const section of lecture?.sections ?? []) {
    const own = practices(course).filter(({ problem }) =>
      problem.places?.some(
        (place) => place.lecture === name && place.function === section.function,
      ),
    );
    if (own.length === 0) continue;
    const line = lineOf(index, section);
    const known = found.get(line) ?? [];
    found.set(line, [...known, ...own.filter((one) => !known.includes(one))]);
  }
  return found;
}

/** The problems whose answer a piece of code is: `name` is a function, class or method. */
export function practiceOf(course: CourseDocument, path: string, name: string): Practice[] {
  const top = name.split(".", 1)[0] ?? name;
  return practices(course).filter(
    ({ assignment, problem }) =>
      path.startsWith(`assignments/${assignment}/`) &&
      problem.names?.includes(top) &&
      problem.files?.some((file) => path.endsWith(`/${file}`)),
  );
}
