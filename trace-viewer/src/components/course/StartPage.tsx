/** The start page: what the course is, its lectures by unit, and its assignments. */
import { useMemo, useState, type ReactNode } from "react";
import type { CourseDocument } from "../../course/schema.generated";
import {
  durationText,
  lastRead,
  numberedLectures,
  syllabus,
  type Numbered,
  type SyllabusUnit,
} from "../../course/syllabus";
import { useFragment } from "../../hooks/useFragment";
import { useTheme } from "../../hooks/useTheme";
import { resolveAsset } from "../../services/loadTrace";
import { keptPlaces } from "../../services/keptPlaces";
import { formatAddress } from "../../state/urlState";
import { progressOf, type Place } from "../../trace/place";
import type { RenderingContext } from "../../trace/renderingContext";
import type { IndexEntry } from "../../trace/schema";
import { plainText } from "../../trace/sections";
import { RenderingScope } from "../shared/renderingScope";
import { Assignments } from "./Assignments";
import { plural } from "./counts";
import { LectureCard } from "./LectureCard";

type Places = ReadonlyMap<string, Place>;

/** Title, description, and what there is of it. */
function Opening({ course }: { course: CourseDocument }) {
  const minutes = course.lectures.reduce((sum, { minutes }) => sum + (minutes ?? 0), 0);
  const assignments = course.assignments?.length ?? 0;
  const facts = [
    plural(course.lectures.length, "lecture"),
    durationText(minutes),
    assignments > 0 ? plural(assignments, "assignment") : "",
    course.authors?.join(", ") ?? "",
    course.licence ?? "",
  ];
  return (
    <header className="course-opening">
      <h1 dir="auto">{course.title || "Executable lectures"}</h1>
      <p className="course-description" dir="auto">
        {course.description ||
          "Each lecture is a program. Read it step by step, beside the code that it refers to."}
      </p>
      <p className="card-facts">{facts.filter(Boolean).join(" · ")}</p>
    </header>
  );
}

/** The way back to where this reader was the last time. */
function Continue({ course, places }: { course: CourseDocument; places: Places }) {
  const last = useMemo(() => lastRead(course, places), [course, places]);
  if (!last) return null;
  const { lecture, number, place } = last;
  const share = progressOf(place);
  return (
    <a className="continue" href={formatAddress({ trace: lecture.name })}>
      <span className="continue-label">Continue at step {place.step + 1}</span>
      <span className="continue-place">
        {course.lectures.length > 1 && `Lecture ${number}: `}
        {plainText(lecture.title)}
        {place.section !== "" && place.section !== lecture.title && (
          <> — {plainText(place.section)}</>
        )}
      </span>
      <progress value={share} max={1} aria-label="Read" />
    </a>
  );
}

interface UnitProps {
  part: SyllabusUnit;
  course: CourseDocument;
  all: ReadonlyMap<string, Numbered>;
  places: Places;
}

/** A unit of the syllabus. */
function Unit({ part: { unit, lectures, minutes }, course, all, places }: UnitProps) {
  const title = unit.title || (course.units && course.units.length > 1 ? "Further" : "Lectures");
  const facts = [plural(lectures.length, "lecture"), durationText(minutes)].filter(Boolean);
  return (
    <section className="unit" aria-label={title}>
      <header className="unit-head">
        <h2>{title}</h2>
        {lectures.length > 1 && <p className="card-facts">{facts.join(" · ")}</p>}
        {unit.line && <p className="unit-line">{unit.line}</p>}
      </header>
      <ul className="lecture-cards">
        {lectures.map((numbered) => (
          <li key={numbered.lecture.name}>
            <LectureCard
              numbered={numbered}
              course={course}
              all={all}
              place={places.get(numbered.lecture.name)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Traces that are no lectures of the course, such as a sample. */
function Others({ course, traces }: Pick<StartPageProps, "course" | "traces">) {
  const known = numberedLectures(course);
  const others = traces.filter(({ name }) => !known.has(name));
  if (others.length === 0) return null;
  return (
    <section className="unit" aria-label="Other traces">
      <header className="unit-head">
        <h2>Other traces</h2>
      </header>
      <ul className="other-traces">
        {others.map(({ name, title, steps }) => (
          <li key={name}>
            <a href={formatAddress({ trace: name })}>{plainText(title)}</a>{" "}
            <span className="muted">
              {name} · {plural(steps, "step")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface StartPageProps {
  course: CourseDocument;
  /** Every trace that is listed. */
  traces: readonly IndexEntry[];
  /** What comes at the end. */
  below?: ReactNode;
}

/** The start page. */
export function StartPage({ course, traces, below }: StartPageProps) {
  const [places] = useState(keptPlaces);
  const theme = useTheme();
  useFragment(true);
  const all = useMemo(() => numberedLectures(course), [course]);
  const renderings = useMemo<RenderingContext>(
    () => ({
      theme,
      resolveAsset: (path) => resolveAsset(new URL(".", document.baseURI).href, path),
      openSource: () => undefined,
    }),
    [theme],
  );
  return (
    <RenderingScope value={renderings}>
      <main className="course-page start-page">
        <Opening course={course} />
        <Continue course={course} places={places} />
        {syllabus(course).map((part) => (
          <Unit key={part.unit.name} part={part} course={course} all={all} places={places} />
        ))}
        <Assignments course={course} />
        <Others course={course} traces={traces} />
        {below}
      </main>
    </RenderingScope>
  );
}
