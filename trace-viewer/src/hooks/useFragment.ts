/** Goes to the part of the page that the address names after `#`, once that part is there. */
import { useEffect } from "react";

/** `ready`: whether the page has its content. */
export function useFragment(ready: boolean): void {
  useEffect(() => {
    const id = decodeFragment(location.hash);
    if (ready && id !== "") document.getElementById(id)?.scrollIntoView();
  }, [ready]);
}

function decodeFragment(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return "";
  }
}
