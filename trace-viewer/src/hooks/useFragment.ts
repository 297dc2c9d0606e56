/** Goes to the part of the page that the address names after `#`, once that part is there. */
import { useEffect } from "react";

/** `ready`: whether the page has its content; `otherwise`: where to go if nothing is named. */
export function useFragment(ready: boolean, otherwise = ""): void {
  useEffect(() => {
    const id = decodeFragment(location.hash) || otherwise;
    if (ready && id !== "") document.getElementById(id)?.scrollIntoView();
  }, [ready, otherwise]);
}

function decodeFragment(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return "";
  }
}
