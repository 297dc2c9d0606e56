/**
 * A file as a reading column: only the rows in sight are in the page, and a step redraws only the
 * rows that it concerns. Used for the lecture and for the implementation beside it.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from "react";
import { lineTokens } from "../services/highlight";
import { renderingText } from "../trace/renderingText";
import { headingsAbove } from "../trace/sections";
import type { SourceIndex } from "../trace/sourceIndex";
import type { TraceIndex } from "../trace/traceIndex";
import { layoutFile, type Row } from "../trace/visibleLines";
import { PrintedAnswers, QuestionSummary } from "./renderings";
import { RenderingScope, useRenderingScope } from "./shared/renderingScope";
import { FoldRow } from "./FoldRow";
import { Reveal } from "./Reveal";
import { OutputsRow } from "./OutputsRow";
import { SourceLine } from "./SourceLine";
import { useGrammar } from "../hooks/useGrammar";
import { usePrinting } from "../hooks/usePrinting";
import { useSelected } from "../hooks/viewerContext";

interface SourcePaneProps {
  path: string;
  label: string;
  /** The lecture itself: parts that never ran are folded, and it is what gets printed. */
  lecture: boolean;
  /** Lines that a link points at; they are scrolled to when they change. */
  span?: { first: number; last: number } | undefined;
  scrollRef?: RefObject<HTMLDivElement | null>;
  /** Every row in the page at once, as for printing. */
  whole?: boolean;
}

const CODE_HEIGHT = 23;
const PROSE_HEIGHT = 30;
const PICTURE_HEIGHT = 320;
const CHARACTERS_PER_LINE = 75;
const PICTURES = new Set(["image", "video", "plot", "graph", "benchmark"]);
/** Rows that are drawn beyond the edges of the column. */
const OVERSCAN = 8;
/** A first guess; rows are measured once they are drawn. */
function estimateHeight(index: TraceIndex, path: string, row: Row): number {
  if (row.kind !== "outputs") return CODE_HEIGHT;
  const first = index.outputSteps.get(path)?.get(row.line)?.[0];
  let height = CODE_HEIGHT;
  for (const output of index.trace.steps[first ?? -1]?.outputs ?? []) {
    if (PICTURES.has(output.kind)) height += PICTURE_HEIGHT;
    else height += Math.ceil(renderingText(output).length / CHARACTERS_PER_LINE) * PROSE_HEIGHT;
  }
  return height;
}

interface FileRowProps {
  source: SourceIndex;
  row: Row;
  raw: boolean;
  reachedAt: number;
  inSpan: boolean;
  /** Whether the colours of its code have come: drawn anew when they have. */
  coloured: boolean;
}

const FileRow = memo(function FileRow(props: FileRowProps) {
  const { source, row, raw, reachedAt, inSpan } = props;
  if (row.kind === "fold") return <FoldRow row={row} />;
  if (row.kind === "outputs") return <OutputsRow source={source} row={row} reachedAt={reachedAt} />;
  const tokens = lineTokens(source, row.line);
  return <SourceLine {...{ source, row, tokens, raw, reachedAt, inSpan }} />;
});

const EMPTY_SOURCE: SourceIndex = {
  path: "",
  text: "",
  language: "text",
  lines: [],
  first: new Int32Array(1),
  last: new Int32Array(1),
  hidden: new Uint8Array(1),
};

function useRows(path: string, lecture: boolean) {
  const index = useSelected((state) => state.index);
  const raw = useSelected((state) => state.raw);
  const unfolded = useSelected((state) => state.unfolded);
  const layout = useMemo(
    () => layoutFile(index, path, { raw, fold: lecture, unfolded }),
    [index, path, raw, lecture, unfolded],
  );
  // Once: the virtualizer asks for all of them again whenever a row above has been measured.
  const heights = useMemo(
    () => layout.rows.map((row) => estimateHeight(index, path, row)),
    [index, path, layout],
  );
  return { index, raw, layout, heights, source: index.sources.get(path) ?? EMPTY_SOURCE };
}

/** Headings that are not in the page as rows: without them the outline would begin in its middle. */
function Outline({ index, path, line }: { index: TraceIndex; path: string; line: number }) {
  return headingsAbove(index.sections, path, line).map((section) => {
    const Heading = `h${Math.min(section.level + 1, 6)}` as "h2";
    return (
      <Heading key={section.line} className="visually-hidden">
        {section.title}
      </Heading>
    );
  });
}

/** None at first: the rows in sight are there sooner, the others right after them. */
function useOverscan(): number {
  const [overscan, setOverscan] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => setOverscan(OVERSCAN));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, []);
  return overscan;
}

/** A file of the trace as a column that follows the steps. */
export function SourcePane(props: SourcePaneProps) {
  const { path, label, lecture, span, scrollRef, whole = false } = props;
  const own = useRef<HTMLDivElement>(null);
  const container = scrollRef ?? own;
  const { index, raw, layout, heights, source } = useRows(path, lecture);
  const printing = usePrinting() ? lecture : whole;
  const coloured = useGrammar(source.language);
  const { rows } = layout;
  const hasQuestions = index.questions.size > 0;
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => container.current,
    estimateSize: (at) => heights[at] ?? CODE_HEIGHT,
    getItemKey: (at) => `${rows[at]?.kind ?? ""}${rows[at]?.line ?? at}`,
    overscan: useOverscan(),
    initialRect: { width: innerWidth, height: innerHeight },
    // Rows enter beyond the edge of the column: they need not be drawn within the scroll event.
    useFlushSync: false,
  });
  useEffect(() => {
    const remeasure = () => virtualizer.measure();
    addEventListener("text-size", remeasure);
    return () => removeEventListener("text-size", remeasure);
  }, [virtualizer]);

  const items = printing
    ? rows.map((_, at) => ({ index: at, start: 0, end: 0, key: at }))
    : virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = printing ? 0 : virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  const pane = (
    <div
      ref={container}
      className={`source-pane ${lecture ? "source-lecture" : "source-code"}`}
      data-raw={raw || undefined}
      role="region"
      aria-label={label}
      tabIndex={0}
    >
      <Reveal {...{ container, virtualizer, layout, path, span }} />
      {lecture && (
        <Outline index={index} path={path} line={rows[items[0]?.index ?? 0]?.line ?? 1} />
      )}
      <div className="source-rows" style={{ paddingTop: before, paddingBottom: after }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const inSpan = span !== undefined && row.line >= span.first && row.line <= span.last;
          return (
            <div key={item.key} data-index={item.index} ref={virtualizer.measureElement}>
              <FileRow
                source={source}
                row={row}
                raw={raw}
                reachedAt={layout.reachedAt[row.line] ?? 0}
                inSpan={inSpan}
                coloured={coloured}
              />
            </div>
          );
        })}
      </div>
      {lecture && hasQuestions && (printing ? <PrintedAnswers /> : <QuestionSummary />)}
    </div>
  );
  return <Medium paper={printing}>{pane}</Medium>;
}

/** What is inside is for paper while the page is printed. */
function Medium({ paper, children }: { paper: boolean; children: ReactNode }) {
  const scope = useRenderingScope();
  const printed = useMemo(() => scope && { ...scope, paper: true }, [scope]);
  return <RenderingScope value={paper ? printed : scope}>{children}</RenderingScope>;
}
