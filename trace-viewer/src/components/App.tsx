/** Loads what the address names and shows the screen for what came of it. */
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { hasEmbedded } from "../services/embeddedTrace";
import { loadIndex } from "../services/loadTrace";
import { wantsHandout } from "../state/urlState";
import type { Index } from "../trace/schema";
import { TraceError } from "../trace/traceError";
import { ConfirmForeign } from "./ConfirmForeign";
import { ErrorScreen } from "./ErrorScreen";
import { MissingFile } from "./MissingFile";
import { loadAddress, loadFile, loadForeign, type Load } from "./opening";
import { TracePicker } from "./TracePicker";
import { TraceScreen } from "./TraceScreen";
import { useDroppedFile } from "./useDroppedFile";

const HandoutScreen = lazy(() => import("./HandoutScreen"));

function asTraceError(error: unknown): TraceError {
  if (error instanceof TraceError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new TraceError("The trace cannot be shown", detail, "Please report this with the file.");
}

function useOpening(): { load: Load; attempt: (work: () => Promise<Load>) => void } {
  const [load, setLoad] = useState<Load>({ kind: "loading" });
  const run = useCallback((work: () => Promise<Load>) => {
    work().then(setLoad, (error: unknown) =>
      setLoad({ kind: "failed", error: asTraceError(error) }),
    );
  }, []);
  const attempt = useCallback(
    (work: () => Promise<Load>) => {
      setLoad({ kind: "loading" });
      run(work);
    },
    [run],
  );
  useEffect(() => run(loadAddress), [run]);
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
      return <TracePicker lectures={lectures} onFile={onFile} />;
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

export function App() {
  const [handout] = useState(() => wantsHandout(location.search));
  const [lectures, setLectures] = useState<Index | null>(null);
  const { load, attempt } = useOpening();
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
