import { useState, type ReactNode } from "react";
import type { RenderingOf } from "../../trace/schema";
import { beginning } from "../shared/longPrint";
import { countText } from "../shared/numberText";
import { useRenderingScope } from "../shared/renderingScope";
import { ScrollBox } from "../shared/ScrollBox";
import { MarkdownText } from "./MarkdownText";

/** Longer texts are parsed only on request: a megabyte takes seconds. */
const MOST_CHARACTERS = 40_000;

/** Markdown, or text as it is where the lecture asked for that. */
export function TextView({ rendering }: { rendering: RenderingOf<"text"> }): ReactNode {
  const paper = useRenderingScope()?.paper === true;
  const [all, setAll] = useState(false);
  const { text } = rendering;
  const shown = all || paper ? text : beginning(text, MOST_CHARACTERS);
  if (!rendering.verbatim) {
    return (
      <>
        <MarkdownText text={shown} />
        {shown.length < text.length && (
          <button type="button" className="text-button" onClick={() => setAll(true)}>
            Show all {countText(text.length)} characters
          </button>
        )}
      </>
    );
  }
  return (
    <ScrollBox label="Text" className="verbatim">
      <pre dir="auto">{rendering.text}</pre>
    </ScrollBox>
  );
}

/** A speaker's note: only the presenter's window shows it. */
export function NoteView({ rendering }: { rendering: RenderingOf<"note"> }): ReactNode {
  return (
    <aside className="note" aria-label="Speaker's note">
      <MarkdownText text={rendering.text} />
    </aside>
  );
}
