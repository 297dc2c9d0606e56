/** A short list of names, the latest first. Pure. */
export function keepLatest(
  names: readonly string[],
  name: string,
  most: number,
): { kept: string[]; dropped: string[] } {
  const all = [name, ...names.filter((other) => other !== name)];
  return { kept: all.slice(0, most), dropped: all.slice(most) };
}
