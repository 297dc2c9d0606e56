/** Benchmark rows as lines over a parameter, or as bars; whiskers run from quartile to quartile. */
import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import type { BenchmarkRow } from "../../trace/schema";
import {
  axisParameter,
  linesOf,
  measured,
  rateUnit,
  timeUnit,
  type Line,
  type LinePoint,
  type Metric,
} from "./benchmarkData";
import { linearAxis, logAxis, needsLog, tickText, type Axis } from "./ticks";

interface BenchmarkChartProps {
  rows: readonly BenchmarkRow[];
  metric: Metric;
}

/** Rows as lines or bars; nothing where fewer than two can be drawn. */
export function BenchmarkChart({ rows, metric }: BenchmarkChartProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const axis = axisParameter(rows);
  const drawn = rows.filter((row) => Number.isFinite(measured(row, metric).y));
  return (
    <div ref={box} className="benchmark-chart">
      {drawn.length > 1 &&
        (axis === null ? (
          <Bars rows={drawn} metric={metric} width={width} />
        ) : (
          <Lines rows={drawn} metric={metric} axis={axis} width={width} />
        ))}
    </div>
  );
}

const WIDEST = 640;

/** Drawn in real pixels, so that the text keeps its size on a narrow screen. */
function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(WIDEST);
  useEffect(() => {
    const element = box.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() =>
      setWidth(Math.max(240, Math.min(WIDEST, element.clientWidth))),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}

function unitOf(metric: Metric, largest: number): { size: number; title: string } {
  if (metric !== "time") {
    const { size, name } = rateUnit(metric, largest);
    return { size, title: name };
  }
  const { size, name } = timeUnit(largest);
  return { size, title: `time, ${name}` };
}

interface LinesProps extends BenchmarkChartProps {
  axis: string;
  width: number;
}

const HEIGHT = 260;
const MARGIN = { left: 64, right: 30, top: 24, bottom: 42 };

function Lines({ rows, metric, axis, width }: LinesProps): ReactNode {
  const lines = linesOf(rows, axis, metric);
  const points = lines.flatMap((line) => line.points);
  const unit = unitOf(metric, Math.max(...points.map((point) => point.y)));
  const ys = points.flatMap(({ low, y, high }) => [low, y, high].map((v) => v / unit.size));
  const xs = points.map((point) => point.x);
  const horizontal = needsLog(xs) ? logAxis(xs, true) : spread(xs);
  const vertical = needsLog(ys) ? logAxis(ys) : linearAxis(Math.max(...ys));
  const left = (x: number): number =>
    MARGIN.left + horizontal.at(x) * (width - MARGIN.left - MARGIN.right);
  const top = (y: number): number =>
    HEIGHT - MARGIN.bottom - vertical.at(y / unit.size) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  return (
    <>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${unit.title} over ${axis}`}
      >
        <VerticalAxis axis={vertical} title={unit.title} width={width} />
        <HorizontalAxis axis={horizontal} title={axis} left={left} width={width} />
        {lines.map((line, index) => (
          <LineView key={line.name} line={line} index={index} left={left} top={top} />
        ))}
      </svg>
      {lines.length > 1 && <Legend lines={lines} />}
    </>
  );
}

/** A linear axis from the lowest to the highest value, with a tick at each, when few. */
function spread(values: readonly number[]): Axis {
  const ticks = [...new Set(values)].sort((a, b) => a - b);
  const low = ticks[0] ?? 0;
  const high = ticks.at(-1) ?? 1;
  const every = Math.ceil(ticks.length / 8);
  return {
    ticks: ticks.filter((_, index) => index % every === 0),
    at: (value) => (high === low ? 0.5 : (value - low) / (high - low)),
  };
}

function VerticalAxis({
  axis,
  title,
  width,
}: {
  axis: Axis;
  title: string;
  width: number;
}): ReactNode {
  const top = (tick: number): number =>
    HEIGHT - MARGIN.bottom - axis.at(tick) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  return (
    <g aria-hidden="true">
      <text className="chart-title" x={4} y={12}>
        {title}
      </text>
      {axis.ticks.map((tick) => (
        <g key={tick}>
          <line
            className="chart-grid"
            x1={MARGIN.left}
            x2={width - MARGIN.right}
            y1={top(tick)}
            y2={top(tick)}
          />
          <text className="chart-tick chart-tick-left" x={MARGIN.left - 8} y={top(tick)}>
            {tickText(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

function HorizontalAxis(props: {
  axis: Axis;
  title: string;
  left: (value: number) => number;
  width: number;
}): ReactNode {
  const { axis, title, left, width } = props;
  const base = HEIGHT - MARGIN.bottom;
  return (
    <g aria-hidden="true">
      {axis.ticks.map((tick) => (
        <text key={tick} className="chart-tick chart-tick-below" x={left(tick)} y={base + 16}>
          {tickText(tick)}
        </text>
      ))}
      <text className="chart-title chart-title-below" x={(MARGIN.left + width) / 2} y={HEIGHT - 6}>
        {title}
      </text>
    </g>
  );
}

function LineView(props: {
  line: Line;
  index: number;
  left: (x: number) => number;
  top: (y: number) => number;
}): ReactNode {
  const { line, index, left, top } = props;
  const way = line.points.map((point) => `${left(point.x)},${top(point.y)}`).join(" ");
  return (
    <g className={`chart-series chart-series-${index % 6}`}>
      <polyline className="chart-line" points={way} />
      {line.points.map((point, place) => (
        <g key={place}>
          <title>{pointTitle(line, point)}</title>
          <line
            className="chart-whisker"
            x1={left(point.x)}
            x2={left(point.x)}
            y1={top(point.low)}
            y2={top(point.high)}
          />
          <Mark index={index} x={left(point.x)} y={top(point.y)} />
        </g>
      ))}
    </g>
  );
}

function pointTitle(line: Line, point: LinePoint): string {
  return `${line.name ? `${line.name}, ` : ""}${tickText(point.x)}: ${tickText(point.y)}`;
}

/** Series differ by shape as well as by colour. */
function Mark({ index, x, y }: { index: number; x: number; y: number }): ReactNode {
  const shapes = [
    "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
    "M-4,-4H4V4H-4Z",
    "M0,-5L5,4H-5Z",
    "M0,-5.5L5.5,0L0,5.5L-5.5,0Z",
    "M0,5L5,-4H-5Z",
    "M-5,-1.5H-1.5V-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5Z",
  ];
  return <path className="chart-mark" d={shapes[index % 6]} transform={`translate(${x} ${y})`} />;
}

function Legend({ lines }: { lines: readonly Line[] }): ReactNode {
  return (
    <ul className="chart-legend">
      {lines.map((line, index) => (
        <li key={line.name} className={`chart-series-${index % 6}`}>
          <svg width={14} height={14} aria-hidden="true">
            <Mark index={index} x={7} y={7} />
          </svg>
          {line.name}
        </li>
      ))}
    </ul>
  );
}

const BAR = 26;

function Bars({ rows, metric, width }: BenchmarkChartProps & { width: number }): ReactNode {
  const values = rows.map((row) => measured(row, metric));
  const unit = unitOf(metric, Math.max(...values.map(({ y }) => y)));
  const axis = linearAxis(Math.max(...values.flatMap(({ y, high }) => [y, high])) / unit.size, 4);
  const room = Math.min(220, width * 0.36);
  const along = (value: number): number => axis.at(value / unit.size) * (width - room - 24) + room;
  const base = rows.length * BAR + 8;
  return (
    <svg
      viewBox={`0 0 ${width} ${base + 40}`}
      width={width}
      height={base + 40}
      role="img"
      aria-label={`${unit.title} of ${rows.length} rows`}
    >
      {axis.ticks.map((tick) => (
        <g key={tick} aria-hidden="true">
          <line
            className="chart-grid"
            x1={along(tick * unit.size)}
            x2={along(tick * unit.size)}
            y1={0}
            y2={base}
          />
          <text className="chart-tick chart-tick-below" x={along(tick * unit.size)} y={base + 15}>
            {tickText(tick)}
          </text>
        </g>
      ))}
      <text
        className="chart-title chart-title-below"
        x={(room + width) / 2}
        y={base + 34}
        aria-hidden="true"
      >
        {unit.title}
      </text>
      {rows.map((row, index) => (
        <Bar
          key={index}
          label={row.label}
          room={room}
          top={index * BAR + 6}
          {...barPlaces(values[index], along)}
        />
      ))}
    </svg>
  );
}

interface BarPlaces {
  end: number;
  low: number;
  high: number;
}

function barPlaces(
  value: ReturnType<typeof measured> | undefined,
  along: (value: number) => number,
): BarPlaces {
  const { y, low, high } = value ?? { y: 0, low: 0, high: 0 };
  return { end: along(y), low: along(low), high: along(high) };
}

function Bar(props: BarPlaces & { label: string; room: number; top: number }): ReactNode {
  const { label, room, top, end, low, high } = props;
  const middle = top + (BAR - 8) / 2;
  const letters = Math.floor((room - 12) / 7);
  const short = label.length > letters ? `${label.slice(0, letters - 1)}…` : label;
  return (
    <g className="chart-series-0">
      <title>{label}</title>
      <text className="chart-tick chart-tick-left" x={room - 8} y={middle}>
        {short}
      </text>
      <rect
        className="chart-bar"
        x={room}
        y={top}
        width={Math.max(1, end - room)}
        height={BAR - 8}
      />
      <line
        className="chart-whisker chart-whisker-bar"
        x1={low}
        x2={high}
        y1={middle}
        y2={middle}
      />
    </g>
  );
}
