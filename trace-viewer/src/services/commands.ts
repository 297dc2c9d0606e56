/** Commands that reach outside the page's state: full screen, text size, theme, print. */
import {
  applyPreferences,
  nextSize,
  nextTheme,
  readPreferences,
  writePreferences,
  type Preferences,
} from "./preferences";

function change(update: (preferences: Preferences) => Partial<Preferences>): void {
  const preferences = readPreferences();
  const changed = { ...preferences, ...update(preferences) };
  writePreferences(changed);
  applyPreferences(changed);
  // Columns measure their rows again, renderings that draw by themselves take the new theme.
  dispatchEvent(new Event("text-size"));
  dispatchEvent(new Event("theme"));
}

/** To the next theme, and remembered. */
export const changeTheme = () => change(({ theme }) => ({ theme: nextTheme(theme) }));
/** One size larger or smaller, and remembered. */
export const changeSize = (by: 1 | -1) => change(({ size }) => ({ size: nextSize(size, by) }));
/** To the normal size, and remembered. */
export const resetSize = () => change(() => ({ size: 100 }));

/** Full screen, whether it is already or not; see `toggleFullscreen`. */
export function enterFullscreen(): void {
  if (!document.fullscreenElement) toggleFullscreen();
}

/** Browsers may refuse (no gesture, not allowed in a frame): the page then stays as it is. */
export function toggleFullscreen(): void {
  const done = document.fullscreenElement
    ? document.exitFullscreen()
    : document.documentElement.requestFullscreen();
  done.catch(() => undefined);
}
