/** One trace, open: wires store, address bar, keys and windows, and lays out the panels. */
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { bindAddressBar } from "../services/addressBar";
import { changeSize, changeTheme, resetSize, toggleFullscreen } from "../services/commands";
import { assetOf, type LoadedTrace } from "../services/loadTrace";
import type { Command } from "../state/keymap";
import { createStore, type Store } from "../state/store";
import { toAddress } from "../state/selectors";
import { formatAddress, type Opening, type ReadAddress } from "../state/urlState";
import {
  initialState,
  viewerReducer,
  type Move,
  type ViewerAction,
  type ViewerState,
} from "../state/viewerReducer";
import type { RenderingContext } from "../trace/renderingContext";
import type { Index } from "../trace/schema";
import type { TraceIndex } from "../trace/traceIndex";
import { CallStack } from "./CallStack";
import { EnvironmentPanel } from "./EnvironmentPanel";
import { ImplementationPane } from "./ImplementationPane";
import { LiveBar } from "./LiveBar";
import { LoadGuard } from "./shared/LoadGuard";
import { LiveRegion, Notice } from "./LiveRegion";
import { OutputPanel } from "./OutputPanel";
import { SideBar } from "./SideBar";
import { SourcePane } from "./SourcePane";
import { Splitter, useSideWidth } from "./Splitter";
import { Timeline } from "./Timeline";
import { Toolbar } from "./Toolbar";
import { useLiveUpdates } from "../hooks/useLiveUpdates";
import { useKeys } from "../hooks/useKeys";
import { usePlay } from "../hooks/usePlay";
import { RenderingScope } from "./shared/renderingScope";
import { usePresenterSync } from "../hooks/usePresenterSync";
import { useSwipe } from "../hooks/useSwipe";
import { useTheme } from "../hooks/useTheme";
import { ViewerContext, useDispatch, useSelected, type Viewer } from "../hooks/viewerContext";

const loadSearch = () => import("./SearchPalette");
const SearchPalette = lazy(loadSearch);
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

function openPresenter(store: ViewerStore, opening: Opening): void {
  const address = formatAddress(toAddress(store.getState(), { ...opening, presenter: true }));
  window.open(location.pathname + address, "_blank", "popup,width=1100,height=760");
}

function closeOne(store: ViewerStore): void {
  const state = store.getState();
  if (state.dialog) store.dispatch({ type: "dialog", dialog: null });
  else if (state.sheet) store.dispatch({ type: "sheet", sheet: null });
  else if (state.notice) store.dispatch({ type: "notice", text: "" });
  else if (state.sidebar) store.dispatch({ type: "sidebar", open: false });
  else if (state.pane.open) store.dispatch({ type: "pane", action: { type: "close" } });
}

function useCommands(store: ViewerStore, opening: Opening): (command: Command) => void {
  return useCallback(
    (command: Command) => {
      switch (command) {
        case "fullscreen":
          return toggleFullscreen();
        case "theme":
          return changeTheme();
        case "larger":
          return changeSize(1);
        case "smaller":
          return changeSize(-1);
        case "normal-size":
          return resetSize();
        case "presenter":
          return openPresenter(store, opening);
        case "print":
          return window.print();
        case "escape":
          return closeOne(store);
      }
    },
    [store, opening],
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
        {dialog === "search" && <SearchPalette lectures={lectures} onClose={close} />}
        {dialog === "help" && <HelpDialog onClose={close} />}
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

/** Once the lecture is there: a search should open under the first letter that is typed. */
function useSearchAtHand(): void {
  useEffect(() => {
    const timer = setTimeout(() => void loadSearch(), IDLE_MS);
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
      <Timeline />
      <Notice />
      <LiveRegion />
      <Dialogs lectures={lectures} />
    </div>
  );
}

/** The page of an open trace, for the reader or for the speaker. */
export function TraceScreen({ open, opened, lectures }: TraceScreenProps) {
  const [store] = useState(() => {
    const created = createStore(viewerReducer, initialState(open.index));
    created.dispatch({ type: "restore", address: opened.address, problems: opened.problems });
    created.dispatch({ type: "sidebar", open: matchMedia("(min-width: 1560px)").matches });
    return created;
  });
  const opening = opened.address;
  const { presenter } = opening;
  const run = useCommands(store, opening);
  const viewer = useMemo<Viewer>(() => ({ store, run }), [store, run]);
  const renderings = useRenderings(store, open);
  useKeys(store, run);
  usePlay(store);
  useLiveUpdates(store, open.live ?? null);
  usePresenterSync(store, open.key, presenter);
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
          <Lecture lectures={lectures} file={opening.file} />
        )}
      </RenderingScope>
    </ViewerContext>
  );
}
