/** What the reader answered to the lecture's questions, by their names. Pure. */
import { judge, type Question, type Verdict } from "../trace/questions";

/** One answer of the reader's. */
export interface GivenAnswer {
  /** As it was written; null: skipped. */
  text: string | null;
  /** Of a free text: how the reader sees it, beside the expected one. */
  own?: "right" | "wrong";
  /** The reader asked to see the answer before the lecture came to it. */
  shown?: boolean;
}

/** By the name of the question. */
export type Answers = ReadonlyMap<string, GivenAnswer>;

/** What a reader does with the questions. */
export type AnswerAction =
  /** Answers, or skips with null. */
  | { type: "give"; name: string; text: string | null }
  /** Says how a free text compares with the expected one. */
  | { type: "own"; name: string; verdict: "right" | "wrong" }
  /** Wants to see the answer now. */
  | { type: "show"; name: string }
  /** Wants to try again. */
  | { type: "forget"; name: string }
  | { type: "clear" }
  /** As this browser kept them. */
  | { type: "load"; answers: Answers };

/** Answers after an action; the same object where nothing changes. */
export function answersReducer(answers: Answers, action: AnswerAction): Answers {
  switch (action.type) {
    case "give":
      return new Map(answers).set(action.name, { text: action.text });
    case "own": {
      const given = answers.get(action.name);
      return given ? new Map(answers).set(action.name, { ...given, own: action.verdict }) : answers;
    }
    case "show": {
      const given = answers.get(action.name) ?? { text: null };
      return new Map(answers).set(action.name, { ...given, shown: true });
    }
    case "forget": {
      const kept = new Map(answers);
      return kept.delete(action.name) ? kept : answers;
    }
    case "clear":
      return answers.size === 0 ? answers : new Map();
    case "load":
      return action.answers;
  }
}

/** How an answer compares with the run's, the reader's own judgement of a free text included. */
export function verdictOf(question: Question, given: GivenAnswer): Verdict {
  if (given.text === null) return "open";
  const verdict = judge(question, given.text);
  return verdict === "open" ? (given.own ?? "open") : verdict;
}

/** How many questions ended in which way. */
export interface Tally {
  questions: number;
  right: number;
  wrong: number;
  /** Answered in words, and not compared by the reader. */
  open: number;
  skipped: number;
  /** Not answered yet. */
  left: number;
}

/** Counts over all questions of a lecture. */
export function tally(questions: Iterable<Question>, answers: Answers): Tally {
  const counts: Tally = { questions: 0, right: 0, wrong: 0, open: 0, skipped: 0, left: 0 };
  for (const question of questions) {
    const given = answers.get(question.name);
    counts.questions++;
    if (!given) counts.left++;
    else if (given.text === null) counts.skipped++;
    else counts[verdictOf(question, given)]++;
  }
  return counts;
}

/** `5 of 8 answered: 3 right, 1 not quite, 1 to compare; 2 skipped`. */
export function tallyText(counts: Tally): string {
  const { questions, right, wrong, open, skipped } = counts;
  const answered = right + wrong + open;
  const parts = [
    right > 0 && `${right} right`,
    wrong > 0 && `${wrong} not quite`,
    open > 0 && `${open} in words`,
  ].filter((part) => part !== false);
  const how = parts.length > 0 ? `: ${parts.join(", ")}` : "";
  return `${answered} of ${questions} answered${how}${skipped > 0 ? `; ${skipped} skipped` : ""}`;
}

/** Answers as text to keep. */
export function writeAnswers(answers: Answers): string {
  return JSON.stringify([...answers]);
}

function readAnswer(entry: unknown): [string, GivenAnswer][] {
  if (!Array.isArray(entry)) return [];
  const [name, kept] = entry as [unknown, unknown];
  if (typeof name !== "string" || typeof kept !== "object" || kept === null) return [];
  const { text, own, shown } = kept as Record<string, unknown>;
  if (text !== null && typeof text !== "string") return [];
  const answer: GivenAnswer = { text };
  if (own === "right" || own === "wrong") answer.own = own;
  if (shown === true) answer.shown = true;
  return [[name, answer]];
}

/** Kept text → answers; what cannot be read is left out. */
export function readAnswers(text: string | null): Answers {
  try {
    const entries: unknown = JSON.parse(text ?? "[]");
    return new Map(Array.isArray(entries) ? entries.flatMap(readAnswer) : []);
  } catch {
    return new Map();
  }
}
