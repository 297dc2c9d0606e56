/**
 * Questions of a lecture (`predict`) and their answers (`reveal`), by name.
 *
 * An answer is known from the step that reveals it on; one that the question brings along is known
 * once the reader has answered or skipped, or has gone on.
 */
import { readNumber } from "./arithmetic";
import { isTagged, type RenderingOf, type Trace, type Value } from "./schema";

/** A question with all that the trace says about it. */
export interface Question {
  name: string;
  /** From 1, in order of the lecture. */
  number: number;
  asked: RenderingOf<"question">;
  /** The step that asks. */
  step: number;
  /** The step from which on the answer is known to everybody; null where the trace has none. */
  revealStep: number | null;
  /** The run's own; undefined where the trace has none. */
  answer: Value | undefined;
  /** What to learn from it, in Markdown. */
  why: string;
}

/** What the run's answer says of the reader's. `open`: nothing, the reader compares. */
export type Verdict = "right" | "wrong" | "open";

/** By name, in order of the lecture. */
export type Questions = ReadonlyMap<string, Question>;

/** Id of a question within a printed page. */
export function questionAnchor({ number }: Pick<Question, "number">): string {
  return `question-${number}`;
}

/** Id of a question's answer within a printed page. */
export function answerAnchor({ number }: Pick<Question, "number">): string {
  return `answer-${number}`;
}

/** Finds them once per trace. A name that is used again is the first question still. */
export function buildQuestions(trace: Trace): Questions {
  const found = new Map<string, Question>();
  trace.steps.forEach(({ outputs }, step) => {
    for (const output of outputs ?? []) {
      if (output.kind === "question" && !found.has(output.name)) {
        const known = Object.hasOwn(output, "answer");
        found.set(output.name, {
          name: output.name,
          number: found.size + 1,
          asked: output,
          step,
          revealStep: known ? step + 1 : null,
          answer: output.answer,
          why: "",
        });
      }
      const question = output.kind === "answer" ? found.get(output.name) : undefined;
      if (output.kind === "answer" && question?.revealStep === null) {
        question.revealStep = step;
        question.answer = output.answer;
        question.why = output.text ?? "";
      }
    }
  });
  return found;
}

/** A value's number, also one that JSON cannot say, or null. */
function numberOf(value: Value): number | null {
  if (typeof value === "number") return value;
  return isTagged(value) && value.kind === "number" ? readNumber(value.text) : null;
}

const folded = (text: string) => text.normalize("NFKC").trim().toLowerCase();

/** The text of an answer, where the answer is a text. */
export function answerText(value: Value): string | null {
  if (typeof value === "string") return value;
  return isTagged(value) && value.kind === "string" && !value.tail ? value.text : null;
}

/** Compares what the reader wrote with the run's answer. */
export function judge(question: Question, given: string): Verdict {
  const { asked, answer } = question;
  if (answer === undefined || asked.answer_kind === "text") return "open";
  if (asked.answer_kind === "choice") {
    const right = answerText(answer) ?? String(numberOf(answer) ?? "");
    return folded(right) === folded(given) ? "right" : "wrong";
  }
  const wanted = numberOf(answer);
  const number = readNumber(given, asked.unit);
  if (wanted === null || number === null) return "open";
  const room = (asked.tolerance ?? 0.05) * (wanted === 0 ? 1 : Math.abs(wanted));
  // A hair more: 0.1 + 0.2 is not to be wrong for its last bit.
  return Math.abs(number - wanted) <= room * (1 + 1e-9) + 1e-12 ? "right" : "wrong";
}
