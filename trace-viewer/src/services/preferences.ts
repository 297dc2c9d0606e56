/** What a reader chose for every lecture: theme and text size. Kept in the browser if it lets us. */
import type { Theme } from "../trace/renderingContext";

/** What is kept. */
export interface Preferences {
  /** `system`: light or dark as the computer is set. */
  theme: Theme | "system";
  /** Percent of the normal text size. */
  size: number;
}

const KEY = "trace-viewer";
const SIZES = [80, 90, 100, 115, 130, 150, 175, 200] as const;
const DEFAULTS: Preferences = { theme: "system", size: 100 };
const THEMES = ["system", "light", "dark", "contrast"] as const;

/** As chosen, or as they are at first. */
export function readPreferences(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    const theme = THEMES.find((known) => known === stored.theme) ?? DEFAULTS.theme;
    const size = SIZES.find((known) => known === stored.size) ?? DEFAULTS.size;
    return { theme, size };
  } catch {
    return DEFAULTS;
  }
}

/** Storing can fail (private windows): the choice then lasts as long as the page. */
export function writePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    return;
  }
}

/** The theme that `system` stands for, or the chosen one. */
export function effectiveTheme(theme: Preferences["theme"]): Theme {
  if (theme !== "system") return theme;
  if (matchMedia("(prefers-contrast: more)").matches) return "contrast";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Makes the page look as chosen. */
export function applyPreferences({ theme, size }: Preferences): void {
  const root = document.documentElement;
  root.dataset["theme"] = effectiveTheme(theme);
  root.style.setProperty("--text-scale", String(size / 100));
}

/** light → dark → contrast → light, starting from what is seen. */
export function nextTheme(theme: Preferences["theme"]): Theme {
  const order: Theme[] = ["light", "dark", "contrast"];
  return order[(order.indexOf(effectiveTheme(theme)) + 1) % order.length] ?? "light";
}

/** The next of the known sizes, larger or smaller; the same at either end. */
export function nextSize(size: number, by: 1 | -1): number {
  const at = SIZES.findIndex((known) => known >= size);
  return SIZES[Math.min(Math.max(at + by, 0), SIZES.length - 1)] ?? 100;
}
