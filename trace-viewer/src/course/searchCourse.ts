/** A query and the text of the course → matches in groups, each with its best first. */
import { FEW, findExact, findNear, fold, hasAll, scoreOf, wordsOf } from "../trace/find";
import {
  DEFINITION,
  type CodeFile,
  type CourseEntry,
  type CourseHit,
  type CourseText,
} from "./courseText";

/** The matches of one kind of place. */
export interface Group {
  title: string;
  /** The best of them. */
  hits: CourseHit[];
  /** How many there are. */
  total: number;
}

/** More of one group would push the next out of sight. */
export const MOST_OF_GROUP = 12;
const MOST_TERMS = 4;
const MOST_OF_LECTURE = 5;

/** At most so many of each lecture at the top, so that one does not hide the others. */
function mixed(found: readonly CourseHit[]): CourseHit[] {
  const counts = new Map<string, number>();
  const first: CourseHit[] = [];
  const rest: CourseHit[] = [];
  for (const hit of found) {
    const lecture = hit.target.at === "step" ? hit.target.lecture : "";
    const count = (counts.get(lecture) ?? 0) + 1;
    counts.set(lecture, count);
    (count <= MOST_OF_LECTURE ? first : rest).push(hit);
  }
  return [...first, ...rest];
}

/** Lines of a file that have every word; its names are found as names. */
function linesWith({ source }: CodeFile, words: readonly string[]) {
  const found: { hit: CourseHit; score: number }[] = [];
  let inside = "";
  source.text.split("\n").forEach((text, before) => {
    const name = DEFINITION.exec(text)?.[1];
    inside = name ?? inside;
    const folded = fold(text.trim());
    if (!hasAll(folded, words)) return;
    const line = before + 1;
    const named = name !== undefined && words.some((word) => fold(name).includes(word));
    const open = source.opened?.find(([first, last]) => first <= line && line <= last);
    const hit: CourseHit = {
      kind: named ? "name" : "code",
      text: text.trim(),
      section: named ? "" : inside,
      place: `${source.path.split("/").slice(-2).join("/")}:${line}`,
      target: open
        ? { at: "step", lecture: open[2], step: open[3], file: { path: source.path, line } }
        : { at: "file", path: source.path, line },
    };
    found.push({ hit, score: scoreOf({ folded, rank: named ? 0 : 4 }, words) });
  });
  return found;
}

function codeHits(files: readonly CodeFile[], query: string): CourseHit[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  return files
    .filter(({ folded }) => hasAll(folded, words))
    .flatMap((file) => linesWith(file, words))
    .sort((one, other) => one.score - other.score)
    .map(({ hit }) => hit);
}

/** What is looked through, and what of it for words with a typo. */
interface Place {
  title: string;
  most: number;
  exact: readonly CourseHit[];
  nearly: readonly CourseEntry[];
}

function placesOf(text: CourseText, query: string, current: string | null): Place[] {
  const elsewhere = ({ target }: CourseHit) => target.at !== "step" || target.lecture !== current;
  const title = current === null ? "Lectures" : "Other lectures";
  const most = MOST_OF_GROUP;
  return [
    { title: "Terms", most: MOST_TERMS, exact: findExact(text.terms, query), nearly: text.terms },
    {
      title,
      most,
      exact: mixed(findExact(text.lectures, query).filter(elsewhere)),
      nearly: text.prose,
    },
    { title: "Code of the assignments", most, exact: codeHits(text.files, query), nearly: [] },
    { title: "Task sheets", most, exact: findExact(text.sheets, query), nearly: text.sheets },
  ];
}

/**
 * Groups with matches. Where there are few in all, what nearly fits follows what does. `current`:
 * the lecture that is open, which is searched by itself.
 */
export function searchCourse(
  text: CourseText,
  query: string,
  current: string | null = null,
): Group[] {
  const places = placesOf(text, query, current);
  const few = places.reduce((sum, { exact }) => sum + exact.length, 0) < FEW;
  const groups = places.map(({ title, most, exact, nearly }) => {
    const near = few ? findNear(nearly, query, exact) : [];
    const elsewhere = near.filter(
      ({ target }) => target.at !== "step" || target.lecture !== current,
    );
    const found = [...exact, ...elsewhere];
    const fits = exact.length > 0;
    return { fits, group: { title, hits: found.slice(0, most), total: found.length } };
  });
  return [...groups.filter(({ fits }) => fits), ...groups.filter(({ fits }) => !fits)]
    .map(({ group }) => group)
    .filter(({ total }) => total > 0);
}
