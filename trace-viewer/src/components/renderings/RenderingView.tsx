/** What the lecture shows: one component for each kind. */
import { memo, type ReactNode } from "react";
import type { Rendering } from "../../trace/schema";
import { Guard } from "../shared/Guard";
import { CodeView, CommandView } from "./CommandView";
import { LinkView, SourceView } from "./LinkView";
import { ImageView, VideoView } from "./media";
import { Missing } from "./Missing";
import {
  AnswerView,
  BenchmarkView,
  GraphView,
  PlotView,
  QuestionView,
  RanksView,
  TableView,
} from "./lazyViews";
import { NoteView, TextView } from "./TextView";
import "./renderings.css";

/** What RenderingView is given. */
export interface RenderingViewProps {
  rendering: Rendering;
}

/** Shows one rendering; one that cannot be shown says so in its place. */
export const RenderingView = memo(function RenderingView({
  rendering,
}: RenderingViewProps): ReactNode {
  return (
    <div className={`rendering rendering-${rendering.kind}`}>
      <Guard subject={rendering}>
        <ByKind rendering={rendering} />
      </Guard>
    </div>
  );
});

function ByKind({ rendering }: { rendering: Rendering }): ReactNode {
  switch (rendering.kind) {
    case "text":
      return <TextView rendering={rendering} />;
    case "image":
      return <ImageView rendering={rendering} />;
    case "video":
      return <VideoView rendering={rendering} />;
    case "plot":
      return <PlotView rendering={rendering} />;
    case "table":
      return <TableView rendering={rendering} />;
    case "graph":
      return <GraphView rendering={rendering} />;
    case "code":
      return <CodeView rendering={rendering} />;
    case "link":
      return <LinkView rendering={rendering} />;
    case "source":
      return <SourceView rendering={rendering} />;
    case "note":
      return <NoteView rendering={rendering} />;
    case "command":
      return <CommandView rendering={rendering} />;
    case "benchmark":
      return <BenchmarkView rendering={rendering} />;
    case "question":
      return <QuestionView rendering={rendering} />;
    case "answer":
      return <AnswerView rendering={rendering} />;
    case "ranks":
      return <RanksView rendering={rendering} />;
    case "missing":
      return <Missing what={rendering.what} reason={rendering.reason} />;
    default:
      return unknownKind(rendering);
  }
}

/** A kind that is added to the trace format does not compile until it is shown above. */
function unknownKind(rendering: never): ReactNode {
  return <Missing what={JSON.stringify(rendering).slice(0, 80)} reason="unknown kind" />;
}
