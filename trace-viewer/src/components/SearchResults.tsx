/** What the search finds in this lecture and in the others; loaded when the search first opens. */
import { useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { searchLectures, type LectureHit } from "../services/searchLectures";
import type { Index } from "../trace/schema";
import { buildSearchIndex, excerpt, MOST_HITS, search, type SearchHit } from "../trace/search";
import { useDispatch, useSelected } from "../hooks/viewerContext";
import type { Found, Result } from "./SearchDialog";
import { useRenderingScope } from "./shared/renderingScope";

const SHORTEST = 2;

const NO_HITS: LectureHit[] = [];

/** Matches of the other lectures, as they come in. */
function useOtherLectures(lectures: Index | null, query: string, current: string): LectureHit[] {
  const [found, setFound] = useState<{ query: string; hits: LectureHit[] }>({
    query: "",
    hits: [],
  });
  useEffect(() => {
    if (!lectures || query.trim().length < SHORTEST) return;
    const stop = new AbortController();
    const others = lectures.traces.filter((entry) => entry.name !== current);
    void searchLectures(others, query, document.baseURI, stop.signal, (hits) =>
      setFound({ query, hits }),
    );
    return () => stop.abort();
  }, [lectures, query, current]);
  return found.query === query ? found.hits : NO_HITS;
}

/** Where a hit is, for a reader: the section, then file and line. */
const placeOf = (hit: SearchHit) => `${hit.path.split("/").at(-1)}:${hit.line}`;

function useHits(query: string): SearchHit[] {
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  const presenter = useSelected((state) => state.role === "presenter");
  const entries = useMemo(() => buildSearchIndex(index, presenter), [index, presenter]);
  // What a question is answered with is not given away before the lecture comes to it.
  return useMemo(
    () => search(entries, query).filter((hit) => hit.kind !== "answer" || (hit.step ?? 0) <= step),
    [entries, query, step],
  );
}

function useResults(query: string, lectures: Index | null, onClose: () => void): Result[] {
  const index = useSelected((state) => state.index);
  const dispatch = useDispatch();
  const scope = useRenderingScope();
  const hits = useHits(query);
  const others = useOtherLectures(lectures, query, index.trace.lecture);
  return useMemo(() => {
    const line = /^:(\d+)$/.exec(query.trim())?.[1];
    const { main } = index.trace;
    if (line) {
      const open = () => {
        onClose();
        dispatch({ type: "line", path: main, line: Number(line) });
      };
      const text = `Go to line ${line}`;
      return [{ key: "line", kind: "line", text, section: "", place: main, open }];
    }
    const goTo = (hit: SearchHit) => {
      onClose();
      if (hit.step !== null) dispatch({ type: "go", step: hit.step, jump: true });
      else scope?.openSource(hit.path, hit.line, hit.line, hit.section);
    };
    const here = hits.map((hit, at) => ({
      key: `here${at}`,
      kind: hit.kind,
      text: hit.text,
      section: hit.section,
      place: placeOf(hit),
      open: () => goTo(hit),
    }));
    const elsewhere = others.map((hit, at) => ({
      key: `other${at}`,
      kind: hit.kind,
      text: hit.text,
      section: hit.section,
      place: hit.line === null ? hit.lecture : `${hit.lecture}:${hit.line}`,
      open: () => location.assign(hit.address),
    }));
    return [...here, ...elsewhere];
  }, [query, index, hits, others, dispatch, scope, onClose]);
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

function note(query: string, found: number): string {
  if (query.trim() === "") return "↑ ↓ to choose, Enter to go, Esc to close";
  if (found === 0) return "Nothing found in this lecture or another.";
  return found < MOST_HITS ? `${found} found` : `The first ${found} matches`;
}

interface SearchResultsProps {
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

/** The list of results; the field above it keeps the focus. */
export default function SearchResults(props: SearchResultsProps) {
  const { lectures, found, chosen, onFound, onChoose, onClose } = props;
  const query = useDeferredValue(props.query);
  const results = useResults(query, lectures, onClose);
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => onFound({ query, results }), [query, results, onFound]);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <>
      <ul
        ref={list}
        id="search-results"
        className="search-results"
        role="listbox"
        aria-label="Results"
      >
        {found.results.map((result, place) => (
          <li
            key={result.key}
            id={`result-${place}`}
            role="option"
            aria-selected={place === chosen}
            onMouseMove={() => onChoose(place)}
            onClick={result.open}
          >
            <span className="result-kind">{result.kind}</span>
            <span className="result-text">
              <span className={result.kind === "code" ? "result-code" : ""} dir="auto">
                <Excerpt text={result.text} query={query} />
              </span>
              {result.section !== "" && result.section !== result.text && (
                <span className="result-section">{result.section}</span>
              )}
            </span>
            <span className="result-place">{result.place}</span>
          </li>
        ))}
      </ul>
      <p className="search-note" role="status">
        {note(query, found.results.length)}
      </p>
    </>
  );
}
