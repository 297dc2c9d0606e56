/** The documents of the course: see `lecture_tracer/catalogue`. Each is fetched once. */
import type { CourseDocuments } from "../course/schema.generated";

const FOLDER = "var/traces/course";
const asked = new Map<string, Promise<unknown>>();

async function read(name: string, page: string): Promise<unknown> {
  try {
    const answer = await fetch(new URL(`${FOLDER}/${name}.json`, page), { cache: "no-cache" });
    if (!answer.ok) return null;
    const document: unknown = await answer.json();
    return typeof document === "object" ? document : null;
  } catch {
    return null;
  }
}

/** A document; null where there is none, as beside traces that were copied alone. */
export function loadDocument<K extends keyof CourseDocuments>(
  name: K,
  page: string,
): Promise<CourseDocuments[K] | null> {
  let asking = asked.get(name);
  if (!asking) asked.set(name, (asking = read(name, page)));
  return asking as Promise<CourseDocuments[K] | null>;
}
