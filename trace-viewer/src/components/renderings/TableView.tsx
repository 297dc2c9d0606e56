import { useState, type ReactNode } from "react";
import type { RenderingOf, Value } from "../../trace/schema";
import { InlineValue } from "../values/InlineValue";
import { asNumber } from "../values/kinds";
import { ScrollBox } from "../shared/ScrollBox";
import { countText } from "../shared/numberText";

const FIRST_ROWS = 50;

/** A table of the lecture, its first rows at once. */
export function TableView({ rendering }: { rendering: RenderingOf<"table"> }): ReactNode {
  const { columns, rows, caption = "", length } = rendering;
  const [shown, setShown] = useState(FIRST_ROWS);
  const hidden = (length ?? rows.length) - rows.length;
  return (
    <figure className="table-figure" aria-label={caption || undefined}>
      {caption !== "" && <figcaption className="table-caption">{caption}</figcaption>}
      <ScrollBox label={caption || "Table"}>
        <table className="table">
          <thead>
            <tr>
              {columns.map((name, index) => (
                <th
                  key={index}
                  scope="col"
                  className={isNumeric(rows, index) ? "table-number" : ""}
                >
                  <bdi>{name}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <Cell key={column} value={cell} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {rows.length > shown && (
        <button type="button" className="text-button" onClick={() => setShown(shown * 4)}>
          Show more of {countText(rows.length)} rows
        </button>
      )}
      {hidden > 0 && <p className="muted">{countText(hidden)} more rows are not in the trace.</p>}
    </figure>
  );
}

/** Numbers and nothing else, save empty cells: then the head stands right as they do. */
function isNumeric(rows: readonly Value[][], column: number): boolean {
  const cells = rows.map((row) => row[column] ?? null).filter((cell) => cell !== null);
  return cells.length > 0 && cells.every((cell) => asNumber(cell) !== null);
}

function Cell({ value }: { value: Value }): ReactNode {
  if (typeof value === "string") return <td dir="auto">{value}</td>;
  const number = asNumber(value) !== null;
  return (
    <td className={number ? "table-number" : ""}>
      {value !== null && <InlineValue value={value} limit={80} />}
    </td>
  );
}
