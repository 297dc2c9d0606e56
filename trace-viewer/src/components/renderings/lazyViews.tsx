/** Views of renderings that many lectures do without: their code is loaded when one is shown. */
import type { ReactNode } from "react";
import type { RenderingKind, RenderingOf } from "../../trace/schema";
import { lazyView } from "../shared/lazyView";

interface ViewProps<K extends RenderingKind> {
  rendering: RenderingOf<K>;
}

/** About the height of what will come, so that the lines below stay where they are. */
function waiting(height: number): ReactNode {
  return <div className="rendering-waiting" data-pending style={{ minHeight: height }} />;
}

const ROW_HEIGHT = 31;
const CHART_HEIGHT = 380;

/** Loaded when shown: see BenchmarkView.tsx. */
export const BenchmarkView = lazyView<ViewProps<"benchmark">>(
  () => import("./BenchmarkView").then((module) => module.BenchmarkView),
  ({ rendering }) => waiting(rendering.rows.length * ROW_HEIGHT + CHART_HEIGHT),
);

/** Loaded when shown: see GraphView.tsx. */
export const GraphView = lazyView<ViewProps<"graph">>(
  () => import("./GraphView").then((module) => module.GraphView),
  () => waiting(CHART_HEIGHT),
);

/** Loaded when shown: see PlotView.tsx. */
export const PlotView = lazyView<ViewProps<"plot">>(
  () => import("./PlotView").then((module) => module.PlotView),
  () => waiting(CHART_HEIGHT),
);

/** Loaded when shown: see TableView.tsx. */
export const TableView = lazyView<ViewProps<"table">>(
  () => import("./TableView").then((module) => module.TableView),
  ({ rendering }) => waiting((rendering.rows.length + 1) * ROW_HEIGHT),
);
