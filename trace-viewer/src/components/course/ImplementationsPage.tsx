/** `?page=implementations`: where each thing is implemented, and which lectures walk it. */
import { useMemo, useState, type ReactNode } from "react";
import type { CourseDocument, Implementation, Use } from "../../course/schema.generated";
import { numberedLectures, shortTitle, type Numbered } from "../../course/syllabus";
import { useDocument } from "../../hooks/useDocument";
import { formatAddress, formatPage } from "../../state/urlState";
import { plainText } from "../../trace/sections";
import { Words } from "../shared/Words";
import type { PageProps } from "./pages";

type Lectures = ReadonlyMap<string, Numbered>;

/** A link to the first step that opens or walks it, with the code open beside. */
function UseLink({ use, one, lectures }: { use: Use; one: Implementation; lectures: Lectures }) {
  const source = { path: one.path, first: one.first, last: one.last, name: one.name };
  const number = lectures.get(use.lecture)?.number;
  const method = use.name && use.name !== one.name ? use.name.slice(one.name.length) : "";
  const opened = use.walked ? {} : { source };
  return (
    <li>
      <a href={formatAddress({ trace: use.lecture, step: use.step, ...opened })}>
        Lecture {number ?? use.lecture}, step {use.step + 1}
      </a>{" "}
      <span className="muted">
        {use.walked ? "walks" : "opens"} {method ? <code>{method}</code> : "it"}
        {use.section && ` in “${plainText(use.section)}”`}
      </span>
    </li>
  );
}

function Row({
  one,
  course,
  lectures,
}: {
  one: Implementation;
  course: CourseDocument;
  lectures: Lectures;
}) {
  return (
    <li className="implementation-row">
      <div>
        <code className="implementation-name">{one.name}</code>
        {one.summary && (
          <p className="implementation-summary">
            <Words text={one.summary} />
          </p>
        )}
        {one.tasks?.map(({ assignment, problem }) => {
          const known = course.assignments?.find(({ name }) => name === assignment);
          return (
            <p key={problem} className="card-facts">
              <a href={`${formatPage("handout", { assignment })}#${problem}`}>
                {known ? shortTitle(known) : assignment}, problem {problem}
              </a>
            </p>
          );
        })}
      </div>
      <ul className="implementation-uses">
        {(one.uses ?? []).map((use, at) => (
          <UseLink key={at} use={use} one={one} lectures={lectures} />
        ))}
        {!one.uses?.length && <li className="muted">No lecture opens it.</li>}
      </ul>
    </li>
  );
}

/** What a file belongs to: an assignment's folder, a lecture's, or the first folder. */
function groupOf(path: string): string {
  return /^(?:assignments|lectures)\/[^/]+/.exec(path)?.[0] ?? path.split("/", 1)[0] ?? path;
}

function groupTitle(group: string, course: CourseDocument, lectures: Lectures): string {
  const name = group.split("/").at(-1) ?? group;
  const assignment = course.assignments?.find((one) => one.name === name);
  const lecture = lectures.get(name);
  if (assignment) return assignment.title;
  return lecture ? `Lecture ${lecture.number}: ${plainText(lecture.lecture.title)}` : group;
}

/** Assignments first, then what belongs to single lectures, then the rest; files together. */
function grouped(found: readonly Implementation[]): [string, [string, Implementation[]][]][] {
  const groups = new Map<string, Map<string, Implementation[]>>();
  for (const one of found) {
    const files = groups.get(groupOf(one.path)) ?? new Map<string, Implementation[]>();
    groups.set(groupOf(one.path), files);
    files.set(one.path, [...(files.get(one.path) ?? []), one]);
  }
  const rank = (group: string) =>
    group.startsWith("assignments/") ? 0 : group.startsWith("lectures/") ? 1 : 2;
  return [...groups]
    .map(([group, files]): [string, [string, Implementation[]][]] => [group, [...files]])
    .sort(([one], [other]) => rank(one) - rank(other) || one.localeCompare(other));
}

function matches(one: Implementation, words: readonly string[], lecture: string): boolean {
  if (lecture && !one.uses?.some((use) => use.lecture === lecture)) return false;
  const problems = one.tasks?.map((task) => task.problem).join(" ") ?? "";
  const text = `${one.name} ${one.path} ${one.summary ?? ""} ${problems}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Words to look for, and one lecture or all. */
function Filters(props: {
  words: string;
  onWords: (words: string) => void;
  lecture: string;
  onLecture: (lecture: string) => void;
  lectures: Lectures;
}) {
  return (
    <form className="implementation-filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span>Name, file or problem</span>
        <input
          type="search"
          value={props.words}
          onInput={(event) => props.onWords(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>Lecture</span>
        <select
          value={props.lecture}
          onChange={(event) => props.onLecture(event.currentTarget.value)}
        >
          <option value="">all</option>
          {[...props.lectures.values()].map(({ number, lecture }) => (
            <option key={lecture.name} value={lecture.name}>
              {number}: {plainText(lecture.title)}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}

/** Every implementation of the course. */
export function ImplementationsPage({ course }: PageProps): ReactNode {
  const asked = useDocument("implementations");
  const lectures = useMemo(() => numberedLectures(course), [course]);
  const [words, setWords] = useState("");
  const [lecture, setLecture] = useState(
    () => new URLSearchParams(location.search).get("lecture") ?? "",
  );
  if (asked.state !== "ready") return null;
  const all = asked.document.implementations;
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter((one) => matches(one, wanted, lecture));
  return (
    <main className="course-page">
      <h1>Where is it implemented?</h1>
      <p className="course-description">
        Every function and class that a lecture opens or walks, or that a problem asks for. A link
        goes to the first step that does.
      </p>
      <Filters {...{ words, lecture, lectures }} onWords={setWords} onLecture={setLecture} />
      <p className="card-facts" role="status">
        {found.length === all.length ? all.length : `${found.length} of ${all.length}`} functions
        and classes
      </p>
      {grouped(found).map(([group, files]) => (
        <section key={group} className="unit" aria-label={groupTitle(group, course, lectures)}>
          <header className="unit-head">
            <h2>{groupTitle(group, course, lectures)}</h2>
          </header>
          {files.map(([path, ones]) => (
            <div key={path}>
              <h3 className="implementation-file">
                <code>{path === group ? path : path.slice(group.length + 1)}</code>
              </h3>
              <ul>
                {ones.map((one) => (
                  <Row key={one.name} one={one} course={course} lectures={lectures} />
                ))}
              </ul>
            </div>
          ))}
        </section>
      ))}
    </main>
  );
}
