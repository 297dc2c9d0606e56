/** How an answer came out, in words and signs as well as in colours; and the run's own answer. */
import type { ReactNode } from "react";
import { workedOut } from "../../../trace/arithmetic";
import { answerText, type Question, type Verdict } from "../../../trace/questions";
import { InlineValue } from "../../values/InlineValue";
import { MarkdownText } from "../MarkdownText";

const SIGNS: Record<Verdict, string> = { right: "✓", wrong: "✗", open: "○" };
const WORDS: Record<Verdict, string> = { right: "Right", wrong: "Not quite", open: "Compare" };

interface MarkProps {
  verdict: Verdict;
  skipped?: boolean;
}

/** A badge such as `✓ Right`; nothing for a question that was skipped. */
export function Mark({ verdict, skipped = false }: MarkProps): ReactNode {
  if (skipped) return null;
  return (
    <p className="answer-mark" data-verdict={verdict}>
      <span aria-hidden="true">{SIGNS[verdict]}</span> {WORDS[verdict]}
    </p>
  );
}

interface GivenAnswerTextProps {
  asked: Question["asked"];
  text: string;
}

/** What the reader wrote, with the unit and, where it was a sum, what it comes to. */
export function GivenAnswerText({ asked, text }: GivenAnswerTextProps): ReactNode {
  if (asked.answer_kind === "choice") {
    return (
      <span className="answer-given">
        <MarkdownText text={text} />
      </span>
    );
  }
  const number = asked.answer_kind === "number";
  return (
    <strong dir="auto">
      {text} {number && workedOut(text, asked.unit)} {number && asked.unit}
    </strong>
  );
}

interface AnswerValueProps {
  question: Question;
  label: ReactNode;
}

/** `label: answer`, with its unit. */
export function AnswerValue({ question, label }: AnswerValueProps): ReactNode {
  const { answer, asked } = question;
  if (answer === undefined) return <p className="answer-value">This question stays open.</p>;
  const text = answerText(answer);
  return (
    <div className="answer-value">
      <span className="answer-label">{label}:</span>{" "}
      {text === null ? (
        <strong>
          <InlineValue value={answer} /> {asked.unit}
        </strong>
      ) : (
        <MarkdownText text={text} />
      )}
    </div>
  );
}
