/**
 * Alignment of two sequences: which items stayed, came, went, or took another's place.
 *
 * Longest common subsequence on the items' keys, after common ends are cut off. Runs of removed
 * and added items at the same place are paired into changed ones. Above `MAX_CELLS` comparisons
 * the middle is compared position by position: still right, only less clever.
 */

type Alignment =
  | { kind: "same"; before: number; after: number }
  | { kind: "changed"; before: number; after: number }
  | { kind: "removed"; before: number }
  | { kind: "added"; after: number };

const MAX_CELLS = 250_000;

/** Pairs up two sequences, in order; equal keys are equal items. */
export function alignSequences(before: readonly string[], after: readonly string[]): Alignment[] {
  const start = commonStart(before, after);
  const end = commonEnd(before, after, start);
  const result: Alignment[] = [];
  for (let i = 0; i < start; i++) result.push({ kind: "same", before: i, after: i });
  const pairs = commonPairs(
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
  );
  let from = { before: start, after: start };
  for (const [i, j] of pairs) {
    const to = { before: start + i, after: start + j };
    pushGap(result, from, to);
    result.push({ kind: "same", ...to });
    from = { before: to.before + 1, after: to.after + 1 };
  }
  pushGap(result, from, { before: before.length - end, after: after.length - end });
  for (let i = end; i > 0; i--) {
    result.push({ kind: "same", before: before.length - i, after: after.length - i });
  }
  return result;
}

function commonStart(before: readonly string[], after: readonly string[]): number {
  const limit = Math.min(before.length, after.length);
  let start = 0;
  while (start < limit && before[start] === after[start]) start++;
  return start;
}

function commonEnd(before: readonly string[], after: readonly string[], start: number): number {
  const limit = Math.min(before.length, after.length) - start;
  let end = 0;
  while (end < limit && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return end;
}

interface Place {
  before: number;
  after: number;
}

/** What lies between two matches: the first ones replace each other, the rest came or went. */
function pushGap(result: Alignment[], from: Place, to: Place): void {
  const removed = to.before - from.before;
  const added = to.after - from.after;
  const paired = Math.min(removed, added);
  for (let i = 0; i < paired; i++) {
    result.push({ kind: "changed", before: from.before + i, after: from.after + i });
  }
  for (let i = paired; i < removed; i++) result.push({ kind: "removed", before: from.before + i });
  for (let i = paired; i < added; i++) result.push({ kind: "added", after: from.after + i });
}

/** Index pairs of a longest common subsequence, in order. */
function commonPairs(before: readonly string[], after: readonly string[]): [number, number][] {
  const rows = before.length;
  const columns = after.length;
  if (rows === 0 || columns === 0) return [];
  if (rows * columns > MAX_CELLS) return samePositions(before, after);
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const here = i * width + j;
      lengths[here] =
        before[i] === after[j]
          ? (lengths[here + width + 1] ?? 0) + 1
          : Math.max(lengths[here + width] ?? 0, lengths[here + 1] ?? 0);
    }
  }
  return walk(before, after, lengths, width);
}

function walk(
  before: readonly string[],
  after: readonly string[],
  lengths: Uint32Array,
  width: number,
): [number, number][] {
  const pairs: [number, number][] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    const here = i * width + j;
    if (before[i] === after[j]) pairs.push([i++, j++]);
    else if ((lengths[here + width] ?? 0) >= (lengths[here + 1] ?? 0)) i++;
    else j++;
  }
  return pairs;
}

function samePositions(before: readonly string[], after: readonly string[]): [number, number][] {
  const pairs: [number, number][] = [];
  const limit = Math.min(before.length, after.length);
  for (let i = 0; i < limit; i++) if (before[i] === after[i]) pairs.push([i, i]);
  return pairs;
}
