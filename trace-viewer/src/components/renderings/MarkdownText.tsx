import type { ReactNode } from "react";
import { preloadFormulas } from "../values/Formula";
import { lazyModule } from "../values/lazyModule";

const markdown = lazyModule(() => import("./Markdown"));

/** Starts loading what texts need, before the first one is shown. */
export function preloadText(withFormulas: boolean): void {
  markdown.preload();
  if (withFormulas) preloadFormulas();
}

/** Markdown; its source in the same place until the parser has loaded, or if it cannot be. */
export function MarkdownText({ text }: { text: string }): ReactNode {
  const loaded = markdown.use();
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
      <loaded.module.Markdown text={text} />
    </div>
  );
}
