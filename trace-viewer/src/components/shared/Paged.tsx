import { useState, type ReactNode } from "react";
import { countText } from "./numberText";

interface PagedProps<T> {
  items: readonly T[];
  /** Items shown at first; each press of the button shows four times as many more. */
  first: number;
  children: (item: T, index: number) => ReactNode;
}

/** The first items of a long list and a button for more. */
export function Paged<T>({ items, first, children }: PagedProps<T>): ReactNode {
  const [shown, setShown] = useState(first);
  const rest = items.length - shown;
  return (
    <>
      {items.slice(0, shown).map(children)}
      {rest > 0 && (
        <li className="value-more">
          <button type="button" className="text-button" onClick={() => setShown(shown + 4 * first)}>
            Show {countText(Math.min(rest, 4 * first))} more of {countText(rest)}
          </button>
        </li>
      )}
    </>
  );
}
