/** Text as `repr()` prints it. */

const UNPRINTABLE = /[\p{C}\p{Z}]/u;
const NAMED: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeCharacter(character: string, quote: string): string {
  if (character === quote) return `\\${quote}`;
  const named = NAMED[character];
  if (named !== undefined) return named;
  if (character === " " || !UNPRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${hex.padStart(4, "0")}`;
  return `\\U${hex.padStart(8, "0")}`;
}

/** `it's` → `"it's"`; single quotes unless the text has them and no double quote, as in Python. */
export function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = "";
  for (const character of text) body += escapeCharacter(character, quote);
  return quote + body + quote;
}

/** Number of bytes in a Python bytes literal: `b'a\x00'` → 2. */
export function bytesInLiteral(literal: string): number {
  const start = literal.search(/['"]/);
  if (start < 0) return 0;
  const body = literal.slice(start + 1, -1);
  return body.replace(/\\x[0-9a-fA-F]{2}|\\./gs, ".").length;
}
