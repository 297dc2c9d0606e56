/** What a reader looks for along the timeline: headings and figures. Pure. */
import type { Rendering } from "./schema";
import type { TraceIndex } from "./traceIndex";

/** A heading or a figure, at the step that shows it. */
export interface Landmark {
  step: number;
  kind: "section" | "figure";
  title: string;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** What a figure is called, or null for what is none. */
function figureTitle(output: Rendering): string | null {
  switch (output.kind) {
    case "plot": {
      const { title, description } = output.spec;
      const inner =
        typeof title === "object" && title !== null && "text" in title ? title.text : title;
      const named = Array.isArray(inner) ? inner.map(text).join(" ") : text(inner);
      return `Plot${named || text(description) ? `: ${named || text(description)}` : ""}`;
    }
    case "image":
      return output.alt ? `Picture: ${output.alt}` : "Picture";
    case "table":
      return output.caption ? `Table: ${output.caption}` : "Table";
    case "graph":
      return "Graph";
    case "video":
      return "Film";
    case "benchmark":
      return `Benchmark: ${output.name}`;
    case "ranks":
      return output.title ? `Ranks: ${output.title}` : "Ranks";
    case "question":
      return "Question";
    default:
      return null;
  }
}

/** In order of their steps. */
export function landmarksOf(index: TraceIndex): Landmark[] {
  const sections = index.sections.map(({ step, title }): Landmark => ({
    step,
    kind: "section",
    title,
  }));
  const figures = index.trace.steps.flatMap((step, id) =>
    (step.outputs ?? []).flatMap((output): Landmark[] => {
      const title = figureTitle(output);
      return title === null ? [] : [{ step: id, kind: "figure", title }];
    }),
  );
  return [...sections, ...figures].sort((one, other) => one.step - other.step);
}
