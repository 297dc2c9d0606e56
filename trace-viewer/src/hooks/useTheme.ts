/** The theme in force, as it changes by key or with the computer's setting. */
import { useEffect, useState } from "react";
import { applyPreferences, effectiveTheme, readPreferences } from "../services/preferences";
import type { Theme } from "../trace/renderingContext";

/** The theme that is seen now. */
export function useTheme(): Theme {
  const [theme, setTheme] = useState<Theme>(() => effectiveTheme(readPreferences().theme));
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const update = () => {
      const preferences = readPreferences();
      applyPreferences(preferences);
      setTheme(effectiveTheme(preferences.theme));
    };
    addEventListener("theme", update);
    dark.addEventListener("change", update);
    return () => {
      removeEventListener("theme", update);
      dark.removeEventListener("change", update);
    };
  }, []);
  return theme;
}
