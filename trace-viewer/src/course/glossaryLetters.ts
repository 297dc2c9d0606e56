/** Terms in the order of a dictionary → sections by their first letter. */
import { fold, hasAll, wordsOf } from "../trace/find";
import { plainText } from "../trace/sections";
import type { Term } from "./schema.generated";

/** A letter with its terms. */
export interface Letter {
  letter: string;
  terms: Term[];
}

/** What does not begin with a letter of the alphabet stands under this. */
export const OTHER = "#";
/** Every letter that a section can have. */
export const LETTERS = `${OTHER}ABCDEFGHIJKLMNOPQRSTUVWXYZ`.split("");

const letterOf = ({ name }: Term): string => {
  const first = fold(name).charAt(0).toUpperCase();
  return /[A-Z]/.test(first) ? first : OTHER;
};

/** Letters that have terms, in order. */
export function byLetter(terms: readonly Term[]): Letter[] {
  return LETTERS.map((letter) => ({
    letter,
    terms: terms.filter((term) => letterOf(term) === letter),
  })).filter(({ terms }) => terms.length > 0);
}

/** Terms with every word of the query in a name or in the definition; those by name first. */
export function filterTerms(terms: readonly Term[], query: string): Term[] {
  const words = wordsOf(query);
  return terms.filter(({ name, aliases, definition }) =>
    hasAll(fold([name, ...(aliases ?? []), plainText(definition)].join(" ")), words),
  );
}

/** The part of an address that leads to a term: `#kv-cache`. */
export const anchorOf = ({ name }: Term): string =>
  fold(name)
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
