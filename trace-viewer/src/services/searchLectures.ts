/** Search over the other lectures of the list: each trace is fetched once, when first needed. */
import { formatAddress } from "../state/urlState";
import { parseTrace } from "../trace/parseTrace";
import type { IndexEntry } from "../trace/schema";
import { buildSearchIndex, fold, search, type SearchHit, type SearchIndex } from "../trace/search";
import { buildIndex } from "../trace/traceIndex";

/** A match in another lecture. */
export interface LectureHit {
  lecture: string;
  kind: string;
  text: string;
  section: string;
  line: number | null;
  address: string;
}

const MOST_PER_LECTURE = 8;
const known = new Map<string, Promise<SearchIndex>>();

async function read(entry: IndexEntry, page: string): Promise<SearchIndex> {
  const url = new URL(`var/traces/${encodeURIComponent(entry.file)}`, page);
  const response = await fetch(url);
  if (!response.ok) return [];
  return buildSearchIndex(buildIndex(await parseTrace(await response.text(), entry.file)));
}

const address = (entry: IndexEntry, step: number | null) =>
  formatAddress({ trace: entry.name, step: step ?? 0 });

/** Headings are in the list itself: they are found before any trace is fetched. */
function sectionHits(entry: IndexEntry, query: string): LectureHit[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return entry.sections
    .filter((section) => words.every((word) => fold(section.title).includes(word)))
    .map((section) => ({
      lecture: entry.name,
      kind: "heading",
      text: section.title,
      section: section.title,
      line: null,
      address: address(entry, section.step),
    }));
}

function traceHits(entry: IndexEntry, hits: SearchHit[]): LectureHit[] {
  return hits.map(({ kind, text, step, section, line }) => ({
    lecture: entry.name,
    kind,
    text,
    section,
    line,
    address: address(entry, step),
  }));
}

/** Reports the matches so far each time a lecture has been looked through. */
export async function searchLectures(
  entries: readonly IndexEntry[],
  query: string,
  page: string,
  signal: AbortSignal,
  report: (hits: LectureHit[]) => void,
): Promise<void> {
  const found = new Map(entries.map((entry) => [entry.name, sectionHits(entry, query)]));
  const tell = () => report([...found.values()].flat());
  tell();
  for (const entry of entries) {
    let reading = known.get(entry.file);
    if (!reading) known.set(entry.file, (reading = read(entry, page).catch(() => [])));
    const searchIndex = await reading;
    if (signal.aborted) return;
    found.set(entry.name, traceHits(entry, search(searchIndex, query, MOST_PER_LECTURE)));
    tell();
  }
}
