/**
 * Trace files from the reader's disk, kept in this browser (IndexedDB) so that a reload, a second
 * window or tomorrow finds them. Only text is kept; it is checked like any other trace each time
 * that it is opened. What the browser refuses to keep lasts as long as the page.
 */
import { createStore, del, get, set, setMany, delMany } from "idb-keyval";
import { keepLatest } from "../state/latest";

/** Traces can be tens of megabytes. */
const MOST_FILES = 6;
const LIST = "list";
const textKey = (name: string) => `text:${name}`;

let opened: ReturnType<typeof createStore> | undefined;
const store = () => (opened ??= createStore("lecture-trace-viewer", "files"));

/** Names, the latest first. */
export async function listKept(): Promise<string[]> {
  try {
    return (await get<string[]>(LIST, store())) ?? [];
  } catch {
    return [];
  }
}

/** A file takes the place of one with the same name. False where the browser keeps nothing. */
export async function keepFile(name: string, text: string): Promise<boolean> {
  try {
    const { kept, dropped } = keepLatest(await listKept(), name, MOST_FILES);
    const entries: [string, unknown][] = [
      [textKey(name), text],
      [LIST, kept],
    ];
    await setMany(entries, store());
    await delMany(dropped.map(textKey), store());
    return true;
  } catch {
    return false;
  }
}

/** Null where there is no such file, or none is kept. */
export async function readKept(name: string): Promise<string | null> {
  try {
    return (await get<string>(textKey(name), store())) ?? null;
  } catch {
    return null;
  }
}

/** Removes a file from this browser. */
export async function forgetFile(name: string): Promise<void> {
  const others = (await listKept()).filter((other) => other !== name);
  await set(LIST, others, store());
  await del(textKey(name), store());
}
