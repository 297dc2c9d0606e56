import { useEffect, useRef, useState, type ReactNode } from "react";
import type { RenderingOf } from "../../trace/schema";
import { Disclosure } from "../shared/Disclosure";
import { lazyModule } from "../shared/lazyModule";
import { useRenderingScope } from "../shared/renderingScope";
import { ScrollBox } from "../shared/ScrollBox";
import { Missing } from "./Missing";
import { describePlot, expectedHeight, isWithoutValues, plotData } from "./plotSpec";
import { TableView } from "./TableView";

const vega = lazyModule(() => import("./vegaPlot"));

type Spec = RenderingOf<"plot">["spec"];

interface Outcome {
  drawn: boolean;
  problems: string[];
}

/** Dragging a border changes the room many times a second. */
const SETTLE_MS = 120;

/** Counts the times that the room for the plot changed: a panel may open beside it. */
function useResized(place: React.RefObject<HTMLElement | null>): number {
  const [resized, setResized] = useState(0);
  useEffect(() => {
    const element = place.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    let width = element.clientWidth;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      const now = element.clientWidth;
      // Hidden, it has no width: what was drawn still fits when it is back.
      if (now === 0 || now === width) return;
      width = now;
      setResized((times) => times + 1);
    };
    const observer = new ResizeObserver(() => {
      clearTimeout(timer);
      timer = setTimeout(settle, SETTLE_MS);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [place]);
  return resized;
}

/** Draws again when the specification, the theme or the room for it changes. */
function usePlot(spec: Spec): [React.RefObject<HTMLDivElement | null>, Outcome | null] {
  const loaded = vega.use();
  const { theme, paper = false } = useRenderingScope() ?? {};
  const place = useRef<HTMLDivElement>(null);
  const resized = useResized(place);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const drawPlot = loaded.state === "ready" ? loaded.module.drawPlot : null;
  useEffect(() => {
    const outer = place.current;
    if (!outer || !drawPlot) return;
    // Its own element: a plot that is still being drawn never writes over the next one.
    const inner = document.createElement("div");
    // Nothing below jumps while it is drawn.
    outer.style.minHeight = `${outer.offsetHeight}px`;
    outer.replaceChildren(inner);
    let gone = false;
    let remove: (() => void) | null = null;
    drawPlot(inner, spec, paper).then(
      (plot) => {
        if (gone) return plot.remove();
        remove = plot.remove;
        outer.style.minHeight = "";
        setOutcome({ drawn: true, problems: plot.problems });
      },
      (error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error);
        if (!gone) setOutcome({ drawn: false, problems: [problem] });
      },
    );
    return () => {
      gone = true;
      remove?.();
    };
  }, [drawPlot, spec, theme, paper, resized]);
  if (loaded.state === "failed") return [place, { drawn: false, problems: ["cannot be loaded"] }];
  return [place, outcome];
}

/** A plot, its problems in words, and its data as a table. */
export function PlotView({ rendering }: { rendering: RenderingOf<"plot"> }): ReactNode {
  const { spec } = rendering;
  if (!isWithoutValues(spec)) return <DrawnPlot spec={spec} />;
  return (
    <figure className="plot">
      <Missing what={describePlot(spec)} reason="none of its values is a number: nothing to draw" />
      <DataTable spec={spec} />
    </figure>
  );
}

function DrawnPlot({ spec }: { spec: Spec }): ReactNode {
  const [place, outcome] = usePlot(spec);
  const failed = outcome !== null && !outcome.drawn;
  const style = outcome === null ? { minHeight: expectedHeight(spec) } : {};
  return (
    <figure className="plot">
      <ScrollBox label={describePlot(spec)}>
        <div
          ref={place}
          className="plot-place"
          role="img"
          aria-label={describePlot(spec)}
          style={style}
          hidden={failed}
          data-pending={outcome === null || undefined}
        />
      </ScrollBox>
      {failed && <Missing what={describePlot(spec)} reason={outcome.problems.join("; ")} />}
      {outcome?.drawn && outcome.problems.length > 0 && (
        <Missing what="part of this plot" reason={[...new Set(outcome.problems)].join("; ")} />
      )}
      <DataTable spec={spec} />
    </figure>
  );
}

function DataTable({ spec }: { spec: Spec }): ReactNode {
  const data = plotData(spec);
  if (!data) return null;
  return (
    <Disclosure summary={<span className="muted">Data of the plot</span>}>
      {() => <TableView rendering={{ kind: "table", ...data }} />}
    </Disclosure>
  );
}
