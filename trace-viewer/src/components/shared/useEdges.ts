/** On which sides a box holds more than it shows; kept up to date. */
import { useEffect, useState, type RefObject } from "react";

/** Words such as `right bottom`, for `data-more`; empty where everything is in sight. */
export function useEdges(box: RefObject<HTMLElement | null>): string {
  const [edges, setEdges] = useState("");
  useEffect(() => {
    const element = box.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const look = () => {
      const { scrollLeft, scrollTop, scrollWidth, scrollHeight, clientWidth, clientHeight } =
        element;
      const sides = [
        scrollLeft > 1 && "left",
        scrollLeft + clientWidth < scrollWidth - 1 && "right",
        scrollTop > 1 && "top",
        scrollTop + clientHeight < scrollHeight - 1 && "bottom",
      ];
      setEdges(sides.filter((side) => side !== false).join(" "));
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [box]);
  return edges;
}
