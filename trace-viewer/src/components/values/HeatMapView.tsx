import {
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from "react";
import type { HeatMap } from "../../trace/schema";
import {
  cssColour,
  decodeHeatMap,
  heatMapPixels,
  NOT_FINITE,
  rangeOfCode,
  sampledIndex,
} from "./heatMap";
import { roughNumber } from "../shared/numberText";

interface HeatMapViewProps {
  map: HeatMap;
  shape: readonly number[];
}

const LARGEST = 320;
const CELL = 18;

interface Cell {
  row: number;
  column: number;
}

/** The heat map on a canvas; the pointer or the arrow keys read single cells. */
export function HeatMapView({ map, shape }: HeatMapViewProps): ReactNode {
  const codes = useMemo(() => decodeHeatMap(map), [map]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cell, setCell] = useState<Cell | null>(null);
  useEffect(() => {
    const paper = canvas.current?.getContext("2d");
    if (!paper || !codes) return;
    paper.putImageData(new ImageData(heatMapPixels(codes), map.columns, map.rows), 0, 0);
  }, [codes, map]);
  if (!codes) return <p className="value-failed">The heat map does not fit its size.</p>;
  const scale = Math.min(CELL, LARGEST / map.columns, LARGEST / map.rows);
  const size = { width: map.columns * scale, height: map.rows * scale };
  const move = (next: Cell | null): void => setCell(next && inside(next, map));
  return (
    <figure className="heat-map">
      <div
        className="heat-map-paper"
        style={size}
        tabIndex={0}
        role="img"
        aria-label={`Heat map, ${map.rows} by ${map.columns} cells. Arrow keys read them.`}
        onPointerMove={(event) => move(cellUnder(event, map))}
        onPointerLeave={() => move(null)}
        onBlur={() => move(null)}
        onKeyDown={(event) => moveByKey(event, cell, move)}
      >
        <canvas ref={canvas} width={map.columns} height={map.rows} style={size} />
        {cell && <Marker cell={cell} scale={scale} />}
      </div>
      <Legend map={map} finite={!codes.includes(NOT_FINITE)} />
      <figcaption className="heat-map-reading" aria-live="polite">
        {cell ? reading(cell, codes, map, shape) : caption(map, shape)}
      </figcaption>
    </figure>
  );
}

function inside(cell: Cell, map: HeatMap): Cell {
  const clamp = (place: number, size: number): number => Math.max(0, Math.min(size - 1, place));
  return { row: clamp(cell.row, map.rows), column: clamp(cell.column, map.columns) };
}

function cellUnder(event: PointerEvent<HTMLElement>, map: HeatMap): Cell {
  const box = event.currentTarget.getBoundingClientRect();
  return {
    row: Math.floor(((event.clientY - box.top) / box.height) * map.rows),
    column: Math.floor(((event.clientX - box.left) / box.width) * map.columns),
  };
}

const MOVES: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function moveByKey(
  event: KeyboardEvent<HTMLElement>,
  cell: Cell | null,
  move: (cell: Cell) => void,
): void {
  const by = MOVES[event.key];
  // A click also focuses: only a reader who came by keyboard means the cells.
  const meant = event.currentTarget.matches(":focus-visible");
  if (!by || !meant || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  move(cell ? { row: cell.row + by[0], column: cell.column + by[1] } : { row: 0, column: 0 });
}

function Marker({ cell, scale }: { cell: Cell; scale: number }): ReactNode {
  const style = {
    left: cell.column * scale,
    top: cell.row * scale,
    width: scale,
    height: scale,
  };
  return <span className="heat-map-marker" style={style} />;
}

function Legend({ map, finite }: { map: HeatMap; finite: boolean }): ReactNode {
  return (
    <div className="heat-map-legend">
      <span>{roughNumber(map.low)}</span>
      <span className="heat-map-scale" style={{ background: GRADIENT }} />
      <span>{roughNumber(map.high)}</span>
      {!finite && (
        <span>
          <span className="heat-map-patch" style={{ background: cssColour(NOT_FINITE) }} /> nan, inf
        </span>
      )}
    </div>
  );
}

const GRADIENT = `linear-gradient(to right, ${Array.from({ length: 9 }, (_, i) =>
  cssColour(Math.round((i * 254) / 8)),
).join(", ")})`;

function caption(map: HeatMap, shape: readonly number[]): string {
  const [rows, columns] = lastTwo(shape);
  const matrix = shape.length > 2 ? "first matrix, " : "";
  if (map.rows === rows && map.columns === columns) return `${matrix}every element`;
  return `${matrix}${map.rows} × ${map.columns} evenly spaced of ${rows} × ${columns}`;
}

function reading(cell: Cell, codes: Uint8Array, map: HeatMap, shape: readonly number[]): string {
  const [rows, columns] = lastTwo(shape);
  const leading = shape.slice(0, -2).map(() => 0);
  const place = [
    ...leading,
    sampledIndex(cell.row, map.rows, rows),
    sampledIndex(cell.column, map.columns, columns),
  ];
  const code = codes[cell.row * map.columns + cell.column] ?? NOT_FINITE;
  return `[${place.join(", ")}]: ${rangeOfCode(code, map.low, map.high)}`;
}

function lastTwo(shape: readonly number[]): [number, number] {
  return [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
}
