import type { ReactNode } from "react";
import { preloadFormulas } from "../shared/Formula";
import { useRenderingScope } from "../shared/renderingScope";
import { lazyModule } from "../shared/lazyModule";

const markdown = lazyModule(() => import("./Markdown"));

/** Loads what texts need before the first one is shown. Formulas nobody waits for. */
export function preloadText(withFormulas: boolean): Promise<void> {
  if (withFormulas) void preloadFormulas();
  return markdown.preload();
}

interface MarkdownTextProps {
  text: string;
  /** Its headings are the page's own, at the levels that they have. */
  own?: boolean;
}

/** Markdown; its source in the same place until the parser has loaded, or if it cannot be. */
export function MarkdownText({ text, own = false }: MarkdownTextProps): ReactNode {
  const loaded = markdown.use();
  const paper = useRenderingScope()?.paper === true || own;
  if (loaded.state !== "ready") {
    return (
      <div
        className="markdown markdown-source"
        data-pending={loaded.state === "loading" || undefined}
      >
        {text}
      </div>
    );
  }
  return (
    <div className="markdown">
      <loaded.module.Markdown text={text} paper={paper} />
    </div>
  );
}
