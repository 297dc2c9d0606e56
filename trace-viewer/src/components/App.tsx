/** Loads what the address names and shows the screen for what came of it. */
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { hasEmbedded, readEmbedded } from "../services/embeddedTrace";
import { fetchForeign } from "../services/fetchForeign";
import {
  loadEmbedded,
  loadIndex,
  loadText,
  loadTrace,
  type LoadedTrace,
} from "../services/loadTrace";
import { openChannel } from "../services/presenterChannel";
import { locateTrace } from "../services/traceAddress";
import { readAddress, wantsHandout, type ReadAddress } from "../state/urlState";
import type { Index, Trace } from "../trace/schema";
import { TraceError } from "../trace/traceError";
import { buildIndex } from "../trace/traceIndex";
import { ConfirmForeign } from "./ConfirmForeign";
import { ErrorScreen } from "./ErrorScreen";
import { preloadText } from "./renderings";
import { TracePicker } from "./TracePicker";
import { TraceScreen, type OpenTrace } from "./TraceScreen";
import { useDroppedFile } from "./useDroppedFile";

const HandoutScreen = lazy(() => import("./HandoutScreen"));

type Load =
  | { kind: "picking" }
  | { kind: "loading" }
  | { kind: "asking"; url: URL }
  | { kind: "failed"; error: TraceError }
  | { kind: "ready"; open: OpenTrace; opened: ReadAddress };

/** The address of a file from the reader's disk says nothing about it but the position. */
const FILE_ADDRESS: ReadAddress = {
  address: { ...readAddress("").address, step: 0 },
  problems: [],
};

function asTraceError(error: unknown): TraceError {
  if (error instanceof TraceError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new TraceError("The trace cannot be shown", detail, "Please report this with the file.");
}

const FIRST_STEPS = 40;

/** Whether the beginning of the lecture has a formula: what draws it is then fetched at once. */
function beginsWithFormulas(trace: Trace): boolean {
  return trace.steps
    .slice(0, FIRST_STEPS)
    .some(({ outputs }) => outputs?.some((one) => one.kind === "text" && one.text.includes("$")));
}

function ready(loaded: LoadedTrace, opened: ReadAddress, file: OpenTrace["file"]): Load {
  if (beginsWithFormulas(loaded.trace)) preloadText(true);
  const { trace, ...place } = loaded;
  return { kind: "ready", opened, open: { ...place, index: buildIndex(trace), file } };
}

/** A presenter window of a dropped file asks the window that has it. */
function askForTrace(key: string): Promise<{ text: string; name: string }> {
  return new Promise((resolve) => {
    const channel = openChannel(key, (message) => {
      if (message.type !== "trace") return;
      channel.close();
      resolve(message);
    });
    channel.send({ type: "want-trace" });
  });
}

async function loadAddress(): Promise<Load> {
  const page = document.baseURI;
  const opened = readAddress(location.search);
  const embedded = readEmbedded(document);
  if (embedded) return ready(await loadEmbedded(embedded), opened, null);
  const wanted = opened.address.trace;
  const shared = new URLSearchParams(location.search).get("window");
  if (opened.address.presenter && shared && !wanted) {
    const { text, name } = await askForTrace(shared);
    return ready(await loadText(text, name, page), opened, null);
  }
  if (!wanted) return { kind: "picking" };
  const place = locateTrace(wanted, page);
  if (place.kind === "refused") {
    throw new TraceError("This address is not opened", place.reason, "Choose a lecture below.");
  }
  if (place.kind === "foreign") return { kind: "asking", url: place.url };
  return ready(await loadTrace(place.url, page), opened, null);
}

export function App() {
  const [load, setLoad] = useState<Load>({ kind: "loading" });
  const [handout] = useState(() => wantsHandout(location.search));
  const [lectures, setLectures] = useState<Index | null>(null);
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

  useEffect(() => {
    run(loadAddress);
    if (!hasEmbedded(document)) void loadIndex(document.baseURI).then(setLectures);
  }, [run]);

  const openFile = useCallback(
    (file: File) => {
      const read = async () => ({ text: await file.text(), name: file.name });
      attempt(async () => {
        const { text, name } = await read();
        const loaded = await loadText(text, name, document.baseURI);
        history.pushState(null, "", location.pathname);
        return ready(loaded, FILE_ADDRESS, read);
      });
    },
    [attempt],
  );
  const dropping = useDroppedFile(openFile);
  const acceptForeign = (url: URL) =>
    attempt(async () => {
      const text = await fetchForeign(url);
      const loaded = await loadText(text, url.href, document.baseURI);
      return ready(loaded, readAddress(location.search), null);
    });

  return (
    <>
      {load.kind === "loading" && (
        <p className="loading" role="status">
          Opening…
        </p>
      )}
      {load.kind === "picking" && <TracePicker lectures={lectures} onFile={openFile} />}
      {load.kind === "asking" && (
        <ConfirmForeign url={load.url} onAccept={() => acceptForeign(load.url)} />
      )}
      {load.kind === "failed" && (
        <ErrorScreen error={load.error} lectures={lectures} onFile={openFile} />
      )}
      {load.kind === "ready" && handout && (
        <Suspense fallback={null}>
          <HandoutScreen open={load.open} />
        </Suspense>
      )}
      {load.kind === "ready" && !handout && (
        <TraceScreen
          key={load.open.key}
          open={load.open}
          opened={load.opened}
          lectures={lectures}
        />
      )}
      {dropping && <div className="drop-overlay">Drop the trace to open it</div>}
    </>
  );
}
