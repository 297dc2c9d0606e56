/** The text of the course for the search: asked for when the search opens, and kept. */
import { useEffect, useState } from "react";
import {
  courseText,
  outlineOf,
  withSources,
  type CourseParts,
  type CourseText,
} from "../course/courseText";
import { loadDocument } from "../services/courseDocuments";
import type { Index } from "../trace/schema";

const NOTHING: CourseParts = { glossary: null, search: null, handouts: null, sources: null };

/** The last that was made of documents: making it takes longer than a search. */
let made: { parts: CourseParts; text: CourseText } | null = null;

function textOf(parts: CourseParts): CourseText {
  if (made?.parts === parts) return made.text;
  // Only the code has come since: the rest is not made again.
  const same = made?.parts.search === parts.search && made.parts.glossary === parts.glossary;
  const text = made && same ? withSources(made.text, parts.sources) : courseText(parts);
  made = { parts, text };
  return text;
}

/** What of the course has arrived: the lectures first, the assignments' code after them. */
async function load(lectures: Index | null, tell: (parts: CourseParts) => void): Promise<void> {
  if (made?.parts.sources) return tell(made.parts);
  const page = document.baseURI;
  const [glossary, search, handouts] = await Promise.all([
    loadDocument("glossary", page),
    loadDocument("search", page),
    loadDocument("handouts", page),
  ]);
  // Traces that were copied alone have nothing beside them but the list.
  const known = search ?? (lectures ? outlineOf(lectures) : null);
  const parts = { ...NOTHING, glossary, search: known, handouts };
  tell(parts);
  const sources = await loadDocument("sources", page);
  if (sources) tell({ ...parts, sources });
}

/** The text of the course as far as it has come (null before anything has), and whether more will. */
export function useCourseText(lectures: Index | null): {
  text: CourseText | null;
  complete: boolean;
} {
  const [parts, setParts] = useState<CourseParts | null>(null);
  const [complete, setComplete] = useState(false);
  useEffect(() => {
    let gone = false;
    const tell = (next: CourseParts) => {
      if (!gone) setParts(next);
    };
    void load(lectures, tell).then(() => {
      if (!gone) setComplete(true);
    });
    return () => {
      gone = true;
    };
  }, [lectures]);
  return { text: parts ? textOf(parts) : null, complete };
}
