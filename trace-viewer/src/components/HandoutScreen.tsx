/**
 * `?print=1`: the whole lecture as one document, every row in the page, made for paper; with
 * `&notes=1` the speaker's notes are in their places.
 *
 * When formulas, pictures and plots are in their place, `<html data-ready="true">` says so: a
 * program that prints the page waits for that.
 */
import { useEffect, useMemo, useState } from "react";
import "./shared/paperFonts";
import { assetOf } from "../services/loadTrace";
import { whenSettled } from "../services/settled";
import { createStore } from "../state/store";
import { initialState } from "../state/viewerState";
import { viewerReducer } from "../state/viewerReducer";
import type { RenderingContext } from "../trace/renderingContext";
import { RenderingScope } from "./shared/renderingScope";
import { PrintedCode } from "./PrintedCode";
import { wantsNotes, wantsPrinter } from "../state/urlState";
import { cardAnchor, linkedCode } from "../trace/linkedCode";
import type { TraceIndex } from "../trace/traceIndex";
import { SourcePane } from "./SourcePane";
import type { OpenTrace } from "./TraceScreen";
import { ViewerContext, type Viewer } from "../hooks/viewerContext";

const nothing = () => undefined;

/** The title, where the lecture does not begin with it by itself, and what its header says. */
function Head({ index }: { index: TraceIndex }) {
  const { title, lecture, lecture_info: info } = index.trace;
  const [first] = index.sections;
  const own = first?.level === 1 && first.title === title;
  const facts = [info?.unit, info?.minutes ? `${info.minutes} minutes` : ""].filter(Boolean);
  return (
    <header className="handout-head">
      {!own && <h1 dir="auto">{title || lecture}</h1>}
      {facts.length > 0 && <p className="muted">{facts.join(" · ")}</p>}
    </header>
  );
}

/** The whole of an open trace as one page for paper. */
export default function HandoutScreen({ open }: { open: OpenTrace }) {
  const [index] = useState(() => ({ ...open.index, withNotes: wantsNotes(location.search) }));
  const { trace } = index;
  // At its end: what is marked as reached, held or answered is so for all of it.
  const [store] = useState(() => {
    const step = index.stepCount - 1;
    return createStore(viewerReducer, { ...initialState(index), step });
  });
  const viewer = useMemo<Viewer>(() => ({ store, run: nothing }), [store]);
  const renderings = useMemo<RenderingContext>(
    () => ({
      theme: "light",
      paper: true,
      resolveAsset: (path) => assetOf(open, path),
      openSource: nothing,
      cardAnchors: new Map(linkedCode(index).map((place) => [place.card, cardAnchor(place)])),
    }),
    [open, index],
  );
  useEffect(() => {
    const page = document.documentElement;
    page.dataset["theme"] = "light";
    document.title = trace.title || trace.lecture;
    void whenSettled(document).then(() => {
      page.dataset["ready"] = "true";
      // Opened by the button: what is printed is what has come to rest.
      if (wantsPrinter(location.search)) window.print();
    });
  }, [trace]);
  return (
    <ViewerContext value={viewer}>
      <RenderingScope value={renderings}>
        <main className="lecture handout">
          <Head index={index} />
          <SourcePane path={trace.main} label="Lecture" lecture whole />
          <PrintedCode />
        </main>
      </RenderingScope>
    </ViewerContext>
  );
}
