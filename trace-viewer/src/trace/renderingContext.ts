/** What a rendering may ask of the page around it. No React. */

import type { Rendering } from "./schema";

/** The colours of the page. */
export type Theme = "light" | "dark" | "contrast";

/** The services of the page. */
export interface RenderingContext {
  /** Address of a file that the trace refers to, or null if the path leaves the checkout. */
  resolveAsset(path: string): string | null;
  /** Open `path` (a key of `Trace.files`) beside the lecture at lines first..last. */
  openSource(path: string, first: number, last: number, name: string): void;
  theme: Theme;
  /** For paper: nothing opens, scrolls or is answered there. */
  paper?: boolean;
  /** On paper: id of a card of code that its listing leads back to. */
  cardAnchors?: ReadonlyMap<Rendering, string>;
  /** How many items to show, when the lecture shows them one at a time. */
  animateCount?: number;
}
