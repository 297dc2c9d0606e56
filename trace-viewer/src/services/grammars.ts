/** The grammars of the languages that are coloured: Python's at once, others when they are shown. */
import hljs from "highlight.js/lib/core";
import python from "highlight.js/lib/languages/python";
import type { LanguageFn } from "highlight.js";

type Load = () => Promise<{ default: LanguageFn }>;

const NAMES = new Map([
  ["python", "python"],
  ["py", "python"],
  ["python3", "python"],
  ["pycon", "python"],
  ["bash", "bash"],
  ["sh", "bash"],
  ["shell", "bash"],
  ["cpp", "cpp"],
  ["c", "cpp"],
  ["cuda", "cpp"],
]);
const ON_DEMAND = new Map<string, Load>([
  ["bash", () => import("highlight.js/lib/languages/bash")],
  ["cpp", () => import("highlight.js/lib/languages/cpp")],
]);

hljs.registerLanguage("python", python);

const asked = new Map<string, Promise<void>>();
const listeners = new Set<() => void>();

const grammarName = (language: string) => NAMES.get(language.toLowerCase());

/** Whether nothing more will come for a language: its grammar is there, or there is none. */
export function hasGrammar(language: string): boolean {
  const name = grammarName(language);
  return name === undefined || hljs.getLanguage(name) !== undefined || !ON_DEMAND.has(name);
}

/** Loads the grammar of a language, once; one that cannot be had leaves the text plain. */
export function loadGrammar(language: string): Promise<void> {
  const name = grammarName(language) ?? "";
  const load = ON_DEMAND.get(name);
  if (!load) return Promise.resolve();
  const known = asked.get(name);
  if (known) return known;
  const loading = load()
    .then(
      (module) => hljs.registerLanguage(name, module.default),
      () => void ON_DEMAND.delete(name),
    )
    .then(() => listeners.forEach((listener) => listener()));
  asked.set(name, loading);
  return loading;
}

/** Calls `listener` whenever a grammar has come; returns what ends that. */
export function onGrammar(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The highlighter's answer, text in nested spans, or null where it has no grammar. */
export function highlighted(text: string, language: string): string | null {
  const name = grammarName(language);
  if (name === undefined || !hljs.getLanguage(name)) return null;
  return hljs.highlight(text, { language: name, ignoreIllegals: true }).value;
}
