/** One trace, open: wires store, address bar, keys and windows, and lays out the panels. */
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { bindAddressBar } from "../services/addressBar";
import {
  changeSize,
  changeTheme,
  enterFullscreen,
  resetSize,
  toggleFullscreen,
} from "../services/commands";
import { openOther, pairOf } from "../services/windowPair";
import { assetOf, type LoadedTrace } from "../services/loadTrace";
import type { Command } from "../state/keymap";
import { createStore, type Store } from "../state/store";
import { toAddress } from "../state/selectors";
import { formatAddress, printAddress, type Opening, type ReadAddress } from "../state/urlState";
import { initialState, type Move, type ViewerAction, type ViewerState } from "../state/viewerState";
import { viewerReducer } from "../state/viewerReducer";
import type { RenderingContext } from "../trace/renderingContext";
import type { Index } from "../trace/schema";
import type { TraceIndex } from "../trace/traceIndex";
import { BlankScreen } from "./BlankScreen";
import { ChangeStrip } from "./ChangeStrip";
import { CallStack } from "./CallStack";
import { EnvironmentPanel } from "./EnvironmentPanel";
import { ImplementationPane } from "./ImplementationPane";
import { LiveBar } from "./LiveBar";
import { LoadGuard } from "./shared/LoadGuard";
import { LiveRegion, Notice } from "./LiveRegion";
import { OutputPanel } from "./OutputPanel";
import { preloadSearch, SearchDialog } from "./SearchDialog";
import { SideBar } from "./SideBar";
import { SourcePane } from "./SourcePane";
import { Splitter, useSideWidth } from "./Splitter";
import { Timeline } from "./Timeline";
import { Toolbar } from "./Toolbar";
import { useLiveUpdates } from "../hooks/useLiveUpdates";
import { PracticeContext, useCoursePractice } from "../hooks/practiceContext";
import { useKeptPlace } from "../hooks/useKeptPlace";
import { keptPlaces } from "../services/keptPlaces";
import { findPlace } from "../trace/place";
import { useKeptAnswers } from "../hooks/useKeptAnswers";
import { useKeys } from "../hooks/useKeys";
import { usePlay } from "../hooks/usePlay";
import { RenderingScope } from "./shared/renderingScope";
import { useWindowPair } from "../hooks/useWindowPair";
import { useSwipe } from "../hooks/useSwipe";
import { useTheme } from "../hooks/useTheme";
import { ViewerContext, useDispatch, useSelected, type Viewer } from "../hooks/viewerContext";

const ToolsDialog = lazy(() => import("./ToolsDialog"));
const HelpDialog = lazy(() => import("./HelpDialog"));
const PresenterScreen = lazy(() => import("./PresenterScreen"));

/** A trace that is ready to be read, with where its files are. */
export interface OpenTrace extends Omit<LoadedTrace, "trace"> {
  index: TraceIndex;
}

interface TraceScreenProps {
  open: OpenTrace;
  opened: ReadAddress;
  lectures: Index | null;
}

type ViewerStore = Store<ViewerState, ViewerAction>;

const BLOCKED = "The browser did not open another window: allow pop-ups for this page.";

/** The speaker's window from a reader's page, the audience's from the speaker's. */
function openPair(store: ViewerStore, opening: Opening): string | null {
  const { presenter } = opening;
  const other = toAddress(store.getState(), { ...opening, presenter: !presenter });
  const address = location.pathname + formatAddress(other);
  const id = openOther(window, presenter ? "presenter" : "audience", address);
  if (id === null) store.dispatch({ type: "notice", text: BLOCKED });
  return id;
}

function closeOne(store: ViewerStore): void {
  const state = store.getState();
  if (state.dialog) store.dispatch({ type: "dialog", dialog: null });
  else if (state.sheet) store.dispatch({ type: "sheet", sheet: null });
  else if (state.notice) store.dispatch({ type: "notice", text: "" });
  else if (state.sidebar) store.dispatch({ type: "sidebar", open: false });
  else if (state.pane.open) store.dispatch({ type: "pane", action: { type: "close" } });
}

/** Not this page: what it has not drawn yet would be missing on paper. */
function openHandout(store: ViewerStore, opening: Opening): void {
  const opened = window.open(location.pathname + printAddress(opening), "_blank");
  if (!opened) store.dispatch({ type: "notice", text: BLOCKED });
}

/** Enter answers the question of the step: its first control takes the focus. */
function focusQuestion(): void {
  const form = ".source-lecture [data-status='here'] .question-form";
  document.querySelector<HTMLElement>(`${form} :is(input, textarea)`)?.focus();
}

function useCommands(
  store: ViewerStore,
  opening: Opening,
  onPair: (id: string) => void,
): (command: Command) => void {
  return useCallback(
    (command: Command) => {
      switch (command) {
        case "fullscreen":
          return toggleFullscreen();
        case "full":
          return enterFullscreen();
        case "theme":
          return changeTheme();
        case "larger":
          return changeSize(1);
        case "smaller":
          return changeSize(-1);
        case "normal-size":
          return resetSize();
        case "presenter":
          return onPair(openPair(store, opening) ?? "");
        case "blank":
          return store.dispatch({ type: "classroom", action: { type: "blank" } });
        case "answer":
          return focusQuestion();
        case "print":
          return openHandout(store, opening);
        case "escape":
          return closeOne(store);
      }
    },
    [store, opening, onPair],
  );
}

function useRenderings(store: ViewerStore, open: OpenTrace): RenderingContext {
  const theme = useTheme();
  return useMemo(
    () => ({
      theme,
      resolveAsset: (path) => assetOf(open, path),
      openSource: (path, first, last, name) =>
        store.dispatch({
          type: "pane",
          action: { type: "open", place: { path, first, last, name } },
        }),
    }),
    [store, open, theme],
  );
}

function Dialogs({ lectures }: { lectures: Index | null }) {
  const dialog = useSelected((state) => state.dialog);
  const dispatch = useDispatch();
  const close = useCallback(() => dispatch({ type: "dialog", dialog: null }), [dispatch]);
  const failed = useCallback(() => {
    dispatch({ type: "dialog", dialog: null });
    const text = "This part of the page could not be loaded: is its server running? Then reload.";
    dispatch({ type: "notice", text });
  }, [dispatch]);
  return (
    <LoadGuard key={dialog} onFailed={failed}>
      <Suspense fallback={null}>
        {dialog === "search" && <SearchDialog lecture lectures={lectures} onClose={close} />}
        {dialog === "help" && <HelpDialog onClose={close} />}
        {dialog === "tools" && <ToolsDialog onClose={close} />}
      </Suspense>
    </LoadGuard>
  );
}

function Panels() {
  const sheet = useSelected((state) => state.sheet);
  return (
    <div className="panels" data-open={sheet === "variables" || undefined}>
      <EnvironmentPanel />
      <CallStack />
      <OutputPanel />
    </div>
  );
}

const IDLE_MS = 2000;

/** Once the lecture is there: a search should find with the first letter that is typed. */
function useSearchAtHand(): void {
  useEffect(() => {
    const timer = setTimeout(preloadSearch, IDLE_MS);
    return () => clearTimeout(timer);
  }, []);
}

const NARROW_SIDE = 32;
const WIDE_SIDE = 48;

interface LectureProps {
  lectures: Index | null;
  /** The open file, if it is one from the reader's disk. */
  file: string | null;
}

function Lecture({ lectures, file }: LectureProps) {
  const main = useSelected((state) => state.index.trace.main);
  const pane = useSelected((state) => state.pane.open);
  const sidebar = useSelected((state) => state.sidebar);
  const dispatch = useDispatch();
  const column = useRef<HTMLDivElement>(null);
  const onMove = useCallback((move: Move) => dispatch({ type: "move", move }), [dispatch]);
  useSwipe(column, onMove);
  useSearchAtHand();
  const { share, set } = useSideWidth();
  const side = share ?? (pane ? WIDE_SIDE : NARROW_SIDE);
  return (
    <div
      className="screen"
      data-pane={pane || undefined}
      data-sidebar={sidebar || undefined}
      style={{ "--side-share": `${side}%` } as React.CSSProperties}
    >
      <Toolbar />
      <SideBar lectures={lectures} file={file} />
      <main className="lecture">
        <LiveBar />
        <SourcePane path={main} label="Lecture" lecture scrollRef={column} />
      </main>
      <aside className="side" aria-label="Code and state of the program">
        <Splitter share={side} onChange={set} />
        <ImplementationPane />
        <Panels />
      </aside>
      <ChangeStrip />
      <Timeline />
      <Notice />
      <LiveRegion />
      <Dialogs lectures={lectures} />
      <BlankScreen />
    </div>
  );
}

/** The page of an open trace, for the reader or for the speaker. */
export function TraceScreen({ open, opened, lectures }: TraceScreenProps) {
  const [store] = useState(() => {
    const created = createStore(viewerReducer, initialState(open.index));
    created.dispatch({ type: "restore", address: opened.address, problems: opened.problems });
    const { step, source, presenter: speaker } = opened.address;
    const place = keptPlaces().get(open.index.trace.lecture);
    const last =
      place &&
      step === null &&
      !source &&
      !speaker &&
      opened.problems.length === 0 &&
      findPlace(open.index, place);
    if (typeof last === "number" && last > 0) created.dispatch({ type: "resume", step: last });
    if (opened.address.presenter) created.dispatch({ type: "role", role: "presenter" });
    created.dispatch({ type: "sidebar", open: matchMedia("(min-width: 1560px)").matches });
    return created;
  });
  const opening = opened.address;
  const { presenter } = opening;
  const [pair, setPair] = useState(() => pairOf(window));
  const onPair = useCallback((id: string) => setPair((known) => id || known), []);
  const run = useCommands(store, opening, onPair);
  const viewer = useMemo<Viewer>(() => ({ store, run }), [store, run]);
  const renderings = useRenderings(store, open);
  const practice = useCoursePractice(open.index, opening, lectures);
  useKeys(store, run);
  usePlay(store);
  useKeptAnswers(store);
  useKeptPlace(store, !presenter);
  useLiveUpdates(store, open.live ?? null);
  useWindowPair(store, pair, open.key, presenter ? "presenter" : "audience");
  useEffect(() => {
    const { trace, file } = opening;
    return bindAddressBar(store, { trace, file, presenter });
  }, [store, opening, presenter]);
  useEffect(() => {
    const { title, lecture } = open.index.trace;
    document.title = `${presenter ? "Presenter · " : ""}${title || lecture}`;
  }, [open, presenter]);
  return (
    <ViewerContext value={viewer}>
      <RenderingScope value={renderings}>
        {presenter ? (
          <Suspense fallback={null}>
            <PresenterScreen />
            <Dialogs lectures={lectures} />
          </Suspense>
        ) : (
          <PracticeContext value={practice}>
            <Lecture lectures={lectures} file={opening.file} />
          </PracticeContext>
        )}
      </RenderingScope>
    </ViewerContext>
  );
}
