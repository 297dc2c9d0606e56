/** What the search finds in the course, in groups; loaded when the search first opens. */
import { useDeferredValue, useEffect, useLayoutEffect, useMemo } from "react";
import type { Target } from "../course/courseText";
import { searchCourse } from "../course/searchCourse";
import { useCourseText } from "../hooks/useCourseText";
import { formatAddress, formatPage, type Address } from "../state/urlState";
import { excerpt } from "../trace/find";
import type { Index } from "../trace/schema";
import type { Found, Result } from "./SearchDialog";

const SHORTEST = 2;

/** Where the reader is: searched by itself, before the rest. */
export interface Here {
  lecture: string;
  /** What pages of the course lead back to. */
  back: Partial<Address>;
  results: readonly Result[];
}

function addressOf(target: Target, back: Partial<Address>): string {
  switch (target.at) {
    case "step": {
      const { lecture, step, file } = target;
      const source = file ? { path: file.path, first: file.line, last: file.line, name: "" } : null;
      return formatAddress({ trace: lecture, step, source });
    }
    case "file":
      return formatPage("source", { file: target.path, line: String(target.line) }, back);
    case "part": {
      const place = target.part === "" ? "" : `#${encodeURIComponent(target.part)}`;
      return `${formatPage("handout", { assignment: target.assignment }, back)}${place}`;
    }
  }
}

function useCourseResults(
  query: string,
  lectures: Index | null,
  here: Here | null,
): { results: Result[]; complete: boolean } {
  const { text, complete } = useCourseText(lectures);
  const current = here?.lecture ?? null;
  const groups = useMemo(() => {
    const words = query.trim();
    if (!text || words.length < SHORTEST || words.startsWith(":")) return [];
    return searchCourse(text, words, current);
  }, [text, query, current]);
  const back = here?.back;
  const results = useMemo(
    () =>
      groups.flatMap(({ title, hits, total }) =>
        hits.map((hit, at): Result => ({
          key: `${title}${at}`,
          kind: hit.kind,
          text: hit.text,
          section: hit.section,
          place: hit.place,
          group: total > hits.length ? `${title}: the first ${hits.length} of ${total}` : title,
          open: () => location.assign(addressOf(hit.target, back ?? {})),
        })),
      ),
    [groups, back],
  );
  return { results, complete };
}

function Excerpt({ text, query }: { text: string; query: string }) {
  const [before, match, rest] = excerpt(text, query);
  return (
    <>
      {before}
      {match !== "" && <mark>{match}</mark>}
      {rest}
    </>
  );
}

function note(query: string, found: number, complete: boolean): string {
  if (query.trim() === "") return "↑ ↓ to choose, Enter to go, Esc to close";
  if (!complete) return found === 0 ? "Searching…" : `${found} found so far`;
  return found === 0 ? "Nothing found in the course." : `${found} found`;
}

/** Neighbours of one group, with the place of the first among all. */
function grouped(results: readonly Result[]): { title: string; first: number; of: Result[] }[] {
  const groups: { title: string; first: number; of: Result[] }[] = [];
  results.forEach((result, at) => {
    const last = groups.at(-1);
    if (last?.title === result.group) last.of.push(result);
    else groups.push({ title: result.group, first: at, of: [result] });
  });
  return groups;
}

interface OptionProps {
  result: Result;
  place: number;
  query: string;
  chosen: boolean;
  onChoose: (at: number) => void;
}

const CODE = new Set(["code", "name"]);

function Option({ result, place, query, chosen, onChoose }: OptionProps) {
  return (
    <li
      id={`result-${place}`}
      role="option"
      aria-selected={chosen}
      onMouseMove={() => onChoose(place)}
      onClick={result.open}
    >
      <span className="result-kind">{result.kind}</span>
      <span className="result-text">
        <span className={CODE.has(result.kind) ? "result-code" : ""} dir="auto">
          <Excerpt text={result.text} query={query} />
        </span>
        {result.section !== "" && result.section !== result.text && (
          <span className="result-section">{result.section}</span>
        )}
      </span>
      <span className="result-place">{result.place}</span>
    </li>
  );
}

/** What every list of results is given by the dialog. */
export interface SearchResultsProps {
  query: string;
  lectures: Index | null;
  /** As reported last. */
  found: Found;
  /** Position of the chosen result. */
  chosen: number;
  onFound: (found: Found) => void;
  onChoose: (at: number) => void;
  onClose: () => void;
}

const NO_RESULTS: readonly Result[] = [];

/** The list of results; the field above it keeps the focus. */
export default function SearchResults(props: SearchResultsProps & { here?: Here }) {
  const { lectures, found, chosen, onFound, onChoose, here = null } = props;
  const query = useDeferredValue(props.query);
  const course = useCourseResults(query, lectures, here);
  const own = here?.results ?? NO_RESULTS;
  const results = useMemo(() => [...own, ...course.results], [own, course.results]);
  useLayoutEffect(() => onFound({ query, results }), [query, results, onFound]);
  useEffect(() => {
    document.getElementById(`result-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <>
      <div id="search-results" className="search-results" role="listbox" aria-label="Results">
        {grouped(found.results).map(({ title, first, of }) => (
          <ul key={title} role="group" aria-label={title}>
            <li role="presentation" className="result-group">
              {title}
            </li>
            {of.map((result, at) => (
              <Option
                key={result.key}
                {...{ result, query, onChoose }}
                place={first + at}
                chosen={first + at === chosen}
              />
            ))}
          </ul>
        ))}
      </div>
      <p className="search-note" role="status">
        {note(query, found.results.length, course.complete)}
      </p>
    </>
  );
}
