import { useRef, type KeyboardEvent, type ReactNode } from "react";
import { useEdges } from "./useEdges";

/** Arrow keys scroll a box that was reached by keyboard; elsewhere they move through the lecture. */
function keepArrows(event: KeyboardEvent<HTMLElement>): void {
  if (event.target !== event.currentTarget || !event.key.startsWith("Arrow")) return;
  if (event.currentTarget.matches(":focus-visible")) event.stopPropagation();
}

interface ScrollBoxProps {
  /** What is inside, for a screen reader that lands on the box. */
  label: string;
  className?: string;
  /** Within a paragraph. */
  inline?: boolean;
  children: ReactNode;
}

/** Content that may be too wide: it scrolls inside itself, and is a tab stop only if it does. */
export function ScrollBox(props: ScrollBoxProps): ReactNode {
  const { label, className = "", inline = false, children } = props;
  const box = useRef<HTMLDivElement & HTMLSpanElement>(null);
  const Tag = inline ? "span" : "div";
  const edges = useEdges(box);
  const overflows = edges !== "";
  const focusable = overflows ? { tabIndex: 0, role: "group", "aria-label": label } : {};
  return (
    <Tag
      ref={box}
      className={`scroll-box ${className}`}
      data-more={edges || undefined}
      {...focusable}
      {...(overflows && { onKeyDown: keepArrows })}
    >
      {children}
    </Tag>
  );
}
