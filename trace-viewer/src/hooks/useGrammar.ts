/** The grammar of a language that is shown: loaded then, and followed by another drawing. */
import { useEffect, useSyncExternalStore } from "react";
import { hasGrammar, loadGrammar, onGrammar } from "../services/grammars";

/** Whether the text can be drawn as it will stay. */
export function useGrammar(language: string): boolean {
  useEffect(() => void loadGrammar(language), [language]);
  return useSyncExternalStore(onGrammar, () => hasGrammar(language));
}
