/** The lectures that a task sheet names, as links into them. Pure. */
import type { Problem } from "../../course/schema.generated";
import type { Numbered } from "../../course/syllabus";
import { formatAddress } from "../../state/urlState";

const LECTURE_ITEM = /^- \*\*Lecture:\*\* .*(?:\n {2,}\S.*)*/m;

const escaped = (words: string) => words.replace(/[[\]\\]/g, "\\$&");

/**
 * Markdown of a problem with its `Lecture:` line as links to the steps where the sections begin;
 * a section that is not recorded stays a name.
 */
export function withLectureLinks(
  markdown: string,
  { places = [] }: Problem,
  lectures: ReadonlyMap<string, Numbered>,
): string {
  if (places.length === 0) return markdown;
  const names = [...new Set(places.map((place) => place.lecture))];
  const groups = names.map((name) => {
    const sections = places
      .filter((place) => place.lecture === name)
      .map(({ function: section, title, step }) =>
        typeof step === "number"
          ? `[${escaped(title || section)}](${formatAddress({ trace: name, step })})`
          : `\`${section}\``,
      );
    const number = lectures.get(name)?.number;
    return `${number === undefined ? `\`${name}\`` : `Lecture ${number}`}: ${sections.join(", ")}`;
  });
  return markdown.replace(LECTURE_ITEM, () => `- **Walk first:** ${groups.join("; ")}`);
}
