/** The lectures of a course by unit, and how far this reader has come in each. Pure. */
import { progressOf, type Place } from "../trace/place";
import type { Assignment, CourseDocument, Lecture, Unit } from "./schema.generated";

/** A lecture with its number in the course. */
export interface Numbered {
  number: number;
  lecture: Lecture;
}

/** A unit with its lectures; a course whose lectures name none has one without a name. */
export interface SyllabusUnit {
  unit: Unit;
  lectures: Numbered[];
  /** Of all its lectures that say how long they take. */
  minutes: number;
}

/** Lectures with their numbers, by name. */
export function numberedLectures(course: CourseDocument): ReadonlyMap<string, Numbered> {
  return new Map(
    course.lectures.map((lecture, at) => [lecture.name, { number: at + 1, lecture }] as const),
  );
}

/** Units in the order in which lectures name them first. */
export function syllabus(course: CourseDocument): SyllabusUnit[] {
  const lectures = [...numberedLectures(course).values()];
  const units = course.units ?? [{ name: "" }];
  return units.map((unit) => {
    const own = lectures.filter(({ lecture }) => (lecture.unit ?? "") === unit.name);
    const minutes = own.reduce((sum, { lecture }) => sum + (lecture.minutes ?? 0), 0);
    return { unit, lectures: own, minutes };
  });
}

/** What an assignment is called in a few words: its title up to the colon. */
export function shortTitle(assignment: Assignment): string {
  return assignment.title.split(":", 1)[0] ?? assignment.title;
}

/** `5 h 10 min`, or nothing where nobody said. */
export function durationText(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 ? `${hours} h` : "", rest > 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}

/** Where to go on: the lecture that was read last, as long as it is not at its end. */
export function lastRead(
  course: CourseDocument,
  places: ReadonlyMap<string, Place>,
): (Numbered & { place: Place }) | null {
  const lectures = numberedLectures(course);
  for (const [name, place] of places) {
    const found = lectures.get(name);
    if (found?.lecture.steps && progressOf(place) < 1) return { ...found, place };
  }
  return null;
}
