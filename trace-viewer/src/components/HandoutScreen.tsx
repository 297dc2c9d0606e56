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
import { initialState, viewerReducer } from "../state/viewerReducer";
import type { RenderingContext } from "../trace/renderingContext";
import { RenderingScope } from "./shared/renderingScope";
import { SourcePane } from "./SourcePane";
import type { OpenTrace } from "./TraceScreen";
import { ViewerContext, type Viewer } from "../hooks/viewerContext";

const nothing = () => undefined;

/** The whole of an open trace as one page for paper. */
export default function HandoutScreen({ open }: { open: OpenTrace }) {
  const { trace } = open.index;
  const [store] = useState(() => createStore(viewerReducer, initialState(open.index)));
  const viewer = useMemo<Viewer>(() => ({ store, run: nothing }), [store]);
  const renderings = useMemo<RenderingContext>(
    () => ({
      theme: "light",
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
