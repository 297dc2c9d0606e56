/** `?page=handout&assignment=NAME`: a task sheet, with links to the lectures that practise it. */
import { Fragment, useMemo, useState, type ReactNode } from "react";
import { handoutParts, sectionsToWalk, type HandoutPart } from "../../course/handout";
import type { Assignment, CourseDocument } from "../../course/schema.generated";
import { numberedLectures, type Numbered } from "../../course/syllabus";
import { useDocument } from "../../hooks/useDocument";
import { useFragment } from "../../hooks/useFragment";
import { useTheme } from "../../hooks/useTheme";
import { formatAddress, readAddress } from "../../state/urlState";
import type { RenderingContext } from "../../trace/renderingContext";
import { plainText } from "../../trace/sections";
import { MarkdownText } from "../renderings";
import { RenderingScope } from "../shared/renderingScope";
import { withLectureLinks } from "./handoutText";
import type { PageProps } from "./pages";

/** The way back to the step that led here; nothing for who came from elsewhere. */
function WayBack({ lectures }: { lectures: ReadonlyMap<string, Numbered> }) {
  const { address } = readAddress(location.search);
  const known = address.trace === null ? undefined : lectures.get(address.trace);
  if (!known) return null;
  return (
    <a className="handout-back" href={formatAddress(address)}>
      ← Back to step {(address.step ?? 0) + 1} of Lecture {known.number}:{" "}
      {plainText(known.lecture.title)}
    </a>
  );
}

/** The problems with their points, as a list of links. */
function Problems({ assignment }: { assignment: Assignment }) {
  const { problems = [], points = 0 } = assignment;
  // Beside the sheet it is open; above it, on a phone, it would fill the screen.
  const [open] = useState(() => matchMedia("(min-width: 901px)").matches);
  if (problems.length === 0) return null;
  return (
    <nav className="handout-problems" aria-label="Problems">
      <details open={open}>
        <summary>
          {problems.length} problems, {points} points
        </summary>
        <ol>
          {problems.map((problem, at) => (
            <Fragment key={problem.name}>
              {problem.part && problem.part !== problems[at - 1]?.part && (
                <li className="handout-part">{problem.part}</li>
              )}
              <li>
                <a href={`#${problem.name}`}>
                  <code>{problem.name}</code> <span className="muted">{problem.points}</span>
                </a>
              </li>
            </Fragment>
          ))}
        </ol>
      </details>
    </nav>
  );
}

/** Which sections of which lectures to walk before the problems. */
function WalkFirst({ course, assignment }: { course: CourseDocument; assignment: Assignment }) {
  const lectures = sectionsToWalk(course, assignment);
  if (lectures.length === 0) return null;
  return (
    <section className="handout-walk" aria-label="Walk first">
      <h2>Walk first</h2>
      <dl>
        {lectures.map(({ number, lecture, places }) => (
          <Fragment key={lecture.name}>
            <dt>
              <a href={formatAddress({ trace: lecture.name })}>
                Lecture {number}: {plainText(lecture.title)}
              </a>
            </dt>
            <dd>
              {places.map((place, at) => (
                <Fragment key={place.function}>
                  {at > 0 && " · "}
                  <a href={formatAddress({ trace: lecture.name, step: place.step ?? 0 })}>
                    {plainText(place.title || place.function)}
                  </a>
                </Fragment>
              ))}
            </dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}

interface PartProps {
  part: HandoutPart;
  assignment: Assignment;
  lectures: ReadonlyMap<string, Numbered>;
}

function Part({ part, assignment, lectures }: PartProps): ReactNode {
  const problem = assignment.problems?.find(({ name }) => name === part.id);
  const text = problem ? withLectureLinks(part.text, problem, lectures) : part.text;
  return (
    <section id={part.id || undefined} className="handout-section">
      <MarkdownText text={text} own />
    </section>
  );
}

function Missing({ course, name }: { course: CourseDocument; name: string }) {
  const others = (course.assignments ?? []).filter(({ handout }) => handout);
  return (
    <main className="course-page">
      <h1>There is no such task sheet</h1>
      <p>This course has none for {name.slice(0, 60) || "an assignment without a name"}.</p>
      <ul className="handout-others">
        {others.map((other) => (
          <li key={other.name}>
            <a href={`?page=handout&assignment=${encodeURIComponent(other.name)}`}>{other.title}</a>
          </li>
        ))}
      </ul>
    </main>
  );
}

/** One task sheet. */
export function HandoutPage({ course }: PageProps): ReactNode {
  const asked = useDocument("handouts");
  const theme = useTheme();
  const name = new URLSearchParams(location.search).get("assignment") ?? "";
  const markdown = asked.state === "ready" ? asked.document.texts[name] : undefined;
  const lectures = useMemo(() => numberedLectures(course), [course]);
  const sheet = useMemo(() => (markdown ? handoutParts(markdown) : null), [markdown]);
  const renderings = useMemo<RenderingContext>(
    () => ({ theme, resolveAsset: () => null, openSource: () => undefined }),
    [theme],
  );
  useFragment(sheet !== null);
  if (asked.state === "loading") return null;
  const assignment = course.assignments?.find((one) => one.name === name);
  if (!sheet || !assignment) return <Missing course={course} name={name} />;
  return (
    <RenderingScope value={renderings}>
      <main className="course-page handout-page">
        <div className="handout-text">
          <h1 dir="auto">{sheet.title || name}</h1>
          {sheet.parts.map((part, at) => (
            <Fragment key={`${at}:${part.id}`}>
              <Part part={part} assignment={assignment} lectures={lectures} />
              {at === 0 && <WalkFirst course={course} assignment={assignment} />}
            </Fragment>
          ))}
        </div>
        <div className="handout-aside">
          <WayBack lectures={lectures} />
          <Problems assignment={assignment} />
        </div>
      </main>
    </RenderingScope>
  );
}
