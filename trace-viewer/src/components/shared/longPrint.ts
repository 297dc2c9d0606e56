/** Very long texts, cut so that a page with them opens at once. Pure. */

/** The first `lines` lines and at most `characters` of a text; the text itself where it is short. */
export function firstLines(text: string, lines: number, characters: number): string {
  let end = -1;
  for (let count = 0; count < lines; count++) {
    end = text.indexOf("\n", end + 1);
    if (end === -1 || end > characters) break;
  }
  const cut = Math.min(end === -1 ? text.length : end, characters, text.length);
  return text.slice(0, cut);
}

/** The beginning of a long Markdown text, up to the end of a paragraph or at least of a word. */
export function beginning(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const head = text.slice(0, characters);
  const paragraph = head.lastIndexOf("\n\n");
  if (paragraph > characters / 2) return head.slice(0, paragraph);
  const word = head.lastIndexOf(" ");
  return word > characters / 2 ? head.slice(0, word) : head;
}
