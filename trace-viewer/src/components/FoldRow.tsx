/** Lines that never ran, folded into one that opens them. */
import type { Row } from "../trace/visibleLines";
import { useDispatch } from "../hooks/viewerContext";

/** One row for lines that never ran; a press unfolds them. */
export function FoldRow({ row }: { row: Extract<Row, { kind: "fold" }> }) {
  const dispatch = useDispatch();
  const count = row.last - row.line + 1;
  return (
    <div className="fold-row">
      <button
        type="button"
        className="fold-button"
        aria-label={`${count} lines not run: show lines ${row.line} to ${row.last}`}
        onClick={() => dispatch({ type: "unfold", line: row.line })}
      >
        <span aria-hidden="true">⋯</span> {count} lines not run
      </button>
    </div>
  );
}
