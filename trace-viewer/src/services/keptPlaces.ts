/** Where the reader was in each lecture, kept in this browser. */
import { readPlace, type Place } from "../trace/place";

const KEY = "trace-viewer-places";
/** More lectures than any course has. */
const MOST = 200;

type Entries = [lecture: string, place: unknown][];

function readEntries(): Entries {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(stored)
      ? stored.filter((entry): entry is Entries[0] => Array.isArray(entry))
      : [];
  } catch {
    return [];
  }
}

/** By lecture; what cannot be read is left out. */
export function keptPlaces(): ReadonlyMap<string, Place> {
  return new Map(
    readEntries().flatMap(([lecture, kept]) => {
      const place = readPlace(kept);
      return place && typeof lecture === "string" ? [[lecture, place] as const] : [];
    }),
  );
}

/** Keeps a place, or with null forgets it; a browser that keeps nothing is no error. */
export function keepPlaceOf(lecture: string, place: Place | null): void {
  const others = readEntries().filter(([name]) => name !== lecture);
  const entries: Entries = place ? [[lecture, place], ...others] : others;
  try {
    localStorage.setItem(KEY, JSON.stringify(entries.slice(0, MOST)));
  } catch {
    return;
  }
}
