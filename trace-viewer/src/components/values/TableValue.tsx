import type { ReactNode } from "react";
import { Disclosure } from "../shared/Disclosure";
import { InlineValue } from "./InlineValue";
import { asNumber, shortType, type ValueOf } from "./kinds";
import { ScrollBox } from "../shared/ScrollBox";
import type { NodeProps } from "./nodeProps";
import { countText } from "../shared/numberText";

/** A pandas or polars frame: columns with their dtypes, the first rows, and what is left out. */
export function TableValue({ value, open }: NodeProps<ValueOf<"table">>): ReactNode {
  const width = value.width ?? value.columns.length;
  return (
    <Disclosure
      open={open}
      summary={
        <span className="value-summary">
          <span className="value-type">{shortType(value.type)}</span>{" "}
          <span className="value-muted">
            {countText(value.length)} rows × {countText(width)} columns
          </span>
        </span>
      }
    >
      {() => <TableBody value={value} width={width} />}
    </Disclosure>
  );
}

function TableBody({ value, width }: { value: ValueOf<"table">; width: number }): ReactNode {
  const rows = value.length - value.rows.length;
  const columns = width - value.columns.length;
  const hidden = [
    rows > 0 && `${countText(rows)} more rows`,
    columns > 0 && `${countText(columns)} more columns`,
  ].filter((part) => part !== false);
  return (
    <>
      <ScrollBox label="Table" className="value-table-box">
        <table className="value-table">
          <thead>
            <tr>
              {value.columns.map((name, index) => (
                <th key={index} scope="col">
                  {name}
                  <span className="value-muted">{value.dtypes[index]}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value.rows.map((row, index) => (
              <tr key={index}>
                {row.map((cell, column) => (
                  <td key={column} className={asNumber(cell) === null ? "" : "value-cell-number"}>
                    {typeof cell === "string" ? cell : <InlineValue value={cell} limit={60} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {hidden.length > 0 && <p className="value-muted">… {hidden.join(", ")}</p>}
    </>
  );
}
