/** A small tensor as grids of numbers; cells that changed are marked by sign, weight and colour. */
import { useMemo, type ReactNode } from "react";
import { ScrollBox } from "../shared/ScrollBox";
import { gridsOf, type Grid, type GridCell } from "./gridNumbers";
import type { ValueOf } from "./kinds";

interface TensorGridProps {
  value: ValueOf<"tensor">;
  previous?: ValueOf<"tensor"> | null;
}

/** One grid for each matrix; nothing where the trace does not carry every element. */
export function TensorGrid({ value, previous = null }: TensorGridProps): ReactNode {
  const grids = useMemo(() => gridsOf(value, previous), [value, previous]);
  const cells = grids.flatMap((grid) => grid.rows.flat());
  const changed = cells.filter((cell) => cell.before !== null).length;
  return (
    <>
      <div className="tensor-grids">
        {grids.map((grid, at) => (
          <GridView key={at} grid={grid} />
        ))}
      </div>
      {changed > 0 && (
        <p className="value-muted">
          <span className="cell-mark" aria-hidden="true">
            ▲
          </span>{" "}
          {changed} of {cells.length} changed
        </p>
      )}
    </>
  );
}

function GridView({ grid }: { grid: Grid }): ReactNode {
  const columns = grid.rows[0]?.length ?? 0;
  return (
    <ScrollBox label={grid.title || "Elements"} className="tensor-grid-box">
      {grid.title !== "" && <code className="value-muted">{grid.title}</code>}
      <table
        className="tensor-grid"
        aria-label={`${grid.title || "Elements"}, ${grid.rows.length} by ${columns}`}
      >
        <tbody>
          {grid.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <Cell key={column} cell={cell} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function Cell({ cell }: { cell: GridCell }): ReactNode {
  const { text, exact, before } = cell;
  if (before === null) return <td title={exact === text ? undefined : exact}>{text}</td>;
  return (
    <td className="cell-changed" title={`${exact}, was ${before}`}>
      <span className="cell-mark" aria-hidden="true">
        ▲
      </span>
      {text}
      <span className="visually-hidden"> was {before}</span>
    </td>
  );
}
