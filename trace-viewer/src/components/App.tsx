/** Loads what the address names and shows the screen for what came of it. */
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { hasEmbedded } from "../services/embeddedTrace";
import { loadIndex } from "../services/loadTrace";
import { wantsHandout } from "../state/urlState";
import type { Index } from "../trace/schema";
import { ConfirmForeign } from "./ConfirmForeign";
import { ErrorScreen } from "./ErrorScreen";
import { KeptFiles } from "./KeptFiles";
import { MissingFile } from "./MissingFile";
import { loadFile, loadForeign, outcomeOf, type Load } from "./opening";
import { CoursePages } from "./CoursePages";
import { FileChooser, TracePicker } from "./TracePicker";
import { TraceScreen } from "./TraceScreen";
import { useDroppedFile } from "../hooks/useDroppedFile";

const HandoutScreen = lazy(() => import("./HandoutScreen"));

function useOpening(first: Load): { load: Load; attempt: (work: () => Promise<Load>) => void } {
  const [load, setLoad] = useState(first);
  const attempt = useCallback((work: () => Promise<Load>) => {
    setLoad({ kind: "loading" });
    void outcomeOf(work).then(setLoad);
  }, []);
  return { load, attempt };
}

/** What there is to do where no lecture is open. */
function Before({ load, lectures, attempt }: ReturnType<typeof useOpening> & LecturesProps) {
  const onFile = (file: File) => attempt(() => loadFile(file));
  switch (load.kind) {
    case "loading":
      return (
        <p className="loading" role="status">
          Opening…
        </p>
      );
    case "picking":
      return (
        <CoursePages
          page={null}
          lectures={lectures}
          otherwise={<TracePicker lectures={lectures} onFile={onFile} />}
          below={
            <>
              <FileChooser onFile={onFile} />
              <KeptFiles />
            </>
          }
        />
      );
    case "page":
      return (
        <CoursePages
          page={load.page}
          lectures={lectures}
          otherwise={<TracePicker lectures={lectures} onFile={onFile} />}
        />
      );
    case "asking":
      return (
        <ConfirmForeign url={load.url} onAccept={() => attempt(() => loadForeign(load.url))} />
      );
    case "missing":
      return <MissingFile file={load.file} lectures={lectures} onFile={onFile} />;
    case "failed":
      return <ErrorScreen error={load.error} lectures={lectures} onFile={onFile} />;
    case "ready":
      return null;
  }
}

interface LecturesProps {
  lectures: Index | null;
}

/** `first`: what came of the page's address. */
export function App({ first }: { first: Load }) {
  const [handout] = useState(() => wantsHandout(location.search));
  const [lectures, setLectures] = useState<Index | null>(null);
  const { load, attempt } = useOpening(first);
  const dropping = useDroppedFile(
    useCallback((file: File) => attempt(() => loadFile(file)), [attempt]),
  );
  useEffect(() => {
    if (!hasEmbedded(document)) void loadIndex(document.baseURI).then(setLectures);
  }, []);
  return (
    <>
      <Before load={load} lectures={lectures} attempt={attempt} />
      {load.kind === "ready" && handout && (
        <Suspense fallback={null}>
          <HandoutScreen open={load.open} />
        </Suspense>
      )}
      {load.kind === "ready" && !handout && (
        <TraceScreen key={load.id} open={load.open} opened={load.opened} lectures={lectures} />
      )}
      {dropping && <div className="drop-overlay">Drop the trace to open it</div>}
    </>
  );
}
