/** A plot, picture or graph drawn small, for the eye alone: whoever shows it says what it is. */
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import type { RenderingOf } from "../../trace/schema";
import { lazyModule } from "../shared/lazyModule";
import { useRenderingScope } from "../shared/renderingScope";
import { GraphView } from "./lazyViews";
import { Picture } from "./Picture";
import { thumbnailSpec } from "./thumbnailSpec";
import "./thumbnail.css";

const vega = lazyModule(() => import("./vegaPlot"));

/** What can be drawn small. */
export type Drawable = RenderingOf<"plot"> | RenderingOf<"image"> | RenderingOf<"graph">;

/** One of them; what cannot be drawn leaves its place empty. */
export function Thumbnail({ rendering }: { rendering: Drawable }): ReactNode {
  return (
    <div className={`thumbnail thumbnail-${rendering.kind}`} aria-hidden="true">
      {rendering.kind === "plot" && <SmallPlot rendering={rendering} />}
      {rendering.kind === "image" && <Picture src={rendering.src} alt="" />}
      {rendering.kind === "graph" && <GraphView rendering={rendering} />}
    </div>
  );
}

function SmallPlot({ rendering: { spec } }: { rendering: RenderingOf<"plot"> }): ReactNode {
  const loaded = vega.use();
  const theme = useRenderingScope()?.theme;
  const place = useRef<HTMLDivElement>(null);
  const small = useMemo(() => thumbnailSpec(spec), [spec]);
  const [drawn, setDrawn] = useState(false);
  const drawPlot = loaded.state === "ready" ? loaded.module.drawPlot : null;
  useEffect(() => {
    const outer = place.current;
    if (!outer || !drawPlot) return;
    // In the page from the start: its colours and its typeface are the page's.
    const inner = document.createElement("div");
    inner.hidden = true;
    outer.replaceChildren(inner);
    let gone = false;
    let remove: (() => void) | null = null;
    drawPlot(inner, small).then(
      (plot) => {
        if (gone) return plot.remove();
        remove = plot.remove;
        fitPicture(inner);
        inner.hidden = false;
        setDrawn(true);
      },
      () => undefined,
    );
    return () => {
      gone = true;
      remove?.();
    };
  }, [drawPlot, small, theme]);
  return <div ref={place} className="plot-place" data-pending={!drawn || undefined} />;
}

/** Let the page say how large the drawing is. */
function fitPicture(inner: HTMLElement): void {
  const picture = inner.querySelector("svg");
  picture?.removeAttribute("width");
  picture?.removeAttribute("height");
}
