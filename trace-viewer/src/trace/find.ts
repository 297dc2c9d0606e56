/**
 * A query and texts → the texts that fit it, best first: the one way in which everything is
 * searched. Every word of the query has to occur. Whole words come before beginnings of words, and
 * both before a match inside a word; among these, titles before prose before code. Where little
 * fits, words with a typo are found as well (uFuzzy: one wrong, missing, added or swapped letter).
 */
import UFuzzy from "@leeoniya/ufuzzy";

/** Something that can be found. */
export interface Searched {
  /** What is searched, as `fold` makes it. */
  readonly folded: string;
  /** How much it says of itself: 0 for a title, more for what stands below one. */
  readonly rank: number;
}

const PLAIN = /^[\x20-\x7e\s]*$/;

/** Compare without case and accents. */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The words of a query, as `fold` makes them. */
export const wordsOf = (query: string): string[] => fold(query).split(/\s+/).filter(Boolean);

/** Whether a text has every word. */
export const hasAll = (folded: string, words: readonly string[]): boolean =>
  words.every((word) => folded.includes(word));

const PART_OF_WORD = /[\p{L}\p{N}_]/u;
const isPart = (character: string | undefined) =>
  character !== undefined && PART_OF_WORD.test(character);

/** How a word stands in a text: 0 by itself, 1 as the beginning of a word, 2 inside one. */
function placeOf(folded: string, word: string): number {
  let best = 2;
  const begins = isPart(word[0]);
  const ends = isPart(word.at(-1));
  for (let at = folded.indexOf(word); at >= 0 && best > 0; at = folded.indexOf(word, at + 1)) {
    if (begins && isPart(folded[at - 1])) continue;
    best = ends && isPart(folded[at + word.length]) ? Math.min(best, 1) : 0;
  }
  return best;
}

const INSIDE = 100;

/** Lower is better. `words` all occur in the text. */
export function scoreOf({ folded, rank }: Searched, words: readonly string[]): number {
  let worst = 0;
  for (const word of words) worst = Math.max(worst, placeOf(folded, word));
  const begins = folded.startsWith(words[0] ?? "") ? 0 : 1;
  return (worst === 2 ? INSIDE : 0) + rank * 4 + worst * 2 + begins;
}

/** Fewer exact matches than this: perhaps a letter is wrong. */
export const FEW = 5;
const MOST_FUZZY = 5000;
/** Its options are an enumeration without a module: its numbers are what can be written. */
const OPTIONS = { intraMode: 1 } as unknown as ConstructorParameters<typeof UFuzzy>[0];
const fuzzy = new UFuzzy(OPTIONS);
const texts = new WeakMap<readonly Searched[], string[]>();

/** Entries with a typo or with their words in another order, the closest first. */
function findFuzzy<E extends Searched>(entries: readonly E[], query: string): E[] {
  let folded = texts.get(entries);
  if (!folded) texts.set(entries, (folded = entries.map((entry) => entry.folded)));
  const [found, info, order] = fuzzy.search(folded, fold(query), 1, MOST_FUZZY);
  if (!found) return [];
  const places = order ? order.map((at) => info.idx[at] ?? -1) : found;
  return places.flatMap((at) => entries[at] ?? []);
}

/** Entries that contain every word of the query, the best first. */
export function findExact<E extends Searched>(entries: readonly E[], query: string): E[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  return entries
    .filter((entry) => hasAll(entry.folded, words))
    .map((entry, at) => ({ entry, at, score: scoreOf(entry, words) }))
    .sort((one, other) => one.score - other.score || one.at - other.at)
    .map(({ entry }) => entry);
}

/** Entries of `nearly` that nearly have the words of the query, those of `exact` left out. */
export function findNear<E extends Searched>(
  nearly: readonly E[],
  query: string,
  exact: readonly object[],
): E[] {
  const known = new Set<object>(exact);
  return query.trim() === "" ? [] : findFuzzy(nearly, query).filter((entry) => !known.has(entry));
}

/** Entries that contain every word of the query; then, where these are few, those that nearly do. */
export function find<E extends Searched>(entries: readonly E[], query: string): E[] {
  const exact = findExact(entries, query);
  return exact.length >= FEW ? exact : [...exact, ...findNear(entries, query, exact)];
}

/** Where a word of the query first occurs, as [begin, end) of the text itself, or null. */
function firstMatch(text: string, words: readonly string[]): [number, number] | null {
  let folded = "";
  const origin: number[] = [];
  let at = 0;
  for (const character of text) {
    const plain = fold(character);
    for (let i = 0; i < plain.length; i++) origin.push(at);
    folded += plain;
    at += character.length;
  }
  const starts = words.map((word) => [folded.indexOf(word), word.length] as const);
  const [start, length] = starts
    .filter(([place]) => place >= 0)
    .reduce((one, other) => (other[0] < one[0] ? other : one), [Infinity, 0]);
  const begin = origin[start];
  return begin === undefined ? null : [begin, origin[start + length] ?? text.length];
}

const LONGEST_LEAD = 32;

/** A hit in three parts: before the first match (cut where it is long), the match, the rest. */
export function excerpt(text: string, query: string): [string, string, string] {
  const match = firstMatch(text, wordsOf(query));
  if (!match) return [text, "", ""];
  const [begin, end] = match;
  const cut = begin > LONGEST_LEAD ? text.indexOf(" ", begin - LONGEST_LEAD) + 1 : 0;
  const lead = cut > 0 && cut <= begin ? `… ${text.slice(cut, begin)}` : text.slice(0, begin);
  return [lead, text.slice(begin, end), text.slice(end)];
}
