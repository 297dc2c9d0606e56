/**
 * The search as a dialog. It is there at once, with its field: what finds things is loaded after,
 * and whatever was typed in the meantime, Enter too, is meant for it.
 */
import { lazy, Suspense, useCallback, useState, type KeyboardEvent } from "react";
import type { Index } from "../trace/schema";
import { Modal } from "./shared/Modal";

/** One line of the results. */
export interface Result {
  key: string;
  kind: string;
  text: string;
  section: string;
  place: string;
  /** Title of the results that it stands among. */
  group: string;
  open: () => void;
}

/** Results, and the query that they are of. */
export interface Found {
  query: string;
  results: readonly Result[];
}

const loadLectureResults = () => import("./LectureResults");
const LectureResults = lazy(loadLectureResults);
const CourseResults = lazy(() => import("./SearchResults"));
/** Loads the results' code when it is known that a search will come. */
export const preloadSearch = (): void => void loadLectureResults().catch(() => undefined);

interface SearchDialogProps {
  lectures: Index | null;
  /** A lecture is open, and searched first. */
  lecture?: boolean;
  onClose: () => void;
}

const NOTHING: Found = { query: "", results: [] };

/** Searches this lecture, if one is open, and the whole course. */
export function SearchDialog({ lectures, lecture = false, onClose }: SearchDialogProps) {
  const Results = lecture ? LectureResults : CourseResults;
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [found, setFound] = useState(NOTHING);
  /** Enter was pressed for this query before its results were there. */
  const [wanted, setWanted] = useState<string | null>(null);
  const report = useCallback(
    (next: Found) => {
      setFound(next);
      if (next.query === wanted) next.results[0]?.open();
    },
    [wanted],
  );
  const { results } = found;
  const chosen = Math.min(at, Math.max(results.length - 1, 0));
  const enter = () => {
    if (found.query === query) results[chosen]?.open();
    else setWanted(query);
  };
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, results.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") enter();
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
        placeholder={lecture ? "Text, code, variables; :120 for a line" : "Terms, text, code"}
        aria-label={lecture ? "Search this lecture and the course" : "Search the course"}
        role="combobox"
        aria-expanded={results.length > 0}
        aria-controls="search-results"
        aria-activedescendant={results.length > 0 ? `result-${chosen}` : undefined}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
          setWanted(null);
        }}
        onKeyDown={keyDown}
      />
      <Suspense fallback={<p className="search-note">Opening…</p>}>
        <Results
          {...{ query, lectures, found, chosen, onClose }}
          onFound={report}
          onChoose={setAt}
        />
      </Suspense>
    </Modal>
  );
}
