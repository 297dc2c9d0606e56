import { useState, type ReactNode } from "react";
import { cutText } from "./cutText";
import { countText } from "./numberText";

interface LongTextProps {
  text: string;
  className?: string;
  /** What is shown at first. */
  lines?: number;
  characters?: number;
}

/** Text that keeps its line breaks; a long one is cut, with a button that shows it all. */
export function LongText({
  text,
  className = "",
  lines = 8,
  characters = 500,
}: LongTextProps): ReactNode {
  const [all, setAll] = useState(false);
  const short = shorten(text, lines, characters);
  const cut = short.length < text.length;
  return (
    <div className="long-text">
      <pre className={className} dir="auto">
        {all ? text : short}
      </pre>
      {cut && (
        <button
          type="button"
          className="text-button"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? "Show less" : `Show all ${countText(text.length)} characters`}
        </button>
      )}
    </div>
  );
}

function shorten(text: string, lines: number, characters: number): string {
  const cut = cutText(text, characters);
  const rows = cut.split("\n");
  return rows.length > lines ? `${rows.slice(0, lines).join("\n")}\n…` : cut;
}
