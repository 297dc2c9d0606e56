/** True while the page is being printed: everything must then be in the page at once. */
import { useEffect, useState } from "react";
import { flushSync } from "react-dom";

/** Whether the page is being printed right now. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const media = matchMedia("print");
    // Printing takes the page as it is when the event ends, so React must not put it off.
    const set = (value: boolean) => flushSync(() => setPrinting(value));
    const before = () => set(true);
    const after = () => set(false);
    const changed = () => set(media.matches);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    media.addEventListener("change", changed);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
      media.removeEventListener("change", changed);
    };
  }, []);
  return printing;
}
