/** A link to a step of a lecture, said as a reader would: its number and the section. */
import type { CourseDocument } from "../../course/schema.generated";
import { formatAddress } from "../../state/urlState";
import { plainText } from "../../trace/sections";

interface LecturePlaceProps {
  course: CourseDocument;
  lecture: string;
  step: number;
  /** Heading, Markdown. */
  section?: string | undefined;
}

/** `Lecture 3, Heads and the cache`, with the lecture's title to be pointed at. */
export function LecturePlace({ course, lecture, step, section = "" }: LecturePlaceProps) {
  const number = course.lectures.findIndex(({ name }) => name === lecture) + 1;
  const title = course.lectures[number - 1]?.title ?? lecture;
  const heading = plainText(section);
  return (
    <a href={formatAddress({ trace: lecture, step })} title={title}>
      {number > 0 ? `Lecture ${number}` : lecture}
      {heading === "" ? "" : `, ${heading}`}
    </a>
  );
}
