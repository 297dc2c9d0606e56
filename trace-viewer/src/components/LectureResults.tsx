/** What the search finds in the lecture that is open, before the rest of the course. */
import { useDeferredValue, useMemo } from "react";
import { useDispatch, useSelected } from "../hooks/viewerContext";
import { buildSearchIndex, search, type SearchHit } from "../trace/search";
import type { Result } from "./SearchDialog";
import SearchResults, { type Here, type SearchResultsProps } from "./SearchResults";
import { useRenderingScope } from "./shared/renderingScope";

/** More would push what the other lectures have out of reach. */
const MOST_HERE = 30;
const GROUP = "This lecture";

/** Where a hit is, for a reader: file and line. */
const placeOf = (hit: SearchHit) => `${hit.path.split("/").at(-1)}:${hit.line}`;

function useHits(query: string): SearchHit[] {
  const index = useSelected((state) => state.index);
  const step = useSelected((state) => state.step);
  const presenter = useSelected((state) => state.role === "presenter");
  const entries = useMemo(() => buildSearchIndex(index, presenter), [index, presenter]);
  // What a question is answered with is not given away before the lecture comes to it.
  return useMemo(
    () =>
      search(entries, query, MOST_HERE).filter(
        (hit) => hit.kind !== "answer" || (hit.step ?? 0) <= step,
      ),
    [entries, query, step],
  );
}

function useHere(query: string, onClose: () => void): Result[] {
  const main = useSelected((state) => state.index.trace.main);
  const dispatch = useDispatch();
  const scope = useRenderingScope();
  const hits = useHits(query);
  return useMemo(() => {
    const line = /^:(\d+)$/.exec(query.trim())?.[1];
    if (line) {
      const open = () => {
        onClose();
        dispatch({ type: "line", path: main, line: Number(line) });
      };
      const text = `Go to line ${line}`;
      return [{ key: "line", kind: "line", text, section: "", place: main, group: GROUP, open }];
    }
    const goTo = (hit: SearchHit) => {
      onClose();
      if (hit.step !== null) dispatch({ type: "go", step: hit.step, jump: true });
      else scope?.openSource(hit.path, hit.line, hit.line, hit.section);
    };
    return hits.map((hit, at) => ({
      key: `here${at}`,
      kind: hit.kind,
      text: hit.text,
      section: hit.section,
      place: placeOf(hit),
      group: GROUP,
      open: () => goTo(hit),
    }));
  }, [query, main, hits, dispatch, scope, onClose]);
}

/** The results of this lecture, and those of the course. */
export default function LectureResults(props: SearchResultsProps) {
  const query = useDeferredValue(props.query);
  const lecture = useSelected((state) => state.index.trace.lecture);
  const step = useSelected((state) => state.step);
  const results = useHere(query, props.onClose);
  const here = useMemo(
    (): Here => ({ lecture, back: { trace: lecture, step }, results }),
    [lecture, step, results],
  );
  return <SearchResults {...props} here={here} />;
}
