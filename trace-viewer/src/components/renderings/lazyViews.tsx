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

const FORM_HEIGHT = 190;

/** Loaded when shown: see questions/QuestionView.tsx. */
export const QuestionView = lazyView<ViewProps<"question">>(
  () => import("./questions/QuestionView").then((module) => module.QuestionView),
  () => waiting(FORM_HEIGHT),
);

/** Loaded when shown: see questions/AnswerView.tsx. */
export const AnswerView = lazyView<ViewProps<"answer">>(
  () => import("./questions/AnswerView").then((module) => module.AnswerView),
  () => waiting(FORM_HEIGHT),
);

/** Loaded when shown: see RanksView.tsx. */
export const RanksView = lazyView<ViewProps<"ranks">>(
  () => import("./RanksView").then((module) => module.RanksView),
  () => waiting(FORM_HEIGHT),
);

/** Loaded when shown: see questions/QuestionSummary.tsx. */
export const QuestionSummary = lazyView<object>(
  () => import("./questions/QuestionSummary").then((module) => module.QuestionSummary),
  () => null,
);

/** Loaded when shown: see questions/PrintedAnswers.tsx. */
export const PrintedAnswers = lazyView<object>(
  () => import("./questions/PrintedAnswers").then((module) => module.PrintedAnswers),
  () => waiting(FORM_HEIGHT),
);
