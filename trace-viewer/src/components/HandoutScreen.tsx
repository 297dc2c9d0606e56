/**
 * `?print=1`: the whole lecture as one document, every row in the page, made for paper.
 *
 * When formulas, pictures and plots are in their place, `<html data-ready="true">` says so: a
 * program that prints the page waits for that.
 */
import { useEffect, useMemo, useState } from "react";
import { assetOf } from "../services/loadTrace";
import { whenSettled } from "../services/settled";
import { createStore } from "../state/store";
import { initialState } from "../state/viewerState";
import { viewerReducer } from "../state/viewerReducer";
import type { RenderingContext } from "../trace/renderingContext";
import { RenderingScope } from "./shared/renderingScope";
import { SourcePane } from "./SourcePane";
import type { OpenTrace } from "./TraceScreen";
import { ViewerContext, type Viewer } from "../hooks/viewerContext";

const nothing = () => undefined;

/** The whole of an open trace as one page for paper. */
export default function HandoutScreen({ open }: { open: OpenTrace }) {
  const { trace } = open.index;
  // At its end: what is marked as reached, held or answered is so for all of it.
  const [store] = useState(() => {
    const step = open.index.stepCount - 1;
    return createStore(viewerReducer, { ...initialState(open.index), step });
  });
  const viewer = useMemo<Viewer>(() => ({ store, run: nothing }), [store]);
  const renderings = useMemo<RenderingContext>(
    () => ({
      theme: "light",
      paper: true,
      resolveAsset: (path) => assetOf(open, path),
      openSource: nothing,
    }),
    [open],
  );
  useEffect(() => {
    const page = document.documentElement;
    page.dataset["theme"] = "light";
    document.title = trace.title || trace.lecture;
    void whenSettled(document).then(() => (page.dataset["ready"] = "true"));
  }, [trace]);
  return (
    <ViewerContext value={viewer}>
      <RenderingScope value={renderings}>
        <main className="lecture handout">
          <SourcePane path={trace.main} label="Lecture" lecture whole />
        </main>
      </RenderingScope>
    </ViewerContext>
  );
}
