/** The start page: what the course is, and its lectures by unit. */
import type { ReactNode } from "react";
import type { CourseDocument } from "../../course/schema.generated";
import { formatAddress } from "../../state/urlState";

/** `below`: what comes at the end. */
export function StartPage({ course, below }: { course: CourseDocument; below?: ReactNode }) {
  return (
    <main className="course-page">
      <h1>{course.title}</h1>
      <p>{course.description}</p>
      <ol>
        {course.lectures.map((lecture) => (
          <li key={lecture.name}>
            <a href={formatAddress({ trace: lecture.name })}>{lecture.title}</a>
          </li>
        ))}
      </ol>
      {below}
    </main>
  );
}
