import type { ReactNode } from "react";

/** A line of words with `code` in it, as a docstring has. */
export function Words({ text }: { text: string }): ReactNode {
  return text
    .split(/`([^`]+)`/)
    .map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
