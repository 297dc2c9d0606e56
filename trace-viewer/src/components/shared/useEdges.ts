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
      // A side that cannot be scrolled to holds nothing more to read: a display formula's deep
      // fractions reach below its box, and would fade there for no reason.
      const upright = getComputedStyle(element).overflowY !== "hidden";
      const sides = [
        scrollLeft > 1 && "left",
        scrollLeft + clientWidth < scrollWidth - 1 && "right",
        upright && scrollTop > 1 && "top",
        upright && scrollTop + clientHeight < scrollHeight - 1 && "bottom",
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
