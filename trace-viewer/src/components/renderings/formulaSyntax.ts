/**
 * Formulas within a text, as micromark reads them: `$…$` by pandoc's rule, `$$…$$`, `\(…\)`, `\[…\]`.
 *
 * A single dollar opens a formula only before something that is no space, and closes it only after
 * something that is no space and before something that is no digit, and the next dollar decides:
 * "from $5M to $10M" has none.
 * `src/trace/formulas.ts` reads plain strings by the same rule; a test compares the two.
 */
import { math } from "micromark-extension-math";
import type { Code, Construct, Extension, State, Token, Tokenizer } from "micromark-util-types";

const DOLLAR = 36;
const BACKSLASH = 92;
/** `(` and `[` with what closes them. */
const CLOSING = new Map<Code, Code>([
  [40, 41],
  [91, 93],
]);

/** micromark has negative codes for line ends and virtual spaces, null for the end. */
const isLineEnd = (code: Code) => code !== null && code < -2;
const isSpace = (code: Code) => code === null || code < 0 || code === 32;
const isDigit = (code: Code) => code !== null && code >= 48 && code <= 57;

type Effects = Parameters<Tokenizer>[0];

/** Reads on to what closes; `closes` is asked at every dollar or backslash. */
function inside(effects: Effects, nok: State, mark: Code, closes: (before: Code) => State): State {
  let open = false;
  let before: Code = null;
  const leave = () => {
    if (open) effects.exit("mathTextData");
    open = false;
  };
  const read: State = (code) => {
    if (code === null) return nok(code);
    if (isLineEnd(code)) {
      leave();
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      before = code;
      return read;
    }
    if (code === mark) {
      leave();
      return closes(before)(code);
    }
    if (!open) effects.enter("mathTextData");
    open = true;
    effects.consume(code);
    before = code;
    return code === BACKSLASH ? escaped : read;
  };
  /** What follows a backslash neither closes nor opens. */
  const escaped: State = (code) => {
    if (code === null || isLineEnd(code)) return read(code);
    effects.consume(code);
    before = code;
    return read;
  };
  return read;
}

const tokenizeDollars: Tokenizer = function tokenizeDollars(effects, ok, nok) {
  let opened = 0;
  const start: State = (code) => {
    effects.enter("mathText");
    effects.enter("mathTextSequence");
    return opening(code);
  };
  const opening: State = (code) => {
    if (code === DOLLAR) {
      effects.consume(code);
      opened++;
      return opening;
    }
    if (opened === 1 && isSpace(code)) return nok(code);
    effects.exit("mathTextSequence");
    return content(code);
  };
  const closes = (before: Code): State => {
    let size = 0;
    let token: Token | null = null;
    const closing: State = (code) => {
      token ??= effects.enter("mathTextSequence");
      if (code === DOLLAR) {
        effects.consume(code);
        size++;
        return closing;
      }
      effects.exit("mathTextSequence");
      const fits = !isSpace(before) && !isDigit(code);
      // The next single dollar decides: an amount of money ends no formula further on.
      if (opened === 1 && (size > 1 || !fits)) return nok(code);
      if (size !== opened) {
        token.type = "mathTextData";
        return content(code);
      }
      effects.exit("mathText");
      return ok(code);
    };
    return closing;
  };
  const content = inside(effects, nok, DOLLAR, closes);
  return start;
};

const tokenizeBackslash: Tokenizer = function tokenizeBackslash(effects, ok, nok) {
  let closing: Code = null;
  const start: State = (code) => {
    effects.enter("mathText");
    effects.enter("mathTextSequence");
    effects.consume(code);
    return bracket;
  };
  const bracket: State = (code) => {
    closing = CLOSING.get(code) ?? null;
    if (closing === null) return nok(code);
    effects.consume(code);
    effects.exit("mathTextSequence");
    return content;
  };
  const closes = (): State => (code) => {
    const token = effects.enter("mathTextSequence");
    effects.consume(code);
    return (next) => {
      if (next === closing) {
        effects.consume(next);
        effects.exit("mathTextSequence");
        effects.exit("mathText");
        return ok;
      }
      // `\\` and `\$`: the second character belongs to the first.
      const follows = next !== null && !isLineEnd(next);
      if (follows) effects.consume(next);
      effects.exit("mathTextSequence");
      token.type = "mathTextData";
      return follows ? content : content(next);
    };
  };
  const content = inside(effects, nok, BACKSLASH, closes);
  return start;
};

const dollars: Construct = {
  name: "dollars",
  tokenize: tokenizeDollars,
  // Not in the middle of a run of dollars, unless an escaped one ends it.
  previous(code) {
    return code !== DOLLAR || this.events.at(-1)?.[1].type === "characterEscape";
  },
};

const backslash: Construct = { name: "backslash", tokenize: tokenizeBackslash };

/** Dollars and nothing else on their line: what they open is a block of its own. */
const bareFence: Construct = {
  partial: true,
  tokenize(effects, ok, nok) {
    effects.enter("mathFlowFence");
    const marks: State = (code) => {
      if (code !== null && !isLineEnd(code) && code !== DOLLAR && !isSpace(code)) return nok(code);
      if (code !== null && !isLineEnd(code)) {
        effects.consume(code);
        return code === DOLLAR ? marks : spaces;
      }
      effects.exit("mathFlowFence");
      return ok(code);
    };
    const spaces: State = (code) => (code === DOLLAR ? nok(code) : marks(code));
    return marks;
  },
};

const block = math().flow?.[DOLLAR];
const fences: Construct[] = [block ?? []].flat().map((fence) => ({
  ...fence,
  // Else the first line of `$$a` … `b$$` would be taken for a remark on the fence, and be lost.
  tokenize(effects, ok, nok) {
    return effects.check(bareFence, fence.tokenize.call(this, effects, ok, nok), nok);
  },
}));

/** Formulas in a line as above, and `$$` on lines of their own. */
export function formulaSyntax(): Extension {
  return { flow: { [DOLLAR]: fences }, text: { [DOLLAR]: dollars, [BACKSLASH]: backslash } };
}
