/** Numbers as readers type them: `1,000`, `3.2e-4`, `2^20`, `12 * 512 ** 2 / 3`, `5 %`. Pure. */

const TOKEN =
  /\s*(\d[\d_]*(?:,\d{3})*(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|\*\*|[-+*/^()])/iy;

function tokens(text: string): string[] | null {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) return text.slice(at).trim() === "" ? found : null;
    found.push(token === "**" ? "^" : token);
  }
  return found;
}

/** Reads `a + b * c ^ d` by recursive descent; NaN where the text is no expression. */
class Reader {
  private at = 0;
  constructor(private readonly list: readonly string[]) {}

  private take(...wanted: string[]): string | null {
    const token = this.list[this.at];
    if (token === undefined || !wanted.includes(token)) return null;
    this.at++;
    return token;
  }

  read(): number {
    const value = this.sum();
    return this.at === this.list.length ? value : NaN;
  }

  private sum(): number {
    let value = this.product();
    for (let sign = this.take("+", "-"); sign; sign = this.take("+", "-")) {
      const next = this.product();
      value = sign === "+" ? value + next : value - next;
    }
    return value;
  }

  private product(): number {
    let value = this.signed();
    for (let sign = this.take("*", "/"); sign; sign = this.take("*", "/")) {
      const next = this.signed();
      value = sign === "*" ? value * next : value / next;
    }
    return value;
  }

  private signed(): number {
    const sign = this.take("+", "-");
    if (sign) return sign === "-" ? -this.signed() : this.signed();
    const base = this.atom();
    return this.take("^") ? base ** this.signed() : base;
  }

  private atom(): number {
    if (this.take("(")) {
      const value = this.sum();
      return this.take(")") ? value : NaN;
    }
    const token = this.list[this.at++] ?? "";
    return /^[\d.]/.test(token) ? Number(token.replaceAll(/[_,]/g, "")) : NaN;
  }
}

const LONGEST = 200;

/** `= 4096` for a text that was worked out, empty for a plain number. */
export function workedOut(text: string, unit = ""): string {
  const number = readNumber(text, unit);
  if (number === null || !/\d\s*[-+*/^×]|\(/.test(text.replace(/e[-+]\d+/gi, ""))) return "";
  return `= ${Number(number.toPrecision(6)).toLocaleString("en-US", { maximumSignificantDigits: 6 })}`;
}

/** The number that a text stands for, a unit after it left aside; null where it is none. */
export function readNumber(text: string, unit = ""): number | null {
  let plain = text.trim().replaceAll("×", "*").replaceAll("−", "-");
  if (unit !== "" && plain.toLowerCase().endsWith(unit.toLowerCase())) {
    plain = plain.slice(0, -unit.length).trim();
  }
  const percent = plain.endsWith("%") && unit !== "%";
  const list = plain.length > LONGEST ? null : tokens(percent ? plain.slice(0, -1) : plain);
  if (!list || list.length === 0) return null;
  const value = new Reader(list).read();
  return Number.isFinite(value) ? value / (percent ? 100 : 1) : null;
}
