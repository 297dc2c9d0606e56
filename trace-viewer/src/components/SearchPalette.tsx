/** Search over this lecture and, on request, over all lectures of the list. */
import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { searchLectures, type LectureHit } from "../services/searchLectures";
import type { Index } from "../trace/schema";
import { buildSearchIndex, excerpt, MOST_HITS, search, type SearchHit } from "../trace/search";
import { Modal } from "./shared/Modal";
import { useDispatch, useSelected } from "../hooks/viewerContext";
import { useRenderingScope } from "./shared/renderingScope";

interface Result {
  key: string;
  kind: string;
  text: string;
  place: string;
  open: () => void;
}

const SHORTEST = 2;

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
  return found.query === query ? found.hits : [];
}

function useResults(query: string, lectures: Index | null, onClose: () => void): Result[] {
  const index = useSelected((state) => state.index);
  const at = useSelected((state) => state.step);
  const dispatch = useDispatch();
  const scope = useRenderingScope();
  const entries = useMemo(() => buildSearchIndex(index), [index]);
  const others = useOtherLectures(lectures, query, index.trace.lecture);
  const goTo = (hit: SearchHit) => {
    onClose();
    if (hit.step !== null) dispatch({ type: "go", step: hit.step, jump: true });
    else scope?.openSource(hit.path, hit.line, hit.line, hit.path.split("/").at(-1) ?? "");
  };
  const line = /^:(\d+)$/.exec(query.trim())?.[1];
  if (line) {
    const open = () => {
      onClose();
      dispatch({ type: "line", path: index.trace.main, line: Number(line) });
    };
    return [
      { key: "line", kind: "line", text: `Go to line ${line}`, place: index.trace.main, open },
    ];
  }
  // What a question is answered with is not given away before the lecture comes to it.
  const told = search(entries, query).filter(
    ({ kind, step }) => kind !== "answer" || (step ?? 0) <= at,
  );
  const here = told.map((hit, place) => ({
    key: `here${place}`,
    kind: hit.kind,
    text: hit.text,
    place: `${hit.path.split("/").at(-1)}:${hit.line}`,
    open: () => goTo(hit),
  }));
  const elsewhere = others.map((hit, at) => ({
    key: `other${at}`,
    kind: hit.kind,
    text: hit.text,
    place: hit.lecture,
    open: () => location.assign(hit.address),
  }));
  return [...here, ...elsewhere];
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

/** The search as a dialog. */
export default function SearchPalette({
  lectures,
  onClose,
}: {
  lectures: Index | null;
  onClose: () => void;
}) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const results = useResults(useDeferredValue(query), lectures, onClose);
  const chosen = Math.min(at, Math.max(results.length - 1, 0));
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, results.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") results[chosen]?.open();
    // The field alone would only be emptied.
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
  };
  return (
    <Modal label="Search" className="search" onClose={onClose}>
      <input
        type="search"
        autoFocus
        className="search-input"
        placeholder="Text, code, variables; :120 for a line"
        aria-label="Search this lecture and all others"
        role="combobox"
        aria-expanded={results.length > 0}
        aria-controls="search-results"
        aria-activedescendant={results.length > 0 ? `result-${chosen}` : undefined}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={keyDown}
      />
      <ul
        ref={list}
        id="search-results"
        className="search-results"
        role="listbox"
        aria-label="Results"
      >
        {results.map((result, place) => (
          <li
            key={result.key}
            id={`result-${place}`}
            role="option"
            aria-selected={place === chosen}
            onMouseMove={() => setAt(place)}
            onClick={result.open}
          >
            <span className="result-kind">{result.kind}</span>
            <span className={result.kind === "code" ? "result-code" : "result-text"}>
              <Excerpt text={result.text} query={query} />
            </span>
            <span className="result-place">{result.place}</span>
          </li>
        ))}
      </ul>
      <p className="search-note" role="status">
        {note(query, results.length)}
      </p>
    </Modal>
  );
}
