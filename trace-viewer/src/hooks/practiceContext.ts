/** What the course says of the open lecture: the problems that practise its sections and its code. */
import { createContext, useContext, useEffect, useMemo, useState } from "react";
import { practiceByLine, type Practice } from "../course/practice";
import type { CourseDocument } from "../course/schema.generated";
import { loadDocument } from "../services/courseDocuments";
import type { Opening } from "../state/urlState";
import type { Index } from "../trace/schema";
import type { TraceIndex } from "../trace/traceIndex";

/** What is shared under an open lecture of a course. */
export interface CoursePractice {
  course: CourseDocument;
  /** By line of the lecture's file. */
  byLine: ReadonlyMap<number, Practice[]>;
  opening: Opening;
}

/** Null for a trace that is no lecture of the course, and until the course is known. */
export const PracticeContext = createContext<CoursePractice | null>(null);

/** The shared things, or null. */
export function usePractice(): CoursePractice | null {
  return useContext(PracticeContext);
}

/** The lecture is there first: nobody waits for what stands beside its headings. */
const LATER_MS = 300;

/** What the course says of a lecture that is opened from its list, once it is known. */
export function useCoursePractice(
  index: TraceIndex,
  opening: Opening,
  lectures: Index | null,
): CoursePractice | null {
  const [course, setCourse] = useState<CourseDocument | null>(null);
  const { trace, file } = opening;
  const listed = file === null && lectures?.traces.some(({ name }) => name === trace) === true;
  useEffect(() => {
    if (!listed) return;
    const timer = setTimeout(() => {
      void loadDocument("course", document.baseURI).then(setCourse);
    }, LATER_MS);
    return () => clearTimeout(timer);
  }, [listed]);
  return useMemo(
    () => course && { course, opening, byLine: practiceByLine(course, index) },
    [course, opening, index],
  );
}
