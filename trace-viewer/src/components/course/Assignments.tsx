/** The assignments on the start page, each with the lectures that prepare for it. */
import type { Assignment, CourseDocument } from "../../course/schema.generated";
import { numberedLectures } from "../../course/syllabus";
import { formatPage } from "../../state/urlState";
import { plainText } from "../../trace/sections";
import { MarkdownText } from "../renderings";
import { plural } from "./counts";

function AssignmentCard({
  assignment,
  course,
}: {
  assignment: Assignment;
  course: CourseDocument;
}) {
  const { name, title, summary, handout, points = 0, problems = [] } = assignment;
  const lectures = [...numberedLectures(course).values()].filter(({ lecture }) =>
    lecture.assignments?.includes(name),
  );
  return (
    <article className="assignment-card" aria-label={title}>
      <h3 dir="auto">
        {handout ? <a href={formatPage("handout", { assignment: name })}>{title}</a> : title}
      </h3>
      {summary && <MarkdownText text={summary} />}
      <p className="card-facts">
        {[
          problems.length > 0 ? plural(problems.length, "problem") : "",
          points > 0 ? plural(points, "point") : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {lectures.length > 0 && (
        <p className="card-list">
          <span className="card-label">Prepared by</span>{" "}
          {lectures.map(({ number, lecture }, at) => (
            <span key={lecture.name}>
              {at > 0 && ", "}
              <a
                href={`#${lecture.name}`}
                aria-label={`Lecture ${number}: ${plainText(lecture.title)}`}
              >
                Lecture {number}
              </a>
            </span>
          ))}
        </p>
      )}
    </article>
  );
}

/** All assignments with what they ask for; nothing for a course that has none. */
export function Assignments({ course }: { course: CourseDocument }) {
  const { assignments = [] } = course;
  if (assignments.length === 0) return null;
  const problems = assignments.flatMap((assignment) => assignment.problems ?? []);
  return (
    <section className="unit" aria-label="Assignments">
      <header className="unit-head">
        <h2>Assignments</h2>
        {problems.length > 0 && (
          <p className="card-facts">
            {plural(problems.length, "problem")} ·{" "}
            {plural(
              problems.reduce((sum, { points }) => sum + points, 0),
              "point",
            )}
          </p>
        )}
      </header>
      <ul className="assignment-cards">
        {assignments.map((assignment) => (
          <li key={assignment.name}>
            <AssignmentCard assignment={assignment} course={course} />
          </li>
        ))}
      </ul>
    </section>
  );
}
