import {
  useEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";

/** Whether the element's content is larger than it; kept up to date. */
function useOverflow(box: RefObject<HTMLElement | null>): boolean {
  const [overflows, setOverflows] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      const wider = element.scrollWidth > element.clientWidth + 1;
      setOverflows(wider || element.scrollHeight > element.clientHeight + 1);
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [box]);
  return overflows;
}

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
  const overflows = useOverflow(box);
  const focusable = overflows ? { tabIndex: 0, role: "group", "aria-label": label } : {};
  return (
    <Tag
      ref={box}
      className={`scroll-box ${className}`}
      {...focusable}
      {...(overflows && { onKeyDown: keepArrows })}
    >
      {children}
    </Tag>
  );
}
