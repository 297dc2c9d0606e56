import type { ReactNode } from "react";
import type { RenderingOf } from "../../trace/schema";
import { ScrollBox } from "../shared/ScrollBox";
import { MarkdownText } from "./MarkdownText";

/** Markdown, or text as it is where the lecture asked for that. */
export function TextView({ rendering }: { rendering: RenderingOf<"text"> }): ReactNode {
  if (!rendering.verbatim) return <MarkdownText text={rendering.text} />;
  return (
    <ScrollBox label="Text" className="verbatim">
      <pre>{rendering.text}</pre>
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
